"""What is known of ways out of the house: attempts, circuit breakers, and how many workers use a way at once."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from calendar_app.models.reminders import Reminder


class Delivery(models.Model):
    """One attempt to hand a reminder over to a chat bridge or a device. Mails have the mail server's own log."""

    reminder = models.ForeignKey(Reminder, on_delete=models.PROTECT, related_name="deliveries")
    at = models.DateTimeField()
    is_accepted = models.BooleanField()
    # HTTP status; none when there was no answer
    status_code = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField(default=0)
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("pengantaran")
        verbose_name_plural = _("pengantaran")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reminder_id}: {self.status_code or self.detail}"


class Breaker(models.Model):
    """A way out that does not work at present. The row is there while it is broken, and gone when it works again.

    `key`: "email", "push:<host>" or "webhook:<id>". Nobody tries before `retry_at`.
    """

    key = models.CharField(max_length=260, unique=True)
    failures = models.PositiveIntegerField(default=1)
    since = models.DateTimeField()
    retry_at = models.DateTimeField()
    error = models.CharField(max_length=500)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return f"{self.key}: {self.error}"


class Slot(models.Model):
    """The right to use a way, held by one worker for the length of a lease: a slow server never takes up them all."""

    way = models.CharField(max_length=10)
    number = models.PositiveSmallIntegerField()
    held_by = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["way", "number"]
        constraints = [models.UniqueConstraint(fields=["way", "number"], name="slot_once")]

    def __str__(self) -> str:
        return f"{self.way} {self.number}"
