"""The administrator's pages of chat bridges."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from calendar_app.models import Delivery, Reminder, State, Webhook
from calendar_app.services.couriers import webhook as courier
from tests import outside
from tests.calendar_app.services.test_webhooks import make, message
from tests.cast import NOW, Cast

pytestmark = pytest.mark.usefixtures("frozen")
GIVEN: dict[str, Any] = {
    "name": "Ruang tim",
    "url": "https://chat.example.com/hooks/1",
    "mission": "kbri-tokyo",
    "kinds": ["held", "publish_now"],
    "language": "en",
}


@pytest.fixture
def admin(cast: Cast, sign_in: Any) -> Client:
    client: Client = sign_in(cast.admin)
    return client


@pytest.fixture
def room(settings: Any) -> Iterator[outside.Receiver]:
    with outside.receiver() as server:
        settings.OUTBOUND_PRIVATE_HOSTS = [server.name]
        yield server


def read(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_bridge_is_made_after_a_look_at_what_it_means(admin: Client, cast: Cast) -> None:
    page = read(admin.post("/webhooks/new/", GIVEN))
    assert "Alamat ini akan diberi tahu apa yang menyangkut KBRI Tokyo." in page
    assert "<dd>Ditahan, Saatnya tayang</dd>" in page
    assert not Webhook.objects.exists()
    page = read(admin.post("/webhooks/new/", GIVEN | {"back": "1"}))
    assert 'value="https://chat.example.com/hooks/1"' in page
    assert not Webhook.objects.exists()
    answer = admin.post("/webhooks/new/", GIVEN | {"confirmed": "1"})
    webhook = Webhook.objects.get()
    assert (webhook.mission, webhook.kinds, webhook.language) == (cast.tokyo, ["held", "publish_now"], "en")
    path = f"/webhooks/{webhook.pk}/"
    # loading the page again makes no second one
    assert (answer.status_code, answer.headers["Location"]) == (302, path)
    secret = courier.secret(webhook)
    assert secret not in json.dumps(dict(admin.session))
    assert secret not in read(admin.head(path))
    shown = admin.get(path)
    assert "Jembatan dibuat." in read(shown)
    assert secret in read(shown)
    assert "no-store" in shown.headers["Cache-Control"]
    assert secret not in read(admin.get(path))


def test_all_missions_are_chosen_and_not_left_empty(admin: Client) -> None:
    for empty in ("", "kbri-tidak-ada"):
        assert admin.post("/webhooks/new/", GIVEN | {"mission": empty, "confirmed": "1"}).status_code == 422
    assert "menyangkut semua perwakilan" in read(admin.post("/webhooks/new/", GIVEN | {"mission": "pusat"}))
    admin.post("/webhooks/new/", GIVEN | {"mission": "pusat", "confirmed": "1"})
    webhook = Webhook.objects.get()
    assert webhook.mission is None
    assert '<option value="pusat" selected>' in read(admin.get(f"/webhooks/{webhook.pk}/edit/"))


def test_the_key_is_shown_once(admin: Client, cast: Cast) -> None:
    webhook, secret = make(cast)
    for path in ("/webhooks/", f"/webhooks/{webhook.pk}/", f"/webhooks/{webhook.pk}/edit/"):
        assert secret not in read(admin.get(path))
    other, _secret = make(cast)
    answer = admin.post(f"/webhooks/{webhook.pk}/rotate/")
    assert courier.secret(other) not in read(admin.get(f"/webhooks/{other.pk}/"))
    page = read(admin.get(answer.headers["Location"]))
    assert "Kunci baru. Salin sekarang" in page
    webhook.refresh_from_db()
    assert courier.secret(webhook) in page
    assert secret not in page
    assert courier.secret(webhook) not in read(admin.get(f"/webhooks/{webhook.pk}/"))


@pytest.mark.parametrize("url", ["http://chat.example.com/", "https://127.0.0.1/", "x"])
def test_an_address_that_may_not_be_called_is_refused_before_it_is_confirmed(admin: Client, url: str) -> None:
    answer = admin.post("/webhooks/new/", GIVEN | {"url": url})
    assert answer.status_code == 422
    assert read(answer).count('class="error"') == 1
    assert admin.post("/webhooks/new/", GIVEN | {"url": url, "confirmed": "1"}).status_code == 422
    assert not Webhook.objects.exists()


def test_a_bridge_is_changed(admin: Client, cast: Cast) -> None:
    webhook, secret = make(cast)
    path = f"/webhooks/{webhook.pk}/edit/"
    assert 'value="https://chat.example.com/hooks/1"' in read(admin.get(path))
    assert "Kuncinya tetap sama." in read(admin.post(path, GIVEN | {"name": "Lain"}))
    assert admin.post(path, GIVEN | {"name": "Lain", "confirmed": "1"}).status_code == 302
    webhook.refresh_from_db()
    assert (webhook.name, webhook.mission) == ("Lain", cast.tokyo)
    assert courier.secret(webhook) == secret


def test_off_and_on(admin: Client, cast: Cast) -> None:
    webhook, _secret = make(cast)
    page = read(admin.post(f"/webhooks/{webhook.pk}/switch/", {"to": "off"}, follow=True))
    assert "dimatikan" in page
    assert not Webhook.objects.get().is_active
    admin.post(f"/webhooks/{webhook.pk}/switch/", {"to": "on"})
    assert Webhook.objects.get().is_active


def test_a_test_message_says_what_came_of_it(admin: Client, cast: Cast, room: outside.Receiver) -> None:
    webhook, _secret = make(cast, url=room.url())
    page = read(admin.post(f"/webhooks/{webhook.pk}/test/", follow=True))
    assert re.search(r"Diterima dalam \d+ ms \(HTTP 204\)", page)
    room.reply = outside.says(401)
    page = read(admin.post(f"/webhooks/{webhook.pk}/test/", follow=True))
    assert "Tidak diterima: HTTP 401. Penerima menolak. Periksa apakah kunci di sana sama" in page


def test_a_test_message_is_in_the_log(admin: Client, cast: Cast, room: outside.Receiver) -> None:
    webhook, _secret = make(cast, url=room.url())
    assert "Belum ada pesan." in read(admin.get(f"/webhooks/{webhook.pk}/"))
    assert "belum pernah dikirimi" in read(admin.get("/webhooks/"))
    admin.post(f"/webhooks/{webhook.pk}/test/")
    page = read(admin.get(f"/webhooks/{webhook.pk}/"))
    assert "Belum ada pesan." not in page
    assert re.search(rf"\d\d\.\d\d\.\d\d WIB</time> · HTTP 204 · \d+ ms · <bdi>{cast.admin.name}</bdi>", page)
    assert "terakhir diterima" in read(admin.get("/webhooks/"))
    room.reply = outside.says(500)
    admin.post(f"/webhooks/{webhook.pk}/test/")
    page = read(admin.get(f"/webhooks/{webhook.pk}/"))
    assert "<b>Pengantaran terakhir gagal.</b> Penerima mengalami kesalahan." in page
    assert "kirim ulang" not in page


def test_the_log_shows_attempts_and_sends_again(admin: Client, cast: Cast, room: outside.Receiver) -> None:
    webhook, _secret = make(cast, url=room.url())
    failed = message(webhook)
    Delivery.objects.create(
        reminder=failed, at=NOW, is_accepted=False, status_code=500, milliseconds=12, detail="answered: <b>Aduh</b>"
    )
    page = read(admin.get(f"/webhooks/{webhook.pk}/"))
    assert "HTTP 500" in page
    assert "<code>&lt;b&gt;Aduh&lt;/b&gt;</code>" in page
    assert "Penerima mengalami kesalahan." in page
    assert f'action="/webhooks/messages/{failed.pk}/resend/"' in page
    answer = admin.post(f"/webhooks/messages/{failed.pk}/resend/", follow=True)
    assert "Diterima dalam" in read(answer)
    failed.refresh_from_db()
    assert failed.state == State.SENT
    assert "Tidak ada pesan yang gagal." in read(admin.get(f"/webhooks/{webhook.pk}/?gagal=1"))


def test_what_is_still_on_its_way_answers_409(admin: Client, cast: Cast) -> None:
    webhook, _secret = make(cast)
    waiting = message(webhook, State.PENDING)
    assert f"/webhooks/messages/{waiting.pk}/resend/" not in read(admin.get(f"/webhooks/{webhook.pk}/"))
    assert admin.post(f"/webhooks/messages/{waiting.pk}/resend/").status_code == 409


def test_other_ways_are_not_sent_again_here(admin: Client, cast: Cast) -> None:
    mail = Reminder.objects.create(
        identity="x", kind="held", way="email", recipient=cast.editor, due_at=NOW, valid_until=NOW, state=State.FAILED
    )
    assert admin.post(f"/webhooks/messages/{mail.pk}/resend/").status_code == 404


def test_the_list_of_none_says_what_one_is_good_for(admin: Client) -> None:
    assert "Belum ada jembatan obrolan" in read(admin.get("/webhooks/"))


def test_only_administrators_see_the_way_there(cast: Cast, sign_in: Any, admin: Client) -> None:
    assert 'href="/webhooks/"' in read(admin.get("/"))
    assert 'href="/webhooks/"' not in read(sign_in(cast.editor).get("/"))


def test_the_log_is_read_in_a_fixed_number_of_queries(
    admin: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    counts = []
    webhook, _secret = make(cast)
    for _round in (1, 2):
        for _time in range(4):
            Delivery.objects.create(reminder=message(webhook), at=NOW, is_accepted=False, status_code=500)
        with django_assert_max_num_queries(20) as found:
            admin.get(f"/webhooks/{webhook.pk}/")
        counts.append(len(found))
    assert counts[0] == counts[1]
