"""Holds by API."""

from typing import Any

import pytest

from calendar_app.services import holds
from tests.cast import NOW, Cast


@pytest.mark.parametrize(
    ("scope", "code"), [("all", None), ("region", "asia-timur"), ("mission", "kbri-tokyo"), ("theme", "ekonomi-produk")]
)
@pytest.mark.parametrize("who", ["editor", "admin"])
def test_a_hold_is_made_and_lifted(who: str, scope: str, code: str | None, cast: Cast, api: Any) -> None:
    caller = api(getattr(cast, who))
    made = caller.post("holds/", scope=scope, reason="Duka nasional", **({"code": code} if code else {}))
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["scope"], body["code"], body["stops_urgent"], body["lifted_at"]) == (scope, code, False, None)
    assert caller.get("holds/").json()["results"] == [body]
    lifted = caller.post(f"holds/{body['id']}/lift/").json()
    assert lifted["lifted_at"] == "2026-11-25T02:00:00Z"
    assert lifted["lifted_by"]["id"] == getattr(cast, who).pk
    assert caller.get("holds/", in_force="true").json()["results"] == []
    assert caller.get("holds/", in_force="false").json()["results"] == [lifted]
    again = caller.post(f"holds/{body['id']}/lift/")
    assert again.status_code == 409
    assert "post" not in again.json()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scope": "planet", "reason": "x"}, "scope"),
        ({"reason": "x"}, "scope"),
        ({"scope": "all"}, "reason"),
        ({"scope": "all", "reason": "  "}, "reason"),
        ({"scope": "all", "reason": "x" * 501}, "reason"),
        ({"scope": "mission", "reason": "x"}, "code"),
        ({"scope": "all", "reason": "x", "code": "kbri-tokyo"}, "code"),
        ({"scope": "mission", "reason": "x", "code": "atlantis"}, "code"),
        ({"scope": "all", "reason": "x", "stops_urgent": 1}, "stops_urgent"),
        ({"scope": "all", "reason": "x", "stops_urgent": "true"}, "stops_urgent"),
        ({"scope": "all", "reason": "x", "until": "2027-01-01"}, "until"),
    ],
)
def test_a_hold_that_makes_no_sense_is_refused(body: dict[str, Any], field: str, cast: Cast, api: Any) -> None:
    answer = api(cast.editor).post("holds/", **body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


@pytest.mark.parametrize("who", ["drafter_tokyo", "head_tokyo", "manager", "stranger"])
def test_others_neither_make_nor_lift(who: str, cast: Cast, api: Any) -> None:
    hold = holds.make(by=cast.editor, at=NOW, scope="all", reason="Duka nasional")
    caller = api(getattr(cast, who))
    assert caller.post("holds/", scope="all", reason="x").status_code == 403
    assert caller.post(f"holds/{hold.pk}/lift/").status_code == 403


def test_a_mission_reads_the_holds_that_can_touch_it(cast: Cast, api: Any) -> None:
    for scope, code in (("region", "asia-timur"), ("mission", "kjri-jeddah"), ("theme", "ekonomi"), ("all", "")):
        holds.make(by=cast.editor, at=NOW, scope=scope, code=code, reason=f"{scope} {code}".strip())
    seen = {
        who: [row["reason"] for row in api(getattr(cast, who)).get("holds/").json()["results"]]
        for who in ("drafter_tokyo", "drafter_jeddah", "manager", "stranger")
    }
    assert seen["drafter_tokyo"] == ["all", "theme ekonomi", "region asia-timur"]
    assert seen["drafter_jeddah"] == ["all", "theme ekonomi", "mission kjri-jeddah"]
    assert len(seen["manager"]) == 4
    assert seen["stranger"] == []


def test_the_list_takes_as_many_queries_for_twice_the_rows(cast: Cast, api: Any) -> None:
    caller = api(cast.editor)
    for _ in range(2):
        holds.make(by=cast.editor, at=NOW, scope="mission", code="kbri-tokyo", reason="x")
    few = caller.queries("holds/")
    for _ in range(2):
        holds.make(by=cast.admin, at=NOW, scope="region", code="asia-timur", reason="x")
    assert caller.queries("holds/") == few
