"""The queue and the page on which an editor decides, over HTTP."""

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calendar_app.models import Decision, Outcome, Post, Status
from calendar_app.services import drafts, publishing, reviews, submissions
from missions.models import Membership, Role
from tests.cast import NOW, Cast, approve, data, post_in, publish

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.usefixtures("frozen")


def text_of(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


def form_of(post: Post, **changes: Any) -> dict[str, Any]:
    post.refresh_from_db()
    assert post.current_revision is not None
    return {
        "do": "approve",
        "version": post.version,
        "content_hash": post.current_revision.content_hash,
        "primary_theme": "ekonomi-produk",
        "alignment": "strong",
        "note": "",
    } | changes


def resubmitted(cast: Cast, **changes: Any) -> Post:
    """Sent back once with a comment, changed (or not), and in review again."""
    post = post_in(Status.CHANGES_REQUESTED, cast)
    if changes:
        post = drafts.save(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, data=data(**changes))
    post = submissions.submit(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW)
    return submissions.sign_off(post=post, by=cast.head_tokyo, version=post.version, at=NOW)


def urgent(cast: Cast) -> Post:
    post = post_in(Status.DRAFT, cast, themes=["pelindungan-krisis"])
    return publishing.publish_urgent(
        post=post,
        by=cast.head_tokyo,
        version=post.version,
        at=NOW,
        theme="pelindungan-krisis",
        reason="Gempa besar, warga perlu tahu sekarang juga.",
        channels=[{"network": "x"}, {"network": "instagram"}],
    )


# The queue -----------------------------------------------------------------------------


def test_the_queue_lists_what_waits_the_round_that_is_due_first_on_top(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.IN_REVIEW, cast, title="Nanti", scheduled_local="2026-11-29T12:00")
    post_in(Status.IN_REVIEW, cast, jeddah=True, title="Segera", scheduled_local="2026-11-25T12:00")
    post_in(Status.SIGNOFF, cast, title="Belum diparaf")
    text = text_of(sign_in(cast.editor).get("/review/"))
    assert text.index("Segera") < text.index("Nanti")
    assert "Belum diparaf" not in text


def test_what_went_out_urgently_stands_above_all(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.IN_REVIEW, cast, title="Hampir waktunya", scheduled_local="2026-11-25T11:30")
    post = urgent(cast)
    text = text_of(sign_in(cast.editor).get("/review/"))
    assert text.index(f"/review/{post.pk}/") < text.index("Hampir waktunya")


def test_the_filters_narrow_the_queue_and_stay_in_its_links(cast: Cast, sign_in: SignIn) -> None:
    here = post_in(Status.IN_REVIEW, cast, title="Dari Tokyo")
    post_in(Status.IN_REVIEW, cast, jeddah=True, title="Dari Jeddah")
    response = sign_in(cast.editor).get(f"/review/?region={here.mission.region.code}&due=week")
    text = text_of(response)
    assert "Dari Tokyo" in text
    assert "Dari Jeddah" not in text
    assert f"/review/{here.pk}/?region={here.mission.region.code}&due=week" in text


def test_an_unknown_filter_is_told_and_left_out(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.IN_REVIEW, cast, title="Tetap ada")
    text = text_of(sign_in(cast.editor).get("/review/?region=atlantis&due=besok"))
    assert "atlantis" in text
    assert "Tetap ada" in text


def test_overdue_alone(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.IN_REVIEW, cast, at=NOW - timedelta(days=3), title="Lewat", scheduled_local="2026-11-26T12:00")
    post_in(Status.IN_REVIEW, cast, title="Masih lama", scheduled_local="2026-12-20T12:00")
    text = text_of(sign_in(cast.editor).get("/review/?due=now"))
    assert "Lewat" in text
    assert "Masih lama" not in text


def test_a_second_page_goes_on_where_the_first_ended(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calendar_app.queries.reviews.PAGE", 2)
    posts = [
        post_in(Status.IN_REVIEW, cast, title=f"Nomor {n}", scheduled_local=f"2026-11-2{n}T12:00") for n in (6, 7, 8)
    ]
    client = sign_in(cast.editor)
    first = client.get("/review/")
    assert [row.post.pk for row in first.context["page"].rows] == [posts[0].pk, posts[1].pk]
    second = client.get("/review/" + first.context["next"])
    assert [row.post.pk for row in second.context["page"].rows] == [posts[2].pk]


def test_an_empty_queue_says_that_all_is_done(cast: Cast, sign_in: SignIn) -> None:
    assert "Antrean kosong" in text_of(sign_in(cast.editor).get("/review/"))


@pytest.mark.parametrize(
    ("who", "status"), [("manager", 200), ("admin", 200), ("drafter_tokyo", 403), ("stranger", 403)]
)
def test_headquarters_reads_the_queue(who: str, status: int, cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(getattr(cast, who)).get("/review/").status_code == status


def test_the_queue_does_not_ask_more_with_more_rows(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.editor)
    post_in(Status.IN_REVIEW, cast)
    urgent(cast)
    client.get("/review/")
    with CaptureQueriesContext(connection) as few:
        client.get("/review/")
    for n in range(4):
        post_in(Status.IN_REVIEW, cast, jeddah=n % 2 == 0)
    with CaptureQueriesContext(connection) as many:
        client.get("/review/")
    assert len(many) == len(few)


def test_an_author_sees_that_somebody_else_decides(cast: Cast, sign_in: SignIn) -> None:
    Membership.objects.create(person=cast.editor2, mission=cast.tokyo, role=Role.DRAFTER)
    post = post_in(Status.CHANGES_REQUESTED, cast)
    post = drafts.save(post=post, by=cast.editor2, version=post.version, at=NOW, data=data(title="Ditulis peninjau"))
    post = submissions.submit(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW)
    post = submissions.sign_off(post=post, by=cast.head_tokyo, version=post.version, at=NOW)
    client = sign_in(cast.editor2)
    assert "Anda ikut menulis" in text_of(client.get("/review/"))
    page = text_of(client.get(f"/review/{post.pk}/"))
    assert "peninjau lain yang memutuskan" in page
    assert 'name="do"' not in page
    assert client.post(f"/review/{post.pk}/", form_of(post)).status_code == 403


# Reading -------------------------------------------------------------------------------


def test_the_page_shows_what_will_go_out_with_counts_and_names_the_version(cast: Cast, sign_in: SignIn) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    assert post.current_revision is not None
    text = text_of(sign_in(cast.editor).get(f"/review/{post.pk}/"))
    assert "Pelaku usaha Jepang tahu cara memesan kopi Gayo" in text
    assert "Kopi Gayo dari Aceh Tengah. #KopiIndonesia" in text
    assert f'Setujui versi 1 <span class="dec-v">{post.current_revision.content_hash[:8]}</span>' in text
    assert "/280" in text
    assert 'value="ekonomi-produk" aria-label="Utama: ' in text


def test_what_changed_since_the_last_decision_is_marked_and_said(cast: Cast, sign_in: SignIn) -> None:
    post = resubmitted(
        cast, variants=[{"network": "x", "text": "Kopi Gayo kini bisa dibeli di tiga toko."}], purpose="Tujuan baru."
    )
    text = text_of(sign_in(cast.editor).get(f"/review/{post.pk}/"))
    assert "Sebut tujuannya." in text
    assert "<del>" in text
    assert "ditambah:" in text
    assert "Berubah sejak versi 1" in text
    assert "Naskah Instagram" in text  # the channel that is gone


def test_an_unchanged_resubmission_says_so_and_shows_the_old_decision(cast: Cast, sign_in: SignIn) -> None:
    post = resubmitted(cast)
    text = text_of(sign_in(cast.editor).get(f"/review/{post.pk}/"))
    assert "Diajukan lagi tanpa perubahan" in text
    assert "Sebut tujuannya." in text
    assert "<del>" not in text


def test_arabic_keeps_its_direction_and_language(cast: Cast, sign_in: SignIn) -> None:
    words = "قهوة غايو من إندونيسيا"
    post = post_in(Status.IN_REVIEW, cast, jeddah=True, language="ar", variants=[{"network": "x", "text": words}])
    text = text_of(sign_in(cast.editor).get(f"/review/{post.pk}/"))
    assert f'dir="auto" lang="ar">{words}' in text


@pytest.mark.parametrize(
    ("who", "status"),
    [("manager", 200), ("admin", 200), ("drafter_tokyo", 403), ("head_tokyo", 403), ("drafter_jeddah", 404)],
)
def test_who_may_read_the_page(who: str, status: int, cast: Cast, sign_in: SignIn) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    client = sign_in(getattr(cast, who))
    response = client.get(f"/review/{post.pk}/")
    assert response.status_code == status
    assert 'name="do"' not in text_of(response)
    assert client.post(f"/review/{post.pk}/", form_of(post)).status_code in (403, 404)


def test_a_post_that_was_never_in_review_has_no_such_page(cast: Cast, sign_in: SignIn) -> None:
    post = post_in(Status.DRAFT, cast)
    assert sign_in(cast.editor).get(f"/review/{post.pk}/").status_code == 404


def test_a_decided_post_shows_the_decision_and_no_form(cast: Cast, sign_in: SignIn) -> None:
    post = approve(post_in(Status.IN_REVIEW, cast), cast)
    text = text_of(sign_in(cast.editor2).get(f"/review/{post.pk}/"))
    assert "tidak sedang ditinjau" in text
    assert "Peninjau Satu" in text
    assert 'name="do"' not in text


def test_the_page_does_not_ask_more_with_a_longer_life(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.editor)

    def queries(post: Post) -> int:
        client.get(f"/review/{post.pk}/")
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/review/{post.pk}/")
        return len(asked)

    once = resubmitted(cast, title="Kedua")
    before = queries(once)
    post = once
    for n in range(3):
        post = reviews.request_changes(post=post, by=cast.editor, version=post.version, at=NOW, comment="Lagi.")
        post = drafts.save(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, data=data(title=f"Lagi {n}"))
        post = submissions.submit(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW)
        post = submissions.sign_off(post=post, by=cast.head_tokyo, version=post.version, at=NOW)
    for _ in range(3):
        post_in(Status.IN_REVIEW, cast)
    assert queries(post) <= before


def test_the_queue_beside_the_post_says_where_it_stands_and_leads_on(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calendar_app.views.reviews.ASIDE", 2)
    posts = [
        post_in(Status.IN_REVIEW, cast, title=f"Nomor {n}", scheduled_local=f"2026-11-2{n}T12:00") for n in range(6, 9)
    ]
    client = sign_in(cast.editor)
    queue = client.get(f"/review/{posts[1].pk}/").context["queue"]
    assert (queue.place, queue.total, queue.previous, queue.following) == (2, 3, posts[0].pk, posts[2].pk)
    assert [row.post.pk for group in queue.groups for row in group.rows] == [posts[0].pk, posts[1].pk]
    response = client.get(f"/review/{posts[2].pk}/?due=week")
    queue = response.context["queue"]
    # the last part is full too
    assert (queue.before, queue.behind, queue.following) == (1, 0, None)
    text = text_of(response)
    assert "3 dari 3" in text
    assert f'href="/review/{posts[1].pk}/?due=week" data-key="k"' in text


def test_a_decided_post_leads_to_the_first_of_the_queue(cast: Cast, sign_in: SignIn) -> None:
    decided, waiting = approve(post_in(Status.IN_REVIEW, cast), cast), post_in(Status.IN_REVIEW, cast)
    queue = sign_in(cast.editor).get(f"/review/{decided.pk}/").context["queue"]
    assert (queue.place, queue.previous, queue.following) == (0, None, waiting.pk)


def test_the_queue_is_parted_by_the_day_of_each_deadline(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.IN_REVIEW, cast, at=NOW - timedelta(days=3), scheduled_local="2026-11-26T12:00")
    for day in ("2026-11-25T21:00", "2026-11-28T12:00", "2026-11-30T20:00", "2026-12-20T12:00"):
        post_in(Status.IN_REVIEW, cast, scheduled_local=day)
    names = [group.name for group in sign_in(cast.editor).get("/review/").context["groups"]]
    assert names == ["Lewat tenggat", "Tenggat hari ini", "Tenggat besok", "Tenggat pekan ini", "Nanti"]


def test_the_mix_of_themes_says_what_the_mission_published(cast: Cast, sign_in: SignIn) -> None:
    for only in (True, False):
        post = post_in(Status.IN_REVIEW, cast, scheduled_local="2026-11-25T11:30")
        publish(approve(post, cast, activity_only=only), cast.drafter_tokyo)
    text = text_of(sign_in(cast.editor).get(f"/review/{post_in(Status.IN_REVIEW, cast).pk}/"))
    assert "2 tayang, 1 hanya kegiatan" in text
    assert "Ekonomi 2+1" in text


# Deciding ------------------------------------------------------------------------------


def test_approving_ties_the_post_to_themes_and_goes_on_to_the_next(cast: Cast, sign_in: SignIn) -> None:
    first = post_in(Status.IN_REVIEW, cast)
    second = post_in(Status.IN_REVIEW, cast, jeddah=True, scheduled_local="2026-11-28T12:00")
    sent = form_of(first, secondary_themes=["publik-budaya"], activity_only="1", note="Bagus.", alignment="partial")
    response = sign_in(cast.editor).post(f"/review/{first.pk}/?due=week", sent)
    assert response.status_code == 302
    assert response["Location"] == f"/review/{second.pk}/?due=week"
    first.refresh_from_db()
    assert first.status == Status.APPROVED
    decision = Decision.objects.get(post=first, outcome=Outcome.APPROVE)
    assert [row.theme.code for row in decision.themes.all()] == ["ekonomi-produk", "publik-budaya"]
    assert (decision.alignment, decision.activity_only, decision.comment) == ("partial", True, "Bagus.")


def test_after_the_last_one_comes_the_queue_with_a_word_of_what_was_done(cast: Cast, sign_in: SignIn) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    response = sign_in(cast.editor).post(f"/review/{post.pk}/", form_of(post), follow=True)
    assert response.redirect_chain == [("/review/", 302)]
    assert "Disetujui: KBRI Tokyo, Kopi Gayo di Tokyo" in text_of(response)


def test_what_was_passed_over_does_not_come_back_before_the_end(cast: Cast, sign_in: SignIn) -> None:
    first, second, third = (post_in(Status.IN_REVIEW, cast, scheduled_local=f"2026-11-2{n}T12:00") for n in (6, 7, 8))
    client = sign_in(cast.editor)
    assert client.post(f"/review/{second.pk}/", form_of(second))["Location"] == f"/review/{third.pk}/"
    assert client.post(f"/review/{third.pk}/", form_of(third))["Location"] == f"/review/{first.pk}/"


def test_what_is_public_already_is_next(cast: Cast, sign_in: SignIn) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    post_in(Status.IN_REVIEW, cast, scheduled_local="2026-11-25T12:00")
    public = urgent(cast)
    assert sign_in(cast.editor).post(f"/review/{post.pk}/", form_of(post))["Location"] == f"/review/{public.pk}/"


def test_the_next_one_is_never_one_that_the_editor_wrote(cast: Cast, sign_in: SignIn) -> None:
    Membership.objects.create(person=cast.editor, mission=cast.jeddah, role=Role.DRAFTER)
    own = drafts.create(mission=cast.jeddah, by=cast.editor, at=NOW, data=data())
    submissions.submit(post=own, by=cast.editor, version=own.version, at=NOW)
    post = post_in(Status.IN_REVIEW, cast)
    assert sign_in(cast.editor).post(f"/review/{post.pk}/", form_of(post))["Location"] == "/review/"


@pytest.mark.parametrize(
    ("do", "status"), [("request_changes", Status.CHANGES_REQUESTED), ("decline", Status.DECLINED)]
)
def test_sending_back_and_declining_need_words_and_keep_them(
    do: str, status: Status, cast: Cast, sign_in: SignIn
) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    client = sign_in(cast.editor)
    wordless = client.post(f"/review/{post.pk}/", form_of(post, do=do))
    assert wordless.status_code == 422
    assert "Tulis alasannya" in text_of(wordless)
    assert client.post(f"/review/{post.pk}/", form_of(post, do=do, note="Sebut hasilnya.")).status_code == 302
    post.refresh_from_db()
    assert post.status == status
    assert Decision.objects.get(post=post).comment == "Sebut hasilnya."


def test_what_is_wrong_is_said_beside_its_field_and_everything_typed_stays(cast: Cast, sign_in: SignIn) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    sent = form_of(
        post, primary_theme="", alignment="", secondary_themes=["publik-budaya"], note="Catatan saya", activity_only="1"
    )
    response = sign_in(cast.editor).post(f"/review/{post.pk}/", sent)
    text = text_of(response)
    assert response.status_code == 422
    assert "Pilih tema utama." in text
    assert "Catatan saya</textarea>" in text
    assert 'name="activity_only" value="1" checked' in text
    assert 'name="secondary_themes" value="publik-budaya" aria-label="Tambahan: Budaya Indonesia" checked' in text
    assert "data-dirty-unsaved" in text
    post.refresh_from_db()
    assert post.status == Status.IN_REVIEW


def test_no_alignment_is_chosen_for_the_editor(cast: Cast, sign_in: SignIn) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    client = sign_in(cast.editor)
    assert 'name="alignment" value="strong" checked' not in text_of(client.get(f"/review/{post.pk}/"))
    assert "Pilih keselarasan" in text_of(client.post(f"/review/{post.pk}/", form_of(post, alignment="")))


def test_two_editors_the_second_is_told_who_and_keeps_the_words(cast: Cast, sign_in: SignIn) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    sent = form_of(post, do="request_changes", note="Kalimat kedua belum jelas.")
    approve(post, cast)
    response = sign_in(cast.editor2).post(f"/review/{post.pk}/", sent)
    text = text_of(response)
    assert response.status_code == 409
    assert "Peninjau Satu sudah memutuskan lebih dulu: Disetujui" in text
    assert "Kalimat kedua belum jelas." in text
    assert Decision.objects.filter(post=post).count() == 1


def test_a_text_that_changed_meanwhile_is_shown_and_the_words_stay_in_the_form(cast: Cast, sign_in: SignIn) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    sent = form_of(post, note="Sudah baik.", alignment="strong")
    post = submissions.withdraw(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW)
    post = drafts.save(
        post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, data=data(purpose="Tujuan yang baru.")
    )
    post = submissions.submit(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW)
    post = submissions.sign_off(post=post, by=cast.head_tokyo, version=post.version, at=NOW)
    client = sign_in(cast.editor)
    response = client.post(f"/review/{post.pk}/", sent)
    text = text_of(response)
    assert response.status_code == 409
    assert "Tujuan yang baru." in text
    assert "Sudah baik.</textarea>" in text
    assert f'name="version" value="{post.version}"' in text
    assert 'value="strong" checked' in text
    post.refresh_from_db()
    assert post.status == Status.IN_REVIEW
    assert client.post(f"/review/{post.pk}/", form_of(post, note="Sudah baik.")).status_code == 302


def test_a_hash_that_was_not_read_approves_nothing(cast: Cast, sign_in: SignIn) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    assert sign_in(cast.editor).post(f"/review/{post.pk}/", form_of(post, content_hash="0" * 64)).status_code == 409
    post.refresh_from_db()
    assert post.status == Status.IN_REVIEW


@pytest.mark.parametrize("changes", [{"do": "publish"}, {"do": ""}, {"version": "x"}, {"content_hash": ""}])
def test_a_broken_form_decides_nothing(changes: dict[str, str], cast: Cast, sign_in: SignIn) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    assert sign_in(cast.editor).post(f"/review/{post.pk}/", form_of(post, **changes)).status_code == 422
    assert not Decision.objects.filter(post=post).exists()


@pytest.mark.parametrize(("do", "status"), [("keep", Status.PUBLISHED), ("retract", Status.RETRACTED)])
def test_an_urgent_post_is_reviewed_afterwards(do: str, status: Status, cast: Cast, sign_in: SignIn) -> None:
    post = urgent(cast)
    client = sign_in(cast.editor)
    page = text_of(client.get(f"/review/{post.pk}/"))
    assert 'name="do" value="keep"' in page
    assert "Gempa besar, warga perlu tahu sekarang juga." in page
    assert 'name="primary_theme" value="pelindungan-krisis" aria-label="Utama: Krisis dan evakuasi" checked' in page
    assert 'name="do" value="approve"' not in page
    assert client.post(f"/review/{post.pk}/", form_of(post, do=do)).status_code == 422
    sent = form_of(post, do=do, note="Sesuai keadaan.", primary_theme="pelindungan-krisis")
    assert client.post(f"/review/{post.pk}/", sent).status_code == 302
    post.refresh_from_db()
    assert post.status == status


def test_an_urgent_post_cannot_be_approved_as_if_it_had_waited(cast: Cast, sign_in: SignIn) -> None:
    post = urgent(cast)
    assert sign_in(cast.editor).post(f"/review/{post.pk}/", form_of(post)).status_code == 409


def test_the_first_page_of_the_queue_takes_twelve_queries(cast: Cast, sign_in: SignIn) -> None:
    for _ in range(3):
        post_in(Status.IN_REVIEW, cast)
    urgent(cast)
    client = sign_in(cast.editor)
    with CaptureQueriesContext(connection) as asked:
        client.get("/review/")
    # and one for the clock, which is frozen here (DESIGN §11: at most 12)
    assert len(asked) + 1 <= 12, [query["sql"][:80] for query in asked]


def test_urgent_ones_go_on_to_the_next_page_too(cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calendar_app.queries.reviews.PAGE", 1)
    first, second, third = urgent(cast), urgent(cast), post_in(Status.IN_REVIEW, cast)
    client, url, seen = sign_in(cast.editor), "/review/", []
    while url:
        response = client.get(url)
        page = response.context["page"]
        seen += [row.post.pk for row in [*page.urgent, *page.rows]]
        url = response.context["next"] and "/review/" + response.context["next"]
    assert seen == [first.pk, second.pk, third.pk]
