"""`scripts/up` as people start it: a process, a folder of its own, and signals."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UP = [sys.executable, str(ROOT / "scripts" / "up")]

# how the command line of the watcher ends
WATCH = b"django\0watch"

pytestmark = pytest.mark.skipif("DATABASE_URL" in os.environ, reason="scripts/up always has its embedded database")


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer(port: int, path: str) -> tuple[int, str]:
    """Status and text; 0 while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def wait_for(process: subprocess.Popen[str], port: int, path: str, seconds: float) -> str:
    """The text at the path once it answers 200."""
    deadline = time.monotonic() + seconds
    status, text = 0, ""
    while time.monotonic() < deadline and process.poll() is None:
        status, text = answer(port, path)
        if status == 200:
            return text
        time.sleep(0.3)
    process.terminate()
    pytest.fail(f"{path} did not answer 200 within {seconds} s, but {status}: {text}\n{process.communicate()[0]}")


def processes_of(folder: Path) -> list[str]:
    """Command lines of the processes that work with this data folder."""
    mark, found = f"DATA_DIR={folder}".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def start(data: Path, port: int, *options: str) -> subprocess.Popen[str]:
    # What another installation on this machine says must not leak in.
    foreign = {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "ALLOWED_HOSTS": "selaras.example",
        "NUM_PROXIES": "two",
        "PLAIN_HTTP": "perhaps",
        "WEB_CONCURRENCY": "many",
    }
    environment = os.environ | foreign
    return subprocess.Popen(
        [*UP, "--port", str(port), "--data", str(data), *options],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def running(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    process = start(tmp_path / "data", port, "--no-demo")
    yield process
    if process.poll() is None:
        process.terminate()
    process.communicate(timeout=60)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_it_serves_reminds_and_ends_without_leaving_anything(
    running: subprocess.Popen[str], tmp_path: Path, port: int
) -> None:
    data = tmp_path / "data"
    wait_for(running, port, "/healthz", 120)
    ready = json.loads(wait_for(running, port, "/readyz", 60))
    assert ready["ready"] is True
    assert processes_of(data)
    # the watcher has looked at least once
    deadline = time.monotonic() + 30
    while json.loads(answer(port, "/readyz")[1])["watcher"] != "ok" and time.monotonic() < deadline:
        time.sleep(0.5)
    assert json.loads(answer(port, "/readyz")[1])["watcher"] == "ok"
    assert answer(port, "/metrics")[0] == 200
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=40)
    assert running.returncode == 0, said
    assert f"http://127.0.0.1:{port}/" in said
    assert "manage.py create_admin EMAIL" in said
    left_out = [line for line in said.splitlines() if "leaving out of the environment" in line]
    assert len(left_out) == 1
    assert "DATABASE_URL" in left_out[0]
    assert "ALLOWED_HOSTS" in left_out[0]
    assert processes_of(data) == []
    assert (data / "secret-key").stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_a_worker_that_dies_is_started_again_and_pages_stay(
    running: subprocess.Popen[str], tmp_path: Path, port: int
) -> None:
    data = tmp_path / "data"
    wait_for(running, port, "/healthz", 120)
    first = worker_of(running, data)
    os.kill(first, signal.SIGKILL)
    assert worker_of(running, data, but=first) != first
    assert answer(port, "/healthz")[0] == 200
    assert running.poll() is None
    assert json.loads(wait_for(running, port, "/readyz", 60))["ready"] is True
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=40)
    assert running.returncode == 0, said
    assert said.count("The worker process ended with code -9 and is started again.") == 1
    assert processes_of(data) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_a_watcher_that_dies_is_started_again(running: subprocess.Popen[str], tmp_path: Path, port: int) -> None:
    data = tmp_path / "data"
    wait_for(running, port, "/healthz", 120)
    first = child_of(running, data, WATCH)
    os.kill(first, signal.SIGKILL)
    assert child_of(running, data, WATCH, but=first) != first
    assert answer(port, "/healthz")[0] == 200
    running.send_signal(signal.SIGTERM)
    said, _ = running.communicate(timeout=40)
    assert said.count("The watch process ended with code -9 and is started again.") == 1
    assert processes_of(data) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_a_worker_that_keeps_dying_ends_all_of_it_and_says_so(
    running: subprocess.Popen[str], tmp_path: Path, port: int
) -> None:
    data, worker = tmp_path / "data", 0
    wait_for(running, port, "/healthz", 120)
    for _ in range(5):
        worker = worker_of(running, data, but=worker)
        os.kill(worker, signal.SIGKILL)
    said, _ = running.communicate(timeout=40)
    assert running.returncode == 128 + signal.SIGKILL
    assert "The worker process ended 5 times within a minute, last with code -9, so everything stops." in said
    assert processes_of(data) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_when_the_web_process_dies_all_of_it_ends_and_says_so(
    running: subprocess.Popen[str], tmp_path: Path, port: int
) -> None:
    data = tmp_path / "data"
    wait_for(running, port, "/healthz", 120)
    os.kill(child_of(running, data, b"gunicorn"), signal.SIGKILL)
    said, _ = running.communicate(timeout=40)
    assert running.returncode == 128 + signal.SIGKILL
    assert "The web process ended with code -9" in said
    assert processes_of(data) == []


def worker_of(up: subprocess.Popen[str], data: Path, but: int = 0) -> int:
    return child_of(up, data, b"celery", but)


def child_of(up: subprocess.Popen[str], data: Path, word: bytes, but: int = 0) -> int:
    """The process that `scripts/up` itself started and whose command has the word in it, once it is there."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for process in Path("/proc").glob("[0-9]*"):
            if process.name != str(but) and runs(process, data, word) and parent(process) == up.pid:
                return int(process.name)
        time.sleep(0.1)
    pytest.fail(f"no {word.decode()} process")


def runs(process: Path, data: Path, word: bytes) -> bool:
    try:
        in_folder = f"DATA_DIR={data}".encode() in (process / "environ").read_bytes().split(b"\0")
        return in_folder and word in (process / "cmdline").read_bytes()
    except OSError:
        return False


def parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def test_a_port_in_use_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        done = start(tmp_path / "data", number)
        said, _ = done.communicate(timeout=30)
    assert done.returncode == 1
    assert f"Port {number} cannot be used (Address already in use)" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "data" / "selaras.sqlite3").exists()


def test_demo_data_is_never_mixed_into_real_work(tmp_path: Path, port: int) -> None:
    (tmp_path / "kind").write_text("demo")
    done = start(tmp_path, port, "--no-demo")
    said, _ = done.communicate(timeout=30)
    assert done.returncode == 1
    assert "holds demo data" in said
