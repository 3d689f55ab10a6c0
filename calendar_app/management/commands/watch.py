"""`manage.py watch`: the watcher, and the stand-in that does the queue's work while the queue is away."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection, connections

from calendar_app import clock, tasks
from calendar_app.queries import watch as queries
from calendar_app.services import outbox, pulse
from calendar_app.services.watch import EVERY, NoAnswerError, Watcher

logger = logging.getLogger(__name__)

# A look that is not back after so long counts as a database that does not answer.
LOOK_TAKES = 20.0
# When nobody has ticked for so long the stand-in does, each second.
SILENT_FOR = 10.0
# And what else beat wakes up, when it was not done for so many seconds.
CHORES = ((pulse.CLOCK, 60.0, tasks.turn_clock), (pulse.COMPLETE, 120.0, tasks.check_complete))
# After so many ticks it rests a little, so that a queue that is back can show itself.
TICKS, REST = 10, 3.0
# In one go it handles at most so many rows: it must be able to stop soon.
AT_ONCE = 100
# The same error is not told again for so long.
QUIET_FOR = 30.0
# How long it may take to finish what it is doing when the process is asked to end.
SECONDS_TO_STOP = 4.0


class Command(BaseCommand):
    help = "Watches over the reminders, raises the alarm, and sends them itself while the queue is away."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--looks", type=int, help="end after so many looks (for trying)")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        be_impatient()
        stand_in = StandIn(stop)
        thread = threading.Thread(target=stand_in.run, name="stand-in", daemon=True)
        thread.start()
        self.watch(stop, stand_in, options["looks"])
        stop.set()
        thread.join(SECONDS_TO_STOP)

    @staticmethod
    def watch(stop: threading.Event, stand_in: StandIn, looks: int | None) -> None:
        watcher, looker = Watcher(), Looker(stop)
        while not stop.is_set() and looks != 0:
            started = time.monotonic()
            looker.look(watcher, stand_in)
            show_life()
            looks = None if looks is None else looks - 1
            if looks != 0:
                stop.wait(max(EVERY - (time.monotonic() - started), 0.0))


def be_impatient() -> None:
    """Give up on a PostgreSQL server that does not answer within seconds; without this it takes minutes."""
    if connection.vendor == "postgresql":
        for values in (connections.settings["default"], connection.settings_dict):
            options = values.setdefault("OPTIONS", {})
            options.setdefault("connect_timeout", 5)
            options.setdefault("tcp_user_timeout", 10_000)


def show_life() -> None:
    """Touch a file that a container's health check looks at (docker-compose.yml); the database may be away."""
    with contextlib.suppress(OSError):
        (settings.DATA_DIR / "watch").touch()


class Noise:
    """Tells of an error at length the first time, and in a line every half minute while it goes on."""

    def __init__(self) -> None:
        self.told: dict[str, float] = {}

    def log(self, what: str, error: Exception) -> None:
        name, now = f"{what}: {type(error).__name__}: {error}"[:300], time.monotonic()
        last = self.told.get(name)
        if last is not None and now - last < QUIET_FOR:
            return
        logger.error(name, exc_info=error if last is None else None)
        self.told = {key: at for key, at in self.told.items() if now - at < 10 * QUIET_FOR} | {name: now}


class Looker:
    """Runs each look in a thread and with a connection of its own: one that hangs holds up nothing but itself."""

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.hanging: threading.Thread | None = None
        self.noise = Noise()

    def look(self, watcher: Watcher, stand_in: StandIn) -> None:
        """One look; when the database cannot be asked, that is what was seen."""
        problem: list[BaseException] = []

        def once() -> None:
            try:
                watcher.look(clock.now(), skew=clock.skew(), standing_in=stand_in.seconds)
            except Exception as error:  # noqa: BLE001 - whatever it is, the watcher goes on and says so
                self.noise.log("watch: a look failed", error)
                problem.append(error)

        if self.hanging is None or not self.hanging.is_alive():
            self.hanging = self._run(once)
        if self.hanging is not None:
            self._wait_for(self.hanging)
        if self.stop.is_set():
            return
        if self.hanging is not None and self.hanging.is_alive():
            problem.append(NoAnswerError(f"no answer within {LOOK_TAKES:.0f} s"))
        if problem:
            mailing = self._run(lambda: watcher.blind(problem[0], datetime.now(UTC)))
            self._wait_for(mailing)

    @staticmethod
    def _run(call: Callable[[], object]) -> threading.Thread:
        def with_own_connection() -> None:
            try:
                call()
            except Exception:
                logger.exception("watch: a look failed")
            finally:
                connections.close_all()

        thread = threading.Thread(target=with_own_connection, name="look", daemon=True)
        thread.start()
        return thread

    def _wait_for(self, thread: threading.Thread) -> None:
        until = time.monotonic() + LOOK_TAKES
        while thread.is_alive() and time.monotonic() < until and not self.stop.is_set():
            thread.join(0.2)


class StandIn:
    """Ticks and turns the clock while nobody else does: Redis is away, or all workers, or beat.

    It goes by the signs of life in the database alone. Two of them, or one beside a queue that works after all, do no
    harm: any number of ticks may run at once.
    """

    def __init__(self, stop: threading.Event) -> None:
        self.stop = stop
        self.began: float | None = None
        self.heard = time.monotonic()
        self.noise = Noise()

    @property
    def seconds(self) -> float:
        """For how long it has been doing the queue's work; 0 when the queue does it."""
        return 0.0 if self.began is None else time.monotonic() - self.began

    def run(self) -> None:
        """Until somebody asks to stop. Whatever fails is logged and tried again a second later."""
        count = 0
        while not self.stop.is_set():
            try:
                count = count + 1 if self.once() else 0
            except Exception as error:  # noqa: BLE001 - the database may be away, or anything else
                self.noise.log("watch: standing in for the queue failed", error)
                connections.close_all()
            self.stop.wait(REST if count and count % TICKS == 0 else 1.0)
        connections.close_all()

    def once(self) -> bool:
        """Do the queue's work if it is left undone. Answers whether it was."""
        at = clock.now()
        beats = {row.name: row for row in queries.heartbeats()}
        if not self._is_needed(beats.get(pulse.TICK), at):
            if self.began is not None:
                logger.warning("watch: the queue works again, after %.0f s", self.seconds)
            self.began = None
            return False
        if self.began is None:
            self.began = time.monotonic()
            logger.warning("watch: the queue is silent; standing in for it")
        until = time.monotonic() + outbox.TICK_LASTS
        while sent_something(outbox.tick(limit=AT_ONCE)) and not self.stop.is_set() and time.monotonic() < until:
            pass
        for name, allowed, work in CHORES:
            age = queries.age(beats.get(name), at)
            if not self.stop.is_set() and (age is None or age > allowed):
                self._do(name, work)
        return True

    def _do(self, name: str, work: Callable[[], object]) -> None:
        try:
            work()
        except DatabaseError:
            raise
        except Exception as error:  # noqa: BLE001 - one chore that fails must not keep reminders from being sent
            self.noise.log(f"watch: {name} failed", error)

    def _is_needed(self, beat: Any, at: datetime) -> bool:
        """Has nobody but us ticked for ten seconds?"""
        age, now = queries.age(beat, at), time.monotonic()
        if age is not None and age < SILENT_FOR and beat.by != pulse.who():
            self.heard = now
            return False
        # After a start the queue gets the same time to show itself.
        return now - self.heard >= SILENT_FOR


def sent_something(summary: outbox.Summary) -> bool:
    """Did the tick get anywhere, so that another may find more? What it put back will not be there again at once."""
    return any(number for name, number in vars(summary).items() if name != "put_back")
