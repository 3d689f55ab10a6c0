"""Handing reminders over to the world outside: mail server, push services, chat bridges.

Nothing leaves before it is written down that it leaves: a row is committed as `sending`, then handed over, then what
was answered becomes its state. A worker that dies in between leaves a trace: a mail becomes `uncertain`, is handed over
once more with the same Message-ID and the words that it may be a repeat, and never a third time; where the other side
tells repeats apart, it is simply handed over again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db import Error, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Least

from calendar_app.models import Breaker, Hold, Reminder, State, Way
from calendar_app.queries import reminders as queries
from calendar_app.queries.reminders import LEASE
from calendar_app.services import breakers, claims, notices
from calendar_app.services.claims import Taken, Tick
from calendar_app.services.couriers.base import Accepted, Courier, Nothing, Refused, Result, Unknown, Unreachable
from calendar_app.services.couriers.email import EmailCourier
from calendar_app.services.couriers.push import PushCourier
from calendar_app.services.couriers.webhook import WebhookCourier

logger = logging.getLogger(__name__)

COURIERS: dict[Way, Callable[[], Courier]] = {
    Way.EMAIL: EmailCourier,
    Way.PUSH: PushCourier,
    Way.WEBHOOK: WebhookCourier,
}
COUNTED = {Way.EMAIL: "mails", Way.PUSH: "pushes", Way.WEBHOOK: "calls"}
# Well within the lease; the rest of a batch is given back.
HAND_OVER_WITHIN = 30.0
# So many in a row asked to try later, or left unknown: then it is the other side that is not well, not these reminders.
IN_A_ROW = 3
# The version of a row's post and the newest hold, while the row is ours. Said in SQL: it is asked before each mail, and
# putting it together took longer than its answer.
AS_IT_IS = """
SELECT p.version, COALESCE((SELECT max(id) FROM calendar_app_hold), 0)
FROM calendar_app_reminder r LEFT JOIN calendar_app_post p ON p.id = r.post_id
WHERE r.id = %s AND r.claimed_by = %s AND r.state = 'sending'
"""
# The slot is renewed after so many seconds of a batch.
KEEP_EVERY = 5.0


def note_lost(run: Tick) -> None:
    """What was being handed over when its worker died: a mail is uncertain, to be repeated once or for good; the rest
    is tried again."""
    now = run.now()
    lost = Reminder.objects.filter(queries.lease_is_over(now), state=State.SENDING, waits_from__lte=now)
    ended = {"lease_until": None, "claimed_by": ""}
    mails = lost.filter(way=Way.EMAIL)
    twice = mails.filter(data__repeat=True).update(
        state=State.UNCERTAIN, not_before=None, error="handed over twice, not confirmed", **ended
    )
    once = mails.update(state=State.UNCERTAIN, not_before=now, error="worker lost while handing over", **ended)
    run.summary.uncertain += once + twice
    for row in lost.exclude(way=Way.EMAIL):
        claims.failed(run, row, now, "worker lost while handing over", attempts=row.attempts)


def waiting_ways(now: datetime) -> list[Way]:
    """The ways out for which something is due. One look at the index."""
    due = Reminder.objects.filter(queries.live_q(now), way__in=COURIERS)
    return [way for way in COURIERS if way in set(due.order_by().values_list("way", flat=True).distinct())]


def send(run: Tick, way: Way) -> bool:
    """Hand over one batch of a way. Answers whether there was anything to do that this worker could do now."""
    now = run.now()
    opened = breakers.open_now(now)
    if way == Way.EMAIL and "email" in opened:
        return False
    with breakers.slot(way, holder=run.worker, at=now) as is_free:
        if not is_free:
            return False
        courier = COURIERS[way]()
        taken = claims.claim(run, way, now, most=courier.batch, but=_behind(way, opened))
        if not taken:
            return False
        try:
            _hand_over_all(run, courier, *_prepare(run, taken, now))
        finally:
            courier.close()
        return True


def _behind(way: Way, opened: dict[str, Breaker]) -> Q | None:
    """The rows behind the open breakers of a way."""
    behind = [key.partition(":")[2] for key in opened if key.startswith(f"{way}:")]
    if not behind:
        return None
    return Q(device__host__in=behind) if way == Way.PUSH else Q(webhook_id__in=[int(pk) for pk in behind])


def _prepare(run: Tick, taken: list[Taken], now: datetime) -> tuple[list[Reminder], int]:
    """Look once more and record `sending`, in one transaction under the lock of holds. Answers the rows and the newest
    hold that was looked at."""
    try:
        with transaction.atomic():
            rows = claims.take(run, taken, now)
            # before the commit: whether that was heard of nobody may ever know
            run.in_hand |= {row.pk: row for row in rows}
            # the locks may have been waited for: the lease begins when they are had
            return _record_sending(rows, run.now()), _last_hold()
    except Exception as error:
        if claims.database_is_gone(error):
            raise
        for pk, _post in taken:
            run.in_hand.pop(pk, None)
        logger.exception("reminders: %d could not be recorded", len(taken))
        if len(taken) == 1:
            notices.poison(run, taken[0], now, error)
            return [], 0
        alone = [_prepare(run, [one], now) for one in taken]
        return [row for rows, _held in alone for row in rows], min(held for _rows, held in alone)


def _record_sending(rows: list[Reminder], now: datetime) -> list[Reminder]:
    """Write down, before anything leaves, that these are being handed over; for what is uncertain, that it is the
    repeat (`data["repeat"]`, which stays: such a row never becomes one that was not handed over)."""
    notices.fill(rows, now)
    for row in rows:
        if row.state == State.UNCERTAIN:
            row.data = row.data | {"repeat": True}
            row.save(update_fields=["data"])
        row.state, row.lease_until, row.attempts = State.SENDING, now + LEASE, min(row.attempts + 1, 6)
    Reminder.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=State.SENDING, lease_until=now + LEASE, not_before=None, attempts=Least(F("attempts") + 1, 6)
    )
    return rows


def _hand_over_all(run: Tick, courier: Courier, rows: list[Reminder], held: int) -> None:
    now, started = run.now(), time.monotonic()
    # Half-open ones too: they are gone with the first message that gets through.
    broken = set(Breaker.objects.values_list("key", flat=True)) if rows else set()
    closed: set[str] = set()
    streaks: dict[str, list[Reminder]] = {}
    kept = 0.0
    for row in rows:
        spent = time.monotonic() - started
        key = courier.key(row)
        if spent - kept > KEEP_EVERY:
            breakers.keep_slot(holder=run.worker, at=run.now())
            kept = spent
        if key in closed or spent > HAND_OVER_WITHIN or _has_changed(run, row, held):
            # never handed over; better later than twice, and not at all what has been held or changed meanwhile
            _give_back(run, row, now)
            run.in_hand.pop(row.pk, None)
            continue
        at = now if run.fixed_at else now + timedelta(seconds=spent)
        run.in_hand.pop(row.pk, None)
        result = _ask(courier, row, at)
        run.unwritten = partial(_write_down, run, courier, row, result, at)
        if isinstance(result, Unknown) or (isinstance(result, Refused) and result.is_passing):
            streaks.setdefault(key, []).append(row)
            if len(streaks[key]) == IN_A_ROW:
                result = _of_all(streaks[key], result)
        else:
            streaks.pop(key, None)
        if isinstance(result, Accepted) and key in broken:
            breakers.mend(key)
            broken.discard(key)
        if isinstance(result, Unreachable) or (isinstance(result, Unknown) and result.is_down):
            breakers.trip(key, result.why, at=at)
            closed.add(key)
            run.unwritten = partial(_write_down, run, courier, row, result, at)
        run.unwritten()
        run.unwritten = None


def _of_all(rows: list[Reminder], result: Unknown | Refused) -> Result:
    """What the last of several bad answers in a row means: the other side is not well."""
    if isinstance(result, Unknown):
        return Unknown(result.why, is_down=True)
    earlier = Reminder.objects.filter(pk__in=[row.pk for row in rows[:-1]], state=State.PENDING, attempts__gt=0)
    earlier.update(attempts=F("attempts") - 1)
    return Unreachable(result.why)


def settle() -> None:
    """Write down what runs of this process know that the database left in the middle: what was answered, what was
    never handed over, and what they had only taken. Nobody need wait for the lease, and nothing is called uncertain
    that is known."""
    while claims.left:
        run = claims.left.pop()
        try:
            if run.unwritten is not None:
                run.unwritten()
                run.unwritten = None
            for row in list(run.in_hand.values()):
                _give_back(run, row, run.now())
                del run.in_hand[row.pk]
            claims.release(run.worker)
            breakers.free_slots(run.worker)
        except Error:
            claims.left.append(run)
            raise


def _last_hold() -> int:
    return Hold.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _has_changed(run: Tick, row: Reminder, held: int) -> bool:
    """Has the post had a step, was any hold made, or has somebody else taken the row for lost, since `sending` was
    recorded? Then it is looked at anew. The mails of one batch leave one after the other; this is asked before each.
    One query."""
    with connection.cursor() as cursor:
        cursor.execute(AS_IT_IS, [row.pk, run.worker])
        return bool(cursor.fetchall() != [(row.post.version if row.post else None, held)])


def _ask(courier: Courier, row: Reminder, at: datetime) -> Result:
    try:
        return courier.hand_over(row, at)
    except Exception as error:
        logger.exception("reminders: %s cannot be handed over", row.identity)
        return Refused(claims.words(error))


def _write_down(run: Tick, courier: Courier, row: Reminder, result: Result, at: datetime) -> None:
    """Make the answer the row's state."""
    ended = {"lease_until": None, "not_before": None, "claimed_by": ""}
    match result:
        case Accepted():
            # also when the lease ran out meanwhile and another tick calls it uncertain: we know better
            ours = Reminder.objects.filter(pk=row.pk, claimed_by__in=(run.worker, ""))
            ours.filter(state__in=(State.SENDING, State.UNCERTAIN)).update(
                state=State.SENT,
                # the clock may have been set back while it was on its way
                sent_at=max(at, row.due_at),
                lease_until=None,
                not_before=None,
                error="",
            )
            name = COUNTED[courier.way]
            setattr(run.summary, name, getattr(run.summary, name) + 1)
        case Nothing(why):
            claims.update(row, state=State.SKIPPED, error=why, **ended)
            run.summary.skipped += 1
        case Unreachable(why):
            _give_back(run, row, at, error=why[:500])
        case Unknown(why) if not courier.repeatable:
            # Once more later, with the words that it may be a repeat; after that never again.
            logger.error("reminders: nobody knows whether %s was accepted: %s", row.identity, why)
            again = None if row.data.get("repeat") else at + LEASE
            claims.update(row, state=State.UNCERTAIN, error=why[:500], **(ended | {"not_before": again}))
            run.summary.uncertain += 1
        case Refused(why) | Unknown(why):
            final = isinstance(result, Refused) and result.final
            passing = isinstance(result, Refused) and result.is_passing
            # who is only asked to come later does so while the reminder makes sense
            most = len(claims.BACKOFF[row.way])
            attempts = min(row.attempts, most) if passing else row.attempts
            claims.failed(run, row, at, why[:500], attempts=most + 1 if final else attempts)


def _give_back(run: Tick, row: Reminder, now: datetime, **changes: object) -> None:
    """It was not handed over, and that was not its fault."""
    claims.put_back(run, [row], now, attempts=max(row.attempts - 1, 0), **changes)
