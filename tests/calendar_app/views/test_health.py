from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from pytest_django import Settings

from calendar_app import triggers
from calendar_app.models import Breaker, Heartbeat, Kind, Pause, Reminder, State, Way
from calendar_app.queries import health
from calendar_app.services import pulse
from tests.cast import NOW, Cast


@pytest.fixture
def well(db: None, frozen: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tick a moment ago and a broker that answers."""
    pulse.beat(pulse.TICK, at=NOW - timedelta(seconds=4))
    pulse.beat(pulse.WATCHER, at=NOW - timedelta(seconds=7))
    monkeypatch.setitem(health.CHECKS, "broker", lambda: "ok")


def test_healthz_answers_without_the_database_and_without_signing_in(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response.headers["Cache-Control"]


def test_readyz_says_that_all_is_well(client: Client, well: None) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "database": "ok",
        "migrations": "ok",
        "triggers": "ok",
        "broker": "ok",
        "tick": "ok",
        "tick_age_seconds": 4,
        "watcher": "ok",
        "watcher_age_seconds": 7,
        "overdue": 0,
        "uncertain": 0,
        "set_aside": 0,
        "breakers": 0,
        "pauses": 0,
        "lateness_p50_s": None,
        "lateness_p99_s": None,
        "clock_skew_s": 0.0,
    }


def test_readyz_shows_the_watchers_numbers_which_take_no_page_away(client: Client, well: None, cast: Cast) -> None:
    def row(number: int, state: State, **values: object) -> None:
        Reminder.objects.create(
            identity=f"x{number}",
            kind=Kind.DECIDED,
            way=Way.EMAIL,
            recipient=cast.editor,
            due_at=NOW - timedelta(minutes=2),
            valid_until=NOW + timedelta(days=1),
            state=state,
            **values,
        )

    row(1, State.PENDING)
    row(2, State.UNCERTAIN)
    row(3, State.FAILED)
    row(4, State.FAILED)
    row(5, State.SENT, sent_at=NOW - timedelta(minutes=2) + timedelta(seconds=1.5))
    Heartbeat.objects.filter(name=pulse.WATCHER).update(at=NOW - timedelta(seconds=61))
    response = client.get("/readyz")
    assert response.status_code == 200
    assert (
        response.json().items()
        >= {
            "ready": True,
            "overdue": 1,
            "uncertain": 1,
            "set_aside": 2,
            "lateness_p50_s": 1.5,
            "lateness_p99_s": 1.5,
            "watcher": "late",
            "watcher_age_seconds": 61,
        }.items()
    )


def test_readyz_counts_broken_ways_and_pauses_from_the_first_second_and_stays_ready(
    client: Client, well: None, cast: Cast
) -> None:
    Breaker.objects.create(key="email", since=NOW, retry_at=NOW, error="x")
    pulse.pause(reason=Pause.Reason.MANUAL, at=NOW, by=cast.admin, note="Uji.")
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json().items() >= {"ready": True, "breakers": 1, "pauses": 1}.items()


@pytest.mark.parametrize(("last", "said"), [(None, "none yet"), (NOW - timedelta(minutes=3), "late")])
def test_readyz_fails_without_a_recent_tick(client: Client, well: None, last: object, said: str) -> None:
    Heartbeat.objects.all().delete()
    if last:
        Heartbeat.objects.create(name=pulse.TICK, at=last)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["tick"]) == (503, said)


def test_readyz_fails_while_a_migration_is_missing(client: Client, well: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda self, targets: ["one"])
    response = client.get("/readyz")
    assert (response.status_code, response.json()["migrations"]) == (503, "pending")


def test_readyz_fails_without_the_triggers_that_guard_the_database(client: Client, well: None) -> None:
    with triggers.lifted():
        response = client.get("/readyz")
    assert (response.status_code, response.json()["triggers"]) == (503, "missing")


def test_readyz_names_a_broker_that_does_not_answer(client: Client, db: None, settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    response = client.get("/readyz")
    assert (response.status_code, response.json()["broker"]) == (503, "unreachable")


def test_readyz_names_a_queue_folder_that_is_gone(client: Client, db: None, settings: Settings) -> None:
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": "/no/such/folder"}
    assert client.get("/readyz").json()["broker"] == "unreachable"


def test_readyz_names_a_database_that_does_not_answer(
    client: Client, well: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("could not connect to 10.0.0.7")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", fail)
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json().items() >= {"ready": False, "database": "unreachable", "tick": "none yet"}.items()
    assert response.json()["overdue"] is None
    assert b"10.0.0.7" not in response.content
