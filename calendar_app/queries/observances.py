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


Found = dict[date, list[Occasion]]


def on(days: Iterable[date]) -> Found:
    """The observances of each of these days; days without any are absent. One query."""
    by_key = keys_of(days)
    found: Found = {}
    for row in Observance.objects.filter(date__in=by_key):
        found.setdefault(by_key[row.date], []).append(Occasion(row.name, row.kind, list(row.suggested_theme)))
    return found


def keys_of(days: Iterable[date]) -> dict[str, date]:
    """The days by what the table calls them, MM-DD."""
    return {f"{day:%m-%d}": day for day in days}
