"""Signs of life, pauses, and a clock that jumps."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from audit.models import Entry
from calendar_app.models import Heartbeat, Kind, Notification, Pause, Reminder, Status
from calendar_app.queries import watch
from calendar_app.services import outbox, pulse
from tests.cast import NOW, Cast, post_in

HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)


def age(at: datetime) -> float | None:
    """Of the last tick, in seconds."""
    return watch.age(Heartbeat.objects.get(name="tick"), at)


def test_a_sign_of_life_is_written_at_once_and_then_every_two_seconds(db: None, django_assert_num_queries: Any) -> None:
    pulse.beat("tick", at=NOW)
    with django_assert_num_queries(2):
        pulse.beat("tick", at=NOW + SECOND)
    assert Heartbeat.objects.get(name="tick").at == NOW
    pulse.beat("tick", at=NOW + 3 * SECOND)
    assert age(NOW + 10 * SECOND) == 7


def test_after_the_clock_is_set_back_it_is_written_again(db: None) -> None:
    pulse.beat("tick", at=NOW)
    assert age(NOW - DAY) is None
    pulse.beat("tick", at=NOW - DAY)
    assert age(NOW - DAY + SECOND) == 1


def test_during_a_pause_nothing_is_sent_and_afterwards_everything(cast: Cast) -> None:
    post_in(Status.APPROVED, cast)
    paused = pulse.pause(reason=Pause.Reason.MANUAL, at=NOW, by=cast.admin, note="Basis data dipindahkan.")
    assert str(outbox.tick(at=NOW + HOUR)) == "nothing"
    # it is the pause, and not a dead queue
    assert age(NOW + HOUR) == 0
    pulse.resume(pause=paused, at=NOW + HOUR, by=cast.admin)
    assert outbox.tick(at=NOW + HOUR).notices > 0
    entries = Entry.objects.filter(object_kind="pause").order_by("pk").values_list("action", "actor_name")
    assert list(entries) == [("sending_paused", "Administrator"), ("sending_resumed", "Administrator")]


def test_a_pause_with_an_end_ends_by_itself(cast: Cast) -> None:
    pulse.pause(reason=Pause.Reason.CLOCK, at=NOW, until=NOW + pulse.STEADY_FOR)
    assert pulse.pauses_in_force(NOW + 59 * SECOND)
    assert not pulse.pauses_in_force(NOW + 60 * SECOND)


def test_a_pause_that_began_later_than_now_holds_nothing_up(cast: Cast) -> None:
    """It was made before the clock was set back; its end may lie a day ahead."""
    pulse.pause(reason=Pause.Reason.CLOCK, at=NOW, until=NOW + pulse.STEADY_FOR)
    assert not pulse.pauses_in_force(NOW - DAY)


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """`passed[0]`: how many seconds have really passed in this process."""
    seconds = [0.0]
    monkeypatch.setattr(pulse, "_since_boot", lambda: seconds[0])
    monkeypatch.setattr(pulse, "steadiness", pulse.Steadiness())
    return seconds


def at_database_time(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    monkeypatch.setattr("calendar_app.clock.now", lambda: at)


@pytest.mark.parametrize("jump", [HOUR, -HOUR, DAY, -DAY, -3650 * DAY])
def test_after_a_jump_of_the_clock_nothing_is_sent_for_a_minute(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, passed: list[float], jump: timedelta
) -> None:
    at_database_time(monkeypatch, NOW)
    outbox.tick()
    post_in(Status.APPROVED, cast)
    Reminder.objects.exclude(kind=Kind.DECIDED).delete()
    # due and of use whatever the clock says
    Reminder.objects.update(due_at=NOW - 4000 * DAY, valid_until=NOW + 4000 * DAY)
    passed[0] += 5
    at_database_time(monkeypatch, NOW + jump + 5 * SECOND)
    outbox.tick()
    assert Notification.objects.count() == 0
    assert Pause.objects.get().reason == Pause.Reason.CLOCK
    passed[0] += 61
    at_database_time(monkeypatch, NOW + jump + 66 * SECOND)
    outbox.tick()
    assert Notification.objects.filter(kind=Kind.DECIDED).count() == 2


def test_a_machine_that_slept_has_not_set_its_clock(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, passed: list[float]
) -> None:
    at_database_time(monkeypatch, NOW)
    outbox.tick()
    passed[0] += 6 * 3600
    at_database_time(monkeypatch, NOW + 6 * HOUR)
    outbox.tick()
    assert not Pause.objects.exists()
