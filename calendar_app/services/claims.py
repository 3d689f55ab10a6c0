"""Which worker has which reminder in hand. The table is the queue, and nothing else knows.

Any number of ticks may run at once: on PostgreSQL a claim skips what another has locked, on SQLite the write
transaction keeps others out. A claim is a lease, never a mark: whoever dies with it loses it after a minute.
`docs/reminders.md` has the states in one picture.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Case, F, Q, Value, When, Window
from django.db.models.functions import Coalesce, Least, RowNumber

from calendar_app import clock
from calendar_app.models import Kind, Reminder, State, Way
from calendar_app.queries import quiet
from calendar_app.queries import reminders as queries
from calendar_app.queries.reminders import HELD, LEASE, URGENT, void_reason, with_void
from calendar_app.services import holds, pulse

logger = logging.getLogger(__name__)

# How long to wait after each attempt that failed; after the last one the row is set aside. Push services and chat
# bridges tell repeats apart, and are waited for longer.
_TWICE = (timedelta(seconds=30), timedelta(minutes=2))
_PATIENT = (*_TWICE, timedelta(minutes=10))
BACKOFF: dict[str, tuple[timedelta, ...]] = {
    Way.IN_APP: _TWICE,
    Way.EMAIL: _TWICE,
    Way.PUSH: _PATIENT,
    Way.WEBHOOK: (*_PATIENT, timedelta(minutes=30), timedelta(hours=1)),
}
# A post that somebody is changing right now is looked at again after this long.
BUSY = timedelta(seconds=1)
# Of so many due rows, in due order, the missions take turns.
FAIR_AMONG = 1_000
# So many rows are taken together again after a worker died with them.
A_FEW = 25
# Others claim at the same time: look at so many times the rows that are wanted, so that some are left.
LOOK_AT = 4

# Now, soon, digests, bulk (failure mode 25): a lane is emptied before the next is looked at.
SOON = (Kind.PUBLISH_SOON, Kind.SIGNOFF_REQUESTED, Kind.SIGNOFF_DUE, Kind.REVIEW_DUE)
DIGESTS = (Kind.DIGEST,)
BULK = tuple(kind for kind in Kind if kind not in (*URGENT, *SOON, *DIGESTS))
LANES = (URGENT, SOON, DIGESTS, BULK)

# What taking changes beside the hands, by the state a row was in. An uncertain one stays so: that it was handed over
# once must not be forgotten.
TAKING: dict[str, dict[str, Any]] = {
    State.PENDING: {"state": State.CLAIMED},
    State.CLAIMED: {"attempts": Least(F("attempts") + 1, 6)},
    State.UNCERTAIN: {},
}

# A row that a tick has taken, and its post.
Taken = tuple[int, int | None]


@dataclass
class Summary:
    """What a tick did, in rows."""

    notices: int = 0
    mails: int = 0
    pushes: int = 0
    calls: int = 0
    skipped: int = 0
    expired: int = 0
    failed: int = 0
    uncertain: int = 0
    put_back: int = 0

    def __str__(self) -> str:
        counts = ((f.name, getattr(self, f.name)) for f in fields(self))
        return ", ".join(f"{name}={count}" for name, count in counts if count) or "nothing"


@dataclass
class Tick:
    """One run: its name on the rows it takes, the time it goes by, and what it has done."""

    fixed_at: datetime | None
    limit: int | None
    worker: str = field(default_factory=lambda: f"{pulse.who()}:{uuid.uuid4().hex[:8]}")
    summary: Summary = field(default_factory=Summary)
    handled: int = 0
    # it may have taken something
    took: bool = False
    # recorded as leaving, and not handed over yet; handed over, with what is still to be written of it
    in_hand: dict[int, Reminder] = field(default_factory=dict)
    unwritten: Callable[[], None] | None = None

    def now(self) -> datetime:
        return self.fixed_at or clock.now()

    @property
    def room(self) -> int | None:
        return None if self.limit is None else max(self.limit - self.handled, 0)


# Runs of this process that the database left in the middle, until it is back (`handover.settle()`).
left: list[Tick] = []


def database_is_gone(error: BaseException) -> bool:
    """Did this fail because the connection ended, or none could be had? Then it was no row's fault.

    PostgreSQL's codes: class 08 is about the connection, 57P about a server that goes down or comes up; without a code
    nothing was answered at all.
    """
    if connection.vendor != "postgresql" or not isinstance(error, (OperationalError, InterfaceError)):
        return False
    code = getattr(error.__cause__, "pgcode", None)
    return code is None or code.startswith(("08", "57P"))


# Taking --------------------------------------------------------------------------------


def claim(run: Tick, way: Way, now: datetime, *, most: int, but: Q | None = None) -> list[Taken]:
    """Take up to `most` rows of one way, lane by lane; within a lane the missions take turns. `but`: rows to leave.

    Answers [] when none is due, or when others have taken all of them in the meantime.
    """
    due = Reminder.objects.filter(queries.live_q(now), way=way)
    if but is not None:
        due = due.exclude(but)
    size = most if run.room is None else min(most, run.room)
    run.took = True
    for ids in _by_turns(due, size * LOOK_AT):
        taken = _claim_of(run, ids, now, size)
        if taken:
            run.handled += len(taken)
            return taken
    return []


def _by_turns(due: Any, most: int) -> list[list[int]]:
    """The ids of due rows, at most so many: those of each lane by themselves, and of these the first of each mission
    before the second of any. Nothing is locked."""
    lane = Case(*(When(kind__in=kinds, then=Value(place)) for place, kinds in enumerate(LANES)))
    oldest = due.annotate(lane=lane).order_by("lane", "due_at", "pk").values("pk")[:FAIR_AMONG]
    turn = Window(
        RowNumber(),
        partition_by=[lane, Coalesce("post__mission_id", "mission_id", -F("recipient_id"), -F("webhook_id"))],
        order_by=[F("due_at").asc(), F("pk").asc()],
    )
    rows = Reminder.objects.filter(pk__in=oldest).annotate(lane=lane, turn=turn)
    found: dict[int, list[int]] = {}
    for place, pk in rows.order_by("lane", "turn", "due_at", "pk").values_list("lane", "pk")[:most]:
        found.setdefault(place, []).append(pk)
    return list(found.values())


def _claim_of(run: Tick, ids: Sequence[int], now: datetime, size: int) -> list[Taken]:
    """Take the first `size` of these that nobody else has taken, or is just taking."""
    with transaction.atomic():
        # looked up by their ids: `waits_from` would lead through everything that is due
        free = Reminder.objects.filter(queries.is_free(now), pk__in=ids, due_at__lte=now)
        # SQLite knows no row locks and ignores this; there the transaction is the lock
        locked = free.select_for_update(of=("self",), skip_locked=True).order_by("pk")
        found = {row.pk: row for row in locked.only("pk", "post_id", "state", "attempts", "identity", "way")}
        rows = [found[pk] for pk in ids if pk in found]
        chosen = [row for row in rows if row.state == State.PENDING][:size]
        # a repeat is written down when it leaves, and there is no second one: none waits behind another
        chosen = chosen or [row for row in rows if row.state == State.UNCERTAIN][:1]
        chosen = chosen or _suspects(run, [row for row in rows if row.state == State.CLAIMED])[:size]
        if chosen:
            mine = Reminder.objects.filter(pk__in=[row.pk for row in chosen])
            mine.update(claimed_by=run.worker, lease_until=now + LEASE, **TAKING[chosen[0].state])
    return [(row.pk, row.post_id) for row in chosen]


def _suspects(run: Tick, rows: list[Reminder]) -> list[Reminder]:
    """Of rows whose worker died with them in hand, those to take now: a few at first, then each by itself, since one
    of them may be what kills it. One that was alone when its worker died the last time is set aside."""
    deadly = [row for row in rows if row.attempts > len(BACKOFF[row.way])]
    if deadly:
        ended = {"lease_until": None, "claimed_by": "", "error": "workers died with it in hand"}
        Reminder.objects.filter(pk__in=[row.pk for row in deadly]).update(state=State.FAILED, **ended)
        run.summary.failed += len(deadly)
        logger.error("reminders: set aside, workers died with them: %s", ", ".join(row.identity for row in deadly))
    rows = [row for row in rows if row not in deadly]
    return [row for row in rows if row.attempts == 0][:A_FEW] or rows[:1]


def take(run: Tick, taken: Sequence[Taken], now: datetime) -> list[Reminder]:
    """Look at the rows once more, inside the sending transaction, and answer those to send now.

    The lock of holds comes first, so that no hold is made between this look and the commit; then the posts, shared,
    so that none of them changes. What is void, busy or must not disturb somebody now is written so here, and what is
    too late is left to `catch_up`.
    """
    holds.lock_shared()
    steady = _steady({post for _pk, post in taken if post is not None})
    still_mine = Reminder.objects.filter(
        pk__in=[pk for pk, _post in taken], claimed_by=run.worker, state__in=(State.CLAIMED, State.UNCERTAIN)
    )
    rows = with_void(still_mine).select_related("recipient", "device", "webhook", "mission", "post__mission")
    live: list[Reminder] = []
    void: list[Reminder] = []
    for row in rows.order_by("due_at", "pk").select_for_update(of=("self",)):
        reason = void_reason(row)
        if row.post_id is not None and row.post_id not in steady:
            put_back(run, [row], now + BUSY)
        elif reason not in ("", HELD):
            void.append(row)
        elif reason == HELD or row.valid_until < now:
            put_back(run, [row], None)
        else:
            live.append(row)
    close(void, State.SKIPPED)
    run.summary.skipped += len(void)
    return _awake(run, live, now)


def _steady(posts: set[int]) -> set[int]:
    """Lock the posts shared and answer which; left out are those that somebody is changing right now."""
    if connection.vendor != "postgresql" or not posts:
        return posts
    with connection.cursor() as cursor:
        # Django knows FOR UPDATE only, and with that two ticks would wait for each other
        cursor.execute(
            "SELECT id FROM calendar_app_post WHERE id = ANY(%s) ORDER BY id FOR SHARE SKIP LOCKED", [sorted(posts)]
        )
        return {pk for (pk,) in cursor.fetchall()}


def _awake(run: Tick, rows: list[Reminder], now: datetime) -> list[Reminder]:
    """Without what would disturb somebody's quiet hours: that waits for their end, or, where it would then be too
    late, stays in the product, where its notice is already."""
    disturbing = [row for row in rows if row.way in (Way.EMAIL, Way.PUSH) and row.kind not in URGENT]
    people = {row.recipient for row in disturbing if row.recipient and _wants_quiet(row)}
    if not people:
        return rows
    ends = quiet.until(people, now)
    for row in disturbing:
        end = ends.get(row.recipient_id or 0)
        if end is None or row.state == State.UNCERTAIN:
            continue
        rows.remove(row)
        if end < row.valid_until:
            put_back(run, [row], end, deferred_until=end)
        else:
            update(row, state=State.SKIPPED, lease_until=None, claimed_by="", error="quiet")
            run.summary.skipped += 1
    return rows


def _wants_quiet(row: Reminder) -> bool:
    return row.recipient is not None and (row.recipient.quiet_from is not None or row.recipient.quiet_days_off)


# Letting go ----------------------------------------------------------------------------


def close(rows: Iterable[Reminder], state: State, reason: str = "") -> None:
    """End rows that are not sent, with the reason (default: why they are void). What may have arrived already stays
    uncertain, for good."""
    ends: dict[tuple[State, str], list[int]] = {}
    for row in rows:
        final = State.UNCERTAIN if row.state == State.UNCERTAIN else state
        ends.setdefault((final, reason or void_reason(row)), []).append(row.pk)
    for (final, why), ids in ends.items():
        Reminder.objects.filter(pk__in=ids).update(
            state=final, lease_until=None, not_before=None, claimed_by="", error=why
        )


def release(worker: str) -> None:
    """Let go of what a run had only taken. It counts as no attempt: its worker is alive."""
    mine = Reminder.objects.filter(claimed_by=worker, waits_from__isnull=False)
    free = {"claimed_by": "", "lease_until": None}
    mine.filter(state=State.UNCERTAIN).update(**free)
    mine.filter(state=State.CLAIMED).update(**free, state=State.PENDING)


def put_back(run: Tick, rows: Iterable[Reminder], not_before: datetime | None, **changes: Any) -> None:
    """Let the rows wait again, until `not_before` if given."""
    for row in rows:
        state = State.UNCERTAIN if row.state == State.UNCERTAIN or row.data.get("repeat") else State.PENDING
        # an uncertain row without a time is never handed over again
        wait = run.now() if state == State.UNCERTAIN and not_before is None else not_before
        update(row, state=state, lease_until=None, not_before=wait, claimed_by="", **changes)
        run.summary.put_back += 1


def failed(run: Tick, row: Reminder, now: datetime, error: str, *, attempts: int) -> None:
    """Try the row again later; when all waits of its way are used up it is set aside, and the rest go on."""
    backoff = BACKOFF[row.way]
    if attempts <= len(backoff):
        put_back(run, [row], now + backoff[max(attempts, 1) - 1], attempts=attempts, error=error)
        return
    once = row.state == State.UNCERTAIN or row.data.get("repeat")
    state = State.UNCERTAIN if once else State.FAILED
    ends = {"state": state, "lease_until": None, "not_before": None, "claimed_by": ""}
    update(row, **ends, attempts=min(attempts, 6), error=error)
    run.summary.failed += 1
    logger.error("reminders: %s set aside: %s", row.identity, error)


def update(row: Reminder, **changes: Any) -> bool:
    """Write the changes if the row is still in the hands it was read in. Answers whether it was."""
    mine = Reminder.objects.filter(pk=row.pk, state=row.state, claimed_by=row.claimed_by)
    written = mine.update(**changes) == 1
    for name, value in changes.items():
        setattr(row, name, value)
    return written


def words(error: Exception) -> str:
    """An exception as a row keeps it."""
    return f"{type(error).__name__}: {error}"[:500]
