"""PostgreSQL and Redis of the drill's own, on ports of their own, in its folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import redis

from drill.processes import HOST, Service, free_port

SECONDS_TO_START = 30.0
# What asking a database raises while it cannot be asked.
AWAY: tuple[type[Exception], ...] = (psycopg2.OperationalError, sqlite3.OperationalError)
# Who runs PostgreSQL when we are root, which it refuses to be.
POSTGRES_USER = "postgres"
POSTGRES_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "256MB",
    # The verdict asks when a notice was really committed, whatever the product wrote about itself.
    "track_commit_timestamp": "on",
    "log_min_messages": "fatal",
}
# The product asks `clock_timestamp()` and `statement_timestamp()`. In front of the real ones on the search path, these
# add what stands in the table; nothing in the product knows of it.
CLOCK = """
CREATE SCHEMA drill;
CREATE TABLE drill.shift (seconds double precision NOT NULL);
INSERT INTO drill.shift VALUES (0);
CREATE FUNCTION drill.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    'SELECT pg_catalog.clock_timestamp() + make_interval(secs => seconds) FROM drill.shift';
CREATE FUNCTION drill.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS
    'SELECT pg_catalog.statement_timestamp() + make_interval(secs => seconds) FROM drill.shift';
"""


class Postgres:
    """A cluster with one database for each scene, all copies of one that the product has prepared."""

    TEMPLATE = "prepared"
    NOW = "clock_timestamp()"

    def __init__(self, folder: Path, environment: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.data = folder / "postgres"
        self.programs = programs()
        self.user = POSTGRES_USER if os.geteuid() == 0 else None
        self.environment = environment
        options = [word for name, value in POSTGRES_SETTINGS.items() for word in ("-c", f"{name}={value}")]
        self.service = Service(
            name="postgres",
            command=[str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port), *options],
            environment=environment,
            log=log,
            cwd=folder,
            user=self.user,
            last_signal=signal.SIGQUIT,
        )
        self.servers: tuple[Service, ...] = (self.service,)

    def create(self) -> None:
        """Make the cluster and start it."""
        self.data.mkdir(mode=0o700)
        if self.user:
            shutil.chown(self.data, self.user)
        initdb = [self.programs / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        subprocess.run(
            [*map(str, initdb), "--locale=C.UTF-8", "--no-sync"],
            check=True, user=self.user, env=self.environment, cwd="/", stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self.start()
        self.execute("postgres", f"CREATE DATABASE {self.TEMPLATE}")

    def start(self) -> None:
        """Start the server if it is not there, and wait until it answers."""
        if self.service.pid is None:
            self.service.start()
        self.wait()

    def url(self, database: str) -> str:
        return f"postgres://postgres@{HOST}:{self.port}/{database}"

    def copy(self, database: str) -> None:
        """A database for a scene, whose clock can be shifted."""
        self.execute("postgres", f"CREATE DATABASE {database} TEMPLATE {self.TEMPLATE}")
        self.execute(database, CLOCK)
        self.execute("postgres", f"ALTER DATABASE {database} SET search_path = drill, public, pg_catalog")

    def drop(self, database: str) -> None:
        """The scene has been judged: a recovery has so many files less to look at."""
        self.execute("postgres", f"DROP DATABASE {database} WITH (FORCE)")

    def ahead(self, rows: int) -> float:
        """How long before T0 such a load has to be begun: the clock is set when everything is there."""
        return 0.0

    def shift(self, database: str, seconds: float) -> float:
        """Let the clock of this database go before (or behind) the real one by so much. Returns by how much it does."""
        self.execute(database, "UPDATE drill.shift SET seconds = %s", seconds)
        return seconds

    def execute(self, database: str, statement: str, *values: Any) -> None:
        with self.cursor(database) as cursor:
            cursor.execute(statement, values or None)

    def rows(self, database: str, query: str) -> list[tuple[Any, ...]]:
        """What a query answers."""
        with self.cursor(database) as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())

    @contextlib.contextmanager
    def cursor(self, database: str) -> Iterator[Any]:
        connection = psycopg2.connect(self.url(database), connect_timeout=5)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def settle(self) -> None:
        """Write everything out, so that the first recovery has not the whole load to do again."""
        self.execute("postgres", "CHECKPOINT")

    def answers(self) -> bool:
        """Is it up?"""
        try:
            self.execute("postgres", "SELECT 1")
        except psycopg2.OperationalError:
            return False
        return True

    def wait(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + SECONDS_TO_START
        while not self.answers():
            if time.monotonic() > deadline:
                raise TimeoutError(f"PostgreSQL did not start; see {self.service.log}")
            self.service.keep_up()
            time.sleep(0.1)

    def crash(self) -> None:
        """Stop at once without a checkpoint: all that is open is torn off, and the next start has to recover."""
        if self.service.pid is not None:
            os.kill(self.service.pid, signal.SIGQUIT)


class Sqlite:
    """The embedded default: one file, for one scene, and the machine's own clock."""

    TEMPLATE = "selaras"
    NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
    servers: tuple[Service, ...] = ()

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self) -> None:
        """The product makes the file."""

    def start(self) -> None:
        """A file is always there."""

    def wait(self) -> None:
        """A file is always there."""

    def settle(self) -> None:
        """Nothing to do."""

    def crash(self) -> None:
        """There is nothing to crash but those who have the file open."""

    def url(self, database: str) -> str:
        return f"sqlite:///{self.path}"

    def copy(self, database: str) -> None:
        """The scene takes the file itself."""

    def drop(self, database: str) -> None:
        """The file goes with the folder."""

    def ahead(self, rows: int) -> float:
        """How long before T0 such a load has to be begun: the clock cannot be set."""
        return 30.0 + rows / 100

    def shift(self, database: str, seconds: float) -> float:
        """The clock stays as it is."""
        return 0.0

    def rows(self, database: str, query: str) -> list[tuple[Any, ...]]:
        """What a query answers."""
        with contextlib.closing(sqlite3.connect(self.path, timeout=20)) as connection:
            return list(connection.execute(query).fetchall())


class Redis:
    """A server that keeps nothing."""

    def __init__(self, folder: Path, environment: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.url = f"redis://{HOST}:{self.port}/0"
        nothing_kept = ["--save", "", "--appendonly", "no", "--set-proc-title", "no"]
        self.service = Service(
            name="redis",
            command=[
                shutil.which("redis-server") or "redis-server",
                "--bind",
                HOST,
                "--port",
                str(self.port),
                "--dir",
                str(folder),
                *nothing_kept,
            ],
            environment=environment,
            log=log,
            cwd=folder,
        )

    def wait(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + SECONDS_TO_START
        while not self.answers():
            if time.monotonic() > deadline:
                raise TimeoutError(f"Redis did not start; see {self.service.log}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Is it up?"""
        with contextlib.suppress(redis.RedisError), self._client() as client:
            client.ping()
            return True
        return False

    def flush(self) -> None:
        """Forget everything. Nothing happens while it is down."""
        with contextlib.suppress(redis.RedisError), self._client() as client:
            client.flushall()

    def _client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=2)


def redis_server() -> str:
    """Where its program is. Raises FileNotFoundError."""
    found = shutil.which("redis-server")
    if found is None:
        raise FileNotFoundError("redis-server is not installed")
    return found


def programs() -> Path:
    """Where initdb and postgres are: Debian keeps them off the PATH, one folder for each version.

    Raises FileNotFoundError.
    """
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not found:
        raise FileNotFoundError("PostgreSQL's server programs (initdb, postgres) are not installed")
    return max(found, key=lambda path: float(path.parent.name))
