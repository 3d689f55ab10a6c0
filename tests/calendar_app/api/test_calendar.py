"""The calendar by API: what the page of the same name shows."""

from typing import Any

import pytest

from calendar_app.models import Status
from tests.cast import Cast, post_in


def test_the_week_of_a_mission_lists_its_posts_by_day(cast: Cast, api: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    body = api(cast.drafter_tokyo).get("calendar/", view="week").json()
    assert (body["view"], body["first"], body["last"], body["today"]) == (
        "week",
        "2026-11-23",
        "2026-11-29",
        "2026-11-25",
    )
    assert (body["mission"]["code"], body["zone"]) == ("kbri-tokyo", "Asia/Tokyo")
    thursday = body["days"][3]
    assert [item["id"] for item in thursday["items"]] == [post.pk]
    item = thursday["items"][0]
    assert (item["local"], item["wib"]) == ("2026-11-26T12:00:00+09:00", "2026-11-26T10:00:00+07:00")
    assert (item["status"], item["theme"], item["letter"], item["networks"]) == (
        "approved", "ekonomi-produk", "E", ["x", "instagram"])  # fmt: skip
    assert thursday["tally"]["statuses"] == {"approved": 1}
    assert body["tally"]["themes"] == {"E": 1}
    assert body["days"][5]["off"] is True


def test_headquarters_names_the_mission_whose_week_it_wants(cast: Cast, api: Any) -> None:
    caller = api(cast.editor)
    answer = caller.get("calendar/", view="week")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["mission"])
    assert caller.get("calendar/", view="week", mission="kbri-tokyo").json()["mission"]["code"] == "kbri-tokyo"
    assert api(cast.drafter_tokyo).get("calendar/", view="week", mission="kjri-jeddah").status_code == 404


def test_the_week_of_all_missions_counts_each_cell(cast: Cast, api: Any) -> None:
    post_in(Status.APPROVED, cast)
    post_in(Status.DRAFT, cast, jeddah=True)
    body = api(cast.manager).get("calendar/", view="network", date="2026-11-26").json()
    assert body["missions"] == 133
    rows = {row["mission"]["code"]: row for region in body["regions"] for row in region["rows"]}
    assert len(rows) == 133
    assert rows["kbri-tokyo"]["cells"][3]["tally"]["statuses"] == {"approved": 1}
    assert rows["kjri-jeddah"]["tally"]["statuses"] == {"draft": 1}
    assert body["totals"][3]["tally"]["total"] == 2
    own = api(cast.drafter_tokyo).get("calendar/", view="network").json()
    assert own["missions"] == 1


def test_the_month_and_the_zone(cast: Cast, api: Any) -> None:
    post_in(Status.APPROVED, cast, scheduled_local="2026-11-26T00:30")
    caller = api(cast.drafter_tokyo)
    body = caller.get("calendar/", view="month", mission="kbri-tokyo", tz="wib").json()
    assert (body["tz"], body["zone"]) == ("wib", "Asia/Jakarta")
    assert [day["date"] for day in body["days"] if day["items"]] == ["2026-11-25"]
    assert body["first"] == "2026-10-26"


def test_filters_narrow_it(cast: Cast, api: Any) -> None:
    post_in(Status.APPROVED, cast)
    caller = api(cast.editor)
    assert caller.get("calendar/", view="network", status="approved").json()["tally"]["total"] == 1
    assert caller.get("calendar/", view="network", status="due").json()["tally"]["total"] == 0
    assert caller.get("calendar/", view="network", region="afrika").json()["tally"]["total"] == 0


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "view"),
        ("view=year", "view"),
        ("view=network&date=soon", "date"),
        ("view=network&date=1999-01-01", "date"),
        ("view=network&tz=utc", "tz"),
        ("view=network&from=2026-11-25", "from"),
        ("view=network&theme=nothing", "theme"),
        ("view=network&date=2026-11-25%00", "date"),
    ],
)
def test_what_is_not_known_is_refused(query: str, field: str, cast: Cast, api: Any) -> None:
    answer = api(cast.editor).get(f"calendar/?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])


@pytest.mark.parametrize("day", ["2000-01-01", "2100-12-31"])
@pytest.mark.parametrize("view", ["network", "month"])
def test_the_ends_of_time_are_shown(view: str, day: str, cast: Cast, api: Any) -> None:
    for tz in ("mission", "wib"):
        assert api(cast.editor).get("calendar/", view=view, date=day, tz=tz).status_code == 200


@pytest.mark.parametrize("query", ["view=network", "view=week&mission=kbri-tokyo", "view=month&mission=kbri-tokyo"])
def test_it_takes_as_many_queries_for_twice_the_rows(query: str, cast: Cast, api: Any) -> None:
    caller = api(cast.editor)
    for _ in range(2):
        post_in(Status.APPROVED, cast)
    few = caller.queries(f"calendar/?{query}")
    for _ in range(2):
        post_in(Status.APPROVED, cast)
        post_in(Status.DRAFT, cast, jeddah=True)
    assert caller.queries(f"calendar/?{query}") == few <= 15
