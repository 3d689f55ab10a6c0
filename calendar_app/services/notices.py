"""Notices in the product: written exactly once, in one transaction with their reminder's new state."""

from __future__ import annotations

import logging
from datetime import date, datetime

from django.db import transaction

from calendar_app.models import Kind, Notification, Reminder, State
from calendar_app.queries import week_ahead
from calendar_app.services import claims, echoes
from calendar_app.services.claims import Taken, Tick

logger = logging.getLogger(__name__)

BATCH = 250


def send(run: Tick, taken: list[Taken], now: datetime) -> None:
    """Write the notices of these rows."""
    try:
        with transaction.atomic():
            run.summary.notices += _write(claims.take(run, taken, now), now)
    except Exception as error:
        logger.exception("reminders: %d notices failed", len(taken))
        if len(taken) == 1:
            poison(run, taken[0], now, error)
            return
        # one of them is poison: each by itself, so that the others go on
        for one in taken:
            send(run, [one], now)


def poison(run: Tick, one: Taken, now: datetime, error: Exception) -> None:
    """Count a failure against the row that makes sending fail."""
    row = Reminder.objects.filter(pk=one[0], claimed_by=run.worker).first()
    if row is not None:
        claims.failed(run, row, now, claims.words(error), attempts=row.attempts + 1, backoff=claims.BACKOFF)


def fill(rows: list[Reminder], now: datetime) -> None:
    """What can only be said when it is sent: the week ahead as it is planned by then."""
    known: dict[tuple[int | None, str], dict[str, object]] = {}
    for row in rows:
        if row.kind != Kind.WEEK_AHEAD:
            continue
        key = (row.mission_id, row.data["monday"])
        if key not in known:
            known[key] = week_ahead.facts(row.mission, date.fromisoformat(row.data["monday"]), now)
        row.data = row.data | known[key]


def _write(rows: list[Reminder], now: datetime) -> int:
    fill(rows, now)
    Notification.objects.bulk_create(
        [
            Notification(
                recipient=row.recipient,
                kind=row.kind,
                post_id=row.post_id,
                reminder=row,
                data=row.data,
                created_at=now,
            )
            for row in rows
        ],
        ignore_conflicts=True,
    )
    echoes.make(rows, now)
    return Reminder.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=State.SENT, sent_at=now, lease_until=None, not_before=None, error=""
    )
