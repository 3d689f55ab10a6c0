"""Absences on pages: the profile, the page of a colleague, the mission's page, and Today."""

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from calendar_app.services import absences as services
from missions.models import Absence, Membership, Person
from tests.calendar_app.services.test_absences import FRIDAY, MONDAY, TODAY, declare
from tests.cast import NOW, Cast

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.usefixtures("frozen")


def text_of(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


def sent(cast: Cast, **changes: str) -> dict[str, str]:
    facts = {"absence-first": "2026-11-30", "absence-last": "2026-12-04", "absence-deputy": str(cast.head_tokyo.pk)}
    return {"do": "absence"} | facts | changes


def test_one_enters_ones_own_on_the_profile_and_takes_it_back(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.drafter_tokyo)
    response = client.post("/profile/", sent(cast))
    assert response["Location"] == "/profile/#tidak-hadir"
    absence = Absence.objects.get()
    page = text_of(client.get("/profile/"))
    assert "Tercatat: Penyusun Tokyo tidak hadir 30 Nov 2026 sampai 4 Des 2026, digantikan Kepala Tokyo." in page
    assert "Pengganti: Kepala Tokyo" in page
    assert f"/absences/{absence.pk}/end/" in page
    assert client.post(f"/absences/{absence.pk}/end/")["Location"] == "/profile/#tidak-hadir"
    assert "Pengganti: Kepala Tokyo" not in text_of(client.get("/profile/"))


@pytest.mark.parametrize(
    "changes",
    [
        {"absence-first": ""},
        {"absence-first": "2026-02-30"},
        {"absence-first": "30/11/2026"},
        {"absence-last": "2026-11-29"},
        {"absence-first": "2026-11-24"},
        {"absence-deputy": "999999"},
        {"absence-deputy": "x"},
    ],
)
def test_what_will_not_do_is_said_and_what_was_typed_stays(
    changes: dict[str, str], cast: Cast, sign_in: SignIn
) -> None:
    response = sign_in(cast.drafter_tokyo).post("/profile/", sent(cast, **changes))
    assert response.status_code == 422
    assert 'class="error"' in text_of(response)
    if "absence-last" not in changes:
        assert 'value="2026-12-04"' in text_of(response)
    assert not Absence.objects.exists()


def test_a_deputy_of_another_mission_cannot_be_sent(cast: Cast, sign_in: SignIn) -> None:
    changes = {"absence-deputy": str(cast.drafter_jeddah.pk)}
    assert sign_in(cast.drafter_tokyo).post("/profile/", sent(cast, **changes)).status_code == 422


def test_a_head_enters_it_for_a_colleague_who_is_ill(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.head_tokyo)
    address = f"/people/{cast.drafter_tokyo.pk}/absences/"
    assert address in text_of(client.get("/missions/kbri-tokyo/"))
    assert "Ketidakhadiran Penyusun Tokyo" in text_of(client.get(address))
    assert client.post(address, sent(cast))["Location"] == address
    assert "digantikan Kepala Tokyo" in text_of(client.get("/missions/kbri-tokyo/"))
    absence = Absence.objects.get(person=cast.drafter_tokyo)
    assert client.post(f"/absences/{absence.pk}/end/")["Location"] == address


def test_colleagues_read_it_on_the_missions_page_and_cannot_change_it(cast: Cast, sign_in: SignIn) -> None:
    declare(cast, first=TODAY, last=FRIDAY)
    other = Person.objects.create_user("dua@test.example", "Penyusun Dua")
    Membership.objects.create(person=other, mission=cast.tokyo, role="drafter")
    client = sign_in(other)
    page = text_of(client.get("/missions/kbri-tokyo/"))
    assert "digantikan Kepala Tokyo" in page
    assert f"/people/{cast.drafter_tokyo.pk}/absences/" not in page
    assert client.get(f"/people/{cast.drafter_tokyo.pk}/absences/").status_code == 403
    assert client.post(f"/absences/{Absence.objects.get().pk}/end/").status_code == 403
    assert "digantikan" not in text_of(sign_in(cast.drafter_jeddah).get("/missions/kbri-tokyo/"))


def test_an_administrator_finds_it_beside_the_person(cast: Cast, sign_in: SignIn) -> None:
    declare(cast, person=cast.editor, by=cast.editor, deputy=cast.editor2)
    client = sign_in(cast.admin)
    page = text_of(client.get(f"/admin/missions/person/{cast.editor.pk}/change/"))
    assert f'href="/people/{cast.editor.pk}/absences/"' in page
    assert "30 Nov 2026 – 4 Des 2026" in page
    assert "Peninjau Satu" in text_of(client.get("/admin/missions/absence/"))


def test_who_was_to_stand_in_and_falls_ill_leaves_a_gap_that_is_said(cast: Cast, sign_in: SignIn) -> None:
    declare(cast)
    client = sign_in(cast.head_tokyo)
    changes = {"absence-deputy": ""}
    page = text_of(client.post("/profile/", sent(cast, **changes), follow=True))
    assert "menjadi pengganti Penyusun Tokyo" in page
    assert "tidak dapat menggantikan" in text_of(sign_in(cast.drafter_tokyo).get("/"))


def test_today_says_for_whom_one_stands_in_and_that_one_is_away(cast: Cast, sign_in: SignIn) -> None:
    declare(cast, first=TODAY, last=FRIDAY)
    assert "Anda menggantikan <b>Penyusun Tokyo</b>" in text_of(sign_in(cast.head_tokyo).get("/"))
    assert "Anda tercatat tidak hadir" in text_of(sign_in(cast.drafter_tokyo).get("/"))
    assert "Anda menggantikan" not in text_of(sign_in(cast.drafter_jeddah).get("/"))
    services.end(absence=Absence.objects.get(), by=cast.drafter_tokyo, at=NOW)
    assert "Anda menggantikan" not in text_of(sign_in(cast.head_tokyo).get("/"))


def test_today_says_who_is_on_duty(cast: Cast, sign_in: SignIn) -> None:
    assert "bertugas piket" not in text_of(sign_in(cast.editor).get("/"))
    Membership.objects.filter(person=cast.editor).update(on_duty=True)
    assert "bertugas piket" in text_of(sign_in(cast.editor).get("/"))
    assert "bertugas piket" not in text_of(sign_in(cast.editor2).get("/"))


def test_a_days_absence_names_one_day(cast: Cast, sign_in: SignIn) -> None:
    declare(cast, first=MONDAY, last=MONDAY)
    page = text_of(sign_in(cast.drafter_tokyo).get("/profile/"))
    assert "30 Nov</time> 2026" in page
    assert "–" not in page.split("30 Nov</time>")[1][:8]


def test_the_api_tells_who_one_is_and_that_one_is_away(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.drafter_tokyo)
    assert client.get("/api/v1/me/").json()["absence"] is None
    declare(cast, first=TODAY, last=FRIDAY)
    body = client.get("/api/v1/me/").json()
    assert body["absence"] == {"first": "2026-11-25", "last": "2026-12-04", "deputy": "Kepala Tokyo"}
    assert body["on_duty"] is False
    declare(cast, person=cast.head_tokyo, by=cast.head_tokyo, first=TODAY, last=TODAY, deputy=None)
    assert sign_in(cast.head_tokyo).get("/api/v1/me/").json()["absence"]["deputy"] is None
    Membership.objects.filter(person=cast.editor).update(on_duty=True)
    assert sign_in(cast.editor).get("/api/v1/me/").json()["on_duty"] is True
