"""Posts: what a mission wants to say, at one time, on one or more channels."""

from __future__ import annotations

import zoneinfo
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from calendar_app.models.revisions import Revision
from calendar_app.models.themes import Theme
from missions.models import Mission


class Status(models.TextChoices):
    """Where a post is in its life. Only `calendar_app/workflow.py` changes it."""

    DRAFT = "draft", _("Draf")
    SIGNOFF = "signoff", _("Menunggu paraf")
    IN_REVIEW = "in_review", _("Menunggu tinjauan")
    CHANGES_REQUESTED = "changes_requested", _("Perlu perbaikan")
    APPROVED = "approved", _("Disetujui")
    PUBLISHED = "published", _("Tayang")
    MISSED = "missed", _("Terlewat")
    DECLINED = "declined", _("Ditolak")
    CANCELLED = "cancelled", _("Dibatalkan")
    RETRACTED = "retracted", _("Ditarik")


# given up: not planned any more, and on the calendar only when asked for
GIVEN_UP = (Status.DECLINED, Status.CANCELLED, Status.RETRACTED)
# over: gone out or given up
ENDED = (Status.PUBLISHED, *GIVEN_UP)
# everything else: what may still go out, and what a hold can still stop
NOT_OUT = tuple(status for status in Status if status not in ENDED)


class Post(models.Model):
    """A post. What it says is `current_revision`; the columns under "copied" repeat it for filters and counts.

    Its time is what a person meant: `local_date`, `local_time`, `timezone` and `fold`; `scheduled_at` is the instant
    derived from them (`services/schedules.py`).
    """

    mission = models.ForeignKey(Mission, on_delete=models.PROTECT, related_name="posts", verbose_name=_("perwakilan"))
    status = models.CharField(_("status"), max_length=20, choices=Status.choices, default=Status.DRAFT)
    # rises by one with each change of content, time or status and with nothing else
    version = models.PositiveIntegerField(default=1)
    # rises with every approval and every move; the occasion of the reminders to publish
    schedule_version = models.PositiveIntegerField(default=0)
    current_revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")
    approved_revision = models.ForeignKey(Revision, on_delete=models.PROTECT, null=True, related_name="+")
    urgent = models.BooleanField(_("mendesak"), default=False)

    local_date = models.DateField(_("tanggal setempat"), null=True)
    local_time = models.TimeField(_("jam setempat"), null=True)
    timezone = models.CharField(_("zona waktu"), max_length=50)
    fold = models.PositiveSmallIntegerField(default=0)
    scheduled_at = models.DateTimeField(_("waktu tayang"), null=True)

    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    # set at the first submission and never again: from then on nothing disappears
    first_submitted_at = models.DateTimeField(null=True)
    # who asked for the sign-off that is waiting; they may not give it
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)

    # copied: title and language of the current revision; theme is the decided primary one, else the first
    # proposed (DESIGN §7); `manage.py check_posts` compares them with their source
    title = models.CharField(_("judul"), max_length=200, blank=True)
    language = models.CharField(_("bahasa"), max_length=10, blank=True)
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("tema"))

    # what the composer offers to every channel that has no text of its own; it never goes out by itself. NULL means
    # none: a column that may be NULL is added without rebuilding the largest table
    main_text = models.TextField(_("naskah induk"), null=True, blank=True)

    class Meta:
        verbose_name = _("unggahan")
        verbose_name_plural = _("unggahan")
        constraints = [
            # Rule 1: what goes out is what was approved. IS NOT NULL is spelled out: a CHECK passes on NULL.
            models.CheckConstraint(
                name="post_approved_is_current",
                condition=~Q(status__in=["approved", "missed", "published"])
                | Q(urgent=True, status="published", current_revision__isnull=False)
                | Q(
                    approved_revision__isnull=False,
                    current_revision__isnull=False,
                    approved_revision=F("current_revision"),
                ),
            ),
            models.CheckConstraint(name="post_known_status", condition=Q(status__in=Status.values)),
            models.CheckConstraint(
                name="post_time_all_or_nothing",
                condition=Q(local_date__isnull=True, local_time__isnull=True, scheduled_at__isnull=True)
                | Q(local_date__isnull=False, local_time__isnull=False, scheduled_at__isnull=False),
            ),
            models.CheckConstraint(name="post_fold", condition=Q(fold__in=[0, 1])),
            models.CheckConstraint(
                name="post_waiting_has_time_and_text",
                condition=Q(status__in=["draft", "changes_requested", "cancelled"])
                | Q(urgent=True)
                | Q(scheduled_at__isnull=False, current_revision__isnull=False, first_submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="post_published_has_time",
                condition=~Q(status__in=["published", "retracted"]) | Q(published_at__isnull=False),
            ),
        ]
        indexes = [
            # week of all missions by each row's own midnight: mission × day × status × theme, from the index alone
            models.Index(fields=["local_date", "mission", "status", "theme"], name="post_local_day"),
            # week of one mission, and its list in order of time
            models.Index(fields=["mission", "scheduled_at"], name="post_mission_time"),
            # lists over all missions in order of time, weeks in WIB
            models.Index(fields=["scheduled_at", "id"], name="post_time"),
            # review queue, due and missed posts: few rows per status that waits
            models.Index(
                fields=["status", "scheduled_at"],
                name="post_waiting",
                condition=~Q(status__in=["published", "cancelled", "declined", "retracted"]),
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"#{self.pk}"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)

    @property
    def local(self) -> datetime | None:
        """The time as it was meant, aware in the post's zone; None while it has none."""
        if self.local_date is None or self.local_time is None:
            return None
        return datetime.combine(self.local_date, self.local_time, tzinfo=self.zone).replace(fold=self.fold)
