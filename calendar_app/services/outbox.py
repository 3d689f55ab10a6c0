"""Where reminders are sent. The table is the queue: a tick takes what is due, looks at each post once more, and sends.

In-app notices are written exactly once, in one transaction with their row's new state. A mail is recorded as `sending`
before it is handed over, so that a worker that dies leaves a trace: the row becomes `uncertain`, is handed over once
more with the same Message-ID and the words that it may be a repeat, and never a third time.

Any number of ticks may run at once: on PostgreSQL a claim skips what another has locked, on SQLite the write
transaction keeps others out. `docs/reminders.md` has the states in one picture.
"""

from __future__ import annotations

import contextlib
import logging
import os
import smtplib
import socket
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Least

from calendar_app import clock, messages
from calendar_app.models import Kind, Notification, Reminder, State, Way
from calendar_app.queries import reminders as queries
from calendar_app.queries.health import LAST_TICK
from calendar_app.queries.reminders import HELD, void_reason, with_void
from calendar_app.services import holds, reminders

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
# A tick ends after this long; the next one goes on.
TICK_LASTS = 20.0
# Mails are taken in small groups: once taken they are `sending`, and must be handed over well within the lease.
BATCH = {Way.IN_APP: 250, Way.EMAIL: 50}
HAND_OVER_WITHIN = 30.0
MAX_ATTEMPTS = 3
BACKOFF = (timedelta(seconds=30), timedelta(minutes=2))
# A post that somebody is changing right now is looked at again after this long.
BUSY = timedelta(seconds=1)
# While the mail server cannot be reached, mails wait and notices go on.
MAIL_DOWN, MAIL_DOWN_SECONDS = "reminders:mail_down", 30

URGENT = (Kind.PUBLISH_NOW, Kind.PUBLISH_OVERDUE, Kind.URGENT_PUBLISHED, Kind.HELD, Kind.LIFTED, Kind.RECALLED)
LAST = (Kind.DIGEST, Kind.ANSWER_COMMENTS)
LANES = (URGENT, tuple(kind for kind in Kind if kind not in URGENT + LAST), LAST)

# A row that a tick has taken, and its post.
Taken = tuple[int, int | None]
# The server said no, or was never reached: nothing was handed over. After anything else nobody knows.
REFUSED = (
    smtplib.SMTPResponseException,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPNotSupportedError,
    ConnectionRefusedError,
    socket.gaierror,
)


@dataclass
class Summary:
    """What a tick did, in rows."""

    notices: int = 0
    mails: int = 0
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
    worker: str = field(default_factory=lambda: f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}")
    summary: Summary = field(default_factory=Summary)
    handled: int = 0
    mail_is_down: bool = False

    def now(self) -> datetime:
        return self.fixed_at or clock.now()

    @property
    def room(self) -> int | None:
        return None if self.limit is None else max(self.limit - self.handled, 0)


def tick(*, at: datetime | None = None, limit: int | None = None) -> Summary:
    """Send what is due, until nothing is left, `limit` rows were handled or about 20 seconds have passed.

    `at` stands in for the present in tests and drills. Returns what was done.
    """
    run = Tick(at, limit, mail_is_down=bool(cache.get(MAIL_DOWN)))
    until = time.monotonic() + TICK_LASTS
    _note_lost(run)
    while time.monotonic() < until and (run.room is None or run.room > 0):
        now = run.now()
        way, taken = _claim(run, now)
        if way is None:
            break
        run.handled += len(taken)
        if way == Way.IN_APP:
            _send_notices(run, taken, now)
        else:
            _send_mails(run, taken, now)
    cache.set(LAST_TICK, run.now().isoformat(), timeout=None)
    if run.handled:
        logger.info("reminders: %s", run.summary)
    return run.summary


def close_past(*, at: datetime) -> int:
    """Close what was due before `at` without sending it and without a digest, for the demo loader, whose history is
    made in one go. Returns how many rows that were."""
    past = Reminder.objects.filter(due_at__lt=at, state__in=(State.PENDING, State.CLAIMED))
    void = with_void(past).filter(~Q(void="")).values("pk")
    skipped = Reminder.objects.filter(pk__in=void).update(state=State.SKIPPED, lease_until=None)
    return skipped + past.update(state=State.EXPIRED, lease_until=None)


# Taking --------------------------------------------------------------------------------


def _note_lost(run: Tick) -> None:
    """What was being handed over when its worker died is uncertain: to be repeated once, or for good."""
    now = run.now()
    lost = Reminder.objects.filter(state=State.SENDING, lease_until__lte=now)
    twice = lost.filter(data__repeat=True).update(
        state=State.UNCERTAIN, lease_until=None, claimed_by="", error="handed over twice, not confirmed"
    )
    once = lost.update(state=State.UNCERTAIN, lease_until=now, claimed_by="", error="worker lost while handing over")
    run.summary.uncertain += once + twice


def _claim(run: Tick, now: datetime) -> tuple[Way | None, list[Taken]]:
    """Take the next rows (id, post): notices before mails, lane by lane, in due order. (None, []) when none is due."""
    # most ticks end here, with one look at the index
    there = set(Reminder.objects.filter(queries.claimable(now)).order_by().values_list("way", "kind").distinct())
    if not there:
        return None, []
    rows = with_void(Reminder.objects.all()).filter(queries.live_q(now))
    for way in (Way.IN_APP, Way.EMAIL):
        if way == Way.EMAIL and run.mail_is_down:
            continue
        size = BATCH[way] if run.room is None else min(BATCH[way], run.room)
        for lane in LANES:
            if not any((way, kind) in there for kind in lane):
                continue
            with transaction.atomic():
                due = rows.filter(way=way, kind__in=lane).order_by("due_at", "pk")
                # SQLite knows no row locks and ignores this; there the transaction is the lock
                due = due.select_for_update(of=("self",), skip_locked=True)
                taken: list[Taken] = [(row.pk, row.post_id) for row in due.only("pk", "post_id")[:size]]
                mine = Reminder.objects.filter(queries.claimable(now), pk__in=[pk for pk, _post in taken])
                # an uncertain row stays so: that it was handed over once must not be forgotten
                mine.filter(state=State.UNCERTAIN).update(claimed_by=run.worker, lease_until=now + LEASE)
                mine.exclude(state=State.UNCERTAIN).update(
                    state=State.CLAIMED, claimed_by=run.worker, lease_until=now + LEASE
                )
            if taken:
                return way, taken
    return None, []


def _take(run: Tick, taken: Sequence[Taken], now: datetime) -> list[Reminder]:
    """Look at the rows once more, inside the sending transaction, and answer those to send now.

    The lock of holds comes first, so that no hold is made between this look and the commit; then the posts, shared,
    so that none of them changes. What is void, too late or busy is written so here.
    """
    holds.lock_shared()
    steady = _steady({post for _pk, post in taken if post is not None})
    still_mine = Reminder.objects.filter(
        pk__in=[pk for pk, _post in taken], claimed_by=run.worker, state__in=(State.CLAIMED, State.UNCERTAIN)
    )
    rows = with_void(still_mine).select_related("recipient", "post__mission").order_by("due_at", "pk")
    live: list[Reminder] = []
    late: list[Reminder] = []
    void: list[Reminder] = []
    for row in rows.select_for_update(of=("self",)):
        reason = void_reason(row)
        if row.post_id is not None and row.post_id not in steady:
            _put_back(run, [row], now + BUSY)
        elif reason not in ("", HELD):
            void.append(row)
        elif row.valid_until < now:
            late.append(row)
        elif reason == HELD:
            _put_back(run, [row], None)
        else:
            live.append(row)
    _close(void, State.SKIPPED)
    _close(late, State.EXPIRED)
    _sum_up(late, now)
    run.summary.skipped += len(void)
    run.summary.expired += len(late)
    return live


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


def _close(rows: Iterable[Reminder], state: State) -> None:
    """End rows that are not sent, with the reason. What may have arrived already stays uncertain, for good."""
    ends: dict[tuple[State, str], list[int]] = {}
    for row in rows:
        final = State.UNCERTAIN if row.state == State.UNCERTAIN else state
        ends.setdefault((final, void_reason(row)), []).append(row.pk)
    for (final, reason), ids in ends.items():
        Reminder.objects.filter(pk__in=ids).update(state=final, lease_until=None, claimed_by="", error=reason)


def _put_back(run: Tick, rows: Iterable[Reminder], not_before: datetime | None, **changes: Any) -> None:
    """Let the rows wait again, until `not_before` if given."""
    for row in rows:
        state = State.UNCERTAIN if row.state == State.UNCERTAIN or row.data.get("repeat") else State.PENDING
        if state == State.UNCERTAIN and not_before is None:
            not_before = run.now()
        _update(row, state=state, lease_until=not_before, claimed_by="", **changes)
        run.summary.put_back += 1


def _update(row: Reminder, **changes: Any) -> bool:
    """Write the changes if the row is still in the hands it was read in. Answers whether it was."""
    mine = Reminder.objects.filter(pk=row.pk, state=row.state, claimed_by=row.claimed_by)
    written = mine.update(**changes) == 1
    for name, value in changes.items():
        setattr(row, name, value)
    return written


# What came too late --------------------------------------------------------------------


def _sum_up(late: list[Reminder], now: datetime) -> None:
    """One digest a person and way for what is past its time. Rows that ended under a hold are not in it: the notice
    of the lifted hold names the posts whose time has passed."""
    items: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for row in late:
        if void_reason(row) == HELD:
            continue
        mine = items.setdefault((row.recipient_id, row.way), [])
        # a digest that itself came too late hands on what it held
        known = row.data.get("items") if row.kind == Kind.DIGEST else None
        mine += known or [reminders.item(row.post, row.kind, row.due_at, **_told(row))]
    if items:
        reminders.fold("missed", f"{now:%Y%m%d%H}", items, at=now)


def _told(row: Reminder) -> dict[str, Any]:
    return {"title": row.data.get("scope_name", {}).get("id", "")} if row.post_id is None else {}


# In-app --------------------------------------------------------------------------------


def _send_notices(run: Tick, taken: list[Taken], now: datetime) -> None:
    try:
        with transaction.atomic():
            run.summary.notices += _write_notices(_take(run, taken, now), now)
    except Exception as error:
        logger.exception("reminders: %d notices failed", len(taken))
        if len(taken) == 1:
            _poison(run, taken[0], now, error)
            return
        # one of them is poison: each by itself, so that the others go on
        for one in taken:
            _send_notices(run, [one], now)


def _poison(run: Tick, one: Taken, now: datetime, error: Exception) -> None:
    row = Reminder.objects.filter(pk=one[0], claimed_by=run.worker).first()
    if row is not None:
        _failed(run, row, now, _words(error), attempts=row.attempts + 1)


def _write_notices(rows: list[Reminder], now: datetime) -> int:
    Notification.objects.bulk_create(
        [
            Notification(
                recipient_id=row.recipient_id,
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
    return Reminder.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=State.SENT, sent_at=now, lease_until=None, error=""
    )


def _failed(run: Tick, row: Reminder, now: datetime, error: str, *, attempts: int) -> None:
    """Try the row again later; after three times it is set aside, and the rest go on."""
    if attempts < MAX_ATTEMPTS:
        _put_back(run, [row], now + BACKOFF[attempts - 1], attempts=attempts, error=error)
        return
    state = State.UNCERTAIN if row.data.get("repeat") else State.FAILED
    _update(row, state=state, lease_until=None, claimed_by="", attempts=min(attempts, 6), error=error)
    run.summary.failed += 1
    logger.error("reminders: %s set aside: %s", row.identity, error)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


# E-mail --------------------------------------------------------------------------------


def _send_mails(run: Tick, taken: list[Taken], now: datetime) -> None:
    server = _server(run)
    if server is None:
        # Not the fault of these rows: it counts as no attempt, they wait while their time lasts.
        waiting = Reminder.objects.filter(pk__in=[pk for pk, _post in taken], claimed_by=run.worker)
        _put_back(run, waiting, now + timedelta(seconds=MAIL_DOWN_SECONDS), error="mail server out of reach")
        return
    rows = _prepare_mails(run, taken, now)
    started = time.monotonic()
    for row in rows:
        spent = time.monotonic() - started
        if server is None or spent > HAND_OVER_WITHIN:
            # never handed over; better later than twice
            _give_up_sending(run, row, now)
        elif not _hand_over(run, server, row, now if run.fixed_at else now + timedelta(seconds=spent)):
            # whatever state the connection is in, the next mail gets a new one
            _hang_up(server)
            server = _server(run)
    if server is not None:
        _hang_up(server)


def _prepare_mails(run: Tick, taken: list[Taken], now: datetime) -> list[Reminder]:
    """Look once more and record `sending`, in one transaction under the lock of holds."""
    try:
        with transaction.atomic():
            return _record_sending(_take(run, taken, now), now)
    except Exception as error:
        logger.exception("reminders: %d mails could not be recorded", len(taken))
        if len(taken) > 1:
            return [row for one in taken for row in _prepare_mails(run, [one], now)]
        _poison(run, taken[0], now, error)
        return []


def _server(run: Tick) -> BaseEmailBackend | None:
    """An open connection to the mail server; None, and remembered for a while, when it cannot be reached."""
    server: BaseEmailBackend = mail.get_connection()
    try:
        server.open()
    except (OSError, smtplib.SMTPException):
        logger.exception("reminders: mail server out of reach")
        run.mail_is_down = True
        cache.set(MAIL_DOWN, True, MAIL_DOWN_SECONDS)
        return None
    return server


def _hang_up(server: BaseEmailBackend) -> None:
    # what was handed over was answered already
    with contextlib.suppress(OSError, smtplib.SMTPException):
        server.close()


def _record_sending(rows: list[Reminder], now: datetime) -> list[Reminder]:
    """Write down, before anything leaves, that these are being handed over; for what is uncertain, that it is the
    repeat (`data["repeat"]`, which stays: such a row never becomes one that was not handed over)."""
    for row in rows:
        if row.state == State.UNCERTAIN:
            row.data = row.data | {"repeat": True}
            row.save(update_fields=["data"])
        row.state, row.lease_until, row.attempts = State.SENDING, now + LEASE, min(row.attempts + 1, 6)
    Reminder.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=State.SENDING, lease_until=now + LEASE, attempts=Least(F("attempts") + 1, 6)
    )
    return rows


def _hand_over(run: Tick, server: BaseEmailBackend, row: Reminder, now: datetime) -> bool:
    """Put one mail into words and hand it over. Answers False when the server did not take it as it should."""
    try:
        letter = _letter(row)
    except Exception as error:
        logger.exception("reminders: %s cannot be put into words", row.identity)
        _failed(run, row, now, _words(error), attempts=row.attempts)
        return True
    if letter is None:
        _update(row, state=State.SKIPPED, lease_until=None, claimed_by="", error="nothing left to say")
        run.summary.skipped += 1
        return True
    try:
        server.send_messages([letter])
    except REFUSED as error:
        _failed(run, row, now, _words(error), attempts=row.attempts)
        return False
    except Exception as error:
        # It may have arrived. Once more later, with the words that it may be a repeat; after that never again.
        logger.exception("reminders: nobody knows whether %s was accepted", row.identity)
        again = None if row.data.get("repeat") else now + LEASE
        _update(row, state=State.UNCERTAIN, lease_until=again, claimed_by="", error=_words(error))
        run.summary.uncertain += 1
        return False
    # also when the lease ran out meanwhile and another tick calls it uncertain: we know better
    ours = Reminder.objects.filter(pk=row.pk, claimed_by__in=(run.worker, ""))
    ours.filter(state__in=(State.SENDING, State.UNCERTAIN)).update(
        state=State.SENT, sent_at=now, lease_until=None, error=""
    )
    run.summary.mails += 1
    return True


def _give_up_sending(run: Tick, row: Reminder, now: datetime) -> None:
    _put_back(run, [row], now, attempts=max(row.attempts - 1, 0))


def _letter(row: Reminder) -> EmailMultiAlternatives | None:
    """The mail of a row; None for a digest that has nothing left to say."""
    data = row.data
    if row.kind == Kind.DIGEST and data.get("about") == "review":
        posts = queries.came_in(row.recipient_id, row.due_at)
        if not posts:
            return None
        data = data | {"items": [reminders.item(post, Kind.REVIEW_REQUESTED, post.scheduled_at) for post in posts]}
    words = messages.mail(row, data, repeat=bool(row.data.get("repeat")))
    letter = EmailMultiAlternatives(
        words.subject,
        words.text,
        settings.DEFAULT_FROM_EMAIL,
        [row.recipient.email],
        headers={
            "Message-ID": row.message_id or reminders.message_id(row.identity),
            "Auto-Submitted": "auto-generated",
        },
    )
    letter.attach_alternative(words.html, "text/html")
    return letter
