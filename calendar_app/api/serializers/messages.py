"""Reminders and notices as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from calendar_app import messages
from calendar_app.api.serializers.fields import PersonSerializer
from calendar_app.models import Acknowledgement, Kind, Reminder, State, Way, Webhook
from calendar_app.queries.notifications import Row
from calendar_app.queries.reminders import shown_state

# `void` is derived, never stored (DESIGN §6).
STATES = [*State.choices, ("void", "void")]


class RecipientSerializer(PersonSerializer):
    email = serializers.EmailField()


class BridgeSerializer(serializers.Serializer[Webhook]):
    """A chat bridge as others see it."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class ReminderSerializer(serializers.Serializer[Reminder]):
    """Needs `with_void()`. One of `recipient` and `webhook` is there."""

    id = serializers.IntegerField()
    post = serializers.IntegerField(source="post_id", allow_null=True)
    kind = serializers.ChoiceField(Kind.choices)
    due_at = serializers.DateTimeField()
    valid_until = serializers.DateTimeField()
    recipient = RecipientSerializer(allow_null=True)
    webhook = BridgeSerializer(allow_null=True)
    stands_in_for = PersonSerializer(allow_null=True)
    way = serializers.ChoiceField(Way.choices)
    state = serializers.SerializerMethodField()
    schedule_version = serializers.IntegerField()
    sent_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(serializers.ChoiceField(STATES))
    def get_state(self, reminder: Reminder) -> str:
        return shown_state(reminder)


class AcknowledgementSerializer(serializers.Serializer[Acknowledgement]):
    """Who takes care of a post, since when, and by which way they said so."""

    person = PersonSerializer()
    at = serializers.DateTimeField()
    way = serializers.ChoiceField(Way.choices)


class NotificationSerializer(serializers.Serializer[Row]):
    """Needs the `request` in the context."""

    id = serializers.IntegerField(source="notice.pk")
    kind = serializers.ChoiceField(Kind.choices, source="notice.kind")
    post = serializers.IntegerField(source="notice.post_id", allow_null=True)
    text = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="notice.created_at")
    read_at = serializers.DateTimeField(source="notice.read_at", allow_null=True)
    acknowledged_by = AcknowledgementSerializer(source="taken", many=True)
    can_acknowledge = serializers.BooleanField()

    def to_representation(self, instance: Row) -> dict[str, Any]:
        self._words = messages.told(instance.notice, instance.notice.recipient, instance.data)
        return super().to_representation(instance)

    def get_text(self, row: Row) -> str:
        return "\n".join(filter(None, (self._words.title, *self._words.remarks, self._words.body)))

    def get_url(self, row: Row) -> str:
        request: Request = self.context["request"]
        return request.build_absolute_uri(self._words.url)
