"""Fields that take what JSON says and nothing like it: true is not 1, "1" is not 1, and unknown fields are named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from missions.models import Person


class Strict(serializers.Serializer[Any]):
    """The body of a call. Fields that it does not know are an error, not silently dropped."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [str(name) for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError({name: [_("Isian ini tidak dikenal.")] for name in unknown})
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """A JSON string, taken as it is."""

    default_error_messages = {"invalid": gettext_lazy("Harus berupa teks.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"trim_whitespace": False} | options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Words(Text):
    """A text that its service cleans of characters which cannot be stored: what people pasted is not refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_blank": True} | options)
        refusing = (ProhibitNullCharactersValidator, ProhibitSurrogateCharactersValidator)
        self.validators = [check for check in self.validators if not isinstance(check, refusing)]


class Code(Text):
    """The code of a mission, theme, network, …"""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 60} | options)


class Number(serializers.IntegerField):
    """A JSON number without a fraction."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


@extend_schema_field({"type": "string", "format": "date-time"})
class Instant(Text):
    """RFC 3339 with its offset; the service reads it."""


@extend_schema_field({"type": "string", "example": "2026-11-26T12:00"})
class LocalTime(Text):
    """`YYYY-MM-DDTHH:MM`, without an offset; the service reads it."""


class PersonSerializer(serializers.Serializer[Person]):
    """A person as others see them."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class Versioned(Strict):
    """What every change of a post names: the version it was read at."""

    version = Number()


def read(body: type[Strict], request: Request) -> dict[str, Any]:
    """The checked body; absent fields stay absent. Raises ValidationError."""
    checked = body(data=request.data)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def listed(shape: type[serializers.BaseSerializer[Any]], rows: Iterable[Any], **context: Any) -> list[dict[str, Any]]:
    """Each row as JSON."""
    return list(shape(rows, many=True, context=context).data)


def caller(request: Request) -> Person:
    """The person who calls; the permission class has let nobody else in."""
    assert isinstance(request.user, Person)
    return request.user


def rfc3339(instant: datetime) -> str:
    """The instant with the offset of its zone; in UTC where that offset has seconds (before standard time)."""
    offset = instant.utcoffset()
    if offset is None or offset.total_seconds() % 60:
        instant = instant.astimezone(UTC)
    return instant.isoformat()
