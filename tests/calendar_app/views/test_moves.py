"""The page and the dialog that move a post: what they say beforehand, what they refuse, and where they lead."""

import re
from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from calendar_app.models import Holiday, Observance, Post, Status
from calendar_app.services import drafts, holds, moves, schedules
from tests.cast import NOW, Cast, data, post_in

PART = {"headers": {"HX-Request": "true"}}
CALENDAR = "/calendar/?view=week&mission=kbri-tokyo"


@pytest.fixture(autouse=True)
def fresh(frozen: None) -> None:
    cache.clear()


def address(post: Post, query: str = "") -> str:
    return reverse("post_move", args=[post.pk]) + query


def typed(post: Post, day: str, time: str = "09:00", **more: Any) -> dict[str, Any]:
    return {"version": post.version, "date": day, "time": time} | more


def time_of(post: Post) -> str:
    post.refresh_from_db()
    return f"{post.local_date} {post.local_time:%H:%M}"


def fields(html: str) -> dict[str, str]:
    """What the hidden fields and inputs of a form hold."""
    return dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', html))


# Beforehand ----------------------------------------------------------------------------


def test_the_page_says_until_where_the_approval_holds(cast: Cast, sign_in: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    page = sign_in(cast.drafter_tokyo).get(address(post)).content.decode()
    assert "Tetap disetujui bila waktunya antara" in page
    assert (fields(page)["date"], fields(page)["time"]) == ("2026-11-26", "12:00")


def test_every_move_under_a_hold_goes_back_to_review(cast: Cast, sign_in: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    holds.make(by=cast.editor, at=NOW, scope="all", reason="Berkabung nasional")
    client = sign_in(cast.drafter_tokyo)
    assert "ke waktu mana pun dipindah" in client.get(address(post)).content.decode()
    part = client.get(address(post, "?meaning&date=2026-11-26&time=12:15"), **PART).content.decode()
    assert "unggahan ini ditahan (Berkabung nasional)" in part


def test_a_script_gets_the_dialog_and_then_only_the_meaning(cast: Cast, sign_in: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    client = sign_in(cast.drafter_tokyo)
    dialog = client.get(address(post), **PART)
    assert "<html" not in dialog.content.decode()
    assert "Pindahkan ke" in dialog.content.decode()
    assert "HX-Request" in dialog.headers["Vary"]
    part = client.get(address(post, "?meaning&date=2026-11-27&time=09:00"), **PART).content.decode()
    assert "<form" not in part
    assert 'data-kind="stays"' in part
    assert "· 07.00 WIB" in part
    assert "1 hari lebih lambat" in part
    assert "Tetap disetujui: perubahan sampai 3 hari tidak perlu ditinjau ulang." in part


@pytest.mark.parametrize(
    ("day", "time", "words"),
    [
        ("2026-11-26", "14:00", "2 jam lebih lambat"),
        ("2026-11-26", "10:45", "1 jam 15 menit lebih awal"),
        ("2026-11-28", "09:00", "2 hari lebih lambat"),
        ("2026-11-26", "12:00", "Ini waktunya sekarang."),
        ("2026-11-24", "12:00", "Waktunya sudah lewat."),
        ("2026-12-24", "09:00", "lebih dari 3 hari dari Kam, 26 Nov 2026"),
        ("2026-11-28", "", "Pilih tanggal dan jam tayang."),
    ],
)
def test_the_meaning_is_told_in_words(cast: Cast, sign_in: Any, day: str, time: str, words: str) -> None:
    post = post_in(Status.APPROVED, cast)
    page = sign_in(cast.drafter_tokyo).get(address(post, f"?meaning&date={day}&time={time}"), **PART)
    assert words in page.content.decode()


def test_the_day_is_told_with_its_occasions(cast: Cast, sign_in: Any) -> None:
    post = post_in(Status.DRAFT, cast)
    occasion = Observance.objects.order_by("date").first()
    assert occasion is not None
    client = sign_in(cast.drafter_tokyo)
    part = client.get(address(post, f"?meaning&date=2027-{occasion.date}&time=09:00"), **PART).content.decode()
    assert occasion.name in part
    saturday = client.get(address(post, "?meaning&date=2026-11-28&time=09:00"), **PART).content.decode()
    assert "Hari libur perwakilan ini." in saturday
    Holiday.objects.create(country="JP", date=date(2026, 12, 1), name_id="Hari Uji", name_en="Test day")
    tuesday = client.get(address(post, "?meaning&date=2026-12-01&time=09:00"), **PART).content.decode()
    assert "Hari libur perwakilan ini. Hari Uji (JP)" in tuesday
    friday = client.get(address(post, "?meaning&date=2026-11-27&time=09:00"), **PART).content.decode()
    assert "Hari libur perwakilan ini." not in friday


def test_time_from_the_calendar_stands_in_the_form(cast: Cast, sign_in: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    page = sign_in(cast.drafter_tokyo).get(address(post, "?date=2026-12-24&time=08:00")).content.decode()
    assert 'value="2026-12-24"' in page
    assert "Persetujuannya berakhir" in page
    assert "Pindahkan dan tinjau ulang" in page


# Moving --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.DRAFT, Status.APPROVED])
def test_a_move_leads_back_to_the_calendar(cast: Cast, sign_in: Any, status: Status) -> None:
    post = post_in(status, cast)
    client = sign_in(cast.drafter_tokyo)
    came = client.get(address(post), headers={"Referer": f"http://testserver{CALENDAR}"})
    assert fields(came.content.decode())["next"].replace("&amp;", "&") == CALENDAR
    answer = client.post(address(post), typed(post, "2026-11-28", next=CALENDAR), follow=True)
    assert answer.redirect_chain == [(CALENDAR, 302)]
    assert "Dipindahkan ke Sab, 28 Nov 2026, 09.00 Tokyo." in answer.content.decode()
    assert time_of(post) == "2026-11-28 09:00"
    assert post.status == status


@pytest.mark.parametrize("where", ["https://example.com/calendar/", "//example.com", "javascript:alert(1)", ""])
def test_it_leads_to_no_other_place(cast: Cast, sign_in: Any, where: str) -> None:
    post = post_in(Status.DRAFT, cast)
    client = sign_in(cast.drafter_tokyo)
    page = client.get(address(post), headers={"Referer": where})
    assert fields(page.content.decode())["next"] == ""
    answer = client.post(address(post), typed(post, "2026-11-28", next=where))
    assert answer.headers["Location"] == f"/posts/{post.pk}/"


def test_a_far_move_is_asked_about_before_the_approval_ends(cast: Cast, sign_in: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    client = sign_in(cast.drafter_tokyo)
    far = typed(post, "2026-12-24")
    asked = client.post(address(post), far)
    assert asked.status_code == 422
    assert "Persetujuannya berakhir" in asked.content.decode()
    assert Post.objects.get(pk=post.pk).status == Status.APPROVED
    # agreeing to one time is not agreeing to another
    agreed = {"agreed": asked.context["target"].when.instant.isoformat()}
    assert f'value="{agreed["agreed"]}"' in asked.content.decode()
    client.post(address(post), far | agreed | {"date": "2026-12-25"})
    assert Post.objects.get(pk=post.pk).status == Status.APPROVED
    moved = client.post(address(post), far | agreed, **PART).content.decode()
    assert Post.objects.get(pk=post.pk).status == Status.IN_REVIEW
    assert "Sekarang menunggu tinjauan Pusat lagi." in moved
    assert 'name="undo"' not in moved


def test_undoing_leads_back_to_the_time_before(cast: Cast, sign_in: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    client = sign_in(cast.drafter_tokyo)
    moved = client.post(address(post), typed(post, "2026-11-28"), **PART).content.decode()
    assert "Tetap disetujui." in moved
    assert time_of(post) == "2026-11-28 09:00"
    undone = client.post(address(post), fields(moved), **PART).content.decode()
    assert "Dikembalikan ke Kam, 26 Nov 2026, 12.00 Tokyo." in undone
    assert 'name="undo"' not in undone
    assert time_of(post) == "2026-11-26 12:00"
    assert post.status == Status.APPROVED
    # it was undone once; pressing the old button again is an old version
    assert client.post(address(post), fields(moved), **PART).status_code == 409


# Refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"date": "2026-11-20", "time": "09:00"}, "date"),
        ({"date": "2026-11-28", "time": ""}, "time"),
        ({"date": "", "time": ""}, "date"),
        ({"date": "2026-99-99", "time": "09:00"}, "date"),
    ],
)
@pytest.mark.parametrize("status", [Status.DRAFT, Status.APPROVED])
def test_impossible_time_is_refused_beside_its_field(
    cast: Cast, sign_in: Any, wrong: Any, field: str, status: Status
) -> None:
    post = post_in(status, cast)
    answer = sign_in(cast.drafter_tokyo).post(address(post), {"version": post.version} | wrong)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert time_of(post) == "2026-11-26 12:00"


def test_what_waits_says_why_it_stays_and_what_helps(cast: Cast, sign_in: Any) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    client = sign_in(cast.drafter_tokyo)
    for answer, status in (
        (client.get(address(post)), 409),
        (client.get(address(post), **PART), 200),
        (client.get(address(post, "?meaning&date=2026-11-28&time=09:00"), **PART), 200),
        (client.post(address(post), typed(post, "2026-11-28")), 409),
        (client.post(address(post), typed(post, "2026-11-28"), **PART), 409),
    ):
        assert answer.status_code == status
        assert "Sedang ditinjau Pusat. Tarik kembali dahulu" in answer.content.decode()
        assert reverse("post_withdraw", args=[post.pk]) in answer.content.decode()


def test_a_stale_move_says_who_was_first_and_keeps_what_was_typed(cast: Cast, sign_in: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    mine = typed(post, "2026-11-28", "15:30")
    when = schedules.parse("2026-11-27T10:00", "Asia/Tokyo")
    theirs = moves.move(post=post, by=cast.head_tokyo, version=post.version, at=NOW, when=when, agreed=False)
    client = sign_in(cast.drafter_tokyo)
    answer = client.post(address(post), mine, **PART)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Kepala Tokyo" in page
    assert "Jum, 27 Nov 2026, 10.00" in page
    again = fields(page)
    assert (again["date"], again["time"], again["version"]) == ("2026-11-28", "15:30", str(theirs.post.version))
    assert time_of(post) == "2026-11-27 10:00"
    client.post(address(post), again)
    assert time_of(post) == "2026-11-28 15:30"


def test_who_only_reads_may_not_move(cast: Cast, sign_in: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    for person, status in ((cast.editor, 403), (cast.manager, 403), (cast.drafter_jeddah, 404)):
        assert sign_in(person).get(address(post)).status_code == status
        assert sign_in(person).post(address(post), typed(post, "2026-11-28")).status_code == status
    assert time_of(post) == "2026-11-26 12:00"


# Another zone on the page --------------------------------------------------------------


def test_the_post_keeps_its_zone_whatever_the_page_shows(cast: Cast, sign_in: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    client = sign_in(cast.drafter_tokyo)
    dialog = client.get(address(post, "?zone=Asia/Jakarta"), **PART).content.decode()
    assert (fields(dialog)["time"], fields(dialog)["zone"]) == ("10:00", "Asia/Jakarta")
    assert "Jam WIB" in dialog
    part = client.get(address(post, "?meaning&date=2026-11-26&time=23:30&zone=Asia/Jakarta"), **PART)
    assert "Jum, 27 Nov, 01.30 Tokyo" in part.content.decode()
    client.post(address(post), typed(post, "2026-11-26", "23:30", zone="Asia/Jakarta"))
    assert time_of(post) == "2026-11-27 01:30"
    assert post.timezone == "Asia/Tokyo"


def test_a_zone_that_is_none_is_read_as_the_posts(cast: Cast, sign_in: Any) -> None:
    post = post_in(Status.DRAFT, cast)
    answer = sign_in(cast.drafter_tokyo).get(address(post, "?zone=Mars/Olympus"))
    assert fields(answer.content.decode())["zone"] == "Asia/Tokyo"


@pytest.fixture
def in_new_york(cast: Cast) -> Post:
    new = data(timezone="America/New_York", scheduled_local="2027-03-10T12:00")
    return drafts.create(mission=cast.tokyo, by=cast.drafter_tokyo, at=NOW, data=new)


def test_a_time_that_the_clock_skips_names_the_nearest(in_new_york: Post, cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.drafter_tokyo)
    part = client.get(address(in_new_york, "?meaning&date=2027-03-14&time=02:30"), **PART).content.decode()
    assert 'data-kind="refused"' in part
    assert "01.59 atau 03.00" in part
    answer = client.post(address(in_new_york), typed(in_new_york, "2027-03-14", "02:30"))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["date"])


def test_a_time_that_happens_twice_is_asked_about(in_new_york: Post, cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.drafter_tokyo)
    twice = typed(in_new_york, "2027-11-07", "01:30")
    answer = client.post(address(in_new_york), twice)
    assert answer.status_code == 422
    assert "Yang mana?" in answer.content.decode()
    chosen = client.get(address(in_new_york, "?meaning&date=2027-11-07&time=01:30&fold=1"), **PART).content.decode()
    assert 'data-kind="stays"' in chosen
    assert fields(chosen)["fold"] == "1"
    client.post(address(in_new_york), twice | {"fold": "1"})
    in_new_york.refresh_from_db()
    assert (in_new_york.fold, f"{in_new_york.scheduled_at:%H:%M}") == (1, "06:30")


def test_seen_from_another_zone_it_is_clear_which_of_the_two(in_new_york: Post, cast: Cast, sign_in: Any) -> None:
    """13.30 in Jakarta is the second 01.30 in New York; nobody has to be asked."""
    sign_in(cast.drafter_tokyo).post(
        address(in_new_york), typed(in_new_york, "2027-11-07", "13:30", zone="Asia/Jakarta")
    )
    assert time_of(in_new_york) == "2027-11-07 01:30"
    assert in_new_york.fold == 1
