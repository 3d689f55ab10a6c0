"""How chat bridges are doing, and what to do when one fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from audit.models import Entry
from calendar_app.models import Breaker, Delivery, Hold, State
from calendar_app.queries import webhooks as queries
from tests.calendar_app.services.test_webhooks import make, message
from tests.cast import NOW, Cast

# (status, what was noted, a word of the advice): one of each, and no two alike
FAILURES = [
    (302, "answered: https://elsewhere.example.com/", "mengalihkan"),
    (401, "answered: ", "kunci"),
    (403, "answered: ", "kunci"),
    (404, "answered: no such hook", "tidak ada lagi"),
    (410, "answered: ", "tidak ada lagi"),
    (429, "answered: ", "lebih pelan"),
    (500, "answered: ", "kesalahan"),
    (503, "answered: ", "tidak siap"),
    (400, "answered: ", "bentuk pesannya"),
    (None, "forbidden: private: chat is at 10.0.0.1", "tidak boleh dihubungi"),
    (None, "unreached: chat.example.com: certificate: expired", "Sertifikat"),
    (None, "unreached: chat.example.com: Connection refused", "tidak dapat dihubungi"),
    (None, "slow: no answer within 10 s", "10 detik"),
    (None, "cut: closed", "memutus sambungan"),
]


@pytest.mark.parametrize(("status", "detail", "word"), FAILURES)
def test_every_failure_comes_with_what_to_do(status: int | None, detail: str, word: str) -> None:
    assert word in queries.explain(status, detail)


def test_the_list_says_how_each_is_doing(cast: Cast) -> None:
    one, _secret = make(cast, name="A")
    two, _secret = make(cast, name="B")
    for state in (State.FAILED, State.FAILED, State.PENDING):
        message(one, state)
    for at, status in ((NOW - timedelta(hours=1), 204), (NOW, 500)):
        row = message(one, State.SENT)
        Delivery.objects.create(reminder=row, at=at, is_accepted=status == 204, status_code=status, detail="answered: ")
    Breaker.objects.create(key=f"webhook:{two.pk}", since=NOW, retry_at=NOW, error="slow")
    first, second = queries.bridges()
    assert (first.webhook, first.failed, first.waiting) == (one, 2, 1)
    assert first.last
    assert first.last.status_code == 500
    assert "kesalahan" in first.advice
    assert (second.webhook, second.failed, second.waiting, second.last, second.advice) == (two, 0, 0, None, "")
    assert second.breaker
    alone = queries.bridge(one, [])
    assert (alone.failed, alone.waiting, alone.last) == (2, 1, first.last)


def test_the_log_is_of_one_bridge_and_of_what_was_due(cast: Cast) -> None:
    one, _secret = make(cast)
    other, _secret = make(cast)
    message(other)
    message(one, State.PENDING, due_at=NOW + timedelta(hours=1), valid_until=NOW + timedelta(hours=2))
    sent, failed = message(one, State.SENT), message(one)
    Delivery.objects.create(reminder=failed, at=NOW, is_accepted=False, status_code=500, detail="answered: ")
    assert [found.reminder for found in queries.messages(one, NOW)] == [failed, sent]
    (only,) = queries.messages(one, NOW, failed=True)
    assert only.reminder == failed
    assert "kesalahan" in only.attempts[0].advice


def test_sending_again_is_advised_only_where_it_can_be_done(cast: Cast) -> None:
    webhook, _secret = make(cast)
    stands, waits, void = message(webhook), message(webhook, State.PENDING), message(webhook)
    Hold.objects.filter(pk=void.occasion).update(lifted_at=NOW, lifted_by=cast.admin)
    for row in (stands, waits, void):
        Delivery.objects.create(reminder=row, at=NOW, is_accepted=False, status_code=500, detail="answered: ")
    found = {one.reminder.pk: one for one in queries.messages(webhook, NOW)}
    assert [found[row.pk].can_resend for row in (stands, waits, void)] == [True, False, False]
    advised = ["kirim ulang" in found[row.pk].attempts[0].advice for row in (stands, waits, void)]
    assert advised == [True, False, False]
    assert "kirim ulang" not in queries.bridge(webhook, []).advice


def test_a_test_counts_as_the_last_attempt(cast: Cast) -> None:
    webhook, _secret = make(cast)
    tried = {"object_kind": "webhook", "object_id": webhook.pk, "action": queries.TESTED, "actor_name": "A"}
    Entry.objects.create(at=NOW, data={"status": 500, "detail": "answered: Aduh"}, **tried)
    (only,) = queries.trials(webhook)
    assert (only.said, only.delivery.is_accepted, only.delivery.status_code) == ("Aduh", False, 500)
    for bridge in (queries.bridges()[0], queries.bridge(webhook, [only])):
        assert bridge.last == only.delivery
        assert "kesalahan" in bridge.advice
    Delivery.objects.create(
        reminder=message(webhook), at=NOW + timedelta(minutes=1), is_accepted=True, status_code=204, detail=""
    )
    for bridge in (queries.bridges()[0], queries.bridge(webhook, [only])):
        assert (bridge.last and bridge.last.is_accepted, bridge.advice) == (True, "")


def test_the_number_of_queries_does_not_grow(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(4):
        webhook, _secret = make(cast, name=str(number))
        for _time in range(3):
            row = message(webhook)
            for _again in range(3):
                Delivery.objects.create(reminder=row, at=NOW, is_accepted=False, status_code=500, detail="answered: ")
    with django_assert_max_num_queries(4):
        assert len(queries.bridges()) == 4
    with django_assert_max_num_queries(3):
        assert sum(len(found.attempts) for found in queries.messages(webhook, NOW)) == 9
