"""What is shown when something went wrong: in both languages, with what to do next, and nothing typed lost."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest
from django.test import Client, RequestFactory
from django.utils import translation

from audit.services import request_id
from calendar_app.errors import Conflict
from calendar_app.models import Post
from calendar_app.views import errors
from tests.cast import Cast

SignIn = Callable[[Any], Client]


def request_of(person: Any = None, path: str = "/posts/1/") -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = person or AnonymousUser()
    return request


def test_an_unknown_address_is_404_with_a_way_on(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in(cast.drafter_tokyo).get("/tidak-ada/")
    assert response.status_code == 404
    assert "Halaman ini tidak ada" in response.text
    assert 'href="/posts/"' in response.text


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("put", "/posts/", "GET, HEAD"),
        ("get", "/notifications/read/", "POST"),
        ("delete", "/holds/", "GET, HEAD, POST"),
    ],
)
def test_405_is_a_page_with_words_and_names_what_is_allowed(
    method: str, path: str, allow: str, cast: Cast, sign_in: SignIn
) -> None:
    response = getattr(sign_in(cast.drafter_tokyo), method)(path)
    assert (response.status_code, response.headers["Allow"]) == (405, allow)
    assert "Alamat ini tidak dapat dipakai dengan cara itu" in response.text
    assert 'href="/"' in response.text


def test_405_of_the_api_keeps_its_own_words(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in(cast.drafter_tokyo).put("/api/v1/me/")
    assert response.status_code == 405
    assert response.headers["Content-Type"] == "application/problem+json"
    assert "GET" in response.headers["Allow"]


def test_404_says_our_own_words_but_not_those_of_django() -> None:
    ours = errors.not_found(request_of(), Http404("Perwakilan “x” tidak ada."))
    assert "Perwakilan “x” tidak ada." in ours.text
    resolver = errors.not_found(request_of(), Http404({"tried": [["secret"]], "path": "x"}))
    assert "secret" not in resolver.text


def test_403_says_why(cast: Cast) -> None:
    response = errors.permission_denied(request_of(cast.manager), PermissionDenied("Hanya untuk peran: peninjau."))
    assert response.status_code == 403
    assert "Hanya untuk peran: peninjau." in response.text


@pytest.mark.parametrize(
    ("answer", "status"),
    [(errors.bad_request, 400), (errors.permission_denied, 403), (errors.not_found, 404), (errors.too_many, 429)],
)
def test_the_api_gets_a_problem_document(answer: Any, status: int) -> None:
    response = answer(request_of(path="/api/v1/tidak-ada/"), None)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert f'"status": {status}' in response.text


def test_429_says_when_to_try_again() -> None:
    response = errors.too_many(request_of())
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "60"


def test_409_shows_what_happened_and_both_texts(cast: Cast) -> None:
    exception = Conflict(
        "Peninjau Satu menyetujui pukul 14.05.",
        post=Post(pk=7),
        mine={"title": "Kopi <Gayo>", "text_instagram": "baris satu\nbaris dua"},
        theirs={"title": "Kopi Toraja"},
    )
    response = errors.conflict(request_of(cast.drafter_tokyo), exception)
    assert response.status_code == 409
    for words in ("Peninjau Satu menyetujui pukul 14.05.", "Kopi &lt;Gayo&gt;", "Kopi Toraja", "baris satu\nbaris dua"):
        assert words in response.text
    assert 'href="/posts/7/"' in response.text
    assert "data-keep-typed" in response.text


def test_500_names_the_request_and_asks_the_database_nothing() -> None:
    # no database in this test: a query would fail it
    token = request_id.set("abc-12345")
    try:
        response = errors.server_error(RequestFactory().get("/"))
        api = errors.server_error(RequestFactory().get("/api/v1/me/"))
    finally:
        request_id.reset(token)
    assert response.status_code == 500
    assert "abc-12345" in response.text
    assert '"request_id": "abc-12345"' in api.text


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_503_while_the_database_is_away_and_when_to_come_again(error: type[Exception]) -> None:
    # no database in this test: a query would fail it
    try:
        raise error("could not connect to 10.0.0.7")
    except error:
        page = errors.server_error(RequestFactory().get("/"))
        api = errors.server_error(RequestFactory().get("/api/v1/me/"))
    for answer in (page, api):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert "Basis data sedang tidak menjawab." in answer.text
        assert "10.0.0.7" not in answer.text
    assert api.headers["Content-Type"] == "application/problem+json"
    assert "data-keep-typed" in page.text


def test_a_page_whose_query_fails_is_answered_with_503(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.drafter_tokyo)
    client.raise_request_exception = False
    with connection.execute_wrapper(_gone):
        for path in ("/", "/api/v1/me/"):
            assert client.get(path).status_code == 503


def _gone(*_args: Any) -> None:
    raise OperationalError("server closed the connection")


def test_a_form_without_its_token_is_told_how_to_go_on(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.drafter_tokyo)
    response = client.post("/language/", {"language": "en"})
    assert response.status_code == 403
    assert "Formulir ini sudah kedaluwarsa" in response.text
    assert "data-keep-typed" in response.text


@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500])
def test_each_error_page_speaks_the_language_of_the_reader(status: int) -> None:
    answers: dict[int, Callable[[], Any]] = {
        400: lambda: errors.bad_request(request_of()),
        403: lambda: errors.permission_denied(request_of()),
        404: lambda: errors.not_found(request_of()),
        409: lambda: errors.conflict(request_of(), Conflict("x")),
        429: lambda: errors.too_many(request_of()),
        500: lambda: errors.server_error(request_of()),
    }
    with translation.override("en"):
        assert '<html lang="en"' in answers[status]().text
    assert '<html lang="id"' in answers[status]().text


def test_413_says_what_to_do_with_a_text_that_is_too_long(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.drafter_tokyo)
    response = client.post(
        "/posts/new/", {"main_text": "a" * 3_000_000}, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 413
    assert "Persingkat".lower() in response.content.decode().lower()
