"""The page behind the address in a mail: looking changes nothing, one press stops, one takes it back."""

import html
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client

from calendar_app.models import Kind
from calendar_app.services import unsubscribe as services
from calendar_app.views import unsubscribe as views
from missions.models import Person
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("frozen")


def text_of(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


@pytest.fixture
def address(cast: Cast) -> str:
    return urlsplit(services.link(cast.drafter_tokyo, Kind.DECIDED)).path


def muted(cast: Cast) -> list[str]:
    return list(Person.objects.get(pk=cast.drafter_tokyo.pk).muted_kinds)


def test_a_link_that_was_cut_leads_to_the_choices(address: str, client: Client) -> None:
    page = client.get(f"{address[:-5]}/")
    assert page.status_code == 404
    assert "Tautan berhenti ini tidak lengkap" in text_of(page)
    assert "milik perwakilan lain" not in text_of(page)
    assert 'href="/profile/#surel"' in text_of(page)


def test_looking_changes_nothing(cast: Cast, address: str, client: Client) -> None:
    for method in (client.get, client.head):
        response = method(address)
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
    assert "Berhenti menerima surel “keputusan”?" in text_of(client.get(address))
    assert muted(cast) == []


def test_a_mail_program_stops_it_with_one_click(cast: Cast, address: str) -> None:
    """RFC 8058: a POST without cookies, answered without a redirect."""
    program = Client(enforce_csrf_checks=True)
    response = program.post(address, {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert muted(cast) == ["decided"]
    assert not response.cookies.get("sessionid")


def test_a_press_stops_it_and_another_takes_it_back(cast: Cast, address: str, client: Client) -> None:
    page = text_of(client.post(address))
    assert "Surel “keputusan” tidak dikirim lagi" in page
    assert "Urungkan" in page
    assert "tidak dikirim lagi" in text_of(client.get(address)), "opened later it says what is"
    assert "dikirim lagi" in text_of(client.post(address, {"resume": "1"}))
    assert muted(cast) == []


def test_it_speaks_the_language_of_whom_the_mail_went_to(cast: Cast, address: str, client: Client) -> None:
    Person.objects.filter(pk=cast.drafter_tokyo.pk).update(language="en")
    response = client.get(address)
    assert response["Content-Language"] == "en"
    assert '<html lang="en"' in text_of(response)


def test_it_tells_a_stranger_no_address_and_no_name(cast: Cast, address: str, client: Client) -> None:
    page = text_of(client.get(address))
    assert "d…@test.example" in page
    assert cast.drafter_tokyo.email not in page
    assert cast.drafter_tokyo.name not in page


def test_who_left_is_not_mailed_anyway_and_the_page_still_answers(cast: Cast, address: str, client: Client) -> None:
    Person.objects.filter(pk=cast.drafter_tokyo.pk).update(is_active=False)
    assert client.post(address).status_code == 200


@pytest.mark.parametrize("token", ["1.decided.x", "x", "1.publish_now.x", "%00"])
def test_what_we_did_not_sign_is_not_there(token: str, cast: Cast, client: Client) -> None:
    for method in (client.get, client.post):
        assert method(f"/unsubscribe/{token}/").status_code == 404
    assert muted(cast) == []


def test_one_address_cannot_try_without_end(cast: Cast, address: str, client: Client) -> None:
    for _time in range(views.MOST_A_MINUTE):
        assert client.get(address).status_code == 200
    response = client.post(address)
    assert (response.status_code, response["Retry-After"]) == (429, "60")
    assert muted(cast) == []
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.post(address, **elsewhere).status_code == 200  # type: ignore[arg-type]
