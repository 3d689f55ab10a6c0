"""The calendar as JSON: what the page of the same name shows (`queries/calendar.py`)."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from calendar_app.api.serializers.fields import rfc3339
from calendar_app.models import Observance, Status
from calendar_app.queries.calendar import Cell, Day, Group, Place, Row, Total
from calendar_app.queries.days import TZ
from calendar_app.queries.holidays import DayOff
from calendar_app.queries.items import Item
from calendar_app.queries.observances import Occasion
from calendar_app.queries.tallies import LOOKS, Tally

COUNTS = {"type": "object", "additionalProperties": {"type": "integer"}}


@extend_schema_field(COUNTS)
class Counts(serializers.ReadOnlyField):
    """Name → number; what is zero is absent."""


@extend_schema_field({"type": "string", "format": "date-time"})
class Offset(serializers.Field):  # type: ignore[type-arg]
    """An instant with the offset of the zone it is shown in."""

    def to_representation(self, value: datetime) -> str:
        return rfc3339(value)


class TallySerializer(serializers.Serializer[Tally]):
    total = serializers.IntegerField()
    due = serializers.IntegerField()
    held = serializers.IntegerField()
    statuses = Counts()
    themes = Counts(help_text=_("Menurut huruf tema; “” tanpa tema."))


class PlaceSerializer(serializers.Serializer[Place]):
    code = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    region = serializers.CharField()
    timezone = serializers.CharField()
    minutes_from_wib = serializers.IntegerField()
    weekend = serializers.ListField(child=serializers.IntegerField())
    silent = serializers.BooleanField()


class OccasionSerializer(serializers.Serializer[Occasion]):
    name = serializers.CharField()
    kind = serializers.ChoiceField(Observance.Kind.choices)
    themes = serializers.ListField(child=serializers.CharField())


class DayOffSerializer(serializers.Serializer[DayOff]):
    country = serializers.CharField(help_text=_("Kode negara menurut ISO 3166-1."))
    name = serializers.CharField()


class ItemSerializer(serializers.Serializer[Item]):
    """A post on the calendar; `local` is its time in the zone shown."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    mission = serializers.CharField()
    title = serializers.CharField()
    purpose = serializers.CharField()
    language = serializers.CharField()
    status = serializers.ChoiceField(Status.choices)
    look = serializers.ChoiceField([(look, look) for look in LOOKS])
    due = serializers.BooleanField()
    held = serializers.BooleanField()
    urgent = serializers.BooleanField()
    theme = serializers.CharField()
    letter = serializers.CharField()
    scheduled_at = Offset(source="own")
    local = Offset()
    wib = Offset()
    zone = serializers.CharField()
    networks = serializers.ListField(child=serializers.CharField())


class DaySerializer(serializers.Serializer[Day]):
    date = serializers.DateField()
    today = serializers.BooleanField()
    off = serializers.BooleanField()
    gap = serializers.BooleanField()
    tally = TallySerializer()
    occasions = OccasionSerializer(many=True)
    holidays = DayOffSerializer(many=True)
    items = ItemSerializer(many=True)


class CellSerializer(serializers.Serializer[Cell]):
    date = serializers.DateField()
    off = serializers.BooleanField()
    gap = serializers.BooleanField()
    holiday = serializers.CharField()
    tally = TallySerializer()


class TotalSerializer(serializers.Serializer[Total]):
    date = serializers.DateField()
    tally = TallySerializer()
    gaps = serializers.IntegerField()


class RowSerializer(serializers.Serializer[Row]):
    mission = PlaceSerializer()
    cells = CellSerializer(many=True)
    tally = TallySerializer()
    gaps = serializers.IntegerField()


class GroupSerializer(serializers.Serializer[Group]):
    """A region."""

    code = serializers.CharField()
    name = serializers.CharField()
    rows = RowSerializer(many=True)
    days = TotalSerializer(many=True)
    tally = TallySerializer()
    gaps = serializers.IntegerField()
    quiet = serializers.IntegerField()


class SpanSerializer(serializers.Serializer):  # type: ignore[type-arg]
    """What every view has."""

    view = serializers.CharField(required=False)
    first = serializers.DateField()
    last = serializers.DateField()
    today = serializers.DateField()
    tz = serializers.ChoiceField([(tz, tz) for tz in TZ])
    zone = serializers.CharField()
    days = DaySerializer(many=True)
    tally = TallySerializer()


class RangeSerializer(SpanSerializer):
    """`view=week`, `month`."""

    mission = PlaceSerializer(allow_null=True)


class NetworkWeekSerializer(SpanSerializer):
    """`view=network`."""

    regions = GroupSerializer(many=True)
    totals = TotalSerializer(many=True)
    missions = serializers.IntegerField()
    gaps = serializers.IntegerField()
    quiet = serializers.IntegerField()
