"""The live writer speaks the API as it is, goes on when nobody answers, and what it was promised is looked for."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from calendar_app import clock, triggers
from calendar_app.models import Post
from drill import seed
from drill.evidence import lines
from drill.plan import Slot, Spec
from drill.verdict import Verdict, judge_in
from drill.writer import LIVES, WRITES, Answer, Api, Author, Journal
from tests.drill.runs import T0, OpenDatabase

START = datetime.fromtimestamp(T0, UTC)


class NearApi(Api):
    """The product in this process. Of so many calls one is not answered, after it was done or instead."""

    def __init__(self, silent: int = 0) -> None:
        super().__init__("http://testserver", threading.Event())
        self.client, self.silent, self.calls = Client(), silent, 0

    def call(self, method: str, path: str, token: str, body: dict[str, Any] | None = None) -> Answer:
        self.calls += 1
        strikes = self.silent and self.calls % self.silent == 0
        if strikes and self.calls % 2:
            return Answer(None, {})
        response = self.client.generic(
            method, f"/api/v1/{path}", json.dumps(body or {}), "application/json",
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        return Answer(None, {}) if strikes else Answer(response.status_code, response.json())


@pytest.fixture
def folder(db: None, tmp_path: Path) -> Path:
    slots = (Slot("near", 10, 5, 20),)
    seed.seed(
        Spec(
            folder=str(tmp_path),
            t0=START,
            seed=1,
            slots=slots,
            missions=1,
            drafters=2,
            heads=1,
            editors=2,
            live_missions=1,
            processes=1,
        )
    )
    events = (
        {"t": T0 - 10, "what": "clock", "offset": 0.0},
        {"t": T0 - 5, "what": "sending", "at": "begin"},
        {"t": T0 + 5, "what": "sending", "at": "end"},
    )
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    return tmp_path


def write(folder: Path, api: NearApi, *lives: Sequence[str]) -> list[dict[str, Any]]:
    """These lives, one after another, at T0. Answers the lines of the journal."""
    fixture = json.loads((folder / "fixture.json").read_text())
    author = Author(api, Journal(folder / WRITES), fixture, 1, wait=0)
    with clock.fixed(START):
        for life in lives:
            author.live(life)
    return list(lines(folder / WRITES))


def offences(verdict: Verdict) -> tuple[int, int, int]:
    return verdict.lost_writes, verdict.half_applied, verdict.uncalled


def test_every_step_is_taken_and_found(folder: Path) -> None:
    written = write(folder, NearApi(), *LIVES)
    assert {line["status"] for line in written} == {200, 201}
    assert {line["action"] for line in written} == {"create"} | {step for life in LIVES for step in life}
    verdict = judge_in(folder, OpenDatabase())
    assert offences(verdict) == (0, 0, 0), verdict.details
    assert verdict.writes == len(written)


def test_unanswered_calls_leave_nothing_by_half(folder: Path) -> None:
    written = write(folder, NearApi(silent=5), *LIVES)
    assert {line["status"] for line in written} >= {None, 200, 201}
    verdict = judge_in(folder, OpenDatabase())
    assert offences(verdict) == (0, 0, 0), verdict.details


def test_a_write_that_vanishes_afterwards_is_found(folder: Path) -> None:
    written = write(folder, NearApi(), ("submit", "approve"))
    first = written[0]["post"]
    # as after a crash of a database that had not kept its word
    with triggers.lifted():
        Post.objects.filter(pk=first).update(version=0)
    verdict = judge_in(folder, OpenDatabase())
    assert verdict.lost_writes >= 1
    assert verdict.half_applied >= 1
