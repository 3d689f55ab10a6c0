"""Circuit breakers and slots: a way that is broken or slow delays what goes that way, and nothing else.

Both are rows, so that all workers on all machines agree and an empty Redis changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db.models import Q

from calendar_app.models import Breaker, Slot, Way
from calendar_app.services import pulse

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=5)
# How many workers use a way at once. An installation has more than these four (docker-compose.yml, scripts/up), so
# that some are always left for notices.
SLOTS = {Way.EMAIL: 2, Way.PUSH: 1, Way.WEBHOOK: 1}
# Whoever works on says so every few seconds (`keep_slot()`). A slot whose holder died is free again this soon, and at
# once for workers of the same machine: while both were in dead hands, no mail went out.
HELD_FOR = timedelta(seconds=20)


def open_now(at: datetime) -> dict[str, Breaker]:
    """The breakers that let nothing through at `at`, by key. One query.

    One that says to wait longer than anybody may wait comes from a clock that has been set back.
    """
    rows = Breaker.objects.filter(retry_at__gt=at, retry_at__lte=at + LONGEST_WAIT)
    return {row.key: row for row in rows}


def trip(key: str, error: str, *, at: datetime) -> None:
    """Let nothing through for a while: half a minute, then twice as long each time, at most five minutes."""
    found = Breaker.objects.filter(key=key).first()
    if found is None:
        row = Breaker(key=key, since=at, retry_at=at + FIRST_WAIT, error=error[:500])
        Breaker.objects.bulk_create([row], ignore_conflicts=True)
        return
    if at < found.retry_at <= at + LONGEST_WAIT:
        return  # another worker has just found the same
    wait = min(FIRST_WAIT * 2 ** min(found.failures, 10), LONGEST_WAIT)
    Breaker.objects.filter(pk=found.pk, failures=found.failures).update(
        failures=found.failures + 1, retry_at=at + wait, error=error[:500]
    )


def mend(key: str) -> None:
    """Something got through."""
    Breaker.objects.filter(key=key).delete()


def sweep(*, at: datetime) -> None:
    """Forget the breakers that nobody has tried for ten minutes: nothing waits behind them any more."""
    old = Q(retry_at__lt=at - 2 * LONGEST_WAIT) | Q(retry_at__gt=at + LONGEST_WAIT)
    Breaker.objects.filter(old).delete()


@contextmanager
def slot(way: Way, *, holder: str, at: datetime) -> Iterator[bool]:
    """Whether this worker may use the way now; the slot is free again after the block, or when its lease runs out."""
    mine = _take(way, holder, at)
    try:
        yield mine is not None
    finally:
        if mine is not None:
            free_slots(holder)


def keep_slot(*, holder: str, at: datetime) -> None:
    """The holder is still at work."""
    Slot.objects.filter(held_by=holder).update(lease_until=at + HELD_FOR)


def free_slots(holder: str) -> None:
    """Whatever this holder held is free again."""
    Slot.objects.filter(held_by=holder).update(held_by="", lease_until=None)


def _take(way: Way, holder: str, at: datetime) -> int | None:
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=at) | Q(lease_until__gt=at + 2 * HELD_FOR)
    holders = Slot.objects.filter(way=way).exclude(held_by="").values_list("held_by", flat=True)
    free |= Q(held_by__in=[name for name in holders if pulse.is_dead(name)])
    for number in range(SLOTS[way]):
        rows = Slot.objects.filter(way=way, number=number)
        if rows.filter(free).update(held_by=holder, lease_until=at + HELD_FOR):
            return int(rows.values_list("pk", flat=True).get())
        if not rows.exists():
            Slot.objects.bulk_create([Slot(way=way, number=number)], ignore_conflicts=True)
            if rows.filter(free).update(held_by=holder, lease_until=at + HELD_FOR):
                return int(rows.values_list("pk", flat=True).get())
    return None
