"""What came too late, and what is too much: both are summed up in one digest instead of many messages.

After an outage this runs before anything is sent, so that all that lapsed stands in one digest and nothing old
pretends to be on time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from calendar_app.models import Kind, Reminder, State, Way
from calendar_app.queries import reminders as queries
from calendar_app.queries.reminders import HELD, void_reason, with_void
from calendar_app.services import claims, digests
from calendar_app.services.claims import Tick

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
    if not late.exists():
        return 0
    with transaction.atomic():
        rows = list(_locked(late))
        void = [row for row in rows if void_reason(row) not in ("", HELD)]
        expired = [row for row in rows if void_reason(row) in ("", HELD)]
        claims.close(void, State.SKIPPED)
        claims.close(expired, State.EXPIRED)
        # What ended under a hold is not in it: the notice of the lifted hold names the posts whose time has passed.
        _fold("missed", [row for row in expired if void_reason(row) != HELD], now)
    run.summary.skipped += len(void)
    run.summary.expired += len(expired)
    return len(rows)


def gather(run: Tick) -> None:
    """Whoever has many news by mail due at once gets one digest instead."""
    now = run.now()
    due = Reminder.objects.filter(queries.live_q(now), way=Way.EMAIL, kind__in=FOLDABLE, state=State.PENDING)
    many = due.order_by().values("recipient").annotate(n=Count("pk")).filter(n__gte=settings.DIGEST_FROM)
    people = [row["recipient"] for row in many]
    if not people:
        return
    with transaction.atomic():
        rows = list(_locked(due.filter(recipient__in=people).order_by("due_at", "pk")))
        void = [row for row in rows if void_reason(row) != ""]
        told = [row for row in rows if void_reason(row) == ""]
        claims.close(void, State.SKIPPED)
        claims.close(told, State.SKIPPED, "in digest")
        _fold("many", told, now)
    run.summary.skipped += len(rows)


def _locked(rows: Any) -> Any:
    """The first batch of these rows that no other tick has in hand."""
    found = with_void(rows).select_related("post__mission")
    return found.select_for_update(of=("self",), skip_locked=True)[:BATCH]


def _fold(about: str, rows: list[Reminder], now: datetime) -> None:
    items: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for row in rows:
        if row.recipient_id is None or row.way not in (Way.IN_APP, Way.EMAIL) or row.state == State.UNCERTAIN:
            continue  # a device and a chat bridge follow the notice of the digest
        mine = items.setdefault((row.recipient_id, row.way), [])
        # a digest that itself came too late hands on what it held
        known = row.data.get("items") if row.kind == Kind.DIGEST else None
        mine += known or [digests.item(row.post, row.kind, row.due_at, **_told(row))]
    if items:
        digests.fold(about, f"{now:%Y%m%d}", items, at=now)


def _told(row: Reminder) -> dict[str, Any]:
    return {"title": row.data.get("scope_name", {}).get("id", "")} if row.post_id is None else {}


def close_past(*, at: datetime) -> int:
    """Close what was due before `at` without sending it and without a digest, for the demo loader, whose history is
    made in one go. Returns how many rows that were."""
    past = Reminder.objects.filter(due_at__lt=at, state__in=(State.PENDING, State.CLAIMED))
    void = with_void(past).filter(~Q(void="")).values("pk")
    ended = {"lease_until": None, "not_before": None}
    skipped = Reminder.objects.filter(pk__in=void).update(state=State.SKIPPED, **ended)
    return skipped + past.update(state=State.EXPIRED, **ended)
