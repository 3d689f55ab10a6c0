"""Devices and chat bridges together with the engine: one tick reaches them all, a broken one stops no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from calendar_app.models import (
    Breaker,
    Delivery,
    Device,
    Kind,
    Notification,
    Post,
    Reminder,
    State,
    Status,
    Way,
    Webhook,
)
from calendar_app.services import devices, outbound, outbox, webhooks
from tests import outside
from tests.browsers import Browser
from tests.cast import NOW, Cast, post_in

MINUTE = timedelta(minutes=1)


@pytest.fixture
def vendor() -> Iterator[outside.Receiver]:
    with outside.receiver(outside.says(201)) as server:
        yield server


@pytest.fixture
def room(settings: Any, vendor: outside.Receiver) -> Iterator[outside.Receiver]:
    with outside.receiver() as server:
        settings.OUTBOUND_PRIVATE_HOSTS = [vendor.name, server.name]
        settings.PUSH_HOSTS = [outside.HOST]
        yield server


@pytest.fixture
def browser(cast: Cast, vendor: outside.Receiver, room: outside.Receiver) -> Browser:
    """Where Tokyo's drafter is pushed to."""
    made = Browser(vendor)
    devices.add(person=cast.drafter_tokyo, at=NOW, name="Firefox, Linux", **made.subscription)
    return made


@pytest.fixture
def bridge(cast: Cast, room: outside.Receiver) -> Webhook:
    """The chat room of Tokyo."""
    values = {"name": "Ruang Tokyo", "url": room.url(), "kinds": ["publish_now"], "language": "id"}
    webhook, _key = webhooks.make(by=cast.admin, at=NOW, mission=cast.tokyo, **values)
    return webhook


@pytest.fixture
def post(cast: Cast) -> Post:
    """Approved for tomorrow noon; nothing is left over from the way there."""
    made = post_in(Status.APPROVED, cast)
    outbox.tick(at=NOW)
    return made


def time_of(post: Post) -> datetime:
    assert post.scheduled_at is not None
    outbox.tick(at=post.scheduled_at - MINUTE)
    return post.scheduled_at


def now_rows(way: str) -> list[Reminder]:
    return list(Reminder.objects.filter(kind=Kind.PUBLISH_NOW, way=way))


def said_now(browser: Browser) -> list[dict[str, Any]]:
    return [said for _request, said in browser.received() if said["title"].startswith("Saatnya tayang")]


def mailed_now() -> list[list[str]]:
    return [letter.to for letter in mail.outbox if letter.subject.startswith("Saatnya tayang")]


def test_one_moment_reaches_every_way_once(
    post: Post, browser: Browser, bridge: Webhook, room: outside.Receiver, cast: Cast
) -> None:
    at = time_of(post)
    mail.outbox.clear()
    for _tick in range(3):
        outbox.tick(at=at)
    assert Notification.objects.filter(kind=Kind.PUBLISH_NOW, recipient=cast.drafter_tokyo).count() == 1
    assert mailed_now() == [[cast.drafter_tokyo.email]]
    (pushed,) = said_now(browser)
    assert pushed["url"] == f"/posts/{post.pk}/publish/"
    assert pushed["acknowledge"].startswith("/acknowledge/")
    assert pushed["acknowledge_label"] == "Saya tangani"
    (request,) = room.requests
    assert json.loads(request.body)["post"] == post.pk
    for way in (Way.PUSH, Way.WEBHOOK):
        (row,) = now_rows(way)
        assert (row.state, row.sent_at, row.attempts) == (State.SENT, at, 1)
        assert row.deliveries.count() == 1


def test_a_push_service_that_is_silent_delays_pushes_only(
    post: Post,
    browser: Browser,
    bridge: Webhook,
    vendor: outside.Receiver,
    room: outside.Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = time_of(post)
    monkeypatch.setattr(outbound, "TIMEOUT", 0.3)
    vendor.requests.clear()
    vendor.reply = outside.sleeps(10)
    mail.outbox.clear()
    outbox.tick(at=at)
    assert len(mailed_now()) == len(room.requests) == 1
    assert Breaker.objects.get().key == f"push:{outside.HOST}"
    outbox.tick(at=at + timedelta(seconds=20))
    assert len(vendor.requests) == 1  # and not before the breaker lets somebody try
    vendor.reply = outside.says(201)
    outbox.tick(at=at + timedelta(seconds=31))
    assert not Breaker.objects.exists()
    first, second = said_now(browser)
    assert first["tag"] == second["tag"]  # on the screen it is one
    (row,) = now_rows(Way.PUSH)
    assert row.state == State.SENT


def test_a_bridge_that_fails_is_tried_again_and_then_set_aside(
    post: Post, bridge: Webhook, room: outside.Receiver, cast: Cast
) -> None:
    at = time_of(post)
    room.reply = outside.says(500)
    waits = [timedelta(0), *(timedelta(seconds=s) for s in (30, 120, 600, 1800, 3600))]
    for wait in waits:
        at += wait
        if wait:
            outbox.tick(at=at - timedelta(seconds=1))
        outbox.tick(at=at)
    assert len(room.requests) == 6
    assert len({request.headers["x-selaras-delivery"] for request in room.requests}) == 1
    (row,) = now_rows(Way.WEBHOOK)
    assert row.state == State.FAILED
    assert row.deliveries.count() == 6
    outbox.tick(at=at + 10 * MINUTE)
    assert len(room.requests) == 6
    room.reply = outside.says(204)
    found = Reminder.objects.select_related("webhook__mission", "post__mission", "recipient", "stands_in_for").get(
        pk=row.pk
    )
    assert webhooks.resend(reminder=found, by=cast.admin, at=at + 20 * MINUTE).is_accepted
    row.refresh_from_db()
    assert row.state == State.SENT


def test_a_bridge_out_of_reach_waits_without_losing_attempts(
    post: Post, bridge: Webhook, room: outside.Receiver, settings: Any
) -> None:
    at = time_of(post)
    Webhook.objects.update(url="http://127.0.0.1:9/x")
    settings.OUTBOUND_PRIVATE_HOSTS.append("127.0.0.1:9")
    for minutes in range(30):
        outbox.tick(at=at + minutes * MINUTE)
    (row,) = now_rows(Way.WEBHOOK)
    assert (row.state, row.attempts) == (State.PENDING, 0)
    assert 5 < Delivery.objects.filter(reminder=row).count() < 30
    Webhook.objects.update(url=room.url())
    outbox.tick(at=at + 40 * MINUTE)
    row.refresh_from_db()
    assert row.state == State.SENT


def test_a_bridge_that_is_late_for_good_is_not_told(post: Post, bridge: Webhook, settings: Any) -> None:
    at = time_of(post)
    Webhook.objects.update(url="http://127.0.0.1:9/x")
    settings.OUTBOUND_PRIVATE_HOSTS.append("127.0.0.1:9")
    outbox.tick(at=at)
    outbox.tick(at=at + timedelta(hours=3))
    (row,) = now_rows(Way.WEBHOOK)
    assert row.state in (State.EXPIRED, State.SKIPPED)


def test_a_device_that_is_gone_is_told_nothing_more(post: Post, browser: Browser, vendor: outside.Receiver) -> None:
    at = time_of(post)
    vendor.requests.clear()
    vendor.reply = outside.says(410)
    outbox.tick(at=at)
    (row,) = now_rows(Way.PUSH)
    assert row.state == State.SKIPPED
    assert Device.objects.get().ended_at == at
    outbox.tick(at=at + 31 * MINUTE)  # overdue
    assert not Reminder.objects.filter(kind=Kind.PUBLISH_OVERDUE, way=Way.PUSH).exists()
    assert len(vendor.requests) == 1


def test_a_bridge_hears_of_its_own_mission_and_hq_of_all(cast: Cast, room: outside.Receiver) -> None:
    values = {"url": room.url("/tokyo"), "kinds": ["publish_now"], "language": "id", "name": "x"}
    webhooks.make(by=cast.admin, at=NOW, mission=cast.tokyo, **values)
    webhooks.make(by=cast.admin, at=NOW, mission=None, **values | {"url": room.url("/pusat")})
    tokyo, jeddah = post_in(Status.APPROVED, cast), post_in(Status.APPROVED, cast, jeddah=True)
    for one in (tokyo, jeddah):
        assert one.scheduled_at
        outbox.tick(at=one.scheduled_at)
    told = [(request.path, json.loads(request.body)["post"]) for request in room.requests]
    assert sorted(told) == [("/pusat", tokyo.pk), ("/pusat", jeddah.pk), ("/tokyo", tokyo.pk)]
