"""The administrator's numbers on Today."""

from datetime import timedelta

import pytest
from django.db import connection

from calendar_app.models import Kind, Reminder, State, Status, Way
from calendar_app.queries import reminders, today
from calendar_app.queries.holds import in_force
from calendar_app.services import holds
from tests.cast import NOW, Cast, post_in

MINUTE = timedelta(minutes=1)


def test_what_waits_under_a_hold_is_not_late(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    Reminder.objects.exclude(kind__in=reminders.PUBLISH).delete()
    first = Reminder.objects.filter(post=post).order_by("due_at")[0]
    assert today.health(first.due_at + 9 * MINUTE, in_force()).late == 0
    assert today.health(first.due_at + 11 * MINUTE, in_force()).late > 0
    hold = holds.make(by=cast.editor, at=NOW, scope="all", reason="Duka nasional.")
    Reminder.objects.exclude(kind__in=reminders.PUBLISH).delete()
    at_hold = today.health(first.due_at + 11 * MINUTE, in_force())
    assert (at_hold.late, at_hold.holds) == (0, 1)
    assert today.health(first.valid_until + 11 * MINUTE, in_force()).late > 0
    holds.lift(hold=hold, by=cast.editor, at=NOW)
    assert today.health(first.due_at + 11 * MINUTE, in_force()).late > 0


def test_what_failed_and_what_nobody_knows_are_counted_apart(cast: Cast) -> None:
    for number, state in enumerate((State.FAILED, State.FAILED, State.UNCERTAIN, State.EXPIRED)):
        Reminder.objects.create(
            identity=f"x{number}",
            kind=Kind.DECIDED,
            way=Way.EMAIL,
            recipient=cast.editor,
            due_at=NOW,
            valid_until=NOW,
            state=state,
        )
    found = today.health(NOW, in_force())
    assert (found.set_aside, found.uncertain) == (2, 1)


def test_the_lists_of_reminders_are_read_by_their_indexes(db: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("an empty table is read as it is there")
    rows = Reminder.objects.order_by()
    assert "reminder_time" in rows.order_by("due_at", "pk")[:50].explain()
    with connection.cursor() as cursor:
        # spelled out: SQLite proves the condition of an index before it knows the values
        cursor.execute("EXPLAIN QUERY PLAN SELECT id FROM calendar_app_reminder WHERE state IN ('failed', 'uncertain')")
        assert "reminder_trouble" in str(cursor.fetchall())
    mails = rows.filter(
        kind=Kind.REVIEW_REQUESTED, way=Way.EMAIL, due_at__gt=NOW, due_at__lte=NOW, recipient__in=[1, 2]
    )
    assert "reminder_of_recipient" in mails.explain()
