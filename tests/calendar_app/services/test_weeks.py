"""Monday at eight, in everybody's own time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from calendar_app.models import Kind, Notification, Reminder, State, Way
from calendar_app.queries.reminders import void_reason
from calendar_app.services import outbox, weeks
from missions.models import Mission, Person
from tests.cast import Cast

# 08.00 in Tokyo on Monday 30 November 2026
TOKYO = datetime(2026, 11, 29, 23, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MONDAY = "2026-11-30"


def rows(person: Person, way: str = Way.IN_APP) -> list[Reminder]:
    return list(Reminder.objects.filter(kind=Kind.WEEK_AHEAD, recipient=person, way=way).order_by("pk"))


def test_a_mission_hears_at_eight_of_its_own_monday_and_managers_at_eight_of_jakartas(cast: Cast) -> None:
    assert weeks.prepare(at=TOKYO - 12 * HOUR) > 0
    [tokyo], [jeddah], [manager] = rows(cast.drafter_tokyo), rows(cast.head_jeddah), rows(cast.manager)
    assert tokyo.due_at == TOKYO
    assert jeddah.due_at == datetime(2026, 11, 30, 5, 0, tzinfo=UTC)
    assert manager.due_at == datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
    assert (tokyo.mission, manager.mission) == (cast.tokyo, None)
    assert {row.data["monday"] for row in (tokyo, jeddah, manager)} == {MONDAY}
    assert rows(cast.editor) == []


def test_preparing_again_adds_nothing(cast: Cast) -> None:
    weeks.prepare(at=TOKYO - 12 * HOUR)
    assert weeks.prepare(at=TOKYO - 11 * HOUR) == 0


def test_one_that_fell_into_an_outage_is_told_late(cast: Cast) -> None:
    weeks.prepare(at=TOKYO + 5 * HOUR)
    assert len(rows(cast.drafter_tokyo)) == 1


@pytest.mark.parametrize("hours", [25, 30, 100])
def test_nothing_is_made_long_before_or_after(cast: Cast, hours: int) -> None:
    weeks.prepare(at=TOKYO - 27 * HOUR)
    assert rows(cast.drafter_tokyo) == []
    weeks.prepare(at=TOKYO + hours * HOUR)
    assert rows(cast.drafter_tokyo) == []


def test_silent_missions_and_who_does_not_want_it_by_mail(cast: Cast) -> None:
    Mission.objects.filter(pk=cast.jeddah.pk).update(status=Mission.Status.DORMANT)
    Person.objects.filter(pk=cast.head_tokyo.pk).update(muted_kinds=[Kind.WEEK_AHEAD])
    weeks.prepare(at=TOKYO - 12 * HOUR)
    assert rows(cast.head_jeddah) == []
    assert len(rows(cast.head_tokyo)) == 1
    assert [void_reason(row) for row in rows(cast.head_tokyo, Way.EMAIL)] == ["muted"]


def test_it_is_sent_once_with_what_is_planned_by_then(cast: Cast) -> None:
    weeks.prepare(at=TOKYO - 12 * HOUR)
    outbox.tick(at=TOKYO - timedelta(seconds=1))
    assert not Notification.objects.filter(kind=Kind.WEEK_AHEAD).exists()
    outbox.tick(at=TOKYO)
    notice = Notification.objects.get(kind=Kind.WEEK_AHEAD, recipient=cast.drafter_tokyo)
    assert set(notice.data) > {"monday", "timezone"}
    assert [letter.to for letter in mail.outbox].count([cast.drafter_tokyo.email]) == 1


def test_a_missions_new_zone_has_a_monday_of_its_own(cast: Cast) -> None:
    weeks.prepare(at=TOKYO - 12 * HOUR)
    Mission.objects.filter(pk=cast.tokyo.pk).update(timezone="Asia/Jakarta")
    weeks.prepare(at=TOKYO - 11 * HOUR)
    old, new = rows(cast.drafter_tokyo)
    assert (void_reason(old), void_reason(new)) == ("superseded", "")
    assert new.due_at == TOKYO + 2 * HOUR


def test_a_monday_that_was_told_is_not_told_again_in_a_new_zone(cast: Cast) -> None:
    weeks.prepare(at=TOKYO - 12 * HOUR)
    outbox.tick(at=TOKYO)
    Mission.objects.filter(pk=cast.tokyo.pk).update(timezone="Asia/Jakarta")
    weeks.prepare(at=TOKYO + HOUR)
    assert [row.state for row in rows(cast.drafter_tokyo)] == [State.SENT]
