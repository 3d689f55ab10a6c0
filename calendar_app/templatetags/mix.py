"""The theme mix: six places E P K G D L, a column with its number above and its letter below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from calendar_app.models import Theme

register = template.Library()

HEIGHT = 40


@register.inclusion_tag("calendar_app/today/mix.html")
def theme_mix(counts: Mapping[str, int]) -> dict[str, Any]:
    """`{% theme_mix counts %}`: letter → number, as `Tally.themes` has it; what is not counted is zero."""
    most = max([counts.get(letter, 0) for letter in Theme.Letter.values] + [1])
    columns = []
    for place, letter in enumerate(Theme.Letter):
        number = counts.get(letter.value, 0)
        height = round(HEIGHT * number / most * 0.9)
        columns.append(
            {
                "letter": letter.value,
                "css": letter.value.lower(),
                "name": str(letter.label),
                "number": number,
                "x": 3 + 26 * place,
                "middle": 13 + 26 * place,
                "y": HEIGHT - height,
                "height": height,
                "above": HEIGHT - height - 4,
            }
        )
    return {"columns": columns}
