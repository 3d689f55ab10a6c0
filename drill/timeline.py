"""The two clocks of a run: the real one, and the database's, which the drill shifts. Pure arithmetic on `events.jsonl`.

The product lives by the database's clock, people by the real one. A reminder's due time is an instant of the former;
the moment from which it is late is the first instant of the real clock at which the database showed it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Span = tuple[float, float]
FOREVER = float("inf")

# What stops which ways. Without Redis and without web, reminders go on.
STOPS = {
    "all": ("in_app", "email"),
    "workers": ("in_app", "email"),
    "postgres": ("in_app", "email"),
    "mail": ("email",),
    "redis": (),
    "web": (),
}
# Whose death leaves no letter's fate unknown.
HARMLESS = ("beat", "web", "watch")
# A clock that jumps while somebody sends may make a careful engine wait, to see whether it stays there.
JUMP, WAITS_AFTER_JUMP = 600.0, 65.0


@dataclass
class Hold:
    """A hold as the API answered it; `until` is when lifting it was asked for."""

    pk: int
    scope: str
    code: str
    since: float
    until: float = FOREVER

    def covers(self, mission: str) -> bool:
        """Does it cover the posts of the mission with this code?"""
        return self.scope == "all" or (self.scope == "mission" and self.code == mission)


@dataclass
class Timeline:
    """What happened when, from the events of a run. All instants are seconds; `began` and `ended` bound the sending."""

    began: float = 0.0
    ended: float = 0.0
    # (from when, offset of the database's clock), and until when each had not begun for certain
    offsets: list[tuple[float, float]] = field(default_factory=list)
    not_before: list[float] = field(default_factory=list)
    outages: dict[str, list[Span]] = field(default_factory=lambda: {"in_app": [], "email": []})
    jumps: list[Span] = field(default_factory=list)
    phases: list[tuple[float, str]] = field(default_factory=list)
    # when a phase was over: what comes due until the next is nobody's
    phase_ends: list[float] = field(default_factory=list)
    # when everything came back
    returns: list[float] = field(default_factory=list)
    # when PostgreSQL was torn down
    crashes: list[float] = field(default_factory=list)
    # anything that may leave a letter's fate unknown
    faults: list[float] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    kills: int = 0

    @classmethod
    def read(cls, events: Sequence[Mapping[str, Any]]) -> Timeline:
        """From the lines of `events.jsonl`. Raises ValueError when it does not say when sending began and ended, or
        what the clock showed."""
        line = cls()
        opened: dict[str, float] = {}
        down: list[tuple[str, float, float]] = []
        for event in sorted(events, key=lambda event: event["t"]):
            line._note(event, opened, down)
        if not line.offsets:
            raise ValueError("no clock event: nobody knows what the database's clock showed")
        if not line.began or line.ended <= line.began:
            raise ValueError("no sending event: nobody knows when anything could have been sent")
        down += [(of, since, line.ended) for of, since in opened.items()]
        for way, spans in line.outages.items():
            spans += merged((since, until) for of, since, until in down if way in STOPS[of])
        line.jumps = merged(line._waits([(since, until) for of, since, until in down if of in ("all", "workers")]))
        line.returns = [until for of, _since, until in down if of == "all"]
        line.faults.sort()
        return line

    def _note(self, event: Mapping[str, Any], opened: dict[str, float], down: list[tuple[str, float, float]]) -> None:
        at, what = float(event["t"]), event["what"]
        begins = event.get("at") == "begin"
        if what == "clock":
            self.offsets.append((at, float(event["offset"])))
            self.not_before.append(float(event.get("before", at)))
        elif what == "sending":
            self.began, self.ended = (self.began or at, self.ended) if begins else (self.began, at)
        elif what == "phase" and begins:
            self.phases.append((at, str(event["name"])))
        elif what == "phase":
            self.phase_ends.append(at)
        elif what == "outage":
            self._note_outage(at, str(event["of"]), begins, opened, down)
        elif what == "kill":
            self.kills += 1
            if event["of"].split("-")[0] not in HARMLESS:
                self.faults.append(at)
        elif what == "hold" and begins:
            self.holds.append(Hold(int(event["id"]), event["scope"], event.get("code", ""), at))
        elif what == "hold":
            next(hold for hold in self.holds if hold.pk == int(event["id"])).until = at

    def _note_outage(
        self, at: float, of: str, begins: bool, opened: dict[str, float], down: list[tuple[str, float, float]]
    ) -> None:
        if begins:
            opened.setdefault(of, at)
            if of == "postgres":
                self.crashes.append(at)
            if STOPS[of]:
                self.faults.append(at)
        elif of in opened:
            down.append((of, opened.pop(of), at))

    def _waits(self, stopped: list[Span]) -> Iterable[Span]:
        for (_t, before), (at, after) in zip(self.offsets, self.offsets[1:], strict=False):
            nobody = any(since <= at <= until for since, until in stopped)
            if abs(after - before) > JUMP and not nobody:
                # whoever waits is away when everything is
                yield at, min([at + WAITS_AFTER_JUMP, *(since for since, _until in stopped if since > at)])

    # Clocks ------------------------------------------------------------------------------

    def shown(self, real: float) -> float:
        """What the database's clock showed at a real instant."""
        place = bisect_right(self.offsets, (real, FOREVER)) - 1
        return real + self.offsets[max(place, 0)][1]

    def spans(self) -> list[tuple[float, float, float]]:
        """(since, until, offset): the stretches of one offset, the first and the last without end."""
        since = [-FOREVER, *(at for at, _offset in self.offsets[1:])]
        until = [*since[1:], FOREVER]
        return [(a, b, offset) for a, b, (_at, offset) in zip(since, until, self.offsets, strict=True)]

    def first_real(self, shown: float) -> float:
        """The first real instant of the sending at which the database's clock showed `shown` or later."""
        for since, until, offset in self.spans():
            if until + offset > shown:
                return max(since, shown - offset, self.began)
        raise AssertionError("the last stretch has no end")

    def real(self, shown: float, not_before: float) -> float:
        """The real instant at which the clock showed just this; of several the first from `not_before` on."""
        found = [shown - offset for since, until, offset in self.spans() if since <= shown - offset < until] or [
            self.first_real(shown)
        ]
        return next((at for at in found if at >= not_before - 1), found[-1])

    def latest_shown(self, real: float, within: float) -> float:
        """The latest that the clock showed in the `within` seconds up to `real`."""
        return max(self.shown(at) for at in self._around(real, within))

    def earliest_shown(self, real: float, within: float) -> float:
        """The earliest that the clock showed in the `within` seconds up to `real`."""
        return min(self.shown(at) for at in self._around(real, within))

    def _around(self, real: float, within: float) -> list[float]:
        pairs = zip(self.offsets, self.not_before, strict=True)
        changes = [at for (at, _offset), before in pairs if real - within < at and before <= real]
        return [real - within, real, *changes, *(at - 0.001 for at in changes)]

    # What could be expected ----------------------------------------------------------------

    def phase(self, real: float) -> str:
        """The phase that had begun last."""
        names = [name for at, name in self.phases if at <= real]
        return names[-1] if names else ""

    def is_in_phase(self, real: float) -> bool:
        """Had its phase not ended yet?"""
        began = max((at for at, _name in self.phases if at <= real), default=real)
        return not any(began < end < real for end in self.phase_ends)

    def is_fresh(self, real: float) -> bool:
        """Had everything been away and come back in this phase before?"""
        began = max((at for at, _name in self.phases if at <= real), default=real)
        return any(began <= back <= real for back in self.returns)

    def outage_at(self, way: str, real: float) -> Span | None:
        """The outage of this way that an instant lies in."""
        spans = self.outages[way]
        place = bisect_right(spans, (real, FOREVER)) - 1
        return spans[place] if place >= 0 and spans[place][1] > real else None

    def open_for(self, way: str, due: float, until: float, also_shut: Iterable[Span] = ()) -> float:
        """For how long in all it could have been sent: due, still making sense, nothing in the way."""
        shut = merged([*self.outages[way], *self.jumps, *also_shut])
        whole = 0.0
        for since, end, offset in self.spans():
            start, stop = max(since, due - offset, self.began), min(end, until - offset, self.ended)
            whole += max(stop - start, 0) - sum(max(min(stop, b) - max(start, a), 0) for a, b in shut if stop > start)
        return whole

    def is_near_fault(self, real: float, before: float, after: float) -> bool:
        """Did something happen in the seconds `before` and `after` that leaves a letter's fate unknown?"""
        place = bisect_right(self.faults, real - before)
        return place < len(self.faults) and self.faults[place] <= real + after


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same stretches, in order and without overlap."""
    result: list[Span] = []
    for since, until in sorted(spans):
        if result and since <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], until))
        else:
            result.append((since, until))
    return result
