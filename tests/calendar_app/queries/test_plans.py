"""What a tick asks is answered from the index of what waits, however many reminders have been handled already."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calendar_app.models import Status, Way
from calendar_app.queries import plan, reminders, watch
from calendar_app.services import catch_up, claims
from tests.cast import NOW, Cast, post_in

pytestmark = pytest.mark.postgres

AT = NOW + timedelta(minutes=5)
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


ASKED: dict[str, Callable[[], Any]] = {
    "states": lambda: reminders.due_states(AT),
    "claim": lambda: claims.claim(claims.Tick(AT, None), Way.IN_APP, AT, most=25),
    "lapsed": lambda: catch_up.lapse(claims.Tick(AT, None)),
    "gather": lambda: catch_up.gather(claims.Tick(AT, None)),
    "overdue": lambda: watch.overdue(AT),
    "misplaced": lambda: list(plan.misplaced(AT)),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_is_due_is_read_from_its_index(in_use: Cast, name: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        ASKED[name]()
    plans = []
    with connection.cursor() as cursor:
        for query in asked.captured_queries:
            if "calendar_app_reminder" in query["sql"] and query["sql"].startswith(("SELECT", "UPDATE")):
                cursor.execute("EXPLAIN " + query["sql"])
                plans.append("\n".join(line for (line,) in cursor.fetchall()))
    assert any("reminder_waits" in told for told in plans)
    assert not [told for told in plans if "Seq Scan on calendar_app_reminder" in told]


def test_plans_are_not_compiled(db: None) -> None:
    """PostgreSQL would compile the completeness check for half a minute, and answer it in a second."""
    if connection.vendor != "postgresql":
        pytest.skip("a setting of PostgreSQL")
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
