"""Missions as their pages show them: by region, with their people and their week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Count, Q

from calendar_app.access import posts_for
from calendar_app.languages import LANGUAGES
from calendar_app.models import GIVEN_UP
from calendar_app.queries import calendar
from calendar_app.queries.calendar import Range
from calendar_app.queries.days import MISSION
from calendar_app.queries.filters import Filters
from calendar_app.queries.themes import week_of
from missions.access import missions as all_missions
from missions.models import Membership, Mission, Person, Region
from missions.roles import Permission, can, grants, is_hq


@dataclass(frozen=True)
class Row:
    """A mission in the list. `posts` of this week is None where the reader may not know; so is `people`."""

    mission: Mission
    posts: int | None
    people: int | None


def is_readable(person: Person, mission: Mission) -> bool:
    """May the person read the mission's posts, and so know its week and its people?"""
    return is_hq(person) or mission.pk in grants(person).by_mission


def by_region(person: Person, at: datetime) -> list[tuple[Region, list[Row]]]:
    """All missions by region, there by kind and name. Three queries."""
    planned = posts_for(person).filter(week_of(at).condition() & ~Q(status__in=GIVEN_UP))
    posts = dict(planned.order_by().values_list("mission").annotate(n=Count("*")))
    people: dict[int | None, int] | None = None
    if can(person, Permission.ADMINISTER):
        active = Membership.objects.filter(mission__isnull=False, person__is_active=True).order_by()
        people = dict(active.values_list("mission").annotate(n=Count("person", distinct=True)))
    rows = [
        Row(
            mission,
            posts.get(mission.pk, 0) if is_readable(person, mission) else None,
            people.get(mission.pk, 0) if people is not None else None,
        )
        for mission in all_missions().order_by("region__order", "kind", "name_id")
    ]
    return [(region, list(group)) for region, group in groupby(rows, key=lambda row: row.mission.region)]


def week(person: Person, mission: Mission, at: datetime) -> Range:
    """The mission's present week, by its own midnight."""
    today = at.astimezone(mission.zone).date()
    return calendar.mission_week(person, mission, today, Filters(), MISSION, at)


def people(mission: Mission) -> list[tuple[Person, list[str]]]:
    """The active people of a mission, each with their roles in words. One query."""
    rows = (
        Membership.objects.filter(mission=mission, person__is_active=True)
        .select_related("person")
        .order_by("person__name", "person", "role")
    )
    return [
        (person, [str(row.get_role_display()) for row in group])
        for person, group in groupby(rows, key=lambda row: row.person)
    ]


def languages(mission: Mission) -> list[str]:
    """The names of the languages spoken where the mission is, in the reader's language."""
    return [str(LANGUAGES.get(code, code)) for code in mission.local_languages]
