"""What waits for headquarters, over all missions, most urgent first."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, FilteredRelation, Q, QuerySet

from calendar_app import access
from calendar_app.models import Post
from calendar_app.queries.filters import Filters
from missions.models import Person

# The sort: the round that is due first; `review_due_at` is on every row of `waiting()`.
ORDER = ("review_due_at", "pk")


def waiting(person: Person, filters: Filters, at: datetime, *, due_by: datetime | None = None) -> QuerySet[Post]:
    """The posts with an open round of review that pass the filters, due at `due_by` at the latest.

    Each has `review_due_at`, and its round in `round` with who opened it. They come from one query: with a second, a
    round that a colleague closed between the two would be missing. Further relations are for the caller.
    Published ones are here for the review after an urgent publication.
    """
    posts = filters.apply(access.posts_for(person), at=at)
    posts = posts.annotate(round=FilteredRelation("reviews", condition=Q(reviews__closed_at=None)))
    posts = posts.filter(round__isnull=False).annotate(review_due_at=F("round__due_at"))
    if due_by is not None:
        posts = posts.filter(review_due_at__lte=due_by)
    # the plugin does not know of relations that a query makes
    return posts.select_related("round__opened_by").order_by(*ORDER)  # type: ignore[misc]
