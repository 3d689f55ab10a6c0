"""What the message of Monday morning says: counts, gaps, silence; in a number of queries that does not grow."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calendar_app.models import Holiday, Observance, Status, Theme
from calendar_app.queries import week_ahead
from missions.models import Mission
from tests.cast import Cast, post_in

# Monday 23 November 2026, 08.00 in Tokyo
MONDAY, AT = date(2026, 11, 23), datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
BEFORE = AT - timedelta(days=5)


@pytest.fixture
def empty_days(cast: Cast) -> None:
    Holiday.objects.all().delete()
    Observance.objects.all().delete()


def post(status: Status, cast: Cast, day: str, **changes: Any) -> Any:
    return post_in(status, cast, at=BEFORE, scheduled_local=f"{day}T12:00", **changes)


@pytest.mark.usefixtures("empty_days")
def test_a_missions_week_by_day_and_status(cast: Cast) -> None:
    post(Status.APPROVED, cast, "2026-11-24", title="Kopi")
    draft = post(Status.DRAFT, cast, "2026-11-24", title="Teh")
    post(Status.CANCELLED, cast, "2026-11-25")
    post(Status.APPROVED, cast, "2026-12-01")  # next week
    post(Status.APPROVED, cast, "2026-11-26", jeddah=True)
    facts = week_ahead.facts(cast.tokyo, MONDAY, AT)
    assert (facts["total"], facts["by_status"]) == (2, {"approved": 1, "draft": 1})
    assert facts["days"][1] == {"date": "2026-11-24", "total": 2, "by_status": {"approved": 1, "draft": 1}}
    assert [day["total"] for day in facts["days"]] == [0, 2, 0, 0, 0, 0, 0]
    assert facts["open"] == [
        {"post": draft.pk, "title": "Teh", "status": "draft", "date": "2026-11-24", "time": "12:00"}
    ]
    assert facts["open_more"] == 0
    assert facts["empty"] == ["2026-11-23", "2026-11-25", "2026-11-26", "2026-11-27"]  # the weekend is none
    assert facts["mission"] == {"code": "kbri-tokyo", "id": "KBRI Tokyo", "en": "KBRI Tokyo"}
    assert json.loads(json.dumps(facts)) == facts


@pytest.mark.usefixtures("empty_days")
def test_a_day_off_and_a_day_that_is_over_are_no_gap(cast: Cast) -> None:
    Holiday.objects.create(country="JP", date="2026-11-23", name_local="勤労感謝の日", name_en="Labor Thanksgiving Day")
    Holiday.objects.create(country="ID", date="2026-11-27", name_local="Libur", name_id="Libur")
    Holiday.objects.create(country="US", date="2026-11-26", name_local="Thanksgiving")
    facts = week_ahead.facts(cast.tokyo, MONDAY, AT + timedelta(days=2))
    assert facts["empty"] == ["2026-11-25", "2026-11-26"]
    assert [(row["date"], row["id"], row["en"]) for row in facts["holidays"]] == [
        ("2026-11-23", "Labor Thanksgiving Day", "Labor Thanksgiving Day"),
        ("2026-11-27", "Libur", "Libur"),
    ]


@pytest.mark.usefixtures("empty_days")
def test_silent_themes_and_the_days_that_suit_them(cast: Cast) -> None:
    post(Status.APPROVED, cast, "2026-11-24", themes=["ekonomi-produk"])
    Observance.objects.create(
        date="11-25", name_id="Hari Guru", name_en="Teachers' Day", kind="national-day",
        suggested_theme=["tidak-ada", "pelindungan"],
    )  # fmt: skip
    Theme.objects.filter(code="layanan").update(is_active=False)
    facts = week_ahead.facts(cast.tokyo, MONDAY, AT)
    silent = [theme["code"] for theme in facts["silent_themes"]]
    branches = Theme.objects.filter(parent=None, is_active=True).exclude(letter="E")
    assert silent == [theme.code for theme in branches]
    assert "layanan" not in silent
    (row,) = facts["observances"]
    assert (row["date"], row["en"], row["theme"]["code"]) == ("2026-11-25", "Teachers' Day", "pelindungan")


def test_more_than_a_few_open_posts_are_counted(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(week_ahead, "NAMED", 2)
    for hour in range(3):
        post_in(Status.DRAFT, cast, at=BEFORE, scheduled_local=f"2026-11-24T1{hour}:00", title=f"T{hour}")
    facts = week_ahead.facts(cast.tokyo, MONDAY, AT)
    assert ([row["title"] for row in facts["open"]], facts["open_more"]) == (["T0", "T1"], 1)


@pytest.mark.usefixtures("empty_days")
def test_over_all_missions_those_without_a_post_come_first(cast: Cast) -> None:
    post(Status.APPROVED, cast, "2026-11-24")
    post(Status.IN_REVIEW, cast, "2026-11-24")
    dormant = Mission.objects.filter(status__in=Mission.SILENT).count()
    facts = week_ahead.facts(None, MONDAY, AT)
    assert facts["mission"] is None
    assert (facts["total"], facts["by_status"]) == (2, {"approved": 1, "in_review": 1})
    assert facts["missions"] == Mission.objects.count() - dormant
    assert facts["without"] == facts["missions"] - 1
    rows = [row for region in facts["regions"] for row in region["missions"]]
    assert len(rows) == facts["missions"]
    assert ["kbri-tokyo", "KBRI Tokyo", "KBRI Tokyo", 2, 1] in rows
    for region in facts["regions"]:
        assert sorted(region["missions"], key=lambda row: row[3] > 0) == region["missions"]
    assert json.loads(json.dumps(facts)) == facts


def test_a_dormant_missions_posts_are_not_counted(cast: Cast) -> None:
    post(Status.APPROVED, cast, "2026-11-24")
    Mission.objects.filter(pk=cast.tokyo.pk).update(status=Mission.Status.DORMANT)
    facts = week_ahead.facts(None, MONDAY, AT)
    assert facts["total"] == 0
    assert "kbri-tokyo" not in [row[0] for region in facts["regions"] for row in region["missions"]]


@pytest.mark.parametrize("over_all", [False, True])
def test_more_posts_ask_no_more_questions(cast: Cast, over_all: bool) -> None:
    mission = None if over_all else cast.tokyo
    for number in range(2):
        with CaptureQueriesContext(connection) as asked:
            week_ahead.facts(mission, MONDAY, AT)
        assert len(asked) <= 6
        if number == 0:
            before = len(asked)
            for hour in range(4):
                post_in(Status.DRAFT, cast, at=BEFORE, scheduled_local=f"2026-11-24T1{hour}:00", jeddah=hour % 2 == 0)
    assert len(asked) == before
