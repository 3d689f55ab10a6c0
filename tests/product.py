"""The real product on a throw-away folder, for tests in the browser and over HTTP: web, worker, beat and watcher as
processes of their own, with the cast of `tests/cast.py`. Nothing of Django runs in the test itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import email
import email.policy
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
# What the environment of the tests may hold and the product's own must not.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "PRODUCTION", "DEBUG", "DEMO", "EMAIL_HOST", "STATIC_ROOT", "ALLOWED_HOSTS")
# A machine with two busy cores takes its time.
SECONDS_TO_ANSWER, SECONDS_TO_STOP = 60.0, 15.0

WORKER = ("celery", "-A", "config.celery", "worker", "-l", "WARNING")
BEAT = ("celery", "-A", "config.celery", "beat", "-l", "WARNING", "--pidfile=")
WATCH = ("django", "watch")

T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_for(look: Callable[[], T | None], what: str, seconds: float = SECONDS_TO_ANSWER) -> T:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what}: not within {seconds:.0f} s")


@dataclass
class Person:
    """How a member of the cast gets in: the cookie of a session, and a token of the API."""

    email: str
    session: str
    token: str


@dataclass
class Answer:
    """What the API answered."""

    status: int
    body: Any


@dataclass
class Caller:
    """A program that works for one person over HTTP."""

    port: int
    token: str

    def call(self, method: str, path: str, **body: Any) -> Answer:
        """Any status is an answer; what is not JSON is answered as text."""
        request = urllib.request.Request(
            f"http://{HOST}:{self.port}/api/v1/{path}",
            method=method,
            data=json.dumps(body).encode() if body else None,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - our own address
                return Answer(response.status, _json(response.read()))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _json(error.read()))

    def get(self, path: str) -> Any:
        return self._well("GET", path)

    def post(self, path: str, **body: Any) -> Any:
        """The body of the answer; anything but success is a failure of the test."""
        return self._well("POST", path, **body)

    def _well(self, method: str, path: str, **body: Any) -> Any:
        answer = self.call(method, path, **body)
        assert 200 <= answer.status < 300, f"{method} {path}: {answer.status} {answer.body}"
        return answer.body


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode(errors="replace")


@dataclass
class Product:
    """One installation. `settings` go into the environment of each of its processes."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.port = free_port()
        self.address = f"http://{HOST}:{self.port}"
        (self.folder / "tmp").mkdir(parents=True)
        self.environment = {name: value for name, value in os.environ.items() if name not in FOREIGN} | {
            "DATA_DIR": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": secrets.token_urlsafe(60),
            "BASE_URL": self.address,
            "BIND": f"{HOST}:{self.port}",
            "TMPDIR": str(self.folder / "tmp"),
            "PYTHONUNBUFFERED": "1",
        }
        self.environment |= self.settings

    # Making and ending ---------------------------------------------------------------------

    def prepare(self) -> None:
        """Tables, reference data, static files with their manifest, and the cast."""
        self._run("manage.py", "prepare")
        found = json.loads(self._run("-m", "tests.product"))
        self.people = {key: Person(**values) for key, values in found.items()}

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{command}: {done.stderr[-3000:]}"
        return done.stdout

    def start(self, name: str, *command: str) -> None:
        """Start a module in a group of its own, writing into its log."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )

    def start_web(self) -> None:
        self.start("web", "gunicorn", "-c", "python:config.gunicorn", "config.wsgi")

    def wait_until_ready(self) -> None:
        """Web answers, and beat's first message went through the broker to a worker that looked at the table."""

        def ready() -> bool:
            ended = [name for name, process in self.running.items() if process.poll() is not None]
            assert not ended, f"{ended} ended: {self.log(ended[0])[-3000:]}"
            try:
                with urllib.request.urlopen(f"http://{HOST}:{self.port}/readyz", timeout=10) as response:
                    return bool(response.status == 200)
            except OSError:
                return False

        wait_for(ready, "readyz")

    def kill(self, name: str) -> None:
        """End a process and its children without a word, as a power cut would."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Ask everything to end, wait, and leave nothing behind."""
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + SECONDS_TO_STOP
        for process in self.running.values():
            while process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.1)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.running.clear()

    # Looking ---------------------------------------------------------------------------------

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def api(self, key: str) -> Caller:
        return Caller(self.port, self.people[key].token)

    def mails(self, key: str) -> list[EmailMessage]:
        """The mails to one of the cast that lie in the folder, oldest first."""
        found = []
        for path in sorted((self.folder / "mail").glob("*.log")):
            for part in re.split(rb"\n-{79}\n", path.read_bytes()):
                letter = email.message_from_bytes(part, policy=email.policy.default)
                if isinstance(letter, EmailMessage) and letter["To"] == self.people[key].email:
                    found.append(letter)
        return found


def text_of(letter: EmailMessage) -> str:
    """The plain text of a mail, as people read it."""
    body = letter.get_body(("plain",))
    return str(body.get_content()) if body else ""


def end_with_parent() -> None:
    """On Linux: a test run that is killed takes its processes along."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


# In the product's own environment: `python -m tests.product` ----------------------------------


def load_people() -> None:
    """Load the cast, and print a session and a token for each of them."""
    import django

    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.hashers import make_password
    from django.contrib.sessions.backends.db import SessionStore
    from django.test.utils import override_settings

    from calendar_app import clock
    from missions import tokens
    from tests import cast

    # one slow hash for all of them, instead of one each
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        cast.load()
    password = make_password(cast.PASSWORD)
    found = {}
    for key, person in vars(cast.read()).items():
        if key not in cast.PEOPLE:
            continue
        person.password = password
        person.save(update_fields=["password"])
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.create()
        _token, raw = tokens.make(person=person, name="uji", scope="write", days=1, at=clock.now())
        found[key] = {"email": person.email, "session": session.session_key, "token": raw}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    load_people()
