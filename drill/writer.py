"""Somebody who writes through the API while everything around dies: `python -m drill.writer --folder DIR --base URL`.

Every call is written down in `writes.jsonl` with what was answered, one line after the answer; a call that was not
answered may have happened or not. What was acknowledged must be there in the end (`drill/halves.py`).

Its posts go out weeks after the drill, so that all it causes is news and requests for review.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

WRITES = "writes.jsonl"
TIMEOUT = 15.0
# After a call that was not answered, and after one too many in a minute.
PAUSE, TOO_MANY = 0.5, 5.0
AHEAD_DAYS = 20
OK, CREATED, RATE_LIMITED, SERVER_ERROR = 200, 201, 429, 500
TEXT = {
    "purpose": "Warga tahu cara memperpanjang paspor.",
    "audience": "diaspora",
    "language": "id",
    "themes": ["ekonomi-produk"],
}


@dataclass(frozen=True)
class Answer:
    """What came back; `status` None when nothing did."""

    status: int | None
    body: dict[str, Any]

    @property
    def is_ok(self) -> bool:
        return self.status in (OK, CREATED)


@dataclass
class Api:
    """The API at one address. `stop` ends its patience."""

    base: str
    stop: threading.Event

    def call(self, method: str, path: str, token: str, body: dict[str, Any] | None = None) -> Answer:
        """One call, never repeated."""
        address = urlsplit(self.base)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            connection.request(method, f"/api/v1/{path}", json.dumps(body) if body is not None else None, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            return Answer(None, {})
        finally:
            connection.close()
        try:
            found = json.loads(content)
        except ValueError:
            found = {}
        return Answer(response.status, found if isinstance(found, dict) else {})

    def read(self, post: int, token: str) -> dict[str, Any] | None:
        """The post as it stands, asked for until somebody answers; None when the writer ends before."""
        while not self.stop.is_set():
            answer = self.call("GET", f"posts/{post}/", token)
            if answer.is_ok:
                return answer.body
            self.stop.wait(TOO_MANY if answer.status == RATE_LIMITED else PAUSE)
        return None


@dataclass
class Journal:
    """`writes.jsonl`, a line for each call."""

    path: Path
    count: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, began: float, action: str, post: int | None, answer: Answer) -> None:
        """One whole line, on its way to the disk before the next call."""
        line = {
            "t": began,
            "answered": time.time(),
            "action": action,
            "post": post,
            "status": answer.status,
            "version": answer.body.get("version"),
            "became": answer.body.get("status") if answer.is_ok else None,
        }
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, json.dumps(line).encode() + b"\n")
        finally:
            os.close(handle)
        with self.lock:
            self.count += 1


class Author:
    """One thread of writing: makes posts and leads each through a life drawn by chance."""

    def __init__(self, api: Api, journal: Journal, fixture: dict[str, Any], number: int, wait: float) -> None:
        self.api, self.journal, self.wait = api, journal, wait
        self.chance = random.Random(f"{fixture['seed']}:{number}")
        live = fixture["live"]
        self.missions: list[dict[str, Any]] = live["missions"]
        self.editors: list[str] = live["editors"]
        self.first = datetime.fromisoformat(fixture["t0"]) + timedelta(days=AHEAD_DAYS)
        self.numbers = itertools.count(1)
        self.number = number

    def work(self) -> None:
        """One post after another, until told to stop."""
        while not self.api.stop.is_set():
            self.live(self.chance.choice(LIVES))

    def live(self, steps: Sequence[str]) -> None:
        """Make one post and take it through these steps, as far as they are possible."""
        mission = self.chance.choice(self.missions)
        drafter, editor = mission["drafter"], self.chance.choice(self.editors)
        post = self._create(mission, drafter)
        for step in steps:
            if post is None or self.api.stop.is_set():
                return
            post = self._step(post, step, drafter, editor)

    def _create(self, mission: dict[str, Any], token: str) -> dict[str, Any] | None:
        title = f"Tulis {self.number}.{next(self.numbers)}"
        text = f"{title}: paspor diperpanjang di loket. https://example.go.id/{self.number}"
        body = TEXT | {
            "mission": mission["code"],
            "title": title,
            "scheduled_local": self._time(),
            "variants": [{"network": "x", "text": text}],
        }
        return self._call("create", None, "POST", "posts/", token, body)

    def _time(self) -> str:
        moment = self.first + timedelta(minutes=self.chance.randrange(600))
        return moment.replace(hour=8 + self.chance.randrange(10)).strftime("%Y-%m-%dT%H:%M")

    def moved(self, local: str) -> str:
        """Another time: a day later, which the approval survives, or nine, which it does not."""
        days = self.chance.choice((1, 9))
        return (datetime.fromisoformat(local) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")

    def _step(self, post: dict[str, Any], action: str, drafter: str, editor: str) -> dict[str, Any] | None:
        """Do one step; where it is not possible any more (an earlier one went lost), leave the post."""
        body: dict[str, Any] = {"version": post["version"]}
        more = BODIES.get(action)
        if more is not None:
            body |= more(self, post)
        token = editor if action in BY_EDITOR else drafter
        path = f"posts/{post['id']}/"
        if action == "save":
            return self._call(action, post["id"], "PATCH", path, token, body)
        return self._call(action, post["id"], "POST", f"{path}{action}/", token, body)

    def _call(
        self, action: str, pk: int | None, method: str, path: str, token: str, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        self.api.stop.wait(self.wait * self.chance.uniform(0.5, 1.5))
        if self.api.stop.is_set():
            return None
        began = time.time()
        answer = self.api.call(method, path, token, body)
        self.journal.write(began, action, answer.body.get("id", pk) if answer.is_ok else pk, answer)
        if answer.is_ok:
            return answer.body
        if answer.status == RATE_LIMITED:
            self.api.stop.wait(TOO_MANY)
        elif answer.status is None or answer.status >= SERVER_ERROR:
            self.api.stop.wait(PAUSE)
            # whether it happened: go on from what is there
            return None if pk is None else self.api.read(pk, token)
        return None


# What one post goes through after it was made; a step that does not fit what became of it is refused, and that is all.
LIVES: tuple[tuple[str, ...], ...] = (
    ("submit", "approve"),
    ("submit", "approve", "reschedule"),
    ("submit", "approve", "mark_published"),
    ("submit", "approve", "save", "submit", "approve"),
    ("submit", "approve", "recall", "save", "submit"),
    ("submit", "request_changes", "save", "submit", "approve"),
    ("submit", "decline"),
    ("submit", "withdraw", "save"),
    ("save", "submit", "approve", "cancel"),
)
BY_EDITOR = ("approve", "request_changes", "decline", "recall")
BODIES: dict[str, Callable[[Author, dict[str, Any]], dict[str, Any]]] = {
    "approve": lambda author, post: {
        "content_hash": post["revision"]["content_hash"],
        "primary_theme": "ekonomi-produk",
        "alignment": "strong",
    },
    "save": lambda author, post: {"purpose": f"Warga tahu cara memperpanjang paspor, {next(author.numbers)}."},
    "reschedule": lambda author, post: {"scheduled_local": author.moved(post["scheduled_local"])},
    "mark_published": lambda author, post: {"channels": [{"network": "x"}]},
}
BODIES |= dict.fromkeys(
    ("request_changes", "decline", "recall", "cancel"), lambda author, post: {"comment": "Arahan Pusat."}
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write until SIGTERM; then finish the calls on their way."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--base", required=True)
    parser.add_argument("--rate", type=float, default=5.0, help="calls a second")
    parser.add_argument("--threads", type=int, default=3)
    chosen = parser.parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    fixture = json.loads((chosen.folder / "fixture.json").read_text(encoding="utf-8"))
    api, journal = Api(chosen.base, stop), Journal(chosen.folder / WRITES)
    wait = chosen.threads / chosen.rate
    # a writer that was stopped and started again draws other lives
    first = sum(1 for _line in journal.path.open()) if journal.path.exists() else 0
    authors = [Author(api, journal, fixture, first * 10 + number, wait) for number in range(chosen.threads)]
    threads = [threading.Thread(target=author.work) for author in authors]
    for thread in threads:
        thread.start()
    # a thread that is only waited for would keep the signal from being seen
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.1)
    print(f"writer: {journal.count} calls", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
