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
    if kind == Review.Kind.AFTERWARDS or post.scheduled_at is None:
        due_at = at + AFTERWARDS_WITHIN
    else:
        due_at = at + max(post.scheduled_at - at, timedelta(0)) / 2
    return Review.objects.create(
        post=post,
        number=last + 1,
        kind=kind,
        revision=post.current_revision,
        opened_by=by,
        opened_at=at,
        due_at=due_at,
    )


def close_round(post: Post, *, at: datetime) -> None:
    """Close the open round, if there is one."""
    post.reviews.filter(closed_at=None).update(closed_at=at)


def void_approval(post: Post) -> None:
    """The approval is no longer in force. Call it after the post has left approved or missed: a trigger insists."""
    post.decisions.filter(outcome=Outcome.APPROVE, in_force=True).update(in_force=False)
