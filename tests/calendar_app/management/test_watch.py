"""`manage.py watch`: standing in for the queue, outages, and ending; at last as a process of its own."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError

from calendar_app import clock
from calendar_app.management.commands import watch as command
from calendar_app.management.commands.watch import Looker, Noise, StandIn, sent_something
from calendar_app.models import Heartbeat, Kind, Notification, Reminder, State, Way
from calendar_app.services import outbox, pulse
from calendar_app.services.watch import Watcher
from tests.cast import NOW, Cast
from tests.product import WATCH, Product, wait_for

SECOND = timedelta(seconds=1)


def due(cast: Cast, number: int = 1) -> None:
    for _ in range(number):
        Reminder.objects.create(
            identity=f"x{Reminder.objects.count()}",
            kind=Kind.DECIDED,
            way=Way.IN_APP,
            recipient=cast.editor,
            due_at=NOW,
            valid_until=NOW + timedelta(days=1),
        )


@pytest.fixture
def stand_in(frozen: None) -> StandIn:
    """One that has been silent for longer than it waits after a start."""
    made = StandIn(threading.Event())
    made.heard -= command.SILENT_FOR
    return made


# Standing in ---------------------------------------------------------------------------


def test_while_somebody_ticks_it_does_nothing(stand_in: StandIn, cast: Cast) -> None:
    due(cast)
    Heartbeat.objects.create(name=pulse.TICK, at=NOW - 9 * SECOND, by="worker:1")
    assert stand_in.once() is False
    assert stand_in.seconds == 0
    assert not Notification.objects.exists()


def test_when_nobody_ticks_it_sends_and_turns_the_clock(stand_in: StandIn, cast: Cast) -> None:
    due(cast, 2)
    Heartbeat.objects.create(name=pulse.TICK, at=NOW - 10 * SECOND, by="worker:1")
    assert stand_in.once() is True
    assert Notification.objects.count() == 2
    beats = {row.name: row for row in Heartbeat.objects.all()}
    assert beats[pulse.TICK].by == pulse.who()
    assert beats[pulse.CLOCK].at == NOW
    assert beats[pulse.COMPLETE].at == NOW
    assert stand_in.began is not None


def test_it_goes_on_while_only_its_own_ticks_are_there_and_steps_back_when_another_ticks(
    stand_in: StandIn, cast: Cast
) -> None:
    assert stand_in.once() is True
    assert stand_in.once() is True
    Heartbeat.objects.filter(name=pulse.TICK).update(by="worker:1")
    assert stand_in.once() is False
    assert stand_in.began is None
    # and only after as long a silence again
    Heartbeat.objects.all().delete()
    assert stand_in.once() is False


def test_after_a_start_the_queue_has_ten_seconds_to_show_itself(frozen: None, db: None) -> None:
    assert StandIn(threading.Event()).once() is False


def test_it_handles_all_that_is_due_in_small_parts(
    stand_in: StandIn, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "AT_ONCE", 2)
    due(cast, 5)
    assert stand_in.once() is True
    assert Notification.objects.count() == 5


def test_a_chore_that_fails_keeps_no_reminder_from_being_sent(
    stand_in: StandIn, cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def fail() -> None:
        raise ValueError("no such zone")

    monkeypatch.setattr(command, "CHORES", ((pulse.CLOCK, 60.0, fail), *command.CHORES[1:]))
    due(cast)
    assert stand_in.once() is True
    assert Notification.objects.count() == 1
    assert Heartbeat.objects.filter(name=pulse.COMPLETE).exists()
    assert "no such zone" in caplog.text


def test_it_survives_whatever_fails_and_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, tries = threading.Event(), []

    def fail(self: StandIn) -> bool:
        tries.append(1)
        if len(tries) == 3:
            stop.set()
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(StandIn, "once", fail)
    monkeypatch.setattr(stop, "wait", lambda seconds: None)
    StandIn(stop).run()
    assert len(tries) == 3


def test_what_was_only_put_back_is_nothing_sent() -> None:
    assert not sent_something(outbox.Summary())
    assert not sent_something(outbox.Summary(put_back=4))
    assert sent_something(outbox.Summary(expired=1))


# Looking -------------------------------------------------------------------------------


def test_a_look_that_hangs_counts_as_no_answer_and_is_not_started_twice(
    db: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DUTY_EMAIL = ["piket@kemlu.example"]
    goes_on, looks = threading.Event(), []

    def hang(self: Watcher, *_: object, **__: object) -> None:
        looks.append(1)
        goes_on.wait(20)

    monkeypatch.setattr(command, "LOOK_TAKES", 0.3)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(clock, "skew", lambda: 0.0)
    monkeypatch.setattr(Watcher, "look", hang)
    stop = threading.Event()
    looker, watcher = Looker(stop), Watcher()
    try:
        for _ in range(3):
            looker.look(watcher, StandIn(stop))
        assert len(looks) == 1
        assert [letter.subject for letter in mail.outbox] == ["[Selaras] Alarm: Basis data tidak menjawab"]
        assert "no answer within" in mail.outbox[0].body
    finally:
        goes_on.set()


def test_a_look_that_fails_is_said_and_the_next_one_comes(
    db: None, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    settings.DUTY_EMAIL = ["piket@kemlu.example"]

    def fail() -> None:
        raise OperationalError("the database system is starting up")

    monkeypatch.setattr(clock, "now", fail)
    stop = threading.Event()
    looker, watcher = Looker(stop), Watcher()
    for _ in range(2):
        looker.look(watcher, StandIn(stop))
    assert caplog.text.count("OperationalError: the database system is starting up") >= 1
    assert len(mail.outbox) == 1


def test_the_same_error_is_told_once_at_length(caplog: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(command.time, "monotonic", lambda: now[0])
    noise = Noise()
    for _ in range(5):
        noise.log("standing in", ValueError("x"))
        now[0] += 1
    noise.log("standing in", ValueError("y"))
    assert len(caplog.records) == 2
    now[0] += command.QUIET_FOR
    noise.log("standing in", ValueError("x"))
    assert len(caplog.records) == 3
    assert caplog.records[0].exc_info
    assert not caplog.records[2].exc_info


@pytest.mark.django_db(transaction=True)
def test_it_ends_after_the_looks_it_was_asked_for(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    call_command("watch", "--looks", "1")
    assert Heartbeat.objects.get(name=pulse.WATCHER).by == pulse.who()
    # what a container's health check looks at
    assert (tmp_path / "watch").exists()


# As a process --------------------------------------------------------------------------

MAKE_ONE = """
from datetime import timedelta
from calendar_app import clock
from calendar_app.models import Kind, Reminder, Way
from missions.models import Person
at = clock.now()
person = Person.objects.get(email="editor@test.example")
Reminder.objects.create(identity="one", kind=Kind.DECIDED, way=Way.IN_APP, recipient=person, due_at=at,
                        valid_until=at + timedelta(hours=1))
"""


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="the process has its embedded database")
def test_without_any_worker_reminders_come_and_it_ends_when_asked(tmp_path: Path) -> None:
    product = Product(tmp_path / "data")
    product.prepare()
    make = [sys.executable, "manage.py", "shell", "-c", MAKE_ONE]
    subprocess.run(make, env=product.environment, check=True, capture_output=True, timeout=60)
    started = time.monotonic()
    product.start("watch", *WATCH)
    try:
        database = sqlite3.connect(tmp_path / "data" / "selaras.sqlite3", timeout=20)

        def state() -> str | None:
            found = database.execute("SELECT state FROM calendar_app_reminder WHERE identity = 'one'").fetchone()[0]
            return str(found) if found == State.SENT else None

        wait_for(state, "the reminder", 40)
        assert time.monotonic() - started > command.SILENT_FOR - 1

        def alive() -> bool:
            rows = database.execute("SELECT name FROM calendar_app_heartbeat").fetchall()
            return {"tick", "clock", "complete", "watcher"} <= {name for (name,) in rows}

        wait_for(alive, "all signs of life", 40)
        database.close()
        process = product.running["watch"]
        process.terminate()
        assert process.wait(5) == 0, product.log("watch")
    finally:
        product.stop()
