"""Processes of the drill: started again, told apart, and never left behind."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drill.processes import MARK, Service, marked, sweep
from drill.world import ROOT

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
# A parent with a child in its group, as a Celery worker is one.
FAMILY = [sys.executable, "-c", "import os, time; os.fork(); time.sleep(600)"]


def until(look: Callable[[], object], seconds: float = 15.0) -> bool:
    """Did it come true in time?"""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if look():
            return True
        time.sleep(0.05)
    return False


def service(folder: Path, command: list[str]) -> Service:
    environment = {**os.environ, MARK: str(folder)}
    return Service("some", command, environment, folder / "some.log", folder)


@pytest.fixture(autouse=True)
def nothing_left(tmp_path: Path) -> Iterator[None]:
    yield
    sweep(tmp_path)
    assert not marked(tmp_path)


def test_what_was_killed_is_started_again(tmp_path: Path) -> None:
    some = service(tmp_path, SLEEP)
    some.start()
    first = some.pid
    some.kill()
    assert until(lambda: some.pid is None)

    def again() -> bool:
        some.keep_up()
        return some.pid not in (None, first)

    assert until(again)
    some.stop()


def test_what_was_stopped_stays_away_with_its_children(tmp_path: Path) -> None:
    some = service(tmp_path, FAMILY)
    some.start()
    assert until(lambda: len(some.children()) == 1)
    some.stop()
    some.keep_up()
    assert some.pid is None
    assert until(lambda: not marked(tmp_path))


def test_a_start_ends_the_orphans_of_the_one_before(tmp_path: Path) -> None:
    some = service(tmp_path, FAMILY)
    some.start()
    assert until(lambda: len(some.children()) == 1)
    (orphan,) = some.children()
    some.kill()
    assert orphan in marked(tmp_path)
    some.start()
    assert until(lambda: orphan not in marked(tmp_path))
    some.stop()


def test_sweeping_ends_what_carries_the_mark_and_nothing_else(tmp_path: Path) -> None:
    other = subprocess.Popen(SLEEP)
    some = service(tmp_path, FAMILY)
    some.start()
    assert until(lambda: len(marked(tmp_path)) == 2)
    assert sweep(tmp_path) == 2
    assert other.poll() is None
    other.kill()
    other.wait()
    some.stop()


def test_a_process_ends_with_whoever_started_it(tmp_path: Path) -> None:
    starter = (
        "import sys; from pathlib import Path; sys.path.insert(0, '.');"
        "from tests.drill.test_processes import SLEEP, service;"
        f"service(Path({str(tmp_path)!r}), SLEEP).start(); print('started', flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", starter], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    assert parent.stdout.readline() == "started\n"
    assert len(marked(tmp_path)) == 1
    parent.kill()
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()
    assert until(lambda: not marked(tmp_path))
