"""The words of notices and mails: complete for every kind, one next step, in the reader's language."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

from calendar_app import messages
from calendar_app.models import Kind, Post, Reminder, Status, Way
from calendar_app.services import holds
from missions.models import Person
from tests.cast import NOW, Cast, post_in

SEVERAL = (Kind.HELD, Kind.LIFTED, Kind.DIGEST, Kind.WEEK_AHEAD)
ACTIONS = ("approve", "request_changes", "send_back", "decline", "cancel", "retract", "review_afterwards", "unknown")


@pytest.fixture
def post(cast: Cast) -> Post:
    return post_in(Status.APPROVED, cast)


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in SEVERAL])
@pytest.mark.parametrize(
    "data", [{}, {"by": "Peninjau Satu", "comment": "Baik.", "offset": "24h", "action": "approve"}]
)
def test_every_kind_names_the_post_and_its_mission_and_one_step(
    post: Post, cast: Cast, kind: Kind, data: dict[str, Any]
) -> None:
    words = messages.notice(kind, post, data, cast.editor)
    assert "Kopi Gayo di Tokyo" in words.title
    assert "KBRI Tokyo" in words.body
    assert words.step
    assert re.fullmatch(rf"/(posts|review)/{post.pk}/(publish/)?", words.url)
    assert "%" not in words.title + words.body


@pytest.mark.parametrize("kind", SEVERAL)
@pytest.mark.parametrize("about", ["", "missed", "review", "moved", "many"])
def test_a_message_about_several_posts_stands_what_old_rows_lack(cast: Cast, kind: Kind, about: str) -> None:
    words = messages.notice(kind, None, {"about": about}, cast.drafter_tokyo)
    assert words.title
    assert words.url.startswith("/")
    assert "%" not in words.title + words.body


@pytest.mark.parametrize("action", ACTIONS)
def test_each_decision_says_what_was_decided_by_whom_and_why(post: Post, cast: Cast, action: str) -> None:
    data = {"action": action, "by": "Peninjau Satu", "comment": "Sebut tujuannya."}
    words = messages.notice(Kind.DECIDED, post, data, cast.drafter_tokyo)
    assert "Peninjau Satu" in words.body
    assert "Sebut tujuannya." in words.body


def test_publish_now_leads_to_the_publish_page(post: Post, cast: Cast) -> None:
    assert messages.notice(Kind.PUBLISH_NOW, post, {}, cast.drafter_tokyo).url == f"/posts/{post.pk}/publish/"


def test_who_may_not_review_is_not_sent_to_the_review_page(post: Post, cast: Cast) -> None:
    assert messages.notice(Kind.REVIEW_DUE, post, {}, cast.editor).url == f"/review/{post.pk}/"
    assert messages.notice(Kind.REVIEW_DUE, post, {}, cast.manager).url == f"/posts/{post.pk}/"


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Asia/Tokyo", "Kamis, 26 November 2026, 12.00 waktu Tokyo (10.00 WIB)"),
        ("America/Los_Angeles", "Rabu, 25 November 2026, 19.00 waktu Los Angeles (26 Nov, 10.00 WIB)"),
        ("Asia/Jakarta", "Kamis, 26 November 2026, 10.00 WIB"),
    ],
)
def test_a_time_is_told_where_the_mission_is_with_jakarta_beside_it(zone: str, words: str) -> None:
    at = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
    assert messages.when(at, zone) == messages.when(at.isoformat(), zone) == words


def test_the_reminder_speaks_of_the_time_it_was_made_for(post: Post, cast: Cast) -> None:
    data = {"at": "2026-11-27T00:00:00+00:00", "old_at": "2026-11-26T03:00:00+00:00", "timezone": "Asia/Tokyo"}
    body = messages.notice(Kind.MOVED, post, data, cast.drafter_tokyo).body
    assert body.index("26 November 2026, 12.00") < body.index("27 November 2026, 09.00")


def reminder(post: Post | None, person: Person, kind: Kind = Kind.PUBLISH_NOW, **data: Any) -> Reminder:
    return Reminder(kind=kind, way=Way.EMAIL, post=post, recipient=person, due_at=NOW, data=data)


def test_a_mail_has_the_link_in_text_and_html_and_never_the_posts_text(post: Post, cast: Cast, settings: Any) -> None:
    settings.BASE_URL = "https://selaras.example"
    letter = messages.mail(reminder(post, cast.drafter_tokyo))
    link = f"https://selaras.example/posts/{post.pk}/publish/"
    assert link in letter.text
    assert f'href="{link}"' in letter.html
    assert "Yth. Penyusun Tokyo" in letter.text
    for part in (letter.subject, letter.text, letter.html):
        assert "bisa dipesan langsung" not in part
        assert "cara memesan" not in part


def test_a_title_cannot_break_the_subject_or_the_html(post: Post, cast: Cast) -> None:
    post.title = "Baris\r\nBcc: korban@test.example <script>alert(1)</script> & \x00 akhir" + "x" * 300
    letter = messages.mail(reminder(post, cast.drafter_tokyo))
    assert letter.subject.isprintable()
    assert len(letter.subject) <= messages.MAX_SUBJECT
    assert "<script>" not in letter.html
    assert "&amp;" not in letter.text


def test_a_mail_is_in_the_recipients_language_whatever_is_active(post: Post, cast: Cast) -> None:
    cast.drafter_tokyo.language = "en"
    with translation.override("id"):
        letter = messages.mail(reminder(post, cast.drafter_tokyo))
        assert translation.get_language() == "id"
    assert '<html lang="en">' in letter.html
    assert "12:00" in letter.text
    assert "Thursday" in letter.text


def test_a_repeat_says_so(post: Post, cast: Cast) -> None:
    letter = messages.mail(reminder(post, cast.drafter_tokyo), repeat=True)
    assert letter.subject.startswith("(mungkin terulang)")
    assert "mungkin terulang" in letter.text
    assert "mungkin terulang" in letter.html
    assert "terulang" not in messages.mail(reminder(post, cast.drafter_tokyo)).text


def test_a_long_digest_names_some_and_counts_the_rest(post: Post, cast: Cast) -> None:
    about = {
        "kind": "publish_now",
        "post": post.pk,
        "title": str(post),
        "mission": "kbri-tokyo",
        "timezone": "Asia/Tokyo",
    }
    items = [about | {"at": (NOW + timedelta(minutes=n)).isoformat()} for n in range(25)]
    letter = messages.mail(reminder(None, cast.drafter_tokyo, Kind.DIGEST, about="missed", items=items, more=10))
    assert "Ringkasan: 35 pengingat" in letter.subject
    assert letter.text.count("Kopi Gayo di Tokyo (KBRI Tokyo)") == messages.MAX_LISTED
    assert "dan 15 lagi" in letter.text


def test_a_hold_is_named_in_the_readers_language(post: Post, cast: Cast) -> None:
    holds.make(by=cast.editor, at=NOW, scope="theme", code="ekonomi", reason="Duka nasional.")
    row = Reminder.objects.filter(kind=Kind.HELD)[0]
    names = row.data["scope_name"]
    words = messages.notice(Kind.HELD, None, row.data, cast.drafter_tokyo)
    assert names["id"] in words.title
    assert "Duka nasional." in words.body
    assert words.lines == ("Kopi Gayo di Tokyo",)
    with translation.override("en"):
        assert names["en"] in messages.notice(Kind.HELD, None, row.data, cast.drafter_tokyo).title


def test_a_mail_asks_nothing_of_other_hosts_and_suits_the_dark(post: Post, cast: Cast) -> None:
    reminders_of = Reminder.objects.filter(post=post, way=Way.EMAIL).first()
    assert reminders_of is not None
    letter = messages.mail(reminders_of).html
    assert not re.search(r"<(img|link|script|iframe)|url\(|@import|src=", letter)
    assert '<meta name="color-scheme" content="light dark">' in letter
    assert "prefers-color-scheme: dark" in letter


def test_the_colours_of_mails_are_those_of_the_pages() -> None:
    letter = (settings.BASE_DIR / "templates/calendar_app/mail/letter.html").read_text()
    tokens = (settings.BASE_DIR / "static/css/variables.css").read_text()
    used = set(re.findall(r"#[0-9A-F]{6}\b", letter))
    assert len(used) > 10
    assert used <= set(re.findall(r"#[0-9A-F]{6}\b", tokens))
