"""Decisions of headquarters, and what it takes to make one."""

from __future__ import annotations

from rest_framework import serializers

from calendar_app.api.serializers.fields import Code, Flag, PersonSerializer, Text, Versioned
from calendar_app.models import Alignment, Decision, Outcome

AFTERWARDS = [(outcome.value, outcome.label) for outcome in (Outcome.KEEP, Outcome.RETRACT)]


class Approval(Versioned):
    content_hash = Text(max_length=64)
    primary_theme = Code()
    secondary_themes = serializers.ListField(child=Code(), required=False)
    alignment = serializers.ChoiceField(Alignment.choices)
    activity_only = Flag(required=False)
    note = Text(required=False, allow_blank=True, max_length=5000)


class Comment(Versioned):
    comment = Text(max_length=5000)


class Afterwards(Versioned):
    outcome = serializers.ChoiceField(AFTERWARDS)
    primary_theme = Code(required=False, allow_blank=True)
    alignment = serializers.ChoiceField(Alignment.choices, required=False, allow_blank=True)
    comment = Text(max_length=5000)


class DecisionSerializer(serializers.Serializer[Decision]):
    round = serializers.IntegerField(source="review.number")
    outcome = serializers.ChoiceField(Outcome.choices)
    actor = PersonSerializer()
    at = serializers.DateTimeField()
    comment = serializers.CharField()
    alignment = serializers.ChoiceField(Alignment.choices, allow_blank=True)
    activity_only = serializers.BooleanField()
    primary_theme = serializers.SerializerMethodField()
    secondary_themes = serializers.SerializerMethodField()
    revision = serializers.IntegerField(source="revision.number")
    content_hash = serializers.CharField(source="revision.content_hash")
    in_force = serializers.BooleanField()

    def get_primary_theme(self, decision: Decision) -> str | None:
        row = decision.primary_theme
        return row.theme.code if row else None

    def get_secondary_themes(self, decision: Decision) -> list[str]:
        return [row.theme.code for row in decision.secondary_themes]
