"""Posts with what a row of a list says of each, in a number of queries that does not grow with the rows."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from calendar_app.models import Post, Variant


def with_summary(posts: QuerySet[Post]) -> QuerySet[Post]:
    """The posts with mission, theme, and of their current revision author, audience, themes and networks.

    Without the texts, which may be long and many.
    """
    variants = Variant.objects.select_related("network").only("revision", "network__code", "network__order")
    revision = ("current_revision__audience", "current_revision__author")
    return posts.select_related("mission", "theme", *revision).prefetch_related(
        "current_revision__themes__theme", Prefetch("current_revision__variants", variants)
    )
