"""The database goes away under a tick and comes back: its worker forgets nothing that it knows, and no row pays."""

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.db import Error, connection

from calendar_app.models import Kind, Notification, Reminder, State, Status, Way
from calendar_app.services import claims, handover, notices, outbox
from calendar_app.services.couriers.base import Accepted, Result
from tests.cast import NOW, Cast, post_in

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    if connection.vendor != "postgresql":
        pytest.skip("a file does not go away")
    yield
    assert claims.left == []


def cut() -> None:
    """End our own connection from outside, as a crash of the server does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    other = psycopg2.connect(**connection.get_connection_params())
    with other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()


def tick_that_is_cut() -> None:
    with pytest.raises(Error):
        outbox.tick(at=NOW)
    connection.close()  # as before each task (`config/celery.py`)


@pytest.fixture
def due(cast: Cast) -> None:
    """Four decisions to tell, by both ways, and nothing else."""
    for _n in range(2):
        post_in(Status.APPROVED, cast)
    Reminder.objects.exclude(kind=Kind.DECIDED).delete()


def test_notices_go_with_the_next_tick_and_no_row_pays(due: None, monkeypatch: pytest.MonkeyPatch) -> None:
    write = notices._write

    def dies(*args: Any) -> int:
        monkeypatch.setattr(notices, "_write", write)
        cut()
        return write(*args)

    monkeypatch.setattr(notices, "_write", dies)
    tick_that_is_cut()
    taken = Reminder.objects.filter(way=Way.IN_APP)
    assert set(taken.values_list("state", "attempts")) == {(State.CLAIMED, 0)}
    outbox.tick(at=NOW)
    assert set(taken.values_list("state", "attempts")) == {(State.SENT, 0)}
    assert Notification.objects.count() == taken.count()


class Post:
    """A courier that takes every mail; during the second the database goes away."""

    way, batch, repeatable = Way.EMAIL, 50, False

    def __init__(self) -> None:
        self.taken: list[int] = []

    def key(self, reminder: Reminder) -> str:
        return "email"

    def hand_over(self, reminder: Reminder, at: Any) -> Result:
        self.taken.append(reminder.pk)
        if len(self.taken) == 2:
            cut()
        return Accepted()

    def close(self) -> None:
        """Nothing is open."""


def test_a_mail_is_neither_repeated_nor_uncertain(due: None, monkeypatch: pytest.MonkeyPatch) -> None:
    post = Post()
    monkeypatch.setitem(handover.COURIERS, Way.EMAIL, lambda: post)
    tick_that_is_cut()
    mails = Reminder.objects.filter(way=Way.EMAIL)
    assert sorted(mails.values_list("state", flat=True)) == [State.SENDING] * 3 + [State.SENT]
    outbox.tick(at=NOW)
    assert set(mails.values_list("state", flat=True)) == {State.SENT}
    assert sorted(post.taken) == sorted(mails.values_list("pk", flat=True))
