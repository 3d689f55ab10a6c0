"""Numbers of the frame, and the world at work on the sign-in page."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from calendar_app import clock, triggers
from calendar_app.models import Alarm, Breaker, Hold, Kind, Notification, Pause, Post, Reminder, Status, Way
from calendar_app.queries import frame, today
from calendar_app.queries.holds import in_force
from calendar_app.services import holds
from missions.models import Mission, Person
from missions.roles import is_hq
from tests.cast import NOW, Cast, post_in


def notice(person: Person, number: int, *, read: bool = False) -> None:
    reminder = Reminder.objects.create(
        identity=f"{person.pk}-{number}",
        kind=Kind.DECIDED,
        way=Way.IN_APP,
        recipient=person,
        due_at=NOW,
        valid_until=NOW,
    )
    Notification.objects.create(
        recipient=person, kind=Kind.DECIDED, reminder=reminder, created_at=NOW, read_at=NOW if read else None
    )


def unread_and_late(person: Person, holds: list[Hold], at: Any) -> tuple[int, int]:
    found = frame.numbers(person, at, late_but=holds)
    return found.unread, found.late


def test_counts_only_my_unread_notices(cast: Cast) -> None:
    notice(cast.editor, 1)
    notice(cast.editor, 2, read=True)
    notice(cast.drafter_tokyo, 3)
    found = frame.numbers(cast.editor, NOW, waiting=True)
    assert (found.unread, found.waiting) == (1, 0)


def test_counts_the_open_rounds_of_all_missions(cast: Cast) -> None:
    post_in(Status.IN_REVIEW, cast)
    post_in(Status.IN_REVIEW, cast, jeddah=True)
    post_in(Status.DECLINED, cast)
    assert is_hq(cast.editor)  # reads the roles, as every page does
    with CaptureQueriesContext(connection) as asked:
        found = frame.numbers(cast.editor, NOW, waiting=True)
        assert (found.unread, found.waiting) == (0, 2)
        assert frame.numbers(cast.editor, NOW).waiting == 0
    assert len(asked) == 2


def test_says_that_mails_wait_once_the_mail_server_is_away_for_five_minutes(cast: Cast) -> None:
    since = NOW - timedelta(minutes=5)
    Breaker.objects.create(key="push:push.example", since=since, retry_at=NOW, error="away")
    assert frame.numbers(cast.drafter_tokyo, NOW).mail_since is None
    Breaker.objects.create(key="email", since=since, retry_at=NOW, error="refused")
    with clock.fixed(NOW), CaptureQueriesContext(connection) as asked:
        assert frame.numbers(cast.drafter_tokyo, clock.column()).mail_since == since
    assert len(asked) == 1
    assert frame.numbers(cast.drafter_tokyo, NOW - timedelta(seconds=1)).mail_since is None
    Breaker.objects.filter(key="email").update(since=clock.now() - timedelta(minutes=6))
    assert frame.numbers(cast.drafter_tokyo, clock.column()).mail_since


def test_alarms_are_counted_for_those_who_ask(cast: Cast) -> None:
    Alarm.objects.create(kind="tick", began_at=NOW, seen_at=NOW)
    Alarm.objects.create(kind="skew", began_at=NOW, seen_at=NOW, ended_at=NOW)
    assert frame.numbers(cast.admin, NOW, alarms=True).alarms == 1
    assert frame.numbers(cast.admin, NOW).alarms == 0


def test_every_mission_that_is_awake_stands_in_one_hour(db: None) -> None:
    hours = frame.world_hours(NOW)
    awake = Mission.objects.exclude(status__in=Mission.SILENT).count()
    assert sum(hour.missions for hour in hours) == awake
    assert [hour.local for hour in hours] == sorted(hour.local for hour in hours)
    jakarta = [hour for hour in hours if hour.is_jakarta]
    assert [(hour.city, hour.local) for hour in jakarta] == [("Jakarta", datetime(2026, 11, 25, 9, 0))]  # noqa: DTZ001


def test_a_missions_own_weekend_is_not_work(db: None) -> None:
    friday = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)  # noon in Riyadh, on the first day of its weekend
    riyadh = next(hour for hour in frame.world_hours(friday) if hour.city == "Riyadh")
    monday = next(hour for hour in frame.world_hours(friday + timedelta(days=3)) if hour.city == "Riyadh")
    assert riyadh.open < monday.open


def test_cities_are_named_in_the_readers_language(db: None) -> None:
    assert "Kairo" in {hour.city for hour in frame.world_hours(NOW)}
    with translation.override("en"):
        assert "Cairo" in {hour.city for hour in frame.world_hours(NOW)}


def test_what_should_have_gone_out_is_counted_with_the_notices(cast: Cast) -> None:
    notice(cast.drafter_tokyo, 1)
    post_in(Status.APPROVED, cast, at=NOW - timedelta(days=1), scheduled_local="2026-11-25T10:30")
    post_in(Status.APPROVED, cast, jeddah=True, at=NOW - timedelta(days=1), scheduled_local="2026-11-25T04:00")
    post_in(Status.APPROVED, cast)
    post_in(Status.MISSED, cast, at=NOW - timedelta(days=3), scheduled_local="2026-11-23T10:30")
    with clock.fixed(NOW), CaptureQueriesContext(connection) as asked:
        assert unread_and_late(cast.drafter_tokyo, [], clock.column()) == (1, 2)
    assert len(asked) == 1
    assert unread_and_late(cast.drafter_tokyo, [], NOW) == (1, 2)
    assert unread_and_late(cast.stranger, [], NOW) == (0, 0)
    holds.make(by=cast.editor, at=NOW, scope="mission", code="kbri-tokyo", reason="Masa berkabung.")
    assert unread_and_late(cast.drafter_tokyo, in_force(), NOW) == (1, 0)


def test_the_number_is_that_of_todays_list_and_forgets_what_is_two_weeks_old(cast: Cast) -> None:
    post = post_in(Status.MISSED, cast, at=NOW - timedelta(days=3), scheduled_local="2026-11-23T10:30")
    assert post.scheduled_at is not None
    last = post.scheduled_at + timedelta(days=14)
    for at, listed in [(last, [post]), (last + timedelta(seconds=1), [])]:
        tasks = today.work(cast.drafter_tokyo, [cast.tokyo], at, []).tasks
        assert [task.post for task in tasks] == listed
        assert unread_and_late(cast.drafter_tokyo, [], at) == (0, len(listed))


def test_the_database_clock_counts_as_the_instant_does(cast: Cast) -> None:
    now = clock.now()
    with triggers.lifted():
        for days in (-1, 1, 13, 15):
            post = post_in(Status.APPROVED, cast)
            Post.objects.filter(pk=post.pk).update(scheduled_at=now - timedelta(days=days))
    assert unread_and_late(cast.drafter_tokyo, [], now)[1] == 2
    assert unread_and_late(cast.drafter_tokyo, [], clock.column())[1] == 2


def test_late_posts_are_read_by_mission_and_time_alone(cast: Cast) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("an empty table is read as it is there")
    plans: list[str] = []

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        plans.extend(row[-1] for row in execute(f"EXPLAIN QUERY PLAN {sql}", params, many, context))
        return execute(sql, params, many, context)

    assert not is_hq(cast.drafter_tokyo)  # reads the roles
    with connection.execute_wrapper(explained):
        unread_and_late(cast.drafter_tokyo, [], clock.column())
    assert any("post_mission_time (mission_id=? AND scheduled_at>? AND scheduled_at<?)" in plan for plan in plans)


def test_a_pause_is_in_the_one_query_with_the_end_of_the_last_one(cast: Cast, django_assert_num_queries: Any) -> None:
    frame.numbers(cast.drafter_tokyo, NOW)  # their roles are known from now on

    def paused() -> tuple[bool, datetime | None]:
        with django_assert_num_queries(1):
            found = frame.numbers(cast.drafter_tokyo, NOW)
        return found.is_paused, found.paused_until

    hour, reason = timedelta(hours=1), Pause.Reason.MANUAL
    Pause.objects.create(reason=reason, began_at=NOW - 2 * hour, until=NOW)
    Pause.objects.create(reason=reason, began_at=NOW - 2 * hour, until=NOW + hour, ended_at=NOW - hour)
    assert paused() == (False, None)
    Pause.objects.create(reason=reason, began_at=NOW, until=NOW + hour)
    Pause.objects.create(reason=reason, began_at=NOW, until=NOW + 2 * hour)
    assert paused() == (True, NOW + 2 * hour)
    Pause.objects.create(reason=Pause.Reason.RESTORE, began_at=NOW)
    assert paused() == (True, None)
