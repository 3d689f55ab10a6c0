"""Does what a post repeats still agree with where it comes from? A query that must find nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from calendar_app.models import Decision, Outcome, Post


def faults() -> Iterator[tuple[int, str]]:
    """Post id and what is wrong with it, over all posts: copied columns and derived instants."""
    posts = Post.objects.select_related("current_revision").prefetch_related("current_revision__themes")
    for post in posts.order_by("pk").iterator(chunk_size=500):
        revision = post.current_revision
        if revision is None:
            yield post.pk, "has no revision"
            continue
        if (post.title, post.language) != (revision.title, revision.language):
            yield post.pk, "title or language differ from the current revision"
        if post.theme_id != _theme(post):
            yield post.pk, "theme is neither the decided primary nor the first proposed one"
        local = post.local
        if local is not None and local.astimezone(UTC) != post.scheduled_at:
            yield post.pk, "the instant is not the one of the local time"


def _theme(post: Post) -> int | None:
    """The decided primary theme, else the first proposed; what went out urgently keeps its crisis theme."""
    if post.urgent:
        return post.theme_id
    approval = Decision.objects.filter(post=post, outcome=Outcome.APPROVE, in_force=True).first()
    if approval is not None:
        return approval.themes.filter(is_primary=True).values_list("theme_id", flat=True).first()
    revision = post.current_revision
    rows = sorted(revision.themes.all(), key=lambda row: row.position) if revision else []
    return rows[0].theme_id if rows else None
