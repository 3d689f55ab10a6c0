"""Browsers that a person lets notices be pushed to."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from audit.models import Entry
from calendar_app.models import Device
from calendar_app.queries import devices as queries
from calendar_app.services import devices
from missions.models import Person
from tests import outside
from tests.browsers import Browser, base64url
from tests.cast import NOW, Cast

VENDOR = outside.Receiver(9, outside.says(201))
AT = {"at": NOW, "name": "Firefox, Linux"}


@pytest.fixture(autouse=True)
def known_service(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = [VENDOR.name]
    settings.PUSH_HOSTS = [outside.HOST]


def add(person: Person, browser: Browser | None = None, **changes: Any) -> Device:
    return devices.add(person=person, **AT | (browser or Browser(VENDOR)).subscription | changes)


def test_adding_and_taking_away_is_on_record(cast: Cast) -> None:
    device = add(cast.drafter_tokyo)
    assert (device.host, device.name, device.ended_at) == ("127.0.0.1", "Firefox, Linux", None)
    devices.end(device=device, by=cast.drafter_tokyo, at=NOW)
    devices.end(device=device, by=cast.drafter_tokyo, at=NOW)
    assert queries.live(cast.drafter_tokyo) == []
    said = Entry.objects.filter(object_kind="device", object_id=device.pk).order_by("id")
    assert [(entry.action, entry.actor_id) for entry in said] == [
        ("device_added", cast.drafter_tokyo.pk),
        ("device_removed", cast.drafter_tokyo.pk),
    ]
    # the address is a secret of the browser and its vendor
    assert all("push" not in str(entry.data) for entry in said)


def test_adding_it_again_renews_its_keys(cast: Cast) -> None:
    browser = Browser(VENDOR)
    first = add(cast.drafter_tokyo, browser)
    renewed = Browser(VENDOR, path=browser.path)
    second = add(cast.drafter_tokyo, renewed)
    assert first.pk == second.pk
    assert Device.objects.get().p256dh == renewed.subscription["p256dh"]
    assert Entry.objects.filter(action="device_added").count() == 1


def test_an_address_stays_with_who_brought_it(cast: Cast) -> None:
    """On a shared machine, too: what is on its way to one person never reaches the next."""
    browser = Browser(VENDOR)
    device = add(cast.drafter_tokyo, browser)
    for _time in (1, 2):
        with pytest.raises(ValidationError, match="orang lain"):
            add(cast.drafter_jeddah, browser)
        devices.end(device=device, by=cast.drafter_tokyo, at=NOW)
    device.refresh_from_db()
    assert device.person == cast.drafter_tokyo


def test_nobody_ends_the_device_of_another(cast: Cast) -> None:
    device = add(cast.drafter_tokyo)
    with pytest.raises(PermissionDenied):
        devices.end(device=device, by=cast.head_tokyo, at=NOW)


def test_a_person_has_only_so_many(cast: Cast) -> None:
    first = add(cast.drafter_tokyo)
    for _number in range(devices.MOST_LIVE - 1):
        add(cast.drafter_tokyo)
    with pytest.raises(ValidationError, match="10 perangkat"):
        add(cast.drafter_tokyo)
    add(cast.drafter_jeddah)
    devices.end(device=first, by=cast.drafter_tokyo, at=NOW)
    add(cast.drafter_tokyo)


def test_who_is_deactivated_adds_none(cast: Cast) -> None:
    Person.objects.filter(pk=cast.drafter_tokyo.pk).update(is_active=False)
    with pytest.raises(PermissionDenied):
        add(cast.drafter_tokyo)


@pytest.mark.parametrize(
    "endpoint",
    [
        *("", "http://127.0.0.1:10/x", "https://example.com/x", "https://169.254.169.254/latest", "https://[::1]/"),
        *("javascript:alert(1)", "https://fcm.googleapis.com/" + "x" * 1000, "https://user@127.0.0.1:9/x"),
    ],
)
def test_a_push_goes_only_to_a_known_service(cast: Cast, endpoint: str) -> None:
    with pytest.raises(ValidationError):
        add(cast.drafter_tokyo, endpoint=endpoint)
    assert not Device.objects.exists()


@pytest.mark.parametrize(
    "keys",
    [
        *(
            {"p256dh": ""},
            {"p256dh": "é"},
            {"p256dh": base64url(b"\4" + b"\1" * 64)},
            {"p256dh": base64url(b"\4" * 33)},
        ),
        *({"auth": ""}, {"auth": base64url(b"x" * 15)}, {"auth": base64url(b"x" * 17)}, {"auth": "\x00" * 22}),
    ],
)
def test_keys_that_encrypt_nothing_are_refused(cast: Cast, keys: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="kunci"):
        add(cast.drafter_tokyo, **keys)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Windows"),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
            "Chrome, Android",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15",
            "Safari, Mac",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1",
            "Safari, iPhone",
        ),
        ("curl/8", "Peramban"),
        ("", "Peramban"),
    ],
)
def test_devices_are_told_apart(agent: str, name: str) -> None:
    assert devices.name_of(agent) == name
