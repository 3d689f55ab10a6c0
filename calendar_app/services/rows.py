"""Rows of the schedule: written once, whoever asks for them and how often."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from django.conf import settings

from calendar_app.models import Reminder, Way
from calendar_app.queries.reminders import MUTABLE_KINDS
from missions.models import Person

# How long news stay news.
NEWS_LASTS = timedelta(days=7)


def wants(person: Person, kind: str, way: str) -> bool:
    """May this kind reach the person this way? In-app notices always come, and some mails do."""
    return way == Way.IN_APP or kind not in MUTABLE_KINDS or kind not in person.muted_kinds


def whom(person: Person, absent: Person | None) -> str:
    """The recipient as an identity has it; who stands in for somebody is told apart from the same person's own."""
    return str(person.pk) if absent is None else f"{person.pk}~{absent.pk}"


def of_deputy(identity: str, deputy: Person, absent: Person) -> str:
    """The identity of the same message to a deputy, by the same way."""
    *what, _recipient, way = identity.split(":")
    return ":".join([*what, whom(deputy, absent), way])


def message_id(identity: str) -> str:
    """The Message-ID of a mail: the same for the same message, whoever sends it and however often."""
    domain = urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"<{sha256(identity.encode()).hexdigest()[:40]}@{domain}>"


def write(rows: list[Reminder]) -> None:
    """Store the rows that are not there yet: an identity is written once."""
    for row in rows:
        if row.way == Way.EMAIL:
            row.message_id = message_id(row.identity)
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)


def iso(instant: datetime | None) -> str | None:
    """An instant as JSON keeps it."""
    return instant.isoformat() if instant else None
