"""The numbers for Prometheus, and who may read them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from calendar_app.models import Alarm, Breaker, Kind, Reminder, State, Way
from calendar_app.queries import health
from calendar_app.services import pulse
from tests.cast import NOW, Cast

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture(autouse=True)
def well(cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.METRICS_TOKEN = ""
    monkeypatch.setitem(health.CHECKS, "broker", lambda: "ok")


def numbers(response: Any) -> dict[tuple[str, ...], float]:
    """The samples by their name and the values of their labels."""
    families = text_string_to_metric_families(response.content.decode())
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_all_numbers_are_told(client: Client, cast: Cast) -> None:
    pulse.beat(pulse.TICK, at=NOW - timedelta(seconds=3))
    due = {"due_at": NOW - timedelta(minutes=2), "valid_until": NOW + timedelta(days=1)}
    for number, state in enumerate((State.PENDING, State.UNCERTAIN, State.FAILED)):
        Reminder.objects.create(
            identity=f"x{number}", kind=Kind.DECIDED, way=Way.IN_APP, recipient=cast.editor, state=state, **due
        )
    Reminder.objects.create(
        identity="s", kind=Kind.DECIDED, way=Way.EMAIL, recipient=cast.editor, state=State.SENT, sent_at=NOW, **due
    )
    Breaker.objects.create(key='push:"odd".example', since=NOW - timedelta(minutes=1), retry_at=NOW, error="x")
    Alarm.objects.create(kind="set_aside", began_at=NOW, seen_at=NOW)
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain")
    assert "no-store" in response.headers["Cache-Control"]
    assert (
        numbers(response).items()
        >= {
            ("selaras_up", "database"): 1.0,
            ("selaras_up", "broker"): 1.0,
            ("selaras_tick_age_seconds",): 3.0,
            ("selaras_reminders_overdue",): 1.0,
            ("selaras_reminders_uncertain",): 1.0,
            ("selaras_reminders_uncertain_for_good",): 1.0,
            ("selaras_reminders_set_aside",): 1.0,
            ("selaras_reminders_sent_lately", "email"): 1.0,
            ("selaras_reminders_due_last_hour", "sent"): 1.0,
            ("selaras_reminder_lateness_seconds", "0.5", "email"): 120.0,
            ("selaras_reminder_lateness_seconds", "0.99", "all"): 120.0,
            ("selaras_clock_skew_seconds",): 0.0,
            ("selaras_breaker_open_seconds", 'push:"odd".example'): 60.0,
            ("selaras_pauses_in_force",): 0.0,
            ("selaras_alarm_open", "set_aside"): 1.0,
        }.items()
    )
    # nobody knows the age of what never was
    assert ("selaras_watcher_age_seconds",) not in numbers(response)


def test_a_database_that_is_away_is_told_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("could not connect to 10.0.0.7")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", fail)
        response = client.get("/metrics")
    assert response.status_code == 200
    assert numbers(response)[("selaras_up", "database")] == 0.0
    assert ("selaras_reminders_overdue",) not in numbers(response)


def test_a_token_opens_it_and_nothing_else_does_then(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "for-the-collector"
    assert client.get("/metrics").status_code == 404
    for wrong in ("Bearer for-the-collecto", "Bearer ", "Basic for-the-collector", "for-the-collector", "Bearer é"):
        assert client.get("/metrics", headers={"authorization": wrong}).status_code == 404, wrong
    assert client.get("/metrics", headers={"authorization": "Bearer for-the-collector"}).status_code == 200
    assert client.get("/metrics", headers={"authorization": "bearer  for-the-collector"}).status_code == 200


@pytest.mark.parametrize("who", ["drafter_tokyo", "head_tokyo", "editor", "manager", "stranger"])
def test_of_those_signed_in_only_the_administrator_reads_it(
    who: str, cast: Cast, sign_in: SignIn, settings: Any
) -> None:
    settings.METRICS_TOKEN = "for-the-collector"
    assert sign_in(getattr(cast, who)).get("/metrics").status_code == 404
    assert sign_in(cast.admin).get("/metrics").status_code == 200


def test_without_a_token_only_this_machine_reads_it_and_no_proxy_on_it(client: Client) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200
    for address in ("10.0.0.7", "203.0.113.9", "", "127.0.0.1.example"):
        assert client.get("/metrics", REMOTE_ADDR=address).status_code == 404, address
    for name in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via"):
        assert client.get("/metrics", headers={name: "127.0.0.1"}).status_code == 404, name
    assert client.post("/metrics").status_code == 405
