"""What the watcher measures."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from calendar_app.models import Breaker, Device, Heartbeat, Kind, Reminder, State, Status, Way, Webhook
from calendar_app.queries import reminders, watch
from calendar_app.queries.holds import in_force
from calendar_app.services import catch_up, holds, outbox, pulse
from missions.models import Membership, Person, Role
from tests.cast import NOW, Cast, post_in

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
numbers = iter(range(10_000))


def row(person: Person | None, way: str = Way.EMAIL, state: str = State.PENDING, **values: Any) -> Reminder:
    defaults = {"kind": Kind.DECIDED, "due_at": NOW, "valid_until": NOW + timedelta(days=1), "data": {}}
    if state == State.SENT:
        defaults["sent_at"] = NOW
    return Reminder.objects.create(
        identity=f"x{next(numbers)}", recipient=person, way=way, state=state, **(defaults | values)
    )


def breaker(key: str) -> Breaker:
    return Breaker.objects.create(key=key, since=NOW, retry_at=NOW, error="away")


def test_names_are_those_that_the_pulse_writes() -> None:
    assert (watch.TICK, watch.CLOCK, watch.WATCHER) == (pulse.TICK, pulse.CLOCK, pulse.WATCHER)


def test_overdue_is_what_could_have_been_taken_a_minute_ago(cast: Cast) -> None:
    row(cast.editor)
    assert watch.overdue(NOW + 59 * SECOND) == 0
    assert watch.overdue(NOW + MINUTE) == 1
    Reminder.objects.update(not_before=NOW + MINUTE)
    assert watch.overdue(NOW + MINUTE) == 0
    assert watch.overdue(NOW + 2 * MINUTE) == 1


def test_what_a_worker_has_in_hand_is_not_overdue_and_what_a_dead_one_had_is(cast: Cast) -> None:
    row(cast.editor, state=State.CLAIMED, lease_until=NOW + MINUTE)
    assert watch.overdue(NOW + MINUTE) == 0
    assert watch.overdue(NOW + 3 * MINUTE) == 1


def test_what_is_void_or_under_a_hold_is_not_overdue(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    Reminder.objects.exclude(kind__in=reminders.PUBLISH).delete()
    first = Reminder.objects.filter(post=post).order_by("due_at")[0]
    at = first.due_at + MINUTE
    assert watch.overdue(first.due_at + 59 * SECOND) == 0
    assert watch.overdue(at) > 0
    assert watch.overdue(at, (), in_force()) > 0
    hold = holds.make(by=cast.editor, at=NOW, scope="all", reason="Duka nasional.")
    Reminder.objects.exclude(kind__in=reminders.PUBLISH).delete()
    assert watch.overdue(at) == 0
    holds.lift(hold=hold, by=cast.editor, at=NOW)
    assert watch.overdue(at) > 0
    Person.objects.update(is_active=False)
    assert watch.overdue(at) == 0


def test_a_way_that_is_broken_has_an_alarm_of_its_own(cast: Cast) -> None:
    hook = Webhook.objects.create(name="Obrolan", url="https://chat.example", salt="x", made_by=cast.admin, made_at=NOW)
    device = Device.objects.create(
        person=cast.editor, endpoint="https://push.example/1", host="push.example", name="Peramban", created_at=NOW
    )
    late = NOW + 2 * MINUTE
    row(cast.editor)
    row(cast.editor, Way.PUSH, device=device)
    row(None, Way.WEBHOOK, webhook=hook)
    row(cast.editor, Way.IN_APP)
    assert watch.overdue(late) == 4
    assert watch.overdue(late, [breaker("email")]) == 3
    assert watch.overdue(late, [breaker("push:push.example"), breaker("push:other.example")]) == 3
    assert watch.overdue(late, [breaker(f"webhook:{hook.pk}")]) == 3
    assert watch.overdue(late, list(Breaker.objects.all())) == 1


def test_counting_ends_somewhere(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "MOST", 2)
    for _ in range(3):
        row(cast.editor)
    assert watch.overdue(NOW + MINUTE) == 2


def test_what_failed_and_what_nobody_knows_are_counted_until_somebody_has_looked(cast: Cast) -> None:
    row(cast.editor, state=State.FAILED)
    accepted = row(cast.editor, state=State.FAILED)
    row(cast.editor, state=State.UNCERTAIN)
    row(cast.editor, state=State.UNCERTAIN, not_before=NOW)
    row(cast.editor, state=State.UNCERTAIN, not_before=NOW, lease_until=NOW + MINUTE)
    row(cast.editor, state=State.EXPIRED)
    assert watch.trouble() == watch.Trouble(set_aside=2, uncertain=3, for_good=1)
    Reminder.objects.filter(pk=accepted.pk).update(data={watch.ACCEPTED: {"by": cast.admin.pk}})
    assert watch.trouble() == watch.Trouble(set_aside=1, uncertain=3, for_good=1)
    assert accepted not in watch.set_aside()
    assert watch.uncertain_for_good().count() == 1


def test_what_a_worker_left_behind_while_handing_over_is_not_yet_for_good(cast: Cast) -> None:
    post_in(Status.APPROVED, cast)
    Reminder.objects.filter(way=Way.EMAIL).update(state=State.SENDING, lease_until=NOW - SECOND)
    Reminder.objects.exclude(way=Way.EMAIL).delete()
    outbox.tick(at=NOW, limit=0)
    found = watch.trouble()
    assert found.uncertain > 0
    assert found.for_good == 0


def test_lateness_counts_from_the_time_or_the_end_of_quiet_hours(cast: Cast) -> None:
    at = NOW + 10 * MINUTE
    for seconds in range(100):
        row(cast.editor, state=State.SENT, sent_at=NOW + (seconds + 1) * SECOND)
    due = NOW - 8 * 60 * MINUTE
    row(
        cast.editor,
        Way.IN_APP,
        State.SENT,
        due_at=due,
        deferred_until=NOW,
        sent_at=NOW + timedelta(milliseconds=250),
    )
    row(cast.editor, state=State.SENT, due_at=NOW - 60 * MINUTE, sent_at=NOW - 30 * MINUTE)
    found = {one.way: one for one in watch.lateness(at)}
    assert found[Way.EMAIL] == watch.Lateness(Way.EMAIL, 100, 50.0, 99.0, 100.0)
    assert found[Way.IN_APP] == watch.Lateness(Way.IN_APP, 1, 0.25, 0.25, 0.25)
    assert (found[watch.ALL].count, found[watch.ALL].worst) == (101, 100.0)
    assert watch.lateness(NOW + 20 * MINUTE) == []


def test_lateness_looks_at_no_more_rows_than_it_says(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "AMONG", 3)
    for seconds in range(5):
        row(cast.editor, state=State.SENT, due_at=NOW - seconds * SECOND)
    (one, _all) = sorted(watch.lateness(NOW), key=lambda one: one.way == watch.ALL)
    assert (one.count, one.worst) == (3, 2.0)


def test_what_fell_due_is_in_one_state_or_another(cast: Cast) -> None:
    row(cast.editor, state=State.SENT)
    row(cast.editor, state=State.SENT)
    row(cast.editor, state=State.SKIPPED)
    row(cast.editor, due_at=NOW - 61 * MINUTE)
    row(cast.editor, due_at=NOW + SECOND)
    assert watch.balance(NOW) == ({State.SENT: 2, State.SKIPPED: 1}, 0)


def test_what_expired_for_a_reason_was_not_late(cast: Cast) -> None:
    for error in ("", "held"):
        row(cast.editor, state=State.EXPIRED, error=error)
    row(cast.editor, due_at=NOW - 5 * MINUTE)
    catch_up.close_past(at=NOW)
    assert watch.balance(NOW) == ({State.EXPIRED: 3}, 1)


def test_a_sign_of_life_from_the_future_says_nothing(db: None) -> None:
    beat = Heartbeat(name="tick", at=NOW)
    assert watch.age(beat, NOW + 3 * SECOND) == 3
    assert watch.age(beat, NOW - SECOND) == 0
    assert watch.age(beat, NOW - MINUTE) is None
    assert watch.age(None, NOW) is None


def test_posts_that_lack_reminders_are_counted(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    assert post.scheduled_at is not None
    before = post.scheduled_at - timedelta(hours=3)
    assert watch.incomplete(before) == frozenset()
    Reminder.objects.filter(post=post, kind=Kind.PUBLISH_NOW).delete()
    assert watch.incomplete(before) == {f"p{post.pk}"}


def test_everything_takes_a_fixed_number_of_queries(cast: Cast, django_assert_num_queries: Any) -> None:
    for _ in range(3):
        row(cast.editor)
        row(cast.editor, state=State.FAILED)
        breaker(f"push:{next(numbers)}.example")
    with django_assert_num_queries(7):
        found = watch.measure(NOW + MINUTE, pauses=[], skew=0.5)
    assert (found.overdue, found.trouble.set_aside, found.skew, len(found.breakers)) == (3, 3, 0.5, 3)
    with django_assert_num_queries(5):
        watch.glance(NOW, [])


def test_alarms_go_to_the_active_administrators(cast: Cast) -> None:
    assert watch.administrators() == ["admin@test.example"]
    Membership.objects.create(person=cast.manager, mission=None, role=Role.ADMIN)
    Person.objects.filter(pk=cast.admin.pk).update(is_active=False)
    assert watch.administrators() == ["manager@test.example"]


def test_numbers_are_read_by_their_indexes(db: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("an empty table is read as it is there")
    plans: list[str] = []

    def explained(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        plans.extend(row[-1] for row in execute(f"EXPLAIN QUERY PLAN {sql}", params, many, context))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        watch.lateness(NOW)
        watch.balance(NOW)
    assert sum("reminder_time" in plan for plan in plans) == 2
