"""Holds: asked about before they are made, and lifted with a question."""

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from calendar_app.models import Hold, Status
from calendar_app.services import holds
from tests.cast import NOW, Cast, post_in

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.usefixtures("frozen")
MISSION = {"scope": "mission", "mission": "kbri-tokyo", "reason": "Masa berkabung."}


def text_of(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


def test_the_first_step_says_how_far_it_reaches_and_holds_nothing(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.DRAFT, cast)
    post_in(Status.APPROVED, cast, scheduled_local="2026-11-25T14:00")
    post_in(Status.APPROVED, cast, scheduled_local="2026-11-30T14:00")
    post_in(Status.PUBLISHED, cast)
    post_in(Status.APPROVED, cast, jeddah=True)
    response = sign_in(cast.editor).post("/holds/", MISSION)
    reach = response.context["reach"]
    assert (reach.posts, reach.approved, reach.soon, reach.missions) == (3, 2, 1, 1)
    assert "3 unggahan dari 1 perwakilan" in text_of(response)
    assert not Hold.objects.exists()


def test_the_question_names_what_is_stopped_first(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.DRAFT, cast, title="Draf yang dekat", scheduled_local="2026-11-25T12:00")
    for day in range(26, 32):
        moved = {"scheduled_local": f"2026-{'12-01' if day == 31 else f'11-{day}'}T12:00"}
        post_in(Status.APPROVED, cast, title=f"Siap {day}", **moved)
    response = sign_in(cast.editor).post("/holds/", MISSION)
    text = text_of(response)
    assert [post.title for post in response.context["reach"].examples] == [f"Siap {day}" for day in range(26, 32)]
    assert "Draf yang dekat" not in text
    assert "dan 1 lainnya" in text


def test_lifting_says_what_must_be_asked_for_anew_and_who_held_it(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.APPROVED, cast, scheduled_local="2026-11-25T09:00", at=NOW - timedelta(days=1))
    post_in(Status.APPROVED, cast)
    hold = holds.make(by=cast.editor, at=NOW, scope="all", code="", reason="Tunggu.")
    response = sign_in(cast.admin).get(f"/holds/{hold.pk}/lift/")
    assert (response.context["reach"].approved, response.context["reach"].passed) == (2, 1)
    assert "waktunya sudah lewat" in text_of(response)
    assert "Peninjau Satu" in text_of(response)


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        ({"scope": "all"}, 2),
        ({"scope": "region", "region": "asia-timur"}, 1),
        ({"scope": "theme", "theme": "ekonomi"}, 2),
        ({"scope": "theme", "theme": "publik"}, 0),
    ],
)
def test_each_scope_reaches_what_it_names(sent: dict[str, str], number: int, cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.APPROVED, cast)
    post_in(Status.APPROVED, cast, jeddah=True)
    sent = {"reason": "Tunggu arahan."} | sent
    if "region" in sent:
        sent["region"] = cast.tokyo.region.code
    assert sign_in(cast.editor).post("/holds/", sent).context["reach"].posts == number


@pytest.mark.parametrize("who", ["editor", "admin"])
def test_confirmed_it_holds_and_stands_on_every_page(who: str, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(getattr(cast, who))
    assert client.post("/holds/", MISSION | {"stops_urgent": "on", "confirmed": "1"}).status_code == 302
    hold = Hold.objects.get()
    assert (hold.mission, hold.stops_urgent, hold.made_by) == (cast.tokyo, True, getattr(cast, who))
    assert "Masa berkabung." in text_of(sign_in(cast.drafter_tokyo).get("/"))
    assert "Masa berkabung." not in text_of(sign_in(cast.drafter_jeddah).get("/"))


def test_the_question_carries_everything_on_and_back(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.editor)
    asked = text_of(client.post("/holds/", MISSION))
    assert 'name="mission" value="kbri-tokyo"' in asked
    assert "Masa berkabung." in asked
    back = text_of(client.post("/holds/", MISSION | {"back": "1"}))
    assert "Masa berkabung.</textarea>" in back
    assert 'value="kbri-tokyo" selected' in back
    assert not Hold.objects.exists()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"scope": "mission", "reason": "x"}, "Pilih apa yang ditahan."),
        ({"scope": "mission", "mission": "kbri-atlantis", "reason": "x"}, "Pilih apa yang ditahan."),
        ({"scope": "all", "reason": " "}, "Tulis alasannya;"),
        ({"scope": "semesta", "reason": "x"}, "semesta"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_held(
    sent: dict[str, str], said: str, cast: Cast, sign_in: SignIn
) -> None:
    response = sign_in(cast.editor).post("/holds/", sent | {"confirmed": "1"})
    assert response.status_code == 422
    assert said in text_of(response)
    assert not Hold.objects.exists()


@pytest.mark.parametrize("who", ["manager", "drafter_tokyo", "head_tokyo", "stranger"])
def test_others_read_what_concerns_them_and_manage_nothing(who: str, cast: Cast, sign_in: SignIn) -> None:
    hold = holds.make(by=cast.editor, at=NOW, scope="mission", code="kbri-tokyo", reason="Masa berkabung.")
    client = sign_in(getattr(cast, who))
    response = client.get("/holds/")
    assert response.status_code == 200
    assert ("Masa berkabung." in text_of(response)) == (who != "stranger")
    assert "<form method" not in text_of(response).split('id="isi"')[1].split("</main>")[0]
    assert client.post("/holds/", MISSION | {"confirmed": "1"}).status_code == 403
    assert client.get(f"/holds/{hold.pk}/lift/").status_code == 403
    assert client.post(f"/holds/{hold.pk}/lift/").status_code == 403
    assert Hold.objects.filter(lifted_at=None).count() == 1


def test_lifting_is_asked_about_and_then_told(cast: Cast, sign_in: SignIn) -> None:
    hold = holds.make(by=cast.editor, at=NOW, scope="mission", code="kbri-tokyo", reason="Masa berkabung.")
    client = sign_in(cast.admin)
    assert "Cabut penahanan KBRI Tokyo?" in text_of(client.get(f"/holds/{hold.pk}/lift/"))
    hold.refresh_from_db()
    assert hold.lifted_at is None
    response = client.post(f"/holds/{hold.pk}/lift/", follow=True)
    assert "Penahanan dicabut: KBRI Tokyo." in text_of(response)
    hold.refresh_from_db()
    assert (hold.lifted_at, hold.lifted_by) == (NOW, cast.admin)


def test_lifting_twice_names_who_was_first(cast: Cast, sign_in: SignIn) -> None:
    hold = holds.make(by=cast.editor, at=NOW, scope="all", reason="Masa berkabung.")
    holds.lift(hold=hold, by=cast.editor, at=NOW)
    client = sign_in(cast.admin)
    assert "Peninjau Satu" in text_of(client.get(f"/holds/{hold.pk}/lift/"))
    assert client.post(f"/holds/{hold.pk}/lift/").status_code == 409


def test_a_hold_that_is_not_there(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.editor).get("/holds/99999999999999999999/lift/").status_code == 404
