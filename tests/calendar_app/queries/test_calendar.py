"""What the calendar says, against the same counted one by one in Python."""

from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calendar_app.models import GIVEN_UP, NOT_OUT, Post, Status
from calendar_app.queries import calendar
from calendar_app.queries.days import TZ, Days
from calendar_app.queries.filters import Filters
from calendar_app.queries.tallies import LOOKS
from calendar_app.services import holds
from missions.access import missions_for
from missions.models import Mission, Person
from tests import crowd
from tests.cast import NOW, Cast, post_in

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)
# on both sides of the date line, in Jakarta's own zone, with half hours, and where the clocks have just changed
ZONES = [
    "kbri-suva",
    "kbri-wellington",
    "kjri-los-angeles",
    "kbri-new-delhi",
    "kbri-bangkok",
    "kbri-tokyo",
    "kjri-jeddah",
]


@pytest.fixture
def crowded(cast: Cast) -> Cast:
    missions = list(Mission.objects.filter(code__in=ZONES))
    assert len(missions) == len(ZONES)
    crowd.posts(cast.editor, missions, 400, first=MONDAY - timedelta(days=2), days=11)
    return cast


def shown_date(post: Post, tz: str, person: Person) -> date:
    if tz == "mission":
        assert post.local_date is not None
        return post.local_date
    assert post.scheduled_at is not None
    return post.scheduled_at.astimezone(ZoneInfo(person.timezone if tz == "mine" else "Asia/Jakarta")).date()


@pytest.mark.parametrize("tz", TZ)
@pytest.mark.parametrize("hold", ["", "all", "region", "theme"])
def test_network_week_counts_what_python_counts(crowded: Cast, tz: str, hold: str) -> None:
    person = crowded.manager
    person.timezone = "Pacific/Honolulu"
    codes = {"region": "asia-timur", "theme": "ekonomi"}
    if hold:
        holds.make(by=crowded.editor, at=NOW, scope=hold, code=codes.get(hold, ""), reason="Duka cita")
    week = calendar.network_week(person, MONDAY + timedelta(days=3), Filters(), tz, NOW)
    expected: dict[tuple[str, date], Counter[str]] = {}
    for post in Post.objects.select_related("mission__region", "theme__parent"):
        day = shown_date(post, tz, person)
        if post.status in GIVEN_UP or not MONDAY <= day <= MONDAY + timedelta(days=6):
            continue
        counts = expected.setdefault((post.mission.code, day), Counter())
        theme = post.theme
        held = hold == "all" or (hold == "region" and post.mission.region.code == "asia-timur")
        held = held or (
            hold == "theme" and theme is not None and "ekonomi" in (theme.code, theme.parent and theme.parent.code)
        )
        counts["total"] += 1
        counts[f"status {post.status}"] += 1
        counts[f"theme {theme.letter if theme else ''}"] += 1
        counts["due"] += post.status == "approved" and post.scheduled_at <= NOW
        counts["held"] += held and post.status in NOT_OUT
        counts["drawn held"] += held and post.status in ("approved", "missed")
        counts["drawn due"] += not held and post.status == "approved" and post.scheduled_at <= NOW
    found = {}
    for region in week.regions:
        for row in region.rows:
            for cell in row.cells:
                tally = cell.tally
                assert (
                    sum(tally.looks.values())
                    == sum(tally.statuses.values())
                    == sum(tally.themes.values())
                    == tally.total
                )
                assert set(tally.looks) <= set(LOOKS)
                if tally.total:
                    found[row.mission.code, cell.date] = Counter(
                        {"total": tally.total, "due": tally.due, "held": tally.held,
                         "drawn held": tally.looks.get("held", 0), "drawn due": tally.looks.get("due", 0)}
                    ) + Counter({f"status {key}": n for key, n in tally.statuses.items()}) + Counter(
                        {f"theme {key}": n for key, n in tally.themes.items()}
                    )  # fmt: skip
    assert found == {key: +counts for key, counts in expected.items()}
    total = sum(counts["total"] for counts in expected.values())
    assert week.tally.total == sum(t.tally.total for t in week.totals) == sum(d.tally.total for d in week.days) == total
    assert week.tally.total == sum(region.tally.total for region in week.regions)
    assert week.tally.due == sum(counts["due"] for counts in expected.values()) > 0


@pytest.mark.parametrize("tz", TZ)
def test_week_month_and_list_show_the_posts_that_the_network_week_counts(crowded: Cast, tz: str) -> None:
    person = crowded.manager
    person.timezone = "Pacific/Kiritimati"
    network = calendar.network_week(person, MONDAY, Filters(), tz, NOW)
    by_code = {row.mission.code: row for region in network.regions for row in region.rows}
    for mission in Mission.objects.select_related("region").filter(code__in=ZONES):
        row = by_code[mission.code]
        week = calendar.mission_week(person, mission, MONDAY, Filters(), tz, NOW)
        assert [day.tally for day in week.days] == [cell.tally for cell in row.cells]
        assert [day.gap for day in week.days] == [cell.gap for cell in row.cells]
        for day, cell in zip(week.days, row.cells, strict=True):
            assert Counter(item.look for item in day.items) == day.tally.looks
            assert all(item.date == day.date for item in day.items)
            assert [item.scheduled_at for item in day.items] == sorted(item.scheduled_at for item in day.items)
            opened = calendar.cell(person, mission, cell.date, Filters(), tz, NOW)
            assert [item.id for item in opened.items] == [item.id for item in day.items]
            assert opened.tally == cell.tally
    listed: list[Any] = []
    after = ""
    while True:
        part = calendar.agenda(person, MONDAY, Filters(), tz, NOW, after=after)
        assert part.tally == network.tally
        listed += [
            (item.local.replace(tzinfo=None) if tz == "mission" else item.scheduled_at, item.id)
            for day in part.days
            for item in day.items
        ]
        after = part.following
        if not after:
            break
    assert len(listed) == len(set(listed)) == network.tally.total > calendar.PAGE
    assert listed == sorted(listed)
    whole = calendar.month(person, MONDAY, Filters(), tz, NOW)
    assert {day.date: day.tally for day in whole.days if MONDAY <= day.date <= network.last} == {
        day.date: day.tally for day in network.days
    }


def test_month_lists_the_first_posts_of_each_day(crowded: Cast) -> None:
    tokyo = Mission.objects.select_related("region").get(code="kbri-tokyo")
    crowd.posts(crowded.editor, [tokyo], 60, first=MONDAY, days=2, seed=2)
    for tz in TZ:
        week = calendar.mission_week(crowded.manager, tokyo, MONDAY, Filters(), tz, NOW)
        month = calendar.month(crowded.manager, MONDAY, Filters(), tz, NOW, mission=tokyo, per_day=4)
        days = {day.date: day for day in month.days}
        assert (month.first, month.last) == (date(2026, 10, 26), date(2026, 12, 6))
        for day in week.days:
            assert [item.id for item in days[day.date].items] == [item.id for item in day.items[:4]]
            assert days[day.date].tally == day.tally


def test_every_filter_reaches_the_counts(crowded: Cast) -> None:
    person = crowded.manager
    for filters in (
        Filters(status="due"), Filters(status="cancelled"), Filters(status="draft"), Filters(theme="ekonomi"),
        Filters(network="x"), Filters(language="ar"), Filters(region="asia-timur"), Filters(mission="kbri-suva"),
    ):  # fmt: skip
        week = calendar.network_week(person, MONDAY, filters, "mission", NOW)
        found = filters.apply(Post.objects.filter(local_date__range=(week.first, week.last)), at=NOW)
        if not filters.status:
            found = found.exclude(status__in=GIVEN_UP)
        assert week.tally.total == found.count() > 0
    assert calendar.network_week(person, MONDAY, Filters(region="asia-timur"), "mission", NOW).missions == 8
    assert calendar.network_week(person, MONDAY, Filters(mission="kbri-suva"), "mission", NOW).missions == 1


def test_a_mission_sees_and_counts_only_its_own(crowded: Cast) -> None:
    week = calendar.network_week(crowded.drafter_tokyo, MONDAY, Filters(), "mission", NOW)
    assert [row.mission.code for region in week.regions for row in region.rows] == ["kbri-tokyo"]
    mine = Post.objects.filter(mission=crowded.tokyo, local_date__range=(week.first, week.last))
    assert week.tally.total == mine.exclude(status__in=GIVEN_UP).count()
    month = calendar.month(crowded.drafter_tokyo, MONDAY, Filters(), "wib", NOW)
    theirs = calendar.agenda(crowded.drafter_tokyo, MONDAY, Filters(mission="kjri-jeddah"), "wib", NOW)
    assert 0 < month.tally.total < calendar.month(crowded.manager, MONDAY, Filters(), "wib", NOW).tally.total
    assert theirs.tally.total == 0
    assert theirs.days == []
    nobody = calendar.network_week(crowded.stranger, MONDAY, Filters(), "mission", NOW)
    assert (nobody.missions, nobody.tally.total) == (0, 0)


def test_gaps_are_working_days_of_missions_that_are_awake(cast: Cast) -> None:
    Mission.objects.filter(code="kbri-suva").update(status="dormant")
    Mission.objects.filter(code="kjri-jeddah").update(weekend=[5, 6])
    post_in(Status.DRAFT, cast, scheduled_local="2026-11-26T12:00")
    week = calendar.network_week(cast.manager, MONDAY, Filters(), "mission", NOW)
    rows = {row.mission.code: row for region in week.regions for row in region.rows}
    assert [cell.gap for cell in rows["kbri-tokyo"].cells] == [True, True, True, False, True, False, False]
    assert [cell.off for cell in rows["kjri-jeddah"].cells] == [False] * 4 + [True, True, False]
    assert (rows["kjri-jeddah"].gaps, rows["kbri-suva"].gaps, rows["kbri-suva"].mission.silent) == (5, 0, True)
    awake = Mission.objects.exclude(status__in=Mission.SILENT).count()
    assert week.quiet == awake - 1, "all but Tokyo"
    assert week.gaps == sum(row.gaps for row in rows.values()) == sum(total.gaps for total in week.totals)
    assert week.missions == 133


def test_a_post_counts_once_under_its_first_theme(cast: Cast) -> None:
    post_in(Status.DRAFT, cast, themes=["publik-budaya", "ekonomi-produk"])
    week = calendar.network_week(cast.manager, MONDAY, Filters(), "mission", NOW)
    assert week.tally.themes == {"D": 1}


def test_today_is_today_in_the_zone_shown(cast: Cast) -> None:
    at = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)  # 23.00 in Jakarta, already the 26th in Tokyo
    tokyo = cast.tokyo
    assert calendar.mission_week(cast.manager, tokyo, MONDAY, Filters(), "mission", at).today == date(2026, 11, 26)
    assert calendar.mission_week(cast.manager, tokyo, MONDAY, Filters(), "wib", at).today == date(2026, 11, 25)
    assert calendar.network_week(cast.manager, MONDAY, Filters(), "mission", at).today == date(2026, 11, 25)


def test_observances_stand_on_their_day(cast: Cast) -> None:
    week = calendar.network_week(cast.manager, MONDAY, Filters(), "mission", NOW)
    assert any("Guru" in occasion.name for occasion in week.days[2].occasions)


def test_days_begin_where_the_clocks_say(cast: Cast) -> None:
    # Beirut skips midnight on 2026-03-29; New York has a day of 25 hours on 2026-11-01
    for zone, day in ((ZoneInfo("Asia/Beirut"), date(2026, 3, 29)), (ZoneInfo("America/New_York"), date(2026, 11, 1))):
        days = Days(day - timedelta(days=1), 4, zone)
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
        for minutes in range(0, 5 * 24 * 60, 30):
            at = start + timedelta(minutes=minutes)
            shown = at.astimezone(zone).date()
            number = next((n for n in range(4) if days._midnight(n) <= at < days._midnight(n + 1)), None)
            assert number == (shown - days.first).days if days.first <= shown <= days.last else number is None


@pytest.mark.parametrize("tz", ["mission", "mine"])
def test_queries_do_not_grow_with_the_posts(cast: Cast, tz: str) -> None:
    missions = list(missions_for(cast.manager))
    holds.make(by=cast.editor, at=NOW, scope="theme", code="ekonomi", reason="Duka cita")

    def count(call: Any) -> int:
        with CaptureQueriesContext(connection) as captured:
            call()
        return len(captured)

    calls = {
        "network": lambda: calendar.network_week(cast.manager, MONDAY, Filters(), tz, NOW),
        "week": lambda: calendar.mission_week(cast.manager, cast.tokyo, MONDAY, Filters(), tz, NOW),
        "month": lambda: calendar.month(cast.manager, MONDAY, Filters(), tz, NOW, mission=cast.tokyo),
        "months": lambda: calendar.month(cast.manager, MONDAY, Filters(), tz, NOW),
        "list": lambda: calendar.agenda(cast.manager, MONDAY, Filters(), tz, NOW),
        "cell": lambda: calendar.cell(cast.manager, cast.tokyo, MONDAY, Filters(), tz, NOW),
    }
    for call in calls.values():
        call()  # the person's roles are read once
    crowd.posts(cast.editor, [*missions[:6], *[cast.tokyo] * 6], 150, first=MONDAY)
    few = {name: count(call) for name, call in calls.items()}
    crowd.posts(cast.editor, [*missions, *[cast.tokyo] * 133], 300, first=MONDAY, seed=3)
    assert {name: count(call) for name, call in calls.items()} == few
    assert max(few.values()) <= 8


def test_results_are_plain_data(crowded: Cast) -> None:
    week = calendar.mission_week(crowded.manager, crowded.tokyo, MONDAY, Filters(), "wib", NOW)
    for whole in (asdict(week), asdict(calendar.network_week(crowded.manager, MONDAY, Filters(), "wib", NOW))):
        assert not [v for v in flat(whole) if not isinstance(v, str | int | date | datetime | type(None))]


def flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [found for part in value.values() for found in flat(part)]
    if isinstance(value, list):
        return [found for part in value for found in flat(part)]
    return [value]


@pytest.mark.parametrize(
    "after", ["x", "~", "2026-11-25T00:00:00~1", "0001-01-01T00:00:00+14:00~1", "2026-11-25T00:00:00Z~-1", "1~2~3"]
)
def test_a_cursor_that_cannot_be_read_is_the_beginning(crowded: Cast, after: str) -> None:
    first = calendar.agenda(crowded.manager, MONDAY, Filters(), "wib", NOW)
    assert calendar.agenda(crowded.manager, MONDAY, Filters(), "wib", NOW, after=after) == first
