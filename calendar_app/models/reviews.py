"""Rounds of review, and what was decided in them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from calendar_app.models.posts import Post
from calendar_app.models.revisions import Revision
from calendar_app.models.themes import Theme


class Review(models.Model):
    """One round of review, pinned to one revision. A post has at most one open round."""

    class Kind(models.TextChoices):
        BEFORE = "before", _("sebelum tayang")
        AFTERWARDS = "afterwards", _("sesudah tayang mendesak")

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="reviews")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.BEFORE)
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="reviews")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # decided, withdrawn or cancelled; a decision says more when there is one
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["post", "number"], name="review_number_once"),
            # Rule 3: one open round per post.
            models.UniqueConstraint(fields=["post"], condition=Q(closed_at__isnull=True), name="review_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} round {self.number}"


class Outcome(models.TextChoices):
    APPROVE = "approve", _("Disetujui")
    REQUEST_CHANGES = "request_changes", _("Diminta perbaikan")
    DECLINE = "decline", _("Ditolak")
    KEEP = "keep", _("Dibiarkan tayang")
    RETRACT = "retract", _("Ditarik")


class Alignment(models.TextChoices):
    STRONG = "strong", _("kuat")
    PARTIAL = "partial", _("sebagian")


class Decision(models.Model):
    """What an editor decided in a round, on the revision they read. Only `in_force` may change, from yes to no."""

    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="decision")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="decisions")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    comment = models.TextField(blank=True)
    alignment = models.CharField(max_length=10, choices=Alignment.choices, blank=True)
    # the post shows an event and does not say what it is for
    activity_only = models.BooleanField(default=False)
    # the time that was approved; a move within the allowed distance of it keeps the approval
    scheduled_at = models.DateTimeField(null=True)
    in_force = models.BooleanField(default=True)

    class Meta:
        ordering = ["at"]
        constraints = [
            # Rule 3: one approval in force per post.
            models.UniqueConstraint(
                fields=["post"], condition=Q(in_force=True, outcome="approve"), name="decision_one_approval_in_force"
            ),
            # Rule 5: an approval says how the post serves its theme (which one: DecisionTheme, checked by a trigger).
            models.CheckConstraint(
                name="decision_approval_has_alignment",
                condition=~Q(outcome="approve") | Q(alignment__in=Alignment.values),
            ),
            models.CheckConstraint(
                name="decision_refusal_has_comment",
                condition=~Q(outcome__in=["request_changes", "decline", "retract"]) | ~Q(comment=""),
            ),
            models.CheckConstraint(name="decision_known_outcome", condition=Q(outcome__in=Outcome.values)),
        ]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.outcome}"

    @property
    def primary_theme(self) -> DecisionTheme | None:
        return next((row for row in self.themes.all() if row.is_primary), None)

    @property
    def secondary_themes(self) -> list[DecisionTheme]:
        return [row for row in self.themes.all() if not row.is_primary]


class DecisionTheme(models.Model):
    """A theme that a decision ties the post to, with the theme's wording at that time."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="themes")
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="+")
    is_primary = models.BooleanField()
    wording = models.JSONField()

    class Meta:
        ordering = ["-is_primary", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "theme"], name="decision_theme_once"),
            models.UniqueConstraint(
                fields=["decision"], condition=Q(is_primary=True), name="decision_one_primary_theme"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id}: {self.theme_id}"
