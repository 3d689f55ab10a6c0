"""A breaker behind which nothing waits is forgotten, so that its alarm ends."""

from datetime import timedelta
from typing import Any

import pytest

from calendar_app.models import Breaker, Device, Status, Way, Webhook
from calendar_app.services import breakers, outbox, webhooks
from calendar_app.services.couriers import calls, push
from calendar_app.services.couriers.base import Refused
from tests.cast import NOW, Cast, post_in

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def bridge(cast: Cast) -> Webhook:
    values: dict[str, Any] = {"mission": cast.tokyo, "name": "Ruang tim", "url": "https://chat.example.org/x"}
    return webhooks.make(by=cast.admin, at=NOW, kinds=["publish_now"], language="id", **values)[0]


def test_the_breaker_of_a_bridge_that_was_switched_off_is_forgotten(cast: Cast, bridge: Webhook) -> None:
    breakers.trip(f"{Way.WEBHOOK}:{bridge.pk}", "away", at=NOW)
    webhooks.switch(webhook=bridge, by=cast.admin, at=NOW, is_active=False)
    breakers.sweep(at=NOW + 5 * MINUTE)
    assert Breaker.objects.exists()
    breakers.sweep(at=NOW + 15 * MINUTE)
    assert not Breaker.objects.exists()


def test_the_breaker_of_a_vendor_whose_only_device_is_gone_is_forgotten(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "encrypted", lambda *_: b"x")
    monkeypatch.setattr(push.vapid, "authorization", lambda *_: "vapid")
    monkeypatch.setattr(calls, "make", lambda *_, **__: calls.Call(Refused("HTTP 410"), 410, "", 1))
    keys = {"p256dh": "a", "auth": "b", "created_at": NOW}
    device = Device.objects.create(
        person=cast.drafter_tokyo, endpoint="https://push.example/1", host="push.example", name="Firefox", **keys
    )
    post = post_in(Status.APPROVED, cast)
    assert post.scheduled_at is not None
    breakers.trip("push:push.example", "away", at=post.scheduled_at - 2 * HOUR)
    outbox.tick(at=post.scheduled_at)
    device.refresh_from_db()
    assert device.ended_at is not None
    breakers.sweep(at=post.scheduled_at + 10 * MINUTE)
    assert not Breaker.objects.exists()


def test_a_breaker_that_is_tried_again_and_again_is_kept(db: None) -> None:
    at = NOW
    for _n in range(20):
        breakers.trip("email", "timed out", at=at)
        at = Breaker.objects.get().retry_at + MINUTE
        breakers.sweep(at=at)
    assert Breaker.objects.get().since == NOW


def test_a_breaker_of_a_clock_that_was_ahead_is_forgotten(db: None) -> None:
    breakers.trip("email", "timed out", at=NOW + HOUR)
    breakers.sweep(at=NOW)
    assert not Breaker.objects.exists()
