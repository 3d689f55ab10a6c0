"""What came too late, and what is too much: both are summed up in one digest instead of many messages.

After an outage this runs before anything is sent, so that all that lapsed stands in one digest and nothing old
pretends to be on time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count, Q, QuerySet

from calendar_app.models import Kind, Reminder, State, Way
from calendar_app.queries import reminders as queries
from calendar_app.queries.reminders import HELD, void_reason, with_void
from calendar_app.services import claims, digests
from calendar_app.services.claims import Tick

logger = logging.getLogger(__name__)

BATCH = 1_000
# News that lose nothing when they are told together; never what must be done at a time.
FOLDABLE = (
    Kind.DECIDED,
    Kind.MOVED,
    Kind.SIGNOFF_REQUESTED,
    Kind.SIGNOFF_DUE,
    Kind.REVIEW_DUE,
    Kind.ANSWER_COMMENTS,
)


def lapse(run: Tick) -> int:
    """Close one batch of what makes no sense any more, and put it into the digest of each person and way. Answers how
    many rows that were."""
    now = run.now()
    late = Reminder.objects.filter(queries.lapsed_q(now)).order_by("due_at", "pk")
    return _each(run, late, lambda rows: _lapse(run, rows, now)) if late.exists() else 0


def _lapse(run: Tick, rows: list[Reminder], now: datetime) -> None:
    void = [row for row in rows if void_reason(row) not in ("", HELD)]
    expired = [row for row in rows if void_reason(row) in ("", HELD)]
    claims.close(void, State.SKIPPED)
    claims.close(expired, State.EXPIRED)
    # What ended under a hold is not in it: the notice of the lifted hold names the posts whose time has passed.
    _fold("missed", [row for row in expired if void_reason(row) != HELD], now)
    run.summary.skipped += len(void)
    run.summary.expired += len(expired)


def gather(run: Tick) -> int:
    """Whoever has many news by mail due at once gets one digest instead. One batch; answers how many rows."""
    now = run.now()
    due = Reminder.objects.filter(queries.live_q(now), way=Way.EMAIL, kind__in=FOLDABLE, state=State.PENDING)
    many = due.order_by().values("recipient").annotate(n=Count("pk")).filter(n__gte=settings.DIGEST_FROM)
    people = [row["recipient"] for row in many]
    if not people:
        return 0
    # whole people: who is left with a few would be mailed those singly
    theirs = due.filter(recipient__in=people).order_by("recipient", "due_at", "pk")
    return _each(run, theirs, lambda rows: _gather(run, rows, now))


def _gather(run: Tick, rows: list[Reminder], now: datetime) -> None:
    void = [row for row in rows if void_reason(row) != ""]
    told = [row for row in rows if void_reason(row) == ""]
    claims.close(void, State.SKIPPED)
    claims.close(told, State.SKIPPED, "in digest")
    _fold("many", told, now)
    run.summary.skipped += len(rows)


def _each(run: Tick, waiting: QuerySet[Reminder], handle: Callable[[list[Reminder]], None]) -> int:
    """Handle the first batch of these rows in one transaction; when that fails each in its own, and what fails by
    itself is set aside, so that one bad row stops nothing else. Answers how many there were."""
    keys = list(waiting.values_list("pk", flat=True)[:BATCH])
    try:
        with transaction.atomic():
            rows = list(_locked(Reminder.objects.filter(pk__in=keys)))
            handle(rows)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("reminders: %d could not be summed up together", len(keys))
        for key in keys:
            _alone(run, key, handle)
        return len(keys)
    return len(rows)


def _alone(run: Tick, key: int, handle: Callable[[list[Reminder]], None]) -> None:
    try:
        with transaction.atomic():
            handle(list(_locked(Reminder.objects.filter(pk=key))))
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("reminders: %d set aside", key)
        ended = {"lease_until": None, "not_before": None, "claimed_by": ""}
        waiting = Reminder.objects.filter(pk=key, state__in=(State.PENDING, State.CLAIMED))
        waiting.update(state=State.FAILED, error=claims.words(error), **ended)
        # what may have arrived stays uncertain, for good
        Reminder.objects.filter(pk=key, state=State.UNCERTAIN).update(error=claims.words(error), **ended)
        run.summary.failed += 1


def _locked(rows: Any) -> Any:
    """Those of these rows that no other tick has in hand, and that are still waiting."""
    waiting = rows.filter(state__in=(State.PENDING, State.CLAIMED, State.UNCERTAIN))
    found = with_void(waiting).select_related("post__mission", "recipient").order_by("due_at", "pk")
    return found.select_for_update(of=("self",), skip_locked=True)


def _fold(about: str, rows: list[Reminder], now: datetime) -> None:
    items: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for row in rows:
        if row.recipient_id is None or row.way not in (Way.IN_APP, Way.EMAIL) or row.state == State.UNCERTAIN:
            continue  # a device and a chat bridge follow the notice of the digest
        mine = items.setdefault((row.recipient_id, row.way), [])
        # a digest that itself came too late hands on what it held
        mine += _held_in(row) or [digests.item(row.post, row.kind, row.due_at, **_told(row))]
    if items:
        digests.fold(about, f"{now:%Y%m%d}", items, at=now)


def _held_in(row: Reminder) -> list[dict[str, Any]]:
    """What a digest would have told."""
    if row.kind != Kind.DIGEST:
        return []
    if row.data.get("about") == "review" and row.recipient_id:
        posts = queries.came_in(row.recipient_id, row.due_at)
        return [digests.item(post, Kind.REVIEW_REQUESTED, post.scheduled_at) for post in posts]
    return list(row.data.get("items") or [])


def _told(row: Reminder) -> dict[str, Any]:
    return {"title": (row.data.get("scope_name") or {}).get("id", "")} if row.post_id is None else {}


def close_past(*, at: datetime) -> int:
    """Close what was due before `at` without sending it and without a digest, for the demo loader, whose history is
    made in one go. Returns how many rows that were."""
    past = Reminder.objects.filter(waits_from__lt=at, state__in=(State.PENDING, State.CLAIMED))
    void = with_void(past).filter(~Q(void="")).values("pk")
    # with a reason: nobody was late
    ended = {"lease_until": None, "not_before": None, "error": "past when it was made"}
    skipped = Reminder.objects.filter(pk__in=void).update(state=State.SKIPPED, **ended)
    return skipped + past.update(state=State.EXPIRED, **ended)
