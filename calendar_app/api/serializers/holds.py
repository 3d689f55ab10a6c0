"""Holds as JSON."""

from __future__ import annotations

from rest_framework import serializers

from calendar_app.api.serializers.fields import Code, Flag, PersonSerializer, Strict, Text
from calendar_app.models import Hold


class HoldInput(Strict):
    scope = serializers.ChoiceField(Hold.Scope.choices)
    code = Code(required=False, allow_blank=True)
    reason = Text(max_length=500)
    stops_urgent = Flag(required=False)


class HoldSerializer(serializers.Serializer[Hold]):
    id = serializers.IntegerField()
    scope = serializers.ChoiceField(Hold.Scope.choices)
    code = serializers.SerializerMethodField()
    reason = serializers.CharField()
    stops_urgent = serializers.BooleanField()
    made_by = PersonSerializer()
    made_at = serializers.DateTimeField()
    lifted_by = PersonSerializer(allow_null=True)
    lifted_at = serializers.DateTimeField(allow_null=True)

    def get_code(self, hold: Hold) -> str | None:
        return hold.target.code if hold.target else None
