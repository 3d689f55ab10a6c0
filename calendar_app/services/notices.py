"""Notices in the product: written exactly once, in one transaction with their reminder's new state."""

from __future__ import annotations

import logging
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q

from calendar_app.models import Kind, Notification, Reminder, State, Way
from calendar_app.queries import week_ahead
from calendar_app.queries.reminders import with_void
from calendar_app.services import claims, digests, echoes
from calendar_app.services.claims import Taken, Tick

logger = logging.getLogger(__name__)

BATCH = 250


def send(run: Tick, taken: list[Taken], now: datetime) -> None:
    """Write the notices of these rows."""
    try:
        with transaction.atomic():
            run.summary.notices += _write(claims.take(run, taken, now), now)
    except Exception as error:
        if claims.database_is_gone(error):
            raise
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
        claims.failed(run, row, now, claims.words(error), attempts=row.attempts + 1)


def fill(rows: list[Reminder], now: datetime) -> None:
    """What can only be said when it is sent: the week ahead as it is planned by then, and of a digest what its
    recipient may still read."""
    digests.keep_readable(rows)
    known: dict[tuple[int | None, str], dict[str, object]] = {}
    for row in rows:
        if row.kind != Kind.WEEK_AHEAD:
            continue
        key = (row.mission_id, row.data["monday"])
        if key not in known:
            known[key] = week_ahead.facts(row.mission, date.fromisoformat(row.data["monday"]), now)
        row.data = row.data | known[key]


def as_if_sent(*, since: datetime, before: datetime, read_until: datetime) -> int:
    """Write the notices that were due from `since` to `before` and still stand, each at its own time, for the demo
    loader, whose history is made in one go; those due until `read_until` have been read. Nothing leaves the house.
    Returns how many."""
    waiting = Reminder.objects.filter(way=Way.IN_APP, state=State.PENDING, waits_from__gte=since, waits_from__lt=before)
    standing = with_void(waiting).filter(Q(void="")).exclude(kind=Kind.WEEK_AHEAD).select_related("recipient")
    rows = list(standing.order_by("due_at", "pk"))
    told = [_notice(row, row.due_at) for row in rows]
    for notice in told:
        notice.read_at = notice.created_at if notice.created_at <= read_until else None
    Notification.objects.bulk_create(told, batch_size=500)
    return Reminder.objects.filter(pk__in=[row.pk for row in rows]).update(state=State.SENT, sent_at=F("due_at"))


def _notice(row: Reminder, at: datetime) -> Notification:
    return Notification(
        recipient=row.recipient, kind=row.kind, post_id=row.post_id, reminder=row, data=row.data, created_at=at
    )


def _write(rows: list[Reminder], now: datetime) -> int:
    fill(rows, now)
    empty = [row for row in rows if row.kind == Kind.DIGEST and not row.data.get("items")]
    claims.close(empty, State.SKIPPED, "no_access")
    rows = [row for row in rows if row not in empty]
    Notification.objects.bulk_create([_notice(row, now) for row in rows], ignore_conflicts=True)
    echoes.make(rows, now)
    return Reminder.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=State.SENT, sent_at=now, lease_until=None, not_before=None, error=""
    )
