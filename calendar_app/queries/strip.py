"""The week around a post that is being written: what its mission has on which day, for choosing a time beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from calendar_app.models import Theme
from calendar_app.queries import calendar
from calendar_app.queries.days import MISSION
from calendar_app.queries.filters import Filters
from calendar_app.queries.items import Item
from missions.models import Mission, Person

LETTERS = 4  # how many posts of a day are drawn


@dataclass(frozen=True)
class StripDay:
    """One day: its other posts (at most LETTERS, then `more`), and why it is off or worth a post."""

    date: date
    items: list[Item]
    more: int
    notes: list[str]
    off: bool
    past: bool


@dataclass(frozen=True)
class Strip:
    """The week of `chosen`; how many posts it has beside the one being written, in all and in the branch of `theme`."""

    days: list[StripDay]
    chosen: date | None
    theme: Theme | None
    others: int
    alike: int

    @property
    def first(self) -> date:
        return self.days[0].date

    @property
    def last(self) -> date:
        return self.days[-1].date

    @property
    def branch(self) -> Theme | None:
        return (self.theme.parent or self.theme) if self.theme else None


def strip(
    person: Person, mission: Mission, chosen: date | None, at: datetime, *, theme: Theme | None, post: int | None = None
) -> Strip:
    """The week in the mission's own days; without a `chosen` day the present one. `post` is the one being written,
    which is left out. Six queries at most."""
    today = at.astimezone(mission.zone).date()
    week = calendar.mission_week(person, mission, chosen or today, Filters(), MISSION, at)
    days = []
    for day in week.days:
        items = [item for item in day.items if item.id != post]
        notes = [off.name for off in day.holidays] + [occasion.name for occasion in day.occasions]
        days.append(StripDay(day.date, items[:LETTERS], len(items[LETTERS:]), notes, day.off, past=day.date < today))
    others = [item for day in week.days for item in day.items if item.id != post]
    alike = sum(item.letter == theme.letter for item in others) if theme else 0
    return Strip(days, chosen, theme, len(others), alike)
