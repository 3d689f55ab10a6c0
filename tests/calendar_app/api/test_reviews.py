"""The review queue."""

from datetime import timedelta
from typing import Any

import pytest

from calendar_app import clock
from calendar_app.models import Status
from tests.cast import NOW, Cast, post_in


def listed(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_the_most_urgent_comes_first_over_all_missions(cast: Cast, api: Any) -> None:
    late = post_in(Status.IN_REVIEW, cast, scheduled_local="2026-12-20T12:00").pk
    soon = post_in(Status.IN_REVIEW, cast, jeddah=True, scheduled_local="2026-11-25T12:00").pk
    tomorrow = post_in(Status.IN_REVIEW, cast).pk
    post_in(Status.DRAFT, cast)
    post_in(Status.APPROVED, cast)
    caller = api(cast.editor)
    with clock.fixed(NOW + timedelta(hours=1)):
        answer = caller.get("review-queue/")
    assert listed(answer) == [soon, tomorrow, late]
    first = answer.json()["results"][0]
    assert first["waiting_seconds"] == 3600
    assert first["review"]["due_at"] == "2026-11-25T05:30:00Z"
    assert first["purpose"]
    paged = caller.get("review-queue/", page_size=2)
    assert listed(paged) + listed(caller.get(paged.json()["next"])) == [soon, tomorrow, late]


def test_it_is_filtered_by_region_theme_and_when_it_is_due(cast: Cast, api: Any) -> None:
    tokyo = post_in(Status.IN_REVIEW, cast).pk
    jeddah = post_in(
        Status.IN_REVIEW, cast, jeddah=True, themes=["publik-budaya"], scheduled_local="2026-12-20T12:00"
    ).pk
    caller = api(cast.editor)
    for query, expected in (
        ({"region": "asia-timur"}, [tokyo]),
        ({"theme": "publik"}, [jeddah]),
        ({"due": "now"}, []),
        ({"due": "today"}, [tokyo]),
        ({"due": "2026-11-25"}, [tokyo]),
        ({"due": "2026-12-31"}, [tokyo, jeddah]),
        ({"due": "2026-11-25T15:00:00+07:00"}, []),
    ):
        assert listed(caller.get("review-queue/", **query)) == expected, query
    with clock.fixed(NOW + timedelta(days=1)):
        assert listed(caller.get("review-queue/", due="now")) == [tokyo]


@pytest.mark.parametrize(
    ("query", "field"), [("due=soon", "due"), ("region=mars", "region"), ("status=draft", "status")]
)
def test_what_is_not_known_is_refused(query: str, field: str, cast: Cast, api: Any) -> None:
    answer = api(cast.editor).get(f"review-queue/?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


@pytest.mark.parametrize("who", ["drafter_tokyo", "head_tokyo", "stranger"])
def test_it_is_not_for_missions(who: str, cast: Cast, api: Any) -> None:
    assert api(getattr(cast, who)).get("review-queue/").status_code == 403


@pytest.mark.parametrize("who", ["editor", "manager", "admin"])
def test_all_of_headquarters_reads_it_as_on_the_page(who: str, cast: Cast, api: Any) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    assert listed(api(getattr(cast, who)).get("review-queue/")) == [post.pk]


def test_it_takes_as_many_queries_for_twice_the_rows(cast: Cast, api: Any) -> None:
    caller = api(cast.editor)
    for _ in range(3):
        post_in(Status.IN_REVIEW, cast)
    few = caller.queries("review-queue/")
    for _ in range(3):
        post_in(Status.IN_REVIEW, cast, jeddah=True)
    assert caller.queries("review-queue/") == few <= 12
