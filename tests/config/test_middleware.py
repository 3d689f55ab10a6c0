import json
import logging
from collections.abc import Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from audit.services import request_id
from calendar_app import clock
from calendar_app.errors import Conflict
from config.logs import formatter
from config.middleware import ConflictMiddleware, PrivateMiddleware, RequestIdMiddleware
from missions import tokens
from tests.cast import Cast


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request_id.get())


def test_a_sane_request_id_is_kept_and_reaches_the_audit() -> None:
    request = RequestFactory().get("/", headers={"X-Request-ID": "proxy-0123456789"})
    response = RequestIdMiddleware(answer)(request)
    assert response.headers["X-Request-ID"] == response.content.decode() == "proxy-0123456789"
    assert request_id.get() == ""


@pytest.mark.parametrize("given", ["", "short", "x" * 37, "with space 12345", "<script>alert(1)"])
def test_any_other_request_id_is_replaced(given: str) -> None:
    response = RequestIdMiddleware(answer)(RequestFactory().get("/", headers={"X-Request-ID": given}))
    assert len(response.headers["X-Request-ID"]) == 36
    assert response.headers["X-Request-ID"] != given


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[dict[str, object]]]:
    """The log lines written so far, as they would leave the process."""
    written: list[dict[str, object]] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(self.format(record)))

    handler = Handler()
    handler.setFormatter(formatter())
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def test_a_request_is_one_line_of_json_without_its_query(
    client: Client, cast: Cast, lines: list[dict[str, object]]
) -> None:
    client.force_login(cast.editor)
    client.get("/no/such/page?q=secret", headers={"X-Request-ID": "proxy-0123456789"})
    (line,) = [line for line in lines if line["event"] == "request"]
    assert line.pop("ms", None) is not None
    assert "secret" not in json.dumps(lines)
    assert (
        line.items()
        >= {
            "method": "GET",
            "path": "/no/such/page",
            "status": 404,
            "person": cast.editor.pk,
            "request_id": "proxy-0123456789",
            "level": "info",
        }.items()
    )


def language(client: Client) -> str:
    return client.get("/accounts/password/reset/", headers={"Accept-Language": "en"}).headers["Content-Language"]


@pytest.mark.parametrize("door", ["acknowledge", "unsubscribe"])
def test_an_address_that_acts_for_somebody_is_not_kept(
    client: Client, cast: Cast, lines: list[dict[str, object]], door: str
) -> None:
    client.get(f"/{door}/1-1-1-email.secret/")
    (line,) = [line for line in lines if line["event"] == "request"]
    assert line["path"] == f"/{door}/…/"
    assert "secret" not in json.dumps(lines)


def test_signed_out_people_read_indonesian_whatever_their_browser_asks_for(client: Client, db: None) -> None:
    assert language(client) == "id"


def test_signed_out_people_may_choose_by_cookie(client: Client, db: None) -> None:
    client.cookies["django_language"] = "en"
    assert language(client) == "en"
    client.cookies["django_language"] = "xx"
    assert language(client) == "id"


def test_signed_in_people_read_their_own_language(client: Client, cast: Cast) -> None:
    cast.editor.language = "en"
    cast.editor.save(update_fields=["language"])
    client.force_login(cast.editor)
    client.cookies["django_language"] = "id"
    assert language(client) == "en"


def test_a_lost_race_becomes_the_409_page(rf: RequestFactory, cast: Cast) -> None:
    request = rf.get("/")
    request.user = cast.editor
    middleware = ConflictMiddleware(answer)
    response = middleware.process_exception(request, Conflict("Siti menyetujui unggahan ini pukul 09:00."))
    assert response is not None
    assert response.status_code == 409
    assert b"Siti menyetujui" in response.content
    assert middleware.process_exception(request, ValueError()) is None


def test_what_a_person_was_shown_is_kept_by_nobody(client: Client, cast: Cast) -> None:
    assert "Cache-Control" not in client.get("/accounts/password/reset/").headers
    client.force_login(cast.editor)
    for path in ("/", "/tidak-ada/", "/api/v1/me/"):
        assert client.get(path).headers["Cache-Control"] == "private, no-store"
    assert client.post("/accounts/logout/").headers["Cache-Control"].endswith("no-store")


def test_an_answer_that_says_how_long_it_holds_is_left_alone(rf: RequestFactory, cast: Cast) -> None:
    request = rf.get("/")
    request.user = cast.editor
    response = PrivateMiddleware(lambda _request: HttpResponse(headers={"Cache-Control": "max-age=60"}))(request)
    assert response.headers["Cache-Control"] == "max-age=60"


def test_answers_of_the_api_depend_on_the_token_and_the_cookie(client: Client, cast: Cast) -> None:
    token = tokens.make(person=cast.editor, name="uji", scope="read", days=30, at=clock.now())[1]
    response = client.get("/api/v1/me/", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "private, no-store"
    for answer_ in (response, client.get("/api/v1/me/")):
        assert {"Authorization", "Cookie"} <= set(answer_.headers["Vary"].split(", "))
