"""Rule 6: what Tokyo writes never reaches Jeddah, by any page, list, search, calendar, call of the API, or mail.

Every text field of Tokyo's posts carries one word, and every address that answers GET is read in every way it can be
asked. The same walk finds the word for those who may read it, so it does look where the word stands.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from calendar_app.models import Status
from calendar_app.services import holds, outbox, publishing, reviews, submissions
from tests.cast import NOW, Cast, approve, post_in
from tests.routes import Address, addresses, client_of, hold_tokyo, objects

WORD = "Kenari7391"
CONTENT: dict[str, Any] = {
    "title": f"{WORD} gelar batik",
    "purpose": f"{WORD}: warga Jepang tahu cara memesan batik.",
    "main_text": f"{WORD} naskah induk",
    "variants": [
        {"network": "website", "title": f"{WORD} judul", "text": f"{WORD} batik"},
        {"network": "x", "text": f"{WORD} batik"},
        {"network": "instagram", "text": f"{WORD} batik"},
    ],
}
COMMENT = f"{WORD}: sebut tenggatnya."
FILTERS: list[dict[str, str]] = [
    {},
    {"q": "batik"},
    {"mission": "kbri-tokyo"},
    {"region": "asia-timur"},
    {"theme": "ekonomi-produk"},
    {"network": "x", "language": "id", "audience": "pelaku-usaha"},
    *({"status": status} for status in (*Status.values, "due", "held")),
]
VIEWS = ("network", "week", "month", "list")
CALENDARS = [
    {"view": view, "date": "2026-11-26"} | rest
    for view, rest in product(VIEWS, [{"tz": "mission"}, {"tz": "wib"}, {"tz": "mine"}, *FILTERS[1:4]])
]
ASKED: dict[str, list[dict[str, str]]] = {
    "calendar": [*CALENDARS, {"view": "network", "date": "2026-11-26", "cell": "kbri-tokyo:2026-11-26"}],
    "api_calendar": [query for query in CALENDARS if query["view"] != "list"],
    "posts": FILTERS[:6],
    "api_posts": FILTERS,
    "post_new": [{}, {"mission": "kbri-tokyo"}],
    "post_week": [{"mission": "kbri-tokyo", "date": "2026-11-26"}],
    "post_move": [{}, {"meaning": "1", "date": "2026-11-27", "time": "10:00", "zone": "Asia/Tokyo"}],
    "review_queue": FILTERS[:5],
    "notifications_count": [{"since": "1"}],
    "api_review_queue": [{}, {"region": "asia-timur"}, {"theme": "ekonomi-produk"}],
    "api_holds": [{}, {"in_force": "true"}, {"in_force": "false"}],
}


@pytest.fixture(autouse=True)
def fresh_limits(settings: Any) -> Iterator[None]:
    settings.API_CALLS_PER_MINUTE = 10_000
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def tokyo(cast: Cast, frozen: None) -> dict[str, dict[str, Any]]:
    """Posts of Tokyo in every status with the word in every field, and a plain one of Jeddah."""
    theirs = post_in(Status.IN_REVIEW, cast, jeddah=True)
    approve(theirs, cast, note="Baik.")
    made = objects(cast, **CONTENT)
    for service in (reviews.request_changes, reviews.decline):
        decided = post_in(Status.IN_REVIEW, cast, **CONTENT)
        service(post=decided, by=cast.editor, version=decided.version, at=NOW, comment=COMMENT)
    back = post_in(Status.SIGNOFF, cast, **CONTENT)
    submissions.send_back(post=back, by=cast.head_tokyo, version=back.version, at=NOW, comment=COMMENT)
    recalled = approve(post_in(Status.IN_REVIEW, cast, **CONTENT), cast, note=COMMENT)
    reviews.recall(post=recalled, by=cast.editor, version=recalled.version, at=NOW, comment=COMMENT)
    given_up(cast)
    holds.lift(hold=hold_tokyo(cast, COMMENT), by=cast.editor, at=NOW)
    hold_tokyo(cast, COMMENT)
    late = post_in(Status.APPROVED, cast, **CONTENT, scheduled_local="2026-11-25T11:30")
    assert late.scheduled_at is not None
    outbox.tick(at=NOW)
    outbox.tick(at=NOW + timedelta(hours=1))
    return made


def given_up(cast: Cast) -> None:
    """Out on one channel, given up on the others, and then retracted."""
    post = post_in(Status.APPROVED, cast, at=NOW - timedelta(hours=2), **CONTENT)
    channels = [
        {"network": "x", "url": f"https://x.com/kbri/{WORD}"},
        {"network": "website", "given_up": COMMENT},
        {"network": "instagram", "given_up": COMMENT},
    ]
    person, out = cast.drafter_tokyo, NOW - timedelta(hours=1)
    channels[0]["published_at"] = out.isoformat()
    post = publishing.mark_published(post=post, by=person, version=post.version, at=NOW, channels=channels)
    publishing.retract(post=post, by=cast.head_tokyo, version=post.version, at=NOW, comment=COMMENT)


def where_it_stands(client: Client, values: dict[str, dict[str, Any]]) -> set[str]:
    """The names of all addresses that show the word, whatever they are asked for."""
    # the admin is for administrators only, who read everything
    names = (address for address in addresses() if not address.name.startswith("admin"))
    return {found.name for found in names if any(WORD.encode() in body for body in answers(client, found, values))}


def answers(client: Client, address: Address, values: dict[str, dict[str, Any]]) -> Iterator[bytes]:
    """What an address says of each object and to each query."""
    posts = [values[status]["pk"] for status in ("draft", "signoff", "in_review", "approved", "published", "urgent")]
    numbers = {value["pk"] for value in values.values() if "pk" in value}
    # a signed address speaks to whoever holds it: here nobody does
    texts = values["mission"] | values["theme"] | values["key"] | {"name": "none.log:0", "token": "x"}
    queries = ASKED.get(address.name, [{}])
    if address.name == "api_reminders":
        queries = [{}, *({"post": str(pk)} for pk in posts)]
    for pk, query in product(sorted(numbers) if address.is_numbered else [0], queries):
        path = address.path(**texts, pk=pk)
        for headers in ({}, {"HX-Request": "true", "HX-Target": "panel"}) if "cell" in query else ({},):
            response = client.get(f"{path}?{urlencode(query)}", headers=headers)
            assert response.status_code < 500 or address.name == "readyz", (path, query)
            yield response.content


@pytest.mark.parametrize("role", ["drafter_jeddah", "stranger"])
def test_nothing_of_tokyo_is_read_elsewhere(cast: Cast, tokyo: dict[str, Any], role: str) -> None:
    assert where_it_stands(client_of(cast, role), tokyo) == set()


def test_the_same_walk_finds_it_for_those_who_may_read_it(cast: Cast, tokyo: dict[str, Any]) -> None:
    everywhere = {"post", "posts", "calendar", "holds", "api_post", "api_posts", "api_post_history", "api_calendar"}
    mine = {"today", "post_edit", "post_publish", "mission", "notifications", "api_notifications", "api_holds"}
    assert everywhere | mine <= where_it_stands(client_of(cast, "drafter_tokyo"), tokyo)
    hq = {"today", "review_queue", "review", "api_review_queue", "hold_lift"}
    assert everywhere | hq <= where_it_stands(client_of(cast, "editor"), tokyo)


def test_no_mail_carries_it_elsewhere(cast: Cast, tokyo: dict[str, Any]) -> None:
    readers = {
        cast.drafter_tokyo.email,
        cast.head_tokyo.email,
        cast.editor.email,
        cast.editor2.email,
        cast.manager.email,
    }
    told = [letter for letter in mail.outbox if WORD in str(letter.message())]
    assert len(told) > 5
    assert {address for letter in told for address in letter.to} <= readers
