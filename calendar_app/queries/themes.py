"""The tree of themes with what this week's calendar holds for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from calendar_app.access import posts_for
from calendar_app.models import GIVEN_UP, Post, Theme
from calendar_app.queries import filters as filter_queries
from calendar_app.queries import holds as hold_queries
from calendar_app.queries import tallies
from calendar_app.queries.days import Days, jakarta
from calendar_app.queries.tallies import Tally
from missions.models import Person


@dataclass
class Branch:
    """A theme with its number of posts in the week; a branch's number includes its themes'."""

    theme: Theme
    posts: int = 0
    leaves: list[Branch] = field(default_factory=list)


def week_of(at: datetime) -> Days:
    """The week that Jakarta is in, each mission's days beginning at its own midnight."""
    return Days.week(at.astimezone(jakarta()).date(), None)


def tree(person: Person, at: datetime) -> list[Branch]:
    """The branches in their order, with the posts of this week that the person may read. Two queries."""
    counts = dict(_this_week(person, at).order_by().values_list("theme").annotate(n=Count("*")))
    rows = [Branch(theme, counts.get(theme.pk, 0)) for theme in Theme.objects.filter(is_active=True)]
    branches = {row.theme.pk: row for row in rows if row.theme.parent_id is None}
    for row in rows:
        if branch := branches.get(row.theme.parent_id or 0):
            branch.leaves.append(row)
            branch.posts += row.posts
    return list(branches.values())


def leaves(theme: Theme) -> list[Theme]:
    """The active themes of a branch; none for a theme that is in one."""
    return list(theme.children.filter(is_active=True))


def week_tally(person: Person, theme: Theme, at: datetime) -> Tally:
    """What this week holds for a theme and those below it. Four queries at most."""
    posts = _this_week(person, at).filter(theme__in=filter_queries.themes_under(theme.code))
    holds = hold_queries.in_force()
    found = tallies.by_day(posts, week_of(at), at=at, holds=holds, themes=[theme])
    whole = Tally()
    for tally in found.values():
        whole.add(tally)
    return whole


def _this_week(person: Person, at: datetime) -> QuerySet[Post]:
    return posts_for(person).filter(week_of(at).condition() & ~Q(status__in=GIVEN_UP))
