"""The watcher's judgement: which of the numbers of `queries/watch.py` are an alarm, since when, and who was told.

It runs in a process of its own (`manage.py watch`), apart from the queue. What it knows it keeps in memory, and the
rows of `Alarm` follow, so that it can also say that the database is away.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from calendar_app.queries import health
from calendar_app.queries import watch as queries
from calendar_app.queries.watch import Measures
from calendar_app.services import alarms, pulse
from calendar_app.services.alarms import Ongoing, What

logger = logging.getLogger(__name__)

# The watcher looks this often, in seconds.
EVERY = 10.0
# From here on a number is an alarm (`docs/operations.md` explains each).
TICK_IS_OLD = 30.0
STANDING_IN_FOR = 30.0
SKEW_IS_WIDE = 2.0
BROKEN_FOR = timedelta(minutes=5)
# Whether every post has its reminders is the dearest question: asked this often. It is an alarm when the next time
# finds it again: beat's own check has had a minute to write what was lacking.
COMPLETE_EVERY = timedelta(seconds=60)
# What may be the moment of a restart counts only when the next look finds it again.
LOOKS = {What.TICK: 2, What.BROKER: 2, What.OVERDUE: 2, What.SKEW: 2, What.WRITE: 2, What.DATABASE: 2, What.LOOK: 2}
# After a start, also one after a long outage, the queue has so long to show itself and to catch up.
SETTLES_IN, FLOW = timedelta(seconds=30), (What.TICK, What.OVERDUE)
# An alarm is over when it was not seen for so long: one that comes and goes is one alarm.
OVER_AFTER = timedelta(seconds=60)


class NoAnswerError(Exception):
    """The database has not answered in time."""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong now. `detail` is a number or an error, in no language (`alarms.in_words()` says it in
    one); `began_at` where somebody knows when it began, else it begins when it is found."""

    kind: What
    detail: str = ""
    began_at: datetime | None = None


@dataclass
class Watcher:
    """What one process of the watcher remembers from look to look."""

    ongoing: dict[str, Ongoing] = field(default_factory=dict)
    # ended, and not yet mailed; ended, and not yet written down
    over: list[Ongoing] = field(default_factory=list)
    unwritten: list[Ongoing] = field(default_factory=list)
    streaks: dict[What, int] = field(default_factory=dict)
    to: list[str] = field(default_factory=list)
    began_at: datetime | None = None
    complete_at: datetime | None = None
    incomplete: frozenset[str] = frozenset()
    # what lacked something at the look before as well; somebody who has just joined is completed in between
    still_incomplete: frozenset[str] = frozenset()

    def look(self, at: datetime, *, skew: float, standing_in: float = 0.0) -> list[Finding]:
        """Measure, write the sign of life, open and end alarms, and write the mails that are due. Answers what is
        wrong now.

        `skew`: the database's clock minus this machine's; `standing_in`: for how many seconds this process has done
        the queue's work. Raises what the database raises when it cannot even be read; then call `blind()`.
        """
        measures = queries.measure(at, pauses=pulse.pauses_in_force(at), skew=skew)
        self.began_at = self.began_at or at
        found = judge(measures, standing_in=standing_in)
        if timedelta() <= at - self.began_at < SETTLES_IN:
            found = [finding for finding in found if finding.kind not in FLOW]
        found += self._complete(at)
        found += _broker()
        found += self._write_pulse(measures)
        self._compare(found)
        self.to = alarms.addresses()
        self._conclude(self._lasting(found), at)
        return found

    def blind(self, error: BaseException, at: datetime) -> list[Finding]:
        """Nothing could be measured: the database is away, or the watcher is broken. `at` is this machine's time."""
        away = isinstance(error, (DatabaseError, InterfaceError, NoAnswerError))
        found = [Finding(What.DATABASE if away else What.LOOK, _first_line(error))]
        logger.critical("watch: nothing could be measured: %s", found[0].detail)
        self._conclude(self._lasting(found), at, is_blind=True)
        return found

    def _complete(self, at: datetime) -> list[Finding]:
        """Whether posts lack reminders twice running."""
        if self.complete_at is None or not timedelta() <= at - self.complete_at < COMPLETE_EVERY:
            before, self.complete_at = self.incomplete, at
            try:
                self.incomplete = queries.incomplete(at)
            except (DatabaseError, InterfaceError):
                raise
            except Exception as error:
                # a fault in one question must not hide the answers to the others
                logger.exception("watch: completeness cannot be checked")
                self.complete_at = None
                return [Finding(What.LOOK, _first_line(error))]
            self.still_incomplete = before & self.incomplete
        return [Finding(What.INCOMPLETE, str(len(self.still_incomplete)))] if self.still_incomplete else []

    def _write_pulse(self, measures: Measures) -> list[Finding]:
        """The watcher's own sign of life is also the trial whether the database takes anything in."""
        try:
            pulse.beat(pulse.WATCHER, at=measures.at, incomplete=len(self.incomplete), alarms=len(self.ongoing))
        except (DatabaseError, InterfaceError) as error:
            logger.critical("watch: the database takes nothing in: %s", error)
            return [Finding(What.WRITE, _first_line(error))]
        return []

    def _compare(self, found: list[Finding]) -> None:
        """Learn from the rows what an earlier watcher, or one beside this, has said already: nobody is told twice."""
        rows = {row.kind: row for row in alarms.read() if row.kind in alarms.WORDS}
        for kind, row in rows.items():
            mine = self.ongoing.get(kind)
            if mine is not None:
                mine.mailed_at = max(filter(None, (row.mailed_at, mine.mailed_at)), default=None)
            elif kind not in {alarm.kind for alarm in self.unwritten}:
                self.ongoing[kind] = row
        kinds = {finding.kind for finding in found}
        for kind, mine in list(self.ongoing.items()):
            if mine.is_written and kind not in rows and kind not in kinds:
                del self.ongoing[kind]  # the other has ended it, and said so

    def _lasting(self, found: list[Finding]) -> list[Finding]:
        """Those that were found often enough in a row to be no passing thing, or that are known already."""
        kinds = {finding.kind for finding in found}
        self.streaks = {kind: self.streaks.get(kind, 0) + 1 for kind in kinds}
        return [
            finding
            for finding in found
            if finding.kind in self.ongoing or self.streaks[finding.kind] >= LOOKS.get(finding.kind, 1)
        ]

    def _conclude(self, found: list[Finding], at: datetime, *, is_blind: bool = False) -> None:
        for finding in found:
            alarm = self.ongoing.get(finding.kind)
            if alarm is None:
                self.ongoing[finding.kind] = Ongoing(finding.kind, finding.detail, finding.began_at or at, at)
                logger.critical("watch: %s: %s", finding.kind, finding.detail)
            else:
                alarm.detail, alarm.seen_at = finding.detail, at
        if not is_blind:
            self._end(at)
        self._mail(at)
        if not is_blind and _trying("written down", lambda: alarms.write([*self.unwritten, *self.ongoing.values()])):
            self.unwritten = []
            for alarm in self.ongoing.values():
                alarm.is_written = True

    def _end(self, at: datetime) -> None:
        """What has not been seen for a while is over. While nothing can be seen nothing ends."""
        for alarm in list(self.ongoing.values()):
            # seen "after now": the clock was set back
            if not timedelta() <= at - alarm.seen_at < OVER_AFTER:
                alarm.ended_at = at
                self.over.append(alarm)
                self.unwritten.append(self.ongoing.pop(alarm.kind))
                logger.warning("watch: over: %s", alarm.kind)

    def _mail(self, at: datetime) -> None:
        new = [alarm for alarm in self.ongoing.values() if alarms.wants_mail(alarm, at)]
        if new and _trying("mailed", lambda: alarms.mail(new, self._addresses(), at)):
            for alarm in new:
                alarm.mailed_at = at
        told = [alarm for alarm in self.over if alarm.mailed_at]
        # whoever was never told that it began need not hear that it is over
        if not told or _trying("mailed", lambda: alarms.mail(told, self._addresses(), at)):
            self.over = []

    def _addresses(self) -> list[str]:
        """As last read: the database may be the very thing that is away."""
        return self.to or list(settings.DUTY_EMAIL)


# What `judge()` can tell from the numbers alone; the rest takes a watcher that remembers.
MEASURED = (What.TICK, What.OVERDUE, What.SET_ASIDE, What.UNCERTAIN, What.BREAKER, What.PAUSE, What.SKEW)


def judge(measures: Measures, *, standing_in: float = 0.0) -> list[Finding]:
    """What of these numbers is wrong, whether or not it will last."""
    found = []
    if measures.tick_age is None or measures.tick_age > TICK_IS_OLD:
        found.append(Finding(What.TICK, _seconds(measures.tick_age)))
    if standing_in > STANDING_IN_FOR:
        found.append(Finding(What.QUEUE, _seconds(standing_in)))
    # while nothing may be sent, everything is overdue, and the pause is what there is to say
    if measures.overdue and not measures.pauses:
        found.append(Finding(What.OVERDUE, _up_to(measures.overdue)))
    if measures.trouble.set_aside:
        found.append(Finding(What.SET_ASIDE, str(measures.trouble.set_aside)))
    if measures.trouble.for_good:
        found.append(Finding(What.UNCERTAIN, str(measures.trouble.for_good)))
    broken = [row for row in measures.breakers if measures.at - row.since >= BROKEN_FOR]
    if broken:
        said = "; ".join(f"{row.key}: {row.error}" for row in broken)[:500]
        found.append(Finding(What.BREAKER, said, min(row.since for row in broken)))
    if measures.pauses:
        said = "; ".join(str(row) for row in measures.pauses)[:500]
        found.append(Finding(What.PAUSE, said, min(row.began_at for row in measures.pauses)))
    if abs(measures.skew) > SKEW_IS_WIDE:
        found.append(Finding(What.SKEW, f"{measures.skew:+.1f} s"))
    return found


def _broker() -> list[Finding]:
    try:
        if health.broker() == "ok":
            return []
        return [Finding(What.BROKER)]
    except Exception as error:  # noqa: BLE001 - whatever the client library raises, the queue cannot be reached
        return [Finding(What.BROKER, _first_line(error))]


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).partition("\n")[0][:300]


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{round(value)} s"


def _up_to(number: int) -> str:
    return f"{number}+" if number >= queries.MOST else str(number)


def _trying(what: str, call: Callable[[], None]) -> bool:
    """Whether it went well. If not it is said loudly, and the next look tries again."""
    try:
        call()
    except Exception as error:  # noqa: BLE001 - whatever is broken, the watcher goes on
        logger.critical("watch: an alarm could not be %s: %s: %s", what, type(error).__name__, _first_line(error))
        return False
    return True
