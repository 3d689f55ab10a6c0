"""Processes that are started again when they end, and that never outlive the drill."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HOST = "127.0.0.1"
# In the environment of every process of a drill, with its folder: how `sweep` knows them.
MARK = "SELARAS_DRILL"
# As a supervisor in production would: not at once, so that a broken start does not take all the time there is.
RESTART_AFTER = 0.5
SECONDS_TO_STOP = 10.0
SECONDS_FOR_POSTGRES = 2.0


@dataclass
class Service:
    """One program that should run. `keep_up()` starts it again when it has ended without being asked."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    cwd: Path
    # PostgreSQL refuses to run as root
    user: str | None = None
    # PostgreSQL told to stop at once takes its shared memory along; killed outright it would leave it.
    last_signal: signal.Signals = signal.SIGKILL
    process: subprocess.Popen[bytes] | None = None
    wanted: bool = False
    ended_at: float | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        """The running process; None when there is none."""
        return self.process.pid if self.process is not None and self.process.poll() is None else None

    def start(self) -> None:
        """Start it in a group of its own, after what is left of the one before is gone."""
        self.clear()
        owner = pwd.getpwnam(self.user) if self.user else None
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent(self.last_signal),
                user=owner and owner.pw_uid,
                group=owner and owner.pw_gid,
                extra_groups=[] if owner else None,
            )
        self.wanted, self.ended_at = True, None

    def keep_up(self) -> None:
        """Start it again some time after it ended by itself or was killed."""
        if not self.wanted or self.pid is not None:
            return
        if self.ended_at is None:
            self.ended_at = time.monotonic()
        elif time.monotonic() - self.ended_at > RESTART_AFTER:
            self.start()

    def children(self) -> list[int]:
        """The processes it has started, oldest first."""
        if self.pid is None:
            return []
        try:
            listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        except OSError:
            return []
        return [int(pid) for pid in listed.split()]

    def kill(self) -> None:
        """End the parent without a word. Its children are left to themselves until the next start, as orphans."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)

    def clear(self) -> None:
        """End what is left of it, children and all, and wait for it."""
        if self.process is None:
            return
        if self.process.poll() is None and self.last_signal is not signal.SIGKILL:
            self.process.send_signal(self.last_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(SECONDS_TO_STOP)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Not wanted any more."""
        self.wanted = False
        self.clear()


def end_with_parent(number: signal.Signals) -> Callable[[], None]:
    """For Popen: the child gets this signal when the thread that started it ends."""

    def ask_for_it() -> None:
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, number)

    return ask_for_it


def free_port() -> int:
    """A port of this machine that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def sweep(folder: Path) -> int:
    """End every process of the drill in this folder, wherever its parents went. Returns how many there were."""
    ended: set[int] = set()
    began = time.monotonic()
    while (left := marked(folder)) and time.monotonic() - began < SECONDS_TO_STOP:
        # at first as PostgreSQL wants to be told, which then takes its shared memory along
        number = signal.SIGQUIT if time.monotonic() - began < SECONDS_FOR_POSTGRES else signal.SIGKILL
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        ended |= left
        time.sleep(0.2)
    return len(ended)


def marked(folder: Path) -> set[int]:
    """The processes, other than this one, that were started with the mark of this folder."""
    wanted = f"{MARK}={folder}".encode()
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        # a process that has just ended, or one of somebody else
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0") and b") Z " not in (entry / "stat").read_bytes():
                found.add(int(entry.name))
    return found
