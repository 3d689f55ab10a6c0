"""The world of a drill: PostgreSQL, Redis and a mail server, and the product's web, workers, beats and watcher on them.

A run has one cluster and plays scenes in it. Each scene has a database of its own, copied from one that
`manage.py prepare` has filled, and a folder of its own for what the verdict reads.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2

from drill import sink
from drill.plan import Slot, Spec
from drill.processes import HOST, MARK, Service, free_port
from drill.servers import Postgres, Redis

ROOT = Path(__file__).resolve().parent.parent
# What the environment of whoever starts the drill may hold and the product's own must not.
FOREIGN = (
    *("DATABASE_URL", "REDIS_URL", "PRODUCTION", "DEBUG", "DEMO", "DATA_DIR", "STATIC_ROOT", "SECRET_KEY", "BASE_URL"),
    *("ALLOWED_HOSTS", "BIND", "NUM_PROXIES", "GRACE_MINUTES", "DIGEST_FROM", "WEB_CONCURRENCY", "LOG_LEVEL"),
    *("EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "DEFAULT_FROM_EMAIL", "DJANGO_SETTINGS_MODULE"),
)
# The processes come up while the scene's clock shows this long before its T0; it is then set to shortly before.
EARLY, LEAD = 60.0, 2.0
SECONDS_TO_READY = 90.0
# What nobody has touched for longer than a mail may take (10 s) is in nobody's hands any more.
STUCK_AFTER, PAST_THE_LEASE = 12.0, 70.0

OPEN = """
SELECT id, state, attempts FROM calendar_app_reminder
WHERE due_at <= clock_timestamp()
  AND (state IN ('pending', 'claimed', 'sending') OR (state = 'uncertain' AND lease_until IS NOT NULL))
ORDER BY id
"""


@dataclass(frozen=True)
class Crew:
    """How many of what a scene runs with; `processes` are those of each worker."""

    workers: int = 2
    processes: int = 2
    beats: int = 1


class World:
    """One cluster, one Redis, one folder, for the whole run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("log", "tmp", "data"):
            (folder / name).mkdir(mode=0o711, parents=True, exist_ok=True)
        inherited = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        self.environment = {**inherited, MARK: str(folder), "TMPDIR": str(folder / "tmp"), "PYTHONUNBUFFERED": "1"}
        self.postgres = Postgres(folder, self.environment, folder / "log" / "postgres.log")
        self.redis = Redis(folder, self.environment, folder / "log" / "redis.log")
        self.web_port, self.mail_port = free_port(), free_port()
        self.base = f"http://{HOST}:{self.web_port}"
        self.key = secrets.token_urlsafe(60)

    def open(self) -> None:
        """Start the servers, and let the product make its tables once."""
        self.postgres.create()
        self.redis.service.start()
        self.redis.wait()
        self.run("manage.py", "prepare", database=Postgres.TEMPLATE)

    def close(self) -> None:
        """Stop the servers."""
        self.redis.service.stop()
        self.postgres.service.stop()

    def product(self, database: str) -> dict[str, str]:
        """The environment of the product, as production would have it, but without TLS."""
        return self.environment | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": self.postgres.url(database),
            "REDIS_URL": self.redis.url,
            "DATA_DIR": str(self.folder / "data"),
            "SECRET_KEY": self.key,
            "PRODUCTION": "1",
            "PLAIN_HTTP": "1",
            "ALLOWED_HOSTS": HOST,
            "NUM_PROXIES": "0",
            "BASE_URL": self.base,
            "BIND": f"{HOST}:{self.web_port}",
            "WEB_CONCURRENCY": "2",
            "API_CALLS_PER_MINUTE": "100000",
            "LOG_LEVEL": "WARNING",
            "EMAIL_HOST": HOST,
            "EMAIL_PORT": str(self.mail_port),
            "EMAIL_USE_TLS": "0",
        }

    def run(self, *command: str, database: str, **environment: str) -> str:
        """Run a program of the product to its end; its output. Raises RuntimeError with the end of what it said."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT, env=self.product(database) | environment, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed: {done.stderr[-2000:]}")
        return done.stdout


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
    # the hold that is in force
    hold: int | None = None

    def __post_init__(self) -> None:
        self.folder = self.world.folder / self.name
        self.folder.mkdir(mode=0o711)
        self.database = f"scene_{self.name}"
        self.environment = self.world.product(self.database)
        self.writer = self._service(
            "writer", "-m", "drill.writer", "--folder", str(self.folder), "--base", self.world.base
        )
        # it is asked, and writes down the answer to what it has just sent
        self.writer.last_signal = signal.SIGTERM

    # Beginning and end --------------------------------------------------------------------

    def open(self) -> None:
        """Fill the database, start everything, and come back shortly before T0."""
        self.world.postgres.copy(self.database)
        self.t0 = float(int(time.time()) // 60 * 60)
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
        made = json.loads(self.world.run("-m", "drill.seed", str(path), database=self.database).splitlines()[-1])
        self.say(f"{self.name}: {made}")
        if self.without:
            command = ("-m", "drill.sabotage", str(self.folder))
            self.world.run(*command, database=self.database, DRILL_WITHOUT=self.without)
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
        """The processes of the product. Names are those of the events and of the logs."""
        celery = ("-m", "celery", "-A", "drill.sabotaged" if self.without else "config.celery")
        self._add("sink", "-m", "drill.sink", str(self.folder), str(self.world.mail_port))
        self._add("web", "manage.py", "start_web")
        for number in range(1, self.crew.workers + 1):
            size = ("--concurrency", str(self.crew.processes), "-n", f"worker-{number}@drill")
            self._add(f"worker-{number}", *celery, "worker", *size, "-l", "WARNING")
        for number in range(1, self.crew.beats + 1):
            schedule = str(self.folder / f"beat-{number}")
            self._add(f"beat-{number}", *celery, "beat", "-l", "WARNING", "--pidfile=", "-s", schedule)
        if not self.without and (ROOT / "calendar_app" / "management" / "commands" / "watch.py").exists():
            self._add("watch", "manage.py", "watch")

    def _add(self, name: str, *command: str) -> None:
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
        return [self.world.postgres.service, self.world.redis.service, *self.services.values()]

    def keep_up(self) -> None:
        """Start again what has ended."""
        for service in self.everything():
            service.keep_up()

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
            self.keep_up()
            time.sleep(0.2)

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
        self.world.postgres.shift(self.database, offset)
        self.offset = offset
        self.note("clock", offset=offset, before=before)

    # What is written down and looked up --------------------------------------------------------

    def note(self, what: str, **facts: Any) -> None:
        """A line in events.jsonl, which the verdict reads."""
        with (self.folder / "events.jsonl").open("a") as events:
            events.write(json.dumps({"t": time.time(), "what": what, **facts}) + "\n")

    @contextlib.contextmanager
    def outage(self, of: str) -> Iterator[None]:
        """A stretch in which sending cannot be expected."""
        self.note("outage", of=of, at="begin")
        yield
        self.note("outage", of=of, at="end")

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
        """A POST to the product's API; tried again until somebody answers. Raises HTTPError for a refusal."""
        request = urllib.request.Request(
            f"{self.world.base}/api/v1/{path}",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        while True:
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    found: dict[str, Any] = json.loads(answer.read())
                    return found
            except urllib.error.HTTPError as refusal:
                if refusal.code < 500:
                    raise
            except OSError:
                pass
            self.keep_up()
            time.sleep(0.2)

    def open_rows(self) -> list[tuple[Any, ...]]:
        """What is due and not done with; None of it is left when a scene has drained."""
        with self.world.postgres.cursor(self.database) as cursor:
            cursor.execute(OPEN)
            return list(cursor.fetchall())

    def drain(self, patience: float) -> bool:
        """Let the product finish what is due. Answers whether it did within so many seconds.

        A row that a dead worker holds waits for the end of its lease. Where nothing else is left, the clock goes on
        to it: a minute of everybody's time is spared, and nothing is in anybody's hands at that moment.
        """
        deadline = time.monotonic() + patience
        seen: list[tuple[Any, ...]] = []
        since = time.monotonic()
        while time.monotonic() < deadline:
            self.keep_up()
            with contextlib.suppress(psycopg2.OperationalError):
                rows = self.open_rows()
                if not rows:
                    return True
                if rows != seen:
                    seen, since = rows, time.monotonic()
                elif time.monotonic() - since > STUCK_AFTER:
                    self.shift(self.offset + PAST_THE_LEASE)
                    since = time.monotonic()
            time.sleep(0.5)
        self.say(f"{self.name}: {len(seen)} rows not drained, such as {seen[:3]}")
        return False
