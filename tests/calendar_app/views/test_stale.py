"""Pages that were opened before somebody went on: what they say, and that nothing typed is lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from calendar_app.models import Post, Publication, Status
from calendar_app.services import drafts, holds, publishing, reviews, submissions
from tests import cast as make
from tests.cast import NOW, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]


@pytest.fixture
def tokyo(cast: Cast, sign_in: Any) -> Client:
    return sign_in(cast.drafter_tokyo)


@pytest.fixture
def submitted(cast: Cast) -> Post:
    """Waits for the head; the composer was opened on version 1."""
    return make.post_in(Status.SIGNOFF, cast)


@pytest.fixture
def recalled(cast: Cast) -> Post:
    post = make.post_in(Status.APPROVED, cast)
    return reviews.recall(post=post, by=cast.editor, version=post.version, at=NOW, comment="Gambarnya keliru.")


def composed(**changes: Any) -> dict[str, Any]:
    """What the composer of the first version sends."""
    return {
        "version": 1,
        "title": "Kopi Gayo di Tokyo",
        "purpose": "Tulisan yang terlambat.",
        "audience": "pelaku-usaha",
        "language": "id",
        "themes": ["ekonomi-produk"],
        "networks": ["x"],
        "text_x": "Teks yang terlambat.",
        "do": "save",
    } | changes


def link(post: Post, **changes: Any) -> dict[str, Any]:
    typed = {"network": "x", "outcome": "out", "x-version": post.version, "x-url": "https://x.com/kbritokyo/status/1"}
    return typed | changes


# The composer --------------------------------------------------------------------------


def test_a_composer_left_open_keeps_what_was_typed_and_names_the_next_step(submitted: Post, tokyo: Client) -> None:
    answer = tokyo.post(f"/posts/{submitted.pk}/edit/", composed())
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Hanya untuk peran" not in page
    assert "Sudah diajukan. Tarik kembali dulu untuk menyuntingnya." in page
    assert page.count("Teks yang terlambat.") == 2  # beside the text that stands, and still in the form
    assert "Kopi Gayo kini bisa dipesan langsung." in page
    assert f'href="/posts/{submitted.pk}/withdraw/"' in page
    assert f'href="/posts/{submitted.pk}/">Buka unggahan' in page
    assert 'value="save"' not in page
    assert Post.objects.get().version == submitted.version


def test_who_may_write_nothing_is_told_the_role(cast: Cast, submitted: Post, sign_in: Any) -> None:
    for role in (cast.editor, cast.manager, cast.admin):
        client = sign_in(role)
        assert client.get(f"/posts/{submitted.pk}/edit/").status_code == 403
        assert client.post(f"/posts/{submitted.pk}/edit/", composed()).status_code == 403


def test_back_after_submitting_leads_to_the_post(submitted: Post, tokyo: Client) -> None:
    answer = tokyo.get(f"/posts/{submitted.pk}/edit/", follow=True)
    assert answer.redirect_chain == [(f"/posts/{submitted.pk}/", 302)]
    assert "Sudah diajukan. Tarik kembali dulu untuk menyuntingnya." in answer.content.decode()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.IN_REVIEW, "Sudah diajukan. Tarik kembali dulu"),
        (Status.PUBLISHED, "Sudah tayang, jadi naskahnya tidak dapat disunting lagi."),
        (Status.CANCELLED, "Buat unggahan baru"),
    ],
)
def test_what_cannot_be_edited_says_why(cast: Cast, tokyo: Client, status: Status, words: str) -> None:
    post = make.post_in(status, cast)
    answer = tokyo.get(f"/posts/{post.pk}/edit/", follow=True)
    assert answer.redirect_chain == [(f"/posts/{post.pk}/", 302)]
    assert words in "".join(str(message) for message in answer.context["messages"])


# Publishing ----------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [{}, {"x-url": "bukan tautan"}])
def test_no_text_to_copy_once_the_approval_is_withdrawn(recalled: Post, tokyo: Client, typed: dict[str, str]) -> None:
    sent = link(recalled, **typed)
    answer = tokyo.post(f"/posts/{recalled.pk}/publish/", sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Jangan tayangkan." in page
    assert "Persetujuan ditarik oleh Peninjau Satu" in page
    assert sent["x-url"] in page
    assert "Kopi Gayo kini bisa dipesan langsung." not in page
    assert "Salin teks" not in page
    assert f'href="/posts/{recalled.pk}/">Lihat unggahan' in page


def test_recalled_between_reading_and_writing(cast: Cast, tokyo: Client, monkeypatch: Any) -> None:
    post = make.post_in(Status.APPROVED, cast)
    mark = publishing.mark_published

    def overtaken(**given: Any) -> Post:
        reviews.recall(post=post, by=cast.editor, version=post.version, at=NOW, comment="Gambarnya keliru.")
        return mark(**given)

    monkeypatch.setattr("calendar_app.services.publishing.mark_published", overtaken)
    answer = tokyo.post(f"/posts/{post.pk}/publish/", link(post))
    assert answer.status_code == 409
    assert "https://x.com/kbritokyo/status/1" in answer.content.decode()
    assert "Salin teks" not in answer.content.decode()


def test_a_link_for_a_channel_that_is_done_is_not_lost(cast: Cast, tokyo: Client) -> None:
    post = make.post_in(Status.APPROVED, cast)
    tokyo.post(f"/posts/{post.pk}/publish/", link(post))
    assert Publication.objects.count() == 1
    late = tokyo.post(f"/posts/{post.pk}/publish/", link(post, **{"x-url": "https://x.com/kbritokyo/status/2"}))
    assert late.status_code == 409
    assert "https://x.com/kbritokyo/status/2" in late.content.decode()


def test_a_held_post_offers_nothing_to_copy_under_the_refusal(cast: Cast, tokyo: Client) -> None:
    post = make.post_in(Status.APPROVED, cast)
    holds.make(by=cast.editor, at=NOW, scope="all", reason="Berkabung nasional")
    answer = tokyo.post(f"/posts/{post.pk}/publish/", link(post))
    assert answer.status_code == 409
    assert "Berkabung nasional" in answer.content.decode()
    assert "data-copy=" not in answer.content.decode()


# Who was first, and when ---------------------------------------------------------------


def test_who_was_first_is_told_in_the_zone_of_the_post(cast: Cast, tokyo: Client) -> None:
    post = make.post_in(Status.DRAFT, cast)
    earlier = NOW - timedelta(minutes=48)
    drafts.save(post=post, by=cast.head_tokyo, version=1, at=earlier, data={"purpose": "Kata kepala"})
    page = tokyo.post(f"/posts/{post.pk}/edit/", composed()).content.decode()
    assert "Disunting oleh Kepala Tokyo, <time" in page
    assert ">hari ini 10.12</time> Tokyo." in page
    assert "UTC" not in page


def test_a_question_answered_by_another_names_them(cast: Cast, submitted: Post, tokyo: Client) -> None:
    submissions.withdraw(post=submitted, by=cast.head_tokyo, version=submitted.version, at=NOW)
    page = tokyo.post(f"/posts/{submitted.pk}/withdraw/", {"version": submitted.version}).content.decode()
    assert "Ditarik kembali oleh Kepala Tokyo, <time" in page
    assert ">hari ini 11.00</time> Tokyo." in page


def test_a_hold_lifted_by_another_names_them(cast: Cast, sign_in: Any) -> None:
    hold = holds.make(by=cast.editor, at=NOW, scope="all", reason="Berkabung nasional")
    holds.lift(hold=hold, by=cast.editor2, at=NOW)
    page = sign_in(cast.editor).post(f"/holds/{hold.pk}/lift/").content.decode()
    assert "Dicabut oleh Peninjau Dua, <time" in page
    assert ">hari ini 09.00</time> WIB." in page


def test_the_api_says_it_in_local_time_and_gives_the_post_as_it_is(submitted: Post, tokyo: Client) -> None:
    answer = tokyo.patch(
        f"/api/v1/posts/{submitted.pk}/", {"version": 1, "title": "Terlambat"}, content_type="application/json"
    )
    assert answer.status_code == 409
    body = answer.json()
    when = "Rabu, 25 November 2026, 11.00 waktu Tokyo (09.00 WIB)"
    assert body["detail"].endswith(f"Diajukan oleh Penyusun Tokyo, {when}.")
    assert body["post"]["version"] == submitted.version
