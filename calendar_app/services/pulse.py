"""Signs of life, and the times at which nothing is sent.

All of it is in the database: emptying Redis must not make a healthy installation look dead, nor the other way round.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from audit import services as audit
from calendar_app.models import Heartbeat, Pause, Reminder, State
from calendar_app.queries import pauses
from calendar_app.queries.watch import CLOCK, TICK, WATCHER
from missions.models import Person

logger = logging.getLogger(__name__)

# What beats: the end of a tick, the turning of the clock, the completeness check, the watcher, the look at zone data.
__all__ = ["CLOCK", "COMPLETE", "TICK", "WATCHER", "ZONES"]
COMPLETE, ZONES = "complete", "zones"
# A sign of life is written down at most this often.
WRITTEN_EVERY = timedelta(seconds=2)
# The database's clock went this much further, or less far, than time itself between two ticks of one process.
JUMP = timedelta(minutes=10)
# What happened longer ago was noticed by those who tick each second; seconds.
LOOKS_BACK = 30.0
# After a jump nothing is sent for so long: time to alarm somebody. The clock that stays where it is counts then.
STEADY_FOR = timedelta(seconds=60)


def who() -> str:
    """This machine and process, as the rows name it."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}"


def is_dead(name: str) -> bool:
    """Did a process of this machine have this name, and is there none any more? False of what runs elsewhere."""
    host, _colon, rest = name.partition(":")
    number = rest.partition(":")[0]
    if host != socket.gethostname()[:40] or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def beat(name: str, *, at: datetime, by: str = "", **data: Any) -> None:
    """Write down that `name` happened at `at`. Cheap when it was written a moment ago."""
    values = {"at": at, "by": (by or who())[:80], "data": data}
    # older than a moment, or from the future: then the clock was set back
    due = Q(at__lte=at - WRITTEN_EVERY) | Q(at__gt=at)
    if Heartbeat.objects.filter(due, name=name).update(**values):
        return
    if not Heartbeat.objects.filter(name=name).exists():
        Heartbeat.objects.bulk_create([Heartbeat(name=name, **values)], ignore_conflicts=True)


# Pauses --------------------------------------------------------------------------------


def pauses_in_force(at: datetime) -> list[Pause]:
    """Why nothing is sent at `at`; empty when sending goes on. One query."""
    return list(pauses.in_force(at).select_related("made_by"))


def pause(
    *, reason: Pause.Reason, at: datetime, by: Person | None = None, note: str = "", until: datetime | None = None
) -> Pause:
    """Send nothing from now on, up to `until` or until `resume()`."""
    with transaction.atomic():
        made = Pause.objects.create(reason=reason, note=note[:500], began_at=at, until=until, made_by=by)
        _record("sending_paused", made, at, by)
    return made


def resume(*, pause: Pause, at: datetime, by: Person | None = None) -> None:
    """Go on sending; nothing happens when the pause has ended already."""
    with transaction.atomic():
        if Pause.objects.filter(pk=pause.pk, ended_at=None).update(ended_at=at, ended_by=by):
            _record("sending_resumed", pause, at, by)


def _record(action: str, row: Pause, at: datetime, by: Person | None) -> None:
    audit.record(at=at, action=action, actor=by, kind="pause", object_id=row.pk, name=str(row))


# The clock -----------------------------------------------------------------------------


class Steadiness:
    """Compares the database's clock with the time that has really passed in this process."""

    def __init__(self) -> None:
        self._last: tuple[float, datetime] | None = None

    def jump(self, at: datetime) -> timedelta:
        """By how much the database's clock was set since the last call; zero for less than `JUMP`."""
        passed_here, last = _since_boot(), self._last
        self._last = (passed_here, at)
        if last is None:
            return timedelta()
        off = (at - last[1]) - timedelta(seconds=passed_here - last[0])
        # a process that has not looked for a while leaves it to those who have
        return off if abs(off) >= JUMP and passed_here - last[0] <= LOOKS_BACK else timedelta()


def _since_boot() -> float:
    """Seconds that also pass while the machine sleeps, so that waking up is no jump of the clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


steadiness = Steadiness()


def note_jump(at: datetime) -> None:
    """Pause when the database's clock has jumped since this process last looked.

    Nothing is known to be early or late just then (failure mode 13); after a minute the clock counts as right.
    """
    off = steadiness.jump(at)
    if not off:
        return
    if off < timedelta():
        # what is to wait for a time that was never meant waits no longer
        waiting = Reminder.objects.filter(waits_from__isnull=False, state__in=(State.PENDING, State.UNCERTAIN))
        ahead = waiting.filter(not_before__gt=at)
        ahead.update(not_before=at, deferred_until=None)
    # those of a time that has not come yet must not come back with it
    Pause.objects.filter(reason=Pause.Reason.CLOCK, ended_at=None, began_at__gt=at).update(ended_at=F("began_at"))
    logger.critical("the database's clock jumped by %s s", round(off.total_seconds()))
    if not any(row.reason == Pause.Reason.CLOCK for row in pauses_in_force(at)):
        note = f"{round(off.total_seconds()):+d} s"
        pause(reason=Pause.Reason.CLOCK, at=at, note=note, until=at + STEADY_FOR)
