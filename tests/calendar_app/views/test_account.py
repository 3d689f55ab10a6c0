"""The way in and out: sign-in, sign-out, a new password, and the rate limit."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from tests.cast import PASSWORD, Cast

SignIn = Callable[[Any], Client]
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def no_earlier_attempts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def test_the_page_asks_for_address_and_password_and_shows_the_world_at_work(
    client: Client, cast: Cast, frozen: None
) -> None:
    html = client.get(LOGIN).text
    assert 'name="login"' in html
    assert 'name="password"' in html
    assert "Rabu, 25 November 2026" in html
    assert re.search(r"<b>\d+ dari \d+</b> perwakilan", html)


def test_a_person_signs_in_by_address_whatever_its_case(client: Client, cast: Cast) -> None:
    response = client.post(LOGIN, {"login": "Drafter.Tokyo@test.example", "password": PASSWORD})
    assert response.status_code == 302
    assert response.headers["Location"] == "/"


def test_a_wrong_password_is_said_in_plain_words_and_the_address_stays(client: Client, cast: Cast) -> None:
    response = client.post(LOGIN, {"login": "drafter.tokyo@test.example", "password": "salah-sekali-ini"})
    assert response.status_code == 200
    assert "Surel dan kata sandi tidak cocok." in response.text
    assert 'value="drafter.tokyo@test.example"' in response.text
    assert "salah-sekali-ini" not in response.text


def test_an_unknown_address_is_answered_like_a_wrong_password(client: Client, cast: Cast) -> None:
    known = client.post(LOGIN, {"login": "drafter.tokyo@test.example", "password": "salah-sekali-ini"})
    unknown = client.post(LOGIN, {"login": "tidak.ada@test.example", "password": "salah-sekali-ini"})
    words = "Surel dan kata sandi tidak cocok."
    assert words in known.text
    assert words in unknown.text


def test_too_many_failures_close_one_account_for_a_while(client: Client, cast: Cast) -> None:
    for _ in range(10):
        client.post(LOGIN, {"login": "drafter.tokyo@test.example", "password": "salah-sekali-ini"})
    response = client.post(LOGIN, {"login": "drafter.tokyo@test.example", "password": PASSWORD})
    assert "Terlalu banyak percobaan masuk untuk akun ini." in response.text


def test_too_many_attempts_from_one_address_are_429(client: Client, cast: Cast, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    answers = [client.post(LOGIN, {"login": "a@test.example", "password": "x"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Terlalu banyak permintaan" in answers[2].text


def test_the_sign_in_page_changes_its_language(client: Client, cast: Cast) -> None:
    client.post("/language/", {"language": "en", "next": LOGIN})
    assert '<html lang="en"' in client.get(LOGIN).text


def test_somebody_deactivated_does_not_get_in(client: Client, cast: Cast) -> None:
    cast.stranger.is_active = False
    cast.stranger.save(update_fields=["is_active"])
    client.post(LOGIN, {"login": "stranger@test.example", "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_a_new_password_comes_by_a_link_that_works_once(client: Client, cast: Cast) -> None:
    sent = client.post("/accounts/password/reset/", {"email": "drafter.tokyo@test.example"}, follow=True)
    assert "Periksa surel Anda" in sent.text
    assert mail.outbox[0].subject.endswith("Kata sandi baru untuk Selaras")
    link = re.search(r"http://127\.0\.0\.1:8000(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert link
    form = client.get(link[1], follow=True)
    assert "Kata sandi baru" in form.text
    path = form.redirect_chain[-1][0]
    done = client.post(path, {"password1": "empat-kata-acak-ini", "password2": "empat-kata-acak-ini"}, follow=True)
    assert "Kata sandi baru tersimpan" in done.text
    again = Client().post(LOGIN, {"login": "drafter.tokyo@test.example", "password": "empat-kata-acak-ini"})
    assert again.status_code == 302
    assert "Tautan ini tidak berlaku lagi" in Client().get(link[1], follow=True).text


def test_asking_for_an_unknown_address_says_the_same(client: Client, cast: Cast) -> None:
    sent = client.post("/accounts/password/reset/", {"email": "tidak.ada@test.example"}, follow=True)
    assert "Periksa surel Anda" in sent.text


def test_a_weak_password_is_refused_beside_its_field(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in(cast.drafter_tokyo).post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "pendek", "password2": "pendek"}
    )
    assert response.status_code == 200
    assert 'id="id_password1_error"' in response.text or 'id="id_password2_error"' in response.text


def test_signing_out_asks_first_and_happens_by_post(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.drafter_tokyo)
    page = client.get("/accounts/logout/")
    assert "Keluar dari Selaras?" in page.text
    assert "data-sign-out" in page.text
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session
