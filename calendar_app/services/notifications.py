"""Notices that a person has read."""

from __future__ import annotations

from datetime import datetime

from calendar_app.access import notifications_for
from calendar_app.models import Notification
from missions.models import Person


def read(*, notification: Notification, at: datetime) -> Notification:
    """Note that the notice was read; reading it again changes nothing."""
    if Notification.objects.filter(pk=notification.pk, read_at=None).update(read_at=at):
        notification.read_at = at
    return notification


def read_with_older(*, notification: Notification, at: datetime) -> int:
    """Note that the notice was read, and with it the recipient's older ones of its post, which it has overtaken.
    Returns how many had not been."""
    whose = Notification.objects.filter(recipient=notification.recipient_id, read_at=None)
    if notification.post_id is None:
        return whose.filter(pk=notification.pk).update(read_at=at)
    return whose.filter(post=notification.post_id, pk__lte=notification.pk).update(read_at=at)


def read_all(*, person: Person, at: datetime) -> int:
    """Note that all notices that the person may read were read. Returns how many had not been."""
    return notifications_for(person).filter(read_at=None).update(read_at=at)
