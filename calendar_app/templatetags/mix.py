"""Counts as pictures for pages with room: the theme mix of six columns, and every status shape with its number."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.utils import formats
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from calendar_app.models import Theme
from calendar_app.queries.tallies import LOOKS, Tally
from calendar_app.templatetags.calendar_marks import LATE
from calendar_app.templatetags.selaras import clock_format

register = template.Library()

HEIGHT = 40


@register.filter
def short_wib(moment: datetime | None) -> SafeString | str:
    """Weekday and time in Jakarta, for narrow places: "Sel 01.45"."""
    if moment is None:
        return ""
    local = moment.astimezone(zoneinfo.ZoneInfo(settings.HQ_TIMEZONE))
    text = formats.date_format(local, f"D {clock_format()}")
    return format_html('<time datetime="{}">{}</time>', local.isoformat(timespec="minutes"), text)


@register.filter
def all_marks(tally: Tally) -> SafeString:
    """Every shape of a tally with its number, however many."""
    return format_html_join(
        " ",
        '<span class="mk{}"><svg class="st st-sm" aria-hidden="true"><use href="#st-{}"/></svg>{}</span>',
        (
            (" is-missed" if look in LATE else "", "approved" if look == "due" else look, tally.looks[look])
            for look in LOOKS
            if look in tally.looks
        ),
    )


@register.inclusion_tag("calendar_app/today/mix.html")
def theme_mix(counts: Mapping[str, int], add: str = "") -> dict[str, Any]:
    """`{% theme_mix counts %}`: letter → number, as `Tally.themes` has it; what is not counted is zero. `add` is the
    letter of one more that is still to come, drawn on top."""
    most = max([counts.get(letter, 0) + (letter == add) for letter in Theme.Letter.values] + [3 if add else 1])
    columns = []
    for place, letter in enumerate(Theme.Letter):
        number = counts.get(letter.value, 0)
        height = round(HEIGHT * number / most * 0.9)
        # dashed, and never too flat to be seen
        more = max(round(HEIGHT / most * 0.9), 4) if letter == add else 0
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
                "more": more,
                "more_y": HEIGHT - height - more,
                "above": HEIGHT - height - more - 4,
            }
        )
    return {"columns": columns}
