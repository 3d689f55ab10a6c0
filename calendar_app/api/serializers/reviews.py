"""The review queue as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from calendar_app.api.serializers.fields import listed
from calendar_app.api.serializers.posts import PostSummarySerializer, ReviewSerializer, held
from calendar_app.models import Post


class WaitingSerializer(PostSummarySerializer):
    """A post that waits for headquarters. Needs `queries.review_queue.waiting()`."""

    purpose = serializers.CharField(source="current_revision.purpose")
    review = serializers.SerializerMethodField()
    waiting_seconds = serializers.SerializerMethodField()

    @extend_schema_field(ReviewSerializer)
    def get_review(self, post: Any) -> Any:
        return ReviewSerializer(post.round).data

    def get_waiting_seconds(self, post: Any) -> int:
        return max(0, int((self.context["at"] - post.round.opened_at).total_seconds()))


def queue(posts: list[Post], at: datetime) -> list[dict[str, Any]]:
    """The rows of the queue."""
    return listed(WaitingSerializer, posts, at=at, held=held(posts))
