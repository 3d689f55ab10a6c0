"""Notices inside the product."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from calendar_app.models.posts import Post
from calendar_app.models.reminders import Kind, Reminder


class Notification(models.Model):
    """A notice to one person. Its words are made when it is read, in the reader's language (`messages/`)."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notifications")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+")
    # one notice per reminder, however often a worker is killed
    reminder = models.OneToOneField(Reminder, on_delete=models.PROTECT, related_name="notification")
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            # a person's notices, newest first
            models.Index(fields=["recipient", "-id"], name="notification_newest"),
            # the number beside the bell, on every page
            models.Index(fields=["recipient"], name="notification_unread", condition=models.Q(read_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.recipient_id}: {self.kind}"
