"""Today: what each role must do now."""

import html
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calendar_app import clock
from calendar_app.models import Alarm, Heartbeat, Kind, Post, Reminder, State, Status, Theme, Way
from calendar_app.queries import today as today_queries
from calendar_app.services import holds, pulse
from missions.models import Membership, Role
from tests.cast import NOW, Cast, approve, post_in, publish

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.usefixtures("frozen")


def text_of(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


def verbs(response: HttpResponse) -> list[tuple[str, str]]:
    """Title and verb of each task, in order."""
    return [(task.post.title, task.verb) for task in response.context["work"].tasks]


def test_a_drafter_has_one_verb_for_each_thing_to_do(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.DRAFT, cast, title="Belum lengkap")
    post_in(Status.CHANGES_REQUESTED, cast, title="Dikembalikan")
    due = post_in(
        Status.APPROVED, cast, at=NOW - timedelta(days=1), title="Sudah waktunya", scheduled_local="2026-11-25T10:30"
    )
    post_in(Status.SIGNOFF, cast, title="Di meja kepala")
    response = sign_in(cast.drafter_tokyo).get("/")
    assert verbs(response) == [
        ("Sudah waktunya", "Tayangkan"),
        ("Dikembalikan", "Perbaiki"),
        ("Belum lengkap", "Lengkapi"),
    ]
    text = text_of(response)
    assert f'href="/posts/{due.pk}/publish/"' in text
    assert "Peninjau Satu: “Sebut tujuannya.”" in text
    assert [row.post.title for row in response.context["work"].waits] == ["Di meja kepala"]
    assert "Kepala Perwakilan" in text


def test_a_missed_post_asks_for_a_decision(cast: Cast, sign_in: SignIn) -> None:
    post = post_in(Status.MISSED, cast)
    assert post.scheduled_at is not None
    with clock.fixed(post.scheduled_at + timedelta(hours=4)):
        response = sign_in(cast.drafter_tokyo).get("/")
    assert verbs(response) == [(post.title, "Putuskan")]


def test_what_is_held_is_not_to_be_published(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.APPROVED, cast, at=NOW - timedelta(days=1), title="Tertahan", scheduled_local="2026-11-25T10:30")
    holds.make(by=cast.editor, at=NOW, scope="all", reason="Masa berkabung.")
    response = sign_in(cast.drafter_tokyo).get("/")
    assert verbs(response) == [("Tertahan", "Lihat")]
    assert "Jangan tayangkan" in text_of(response)


def test_a_head_signs_first_but_not_what_they_submitted(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.CHANGES_REQUESTED, cast, title="Dikembalikan")
    post_in(Status.SIGNOFF, cast, title="Minta paraf")
    Membership.objects.create(person=cast.head_tokyo, mission=cast.tokyo, role=Role.DRAFTER)
    response = sign_in(cast.head_tokyo).get("/")
    assert verbs(response)[0] == ("Minta paraf", "Baca dan paraf")
    assert "Diajukan Penyusun Tokyo." in text_of(response)


def test_what_is_due_comes_before_a_signature_and_what_is_held_after(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.SIGNOFF, cast, title="Minta paraf")
    post_in(
        Status.APPROVED, cast, at=NOW - timedelta(days=1), title="Sudah waktunya", scheduled_local="2026-11-25T10:30"
    )
    response = sign_in(cast.head_tokyo).get("/")
    assert verbs(response) == [("Sudah waktunya", "Tayangkan"), ("Minta paraf", "Baca dan paraf")]
    buttons = re.findall(r'class="(btn[^"]*)" href="/posts/\d+/(?:publish/)?">([^<]*)', text_of(response))
    assert buttons[:2] == [("btn btn-primary", "Tayangkan"), ("btn", "Baca dan paraf")]
    holds.make(by=cast.editor, at=NOW, scope="all", reason="Masa berkabung.")
    assert verbs(sign_in(cast.head_tokyo).get("/")) == [("Minta paraf", "Baca dan paraf"), ("Sudah waktunya", "Lihat")]


def test_another_missions_work_is_not_mine(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.CHANGES_REQUESTED, cast, jeddah=True, title="Milik Jeddah")
    assert "Milik Jeddah" not in text_of(sign_in(cast.drafter_tokyo).get("/"))


def test_the_week_shows_gaps_to_fill_and_days_worth_a_post(cast: Cast, sign_in: SignIn) -> None:
    text = text_of(sign_in(cast.drafter_tokyo).get("/"))
    assert 'href="/posts/new/?mission=kbri-tokyo&date=2026-11-26"' in text
    assert "Hari Guru Nasional" in text
    assert "/posts/new/?date=2026-11-29&theme=" in text
    assert "Rabu, 25 November 2026" in text
    assert "waktu Tokyo" in text


def plain(response: HttpResponse) -> str:
    """The words of the page without its markup."""
    return " ".join(re.sub(r"<[^>]+>", "", text_of(response)).split())


def large_words(response: HttpResponse) -> list[str]:
    """What stands large before each thing to do."""
    found = re.findall(r'<p class="tk-w"><b>(.*?)</b>', text_of(response))
    return [re.sub(r"<[^>]+>", "", words) for words in found]


def test_the_large_words_say_what_is_late_and_when_the_rest_goes_out(cast: Cast, sign_in: SignIn) -> None:
    early = NOW - timedelta(days=1)
    post_in(Status.APPROVED, cast, at=early, scheduled_local="2026-11-25T09:45")
    post_in(Status.DRAFT, cast, at=early, scheduled_local="2026-11-26T12:00")
    post_in(Status.DRAFT, cast, at=early, scheduled_local="2026-11-29T12:00")
    response = sign_in(cast.drafter_tokyo).get("/")
    words = large_words(response)
    assert words[0].startswith("Lewat ")
    assert words[1:] == ["Besok", "Min, 29 Nov"]
    text = text_of(response)
    assert "tayang 09.45, tercatat terlewat 11.45" in plain(response)
    assert "Ajukan hari ini supaya sempat ditinjau." in text
    assert "Ajukan paling lambat Jum, 27 Nov supaya sempat ditinjau." in text
    assert text.count("tk is-late") == 1


def test_an_editor_reads_that_the_deadline_has_passed_and_not_the_post(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.IN_REVIEW, cast, at=NOW - timedelta(days=3), scheduled_local="2026-11-26T12:00")
    post_in(Status.IN_REVIEW, cast, jeddah=True, scheduled_local="2026-12-10T12:00")
    response = sign_in(cast.editor).get("/")
    words = large_words(response)
    assert words[0].startswith("Tenggat lewat ")
    assert not words[1].startswith(("Tenggat", "Lewat"))
    assert "tayang besok 10.00 WIB, 12.00 Tokyo" in plain(response)


def test_the_board_is_parted_by_the_line_that_says_now(cast: Cast, sign_in: SignIn) -> None:
    early = NOW - timedelta(days=1)
    post_in(Status.APPROVED, cast, at=early, title="Tadi pagi", scheduled_local="2026-11-25T09:45")
    post_in(Status.APPROVED, cast, at=early, title="Nanti malam", scheduled_local="2026-11-25T20:00")
    client = sign_in(cast.drafter_tokyo)
    board = client.get("/").context["work"].board
    assert [item.title for item in board.earlier] == ["Tadi pagi"]
    assert [item.title for item in board.later] == ["Nanti malam"]
    text = text_of(client.get("/"))
    board_text = text[text.index('class="board') :]
    assert board_text.index("Tadi pagi") < board_text.index("Sekarang") < board_text.index("Nanti malam")


def test_a_silent_theme_is_named_with_the_day_that_suits_it(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.drafter_tokyo)
    assert "Belum ada yang tayang dalam 28 hari." in text_of(client.get("/"))
    post_in(Status.PUBLISHED, cast)
    lately = client.get("/").context["work"].lately
    assert lately.themes == {"E": 1}
    # four days ahead, before the branches that no near day suits
    assert lately.silence.day is not None
    assert lately.silence.last is None
    assert f"&theme={lately.silence.day.theme.code}&mission=kbri-tokyo" in text_of(client.get("/"))


def test_a_theme_that_was_used_before_says_since_when_it_is_silent(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.PUBLISHED, cast)
    before = NOW - timedelta(days=41)
    old = post_in(Status.IN_REVIEW, cast, at=before, scheduled_local="2026-10-16T12:00")
    publish(approve(old, cast, at=before, primary_theme="layanan"), cast.drafter_tokyo, at=before)
    found = today_queries.lately(Post.objects.all(), NOW, [])
    assert (found.themes, found.total) == ({"E": 1}, 1)
    # of the others there was none in half a year
    assert found.silence is not None
    assert (found.silence.name, found.silence.last) == ("Pelindungan", None)
    services = today_queries.Coming(date(2026, 12, 1), "Hari Layanan", Theme.objects.get(code="layanan"))
    found = today_queries.lately(Post.objects.all(), NOW, [services])
    assert found.silence is not None
    assert (found.silence.name, found.silence.last) == ("Layanan", date(2026, 10, 16))


def test_nothing_to_do_is_said_kindly(cast: Cast, sign_in: SignIn) -> None:
    assert "Tidak ada yang menunggu Anda" in text_of(sign_in(cast.drafter_tokyo).get("/"))
    assert "Antrean kosong" in text_of(sign_in(cast.editor).get("/"))
    assert "belum mempunyai peran" in text_of(sign_in(cast.stranger).get("/"))


def test_somebody_of_two_missions_sees_both(cast: Cast, sign_in: SignIn) -> None:
    Membership.objects.create(person=cast.drafter_tokyo, mission=cast.jeddah, role=Role.DRAFTER)
    post_in(Status.CHANGES_REQUESTED, cast, title="Di Tokyo")
    post_in(Status.CHANGES_REQUESTED, cast, jeddah=True, title="Di Jeddah")
    text = text_of(sign_in(cast.drafter_tokyo).get("/"))
    assert "Di Tokyo" in text
    assert "Di Jeddah" in text
    assert "waktu WIB" in text


def test_an_editor_sees_the_head_of_the_queue_and_how_long_it_is(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.IN_REVIEW, cast, at=NOW - timedelta(days=3), title="Lewat tenggatnya")
    post = post_in(Status.IN_REVIEW, cast, jeddah=True, title="Nanti", scheduled_local="2026-12-10T12:00")
    response = sign_in(cast.editor).get("/")
    assert response.context["counts"] == {"waiting": 2, "late": 1, "urgent": 0}
    text = text_of(response)
    assert text.index("Lewat tenggatnya") < text.index(f"/review/{post.pk}/")


def test_a_manager_sees_the_week_in_numbers_the_silent_and_no_queue(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.PUBLISHED, cast)
    post_in(Status.APPROVED, cast)
    post_in(Status.IN_REVIEW, cast)
    response = sign_in(cast.manager).get("/")
    network = response.context["network"]
    assert network.week.tally.statuses == {"published": 1, "approved": 1, "in_review": 1}
    assert network.waiting == 1
    silent = {theme.letter for theme in network.silent}
    assert "P" in silent
    assert "E" not in silent
    codes = [mission.code for _region, mission in network.quiet]
    assert "kjri-jeddah" in codes
    assert "kbri-tokyo" not in codes
    text = text_of(response)
    assert "Pekan ini per kawasan" in text
    assert "Tinjau sekarang" not in text
    assert "Kesehatan" not in text


def test_an_administrator_sees_whether_reminders_run(cast: Cast, sign_in: SignIn) -> None:
    Heartbeat.objects.all().delete()
    Reminder.objects.create(
        identity="x",
        kind=Kind.DECIDED,
        way=Way.EMAIL,
        recipient=cast.editor,
        due_at=NOW,
        valid_until=NOW,
        state=State.FAILED,
    )
    Alarm.objects.create(kind="skew", detail="+3.0 s", began_at=NOW, seen_at=NOW)
    Alarm.objects.create(kind="set_aside", detail="1", began_at=NOW, seen_at=NOW)
    response = sign_in(cast.admin).get("/")
    assert response.context["health"].trouble.set_aside == 1
    text = text_of(response)
    assert "periksa worker dan beat" in text
    assert "Pengawas tidak berjalan" in text
    assert "Jam mesin ini berbeda dari jam basis data" in text
    # it has its own line, with its number
    assert "Pengingat yang gagal tiga kali dan disisihkan" not in text
    assert "1 gagal" in text
    pulse.beat(pulse.TICK, at=NOW - timedelta(seconds=5))
    pulse.beat(pulse.WATCHER, at=NOW - timedelta(seconds=5))
    text = text_of(sign_in(cast.admin).get("/"))
    assert "5 detik lalu" in text
    assert "Pengawas tidak berjalan" not in text


@pytest.mark.parametrize("who", ["drafter_tokyo", "head_tokyo", "editor", "manager", "admin"])
def test_today_does_not_ask_more_with_more_posts(who: str, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(getattr(cast, who))
    statuses = (Status.DRAFT, Status.SIGNOFF, Status.IN_REVIEW, Status.CHANGES_REQUESTED, Status.APPROVED)

    def fill() -> None:
        for status in statuses:
            post_in(status, cast)
        due = post_in(Status.APPROVED, cast, at=NOW - timedelta(days=1), scheduled_local="2026-11-25T10:30")
        assert due.scheduled_at is not None

    fill()
    client.get("/")
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    fill()
    with CaptureQueriesContext(connection) as many:
        client.get("/")
    assert len(many) == len(few) <= 20


def test_a_submitter_waits_for_another_head(cast: Cast, sign_in: SignIn) -> None:
    post = post_in(Status.SIGNOFF, cast, title="Punya saya")
    Membership.objects.create(person=cast.drafter_tokyo, mission=cast.tokyo, role=Role.HEAD)
    response = sign_in(cast.drafter_tokyo).get("/")
    assert verbs(response) == []
    assert [row.post.pk for row in response.context["work"].waits] == [post.pk]
