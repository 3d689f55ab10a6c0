"""The page of operations, and what an administrator does there by hand."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from calendar_app.messages.words import when
from calendar_app.models import (
    Alarm,
    Breaker,
    Delivery,
    Kind,
    Notification,
    Pause,
    Reminder,
    State,
    Status,
    Way,
    Webhook,
)
from calendar_app.queries import watch
from calendar_app.services import outbox, pulse
from tests.cast import NOW, Cast, post_in

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.usefixtures("frozen")
MINUTE = timedelta(minutes=1)
ROLES = ("drafter_tokyo", "head_tokyo", "editor", "manager", "stranger")


def text_of(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


def row(cast: Cast, state: State = State.FAILED, **values: Any) -> Reminder:
    defaults = {
        "identity": f"x{Reminder.objects.count()}",
        "kind": Kind.DECIDED,
        "way": Way.EMAIL,
        "recipient": cast.drafter_tokyo,
        "due_at": NOW - 2 * MINUTE,
        "valid_until": NOW + timedelta(days=1),
        "attempts": 3,
        "error": "SMTPRecipientsRefused: 550 no such box",
    }
    return Reminder.objects.create(state=state, **(defaults | values))


@pytest.fixture
def client(cast: Cast, sign_in: SignIn) -> Client:
    """The administrator's, where all runs."""
    pulse.beat(pulse.TICK, at=NOW)
    pulse.beat(pulse.WATCHER, at=NOW)
    return sign_in(cast.admin)


def test_when_all_is_well_it_says_so_in_one_calm_sentence(client: Client) -> None:
    text = text_of(client.get("/operations/"))
    assert "Semua berjalan" in text
    assert "Semua jalur berjalan." in text
    assert "op-w" not in text
    assert 'id="gagal"' not in text


def test_what_is_wrong_comes_with_the_next_step(client: Client, cast: Cast) -> None:
    row(cast)
    Alarm.objects.create(
        kind="queue", detail="40 s", began_at=NOW - 5 * MINUTE, seen_at=NOW, mailed_at=NOW - 4 * MINUTE
    )
    Alarm.objects.create(kind="skew", detail="+9 s", began_at=NOW, seen_at=NOW, ended_at=NOW)
    text = text_of(client.get("/operations/"))
    assert "Pengingat yang gagal tiga kali dan disisihkan" in text
    assert "Antrean tidak bekerja; pengawas menggantikannya" in text
    assert "Periksa Redis, worker, dan beat" in text
    assert "surel alarm terkirim" in text
    # the watcher has not yet noticed that this one is mended; the page has measured it
    Alarm.objects.create(kind="overdue", detail="9", began_at=NOW, seen_at=NOW)
    assert "Pengingat terlambat dikirim" not in text_of(client.get("/operations/"))
    # that one is over
    assert "Nyalakan penyelarasan jam" not in text
    assert "+9 s" in text
    assert "Semua berjalan" not in text


def test_a_watcher_that_is_away_is_said(client: Client) -> None:
    for later in (timedelta(), timedelta(seconds=-61)):
        pulse.Heartbeat.objects.filter(name=pulse.WATCHER).update(at=NOW + later)
        assert ("Pengawas tidak berjalan" in text_of(client.get("/operations/"))) == bool(later)


def test_the_numbers_are_asked_for_alone(client: Client, cast: Cast) -> None:
    page = text_of(client.get("/operations/"))
    assert 'hx-get="/operations/numbers/" hx-trigger="every 15s"' in page
    row(cast)
    part = text_of(client.get("/operations/numbers/"))
    assert "<html" not in part
    assert "Pengingat yang gagal tiga kali dan disisihkan" in part


def test_what_was_set_aside_is_tried_again(client: Client, cast: Cast) -> None:
    failed = row(cast)
    page = text_of(client.get("/operations/"))
    assert "SMTPRecipientsRefused: 550 no such box" in page
    assert f'action="/operations/reminders/{failed.pk}/send/"' in page
    client.post(f"/operations/reminders/{failed.pk}/send/")
    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == (State.PENDING, 0)
    entry = Entry.objects.get(action="reminder_sent_again")
    assert (entry.actor_id, entry.object_kind, entry.object_id) == (cast.admin.pk, "reminder", failed.pk)
    assert entry.data["error"].startswith("SMTPRecipientsRefused")
    outbox.tick(at=NOW)
    failed.refresh_from_db()
    assert failed.state == State.SENT
    # pressed twice: the second says that there is nothing to do
    answer = client.post(f"/operations/reminders/{failed.pk}/send/", follow=True)
    assert "Tidak ada yang dikirim lagi" in text_of(answer)
    assert Entry.objects.filter(action="reminder_sent_again").count() == 1


def test_what_is_uncertain_for_good_goes_once_more_by_hand_as_a_repeat(
    client: Client, cast: Cast, mailoutbox: list[Any]
) -> None:
    one = row(cast, State.UNCERTAIN, data={"repeat": True}, message_id="<same@selaras>", attempts=2)
    outbox.tick(at=NOW)
    assert mailoutbox == []
    client.post(f"/operations/reminders/{one.pk}/send/")
    outbox.tick(at=NOW)
    (letter,) = mailoutbox
    assert letter.extra_headers["Message-ID"] == "<same@selaras>"
    assert "mungkin terulang" in letter.body
    one.refresh_from_db()
    assert one.state == State.SENT


def test_what_makes_no_sense_any_more_is_not_sent_again(client: Client, cast: Cast) -> None:
    past = row(cast, valid_until=NOW - MINUTE)
    post = post_in(Status.IN_REVIEW, cast)
    void = row(cast, kind=Kind.PUBLISH_NOW, post=post, schedule_version=99)
    page = text_of(client.get("/operations/"))
    assert page.count("tidak berlaku lagi") == 2
    for one in (past, void):
        assert f"/operations/reminders/{one.pk}/send/" not in page
        client.post(f"/operations/reminders/{one.pk}/send/")
        one.refresh_from_db()
        assert one.state == State.FAILED
    client.post("/operations/reminders/send/")
    assert Reminder.objects.filter(state=State.FAILED, pk__in=[past.pk, void.pk]).count() == 2
    assert not Entry.objects.filter(action="reminder_sent_again").exists()


@pytest.mark.parametrize("state", [State.FAILED, State.UNCERTAIN])
def test_what_somebody_has_looked_at_keeps_its_state_and_is_no_alarm(state: State, client: Client, cast: Cast) -> None:
    one = row(cast, state)
    client.post(f"/operations/reminders/{one.pk}/accept/")
    one.refresh_from_db()
    assert one.state == state
    assert one.data[watch.ACCEPTED]["by"] == cast.admin.pk
    assert watch.trouble() == watch.Trouble(0, 0, 0)
    assert "Semua berjalan" in text_of(client.get("/operations/"))
    assert Entry.objects.get(action="reminder_accepted").object_id == one.pk


def test_what_is_still_to_be_repeated_is_left_alone(client: Client, cast: Cast) -> None:
    waits = row(cast, State.UNCERTAIN, not_before=NOW + MINUTE)
    sent = row(cast, State.SENT, sent_at=NOW)
    for one in (waits, sent):
        for verb in ("send", "accept"):
            client.post(f"/operations/reminders/{one.pk}/{verb}/")
        before = (one.state, one.not_before, one.data)
        one.refresh_from_db()
        assert (one.state, one.not_before, one.data) == before


def test_all_at_once(client: Client, cast: Cast) -> None:
    for _ in range(3):
        row(cast)
        row(cast, State.UNCERTAIN)
    client.post("/operations/reminders/send/")
    assert Reminder.objects.filter(state=State.PENDING, attempts=0).count() == 3
    assert Reminder.objects.filter(state=State.UNCERTAIN).count() == 3
    client.post("/operations/reminders/accept/", {"state": "uncertain"})
    assert watch.trouble().for_good == 0
    assert Entry.objects.filter(action="reminder_accepted").count() == 3


def test_the_lists_are_limited_and_ask_no_more_with_more_rows(client: Client, cast: Cast) -> None:
    def fill(number: int) -> None:
        for _ in range(number):
            row(cast)
            row(cast, State.UNCERTAIN)
            Breaker.objects.create(key=f"push:{Breaker.objects.count()}", since=NOW, retry_at=NOW, error="x")
            Alarm.objects.create(kind="tick", began_at=NOW, seen_at=NOW, ended_at=NOW)

    fill(2)
    client.get("/operations/")
    with CaptureQueriesContext(connection) as few:
        client.get("/operations/")
    fill(23)
    with CaptureQueriesContext(connection) as many:
        page = text_of(client.get("/operations/"))
    assert len(many) == len(few)
    assert len(re.findall(r"/operations/reminders/\d+/send/", page)) == 40
    assert page.count("Dan 5 lagi.") == 2


def test_a_broken_way_is_tried_at_once(client: Client, cast: Cast) -> None:
    broken = Breaker.objects.create(
        key="email", since=NOW - 6 * MINUTE, retry_at=NOW + 4 * MINUTE, failures=5, error="Connection refused"
    )
    page = text_of(client.get("/operations/"))
    assert "Connection refused" in page
    assert "5 kali dicoba" in page
    client.post(f"/operations/ways/{broken.pk}/try/")
    broken.refresh_from_db()
    assert broken.retry_at == NOW
    assert Entry.objects.get(action="way_tried").object_name == "email"
    broken.delete()
    assert client.post(f"/operations/ways/{broken.pk}/try/").status_code == 404


def test_sending_is_paused_and_goes_on(client: Client, cast: Cast) -> None:
    row(cast, State.PENDING, way=Way.IN_APP, attempts=0)
    client.post("/operations/pause/", {"reason": "Server surel dipindahkan", "minutes": "60"})
    pause = Pause.objects.get()
    assert (pause.reason, pause.made_by_id, pause.until) == ("manual", cast.admin.pk, NOW + 60 * MINUTE)
    outbox.tick(at=NOW)
    assert not Notification.objects.exists()
    page = text_of(client.get("/operations/"))
    assert "Server surel dipindahkan" in page
    assert "Pengiriman pengingat sedang dijeda" in page
    client.post(f"/operations/pauses/{pause.pk}/resume/")
    outbox.tick(at=NOW)
    assert Notification.objects.count() == 1
    assert "Server surel dipindahkan" in text_of(client.get("/operations/"))
    actions = Entry.objects.filter(object_kind="pause").order_by("pk").values_list("action", "actor_id")
    assert list(actions) == [("sending_paused", cast.admin.pk), ("sending_resumed", cast.admin.pk)]


@pytest.mark.parametrize(
    "body", [{"reason": " ", "minutes": "60"}, {"reason": "x" * 501, "minutes": "0"}, {"reason": "Ya", "minutes": "7"}]
)
def test_a_pause_needs_a_reason_and_a_known_length(body: dict[str, str], client: Client) -> None:
    answer = client.post("/operations/pause/", body)
    assert answer.status_code == 422
    assert "<details open>" in text_of(answer)
    assert not Pause.objects.exists()


@pytest.mark.parametrize("who", ROLES)
def test_only_the_administrator_gets_there(who: str, cast: Cast, sign_in: SignIn) -> None:
    one = row(cast)
    other = sign_in(getattr(cast, who))
    assert other.get("/operations/").status_code == 403
    assert other.post(f"/operations/reminders/{one.pk}/send/").status_code == 403
    assert other.post("/operations/pause/", {"reason": "Tidak", "minutes": "0"}).status_code == 403
    assert "/operations/" not in text_of(other.get("/profile/"))


def test_a_way_is_said_to_be_broken_from_the_first_second(client: Client, cast: Cast) -> None:
    refused = "ConnectionRefusedError: [Errno 111] Connection refused"
    Breaker.objects.create(key="email", since=NOW, retry_at=NOW, error=refused)
    for late in (timedelta(), MINUTE, -MINUTE):
        row(cast, State.PENDING, due_at=NOW - late, attempts=0)
    row(cast, State.PENDING, way=Way.IN_APP, attempts=0)
    row(cast, State.PENDING, deferred_until=NOW + MINUTE, attempts=0)
    for page in ("/operations/", "/operations/numbers/"):
        text = text_of(client.get(page))
        assert "Semua berjalan" not in text
        assert "op-ok" not in text
        assert re.search(r"Surel terputus sejak <time[^>]*>[^<]*WIB</time>, 2 surel menunggu", text)
        assert "Server surel menolak sambungan. Periksa apakah ia hidup" in text
    # the raw words are there for who asks for them
    assert re.search(r"<details[^>]*><summary>Rincian</summary><p[^>]*><bdi>ConnectionRefusedError",
                     text_of(client.get("/operations/")))  # fmt: skip
    today = text_of(client.get("/"))
    assert "Server surel menolak sambungan" in today
    assert "tidak ada yang gagal, dan tidak ada yang ditahan" not in today


def test_a_push_service_and_a_bridge_are_named(client: Client, cast: Cast) -> None:
    bridge = Webhook.objects.create(name="Ruang piket", url="https://chat.example/x", made_by=cast.admin, made_at=NOW)
    Breaker.objects.create(key="push:push.example", since=NOW, retry_at=NOW, error="push.example: refused")
    Breaker.objects.create(key=f"webhook:{bridge.pk}", since=NOW, retry_at=NOW, error="no answer within 10 s")
    row(cast, State.PENDING, way=Way.WEBHOOK, recipient=None, webhook=bridge, attempts=0)
    text = text_of(client.get("/operations/"))
    assert "(push.example) terputus sejak" in text
    assert "Jembatan obrolan ruang piket terputus" not in text
    assert re.search(r"Ruang piket terputus sejak .*1 pesan menunggu", text)
    assert f'href="/webhooks/{bridge.pk}/"' in text
    assert "Penerima tidak menjawab dalam 10 detik" in text


def test_a_bridge_whose_last_message_failed_is_there_with_a_link(client: Client, cast: Cast) -> None:
    bridge = Webhook.objects.create(name="Ruang piket", url="https://chat.example/x", made_by=cast.admin, made_at=NOW)
    sent = row(cast, State.SENT, way=Way.WEBHOOK, recipient=None, webhook=bridge, sent_at=NOW)
    failed = Delivery.objects.create(reminder=sent, at=NOW, is_accepted=False, status_code=500)
    text = text_of(client.get("/operations/"))
    assert "1 jembatan obrolan gagal" in text
    assert "Semua jalur berjalan." not in text
    assert "op-ok" not in text
    assert f'href="/webhooks/{bridge.pk}/"' in text
    Delivery.objects.create(reminder=failed.reminder, at=NOW, is_accepted=True, status_code=200)
    assert "Semua jalur berjalan." in text_of(client.get("/operations/"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"state": State.EXPIRED, "error": ""}, "Dalam sejam terakhir 1 pengingat kedaluwarsa"),
        ({"state": State.SENT, "sent_at": NOW, "due_at": NOW - 3 * MINUTE}, "ada yang terkirim 3 mnt sesudah waktunya"),
    ],
)
def test_what_came_late_is_not_called_well(values: dict[str, Any], said: str, client: Client, cast: Cast) -> None:
    row(cast, **values)
    text = text_of(client.get("/operations/"))
    assert said in text
    assert "op-ok" not in text


def test_a_pause_is_said_to_everybody_with_its_end(client: Client, cast: Cast, sign_in: SignIn) -> None:
    drafter = sign_in(cast.drafter_tokyo)
    assert "Pengingat dijeda" not in text_of(drafter.get("/profile/"))
    answer = client.post("/operations/pause/", {"reason": "Server pindah", "minutes": "30"}, follow=True)
    end = when(NOW + 30 * MINUTE, settings.HQ_TIMEZONE)
    text = text_of(answer)
    assert f"Pengiriman dijeda sampai {end}." in text
    assert "manual" not in text
    assert re.search(r"Pengingat dijeda sampai <time[^>]*>[^<]*WIB</time>\.", text_of(drafter.get("/profile/")))
    assert "Tidak ada pengingat yang dikirim kepada siapa pun" in text_of(client.get("/"))
    client.post(f"/operations/pauses/{Pause.objects.get().pk}/resume/")
    assert "Pengingat dijeda" not in text_of(drafter.get("/profile/"))
    client.post("/operations/pause/", {"reason": "Server pindah", "minutes": "0"})
    assert "Pengingat dijeda sampai dilanjutkan administrator." in text_of(drafter.get("/profile/"))


def test_the_rail_leads_there_with_the_number_of_alarms(client: Client) -> None:
    Alarm.objects.create(kind="tick", began_at=NOW, seen_at=NOW)
    text = text_of(client.get("/profile/"))
    assert 'href="/operations/"' in text
    assert "1 alarm" in text


def test_everybody_reads_that_mails_are_delayed(client: Client, cast: Cast, sign_in: SignIn) -> None:
    drafter = sign_in(cast.drafter_tokyo)
    assert "Surel tertunda" not in text_of(drafter.get("/profile/"))
    Breaker.objects.create(key="email", since=NOW - 6 * MINUTE, retry_at=NOW, error="x")
    assert "Surel tertunda sejak" in text_of(drafter.get("/profile/"))
    assert "/operations/" not in text_of(drafter.get("/profile/"))
    assert "Surel tertunda sejak" in text_of(client.get("/profile/"))
