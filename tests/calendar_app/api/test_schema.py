"""The OpenAPI document says what the API does; schemathesis tries whether that is true."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from calendar_app.api import throttles
from calendar_app.api.docs import document
from calendar_app.api.urls import v1
from calendar_app.models import Hold, Notification, Post, Status
from calendar_app.services import holds, outbox
from config.wsgi import application
from missions import tokens
from tests.cast import NOW, Cast, post_in

TRIES = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
NOUNS: dict[str, type[Model]] = {"/holds/": Hold, "/notifications/": Notification}
OPERATIONS = [
    (path, method) for path, methods in document("id")["paths"].items() for method in methods if method != "parameters"
]
DOCUMENT = schemathesis.openapi.from_dict(json.loads(json.dumps(document("id"))))
DOCUMENT.app = application


def test_every_address_of_the_api_stands_in_the_document() -> None:
    described = set(document("id")["paths"])
    for pattern in v1:
        assert isinstance(pattern, URLPattern)
        path = f"/api/v1/{pattern.pattern}".replace("<int:pk>", "{id}").replace("<slug:code>", "{code}")
        assert path in described


def test_names_of_calls_are_unique_and_every_call_has_a_summary_in_both_languages(cast: Cast, api: Any) -> None:
    caller = api(cast.editor)
    indonesian = caller.get("/api/schema/")
    assert indonesian["Content-Type"] == "application/json"
    calls = [call for methods in indonesian.json()["paths"].values() for call in methods.values()]
    assert len({call["operationId"] for call in calls}) == len(calls) == len(OPERATIONS)
    assert all(call["summary"] and call["tags"] for call in calls)
    assert indonesian.json()["openapi"] == "3.1.0"


def test_it_is_made_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    document.cache_clear()
    document("id")
    assert "arning" not in capsys.readouterr().err


def test_the_document_is_for_whoever_signed_in(cast: Cast, frozen: None) -> None:
    assert Client().get("/api/schema/").status_code == 401


def test_the_readable_page_names_every_call_and_keeps_the_policy(cast: Cast, sign_in: Any) -> None:
    assert Client().get("/api/docs/").status_code == 302
    answer = sign_in(cast.drafter_tokyo).get("/api/docs/")
    html = answer.content.decode()
    for path, method in OPERATIONS:
        assert f"{method.upper()} {path}" in html
    assert "style=" not in html
    assert "<script>" not in html
    assert "unsafe" not in answer["Content-Security-Policy"]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Calls through the WSGI application stay in the test's transaction, as those of Django's own client do."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def headers(
    cast: Cast, frozen: None, one_connection: None, monkeypatch: pytest.MonkeyPatch
) -> dict[str, dict[str, str]]:
    """Tokens of people, and something of everything for them to find."""
    monkeypatch.setattr(throttles, "_wait", lambda who: None)
    for status in (Status.DRAFT, Status.IN_REVIEW, Status.APPROVED, Status.PUBLISHED, Status.CHANGES_REQUESTED):
        post_in(status, cast)
    holds.make(by=cast.admin, at=NOW, scope="mission", code="kjri-jeddah", reason="Duka nasional")
    outbox.tick(at=NOW)
    people = {"editor": cast.editor, "drafter": cast.drafter_tokyo}
    made = {
        who: tokens.make(person=person, name="uji", scope="write", days=1, at=NOW)[1] for who, person in people.items()
    }
    # the client of schemathesis does not undo compression
    return {who: {"Authorization": f"Bearer {raw}", "Accept-Encoding": "identity"} for who, raw in made.items()}


@pytest.mark.parametrize("who", ["editor", "drafter"])
def test_answers_are_what_the_document_says(who: str, headers: dict[str, dict[str, str]]) -> None:
    seen: Counter[int] = Counter()

    def call(case: schemathesis.Case) -> None:
        bring_near(case)
        seen[case.call_and_validate(headers=headers[who], checks=CHECKS).status_code] += 1

    for path, method in OPERATIONS:
        TRIES(given(case=DOCUMENT[path][method].as_strategy())(call))()
    # otherwise it has tried nothing but refusals
    assert set(seen) >= {200, 400, 403, 404, 409}, seen


def bring_near(case: schemathesis.Case) -> None:
    """Ids mostly of what is there, and every other time the version and the text that are there."""
    if "id" in case.path_parameters:
        model = next((model for name, model in NOUNS.items() if name in case.path), Post)
        known = [*model._default_manager.order_by("pk").values_list("pk", flat=True)[:7], 0]
        case.path_parameters["id"] = known[int(case.path_parameters["id"]) % len(known)]
        post = Post.objects.filter(pk=case.path_parameters["id"]).first() if model is Post else None
        body = case.body
        if post and isinstance(body, dict) and type(body.get("version")) is int and body["version"] % 2 == 0:
            body["version"] = post.version
            if "content_hash" in body and post.current_revision:
                body |= {"content_hash": post.current_revision.content_hash, "primary_theme": "ekonomi-produk"}
    if isinstance(case.body, dict) and "mission" in case.body and len(case.body) % 2:
        case.body["mission"] = "kbri-tokyo"
