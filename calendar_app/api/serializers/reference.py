"""Reference data, with the field names of the files in `calendar_app/data/`, and who calls."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from calendar_app.api.serializers.fields import Strict, Words, listed
from calendar_app.models import Audience, Network, Observance, Theme
from calendar_app.queries import absences
from calendar_app.queries.absences import Away
from missions.models import ApiToken, Membership, Mission, Person, Region, Role
from missions.roles import grants

TEXTS = {"type": "array", "items": {"type": "string"}}
WEEKDAYS = {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 7}}


@extend_schema_field(TEXTS)
class Texts(serializers.ReadOnlyField):
    """A list that the database holds as JSON."""


@extend_schema_field(WEEKDAYS)
class Weekdays(serializers.ReadOnlyField):
    """ISO weekdays: 1 is Monday."""


class RegionSerializer(serializers.Serializer[Region]):
    code = serializers.CharField()
    name_id = serializers.CharField()
    name_en = serializers.CharField()
    order = serializers.IntegerField()


class MissionSerializer(serializers.Serializer[Mission]):
    code = serializers.CharField()
    kind = serializers.ChoiceField(Mission.Kind.choices)
    name_id = serializers.CharField()
    name_en = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField()
    country_iso2 = serializers.CharField()
    timezone = serializers.CharField()
    region = serializers.CharField(source="region.code")
    local_languages = Texts()
    weekend = Weekdays()
    concurrent_accreditation = Texts()
    status = serializers.ChoiceField(Mission.Status.choices)
    note = serializers.CharField()
    needs_signoff = serializers.BooleanField()


class ThemeSerializer(serializers.Serializer[Theme]):
    code = serializers.CharField()
    parent_code = serializers.SerializerMethodField()
    letter = serializers.ChoiceField(Theme.Letter.choices)
    crisis = serializers.BooleanField()
    name_id = serializers.CharField()
    name_en = serializers.CharField()
    description_id = serializers.CharField()
    description_en = serializers.CharField()
    sample_keywords_id = Texts()
    sample_keywords_en = Texts()
    guidance = serializers.CharField()
    hashtags = Texts()
    key_messages = Texts()
    is_active = serializers.BooleanField()

    def get_parent_code(self, theme: Theme) -> str | None:
        return theme.parent.code if theme.parent else None


class NetworkSerializer(serializers.Serializer[Network]):
    code = serializers.CharField()
    name = serializers.CharField()
    max_chars = serializers.IntegerField(allow_null=True)
    counting_rule = serializers.CharField()
    max_hashtags = serializers.IntegerField(allow_null=True)
    max_images = serializers.IntegerField(allow_null=True)
    image_formats = Texts()
    max_image_mb = serializers.IntegerField(allow_null=True)
    max_video_seconds = serializers.IntegerField(allow_null=True)
    max_video_mb = serializers.IntegerField(allow_null=True)
    aspect_ratios = serializers.CharField()
    alt_text_supported = serializers.BooleanField(allow_null=True)
    link_in_caption_clickable = serializers.BooleanField(allow_null=True)
    hosts = Texts()
    compose_url = serializers.CharField()
    checked_on = serializers.DateField()
    source_note = serializers.CharField()
    has_title = serializers.BooleanField()
    is_active = serializers.BooleanField()


class AudienceSerializer(serializers.Serializer[Audience]):
    code = serializers.CharField()
    name_id = serializers.CharField()
    name_en = serializers.CharField()


class ObservanceSerializer(serializers.Serializer[Observance]):
    date = serializers.CharField(help_text="MM-DD")
    name_id = serializers.CharField()
    name_en = serializers.CharField()
    kind = serializers.ChoiceField(Observance.Kind.choices)
    suggested_theme = Texts()


class CountInput(Strict):
    text = Words()
    title = Words(required=False)


class MembershipSerializer(serializers.Serializer[Membership]):
    """A role, in a mission or (null) at headquarters."""

    role = serializers.ChoiceField(Role.choices)
    mission = serializers.SerializerMethodField()

    def get_mission(self, membership: Membership) -> str | None:
        return membership.mission.code if membership.mission else None


class TokenSerializer(serializers.Serializer[ApiToken]):
    name = serializers.CharField()
    scope = serializers.ChoiceField(ApiToken.Scope.choices)
    expires_at = serializers.DateTimeField()


class AbsenceSerializer(serializers.Serializer[Away]):
    """The days on which somebody is away, in their own zone, and who stands in (null: nobody)."""

    first = serializers.DateField()
    last = serializers.DateField()
    deputy = serializers.CharField(source="absence.deputy.name", default=None)


class MeSerializer(serializers.Serializer[Person]):
    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField()
    language = serializers.ChoiceField(Person.Language.choices)
    timezone = serializers.CharField()
    memberships = serializers.SerializerMethodField()
    on_duty = serializers.SerializerMethodField()
    absence = serializers.SerializerMethodField()
    token = serializers.SerializerMethodField()

    @extend_schema_field(MembershipSerializer(many=True))
    def get_memberships(self, person: Person) -> Any:
        return listed(MembershipSerializer, person.memberships.select_related("mission").order_by("pk"))

    def get_on_duty(self, person: Person) -> bool:
        return grants(person).on_duty

    @extend_schema_field(AbsenceSerializer(allow_null=True))
    def get_absence(self, person: Person) -> Any:
        away = absences.concerning(person, self.context["at"]).now
        return AbsenceSerializer(away).data if away else None

    @extend_schema_field(TokenSerializer(allow_null=True))
    def get_token(self, person: Person) -> Any:
        token = self.context["token"]
        return TokenSerializer(token).data if token else None
