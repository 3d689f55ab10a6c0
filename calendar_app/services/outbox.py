"""Where reminders are sent. The table is the queue: a tick takes what is due, looks at each post once more, and sends.

The parts: `claims.py` takes rows and lets go of them, `notices.py` writes notices, `echoes.py` what follows them,
`handover.py` gives mails, pushes and calls away, `catch_up.py` sums up what came too late, `breakers.py` keeps one
broken way from delaying the others. `docs/reminders.md` has the states in one picture.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime

from django.db import Error

from calendar_app.models import State, Way
from calendar_app.queries import reminders as queries
from calendar_app.services import catch_up, claims, handover, notices, pulse
from calendar_app.services.catch_up import close_past
from calendar_app.services.claims import Summary, Tick

__all__ = ["Summary", "close_past", "tick"]

logger = logging.getLogger(__name__)

# A tick ends after this long; the next one goes on.
TICK_LASTS = 20.0


def tick(*, at: datetime | None = None, limit: int | None = None) -> Summary:
    """Send what is due, until nothing is left, `limit` rows were handled or about 20 seconds have passed.

    `at` stands in for the present in tests and drills. Returns what was done. Does nothing during a pause.
    """
    run = Tick(at, limit)
    try:
        handover.settle()
        if at is None:
            pulse.note_jump(run.now())
        if not pulse.pauses_in_force(run.now()):
            _send_all(run, time.monotonic() + TICK_LASTS)
        pulse.beat(pulse.TICK, at=run.now())
    except Error as error:
        if run.took and claims.database_is_gone(error):
            claims.left.append(run)
        raise
    if run.summary != Summary():
        logger.info("reminders: %s", run.summary)
    return run.summary


def _send_all(run: Tick, until: float) -> None:
    there = queries.due_states(run.now())
    if not there:
        return  # most ticks end here, with one look at the index
    if State.SENDING in there:
        handover.note_lost(run)
    while catch_up.lapse(run) and time.monotonic() < until:
        pass
    _send_notices(run, until)
    ways = handover.waiting_ways(run.now())
    while Way.EMAIL in ways and catch_up.gather(run) and time.monotonic() < until:
        pass
    while ways and _goes_on(run, until):
        # the ways take turns
        ways = [way for way in ways if _goes_on(run, until) and _send_batch(run, way, until)]


def _send_batch(run: Tick, way: Way, until: float) -> bool:
    """Hand over one batch. Answers whether there may be another."""
    if not handover.send(run, way):
        return False
    pulse.beat(pulse.TICK, at=run.now())
    # between two batches of a slow way: what has come due in the product meanwhile, and the echoes of it
    _send_notices(run, until)
    return True


def _send_notices(run: Tick, until: float) -> None:
    while _goes_on(run, until):
        now = run.now()
        taken = claims.claim(run, Way.IN_APP, now, most=notices.BATCH)
        if not taken:
            return
        notices.send(run, taken, now)
        # a long tick is alive before it ends
        pulse.beat(pulse.TICK, at=now)


def _goes_on(run: Tick, until: float) -> bool:
    if time.monotonic() >= until or (run.room is not None and run.room <= 0):
        return False
    return not pulse.pauses_in_force(run.now())
