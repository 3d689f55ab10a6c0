"""What happened to a post."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from audit.models import Entry
from calendar_app.api.serializers.decisions import DecisionSerializer
from calendar_app.api.serializers.fields import PersonSerializer, listed
from calendar_app.models import Revision, Variant
from calendar_app.queries.history import History


class RevisionVariantSerializer(serializers.Serializer[Variant]):
    network = serializers.CharField(source="network.code")
    title = serializers.CharField()
    text = serializers.CharField()


class RevisionSerializer(serializers.Serializer[Revision]):
    """A revision with all its content."""

    number = serializers.IntegerField()
    content_hash = serializers.CharField()
    author = PersonSerializer()
    created_at = serializers.DateTimeField()
    title = serializers.CharField()
    purpose = serializers.CharField()
    audience = serializers.SerializerMethodField()
    language = serializers.CharField()
    themes = serializers.SerializerMethodField()
    variants = RevisionVariantSerializer(many=True)

    def get_audience(self, revision: Revision) -> str | None:
        return revision.audience.code if revision.audience else None

    def get_themes(self, revision: Revision) -> list[str]:
        return [theme.code for theme in revision.ordered_themes]


class ActorSerializer(serializers.Serializer[Entry]):
    """Who did it; `id` is null for Selaras itself."""

    id = serializers.IntegerField(source="actor_id", allow_null=True)
    name = serializers.CharField(source="actor_name")


class EntrySerializer(serializers.Serializer[Entry]):
    """An audit entry: who did what, when."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    action = serializers.CharField()
    actor = ActorSerializer(source="*")
    version = serializers.IntegerField(allow_null=True)
    from_status = serializers.CharField()
    to_status = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]


class HistorySerializer(serializers.Serializer[History]):
    revisions = serializers.SerializerMethodField()
    decisions = DecisionSerializer(many=True)
    entries = EntrySerializer(many=True)

    @extend_schema_field(RevisionSerializer(many=True))
    def get_revisions(self, history: History) -> Any:
        return listed(RevisionSerializer, (step.revision for step in history.revisions))
