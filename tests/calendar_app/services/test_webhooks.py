"""Chat bridges as an administrator keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from audit.models import Entry
from calendar_app.errors import Conflict
from calendar_app.models import Delivery, Hold, Reminder, State, Status, Webhook
from calendar_app.services import webhooks
from calendar_app.services.couriers import webhook as courier
from tests import outside
from tests.cast import NOW, Cast, post_in

VALUES: dict[str, Any] = {"name": "Ruang tim", "kinds": ["held", "publish_now"], "language": "id"}


@pytest.fixture
def room(settings: Any) -> Iterator[outside.Receiver]:
    with outside.receiver() as server:
        settings.OUTBOUND_PRIVATE_HOSTS = [server.name]
        yield server


def make(cast: Cast, **changes: Any) -> tuple[Webhook, str]:
    values = VALUES | {"url": "https://chat.example.com/hooks/1", "mission": None}
    return webhooks.make(by=cast.admin, at=NOW, **values | changes)


def message(webhook: Webhook, state: str = State.FAILED, **changes: Any) -> Reminder:
    row: dict[str, Any] = {
        "kind": "held",
        "way": "webhook",
        "webhook": webhook,
        "data": {"count": 2, "reason": "Duka."},
    }
    if "kind" not in changes:
        # one that still stands
        hold = Hold.objects.create(scope="all", reason="Duka.", made_by=webhook.made_by, made_at=NOW)
        row["occasion"] = hold.pk
    number = Reminder.objects.count()
    row |= {"identity": f"held:{number}:w{webhook.pk}", "due_at": NOW - timedelta(hours=3), "valid_until": NOW}
    if state == State.SENT:
        row["sent_at"] = NOW
    if state in (State.SENDING, State.CLAIMED):
        row["lease_until"] = NOW
    made = Reminder.objects.create(**row | changes, state=state)
    return Reminder.objects.select_related("webhook__mission", "post", "recipient", "stands_in_for").get(pk=made.pk)


def test_only_administrators_look_after_bridges(cast: Cast) -> None:
    webhook, _secret = make(cast)
    for person in (cast.drafter_tokyo, cast.head_tokyo, cast.editor, cast.manager, cast.stranger):
        asked = {"by": person, "at": NOW}
        values = VALUES | {"url": "https://chat.example.com/hooks/1", "mission": None}
        for refused in (
            lambda asked=asked, values=values: webhooks.make(**asked, **values),
            lambda asked=asked, values=values: webhooks.change(webhook=webhook, **asked, **values),
            lambda asked=asked: webhooks.rotate(webhook=webhook, **asked),
            lambda asked=asked: webhooks.switch(webhook=webhook, is_active=False, **asked),
            lambda asked=asked: webhooks.send_test(webhook=webhook, **asked),
            lambda asked=asked: webhooks.resend(reminder=message(webhook), **asked),
        ):
            with pytest.raises(PermissionDenied):
                refused()
    assert Webhook.objects.count() == 1


def test_the_key_is_not_in_the_database(cast: Cast, settings: Any) -> None:
    webhook, secret = make(cast)
    assert secret.startswith("selh_")
    assert len(secret) == 48
    assert secret == courier.secret(webhook)
    kept = json.dumps(list(Webhook.objects.values()), default=str) + json.dumps(
        list(Entry.objects.values()), default=str
    )
    assert secret not in kept
    assert secret.removeprefix("selh_") not in kept
    settings.SECRET_KEY = "another"
    assert courier.secret(webhook) != secret


def test_each_bridge_has_its_own_key_and_a_new_one_ends_the_old(cast: Cast) -> None:
    one, first = make(cast)
    _other, second = make(cast)
    rotated, third = webhooks.rotate(webhook=one, by=cast.admin, at=NOW)
    assert len({first, second, third}) == 3
    assert courier.secret(Webhook.objects.get(pk=one.pk)) == third == courier.secret(rotated)


def test_everything_is_on_record(cast: Cast, room: outside.Receiver) -> None:
    webhook, _secret = make(cast, url=room.url("/a"))
    values = VALUES | {"url": room.url("/b"), "mission": cast.tokyo}
    asked = {"by": cast.admin, "at": NOW}
    webhook = webhooks.change(webhook=webhook, **asked, **values)
    webhooks.change(webhook=webhook, **asked, **values)  # the same again
    webhooks.rotate(webhook=webhook, **asked)
    webhooks.send_test(webhook=webhook, **asked)
    webhooks.resend(reminder=message(webhook), **asked)
    webhooks.switch(webhook=webhook, is_active=False, **asked)
    webhooks.switch(webhook=webhook, is_active=False, **asked)
    webhooks.switch(webhook=webhook, is_active=True, **asked)
    entries = Entry.objects.filter(object_kind="webhook", object_id=webhook.pk).order_by("id")
    assert [entry.action.removeprefix("webhook_") for entry in entries] == [
        *("made", "changed", "rotated", "tested", "resent", "switched_off", "switched_on")
    ]
    assert all(entry.actor_id == cast.admin.pk for entry in entries)
    assert entries[1].data["changes"] == {"url": [room.url("/a"), room.url("/b")], "mission": [None, "kbri-tokyo"]}


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"url": "http://chat.example.com/x"}, "url", "OUTBOUND_PRIVATE_HOSTS"),
        ({"url": "https://chat.example.com:8443/x"}, "url", "443"),
        ({"url": "https://10.0.0.1/x"}, "url", "nama di internet"),
        ({"url": "https://chat/x"}, "url", "nama di internet"),
        ({"url": "https://user:x@chat.example.com/x"}, "url", "kata sandi"),
        ({"url": "chat.example.com"}, "url", "alamat web"),
        ({"url": "https://chat.example.com/" + "x" * 500}, "url", "500"),
        ({"name": " \u200b "}, "name", "nama"),
        ({"name": "x" * 81}, "name", "80"),
        ({"kinds": []}, "kinds", "paling sedikit satu"),
        ({"kinds": ["held", "digest"]}, "kinds", "paling sedikit satu"),
        ({"kinds": ["nonsense"]}, "kinds", "paling sedikit satu"),
        ({"language": "fr"}, "language", "bahasa"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(cast: Cast, changes: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        make(cast, **changes)
    assert list(refused.value.message_dict) == [field]
    assert words in refused.value.message_dict[field][0]
    assert not Webhook.objects.exists()


def test_a_test_says_what_came_of_it_and_leaves_no_reminder(cast: Cast, room: outside.Receiver) -> None:
    webhook, secret = make(cast, url=room.url())
    call = webhooks.send_test(webhook=webhook, by=cast.admin, at=NOW)
    assert (call.is_accepted, call.status) == (True, 204)
    (request,) = room.requests
    said = json.loads(request.body)
    assert said["kind"] == "test"
    assert "Ruang tim" in said["text"]
    stamp = request.headers["x-selaras-timestamp"]
    assert request.headers["x-selaras-signature"] == f"sha256={courier.signature(secret, stamp, request.body)}"
    assert not Reminder.objects.exists()
    room.reply = outside.says(500)
    assert webhooks.send_test(webhook=webhook, by=cast.admin, at=NOW).status == 500


@pytest.mark.parametrize("state", [State.FAILED, State.EXPIRED, State.UNCERTAIN, State.SENT])
def test_what_has_ended_is_sent_again_under_the_same_id(cast: Cast, room: outside.Receiver, state: str) -> None:
    webhook, _secret = make(cast, url=room.url())
    row = message(webhook, state)
    call = webhooks.resend(reminder=row, by=cast.admin, at=NOW)
    assert call.is_accepted
    assert room.requests[0].headers["x-selaras-delivery"] == courier.delivery_id(row)
    row.refresh_from_db()
    assert (row.state, row.sent_at, row.error) == (State.SENT, NOW, "")
    assert Delivery.objects.get().reminder_id == row.pk


def test_a_message_that_fails_again_stays_set_aside(cast: Cast, room: outside.Receiver) -> None:
    room.reply = outside.says(500)
    webhook, _secret = make(cast, url=room.url())
    row = message(webhook)
    assert not webhooks.resend(reminder=row, by=cast.admin, at=NOW).is_accepted
    row.refresh_from_db()
    assert row.state == State.FAILED
    assert Delivery.objects.get().status_code == 500


@pytest.mark.parametrize("state", [State.PENDING, State.CLAIMED, State.SENDING, State.SKIPPED])
def test_what_is_on_its_way_or_taken_back_is_not_sent_by_hand(cast: Cast, room: outside.Receiver, state: str) -> None:
    webhook, _secret = make(cast, url=room.url())
    with pytest.raises(Conflict):
        webhooks.resend(reminder=message(webhook, state), by=cast.admin, at=NOW)
    assert room.requests == []


def test_what_no_longer_stands_is_not_sent_by_hand(cast: Cast, room: outside.Receiver) -> None:
    webhook, _secret = make(cast, url=room.url())
    row = message(webhook, State.SENT)
    Hold.objects.filter(pk=row.occasion).update(lifted_at=NOW, lifted_by=cast.admin)
    with pytest.raises(Conflict, match="tidak berlaku"):
        webhooks.resend(reminder=row, by=cast.admin, at=NOW)
    assert room.requests == []


def test_what_is_held_is_not_sent_by_hand(cast: Cast, room: outside.Receiver) -> None:
    webhook, _secret = make(cast, url=room.url())
    post = post_in(Status.APPROVED, cast)
    version = post.schedule_version
    row = message(webhook, State.SENT, kind="publish_now", post=post, schedule_version=version)
    Hold.objects.create(scope="all", reason="Duka.", made_by=cast.editor, made_at=NOW)
    with pytest.raises(Conflict, match="sedang ditahan"):
        webhooks.resend(reminder=row, by=cast.admin, at=NOW)
    Hold.objects.update(lifted_at=NOW, lifted_by=cast.editor)
    assert webhooks.resend(reminder=row, by=cast.admin, at=NOW).is_accepted


def test_a_bridge_that_is_switched_off_is_sent_nothing_by_hand(cast: Cast, room: outside.Receiver) -> None:
    webhook, _secret = make(cast, url=room.url())
    webhooks.switch(webhook=webhook, by=cast.admin, at=NOW, is_active=False)
    with pytest.raises(ValidationError, match="dimatikan"):
        webhooks.resend(reminder=message(webhook), by=cast.admin, at=NOW)
    assert room.requests == []
