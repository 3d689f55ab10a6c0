"""Days off: the weekend and both countries' holidays, on the calendar of one mission and of all."""

from datetime import date
from typing import Any

import pytest
from django.utils import translation

from calendar_app.models import Holiday, Status
from calendar_app.queries import calendar, holidays
from calendar_app.queries.filters import Filters
from missions.models import Mission
from tests.cast import NOW, Cast, post_in

pytestmark = pytest.mark.django_db

MONDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 27)


@pytest.fixture(autouse=True)
def some_holidays(cast: Cast) -> None:
    """Monday is off in Japan, Friday in Indonesia."""
    Holiday.objects.create(
        country="JP",
        date=MONDAY,
        name_local="勤労感謝の日",
        name_id="Hari Syukur Buruh",
        name_en="Labor Thanksgiving Day",
    )
    Holiday.objects.create(country="ID", date=FRIDAY, name_local="Hari Uji", name_id="Hari Uji", name_en="Test Day")
    Holiday.objects.create(country="SR", date=MONDAY, name_local="Dag")


def test_a_mission_is_off_on_its_hosts_holidays_and_on_indonesias(cast: Cast) -> None:
    week = calendar.mission_week(cast.manager, cast.tokyo, MONDAY, Filters(), "mission", NOW)
    assert [day.off for day in week.days] == [True, False, False, False, True, True, True]
    assert [day.gap for day in week.days] == [False, True, True, True, False, False, False]
    assert [(one.country, one.name) for one in week.days[0].holidays] == [("JP", "Hari Syukur Buruh")]
    assert [(one.country, one.name) for one in week.days[4].holidays] == [("ID", "Hari Uji")]
    with translation.override("en"):
        week = calendar.mission_week(cast.manager, cast.tokyo, MONDAY, Filters(), "mission", NOW)
    assert week.days[0].holidays[0].name == "Labor Thanksgiving Day"


def test_a_holiday_is_no_gap_in_the_week_of_all_missions(cast: Cast) -> None:
    week = calendar.network_week(cast.manager, MONDAY, Filters(), "mission", NOW)
    rows = {row.mission.code: row for region in week.regions for row in region.rows}
    for code in ("kbri-tokyo", "kjri-osaka"):
        monday = rows[code].cells[0]
        assert (monday.off, monday.gap, monday.holiday) == (True, False, "Hari Syukur Buruh")
        assert rows[code].gaps == 3
    assert rows["kjri-jeddah"].cells[0].gap
    assert all(row.cells[4].off and not row.cells[4].gap for row in rows.values())
    assert {one.country for one in week.days[0].holidays} == {"JP", "SR"}
    only = calendar.network_week(cast.drafter_tokyo, MONDAY, Filters(), "mission", NOW)
    assert {one.country for one in only.days[0].holidays} == {"JP"}, "no holidays of countries that are not shown"


def test_a_post_on_a_holiday_counts_as_ever(cast: Cast) -> None:
    post_in(Status.DRAFT, cast, scheduled_local="2026-11-27T09:00")
    day = calendar.mission_week(cast.manager, cast.tokyo, MONDAY, Filters(), "mission", NOW).days[4]
    assert (day.off, day.gap, day.tally.total) == (True, False, 1)


def test_month_and_cell_say_so_too(cast: Cast) -> None:
    month = calendar.month(cast.manager, MONDAY, Filters(), "mission", NOW, mission=cast.tokyo)
    days = {day.date: day for day in month.days}
    assert (days[MONDAY].off, days[MONDAY].gap, days[FRIDAY].off) == (True, False, True)
    cell = calendar.cell(cast.manager, cast.tokyo, MONDAY, Filters(), "mission", NOW)
    assert (cell.off, [one.country for one in cell.holidays]) == (True, ["JP"])
    every = calendar.month(cast.manager, MONDAY, Filters(), "mission", NOW)
    found = {day.date: [one.country for one in day.holidays] for day in every.days if day.holidays}
    assert found == {FRIDAY: ["ID"]}, "over all missions Indonesia's alone"


def test_an_observance_that_the_holiday_already_says_is_not_said_twice(cast: Cast) -> None:
    day = date(2026, 12, 25)
    before = calendar.mission_week(cast.manager, cast.tokyo, day, Filters(), "mission", NOW).days[4]
    assert [one.name for one in before.occasions] == ["Hari Raya Natal"]
    Holiday.objects.create(country="ID", date=day, name_local="Hari Raya Natal", name_id="Hari Raya Natal")
    after = calendar.mission_week(cast.manager, cast.tokyo, day, Filters(), "mission", NOW).days[4]
    assert (after.occasions, [one.name for one in after.holidays]) == ([], ["Hari Raya Natal"])


def test_a_mission_in_jakarta_names_a_holiday_once(cast: Cast) -> None:
    asean = Mission.objects.get(code="ptri-asean")
    assert len(holidays.of(asean, FRIDAY, holidays.on([FRIDAY], [asean]))) == 1


def test_one_query_however_many_missions_and_days(cast: Cast, django_assert_num_queries: Any) -> None:
    missions = list(Mission.objects.all())
    with django_assert_num_queries(1):
        found = holidays.on([MONDAY, FRIDAY], missions)
        assert holidays.is_off(cast.tokyo, MONDAY, found)
        assert not holidays.is_off(cast.jeddah, MONDAY, found)


def test_the_api_tells_what_the_page_shows(cast: Cast, sign_in: Any, frozen: None) -> None:
    client = sign_in(cast.manager)
    week = client.get("/api/v1/calendar/?view=week&mission=kbri-tokyo&date=2026-11-23").json()
    assert week["days"][0]["off"] is True
    assert week["days"][0]["holidays"] == [{"country": "JP", "name": "Hari Syukur Buruh"}]
    network = client.get("/api/v1/calendar/?view=network&date=2026-11-23").json()
    rows = {row["mission"]["code"]: row for region in network["regions"] for row in region["rows"]}
    assert rows["kbri-tokyo"]["cells"][0] | {"tally": None} == {
        "date": "2026-11-23", "off": True, "gap": False, "holiday": "Hari Syukur Buruh", "tally": None}  # fmt: skip
