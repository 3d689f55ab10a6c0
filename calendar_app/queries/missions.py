"""Missions as their pages show them: by region, with their people and their week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Count, Q

from calendar_app.access import posts_for
from calendar_app.languages import LANGUAGES
from calendar_app.models import GIVEN_UP
from calendar_app.queries import absences, calendar, holidays
from calendar_app.queries.calendar import Range
from calendar_app.queries.days import MISSION
from calendar_app.queries.filters import Filters
from calendar_app.queries.themes import week_of
from missions.access import missions as all_missions
from missions.models import Membership, Mission, Person, Region
from missions.roles import Permission, can, grants, is_hq

MOST_HOLIDAYS = 5


@dataclass(frozen=True)
class Row:
    """A mission in the list. `posts` and `gaps` (working days with nothing) of this week are None where the reader may
    not know; so is `people`."""

    mission: Mission
    posts: int | None
    gaps: int | None
    people: int | None


def is_readable(person: Person, mission: Mission) -> bool:
    """May the person read the mission's posts, and so know its week and its people?"""
    return is_hq(person) or mission.pk in grants(person).by_mission


def by_region(person: Person, at: datetime) -> list[tuple[Region, list[Row]]]:
    """All missions by region, there by kind and name. Four queries."""
    days = week_of(at)
    planned = posts_for(person).filter(days.condition() & ~Q(status__in=GIVEN_UP))
    posts: dict[int, dict[date, int]] = {}
    for mission_id, day, number in planned.order_by().values_list("mission", "local_date").annotate(n=Count("*")):
        posts.setdefault(mission_id, {})[day] = number
    people: dict[int | None, int] | None = None
    if can(person, Permission.ADMINISTER):
        active = Membership.objects.filter(mission__isnull=False, person__is_active=True).order_by()
        people = dict(active.values_list("mission").annotate(n=Count("person", distinct=True)))
    missions = list(all_missions().order_by("region__order", "kind", "name_id"))
    off = holidays.on(days.dates, missions)
    rows = []
    for mission in missions:
        mine = posts.get(mission.pk, {})
        gaps = sum(not (mine.get(day) or holidays.is_off(mission, day, off)) for day in days.dates)
        may_know = is_readable(person, mission)
        rows.append(
            Row(
                mission,
                sum(mine.values()) if may_know else None,
                (0 if mission.is_silent else gaps) if may_know else None,
                people.get(mission.pk, 0) if people is not None else None,
            )
        )
    return [(region, list(group)) for region, group in groupby(rows, key=lambda row: row.mission.region)]


@dataclass(frozen=True)
class Closed:
    """A coming day on which a mission is closed, and why."""

    date: date
    names: list[str]


def next_holidays(mission: Mission, at: datetime) -> list[Closed]:
    """The mission's next public holidays, of its host and of Indonesia, within half a year. One query."""
    today = at.astimezone(mission.zone).date()
    days = [today + timedelta(days=number) for number in range(183)]
    found = holidays.on(days, [mission])
    closed = [Closed(day, [off.name for off in holidays.of(mission, day, found)]) for day in days]
    return [day for day in closed if day.names][:MOST_HOLIDAYS]


def week(person: Person, mission: Mission, at: datetime) -> Range:
    """The mission's present week, by its own midnight."""
    today = at.astimezone(mission.zone).date()
    return calendar.mission_week(person, mission, today, Filters(), MISSION, at)


@dataclass(frozen=True)
class Member:
    """One of a mission's people: their roles in words, and when they are away, soonest first."""

    person: Person
    roles: list[str]
    away: list[absences.Away]


def people(mission: Mission, at: datetime) -> list[Member]:
    """The active people of a mission by name. At most four queries."""
    rows = (
        Membership.objects.filter(mission=mission, person__is_active=True)
        .select_related("person")
        .order_by("person__name", "person", "role")
    )
    held = [
        (person, [str(row.get_role_display()) for row in group])
        for person, group in groupby(rows, key=lambda row: row.person)
    ]
    away = absences.of([person for person, _roles in held], at)
    return [Member(person, roles, away.get(person.pk, [])) for person, roles in held]


def languages(mission: Mission) -> list[str]:
    """The names of the languages spoken where the mission is, in the reader's language."""
    return [str(LANGUAGES.get(code, code)) for code in mission.local_languages]
