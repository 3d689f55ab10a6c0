"""Who calls: tokens, sessions, scopes, and the language of the answer."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from calendar_app import clock
from missions import tokens
from missions.models import ApiToken
from tests.cast import NOW, Cast, data


def test_without_a_sign_in_it_asks_for_a_token(cast: Cast, api: Any) -> None:
    answer = api(None).get("me/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="Selaras"'
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 401


def test_a_token_speaks_for_its_person(cast: Cast, api: Any) -> None:
    body = api(cast.drafter_tokyo).get("me/").json()
    assert body["email"] == cast.drafter_tokyo.email
    assert body["memberships"] == [{"role": "drafter", "mission": "kbri-tokyo"}]
    assert body["token"]["scope"] == "write"


def test_only_the_hash_of_a_token_is_stored(cast: Cast, api: Any) -> None:
    raw = api(cast.editor).headers["Authorization"].removeprefix("Bearer ")
    row = ApiToken.objects.get(person=cast.editor)
    assert raw not in " ".join(str(value) for value in vars(row).values())
    assert len(row.token_hash) == 64


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer sel_wrong", "bearer x y", "Bearer sel_\u00e9"])
def test_a_wrong_token_is_refused(header: str, cast: Cast, api: Any) -> None:
    answer = api(None).raw("GET", "me/", b"", Authorization=header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_another_scheme_is_no_sign_in(cast: Cast, api: Any) -> None:
    assert api(None).raw("GET", "me/", b"", Authorization="Basic eDp5").status_code == 401


def test_a_token_ends_at_its_time(cast: Cast, api: Any) -> None:
    caller = api(cast.editor)
    expires = ApiToken.objects.get(person=cast.editor).expires_at
    with clock.fixed(expires - timedelta(seconds=1)):
        assert caller.get("me/").status_code == 200
    with clock.fixed(expires):
        assert caller.get("me/").status_code == 401


def test_a_revoked_token_is_refused(cast: Cast, api: Any) -> None:
    caller = api(cast.editor)
    tokens.revoke(by=cast.editor, token=ApiToken.objects.get(person=cast.editor), at=NOW)
    assert caller.get("me/").status_code == 401


def test_a_deactivated_person_is_refused_with_token_and_session(cast: Cast, api: Any) -> None:
    caller = api(cast.editor)
    caller.client.force_login(cast.editor)
    cast.editor.is_active = False
    cast.editor.save()
    assert caller.get("me/").status_code == 401
    caller.headers = {}
    assert caller.get("me/").status_code == 401


def test_a_token_that_reads_changes_nothing(cast: Cast, api: Any) -> None:
    reader = api(cast.drafter_tokyo, scope="read")
    assert reader.get("posts/").status_code == 200
    for answer in (
        reader.post("posts/", mission="kbri-tokyo"),
        reader.patch("posts/1/", version=1),
        reader.delete("posts/1/?version=1"),
        reader.post("posts/1/submit/", version=1),
    ):
        assert answer.status_code == 403
        assert answer.json()["detail"] == "Token ini hanya untuk membaca."


def test_a_session_reads_and_writes_only_with_its_csrf_token(cast: Cast, frozen: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.drafter_tokyo)
    body = {"mission": "kbri-tokyo"} | data()
    assert client.get("/api/v1/me/").json()["token"] is None
    refused = client.post("/api/v1/posts/", body, content_type="application/json")
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    client.cookies["csrftoken"] = "x" * 32
    accepted = client.post("/api/v1/posts/", body, content_type="application/json", headers={"X-CSRFToken": "x" * 32})
    assert accepted.status_code == 201


def test_a_token_answers_in_the_language_of_its_person(cast: Cast, api: Any) -> None:
    caller = api(cast.editor)
    assert caller.get("posts/99/")["Content-Language"] == "id"
    cast.editor.language = "en"
    cast.editor.save()
    answer = caller.raw("GET", "posts/99/", b"", **{"Accept-Language": "id"})
    assert answer["Content-Language"] == "en"
    assert api(None).get("me/")["Content-Language"] == "id"


@pytest.mark.parametrize(("asked", "spoken"), [("en-GB,en;q=0.9", "en"), ("id", "id"), ("ja", "id"), ("", "id")])
def test_a_stranger_is_answered_in_the_language_asked_for(asked: str, spoken: str, cast: Cast, api: Any) -> None:
    assert api(None).raw("GET", "me/", b"", **{"Accept-Language": asked})["Content-Language"] == spoken
