"""What follows a notice out of the house: to the recipient's devices, and to chat bridges.

The rows are made in the transaction that writes the notice, so there is an echo exactly where there is a notice, and
a device that was added a minute ago is told as well. Mails are rows of their own, since they are planned ahead.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from calendar_app.models import Device, Kind, Reminder, Way, Webhook
from calendar_app.queries.reminders import MUTABLE_KINDS
from calendar_app.services import rows as rows_of

# Each person's message is another, or bridges are told in their own right (`services/reminders.py`).
TOLD_APART = (Kind.DIGEST, Kind.HELD, Kind.LIFTED)


def make(noticed: list[Reminder], now: datetime) -> None:
    """Write the echoes of notices that are being written."""
    rows = _pushes(noticed) + _calls(noticed)
    for row in rows:
        row.due_at = max(row.due_at, now)
    rows_of.write(rows)


def _pushes(noticed: list[Reminder]) -> list[Reminder]:
    """One for each device of each recipient, but of kinds the person does not want outside the product."""
    devices: dict[int, list[Device]] = {}
    people = {row.recipient_id for row in noticed}
    for device in Device.objects.filter(ended_at=None, person__in=people):
        devices.setdefault(device.person_id, []).append(device)
    return [
        _echo(
            row,
            Way.PUSH,
            f"{_stem(row)}:{row.recipient_id}:push:{device.pk}",
            device=device,
            recipient=row.recipient,
            stands_in_for=row.stands_in_for,
        )
        for row in noticed
        if row.recipient and not (row.kind in MUTABLE_KINDS and row.kind in row.recipient.muted_kinds)
        for device in devices.get(row.recipient.pk, [])
    ]


def _calls(noticed: list[Reminder]) -> list[Reminder]:
    """One for each chat bridge of the mission it is about, or of headquarters, however many people were told."""
    missions = {row.post.mission_id if row.post else row.mission_id for row in noticed}
    bridges = list(Webhook.objects.filter(Q(mission__in=missions - {None}) | Q(mission=None), is_active=True))
    return [
        _echo(row, Way.WEBHOOK, f"{_stem(row)}:w{bridge.pk}:webhook", webhook=bridge, recipient=None)
        for row in noticed
        if row.kind not in TOLD_APART
        for bridge in bridges
        if row.kind in bridge.kinds and bridge.mission_id in (None, row.post.mission_id if row.post else row.mission_id)
    ]


def _stem(row: Reminder) -> str:
    """Kind, subject, occasion and offset of a row's identity."""
    return ":".join(row.identity.split(":")[:4])


def _echo(row: Reminder, way: Way, identity: str, **target: object) -> Reminder:
    fields = ("kind", "post", "mission", "occasion", "schedule_version", "due_at", "valid_until", "data")
    return Reminder(identity=identity, way=way, **{name: getattr(row, name) for name in fields}, **target)
