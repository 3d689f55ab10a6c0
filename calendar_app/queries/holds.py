"""Which holds are in force, and which posts they cover. The one predicate for workflow, reminders, pages and API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Count, Exists, F, OuterRef, Q, When

from calendar_app.models import ENDED, DecisionTheme, Hold, Post, RevisionTheme, Status, Theme
from missions.models import Mission

# How many posts a question about a hold names.
EXAMPLES = 6


def in_force() -> list[Hold]:
    """The holds that are not lifted, newest first. One query."""
    return list(Hold.objects.filter(lifted_at=None).select_related("region", "mission", "theme", "made_by"))


def covered_by(holds: Iterable[Hold]) -> Q:
    """A condition on Post: covered by at least one of these holds.

    A theme's hold covers a post that is decided for or, in its current revision, proposes the theme or one below it.
    """
    condition = Q(pk__in=[])
    for hold in holds:
        condition |= _scope(hold)
    return condition


def _scope(hold: Hold) -> Q:
    if hold.scope == Hold.Scope.ALL:
        return ~Q(pk__in=[])
    if hold.scope == Hold.Scope.REGION:
        return Q(mission__region_id=hold.region_id)
    if hold.scope == Hold.Scope.MISSION:
        return Q(mission_id=hold.mission_id)
    themes = Theme.objects.filter(Q(pk=hold.theme_id) | Q(parent_id=hold.theme_id)).values("pk")
    proposed = RevisionTheme.objects.filter(revision=OuterRef("current_revision"), theme__in=themes)
    decided = DecisionTheme.objects.filter(decision__post=OuterRef("pk"), decision__in_force=True, theme__in=themes)
    return Q(theme__in=themes) | Q(Exists(proposed)) | Q(Exists(decided))


def covering(post: Post, holds: Iterable[Hold] | None = None) -> list[Hold]:
    """The holds in force that cover this post (of `holds`, or of all in force), newest first."""
    return [
        hold
        for hold in (in_force() if holds is None else holds)
        if Post.objects.filter(_scope(hold), pk=post.pk).exists()
    ]


def touching(missions: Iterable[Mission], holds: Iterable[Hold]) -> list[Hold]:
    """Those of the holds that can touch these missions (a theme's hold can touch any)."""
    keys = {mission.pk for mission in missions}
    regions = {mission.region_id for mission in missions}
    return [
        hold
        for hold in holds
        if hold.scope in (Hold.Scope.ALL, Hold.Scope.THEME) or hold.mission_id in keys or hold.region_id in regions
    ]


@dataclass(frozen=True)
class Reach:
    """How many posts a hold covers: those that have not gone out, how many of them are approved, and how many of
    these are due within a day or late already (`passed`: the late ones alone); and of how many missions. `examples`
    are those that it stops first."""

    posts: int
    approved: int
    soon: int
    passed: int
    missions: int
    examples: list[Post]

    @property
    def others(self) -> int:
        """How many more it covers than the examples."""
        return self.posts - len(self.examples)


def reach(hold: Hold, at: datetime) -> Reach:
    """What a hold covers, or would cover if it were made: it need not be stored. Two queries."""
    ready = Q(status__in=(Status.APPROVED, Status.MISSED))
    covered = Post.objects.filter(_scope(hold)).exclude(status__in=ENDED)
    counts = covered.aggregate(
        posts=Count("pk"),
        approved=Count("pk", filter=ready),
        soon=Count("pk", filter=Q(status=Status.APPROVED, scheduled_at__lt=at + timedelta(days=1))),
        passed=Count("pk", filter=ready & Q(scheduled_at__lt=at)),
        missions=Count("mission", distinct=True),
    )
    first = covered.annotate(waits=Case(When(ready, then=0), default=1)).order_by(
        "waits", F("scheduled_at").asc(nulls_last=True), "pk"
    )
    return Reach(**counts, examples=list(first.select_related("mission", "theme")[:EXAMPLES]))
