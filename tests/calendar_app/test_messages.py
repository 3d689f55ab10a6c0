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
from missions.models import Absence, Person
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


@pytest.mark.parametrize(
    ("status", "step"), [(Status.CHANGES_REQUESTED, "Perbaiki"), (Status.APPROVED, "Lihat unggahan")]
)
def test_an_old_notice_asks_for_no_changes_in_what_has_been_approved_since(
    cast: Cast, status: Status, step: str
) -> None:
    data = {"action": "request_changes", "by": "Peninjau Satu", "comment": "Sebut tujuannya."}
    assert messages.notice(Kind.DECIDED, post_in(status, cast), data, cast.drafter_tokyo).step == step


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


# What is unusual about one ------------------------------------------------------------------


def test_a_deputy_reads_for_whom_they_stand_in(post: Post, cast: Cast) -> None:
    row = reminder(post, cast.head_tokyo)
    row.stands_in_for = cast.drafter_tokyo
    letter = messages.mail(row)
    for part in (letter.text, letter.html):
        assert "Anda menggantikan Penyusun Tokyo, yang sedang tidak di tempat." in part


@pytest.mark.parametrize(("minutes", "is_late"), [(-1, False), (0, False), (9, False), (10, True), (90, True)])
def test_what_comes_late_says_so_and_when_it_was_due(post: Post, cast: Cast, minutes: int, is_late: bool) -> None:
    letter = messages.mail(
        reminder(post, cast.drafter_tokyo, Kind.PUBLISH_SOON, offset="1h"), at=NOW + timedelta(minutes=minutes)
    )
    assert letter.subject.startswith("(terlambat)") == is_late
    assert (
        "Terlambat sampai karena gangguan atau penahanan; seharusnya Rabu, 25 November 2026" in letter.text
    ) == is_late
    # "one hour from now" would not be true
    assert ("Satu jam lagi" in letter.subject + letter.text) != is_late


def test_quiet_hours_make_nothing_late(post: Post, cast: Cast) -> None:
    row = reminder(post, cast.drafter_tokyo, Kind.DECIDED)
    row.deferred_until = NOW + timedelta(hours=9)
    assert "erlambat" not in messages.mail(row, at=NOW + timedelta(hours=9)).text
    assert "Terlambat sampai karena gangguan;" in messages.mail(row, at=NOW + timedelta(hours=10)).text


def test_a_digest_of_what_came_late_says_it_once(cast: Cast) -> None:
    row = reminder(None, cast.drafter_tokyo, Kind.DIGEST, about="missed", items=[{"kind": "publish_now"}])
    assert "Terlambat sampai" not in messages.mail(row, at=NOW + timedelta(hours=1)).text


# Nobody answers ------------------------------------------------------------------------------


def test_the_head_hears_of_it_and_the_desk_whom_to_call(post: Post, cast: Cast) -> None:
    head = messages.mail(reminder(post, cast.head_tokyo, Kind.ESCALATED, offset="head"))
    assert head.subject == "Belum ada yang menanggapi: Kopi Gayo di Tokyo"
    assert f"/posts/{post.pk}/publish/" in head.text
    desk = messages.mail(reminder(post, cast.editor, Kind.ESCALATED, offset="desk"))
    assert desk.subject == "KBRI Tokyo belum menanggapi: Kopi Gayo di Tokyo"
    assert f"/posts/{post.pk}/\n" in desk.text
    for person in (cast.drafter_tokyo, cast.head_tokyo):
        assert f"{person.name}, " in desk.text
        assert person.email in desk.text
    assert cast.drafter_jeddah.email not in desk.text
    # nobody is told to call themselves
    assert cast.drafter_tokyo.email in head.text
    assert f": {cast.head_tokyo.email}" not in head.text


def test_who_is_away_is_named_with_who_stands_in(post: Post, cast: Cast) -> None:
    row = reminder(post, cast.head_tokyo, Kind.ESCALATED, offset="head")
    zone = cast.tokyo.zone
    days = {"starts_at": datetime(2026, 11, 20, tzinfo=zone), "ends_at": datetime(2026, 12, 6, tzinfo=zone)}
    absence = Absence.objects.create(person=cast.drafter_tokyo, **days)
    about = f"{cast.drafter_tokyo.email} (tidak hadir sampai Sabtu, 5 Des"
    assert f"{about})" in messages.mail(row).text
    absence.deputy = cast.head_tokyo
    absence.save()
    assert f"{about}; Anda penggantinya)" in messages.mail(row).text
    desk = messages.mail(reminder(post, cast.editor, Kind.ESCALATED, offset="desk"))
    assert f"{about}, digantikan {cast.head_tokyo.name})" in desk.text
    absence.cancelled_at = NOW
    absence.save()
    assert "tidak hadir" not in messages.mail(row).text


def test_a_mail_that_asks_to_publish_can_be_answered(post: Post, cast: Cast) -> None:
    letter = messages.mail(reminder(post, cast.drafter_tokyo))
    found = re.search(r"http://\S+/acknowledge/\S+/", letter.text)
    assert found is not None
    assert f'href="{found[0]}"' in letter.html
    assert "/acknowledge/" not in messages.mail(reminder(post, cast.drafter_tokyo, Kind.DECIDED)).text


def test_a_mail_can_be_stopped_unless_it_is_always_sent(post: Post, cast: Cast) -> None:
    letter = messages.mail(reminder(post, cast.drafter_tokyo, Kind.DECIDED))
    found = re.search(r"http://\S+/unsubscribe/\S+/", letter.text)
    assert found is not None
    assert f'href="{found[0]}"' in letter.html
    assert "/unsubscribe/" not in messages.mail(reminder(post, cast.drafter_tokyo)).text


# The week ahead ------------------------------------------------------------------------------

WEEK = {
    "monday": "2026-11-23",
    "timezone": "Asia/Tokyo",
    "mission": {"code": "kbri-tokyo", "id": "KBRI Tokyo", "en": "KBRI Tokyo"},
    "total": 3,
    "by_status": {"draft": 1, "approved": 2},
    "days": [
        {"date": "2026-11-23", "total": 0, "by_status": {}},
        {"date": "2026-11-24", "total": 3, "by_status": {"draft": 1, "approved": 2}},
        {"date": "2026-11-25", "total": 0, "by_status": {}},
    ],
    "open": [{"post": 1, "title": "Kopi", "status": "draft", "date": "2026-11-24", "time": "12:00"}],
    "open_more": 2,
    "empty": ["2026-11-25"],
    "silent_themes": [{"code": "layanan", "id": "Layanan", "en": "Services"}],
    "observances": [{"date": "2026-11-25", "id": "Hari Guru", "en": "Teachers' Day", "theme": None}],
    "holidays": [{"date": "2026-11-23", "country": "JP", "id": "Hari Syukur Buruh", "en": "Labor Thanksgiving Day"}],
}


def test_a_mission_reads_its_own_week_and_its_gaps(cast: Cast) -> None:
    words = messages.notice(Kind.WEEK_AHEAD, None, WEEK, cast.drafter_tokyo)
    assert words.title == "Pekan ini di KBRI Tokyo: 3 unggahan, 1 hari kosong"
    assert "1 draf, 2 disetujui" in words.body
    assert words.lines == (
        "Senin, 23 Nov: – (libur: Hari Syukur Buruh)",
        "Selasa, 24 Nov: 1 draf, 2 disetujui",
        "Rabu, 25 Nov: kosong",
    )
    sections = {section.title: section.lines for section in words.sections}
    assert sections["Masih perlu dikerjakan (3)"] == ("Kopi: draf, Selasa, 24 Nov, 12.00", "dan 2 lagi")
    assert sections["Tema yang belum muncul pekan ini"] == ("Layanan",)
    assert sections["Hari peringatan pekan ini"] == ("Rabu, 25 Nov: Hari Guru",)
    assert words.url == "/calendar/?view=week&mission=kbri-tokyo&date=2026-11-23"


def test_a_manager_reads_first_who_has_nothing(cast: Cast) -> None:
    rows = [["kbri-wina", "KBRI Wina", "KBRI Vienna", 0, 0], ["kbri-roma", "KBRI Roma", "KBRI Rome", 4, 1]]
    data = WEEK | {"mission": None, "without": 1, "missions": 2, "open": [], "empty": []}
    data |= {"regions": [{"id": "Eropa I", "en": "Europe I", "missions": rows}]}
    words = messages.notice(Kind.WEEK_AHEAD, None, data, cast.manager)
    assert words.title == "Pekan ini: 3 unggahan, 1 perwakilan belum punya rencana"
    assert [section.lines for section in words.sections[:2]] == [("Eropa I: KBRI Wina",), ("Eropa I: KBRI Roma 4",)]
    assert words.url == "/calendar/?view=network&date=2026-11-23"
    letter = messages.mail(reminder(None, cast.manager, Kind.WEEK_AHEAD, **data))
    assert letter.text.index("KBRI Wina") < letter.text.index("KBRI Roma")


def test_a_week_without_anything_says_so(cast: Cast) -> None:
    words = messages.notice(Kind.WEEK_AHEAD, None, WEEK | {"total": 0, "by_status": {}}, cast.drafter_tokyo)
    assert words.title == "Pekan ini di KBRI Tokyo: belum ada unggahan"


def test_the_second_call_for_a_signature_is_more_urgent(post: Post, cast: Cast) -> None:
    first, second = (
        messages.notice(Kind.SIGNOFF_DUE, post, {"offset": offset}, cast.head_tokyo) for offset in ("half", "late")
    )
    assert first.title != second.title
    assert "Tinggal seperempat waktu" in second.body


def test_words_for_a_chat_bridge_speak_to_nobody_in_particular(post: Post) -> None:
    words = messages.notice(Kind.REVIEW_DUE, post, {}, None)
    assert words.url == f"/posts/{post.pk}/"
