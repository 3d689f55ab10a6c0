"""A post as JSON: in short for lists, and whole with what the caller may do with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from calendar_app import workflow
from calendar_app.api.serializers.decisions import DecisionSerializer
from calendar_app.api.serializers.fields import (
    Code,
    LocalTime,
    Number,
    PersonSerializer,
    Strict,
    Versioned,
    Words,
    listed,
    rfc3339,
)
from calendar_app.models import NOT_OUT, Decision, Hold, Outcome, Post, Publication, Review, Revision, Status, Variant
from calendar_app.networks import Unit
from calendar_app.queries import completeness
from calendar_app.queries.filters import is_due
from calendar_app.queries.posts import held_among
from calendar_app.workflow import Action, Facts
from missions.models import Person
from missions.roles import Denied

# What only the product itself does.
NOT_ASKED = (Action.CREATE, Action.REZONE, Action.EXPIRE)


# What comes in -------------------------------------------------------------------------


class VariantInput(Strict):
    network = Code()
    title = Words(required=False)
    text = Words(required=False)
    media = serializers.ListField(child=Number(), required=False, help_text=_("Belum dapat dilampirkan."))


class PostFields(Strict):
    """What a save may change. What is left out stays as it is."""

    title = Words(required=False)
    purpose = Words(required=False)
    audience = Code(required=False, allow_null=True, allow_blank=True)
    language = Code(required=False, allow_null=True, allow_blank=True)
    themes = serializers.ListField(child=Code(), required=False)
    scheduled_local = LocalTime(required=False, allow_null=True, allow_blank=True)
    timezone = Code(required=False, allow_null=True, allow_blank=True)
    fold = Number(required=False, allow_null=True, min_value=0, max_value=1)
    variants = VariantInput(many=True, required=False)


class PostCreate(PostFields):
    mission = Code()


class PostSave(PostFields, Versioned):
    pass


# What goes out -------------------------------------------------------------------------


class RevisionReferenceSerializer(serializers.Serializer[Revision]):
    number = serializers.IntegerField()
    content_hash = serializers.CharField()
    author = PersonSerializer()
    created_at = serializers.DateTimeField()


class PostSummarySerializer(serializers.Serializer[Post]):
    """A row of a list. Needs `queries.summaries.with_summary()`, and `at` and `held` in the context."""

    id = serializers.IntegerField()
    mission = serializers.CharField(source="mission.code")
    title = serializers.CharField()
    status = serializers.ChoiceField(Status.choices)
    due = serializers.SerializerMethodField()
    held = serializers.SerializerMethodField()
    urgent = serializers.BooleanField()
    version = serializers.IntegerField()
    schedule_version = serializers.IntegerField()
    revision = RevisionReferenceSerializer(source="current_revision")
    theme = serializers.SerializerMethodField(help_text=_("Tema utama yang diputuskan, sebelum itu usulan pertama."))
    themes = serializers.SerializerMethodField()
    audience = serializers.SerializerMethodField()
    language = serializers.CharField()
    networks = serializers.SerializerMethodField()
    scheduled_local = serializers.SerializerMethodField()
    timezone = serializers.CharField()
    fold = serializers.IntegerField()
    scheduled_at = serializers.SerializerMethodField()
    published_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_due(self, post: Post) -> bool:
        return is_due(post, self.context["at"])

    def get_held(self, post: Post) -> bool:
        return post.pk in self.context["held"]

    def get_theme(self, post: Post) -> str | None:
        return post.theme.code if post.theme else None

    def get_themes(self, post: Post) -> list[str]:
        return [theme.code for theme in _revision(post).ordered_themes]

    def get_audience(self, post: Post) -> str | None:
        audience = _revision(post).audience
        return audience.code if audience else None

    def get_networks(self, post: Post) -> list[str]:
        return [variant.network.code for variant in _revision(post).variants.all()]

    @extend_schema_field({"type": ["string", "null"], "example": "2026-11-26T12:00"})
    def get_scheduled_local(self, post: Post) -> str | None:
        return post.local.replace(tzinfo=None).isoformat(timespec="minutes") if post.local else None

    def get_scheduled_at(self, post: Post) -> datetime | None:
        return rfc3339(post.scheduled_at.astimezone(post.zone)) if post.scheduled_at else None  # type: ignore[return-value]


class CountSerializer(serializers.Serializer[Any]):
    """How long a text is as its network counts it."""

    length = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True)
    unit = serializers.ChoiceField(list(Unit))
    valid = serializers.BooleanField()
    errors = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]


class VariantSerializer(serializers.Serializer[Variant]):
    network = serializers.CharField(source="network.code")
    title = serializers.CharField()
    text = serializers.CharField()
    media = serializers.SerializerMethodField()
    count = CountSerializer()

    def get_media(self, variant: Variant) -> list[int]:
        # DESIGN §10 names the field; media come later.
        return []


class PublicationSerializer(serializers.Serializer[Publication]):
    network = serializers.CharField(source="network.code")
    url = serializers.CharField()
    published_at = serializers.DateTimeField(allow_null=True)
    given_up = serializers.CharField()
    before_hold = serializers.BooleanField()
    confirmed_by = PersonSerializer()
    confirmed_at = serializers.DateTimeField()


class PostHoldSerializer(serializers.Serializer[Hold]):
    """A hold that keeps the post from going out."""

    id = serializers.IntegerField()
    scope = serializers.ChoiceField(Hold.Scope.choices)
    reason = serializers.CharField()
    stops_urgent = serializers.BooleanField()
    made_at = serializers.DateTimeField()


class ReviewSerializer(serializers.Serializer[Review]):
    """An open round of review."""

    number = serializers.IntegerField()
    kind = serializers.ChoiceField(Review.Kind.choices)
    opened_by = PersonSerializer()
    opened_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()


MESSAGES = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
ANSWERS = {
    "type": "object",
    "properties": {
        action.value: {"oneOf": [{"type": "boolean", "enum": [True]}, {"type": "string"}]}
        for action in Action
        if action not in NOT_ASKED
    },
}


class PostSerializer(PostSummarySerializer):
    """The whole post. Needs `at`, `held`, `person` and `facts` in the context."""

    purpose = serializers.CharField(source="current_revision.purpose")
    variants = VariantSerializer(source="current_revision.variants", many=True)
    publications = serializers.SerializerMethodField()
    holds = serializers.SerializerMethodField()
    review = serializers.SerializerMethodField(help_text=_("Putaran tinjauan yang terbuka."))
    decision = serializers.SerializerMethodField(help_text=_("Persetujuan yang berlaku."))
    missing = serializers.SerializerMethodField(help_text=_("Yang masih kurang sebelum dapat diajukan."))
    actions = serializers.SerializerMethodField(help_text=_("true, atau alasan mengapa tidak."))
    created_by = PersonSerializer()

    @extend_schema_field(PublicationSerializer(many=True))
    def get_publications(self, post: Post) -> Any:
        return listed(PublicationSerializer, post.publications.select_related("network", "confirmed_by"))

    @extend_schema_field(PostHoldSerializer(many=True))
    def get_holds(self, post: Post) -> Any:
        return listed(PostHoldSerializer, self.context["facts"].holds if self.get_held(post) else [])

    @extend_schema_field(ReviewSerializer(allow_null=True))
    def get_review(self, post: Post) -> Any:
        review = self.context["facts"].open_review
        return ReviewSerializer(review).data if review else None

    @extend_schema_field(DecisionSerializer(allow_null=True))
    def get_decision(self, post: Post) -> Any:
        decision = decision_in_force(post)
        return DecisionSerializer(decision).data if decision else None

    @extend_schema_field(MESSAGES)
    def get_missing(self, post: Post) -> dict[str, list[str]]:
        return completeness.still_missing(post, self.context["at"])

    @extend_schema_field(ANSWERS)
    def get_actions(self, post: Post) -> dict[str, bool | str]:
        person, at, facts = (self.context[name] for name in ("person", "at", "facts"))
        verdicts = {
            action.value: workflow.check(post, action, person, at, facts=facts)
            for action in Action
            if action not in NOT_ASKED
        }
        return {name: str(v.reason) if isinstance(v, Denied) else True for name, v in verdicts.items()}


def decision_in_force(post: Post) -> Decision | None:
    """The approval that holds, or the decision to keep what went out urgently."""
    rows = post.decisions.filter(in_force=True, outcome__in=(Outcome.APPROVE, Outcome.KEEP))
    return rows.select_related("actor", "review", "revision").prefetch_related("themes__theme").order_by("-pk").first()


def summaries(posts: Iterable[Post], at: datetime) -> list[dict[str, Any]]:
    """The rows of a list. Two queries at most."""
    posts = list(posts)
    return listed(PostSummarySerializer, posts, at=at, held=held(posts))


def held(posts: list[Post]) -> set[int]:
    """The keys of those that a hold keeps from going out."""
    return held_among([post for post in posts if post.status in NOT_OUT]) if posts else set()


def represent(post: Post, person: Person, at: datetime) -> dict[str, Any]:
    """The whole post as `person` sees it at `at`."""
    prefetch_related_objects([post], "current_revision__variants__network", "current_revision__themes__theme")
    facts = Facts(post)
    is_held = post.status in NOT_OUT and bool(facts.holds)
    context = {"at": at, "held": {post.pk} if is_held else set(), "person": person, "facts": facts}
    return dict(PostSerializer(post, context=context).data)


def _revision(post: Post) -> Revision:
    assert post.current_revision is not None  # every post is made with its first revision
    return post.current_revision
