"""What a tick asks is answered from the index of what waits, however many reminders have been handled already."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from calendar_app.models import Reminder, Status
from calendar_app.queries import plan, reminders
from tests.cast import NOW, Cast, post_in

pytestmark = pytest.mark.postgres

# A year behind that is done with, and a month ahead that waits: as a table looks that has been in use.
HISTORY = """
INSERT INTO calendar_app_reminder (identity, kind, way, post_id, recipient_id, occasion, schedule_version, due_at,
  valid_until, data, state, attempts, claimed_by, sent_at, message_id, error)
SELECT 'x:' || n, 'publish_soon', CASE WHEN mod(n, 2) = 0 THEN 'in_app' ELSE 'email' END, %(post)s, %(person)s, 1, 99,
  due, due + interval '1 hour', '{"offset": "24h"}', CASE WHEN due < %(now)s THEN 'sent' ELSE 'pending' END, 0, '',
  CASE WHEN due < %(now)s THEN due END, '', ''
FROM (SELECT n, %(now)s::timestamptz - interval '365 days' + n * interval '20 minutes' AS due
  FROM generate_series(1, 28000) n) rows
"""


@pytest.fixture
def in_use(cast: Cast) -> Cast:
    if connection.vendor != "postgresql":
        pytest.skip("the plans of PostgreSQL")
    post = post_in(Status.APPROVED, cast)
    with connection.cursor() as cursor:
        cursor.execute(HISTORY, {"now": NOW, "post": post.pk, "person": cast.drafter_tokyo.pk})
        cursor.execute("ANALYZE calendar_app_reminder")
    return cast


def questions() -> dict[str, QuerySet[Any]]:
    at = NOW + timedelta(minutes=5)
    live = Reminder.objects.filter(reminders.live_q(at), way="in_app")
    due = Reminder.objects.filter(waits_from__lte=at)
    return {
        "states": due.order_by().values_list("state", flat=True).distinct(),
        "oldest": live.order_by("due_at", "pk").values("pk")[:5000],
        "lapsed": Reminder.objects.filter(reminders.lapsed_q(at)).order_by("due_at", "pk"),
        "overdue": reminders.with_void(Reminder.objects.filter(reminders.claimable(at))),
        "misplaced": plan.misplaced(at),
    }


@pytest.mark.parametrize("name", ["states", "oldest", "lapsed", "overdue", "misplaced"])
def test_what_is_due_is_read_from_its_index(in_use: Cast, name: str) -> None:
    told = questions()[name].explain()
    assert "reminder_waits" in told
    assert "Seq Scan on calendar_app_reminder" not in told


def test_plans_are_not_compiled(db: None) -> None:
    """PostgreSQL would compile the completeness check for half a minute, and answer it in a second."""
    if connection.vendor != "postgresql":
        pytest.skip("a setting of PostgreSQL")
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
