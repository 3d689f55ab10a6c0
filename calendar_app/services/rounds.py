"""Rounds of review: opened when a post comes to headquarters, closed when it leaves."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max

from calendar_app.models import Outcome, Post, Review
from missions.models import Person

AFTERWARDS_WITHIN = timedelta(hours=24)  # DESIGN §3, publish_urgent


def open_round(post: Post, *, by: Person, at: datetime, kind: Review.Kind = Review.Kind.BEFORE) -> Review:
    """Open the next round on the current revision. It is due when half the time to the post is gone."""
    assert post.current_revision is not None, "only what was written is reviewed"
    last = post.reviews.aggregate(last=Max("number"))["last"] or 0
    due_at = at + AFTERWARDS_WITHIN if kind == Review.Kind.AFTERWARDS else _halfway(post, at)
    return Review.objects.create(
        post=post,
        number=last + 1,
        kind=kind,
        revision=post.current_revision,
        opened_by=by,
        opened_at=at,
        due_at=due_at,
    )


def follow_time(post: Post) -> None:
    """The post's time has moved under its open round: so does what is half the way to it."""
    for review in post.reviews.filter(closed_at=None, kind=Review.Kind.BEFORE):
        post.reviews.filter(pk=review.pk).update(due_at=_halfway(post, review.opened_at))


def _halfway(post: Post, opened_at: datetime) -> datetime:
    """When half the time from the opening to the post is gone; at once when none is left."""
    return opened_at + max((post.scheduled_at or opened_at) - opened_at, timedelta(0)) / 2


def close_round(post: Post, *, at: datetime) -> None:
    """Close the open round, if there is one."""
    post.reviews.filter(closed_at=None).update(closed_at=at)


def void_approval(post: Post) -> None:
    """The approval is no longer in force. Call it after the post has left approved or missed: a trigger insists."""
    post.decisions.filter(outcome=Outcome.APPROVE, in_force=True).update(in_force=False)
