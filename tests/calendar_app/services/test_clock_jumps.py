"""What a clock that was set wrong, and then right, leaves behind: nothing."""

from datetime import datetime, timedelta

import pytest

from calendar_app import clock
from calendar_app.models import Kind, Pause, Reminder, State, Status, Way
from calendar_app.services import outbox, pulse
from tests.cast import NOW, Cast, post_in

HOUR, DAY, MINUTE, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)


class Time:
    """What really passes, and what the database's clock says; one may move without the other."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch, self.passed, self.shown = monkeypatch, 0.0, NOW
        monkeypatch.setattr(pulse, "_since_boot", lambda: self.passed)
        monkeypatch.setattr(clock, "now", lambda: self.shown)
        self.becomes(pulse.Steadiness())

    def becomes(self, process: pulse.Steadiness) -> None:
        """What follows happens in that process."""
        self.monkeypatch.setattr(pulse, "steadiness", process)

    def passes(self, seconds: float) -> datetime:
        self.passed += seconds
        self.shown += timedelta(seconds=seconds)
        return self.shown

    def is_set(self, shown: datetime) -> datetime:
        self.shown = shown
        return shown


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


def test_a_process_that_was_idle_does_not_pause_everybody_for_a_jump_of_long_ago(db: None, time: Time) -> None:
    busy, idle = pulse.Steadiness(), pulse.Steadiness()
    for process in (busy, idle):
        time.becomes(process)
        pulse.note_jump(time.shown)
    time.becomes(busy)
    time.passes(10)
    pulse.note_jump(time.is_set(NOW + HOUR))
    assert pulse.pauses_in_force(time.shown)
    for _n in range(30):
        pulse.note_jump(time.passes(20))
    time.becomes(idle)
    pulse.note_jump(time.passes(1))
    assert not pulse.pauses_in_force(time.shown)
    assert Pause.objects.count() == 1


def test_a_pause_of_a_clock_that_was_a_day_ahead_does_not_come_back_a_day_later(db: None, time: Time) -> None:
    pulse.note_jump(time.shown)
    time.passes(5)
    pulse.note_jump(time.is_set(NOW + DAY))
    assert pulse.pauses_in_force(time.shown)
    time.passes(5)
    pulse.note_jump(time.is_set(NOW))
    assert not pulse.pauses_in_force(NOW + DAY + 30 * SECOND)


def test_an_administrators_pause_holds_whatever_the_clock_says(cast: Cast) -> None:
    pulse.pause(reason=Pause.Reason.MANUAL, at=NOW, until=NOW + 4 * HOUR, by=cast.admin)
    assert pulse.pauses_in_force(NOW - 15 * MINUTE)


def test_what_waits_for_a_time_that_was_never_meant_is_sent_once_the_clock_is_right(cast: Cast, time: Time) -> None:
    """A mail that was refused while the clock was an hour ahead."""
    post = post_in(Status.APPROVED, cast)
    assert post.scheduled_at is not None
    mails = Reminder.objects.filter(kind=Kind.PUBLISH_NOW, way=Way.EMAIL)
    mails.update(not_before=post.scheduled_at + HOUR + 30 * SECOND, attempts=1)
    time.is_set(post.scheduled_at + HOUR)
    outbox.tick()
    assert set(mails.values_list("state", flat=True)) == {State.PENDING}
    time.passes(5)
    time.is_set(post.scheduled_at)
    outbox.tick()
    assert pulse.pauses_in_force(time.shown)
    time.passes(61)
    outbox.tick()
    assert set(mails.values_list("state", flat=True)) == {State.SENT}
