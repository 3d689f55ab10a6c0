"""A scene: one database with its load, the processes of the product on it, and what the verdict will read of it."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from drill import sink
from drill.arrivals import ALARMS
from drill.plan import Slot, Spec
from drill.processes import Service
from drill.servers import AWAY
from drill.world import ROOT, Crew, World

# The processes come up while the scene's clock shows this long before its T0; it is then set to shortly before.
EARLY, LEAD = 60.0, 2.0
SECONDS_TO_READY = 90.0
# What nobody has touched for longer than a mail may take (10 s) is in nobody's hands any more.
STUCK_AFTER, PAST_THE_LEASE = 12.0, 70.0

# What is due and not done with, and whether it waits for the end of a lease or of a pause between attempts.
OPEN = """
SELECT id, state, attempts, COALESCE(lease_until > {now}, FALSE) FROM calendar_app_reminder
WHERE due_at <= {now}
  AND (state IN ('pending', 'claimed', 'sending') OR (state = 'uncertain' AND lease_until IS NOT NULL))
ORDER BY id
"""
# When each notice was really there, in seconds since 1970 by the real clock.
NOTICES = "SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM calendar_app_notification"
ALL_BACK = ("all", "end")


@dataclass
class Scene:
    """One database with its load, and the processes that work on it."""

    world: World
    name: str
    slots: tuple[Slot, ...]
    crew: Crew
    size: dict[str, int]
    seed: int
    say: Callable[[str], None]
    # what is taken out of the engine, for a test of the drill itself
    without: str = ""
    services: dict[str, Service] = field(default_factory=dict)
    offset: float = 0.0
    # drill time at which the load begins, in seconds since 1970
    t0: float = 0.0
    # where on the scene's clock the phase that is played began, in seconds after T0
    begins: float = 0.0
    # the hold that is in force
    hold: int | None = None

    def __post_init__(self) -> None:
        self.folder = self.world.folder / self.name
        self.folder.mkdir(mode=0o711)
        self.database = self.world.database
        self.schema = f"scene_{self.name}"
        self.environment = self.world.product(self.schema)
        self.writer = self._service(
            "writer", "-m", "drill.writer", "--folder", str(self.folder), "--base", self.world.base
        )
        # it is asked, and writes down the answer to what it has just sent
        self.writer.last_signal = signal.SIGTERM

    # Beginning and end --------------------------------------------------------------------

    def open(self) -> None:
        """Fill the database, start everything, and come back shortly before T0."""
        self.database.copy(self.schema)
        rows = sum(slot.reminders for slot in self.slots)
        self.t0 = float(int(time.time() + self.database.ahead(rows)))
        spec = Spec(
            folder=str(self.folder),
            t0=datetime.fromtimestamp(self.t0, UTC),
            seed=self.seed,
            slots=self.slots,
            **self.size,
        )
        path = self.folder / "spec.json"
        path.write_text(json.dumps(spec.as_json()))
        self.say(f"{self.name}: seeding")
        made = json.loads(self.world.run("-m", "drill.seed", str(path), database=self.schema).splitlines()[-1])
        self.say(f"{self.name}: {made}")
        if self.without:
            command = ("-m", "drill.sabotage", str(self.folder))
            self.world.run(*command, database=self.schema, DRILL_WITHOUT=self.without)
        self.database.settle()
        self._cast()
        self.shift_to(self.t0 - EARLY)
        self.note("sending", at="begin")
        self.start_all()
        self.wait_until_ready()
        self.shift_to(self.t0 - LEAD)

    def close(self) -> None:
        """Stop the product; the database stays for the verdict."""
        self.note("sending", at="end")
        self.writer.stop()
        for service in self.services.values():
            service.stop()

    def _cast(self) -> None:
        """The mail server and the processes of the product. Names are those of the events and of the logs."""
        self.services["sink"] = self._service("sink", "-m", "drill.sink", str(self.folder), str(self.world.mail_port))
        app = "drill.sabotaged" if self.without else "config.celery"
        for name, command in self.world.commands(self.crew, self.folder, app).items():
            # with something taken out of the workers, the watcher must not do it well in their place
            if not (self.without and name == "watch"):
                self.services[name] = self._service(name, *command)

    def _service(self, name: str, *command: str) -> Service:
        return Service(
            name=name,
            command=[sys.executable, *command],
            environment=self.environment | {"DRILL_WITHOUT": self.without},
            log=self.world.folder / "log" / f"{self.name}-{name}.log",
            cwd=ROOT,
        )

    # Processes ------------------------------------------------------------------------------

    def everything(self) -> list[Service]:
        """The servers and the product."""
        return [*self.world.servers, *self.services.values()]

    def keep_up(self) -> None:
        """Start again what has ended."""
        for service in self.everything():
            service.keep_up()

    def keep_up_for(self, seconds: float) -> None:
        """Let time pass, with everything running that should."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.keep_up()
            time.sleep(0.02)

    def start_all(self) -> None:
        """Start what does not run: the servers first."""
        for service in self.everything():
            if service.pid is None:
                service.start()

    def wait_until_ready(self) -> None:
        """Until web says that a tick has gone through the queue."""
        deadline = time.monotonic() + SECONDS_TO_READY
        while not self.ready():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name}: not ready within {SECONDS_TO_READY:.0f} s; see the logs")
            self.keep_up_for(0.2)

    def ready(self) -> bool:
        """Does /readyz answer 200?"""
        try:
            with urllib.request.urlopen(f"{self.world.base}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    # Time ------------------------------------------------------------------------------------

    def now(self) -> float:
        """Drill time in seconds since T0."""
        return time.time() + self.offset - self.t0

    def shift_to(self, instant: float) -> None:
        """Let the database's clock show this instant (seconds since 1970)."""
        self.shift(instant - time.time())

    def shift(self, offset: float) -> None:
        """Let the database's clock differ from the real one by so many seconds in all."""
        before = time.time()
        self.offset = self.database.shift(self.schema, offset)
        self.note("clock", offset=self.offset, before=before)

    # What is written down and looked up --------------------------------------------------------

    def note(self, what: str, **facts: Any) -> None:
        """A line in events.jsonl, which the verdict reads."""
        with (self.folder / "events.jsonl").open("a") as events:
            events.write(json.dumps({"t": time.time(), "what": what, **facts}) + "\n")

    def mail(self, mode: str, share: float = 1.0) -> None:
        """How the mail server behaves from now on."""
        new = self.folder / f"{sink.BEHAVIOUR}.new"
        new.write_text(json.dumps({"mode": mode, "share": share}))
        new.rename(self.folder / sink.BEHAVIOUR)
        self.note("sink", mode=mode, share=share)

    def live(self) -> dict[str, Any]:
        """The accounts that the seeder made for us."""
        found: dict[str, Any] = json.loads((self.folder / "fixture.json").read_text())["live"]
        return found

    def call(self, path: str, token: str, **body: Any) -> dict[str, Any]:
        """A POST to the product's API; tried again while nobody answers. Raises HTTPError for a refusal, OSError when
        there is no good answer for too long."""
        request = urllib.request.Request(
            f"{self.world.base}/api/v1/{path}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        deadline = time.monotonic() + SECONDS_TO_READY
        while True:
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    found: dict[str, Any] = json.loads(answer.read())
                    return found
            except OSError as problem:
                refused = isinstance(problem, urllib.error.HTTPError) and problem.code < 500
                if refused or time.monotonic() > deadline:
                    raise
            self.keep_up_for(0.2)

    def open_rows(self) -> list[tuple[Any, ...]]:
        """What is due and not done with; none of it is left when a scene has drained."""
        return self.database.rows(self.schema, OPEN.format(now=self.database.NOW))

    def recoveries(self) -> list[float]:
        """Each time everything had been down: after how many seconds the first message was out."""
        events = self._recorded("events.jsonl")
        back = [event["t"] for event in events if event["what"] == "outage" and (event["of"], event["at"]) == ALL_BACK]
        if not back:
            return []
        letters = self._recorded(sink.LETTERS)
        # that the watcher raises the alarm is no reminder
        out = [letter["t"] for letter in letters if not letter["message_id"].startswith(ALARMS)]
        out += [float(instant) for (instant,) in self.database.rows(self.schema, NOTICES)]
        return [min((at - since for at in out if at > since), default=float("inf")) for since in back]

    def _recorded(self, name: str) -> list[dict[str, Any]]:
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def drain(self, patience: float) -> bool:
        """Let the product finish what is due. Answers whether it did within so many seconds.

        A row that a dead worker holds waits for the end of its lease. Where only such are left, and nothing has moved
        for longer than a mail may take, the clock goes on to that end: it spares a minute, and is no fault.
        """
        deadline = time.monotonic() + patience
        seen: list[tuple[Any, ...]] = []
        since = time.monotonic()
        while time.monotonic() < deadline:
            self.keep_up()
            with contextlib.suppress(*AWAY):
                rows = self.open_rows()
                if not rows:
                    return True
                if rows != seen:
                    seen, since = rows, time.monotonic()
                elif time.monotonic() - since > STUCK_AFTER and all(leased for *_, leased in rows):
                    self.shift(self.offset + PAST_THE_LEASE)
                    since = time.monotonic()
            self.keep_up_for(0.5)
        self.say(f"{self.name}: {len(seen)} rows not drained, such as {seen[:3]}")
        return False
