"""What the watcher goes by and says: signs of life, alarms, and times when nothing is sent."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """When something that must happen again and again last happened (`services/pulse.py` has the names)."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()
    # machine and process
    by = models.CharField(max_length=80, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Pause(models.Model):
    """While one is in force nothing is claimed. It ends by itself at `until`, or when an administrator lifts it."""

    class Reason(models.TextChoices):
        CLOCK = "clock", _("jam basis data melompat")
        RESTORE = "restore", _("dipulihkan dari cadangan")
        MANUAL = "manual", _("dijeda administrator")

    reason = models.CharField(max_length=10, choices=Reason.choices)
    note = models.CharField(max_length=500, blank=True)
    began_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]
        # asked by every tick
        indexes = [models.Index(fields=["began_at"], name="pause_in_force", condition=models.Q(ended_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.reason}: {self.note}"


class Alarm(models.Model):
    """Something the watcher found wrong, from when to when. One open row per kind."""

    kind = models.CharField(max_length=30)
    detail = models.CharField(max_length=500, blank=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    # when the duty address was written to
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("alarm")
        verbose_name_plural = _("alarm")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(ended_at__isnull=True), name="alarm_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"
