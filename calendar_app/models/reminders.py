"""Reminders: one message that must reach one person at one time by one way. The table is the schedule."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils.translation import gettext_lazy as _

from calendar_app.models.devices import Device
from calendar_app.models.posts import Post
from calendar_app.models.webhooks import Webhook
from missions.models import Mission


class Kind(models.TextChoices):
    SIGNOFF_REQUESTED = "signoff_requested", _("paraf diminta")
    SIGNOFF_DUE = "signoff_due", _("paraf hampir lewat waktu")
    REVIEW_REQUESTED = "review_requested", _("tinjauan diminta")
    REVIEW_DUE = "review_due", _("tinjauan hampir lewat waktu")
    DECIDED = "decided", _("keputusan")
    RECALLED = "recalled", _("persetujuan ditarik")
    HELD = "held", _("ditahan")
    LIFTED = "lifted", _("penahanan dicabut")
    PUBLISH_SOON = "publish_soon", _("segera tayang")
    PUBLISH_NOW = "publish_now", _("saatnya tayang")
    PUBLISH_OVERDUE = "publish_overdue", _("lewat waktu tayang")
    URGENT_PUBLISHED = "urgent_published", _("tayang mendesak")
    ESCALATED = "escalated", _("belum ditanggapi")
    ANSWER_COMMENTS = "answer_comments", _("jawab komentar")
    WEEK_AHEAD = "week_ahead", _("pekan ini")
    MOVED = "moved", _("waktu berubah")
    DIGEST = "digest", _("ringkasan")


class Way(models.TextChoices):
    IN_APP = "in_app", _("di aplikasi")
    EMAIL = "email", _("surel")
    PUSH = "push", _("perangkat")
    WEBHOOK = "webhook", _("jembatan obrolan")


# Planned ahead, in the transaction of their cause; the other ways follow a notice (`services/echoes.py`).
TO_PEOPLE = (Way.IN_APP, Way.EMAIL)


class State(models.TextChoices):
    PENDING = "pending", _("menunggu")
    CLAIMED = "claimed", _("diambil")
    SENDING = "sending", _("sedang dikirim")
    SENT = "sent", _("terkirim")
    UNCERTAIN = "uncertain", _("tidak pasti")
    FAILED = "failed", _("gagal")
    SKIPPED = "skipped", _("tidak perlu lagi")
    EXPIRED = "expired", _("kedaluwarsa")


# What a tick may still have to do something about.
WAITING = (State.PENDING, State.CLAIMED, State.SENDING, State.UNCERTAIN)


class Reminder(models.Model):
    """A row is made in the transaction of its cause; whether it is void is derived (`queries/reminders.py`)."""

    # kind:subject:occasion:offset:recipient:way — the same message is never made twice
    identity = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    way = models.CharField(max_length=10, choices=Way.choices)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="reminders")
    # a person, or for the way `webhook` a chat bridge
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="reminders"
    )
    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, null=True, related_name="reminders")
    # where the way `push` ends
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="reminders")
    # the recipient stands in for this person, who is away
    stands_in_for = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    # whom a message without a post concerns: `week_ahead` of one mission
    mission = models.ForeignKey(Mission, on_delete=models.PROTECT, null=True, related_name="+")
    # the post's schedule version (publish kinds), review round (review kinds) or version (the rest)
    occasion = models.PositiveIntegerField(default=0)
    schedule_version = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    # after this it makes no sense any more and is summed up in a digest
    valid_until = models.DateTimeField()
    # what the message says beyond its post: who, a reason, a list of posts for a digest
    data = models.JSONField(default=dict)

    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    # When it falls due, while a tick may still have to act on it. What is due is looked for here: PostgreSQL takes
    # `due_at` and `state` for independent of each other, expects much of the table to be past and waiting both, and
    # would read all of it.
    waits_from = models.GeneratedField(
        expression=Case(
            When(
                Q(state__in=["pending", "claimed", "sending"]) | Q(state="uncertain", not_before__isnull=False),
                then="due_at",
            )
        ),
        output_field=models.DateTimeField(null=True),
        db_persist=True,
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    # it is not tried again before this
    not_before = models.DateTimeField(null=True)
    # quiet hours put it off until then: it is late only after this
    deferred_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=120, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name = _("pengingat")
        verbose_name_plural = _("pengingat")
        ordering = ["due_at", "pk"]
        constraints = [
            models.CheckConstraint(name="reminder_known_state", condition=Q(state__in=State.values)),
            models.CheckConstraint(
                name="reminder_lease_while_taken",
                condition=~Q(state__in=["claimed", "sending"]) | Q(lease_until__isnull=False),
            ),
            models.CheckConstraint(
                name="reminder_sent_has_time_and_is_not_early",
                condition=~Q(state="sent") | Q(sent_at__isnull=False, sent_at__gte=F("due_at")),
            ),
            models.CheckConstraint(name="reminder_attempts", condition=Q(attempts__lte=6)),
            models.CheckConstraint(
                name="reminder_reaches_one",
                condition=Q(way="webhook", recipient__isnull=True, webhook__isnull=False, device__isnull=True)
                | Q(way="push", recipient__isnull=False, webhook__isnull=True, device__isnull=False)
                | Q(way__in=["in_app", "email"], recipient__isnull=False, webhook__isnull=True, device__isnull=True),
            ),
        ]
        indexes = [
            # the tick: what is due and not yet handled, in due order
            models.Index(fields=["waits_from", "id"], name="reminder_waits", condition=Q(waits_from__isnull=False)),
            # the API's list of reminders, in its order (`api/messages.py`)
            models.Index(fields=["due_at", "id"], name="reminder_time"),
            # how many requests an editor got by mail within the hour (`services/reminders.py`, _folded_reviews)
            models.Index(fields=["recipient", "kind", "due_at"], name="reminder_of_recipient"),
            # what went wrong, for the administrator: few rows (`queries/watch.py`)
            models.Index(fields=["state"], name="reminder_trouble", condition=Q(state__in=["failed", "uncertain"])),
            # the delivery log of a chat bridge (`queries/webhooks.py`)
            models.Index(fields=["webhook", "-id"], name="reminder_of_webhook", condition=Q(webhook__isnull=False)),
            # reminders of a post
            models.Index(fields=["post", "due_at"], name="reminder_of_post"),
        ]

    def __str__(self) -> str:
        return self.identity
