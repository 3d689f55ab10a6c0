"""What it takes to say that something went out, or moves."""

from __future__ import annotations

from calendar_app.api.serializers.fields import Code, Instant, LocalTime, Number, Strict, Text, Versioned


class ChannelInput(Strict):
    """A channel that is out (with its link, or without), or given up with a reason."""

    network = Code()
    url = Text(required=False, allow_blank=True, allow_null=True)
    published_at = Instant(required=False, allow_null=True)
    given_up = Text(required=False, allow_blank=True, allow_null=True)


class Publishing(Versioned):
    channels = ChannelInput(many=True)


class Urgent(Versioned):
    theme = Code()
    reason = Text(max_length=5000)
    channels = ChannelInput(many=True)


class Move(Versioned):
    scheduled_local = LocalTime()
    timezone = Code(required=False, allow_null=True, allow_blank=True)
    fold = Number(required=False, allow_null=True, min_value=0, max_value=1)
