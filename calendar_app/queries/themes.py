"""The tree of themes with how often each was used of late, and what this week's calendar holds for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from calendar_app.access import posts_for
from calendar_app.models import GIVEN_UP, Post, Status, Theme
from calendar_app.queries import filters as filter_queries
from calendar_app.queries import holds as hold_queries
from calendar_app.queries import tallies
from calendar_app.queries.days import Days, jakarta
from calendar_app.queries.tallies import Tally
from missions.models import Person

# Over so many days, today the last of them, a theme that nothing was published under is silent.
LATELY = 28


@dataclass
class Branch:
    """A theme with its number of posts in the week, and of those published lately; a branch's numbers include its
    themes'. `share` is `used` in per cent of the most used leaf's."""

    theme: Theme
    posts: int = 0
    used: int = 0
    share: int = 0
    leaves: list[Branch] = field(default_factory=list)

    @property
    def silent(self) -> int:
        """How many of its themes were not used lately."""
        return sum(not leaf.used for leaf in self.leaves)


def week_of(at: datetime) -> Days:
    """The week that Jakarta is in, each mission's days beginning at its own midnight."""
    return Days.week(at.astimezone(jakarta()).date(), None)


def tree(person: Person, at: datetime) -> list[Branch]:
    """The branches in their order, with those of their posts that the person may read. Three queries."""
    counts = dict(_this_week(person, at).order_by().values_list("theme").annotate(n=Count("*")))
    used = dict(_lately(person, at).order_by().values_list("theme").annotate(n=Count("*")))
    rows = [
        Branch(theme, counts.get(theme.pk, 0), used.get(theme.pk, 0)) for theme in Theme.objects.filter(is_active=True)
    ]
    branches = {row.theme.pk: row for row in rows if row.theme.parent_id is None}
    leaves = [row for row in rows if row.theme.parent_id in branches]
    most = max((row.used for row in leaves), default=0) or 1
    for row in leaves:
        branch = branches[row.theme.parent_id or 0]
        branch.leaves.append(row)
        branch.posts += row.posts
        branch.used += row.used
        row.share = round(100 * row.used / most)
    return list(branches.values())


@dataclass(frozen=True)
class Use:
    """How often a theme and those below it were published lately, and by how many missions."""

    posts: int
    missions: int


def use(person: Person, theme: Theme, at: datetime) -> Use:
    """Among the posts that the person may read. One query."""
    found = _lately(person, at).filter(theme__in=filter_queries.themes_under(theme.code))
    return Use(**found.aggregate(posts=Count("pk"), missions=Count("mission", distinct=True)))


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


def _lately(person: Person, at: datetime) -> QuerySet[Post]:
    """Published on the last days of the missions' own calendars. The index over local dates has all that is asked."""
    today = at.astimezone(jakarta()).date()
    days = (today - timedelta(days=LATELY - 1), today)
    return posts_for(person).filter(local_date__range=days, status=Status.PUBLISHED)
