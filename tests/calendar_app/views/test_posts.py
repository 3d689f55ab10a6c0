"""The list, the composer and a post's page, as people meet them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calendar_app import clock
from calendar_app.models import Post, Status
from calendar_app.services import drafts, holds, submissions
from missions.models import Membership, Mission, Role
from tests import cast as make
from tests.cast import NOW, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


def typed(post: Post | None = None, **changes: Any) -> dict[str, Any]:
    """What a browser sends from the composer for a complete post."""
    return {
        "mission": "kbri-tokyo",
        "version": post.version if post else "",
        "title": "Kopi Gayo di Tokyo",
        "purpose": "Pelaku usaha Jepang tahu cara memesan kopi Gayo.",
        "audience": "pelaku-usaha",
        "language": "id",
        "themes": ["ekonomi-produk"],
        "themes_order": "",
        "first_theme": "",
        "networks": ["x", "instagram"],
        "text_x": "Kopi Gayo kini bisa dipesan.",
        "text_instagram": "Kopi Gayo dari Aceh Tengah.",
        "date": "2026-11-26",
        "time": "12:00",
        "do": "save",
    } | changes


@pytest.fixture
def tokyo(cast: Cast, sign_in: Any) -> Client:
    return sign_in(cast.drafter_tokyo)


# The list ------------------------------------------------------------------------------


def test_list_shows_own_posts_with_both_times(cast: Cast, tokyo: Client) -> None:
    make.post_in(Status.IN_REVIEW, cast)
    make.post_in(Status.IN_REVIEW, cast, jeddah=True, title="Layanan haji")
    page = tokyo.get("/posts/").content.decode()
    assert "Kopi Gayo di Tokyo" in page
    assert "Layanan haji" not in page
    assert "26 Nov 2026, 12.00" in page
    assert "10.00 WIB" in page


def test_list_queries_do_not_grow(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.editor)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/posts/")
        return len(queries)

    for number in range(3):
        make.post_in(Status.APPROVED, cast, title=f"Unggahan {number}")
    few = count()
    for number in range(6):
        make.post_in(Status.APPROVED, cast, jeddah=number % 2 == 0, title=f"Unggahan {number}")
    assert count() == few <= 13


def test_list_pages_forth_and_back_without_losing_a_post(cast: Cast, tokyo: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("calendar_app.queries.posts.PAGE", 2)
    times = [None, "2026-11-26T12:00", "2026-11-26T12:00", "2026-11-27T09:00", "2026-11-28T09:00"]
    for number, time in enumerate(times):
        data = make.data(title=f"Nomor {number}", scheduled_local=time)
        drafts.create(mission=cast.tokyo, by=cast.drafter_tokyo, at=NOW, data=data)
    seen, address = [], "/posts/"
    pages = []
    while address:
        page = tokyo.get(address).context
        pages.append([row.post.title for row in page["page"].rows])
        seen += pages[-1]
        address = f"/posts/{page['next']}" if page["next"] else ""
        last = page
    assert seen == ["Nomor 0", "Nomor 4", "Nomor 3", "Nomor 2", "Nomor 1"]
    back = tokyo.get(f"/posts/{last['previous']}").context
    assert [row.post.title for row in back["page"].rows] == pages[-2]


def test_filter_that_is_not_known_is_said_and_left_out(cast: Cast, tokyo: Client) -> None:
    make.post_in(Status.DRAFT, cast)
    page = tokyo.get("/posts/", {"status": "lost"})
    assert page.status_code == 200
    assert "lost" in page.content.decode()
    assert "Kopi Gayo di Tokyo" in page.content.decode()


def test_a_search_leads_to_the_week_of_a_mission_with_that_name(cast: Cast, tokyo: Client, sign_in: Any) -> None:
    make.post_in(Status.DRAFT, cast, title="Kopi di Tokyo")
    page = tokyo.get("/posts/?q=tokyo").content.decode()
    assert 'href="/calendar/?view=week&amp;mission=kbri-tokyo" autofocus' in page
    assert "Kopi di Tokyo" in page
    stranger = sign_in(cast.drafter_jeddah).get("/posts/?q=tokyo").content.decode()
    assert 'href="/missions/kbri-tokyo/" autofocus' in stranger
    assert "mission=kbri-tokyo" not in stranger
    assert "Kopi di Tokyo" not in stranger


def test_a_search_leads_to_a_theme_with_that_name(cast: Cast, tokyo: Client) -> None:
    page = tokyo.get("/posts/?q=Pariwisata").content.decode()
    assert 'href="/themes/ekonomi-pariwisata/" autofocus' in page
    assert "Tidak ada unggahan yang berisi kata itu" in page


def test_the_list_alone_looks_for_no_names(cast: Cast, tokyo: Client) -> None:
    assert "/missions/kbri-tokyo/" not in tokyo.get("/posts/?status=draft").content.decode()


def test_the_list_says_who_may_give_a_role(cast: Cast, sign_in: Any) -> None:
    assert "Anda belum mempunyai peran" in sign_in(cast.stranger).get("/posts/").content.decode()


def test_cursor_that_nobody_gave_out_shows_the_first_page(cast: Cast, tokyo: Client) -> None:
    make.post_in(Status.DRAFT, cast)
    for nonsense in ("x", "~", "2026~1", "~99999999999999999999", "2026-01-01~5"):
        assert "Kopi Gayo di Tokyo" in tokyo.get("/posts/", {"after": nonsense}).content.decode()


# The composer --------------------------------------------------------------------------


def test_new_draft_keeps_everything_that_was_typed(cast: Cast, tokyo: Client) -> None:
    answer = tokyo.post("/posts/new/", typed(themes=["publik-budaya", "ekonomi-produk"], first_theme="ekonomi-produk"))
    post = Post.objects.get()
    assert answer.headers["Location"] == f"/posts/{post.pk}/edit/"
    kept = drafts.as_data(post)
    assert kept["themes"] == ["ekonomi-produk", "publik-budaya"]
    assert [row["text"] for row in kept["variants"]] == ["Kopi Gayo kini bisa dipesan.", "Kopi Gayo dari Aceh Tengah."]
    assert kept["scheduled_local"] == "2026-11-26T12:00"
    assert kept["timezone"] == "Asia/Tokyo"


def test_draft_may_be_empty(cast: Cast, tokyo: Client) -> None:
    tokyo.post("/posts/new/", {"mission": "kbri-tokyo", "do": "save"})
    assert Post.objects.get().status == Status.DRAFT


def test_submitting_lists_everything_missing_beside_its_field(cast: Cast, tokyo: Client) -> None:
    answer = tokyo.post("/posts/new/", {"mission": "kbri-tokyo", "networks": ["x"], "text_x": "", "do": "submit"})
    post = Post.objects.get()
    assert post.status == Status.DRAFT
    page = tokyo.get(answer.headers["Location"])
    assert set(page.context["form"].errors) == {"purpose", "audience", "language", "themes", "text_x", "date"}
    assert "Tulis untuk siapa dan untuk apa unggahan ini." in page.content.decode()


def test_submit_from_the_composer_saves_first(cast: Cast, tokyo: Client) -> None:
    answer = tokyo.post("/posts/new/", typed(do="submit"))
    post = Post.objects.get()
    assert post.status == Status.SIGNOFF
    assert answer.headers["Location"] == f"/posts/{post.pk}/"


def test_refused_save_loses_nothing(cast: Cast, tokyo: Client) -> None:
    answer = tokyo.post("/posts/new/", typed(title="x" * 201, purpose="Tujuan saya", text_x="مرحبا"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert not Post.objects.exists()
    assert "Tujuan saya" in page
    assert "مرحبا" in page
    assert "data-dirty-unsaved" in page
    assert answer.context["form"].errors["title"]


def test_date_without_time_is_asked_about(cast: Cast, tokyo: Client) -> None:
    answer = tokyo.post("/posts/new/", typed(time=""))
    assert answer.status_code == 422
    assert "time" in answer.context["form"].errors
    assert 'value="2026-11-26"' in answer.content.decode()


def test_time_that_happens_twice_asks_which(cast: Cast, sign_in: Any) -> None:
    membership = Membership.objects.create(
        person=cast.stranger, mission=Mission.objects.get(code="kbri-washington"), role=Role.DRAFTER
    )
    client = sign_in(cast.stranger)
    data = typed(mission=membership.mission.code, date="2027-11-07", time="01:30")
    answer = client.post("/posts/new/", data)
    assert answer.status_code == 422
    assert "yang kedua (06.30 UTC)" in answer.content.decode()
    client.post("/posts/new/", data | {"fold": "1"})
    post = Post.objects.get()
    assert (post.fold, f"{post.scheduled_at:%H:%M}") == (1, "06:30")
    assert 'value="1" checked' in client.get(f"/posts/{post.pk}/edit/").content.decode()


def test_whoever_writes_for_several_missions_chooses_first(cast: Cast, sign_in: Any) -> None:
    Membership.objects.create(person=cast.drafter_tokyo, mission=cast.jeddah, role=Role.DRAFTER)
    client = sign_in(cast.drafter_tokyo)
    page = client.get("/posts/new/").content.decode()
    assert 'value="kjri-jeddah"' in page
    assert "Tanggal di Riyadh" in client.get("/posts/new/?mission=kjri-jeddah").content.decode()


def test_other_missions_and_other_roles_are_refused(cast: Cast, sign_in: Any, tokyo: Client) -> None:
    assert tokyo.post("/posts/new/", typed(mission="kjri-jeddah")).status_code == 404
    assert sign_in(cast.editor).get("/posts/new/").status_code == 403
    post = make.post_in(Status.DRAFT, cast, jeddah=True)
    assert tokyo.get(f"/posts/{post.pk}/edit/").status_code == 404
    assert sign_in(cast.editor).get(f"/posts/{post.pk}/edit/").status_code == 403


def test_stale_save_shows_both_texts_and_keeps_what_was_typed(cast: Cast, tokyo: Client) -> None:
    post = make.post_in(Status.DRAFT, cast)
    drafts.save(post=post, by=cast.head_tokyo, version=1, at=NOW, data={"purpose": "Kata kepala"})
    answer = tokyo.post(f"/posts/{post.pk}/edit/", typed(post, purpose="Kata penyusun"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Kata kepala" in page
    assert page.count("Kata penyusun") == 2  # beside the other text, and still in the form
    assert Post.objects.get().current_revision.purpose == "Kata kepala"
    # on the newest version it can be saved now
    again = tokyo.post(f"/posts/{post.pk}/edit/", typed(post, purpose="Kata penyusun", version=2))
    assert again.status_code == 302
    assert Post.objects.get().current_revision.purpose == "Kata penyusun"


def test_editing_what_is_approved_needs_consent(cast: Cast, tokyo: Client) -> None:
    post = make.post_in(Status.APPROVED, cast)
    assert "Suntingan membatalkan persetujuan" in tokyo.get(f"/posts/{post.pk}/edit/").content.decode()
    refused = tokyo.post(f"/posts/{post.pk}/edit/", typed(post, purpose="Baru"))
    assert refused.status_code == 422
    assert refused.context["form"].errors["confirm"]
    tokyo.post(f"/posts/{post.pk}/edit/", typed(post, purpose="Baru", confirm="1"))
    post.refresh_from_db()
    assert post.status == Status.DRAFT


def test_approval_that_came_while_writing_is_a_conflict_not_an_overwrite(cast: Cast, tokyo: Client) -> None:
    post = make.post_in(Status.DRAFT, cast)
    old = post.version
    post = submissions.submit(post=post, by=cast.drafter_tokyo, version=old, at=NOW)
    post = submissions.sign_off(post=post, by=cast.head_tokyo, version=post.version, at=NOW)
    post = make.approve(post, cast)
    answer = tokyo.post(f"/posts/{post.pk}/edit/", typed(post, version=old, purpose="Terlambat"))
    assert answer.status_code == 409
    assert "Terlambat" in answer.content.decode()
    post.refresh_from_db()
    assert post.status == Status.APPROVED


def test_waiting_post_cannot_be_opened_for_editing(cast: Cast, tokyo: Client, sign_in: Any) -> None:
    post = make.post_in(Status.SIGNOFF, cast)
    assert tokyo.get(f"/posts/{post.pk}/edit/").headers["Location"] == f"/posts/{post.pk}/"
    assert "Simpan dan paraf" in sign_in(cast.head_tokyo).get(f"/posts/{post.pk}/edit/").content.decode()
    post = make.post_in(Status.IN_REVIEW, cast)
    assert tokyo.get(f"/posts/{post.pk}/edit/").headers["Location"] == f"/posts/{post.pk}/"


def test_head_corrects_and_signs_in_one_go(cast: Cast, sign_in: Any) -> None:
    post = make.post_in(Status.SIGNOFF, cast)
    sign_in(cast.head_tokyo).post(f"/posts/{post.pk}/edit/", typed(post, purpose="Lebih jelas", do="sign_off"))
    post.refresh_from_db()
    assert post.status == Status.IN_REVIEW
    assert post.current_revision is not None
    assert post.current_revision.purpose == "Lebih jelas"


@pytest.mark.parametrize(
    "nonsense",
    [
        {"themes": ["a\0b"]},
        {"themes_order": "a\0", "first_theme": "\0"},
        {"networks": ["x\0"]},
        {"audience": "a\0", "language": "\0"},
        {"mission": "kbri\0"},
        {"date": "2026\0", "time": "zz"},
        {"version": "9" * 40, "fold": "\0"},
    ],
    ids=lambda nonsense: "-".join(nonsense),
)
def test_what_no_browser_sends_breaks_nothing(cast: Cast, tokyo: Client, nonsense: dict[str, Any]) -> None:
    assert tokyo.post("/posts/new/", typed(**nonsense)).status_code in (302, 404, 422)
    assert tokyo.post("/posts/count/", {"networks": "x\0"}).status_code == 404
    assert tokyo.get("/posts/week/", {"mission": "kbri-tokyo", "theme": "a\0", "post": "9" * 99}).status_code == 200


def test_count_agrees_with_what_submitting_checks(cast: Cast, tokyo: Client) -> None:
    text = "Kopi ☕ https://example.go.id/jalan/yang/panjang/sekali"
    answer = tokyo.post("/posts/count/", {"networks": "x", "text_x": text}).json()["x"]
    assert (answer["length"], answer["limit"], answer["valid"]) == (5 + 2 + 1 + 23, 280, True)
    assert answer["unit"] == "satuan"
    assert answer["fits"] == len(text)
    assert "text" not in answer
    long = tokyo.post("/posts/count/", {"networks": "x", "text_x": "a" * 281}).json()["x"]
    assert not long["valid"]
    assert "1" in long["errors"][0]
    assert long["fits"] == 280
    for nonsense in ({"networks": ["x", "friendster"]}, {}):
        assert tokyo.post("/posts/count/", nonsense).status_code == 404


def test_count_covers_all_channels_and_says_where_each_is_cut(cast: Cast, tokyo: Client) -> None:
    typed = {"networks": ["x", "telegram", "youtube"], "main_text": "م" * 290, "text_telegram": "Halo e\u0301\r\n "}
    answer = tokyo.post("/posts/count/", typed).json()
    assert (answer["x"]["length"], answer["x"]["fits"]) == (290, 280)
    # what goes out is another text than the one that was sent, and the cut is in that one
    assert (answer["telegram"]["text"], answer["telegram"]["fits"]) == ("Halo é", 6)
    assert answer["youtube"]["length"] == 580


def test_channels_without_a_text_of_their_own_say_the_main_one(cast: Cast, tokyo: Client) -> None:
    tokyo.post("/posts/new/", typed(main_text="Naskah induk.", text_x="", text_instagram="Lain."))
    post = Post.objects.get()
    assert [row["text"] for row in drafts.as_data(post)["variants"]] == ["Naskah induk.", "Lain."]
    form = tokyo.get(f"/posts/{post.pk}/edit/").context["form"]
    assert [form[name].value() for name in ("main_text", "text_x", "text_instagram")] == ["Naskah induk.", "", "Lain."]
    tokyo.post(f"/posts/{post.pk}/edit/", typed(post, main_text="Baru.", text_x=" ", text_instagram="Lain."))
    post.refresh_from_db()
    assert [row["text"] for row in drafts.as_data(post)["variants"]] == ["Baru.", "Lain."]


def test_a_main_text_that_no_channel_says_yet_is_kept(cast: Cast, tokyo: Client) -> None:
    tokyo.post("/posts/new/", typed(networks=[], main_text="Belum ada kanalnya."))
    post = Post.objects.get()
    assert tokyo.get(f"/posts/{post.pk}/edit/").context["form"]["main_text"].value() == "Belum ada kanalnya."
    tokyo.post(f"/posts/{post.pk}/edit/", typed(post, networks=[], main_text="Masih belum."))
    post.refresh_from_db()
    assert (post.main_text, post.version) == ("Masih belum.", 2)


def test_a_main_text_is_saved_like_the_rest_of_an_approved_post(cast: Cast, tokyo: Client) -> None:
    post = make.post_in(Status.APPROVED, cast)
    data = drafts.as_data(post) | {"main_text": "Hanya induknya."}
    saved = drafts.save(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, data=data)
    assert (saved.status, saved.main_text) == (Status.DRAFT, "Hanya induknya.")


def test_saving_what_the_composer_shows_writes_nothing(cast: Cast, tokyo: Client) -> None:
    for variants in (
        [{"network": "x", "text": "Halo."}],
        [{"network": "x", "text": "Halo."}, {"network": "instagram", "text": ""}],
        [{"network": "x", "text": "Sama."}, {"network": "instagram", "text": "Sama."}],
    ):
        post = make.post_in(Status.DRAFT, cast, variants=variants)
        form = tokyo.get(f"/posts/{post.pk}/edit/").context["form"]
        shown = {name: form[name].value() for name in form.fields if form[name].value() is not None}
        assert tokyo.post(f"/posts/{post.pk}/edit/", shown).status_code == 302
        post.refresh_from_db()
        assert (post.version, drafts.as_data(post)["variants"]) == (1, [{"title": "", **row} for row in variants])


def test_a_channel_left_empty_does_not_speak_when_something_else_is_saved(cast: Cast, tokyo: Client) -> None:
    tokyo.post("/posts/new/", typed(networks=["x", "threads"], main_text="", text_x="Hanya X.", text_threads=""))
    post = Post.objects.get()
    form = tokyo.get(f"/posts/{post.pk}/edit/").context["form"]
    assert [form[name].value() for name in ("main_text", "text_x", "text_threads")] == ["", "Hanya X.", ""]


def test_who_comes_late_sees_the_main_text_of_the_other(cast: Cast, tokyo: Client) -> None:
    tokyo.post("/posts/new/", typed(networks=[], main_text="Awal."))
    post = Post.objects.get()
    late = typed(post, networks=[], main_text="Tulisan penyusun.")
    data = {"main_text": "Tulisan kepala."}
    drafts.save(post=post, by=cast.head_tokyo, version=1, at=NOW, data=data)
    answer = tokyo.post(f"/posts/{post.pk}/edit/", late)
    assert answer.status_code == 409
    assert "Tulisan kepala." in answer.content.decode()
    assert "Tulisan penyusun." in answer.content.decode()


def test_a_main_text_that_is_too_long_is_said_beside_it(cast: Cast, tokyo: Client) -> None:
    answer = tokyo.post("/posts/new/", typed(main_text="a" * 100_001, purpose="p" * 501))
    assert set(answer.context["form"].errors) == {"main_text", "purpose"}


def test_the_text_of_a_post_from_elsewhere_becomes_the_main_one(cast: Cast, tokyo: Client) -> None:
    same = [
        {"network": "x", "text": "Sama."},
        {"network": "instagram", "text": "Lain."},
        {"network": "threads", "text": "Sama."},
    ]
    post = make.post_in(Status.DRAFT, cast, variants=same)
    form = tokyo.get(f"/posts/{post.pk}/edit/").context["form"]
    assert [form[name].value() for name in ("main_text", "text_x", "text_instagram")] == ["Sama.", "", "Lain."]


def test_checklist_counts_what_is_complete_and_names_what_is_not(cast: Cast, tokyo: Client) -> None:
    post = make.post_in(Status.DRAFT, cast, variants=[{"network": "x", "text": "a" * 294}], purpose="")
    page = tokyo.get(f"/posts/{post.pk}/edit/")
    states = {item.name: (item.state, item.detail) for item in page.context["checklist"]}
    assert states["purpose"] == ("no", "")
    assert states["variants.x"] == ("err", "14 di atas batas")
    assert (page.context["complete"], len(states)) == (5, 7)
    # the line at the bottom leads to both
    assert '<a href="#id_purpose">Tujuan</a> dan <a href="#id_main_text">Naskah X</a>' in page.content.decode()


def test_what_the_editor_asks_for_stands_on_top(cast: Cast, tokyo: Client) -> None:
    post = make.post_in(Status.CHANGES_REQUESTED, cast)
    page = tokyo.get(f"/posts/{post.pk}/edit/").content.decode()
    assert "Yang diminta Peninjau Satu" in page
    assert "Sebut tujuannya." in page


# The week beside the date --------------------------------------------------------------


def test_the_week_shows_what_else_the_mission_has(cast: Cast, tokyo: Client) -> None:
    post = make.post_in(Status.DRAFT, cast)
    make.post_in(Status.APPROVED, cast, title="Sudah ada", scheduled_local="2026-11-25T15:00")
    make.post_in(Status.APPROVED, cast, jeddah=True, title="Milik Jeddah", scheduled_local="2026-11-25T15:00")
    query = {"mission": "kbri-tokyo", "date": "2026-11-26", "theme": "ekonomi-produk", "post": post.pk}
    page = tokyo.get("/posts/week/", query)
    week = page.context["strip"]
    assert [len(day.items) for day in week.days] == [0, 0, 1, 0, 0, 0, 0]
    assert [day.past for day in week.days] == [True, True, False, False, False, False, False]
    assert "Sudah ada" in page.content.decode()
    assert "Pekan ini sudah ada 1 unggahan <b>Diplomasi ekonomi</b> selain ini." in page.content.decode()
    other = tokyo.get("/posts/week/", query | {"theme": "publik-budaya"}).content.decode()
    assert "Pekan ini belum ada unggahan" in other
    # the post itself is the day that is framed
    assert [day.date.day for day in week.days if day.date == week.chosen] == [26]


def test_the_week_is_the_missions_own_and_for_those_who_write(cast: Cast, tokyo: Client, sign_in: Any) -> None:
    assert tokyo.get("/posts/week/", {"mission": "kjri-jeddah"}).status_code == 404
    assert sign_in(cast.editor).get("/posts/week/", {"mission": "kbri-tokyo"}).status_code == 403
    for nonsense in ("", "2026-02-31", "kemarin", "0001-01-01", "9999-12-31"):
        assert tokyo.get("/posts/week/", {"mission": "kbri-tokyo", "date": nonsense}).context["strip"].first.day == 23


def test_the_week_takes_no_more_queries_for_more_posts(cast: Cast, tokyo: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            tokyo.get("/posts/week/", {"mission": "kbri-tokyo", "date": "2026-11-26"})
        return len(queries)

    make.post_in(Status.DRAFT, cast)
    few = count()
    for _number in range(6):
        make.post_in(Status.APPROVED, cast)
    assert count() == few <= 12


# The post's page -----------------------------------------------------------------------


def test_post_page_says_what_may_be_done_and_why_not_the_rest(cast: Cast, sign_in: Any) -> None:
    post = make.post_in(Status.SIGNOFF, cast)
    head = sign_in(cast.head_tokyo).get(f"/posts/{post.pk}/")
    assert "Paraf" in [button.name for button in head.context["buttons"]]
    drafter = sign_in(cast.drafter_tokyo).get(f"/posts/{post.pk}/")
    assert "Paraf" not in [button.name for button in drafter.context["buttons"]]
    assert "Hanya untuk peran: kepala perwakilan." in drafter.content.decode()
    assert "Menunggu paraf Kepala Perwakilan: Kepala Tokyo." in drafter.content.decode()


def test_head_reads_what_is_missing_before_signing(cast: Cast, sign_in: Any) -> None:
    post = make.post_in(Status.SIGNOFF, cast)
    client = sign_in(cast.head_tokyo)
    assert client.get(f"/posts/{post.pk}/").context["missing"] == {}
    with clock.fixed(post.scheduled_at + timedelta(minutes=1)):
        page = client.get(f"/posts/{post.pk}/")
    assert list(page.context["missing"]) == ["scheduled_local"]
    assert "Waktunya sudah lewat" in page.content.decode()


def test_post_page_shows_every_status_to_every_reader(cast: Cast, sign_in: Any) -> None:
    people = [cast.drafter_tokyo, cast.head_tokyo, cast.editor, cast.manager, cast.admin]
    for status in Status:
        post = make.post_in(status, cast)
        for person in people:
            page = sign_in(person).get(f"/posts/{post.pk}/")
            assert page.status_code == 200
            assert str(status.label) in page.content.decode()


def test_post_page_shows_holds_over_it(cast: Cast, sign_in: Any) -> None:
    post = make.post_in(Status.APPROVED, cast)
    holds.make(by=cast.editor, at=NOW, scope="mission", code="kbri-tokyo", reason="Gempa di Tokyo")
    page = sign_in(cast.drafter_tokyo).get(f"/posts/{post.pk}/").content.decode()
    assert "Gempa di Tokyo" in page
    assert "Ditahan. Jangan ditayangkan sampai penahanan dicabut." in page
    # whoever publishes may record what went out before the hold
    assert "Catat di sini" in page
    assert "Catat di sini" not in sign_in(cast.editor).get(f"/posts/{post.pk}/").content.decode()


def test_post_page_queries_do_not_grow_with_history(cast: Cast, sign_in: Any) -> None:
    post = make.post_in(Status.DRAFT, cast)
    client = sign_in(cast.editor)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/posts/{post.pk}/")
        return len(queries)

    few = count()
    for number in range(6):
        post = drafts.save(
            post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, data={"purpose": f"Tujuan {number}"}
        )
    assert count() == few


def test_text_of_a_post_is_never_markup(cast: Cast, tokyo: Client) -> None:
    nasty = "<script>alert(1)</script>"
    tokyo.post("/posts/new/", typed(title=nasty, purpose=nasty, text_x=nasty))
    post = Post.objects.get()
    drafts.save(post=post, by=cast.drafter_tokyo, version=1, at=NOW + timedelta(hours=1), data={"purpose": f"{nasty}!"})
    for address in ("/posts/", f"/posts/{post.pk}/", f"/posts/{post.pk}/edit/"):
        assert nasty not in tokyo.get(address).content.decode()


def test_the_composer_takes_no_more_queries_for_more_posts_and_channels(cast: Cast, tokyo: Client) -> None:
    def count(post: Post) -> int:
        with CaptureQueriesContext(connection) as queries:
            tokyo.get(f"/posts/{post.pk}/edit/")
        return len(queries)

    few = count(make.post_in(Status.DRAFT, cast, variants=[{"network": "x", "text": "Satu."}]))
    codes = ("x", "facebook", "instagram", "threads", "telegram", "mastodon", "bluesky")
    many = [{"network": code, "text": f"Naskah {code}."} for code in codes]
    for _number in range(4):
        post = make.post_in(Status.DRAFT, cast, variants=many, themes=["ekonomi-produk", "publik-budaya"])
    assert count(post) == few <= 32


def test_wib_says_when_it_is_another_day(cast: Cast, tokyo: Client) -> None:
    same = make.post_in(Status.DRAFT, cast)
    assert "hari yang sama, <time" in tokyo.get(f"/posts/{same.pk}/edit/").content.decode()
    before = make.post_in(Status.DRAFT, cast, scheduled_local="2026-11-26T00:30")
    page = tokyo.get(f"/posts/{before.pk}/edit/").content.decode()
    assert "hari yang sama, <time" not in page
    assert "Rab, 25 Nov 2026" in page
