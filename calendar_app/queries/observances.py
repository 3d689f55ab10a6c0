"""National days and other days worth a post, on the dates they fall on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from calendar_app.models import Observance


@dataclass(frozen=True, slots=True)
class Occasion:
    """An observance on a calendar: its name in the reader's language."""

    name: str
    kind: str
    themes: list[str]


def on(days: Iterable[date]) -> dict[date, list[Occasion]]:
    """The observances of each of these days; days without any are absent. One query."""
    by_key: dict[str, date] = {f"{day:%m-%d}": day for day in days}
    found: dict[date, list[Occasion]] = {}
    for row in Observance.objects.filter(date__in=by_key):
        found.setdefault(by_key[row.date], []).append(Occasion(row.name, row.kind, list(row.suggested_theme)))
    return found
