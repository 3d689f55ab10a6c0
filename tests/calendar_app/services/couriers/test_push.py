"""Pushes, read by a browser of the test's own at a push service of the test's own. No vendor's service is asked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import ImproperlyConfigured

from audit.models import Entry
from calendar_app.models import Delivery, Device, Kind
from calendar_app.services import outbound
from calendar_app.services.couriers import vapid
from calendar_app.services.couriers.base import Accepted, Nothing, Refused, Unknown, Unreachable
from calendar_app.services.couriers.push import PushCourier
from tests import outside
from tests.browsers import P256, Browser, base64url, signed, unbase64url
from tests.calendar_app.services.couriers.conftest import Push
from tests.cast import NOW, Cast, data


def hand_over(row: Any, at: datetime = NOW) -> Any:
    courier = PushCourier()
    try:
        return courier.hand_over(row, at)
    finally:
        courier.close()


def test_the_test_s_own_browser_reads_the_example_of_the_rfc() -> None:
    """RFC 8291, appendix A."""
    private = ec.derive_private_key(int.from_bytes(unbase64url("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")), P256)
    browser = Browser(outside.Receiver(0, outside.says(201)), private=private)
    browser.secret = unbase64url("BTBZMqHH6r4Tts7J_aSIgg")
    body = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK"
        "6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert browser.decrypt(unbase64url(body)) == b"When I grow up, I want to be a watermelon"


def test_the_device_reads_what_is_meant_for_it(push: Push, browser: Browser) -> None:
    row = push()
    assert hand_over(row) == Accepted()
    ((request, said),) = browser.received()
    assert said["title"] == "Saatnya tayang: Kopi Gayo di Tokyo"
    assert "KBRI Tokyo" in said["body"]
    assert said["url"] == f"/posts/{row.post_id}/publish/"
    assert said["tag"].startswith(f"publish_now:{row.post_id}:1:now:")
    assert said["language"] == "id"
    assert request.headers["content-encoding"] == "aes128gcm"
    assert request.headers["urgency"] == "high"
    assert request.headers["ttl"] == "7200"
    assert len(request.headers["topic"]) == 32
    device = Device.objects.get()
    assert device.last_sent_at == NOW
    (delivery,) = Delivery.objects.all()
    assert (delivery.is_accepted, delivery.status_code, delivery.reminder_id) == (True, 201, row.pk)


def test_the_push_service_knows_who_sends(push: Push, browser: Browser, vendor: outside.Receiver) -> None:
    hand_over(push())
    ((request, _said),) = browser.received()
    claims, key = signed(request)
    assert key == vapid.public_key()
    assert claims["aud"] == f"http://{vendor.name}"
    assert timedelta(0) < datetime.fromtimestamp(claims["exp"], NOW.tzinfo) - NOW <= timedelta(hours=24)
    assert claims["sub"] == "mailto:selaras@localhost"


def test_never_the_text_of_the_post_nor_a_comment_on_it(push: Push, browser: Browser) -> None:
    hand_over(
        push(Kind.DECIDED, data={"action": "request_changes", "by": "Peninjau", "comment": "Ganti “kopi luwak”."})
    )
    ((_request, said),) = browser.received()
    words = " ".join(str(value) for value in said.values())
    assert said["title"] == "Perlu perbaikan: Kopi Gayo di Tokyo"
    assert "luwak" not in words
    for variant in data()["variants"]:
        assert variant["text"] not in words


def test_in_the_language_of_its_person(push: Push, browser: Browser, cast: Cast) -> None:
    cast.drafter_tokyo.language = "en"
    cast.drafter_tokyo.save(update_fields=["language"])
    hand_over(push(Kind.ANSWER_COMMENTS))
    ((request, said),) = browser.received()
    assert said["language"] == "en"
    assert said["title"] == "Answer comments: Kopi Gayo di Tokyo"
    assert request.headers["urgency"] == "normal"


def test_the_longest_message_still_fits(push: Push, browser: Browser) -> None:
    reason = "برای شهروندان " * 35
    hand_over(push(Kind.HELD, post=None, data={"count": 3, "reason": reason, "scope_name": {"id": "Ж" * 200}}))
    ((_request, said),) = browser.received()
    assert said["body"].endswith("…")


def test_a_repeat_replaces_what_it_repeats(push: Push, browser: Browser) -> None:
    row = push()
    hand_over(row)
    hand_over(row)
    first, second = browser.received()
    assert first[0].headers["topic"] == second[0].headers["topic"]
    assert first[1]["tag"] == second[1]["tag"]
    assert first[0].body != second[0].body  # a new salt and key each time
    assert PushCourier.repeatable


def test_many_pushes_share_a_line(push: Push, vendor: outside.Receiver) -> None:
    vendor.keeps = True
    courier = PushCourier()
    for kind in (Kind.PUBLISH_NOW, Kind.PUBLISH_OVERDUE, Kind.MOVED):
        assert courier.hand_over(push(kind), NOW) == Accepted()
    courier.close()
    assert (len(vendor.requests), vendor.connections) == (3, 1)


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_ended(push: Push, vendor: outside.Receiver, status: int) -> None:
    vendor.reply = outside.says(status)
    row = push()
    assert isinstance(hand_over(row), Nothing)
    device = Device.objects.get()
    assert device.ended_at == NOW
    assert Entry.objects.filter(action="device_gone", object_id=device.pk, actor_id=None).count() == 1
    again = push(Kind.PUBLISH_OVERDUE)
    assert isinstance(hand_over(again), Nothing)
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 413])
def test_what_will_never_do_is_not_tried_again(push: Push, vendor: outside.Receiver, status: int) -> None:
    vendor.reply = outside.says(status, b"UnauthorizedRegistration")
    result = hand_over(push())
    assert isinstance(result, Refused)
    assert result.final
    assert Device.objects.get().ended_at is None
    assert "UnauthorizedRegistration" in Delivery.objects.get().detail


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_later_is_not_the_message_s_fault(push: Push, vendor: outside.Receiver, status: int) -> None:
    vendor.reply = outside.says(status, Retry_After="60")
    result = hand_over(push())
    assert isinstance(result, Refused)
    assert result.is_passing
    assert not result.final


@pytest.mark.parametrize("status", [302, 500])
def test_a_no_is_tried_again(push: Push, vendor: outside.Receiver, status: int) -> None:
    vendor.reply = outside.says(status, Location="https://example.com/")
    assert hand_over(push()) == Refused(f"HTTP {status}")
    assert len(vendor.requests) == 1


def test_a_service_that_does_not_answer_is_down(
    push: Push, vendor: outside.Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbound, "TIMEOUT", 0.3)
    vendor.reply = outside.sleeps(10)
    result = hand_over(push())
    assert isinstance(result, Unknown)
    assert result.is_down
    delivery = Delivery.objects.get()
    assert (delivery.status_code, delivery.is_accepted) == (None, False)
    assert delivery.detail.startswith("slow: ")


def test_a_service_that_is_not_there_costs_no_attempt(push: Push, settings: Any) -> None:
    row = push()
    settings.OUTBOUND_PRIVATE_HOSTS = ["127.0.0.1:9"]
    assert row.device
    row.device.endpoint = "http://127.0.0.1:9/push/x"
    assert isinstance(hand_over(row), Unreachable)
    assert PushCourier().key(row) == "push:127.0.0.1"


def test_an_address_that_is_allowed_no_more_is_not_called(push: Push, vendor: outside.Receiver, settings: Any) -> None:
    row = push()
    settings.PUSH_HOSTS = ["fcm.googleapis.com"]
    result = hand_over(row)
    assert isinstance(result, Refused)
    assert result.final
    assert vendor.requests == []


def test_nothing_is_pushed_to_another_person_s_device(push: Push, vendor: outside.Receiver, cast: Cast) -> None:
    assert isinstance(hand_over(push(recipient=cast.head_tokyo)), Nothing)
    assert vendor.requests == []


@pytest.mark.parametrize(("hours", "ttl"), [(-1, "0"), (0, "0"), (24 * 60, str(28 * 86400))])
def test_it_is_kept_as_long_as_it_makes_sense(push: Push, browser: Browser, hours: int, ttl: str) -> None:
    hand_over(push(Kind.DECIDED, valid_until=NOW + timedelta(hours=hours)))
    ((request, _said),) = browser.received()
    assert request.headers["ttl"] == ttl


# Keys ------------------------------------------------------------------------------------


def test_the_key_is_the_same_on_every_machine_with_the_same_secret(settings: Any) -> None:
    settings.SECRET_KEY, settings.VAPID_PRIVATE_KEY = "a" * 50, ""
    one = vapid.public_key()
    settings.SECRET_KEY = "b" * 50
    assert vapid.public_key() != one
    settings.SECRET_KEY = "a" * 50
    assert vapid.public_key() == one
    assert len(unbase64url(one)) == 65


def test_a_key_of_one_s_own_outlives_the_secret(settings: Any) -> None:
    settings.VAPID_PRIVATE_KEY = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
    one = vapid.public_key()
    settings.SECRET_KEY = "c" * 50
    assert vapid.public_key() == one
    assert one.startswith("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcx")


@pytest.mark.parametrize(
    "given", ["x", "q1dXpw3UpT5VOmu", base64url(b"\0" * 32), base64url(b"\xff" * 32), "é" * 43, "-----BEGIN"]
)
def test_a_key_that_is_none_is_refused_loudly(settings: Any, given: str) -> None:
    settings.VAPID_PRIVATE_KEY = given
    with pytest.raises(ImproperlyConfigured, match="VAPID_PRIVATE_KEY"):
        vapid.public_key()
