"""Adding this browser, taking one away, and the service worker."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from calendar_app.models import Device
from calendar_app.services import devices
from calendar_app.services.couriers import vapid
from tests import outside
from tests.browsers import Browser
from tests.cast import NOW, Cast

VENDOR = outside.Receiver(9, outside.says(201))
pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture(autouse=True)
def known_service(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = [VENDOR.name]
    settings.PUSH_HOSTS = [outside.HOST]


def test_a_browser_is_added_to_its_person(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.drafter_tokyo)
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    answer = client.post("/profile/devices/", Browser(VENDOR).subscription, headers={"User-Agent": agent})
    assert answer.headers["Location"] == "/profile/#perangkat"
    device = Device.objects.get()
    assert (device.person, device.name, device.created_at) == (cast.drafter_tokyo, "Firefox, Linux", NOW)


def test_the_profile_lists_devices_without_their_addresses(cast: Cast, sign_in: Any) -> None:
    browser = Browser(VENDOR)
    device = devices.add(person=cast.drafter_tokyo, at=NOW, name="Firefox, Linux", **browser.subscription)
    page = sign_in(cast.drafter_tokyo).get("/profile/").content.decode()
    assert f'data-push="{vapid.public_key()}"' in page
    assert f'action="/profile/devices/{device.pk}/end/"' in page
    assert "Firefox, Linux" in page
    assert browser.path not in page
    assert device.auth not in page


def test_what_is_refused_is_said(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.drafter_tokyo)
    given = Browser(VENDOR).subscription | {"endpoint": "https://evil.example.com/"}
    page = client.post("/profile/devices/", given, follow=True).content.decode()
    assert "Layanan notifikasi peramban ini tidak dikenal di sini." in page
    assert not Device.objects.exists()


def test_one_s_own_device_is_taken_away(cast: Cast, sign_in: Any) -> None:
    device = devices.add(person=cast.drafter_tokyo, at=NOW, name="x", **Browser(VENDOR).subscription)
    assert sign_in(cast.head_tokyo).post(f"/profile/devices/{device.pk}/end/").status_code == 404
    page = sign_in(cast.drafter_tokyo).post(f"/profile/devices/{device.pk}/end/", follow=True).content.decode()
    assert "dihapus" in page
    device.refresh_from_db()
    assert device.ended_at == NOW


def test_the_worker_is_served_at_the_root_and_is_the_same_for_everybody(cast: Cast, sign_in: Any) -> None:
    nobody, somebody = Client().get("/sw.js"), sign_in(cast.drafter_tokyo).get("/sw.js")
    assert nobody.status_code == 200
    assert nobody.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert nobody.headers["Cache-Control"] == somebody.headers["Cache-Control"] == "no-store"
    assert nobody.content == somebody.content


def test_the_worker_keeps_no_page() -> None:
    text = Client().get("/sw.js").content.decode()
    code = re.sub(r"//[^\n]*", "", text)
    assert not re.findall(r"caches|\"fetch\"|onfetch|importScripts|indexedDB", code)


def test_pages_may_run_a_worker_of_this_site_and_no_other(cast: Cast, sign_in: Any) -> None:
    policy = sign_in(cast.drafter_tokyo).get("/").headers["Content-Security-Policy"]
    assert "worker-src 'self';" in policy + ";"
    assert json.dumps(policy).count("worker-src") == 1
