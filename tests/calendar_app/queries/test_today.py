"""The lists of reminders, by their indexes."""

import pytest
from django.db import connection

from calendar_app.models import Kind, Reminder, Way
from tests.cast import NOW


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
