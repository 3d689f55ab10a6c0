"""What goes wrong, and when. A fault is an action at a time of its phase, or again and again."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from drill.processes import Service
from drill.scene import Scene

Action = Callable[[Scene, random.Random], None]
BETWEEN_CRASHES = 2.0
# Rather often a process in the middle of sending; the name of a service without its number → weight.
TARGETS: dict[str, float] = {
    "worker child": 6,
    "worker": 2,
    "beat": 1,
    "web": 0.5,
    "web child": 0.5,
    "watch": 1,
    "sink": 1,
}


@dataclass(frozen=True)
class At:
    """Once, so many real seconds after the phase began."""

    seconds: float
    do: Action

    def times(self, lasts: float, chance: random.Random) -> list[float]:
        return [self.seconds]


@dataclass(frozen=True)
class Every:
    """Again and again between two seconds of the phase, each time up to `jitter` (a share) sooner or later."""

    seconds: float
    do: Action
    since: float = 0.0
    until: float | None = None
    jitter: float = 0.0

    def times(self, lasts: float, chance: random.Random) -> list[float]:
        found, at = [], self.since + self.seconds
        while at < min(self.until or lasts, lasts):
            found.append(at)
            at += self.seconds * (1 + chance.uniform(-self.jitter, self.jitter))
        return found


@dataclass
class Plan:
    """The faults of a phase in the order of their times. The same seed gives the same plan."""

    chance: random.Random
    coming: list[tuple[float, Action]] = field(default_factory=list)

    @classmethod
    def of(cls, faults: Sequence[At | Every], lasts: float, chance: random.Random) -> Plan:
        coming = [(at, fault.do) for fault in faults for at in fault.times(lasts, chance)]
        return cls(chance, sorted(coming, key=lambda entry: entry[0]))

    def step(self, gone: float, scene: Scene) -> None:
        """Do what is to be done by now."""
        while self.coming and self.coming[0][0] <= gone:
            _at, do = self.coming.pop(0)
            do(scene, self.chance)


# Processes ---------------------------------------------------------------------------------


def kill_one(scene: Scene, chance: random.Random) -> None:
    """kill -9 of any process of the product, or of the mail server."""
    kill_some(scene, chance, TARGETS)


def kill_some(scene: Scene, chance: random.Random, targets: dict[str, float]) -> None:
    """kill -9 of one of these, by weight. A parent dies alone; what it leaves behind ends when it is restarted."""
    for _ in range(10):
        kind = chance.choices(list(targets), weights=list(targets.values()))[0]
        of, child = kind.split()[0], kind.endswith(" child")
        running = [service for name, service in scene.services.items() if name.split("-")[0] == of and service.pid]
        if not running:
            continue
        service = chance.choice(running)
        pids = service.children() if child else [service.pid]
        if not pids:
            continue
        pid = chance.choice(pids)
        assert pid is not None
        scene.note("kill", of=of, name=service.name, part="child" if child else "parent", pid=pid)
        # it may just be ending by itself
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return


def restart_beats(scene: Scene, chance: random.Random) -> None:
    """Kill every beat and start it again at once."""
    for name, service in scene.services.items():
        if name.startswith("beat"):
            scene.note("kill", of="beat", name=name, part="parent", pid=service.pid)
            service.kill()
            service.start()


def stop_everything(scene: Scene, chance: random.Random) -> None:
    """Kill all there is at one instant, servers and all, and leave it dead."""
    scene.note("outage", of="all", at="begin")
    everything = scene.everything()
    for service in everything:
        service.wanted = False
        if service.pid is not None and service.last_signal is signal.SIGKILL:
            scene.note("kill", of=service.name.split("-")[0], name=service.name, part="parent", pid=service.pid)
            service.kill()
    for service in everything:
        service.stop()


def start_everything(scene: Scene, chance: random.Random) -> None:
    """Power is back: everything starts at the same moment, and the product has to wait for its servers."""
    scene.start_all()
    scene.note("outage", of="all", at="end")


def stop_workers(scene: Scene, chance: random.Random) -> None:
    """Nobody sends any more; the pages go on."""
    scene.note("outage", of="workers", at="begin")
    for service in _senders(scene):
        service.stop()


def start_workers(scene: Scene, chance: random.Random) -> None:
    """They are back, and have to catch up."""
    for service in _senders(scene):
        service.start()
    scene.note("outage", of="workers", at="end")


def _senders(scene: Scene) -> list[Service]:
    return [service for name, service in scene.services.items() if name.startswith(("worker", "watch"))]


# Servers -----------------------------------------------------------------------------------


def flush(scene: Scene, chance: random.Random) -> None:
    """Redis forgets everything."""
    scene.world.redis.flush()
    scene.note("flush")


def stop_redis(scene: Scene, chance: random.Random) -> None:
    """Redis goes and stays away."""
    scene.note("outage", of="redis", at="begin")
    scene.world.redis.service.stop()


def start_redis(scene: Scene, chance: random.Random) -> None:
    """Redis is back, empty."""
    scene.world.redis.service.start()
    scene.note("outage", of="redis", at="end")


def crash_postgres(scene: Scene, chance: random.Random) -> None:
    """PostgreSQL stops at once, with everything open torn off, and recovers."""
    scene.note("outage", of="postgres", at="begin")
    scene.database.crash()
    time.sleep(0.1)
    scene.database.wait()
    scene.note("outage", of="postgres", at="end")
    # however long it took: something has to go on before the next crash
    scene.keep_up_for(BETWEEN_CRASHES)


def mail(mode: str, share: float = 1.0) -> Action:
    """The mail server behaves in this way from now on (`drill/sink.py`)."""

    def change(scene: Scene, chance: random.Random) -> None:
        scene.mail(mode, share)

    return change


def mail_outage(mode: str) -> Action:
    """As `mail`, for a way of behaving with which no letter gets through."""

    def change(scene: Scene, chance: random.Random) -> None:
        scene.note("outage", of="mail", at="begin")
        scene.mail(mode)

    return change


def mail_back(scene: Scene, chance: random.Random) -> None:
    """The mail server is well again."""
    scene.mail("ok")
    scene.note("outage", of="mail", at="end")


# Time and holds ------------------------------------------------------------------------------


def jump(seconds: float) -> Action:
    """The clock of the database goes forward (or back) all of a sudden."""

    def change(scene: Scene, chance: random.Random) -> None:
        scene.database.wait()
        scene.shift(scene.offset + seconds)

    return change


def start_at(seconds: float) -> Action:
    """Power is back when the clock shows so many seconds of the phase. PostgreSQL comes first: the clock is in it."""

    def change(scene: Scene, chance: random.Random) -> None:
        scene.database.start()
        scene.shift_to(scene.t0 + scene.begins + seconds)
        start_everything(scene, chance)

    return change


def hold(scene: Scene, chance: random.Random) -> None:
    """Headquarters holds everything, as soon as the workers have begun to catch up."""
    before = len(scene.open_rows())
    while len(scene.open_rows()) >= before:
        scene.keep_up_for(0.05)
    made = scene.call("holds/", scene.live()["admin"], scope="all", reason="Latihan: semua unggahan ditahan.")
    scene.hold = made["id"]
    scene.note("hold", at="begin", scope="all", id=scene.hold)


def lift(scene: Scene, chance: random.Random) -> None:
    """And lets go again."""
    scene.note("hold", at="end", scope="all", id=scene.hold)
    scene.call(f"holds/{scene.hold}/lift/", scene.live()["admin"])
