"""The world itself: servers that start, a clock that can be shifted, and nothing left when the drill is killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from drill.processes import marked, sweep
from drill.servers import Postgres, programs, redis_server
from drill.world import ROOT, World


def available() -> bool:
    try:
        programs(), redis_server()
    except FileNotFoundError:
        return False
    return True


# Not marked as a test of PostgreSQL: it needs the programs alone, and a server of its own.
pytestmark = pytest.mark.skipif(not available(), reason="needs the programs of PostgreSQL and Redis")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own: PostgreSQL runs as somebody else and has to get through."""
    found = Path(f"/tmp/selaras-drill-test-{os.getpid()}")  # noqa: S108 - a folder of the drill is always there
    found.mkdir(mode=0o711)
    yield found
    sweep(found)
    shutil.rmtree(found, ignore_errors=True)


@pytest.fixture
def postgres(folder: Path) -> Iterator[Postgres]:
    server = World(folder).database
    assert isinstance(server, Postgres)
    server.create()
    server.copy("scene")
    yield server
    server.service.stop()


def test_the_clock_of_a_scene_goes_as_it_is_told_and_what_was_committed_survives_a_crash(postgres: Postgres) -> None:
    def ahead(function: str) -> timedelta:
        ((found,),) = postgres.rows("scene", f"SELECT {function}() - pg_catalog.clock_timestamp()")
        assert isinstance(found, timedelta)
        return found

    assert abs(ahead("clock_timestamp")) < timedelta(seconds=1)
    postgres.shift("scene", 3600)
    for function in ("clock_timestamp", "statement_timestamp"):
        assert abs(ahead(function) - timedelta(hours=1)) < timedelta(seconds=1)
    assert postgres.rows("postgres", "SELECT clock_timestamp() < now() + interval '1 minute'") == [(True,)]

    first = postgres.service.pid
    postgres.crash()
    postgres.wait()
    assert postgres.service.pid != first
    assert abs(ahead("clock_timestamp") - timedelta(hours=1)) < timedelta(seconds=1)


def test_a_drill_that_is_killed_leaves_nothing_behind(tmp_path: Path) -> None:
    drill = subprocess.Popen(
        [sys.executable, "-m", "drill", "--profile", "smoke", "--seed", "1"],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert drill.stderr is not None
    folder = Path(drill.stderr.readline().rsplit(" in ", 1)[1].strip())
    deadline = time.monotonic() + 60
    while len(marked(folder)) < 3 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert folder.exists()
    os.kill(drill.pid, signal.SIGKILL)
    drill.wait()
    drill.stderr.close()
    while (folder.exists() or marked(folder)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not marked(folder)
    assert not folder.exists()
