"""With a guard taken out of the real engine, the verdict finds what that guard prevents; with all in place, nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from calendar_app.models import Reminder, Way
from calendar_app.queries import holds as hold_queries
from calendar_app.services import claims, holds, outbox
from calendar_app.services.couriers.email import EmailCourier
from drill import sabotage, seed, sink
from drill.plan import Slot, Spec
from drill.verdict import Verdict, judge_in
from missions.models import Person
from tests.drill.runs import T0, OpenDatabase

START = datetime.fromtimestamp(T0, UTC)
LASTS = 140
EVERY = 5


class KilledError(BaseException):
    """kill -9, as far as one process can play it: nothing after it runs."""


class Play:
    """A small world of the real product, ticked second by second; its letters go where the drill's would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events: list[dict[str, Any]] = [
            {"t": T0 - 10, "what": "clock", "offset": 0.0},
            {"t": T0 - 5, "what": "sending", "at": "begin"},
            {"t": T0 - 5, "what": "phase", "at": "begin", "name": "quiet"},
            {"t": T0 + LASTS, "what": "sending", "at": "end"},
        ]
        self.letters: list[dict[str, Any]] = []
        self.held_from: int | None = None

    def hold(self, at: datetime) -> None:
        """Headquarters holds everything, for good."""
        admin = Person.objects.get(email__startswith="admin0")
        made = holds.make(by=admin, at=at, scope="all", reason="Arahan Pusat.")
        self.events.append({"t": at.timestamp(), "what": "hold", "at": "begin", "scope": "all", "id": made.pk})

    def tick(self, at: datetime) -> None:
        """One tick; a worker that is killed in it is written down as such."""
        try:
            outbox.tick(at=at)
        except KilledError:
            self.events.append({"t": at.timestamp() + 0.01, "what": "kill", "of": "worker", "pid": 1})
        for letter in mail.outbox[len(self.letters) :]:
            seen = sink.read(letter.message().as_bytes())
            self.letters.append({"t": at.timestamp(), "outcome": "250", **seen})

    def run(self) -> Verdict:
        """From T0 to the end of the sending, and the verdict."""
        for seconds in range(0, LASTS + 1, EVERY):
            at = START + timedelta(seconds=seconds)
            if seconds == self.held_from:
                self.hold(at)
            self.tick(at)
        for name in ("events", "letters"):
            lines = "".join(json.dumps(line) + "\n" for line in getattr(self, name))
            (self.folder / f"{name}.jsonl").write_text(lines)
        return judge_in(self.folder, OpenDatabase())


@pytest.fixture
def play(db: None, tmp_path: Path) -> Play:
    spec = Spec(
        folder=str(tmp_path), t0=START, seed=1, slots=(Slot("near", 10, 45, 80),),
        missions=3, drafters=3, heads=1, editors=2, live_missions=1, processes=1,
    )  # fmt: skip
    seed.seed(spec)
    mail.outbox.clear()
    return Play(tmp_path)


@pytest.fixture
def without(request: pytest.FixtureRequest) -> Iterator[None]:
    """The engine without the guard that the test names; "" for all of them in place."""
    undo = sabotage.patch(request.param) if request.param else lambda: None
    yield
    undo()


@pytest.fixture
def second_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker does a whole tick between the moment that this one has chosen its mails and its sending them."""
    take, inside = claims.take, []

    def later(run: claims.Tick, taken: Any, now: datetime) -> Any:
        if not inside and Reminder.objects.get(pk=taken[0][0]).way == Way.EMAIL:
            inside.append(run)
            try:
                outbox.tick(at=now)
            finally:
                inside.clear()
        return take(run, taken, now)

    monkeypatch.setattr(claims, "take", later)


@pytest.fixture
def dying_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first worker that has several mails in hand is killed while it hands one of them over."""
    hand_over, killed = EmailCourier.hand_over, []

    def dies(self: EmailCourier, reminder: Reminder, at: datetime) -> Any:
        result = hand_over(self, reminder, at)
        in_hand = Reminder.objects.filter(way="email", state="sending", claimed_by=reminder.claimed_by)
        if not killed and in_hand.count() > 3:
            killed.append(reminder.pk)
            raise KilledError
        return result

    monkeypatch.setattr(EmailCourier, "hand_over", dies)


def test_with_all_guards_nothing_is_wrong(play: Play) -> None:
    verdict = play.run()
    assert verdict.missed == []
    assert verdict.reminders >= 80
    assert max(verdict.latenesses) <= EVERY


@pytest.mark.parametrize("without", [""], indirect=True)
@pytest.mark.usefixtures("without", "second_worker")
def test_second_worker_does_no_harm(play: Play) -> None:
    assert play.run().missed == []


@pytest.mark.parametrize("without", ["claim"], indirect=True)
@pytest.mark.usefixtures("without", "second_worker")
def test_without_the_claim_mails_come_twice(play: Play) -> None:
    verdict = play.run()
    assert verdict.duplicated_email > 20
    assert not verdict.ok


@pytest.mark.parametrize("without", [""], indirect=True)
@pytest.mark.usefixtures("without", "dying_worker")
def test_killed_worker_loses_nothing(play: Play) -> None:
    verdict = play.run()
    assert verdict.missed == []
    assert verdict.repeats == 1
    assert verdict.uncertain >= 1


@pytest.mark.parametrize("without", ["lease"], indirect=True)
@pytest.mark.usefixtures("without", "dying_worker")
def test_without_the_lease_reminders_are_lost(play: Play) -> None:
    verdict = play.run()
    assert verdict.lost >= 1
    assert not verdict.ok


@pytest.mark.postgres
def test_without_the_unique_key_all_comes_twice(play: Play) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: a transaction that changes a table and is taken back after the test")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert sabotage.prepare("unique") > 80
    verdict = play.run()
    assert verdict.duplicated_inapp > 35
    assert verdict.duplicated_email > 30


def test_hold_is_kept(play: Play) -> None:
    play.held_from = 30
    verdict = play.run()
    assert verdict.missed == []
    assert 0 < verdict.withheld < verdict.reminders


def test_engine_that_knows_no_holds_is_found(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold_queries, "in_force", list)
    play.held_from = 30
    assert play.run().sent_under_hold > 0


def test_engine_that_does_not_look_again_is_found(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells somebody who was deactivated after the reminder was made."""
    monkeypatch.setattr(claims, "void_reason", lambda _row: "")
    assert play.run().uncalled > 0


def test_unknown_guard_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sabotage.VARIABLE, "locks")
    with pytest.raises(ValueError, match="locks"):
        sabotage.chosen()
