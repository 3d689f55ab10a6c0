"""The world of a drill: PostgreSQL and Redis, and the words that start the product on them.

A run has one world and plays scenes in it (`drill/scene.py`), each with a database of its own, copied from one that
`manage.py prepare` has filled.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from drill.processes import HOST, MARK, Service, free_port
from drill.servers import Postgres, Redis, Sqlite

ROOT = Path(__file__).resolve().parent.parent
# What the environment of whoever starts the drill may hold and the product's own must not: all that it can be told.
FOREIGN = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
CELERY = ("-m", "celery", "-A")


@dataclass(frozen=True)
class Crew:
    """How many of what a scene runs with; `processes` are those of each worker."""

    workers: int = 2
    processes: int = 2
    beats: int = 1


class World:
    """What production has: one cluster, one Redis, one folder, for the whole run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("log", "tmp", "data"):
            (folder / name).mkdir(mode=0o711, parents=True, exist_ok=True)
        inherited = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        self.environment = {**inherited, MARK: str(folder), "TMPDIR": str(folder / "tmp"), "PYTHONUNBUFFERED": "1"}
        self.web_port, self.mail_port = free_port(), free_port()
        self.base = f"http://{HOST}:{self.web_port}"
        self.key = secrets.token_urlsafe(60)
        self.database: Postgres | Sqlite = self._database()
        self.redis = Redis(folder, self.environment, folder / "log" / "redis.log")

    def _database(self) -> Postgres | Sqlite:
        return Postgres(self.folder, self.environment, self.folder / "log" / "postgres.log")

    @property
    def servers(self) -> list[Service]:
        """What the product stands on, in the order in which it starts."""
        return [*self.database.servers, self.redis.service]

    def open(self) -> None:
        """Start the servers, and let the product make its tables once."""
        self.database.create()
        for server in self.servers:
            if server.pid is None:
                server.start()
        self.run("manage.py", "prepare", database=self.database.TEMPLATE)

    def close(self) -> None:
        """Stop the servers."""
        for server in reversed(self.servers):
            server.stop()

    def product(self, database: str) -> dict[str, str]:
        """The environment of the product, as production would have it, but without TLS."""
        return self._anywhere() | {
            "DATABASE_URL": self.database.url(database),
            "REDIS_URL": self.redis.url,
            "PRODUCTION": "1",
            "PLAIN_HTTP": "1",
            "ALLOWED_HOSTS": HOST,
            "NUM_PROXIES": "0",
            "WEB_CONCURRENCY": "1",
        }

    def _anywhere(self) -> dict[str, str]:
        return self.environment | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATA_DIR": str(self.folder / "data"),
            "SECRET_KEY": self.key,
            "BASE_URL": self.base,
            "BIND": f"{HOST}:{self.web_port}",
            "API_CALLS_PER_MINUTE": "100000",
            "LOG_LEVEL": "WARNING",
            "EMAIL_HOST": HOST,
            "EMAIL_PORT": str(self.mail_port),
            "EMAIL_USE_TLS": "0",
        }

    def commands(self, crew: Crew, folder: Path, app: str) -> dict[str, tuple[str, ...]]:
        """The processes of the product by name, and how python starts each. `app` is the Celery application."""
        named: dict[str, tuple[str, ...]] = {"web": ("manage.py", "start_web"), "watch": ("manage.py", "watch")}
        for number in range(1, crew.workers + 1):
            size = ("--concurrency", str(crew.processes), "-n", f"worker-{number}@drill")
            named[f"worker-{number}"] = (*CELERY, app, "worker", *size, "-l", "WARNING")
        for number in range(1, crew.beats + 1):
            schedule = ("--pidfile=", "-s", str(folder / f"beat-{number}"))
            named[f"beat-{number}"] = (*CELERY, app, "beat", "-l", "WARNING", *schedule)
        return named

    def run(self, *command: str, database: str, **environment: str) -> str:
        """Run a program of the product to its end; its output. Raises RuntimeError with the end of what it said."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT, env=self.product(database) | environment, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed: {done.stderr[-2000:]}")
        return done.stdout


class EmbeddedWorld(World):
    """What `scripts/up` has: a file as database, a folder as queue, and beat as a part of the one worker."""

    def _database(self) -> Sqlite:
        return Sqlite(self.folder / "data" / "selaras.sqlite3")

    @property
    def servers(self) -> list[Service]:
        """None."""
        return []

    def product(self, database: str) -> dict[str, str]:
        """The environment of the product, as `scripts/up` makes it."""
        return self._anywhere()

    def commands(self, crew: Crew, folder: Path, app: str) -> dict[str, tuple[str, ...]]:
        """The processes that `scripts/up` starts."""
        return {
            "web": ("-m", "gunicorn", "-c", "python:config.gunicorn", "config.wsgi"),
            "watch": ("manage.py", "watch"),
            "worker": (*CELERY, app, "worker", "-P", "threads", "-c", "4", "-B", "-l", "WARNING"),
        }
