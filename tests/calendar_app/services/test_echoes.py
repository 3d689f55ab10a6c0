"""Devices and chat bridges are told exactly what a notice says, once."""

from typing import Any

import pytest

from calendar_app.models import Device, Kind, Notification, Reminder, State, Status, Way, Webhook
from calendar_app.queries.reminders import void_reason
from calendar_app.services import handover, notices, outbox
from missions.models import Mission, Person
from tests.cast import NOW, Cast, post_in


def device_of(person: Person, name: str = "Firefox", **fields: Any) -> Device:
    values = {"host": "push.example", "p256dh": "x", "auth": "x", "created_at": NOW} | fields
    return Device.objects.create(person=person, name=name, endpoint=f"https://push.example/{name}{person.pk}", **values)


def bridge_of(mission: Mission | None, cast: Cast, *kinds: str, **fields: Any) -> Webhook:
    name = str(mission or "Pusat")
    values = {"url": "https://chat.example/", "salt": "x", "made_by": cast.admin, "made_at": NOW} | fields
    return Webhook.objects.create(name=name, mission=mission, kinds=list(kinds), **values)


@pytest.fixture(autouse=True)
def only_notices_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "COURIERS", {})


def rows(way: Way) -> list[Reminder]:
    return list(Reminder.objects.filter(way=way).order_by("pk"))


def test_each_device_of_a_person_is_told_once(cast: Cast) -> None:
    phone, laptop = device_of(cast.drafter_tokyo, "Telepon"), device_of(cast.drafter_tokyo, "Laptop")
    device_of(cast.drafter_tokyo, "Hilang", ended_at=NOW)
    post_in(Status.APPROVED, cast)
    for _n in range(3):
        outbox.tick(at=NOW)
    found = rows(Way.PUSH)
    assert {row.device for row in found} == {phone, laptop}
    assert {(row.kind, row.recipient, row.state) for row in found} == {
        (Kind.DECIDED, cast.drafter_tokyo, State.PENDING)
    }
    assert len(found) == 2


def test_a_kind_that_is_muted_is_not_pushed_and_the_notice_comes(cast: Cast) -> None:
    Person.objects.filter(pk=cast.drafter_tokyo.pk).update(muted_kinds=[Kind.DECIDED])
    device_of(cast.drafter_tokyo)
    post_in(Status.APPROVED, cast)
    outbox.tick(at=NOW)
    assert rows(Way.PUSH) == []
    assert Notification.objects.filter(kind=Kind.DECIDED, recipient=cast.drafter_tokyo).exists()


def test_a_device_that_is_taken_away_hears_no_more(cast: Cast) -> None:
    device = device_of(cast.drafter_tokyo)
    post_in(Status.APPROVED, cast)
    outbox.tick(at=NOW)
    Device.objects.filter(pk=device.pk).update(ended_at=NOW)
    assert [void_reason(row) for row in rows(Way.PUSH)] == ["device_gone"]


def test_a_bridge_hears_of_its_own_mission_once_however_many_people_do(cast: Cast) -> None:
    tokyo = bridge_of(cast.tokyo, cast, Kind.DECIDED)
    headquarters = bridge_of(None, cast, Kind.DECIDED)
    bridge_of(cast.jeddah, cast, Kind.DECIDED)
    bridge_of(cast.tokyo, cast, Kind.PUBLISH_NOW)
    bridge_of(cast.tokyo, cast, Kind.DECIDED, is_active=False)
    post_in(Status.APPROVED, cast)
    outbox.tick(at=NOW)
    assert Notification.objects.filter(kind=Kind.DECIDED).count() == 2
    assert {row.webhook for row in rows(Way.WEBHOOK)} == {tokyo, headquarters}
    assert len(rows(Way.WEBHOOK)) == 2
    assert {(row.recipient, void_reason(row)) for row in rows(Way.WEBHOOK)} == {(None, "")}


def test_a_notice_that_is_not_written_has_no_echo(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    device_of(cast.drafter_tokyo)
    post_in(Status.APPROVED, cast)

    def dies(*_: Any) -> None:
        raise ValueError("poison")

    monkeypatch.setattr(notices.echoes, "make", dies)
    outbox.tick(at=NOW)
    assert (rows(Way.PUSH), Notification.objects.count()) == ([], 0)


def test_an_echo_is_never_due_before_its_notice(cast: Cast) -> None:
    device_of(cast.drafter_tokyo)
    post = post_in(Status.APPROVED, cast)
    assert post.scheduled_at is not None
    late = post.scheduled_at + (post.scheduled_at - NOW) / 100
    outbox.tick(at=late)
    row = Reminder.objects.get(way=Way.PUSH, kind=Kind.PUBLISH_NOW)
    assert row.due_at == late
