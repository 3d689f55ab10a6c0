"""The page behind a mail's button: looking changes nothing, pressing does it, and nobody has to sign in."""

import html
from typing import Any

import pytest
from django.test import Client

from calendar_app.models import Acknowledgement, Kind, Post, Reminder, Status, Way
from calendar_app.services import acknowledgements
from missions.models import Person
from tests.cast import NOW, Cast, post_in, publish

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def post(cast: Cast) -> Post:
    return post_in(Status.APPROVED, cast, title="Kopi")


@pytest.fixture
def client() -> Client:
    """With the check that forms of strange pages fail."""
    return Client(enforce_csrf_checks=True)


def address(post: Post, person: Person, way: Way = Way.EMAIL) -> str:
    row = Reminder.objects.filter(post=post, kind=Kind.PUBLISH_NOW, recipient=person).first()
    assert row is not None
    row.way = way
    return acknowledgements.link(row).removeprefix("http://127.0.0.1:8000")


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())


def test_looking_changes_nothing(post: Post, cast: Cast, client: Client) -> None:
    where = address(post, cast.drafter_tokyo)
    for _visit in range(2):
        page = client.get(where)
        assert page.status_code == 200
        assert "Saya tangani" in text_of(page)
        assert "Penyusun Tokyo" in text_of(page)
        assert "no-store" in page["Cache-Control"]
    assert client.head(where).status_code == 200
    assert not Acknowledgement.objects.exists()


def test_pressing_does_it_once(post: Post, cast: Cast, client: Client) -> None:
    where = address(post, cast.drafter_tokyo)
    for _press in range(2):
        response = client.post(where, follow=True)
        assert response.redirect_chain == [(where, 302)]
    assert "Tercatat atas nama Penyusun Tokyo" in text_of(response)
    assert '<button class="btn btn-primary">' not in text_of(response)
    row = Acknowledgement.objects.get()
    assert (row.person, row.way, row.at) == (cast.drafter_tokyo, Way.EMAIL, NOW)


def test_the_service_worker_is_answered_in_json(post: Post, cast: Cast, client: Client) -> None:
    where = address(post, cast.drafter_tokyo, Way.PUSH)
    answer = client.post(where, headers={"Accept": "application/json"})
    assert answer.json() == {"text": "Tercatat: Anda menangani “Kopi”."}
    assert Acknowledgement.objects.get().way == Way.PUSH
    where = address(post, cast.drafter_tokyo, Way.EMAIL)
    publish(post, cast.drafter_tokyo)
    Acknowledgement.objects.all().delete()
    answer = client.post(where, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (409, {"text": "Tidak perlu lagi: unggahan ini sudah tayang."})


def test_what_is_out_says_so(post: Post, cast: Cast, client: Client) -> None:
    where = address(post, cast.drafter_tokyo)
    publish(post, cast.drafter_tokyo)
    for response in (client.get(where), client.post(where)):
        assert "sudah tayang" in text_of(response)
        assert "<form" not in text_of(response)
    assert response.status_code == 409


def test_it_speaks_the_language_of_whom_the_mail_went_to(post: Post, cast: Cast, client: Client) -> None:
    Person.objects.filter(pk=cast.drafter_tokyo.pk).update(language="en")
    page = client.get(address(post, cast.drafter_tokyo))
    assert page["Content-Language"] == "en"
    assert '<html lang="en"' in text_of(page)


def test_a_stranger_address_is_not_found(post: Post, cast: Cast, client: Client) -> None:
    page = client.get("/acknowledge/1-1-1-email.x/")
    assert page.status_code == 404
    assert "ketuk “Saya tangani” di sana" in text_of(page)
    assert "milik perwakilan lain" not in text_of(page)
    assert 'href="/notifications/"' in text_of(page)
    assert client.post("/acknowledge/x/").status_code == 404
    where = address(post, cast.drafter_tokyo)
    cast.drafter_tokyo.memberships.all().delete()
    page = client.get(where)
    assert page.status_code == 404
    assert "Kopi" not in text_of(page)


def test_it_counts_for_whom_it_was_sent_to_whoever_is_signed_in(post: Post, cast: Cast, sign_in: Any) -> None:
    where = address(post, cast.drafter_tokyo)
    sign_in(cast.head_tokyo).post(where)
    assert Acknowledgement.objects.get().person == cast.drafter_tokyo


def test_it_never_says_what_the_post_says(post: Post, cast: Cast, client: Client) -> None:
    page = text_of(client.get(address(post, cast.drafter_tokyo)))
    assert "bisa dipesan langsung" not in page
    assert "cara memesan" not in page


# On the post's own pages ----------------------------------------------------------------


def soon(cast: Cast) -> Post:
    """Its time is within a day."""
    return post_in(Status.APPROVED, cast, title="Kopi", scheduled_local="2026-11-25T13:00")


@pytest.mark.parametrize(("page", "to"), [("", "post"), ("publish/", "publish")])
def test_the_button_stands_on_the_posts_pages(cast: Cast, sign_in: Any, page: str, to: str) -> None:
    post, client = soon(cast), sign_in(cast.drafter_tokyo)
    where = f"/posts/{post.pk}/{page}"
    assert "Saya tangani" in text_of(client.get(where))
    pressed = {"schedule_version": post.schedule_version, "to": to}
    assert client.post(f"/posts/{post.pk}/acknowledge/", pressed)["Location"] == where
    text = text_of(client.get(where))
    assert "Ditangani oleh" in text
    assert ">Saya tangani<" not in text


def test_a_far_post_asks_nobody(post: Post, cast: Cast, sign_in: Any) -> None:
    assert "Saya tangani" not in text_of(sign_in(cast.drafter_tokyo).get(f"/posts/{post.pk}/"))


def test_who_may_not_gets_no_button_and_no_answer(cast: Cast, sign_in: Any) -> None:
    post = soon(cast)
    assert "Saya tangani" in text_of(sign_in(cast.editor).get(f"/posts/{post.pk}/"))
    client = sign_in(cast.manager)
    assert "Saya tangani" not in text_of(client.get(f"/posts/{post.pk}/"))
    pressed = {"schedule_version": post.schedule_version}
    assert client.post(f"/posts/{post.pk}/acknowledge/", pressed).status_code == 403
    assert sign_in(cast.drafter_jeddah).post(f"/posts/{post.pk}/acknowledge/", pressed).status_code == 404


@pytest.mark.parametrize("given", ["0", "x", "9" * 30, ""])
def test_an_old_page_says_what_happened(cast: Cast, sign_in: Any, given: str) -> None:
    post, client = soon(cast), sign_in(cast.drafter_tokyo)
    response = client.post(f"/posts/{post.pk}/acknowledge/", {"schedule_version": given}, follow=True)
    assert "waktu tayangnya sudah berubah" in text_of(response)
    assert not Acknowledgement.objects.exists()


@pytest.mark.parametrize("who", ["head_tokyo", "manager"])
def test_today_tells_who_takes_care(cast: Cast, sign_in: Any, who: str) -> None:
    post = soon(cast)
    acknowledgements.acknowledge(
        post=post, schedule_version=post.schedule_version, by=cast.drafter_tokyo, way=Way.PUSH, at=NOW
    )
    assert "Ditangani oleh" in text_of(sign_in(getattr(cast, who)).get("/"))
