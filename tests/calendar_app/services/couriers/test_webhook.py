"""Messages to chat bridges, read by a receiver of the test's own, written as docs/webhooks.md tells receivers to."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from calendar_app.models import Delivery, Kind, Reminder, Status, Way, Webhook
from calendar_app.services import outbound, webhooks
from calendar_app.services.claims import BACKOFF
from calendar_app.services.couriers.base import Accepted, Nothing, Refused, Unknown, Unreachable
from calendar_app.services.couriers.webhook import WebhookCourier, delivery_id
from tests import outside
from tests.cast import NOW, Cast, data, post_in

DOCUMENT = Path(__file__).resolve().parents[4] / "docs" / "webhooks.md"


@pytest.fixture
def room(settings: Any) -> Iterator[outside.Receiver]:
    with outside.receiver() as server:
        settings.OUTBOUND_PRIVATE_HOSTS = [server.name]
        yield server


Call = Callable[..., Reminder]


@pytest.fixture
def bridge(cast: Cast, room: outside.Receiver) -> tuple[Webhook, str]:
    values = {"name": "Ruang Tokyo", "url": room.url("/hooks/abc"), "kinds": ["publish_now"], "language": "id"}
    return webhooks.make(by=cast.admin, at=NOW, mission=cast.tokyo, **values)


@pytest.fixture
def call(cast: Cast, bridge: tuple[Webhook, str]) -> Call:
    webhook, _key = bridge
    post = post_in(Status.APPROVED, cast)

    def make(kind: str = Kind.PUBLISH_NOW, **changes: Any) -> Reminder:
        fields: dict[str, Any] = {
            "identity": f"{kind}:{post.pk}:1:now:w{webhook.pk}:webhook",
            "kind": kind,
            "way": Way.WEBHOOK,
            "post": post,
            "webhook": webhook,
            "due_at": NOW,
            "valid_until": NOW + timedelta(hours=2),
        }
        row = Reminder.objects.create(**fields | changes)
        return Reminder.objects.select_related("recipient", "device", "webhook", "post__mission").get(pk=row.pk)

    return make


def hand_over(row: Reminder) -> Any:
    return WebhookCourier().hand_over(row, NOW)


def test_the_receiver_is_told_and_can_check_by_whom(
    call: Call, room: outside.Receiver, bridge: tuple[Webhook, str]
) -> None:
    row = call()
    assert hand_over(row) == Accepted()
    (request,) = room.requests
    said = json.loads(request.body)
    assert request.path == "/hooks/abc"
    assert request.headers["content-type"] == "application/json; charset=utf-8"
    stamp = request.headers["x-selaras-timestamp"]
    assert int(stamp) == int(NOW.timestamp())
    expected = hmac.new(bridge[1].encode(), stamp.encode() + b"." + request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-selaras-signature"] == f"sha256={expected}"
    assert request.headers["x-selaras-delivery"] == said["delivery"] == delivery_id(row)
    assert said["kind"] == "publish_now"
    assert said["title"] == "Saatnya tayang: Kopi Gayo di Tokyo"
    assert said["mission"] == {"code": "kbri-tokyo", "name": "KBRI Tokyo"}
    assert said["post"] == row.post_id
    # a chat room is nobody in particular: the page that everybody of the mission may read, or publishes from
    assert said["url"] == f"http://127.0.0.1:8000/posts/{row.post_id}/publish/"
    assert said["text"].startswith(said["title"])
    assert said["url"] in said["text"]
    delivery = Delivery.objects.get()
    assert (delivery.reminder_id, delivery.is_accepted, delivery.status_code) == (row.pk, True, 204)


def test_the_example_of_the_document_accepts_it_and_nothing_else(
    call: Call, room: outside.Receiver, bridge: tuple[Webhook, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)[0]
    example: dict[str, Any] = {}
    exec(code, example)  # noqa: S102 - our own document
    monkeypatch.setattr(example["time"], "time", lambda: NOW.timestamp() + 4)
    hand_over(call())
    (request,) = room.requests
    headers = {name.title(): value for name, value in request.headers.items()}
    is_genuine, key = example["is_genuine"], bridge[1]
    assert is_genuine(key, headers, request.body)
    assert not is_genuine(key + "x", headers, request.body)
    assert not is_genuine(key, headers, request.body + b" ")
    assert not is_genuine(key, headers | {"X-Selaras-Timestamp": str(int(NOW.timestamp()) + 1)}, request.body)
    monkeypatch.setattr(example["time"], "time", lambda: NOW.timestamp() + 400)
    assert not is_genuine(key, headers, request.body)


def test_the_document_names_every_field(call: Call, room: outside.Receiver) -> None:
    hand_over(call())
    shown = json.loads(re.findall(r"```json\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)[0])
    assert list(shown) == list(json.loads(room.requests[0].body))


def test_never_the_text_of_the_post_nor_a_comment_on_it(call: Call, room: outside.Receiver) -> None:
    hand_over(
        call(Kind.DECIDED, data={"action": "request_changes", "by": "Peninjau", "comment": "Ganti “kopi luwak”."})
    )
    body = room.requests[0].body.decode()
    assert "Perlu perbaikan" in body
    assert "luwak" not in body
    assert all(variant["text"] not in body for variant in data()["variants"])


def test_a_repeat_has_the_same_id(call: Call, room: outside.Receiver) -> None:
    row = call()
    hand_over(row)
    hand_over(row)
    first, second = (request.headers["x-selaras-delivery"] for request in room.requests)
    assert first == second
    assert WebhookCourier.repeatable
    assert Delivery.objects.filter(reminder=row).count() == 2


def test_it_is_tried_again_after_these(call: Call) -> None:
    waits = [round(wait.total_seconds()) for wait in BACKOFF[Way.WEBHOOK]]
    assert waits == [30, 120, 600, 1800, 3600]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 500])
def test_a_no_is_tried_again(call: Call, room: outside.Receiver, status: int) -> None:
    room.reply = outside.says(status, b"no such\x00 hook \x1b[31m")
    assert hand_over(call()) == Refused(f"HTTP {status}")
    delivery = Delivery.objects.get()
    assert (delivery.is_accepted, delivery.status_code) == (False, status)
    assert "no such" in delivery.detail
    assert delivery.detail.isprintable()


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_later_is_not_the_message_s_fault(call: Call, room: outside.Receiver, status: int) -> None:
    room.reply = outside.says(status)
    result = hand_over(call())
    assert isinstance(result, Refused)
    assert result.is_passing


def test_a_redirect_is_not_followed(call: Call, room: outside.Receiver, settings: Any) -> None:
    with outside.receiver() as other:
        settings.OUTBOUND_PRIVATE_HOSTS.append(other.name)
        room.reply = outside.says(307, Location=other.url("/inside"))
        assert hand_over(call()) == Refused("HTTP 307")
        assert other.requests == []
    assert other.url("/inside") in Delivery.objects.get().detail


def test_a_slow_receiver_is_down(call: Call, room: outside.Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "TIMEOUT", 0.3)
    room.reply = outside.sleeps(10)
    result = hand_over(call())
    assert isinstance(result, Unknown)
    assert result.is_down
    assert Delivery.objects.get().detail == "slow: no answer within 0.3 s"


def test_a_huge_answer_is_not_read(call: Call, room: outside.Receiver) -> None:
    room.reply = outside.pours(500)
    assert hand_over(call()) == Refused("HTTP 500")
    assert len(Delivery.objects.get().detail) <= 500


def test_a_receiver_that_is_not_there_costs_no_attempt(call: Call, settings: Any) -> None:
    row = call()
    assert row.webhook
    settings.OUTBOUND_PRIVATE_HOSTS = ["127.0.0.1:9"]
    row.webhook.url = "http://127.0.0.1:9/"
    assert isinstance(hand_over(row), Unreachable)
    assert WebhookCourier().key(row) == f"webhook:{row.webhook_id}"


def test_an_address_that_is_allowed_no_more_is_not_called(call: Call, room: outside.Receiver, settings: Any) -> None:
    row = call()
    settings.OUTBOUND_PRIVATE_HOSTS = []
    result = hand_over(row)
    assert isinstance(result, Refused)
    assert result.final
    assert room.requests == []


def test_a_bridge_that_is_switched_off_is_told_nothing(call: Call, room: outside.Receiver, cast: Cast) -> None:
    row = call()
    assert row.webhook
    webhooks.switch(webhook=row.webhook, by=cast.admin, at=NOW, is_active=False)
    row.webhook.refresh_from_db()
    assert isinstance(hand_over(row), Nothing)
    assert room.requests == []


def test_in_the_language_of_the_bridge(call: Call, room: outside.Receiver) -> None:
    row = call(Kind.ANSWER_COMMENTS)
    assert row.webhook
    row.webhook.language = "en"
    hand_over(row)
    assert json.loads(room.requests[0].body)["title"] == "Answer comments: Kopi Gayo di Tokyo"
