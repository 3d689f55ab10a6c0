"""Reminders and notices as JSON."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from calendar_app import messages
from calendar_app.api.serializers.fields import PersonSerializer
from calendar_app.models import Kind, Notification, Reminder, State, Way
from calendar_app.queries.reminders import shown_state

# `void` is derived, never stored (DESIGN §6).
STATES = [*State.choices, ("void", "void")]


class RecipientSerializer(PersonSerializer):
    email = serializers.EmailField()


class ReminderSerializer(serializers.Serializer[Reminder]):
    """Needs `with_void()`."""

    id = serializers.IntegerField()
    post = serializers.IntegerField(source="post_id", allow_null=True)
    kind = serializers.ChoiceField(Kind.choices)
    due_at = serializers.DateTimeField()
    valid_until = serializers.DateTimeField()
    recipient = RecipientSerializer()
    way = serializers.ChoiceField(Way.choices)
    state = serializers.SerializerMethodField()
    schedule_version = serializers.IntegerField()
    sent_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(serializers.ChoiceField(STATES))
    def get_state(self, reminder: Reminder) -> str:
        return shown_state(reminder)


class NotificationSerializer(serializers.Serializer[Notification]):
    """Needs the `request` in the context."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Kind.choices)
    post = serializers.IntegerField(source="post_id", allow_null=True)
    text = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)

    def get_text(self, notification: Notification) -> str:
        words = _notice(notification)
        return f"{words.title}\n{words.body}" if words.body else words.title

    def get_url(self, notification: Notification) -> str:
        request: Request = self.context["request"]
        return request.build_absolute_uri(_notice(notification).url)


def _notice(notification: Notification) -> messages.Notice:
    return messages.notice(notification.kind, notification.post, notification.data, notification.recipient)
