"""The phases of a drill, and how long and how hard each profile plays them.

A scene plays its phases one after the other on one database. After each, what is due is finished, and the clock then
goes on to the beginning of the next: phases have fixed places on the scene's clock, so that the load can be made
before anything runs.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from drill import faults
from drill.faults import At, Every, Plan
from drill.plan import Slot
from drill.scene import Scene
from drill.world import Crew

HOUR, DAY = 3600.0, 86_400.0
# Between two phases on the scene's clock: time for what dead workers hold, for repeats, and for the digest of it. Less
# than the ten minutes after which the engine takes a jump of the clock for a fault and pauses.
GAP = 400.0
# How long before a phase the clock is set to, at the latest.
APPROACH = 6.0
# How long to wait for what is due; with something taken out of the engine it would often be in vain.
PATIENCE, PATIENCE_WITHOUT = 240.0, 30.0
# 133 missions with five posts each: what must be on time in every minute.
STEADY = 665


@dataclass(frozen=True)
class Phase:
    """A stretch of real time with its load and its faults. Slots are in seconds of the clock from its beginning."""

    name: str
    lasts: float
    slots: tuple[Slot, ...]
    faults: tuple[At | Every, ...] = ()
    # how far the faults move the clock on, all in all
    moves: float = 0.0
    # does somebody write through the API meanwhile?
    writer: bool = False

    @property
    def span(self) -> float:
        """Its length on the scene's clock, with the gap behind it."""
        return self.lasts + self.moves + GAP


@dataclass(frozen=True)
class Part:
    """A scene as a profile wants it."""

    name: str
    phases: tuple[Phase, ...]
    crew: Crew
    size: dict[str, int] = field(default_factory=dict)
    # may be played while others are: nothing in it is measured to the second
    aside: bool = False

    def slots(self) -> tuple[Slot, ...]:
        """The load of all its phases, on the scene's clock."""
        found, begins = [], 0.0
        for phase in self.phases:
            found += [replace(slot, at=slot.at + begins) for slot in phase.slots]
            begins += phase.span
        return tuple(found)

    def only(self, names: Sequence[str]) -> Part:
        """The same with these phases alone."""
        return replace(self, phases=tuple(phase for phase in self.phases if phase.name in names))


def play(scene: Scene, phases: Sequence[Phase], chance: random.Random) -> bool:
    """Play them all. Answers whether everything that was due was finished each time."""
    begins, drained = 0.0, True
    for phase in phases:
        while scene.now() < begins:
            scene.keep_up_for(0.05)
        scene.begins = begins
        _play(scene, phase, random.Random(chance.random()))
        begins += phase.span
        drained = _finish(scene, begins) and drained
    return drained


def _finish(scene: Scene, begins: float) -> bool:
    """Let all that is due be finished, go on to shortly before the next phase, and do so again: no fault of that one
    may strike what has become due on the way. Answers whether it all was."""
    patience = PATIENCE_WITHOUT if scene.without else PATIENCE
    drained = scene.drain(patience)
    if scene.now() < begins - APPROACH:
        scene.shift_to(scene.t0 + begins - APPROACH)
        # a tick or two: an empty table just now need not have been looked at since
        scene.keep_up_for(2)
    return scene.drain(patience) and drained


def _play(scene: Scene, phase: Phase, chance: random.Random) -> None:
    scene.say(f"{scene.name}: {phase.name}, {phase.lasts:.0f} s")
    scene.note("phase", name=phase.name, at="begin")
    if phase.writer:
        scene.writer.start()
    plan = Plan.of(phase.faults, phase.lasts, chance)
    began = time.monotonic()
    while (gone := time.monotonic() - began) < phase.lasts or plan.coming:
        plan.step(gone, scene)
        scene.keep_up_for(0.02)
    if phase.writer:
        scene.writer.stop()
    scene.note("phase", name=phase.name, at="end")


# The phases ----------------------------------------------------------------------------------


def steady(lasts: float, a_minute: int = STEADY) -> Phase:
    """The usual load and no fault: how late is a reminder when all is well?"""
    return Phase("steady", lasts, (Slot("steady", 1, lasts - 2, _per(lasts, a_minute)),))


def burst(reminders: int, lasts: float = 75.0) -> Phase:
    """Everything due at one instant."""
    return Phase("burst", lasts, (Slot("burst", 5, 0, reminders),))


def kills(lasts: float, every: float, a_minute: int) -> Phase:
    """kill -9 of any process at random times, with a mail server that now and then hangs up after DATA."""
    return Phase(
        "kills", lasts, (Slot("kills", 1, lasts - 3, _per(lasts, a_minute)),),
        (At(0, faults.mail("drop", 0.02)), Every(every, faults.kill_one, jitter=0.5), At(lasts - 1, faults.mail("ok"))),
        writer=True,
    )  # fmt: skip


def redis(flushed: float, stopped: float, a_minute: int) -> Phase:
    """Redis forgets everything every five seconds; then it is gone; then it is back."""
    back = flushed + stopped
    lasts = back + 20
    return Phase(
        "redis", lasts, (Slot("redis", 1, lasts - 2, _per(lasts, a_minute)),),
        (Every(5, faults.flush, until=flushed), At(flushed, faults.stop_redis), At(back, faults.start_redis)),
    )  # fmt: skip


def postgres(crashes: int, every: float, a_minute: int) -> Phase:
    """PostgreSQL crashes in the middle of sending and of people's writes."""
    lasts = crashes * every + every
    return Phase(
        "postgres", lasts, (Slot("postgres", 1, lasts - 2, _per(lasts, a_minute)),),
        (Every(every, faults.crash_postgres, until=lasts - every / 2, jitter=0.3),), writer=True,
    )  # fmt: skip


def beats(lasts: float, a_minute: int) -> Phase:
    """As many beats as the scene has, all restarted every seven seconds."""
    return Phase(
        "beats", lasts, (Slot("beats", 1, lasts - 2, _per(lasts, a_minute)),), (Every(7, faults.restart_beats),)
    )


def mail(each: float, a_minute: int) -> Phase:
    """The mail server refuses, stalls, hangs up after DATA, and dies after DATA."""
    lasts = 5 * each
    return Phase(
        "mail", lasts, (Slot("mail", 1, lasts - 2, _per(lasts, a_minute)),),
        (
            At(0, faults.mail_outage("refuse")), At(each, faults.mail_back),
            At(2 * each, faults.mail_outage("stall")), At(3 * each, faults.mail_back),
            At(3 * each, faults.mail("drop", 0.3)), At(4 * each, faults.mail("die", 0.2)), At(lasts, faults.mail("ok")),
        ),
    )  # fmt: skip


def all_killed(lasts: float, a_minute: int) -> Phase:
    """Everything dies at one instant, PostgreSQL and Redis too, and comes back five seconds later."""
    return Phase(
        "all_killed", lasts, (Slot("all_killed", 1, lasts - 2, _per(lasts, a_minute)),),
        (At(8, faults.stop_everything), At(13, faults.start_everything)),
    )  # fmt: skip


def six_hours(reminders: int, fresh_for: float = 20.0) -> Phase:
    """Nothing runs for six hours. What still makes sense comes first, the rest as one digest a person."""
    down, away = 4.0, 6 * HOUR
    back = down + 1 + away
    slots = (
        Slot("six_hours", 1, 2, reminders // 10),
        Slot("six_hours", down + 60, away - 120, reminders),
        Slot("six_hours", back + 8, fresh_for, reminders // 5),
    )
    lasts = down + 1 + 8 + fresh_for + 10
    return Phase(
        "six_hours", lasts, slots, (At(down, faults.stop_everything), At(down + 1, faults.start_at(back))), away
    )


def clock(each: float, a_minute: int) -> Phase:
    """The clock goes an hour and a day back and comes right again; then it goes an hour and a day forward."""
    jumps = (-HOUR, HOUR, -DAY, DAY, HOUR, DAY)
    lasts = each * (len(jumps) + 1)
    return Phase(
        "clock", lasts, (Slot("clock", 1, lasts - 2, _per(lasts, a_minute)),),
        tuple(At(each * (number + 1), faults.jump(by)) for number, by in enumerate(jumps)), sum(jumps),
    )  # fmt: skip


def hold(reminders: int) -> Phase:
    """Headquarters holds everything while the workers are catching up after a stop, and lets go again later."""
    return Phase(
        "hold", 60, (Slot("hold", 2, 20, reminders),),
        (
            At(1, faults.stop_workers), At(25, faults.start_workers), At(25, faults.hold), At(45, faults.lift),
        ),
    )  # fmt: skip


def _per(seconds: float, a_minute: int) -> int:
    return max(int(seconds * a_minute / 60), 1)


# The profiles ----------------------------------------------------------------------------------

SMALL = {"missions": 4, "drafters": 4, "heads": 2, "editors": 2}

PROFILES: dict[str, tuple[Part, ...]] = {
    "smoke": (
        Part(
            "smoke",
            (steady(10), kills(15, 0.8, 900), six_hours(60, fresh_for=8)),
            Crew(workers=2, beats=1),
            SMALL,
        ),
    ),
    "short": (
        Part("calm", (steady(60), burst(10_500)), Crew(workers=3)),
        Part(
            "storm",
            (
                kills(60, 0.8, 1500),
                redis(30, 30, STEADY),
                postgres(10, 4, STEADY),
                beats(30, STEADY),
                mail(10, STEADY),
                all_killed(30, STEADY),
                hold(1000),
                clock(6, STEADY),
                six_hours(400),
            ),
            Crew(workers=2, beats=3),
            {"missions": 20},
        ),
    ),
    "long": (
        Part("calm", (steady(300), burst(10_500)), Crew(workers=3)),
        # A worker takes some seconds to start: killed each second, two cores would do nothing but start them.
        Part("kills", (kills(2600, 2.4, 2000),), Crew(workers=3, beats=2)),
        Part("redis", (redis(600, 1800, STEADY),), Crew(workers=2, beats=3), aside=True),
        Part(
            "rest",
            (
                postgres(210, 4.5, STEADY),
                beats(120, STEADY),
                mail(20, STEADY),
                all_killed(40, STEADY),
                hold(2000),
                clock(10, STEADY),
                six_hours(1000),
            ),
            Crew(workers=2, beats=3),
            {"missions": 20},
            aside=True,
        ),
    ),
}


# SQLite has one writer, and its clock is the machine's: workers are killed, and nothing else.
ONE = Crew(workers=1)
EMBEDDED: dict[str, tuple[Part, ...]] = {
    "smoke": (Part("embedded", (kills(20, 2.0, 300),), ONE, SMALL),),
    "short": (Part("embedded", (kills(120, 2.5, STEADY),), ONE, SMALL),),
    "long": (Part("embedded", (kills(900, 2.5, STEADY),), ONE, SMALL | {"missions": 20}),),
}


def parts(profile: str, only: Sequence[str] = (), *, embedded: bool = False) -> tuple[Part, ...]:
    """The scenes of a profile; those that are left when only these phases are wanted.

    Raises ValueError for a phase that the profile does not have.
    """
    wanted = (EMBEDDED if embedded else PROFILES)[profile]
    known = {phase.name for part in wanted for phase in part.phases}
    if unknown := sorted(set(only) - known):
        raise ValueError(f"{profile} has no {', '.join(unknown)}; it has {', '.join(sorted(known))}")
    if not only:
        return wanted
    return tuple(part for part in (part.only(only) for part in wanted) if part.phases)
