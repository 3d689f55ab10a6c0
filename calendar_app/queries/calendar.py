"""What is on the calendar: what, when, whose (DESIGN §7), in a number of queries that does not grow with the rows.

Posts come through `access.posts_for`, so nobody sees or counts what is not theirs. Posts without a time are on no day.
What was given up (declined, cancelled, retracted) is left out unless the filter asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.translation import get_language

from calendar_app.access import posts_for
from calendar_app.models import GIVEN_UP, Hold, Observance, Post, Theme
from calendar_app.queries import cursors, holidays, observances, tallies
from calendar_app.queries import holds as hold_queries
from calendar_app.queries import items as item_queries
from calendar_app.queries.days import Days, jakarta, shown_zone, zone, zone_of
from calendar_app.queries.filters import Filters
from calendar_app.queries.holidays import DayOff
from calendar_app.queries.items import Item
from calendar_app.queries.observances import Occasion
from calendar_app.queries.tallies import Tally
from missions.access import missions_for
from missions.models import Mission, Person

PAGE = 100


@dataclass(slots=True)
class Place:
    """A mission as the calendar names it. `minutes_from_wib` is how far its clock is ahead of Jakarta's now."""

    code: str
    name: str
    short: str
    kind: str
    region: str
    timezone: str
    minutes_from_wib: int
    weekend: list[int]
    status: str
    silent: bool


@dataclass(slots=True)
class Day:
    """A day with its counts; `items` where a view lists posts. `off` and `gap` speak of one mission.

    `holidays` are those on which it is closed; over several missions those of all their countries.
    """

    date: date
    today: bool
    tally: Tally = field(default_factory=Tally)
    occasions: list[Occasion] = field(default_factory=list)
    holidays: list[DayOff] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    off: bool = False
    gap: bool = False

    @property
    def more(self) -> int:
        """How many posts are counted and not listed."""
        return self.tally.total - len(self.items)


@dataclass(slots=True)
class Cell:
    """One mission on one day. `off`: its weekend or a holiday, then named. `gap`: a working day with nothing."""

    date: date
    off: bool
    gap: bool
    tally: Tally
    holiday: str = ""


@dataclass(slots=True)
class Row:
    mission: Place
    cells: list[Cell]
    tally: Tally
    gaps: int

    @property
    def quiet(self) -> bool:
        """Nothing all week, though it should have something."""
        return not (self.tally.total or self.mission.silent)


@dataclass(slots=True)
class Total:
    """Counts over several missions on one day."""

    date: date
    tally: Tally = field(default_factory=Tally)
    gaps: int = 0


@dataclass(slots=True)
class Group:
    """A region with its missions; `quiet` is how many of them have nothing all week, though they should."""

    code: str
    name: str
    rows: list[Row]
    days: list[Total]
    tally: Tally
    gaps: int
    quiet: int


@dataclass(slots=True)
class NetworkWeek:
    first: date
    last: date
    today: date
    tz: str
    zone: str
    days: list[Day]
    regions: list[Group]
    totals: list[Total]
    tally: Tally
    missions: int
    gaps: int
    quiet: int


@dataclass(slots=True)
class Range:
    """Days one after the other: the week of a mission, a month, a list. `mission` is absent over several missions.

    `following` is where the next page of a list begins.
    """

    first: date
    last: date
    today: date
    tz: str
    zone: str
    mission: Place | None
    days: list[Day]
    tally: Tally
    following: str = ""


@dataclass(slots=True)
class OpenCell:
    """The posts behind one cell, at most PAGE of them; `tally` counts all."""

    mission: Place
    date: date
    off: bool
    holidays: list[DayOff]
    tally: Tally
    items: list[Item]


# Over all missions ---------------------------------------------------------------------


def network_week(
    person: Person,
    day: date,
    filters: Filters,
    tz: str,
    at: datetime,
    *,
    missions: Sequence[Mission] | None = None,
    holds: Sequence[Hold] | None = None,
    themes: Sequence[Theme] | None = None,
) -> NetworkWeek:
    """One row for each mission the person may read, by region; a column for each day; counts in each cell.

    The person's `missions`, the `holds` in force and all `themes` may be given where the caller has them; at most six
    queries.
    """
    days = Days.week(day, zone_of(tz, person))
    places = _rows_for(missions_for(person) if missions is None else missions, filters)
    found = tallies.by_mission_and_day(
        _planned(person, filters, at, holds := _holds(holds)), days, at=at, holds=holds, themes=_themes(themes)
    )
    wib, plain = at.astimezone(jakarta()).utcoffset(), days.dates
    off, noted = holidays.with_observances(plain, places)
    groups: dict[int, Group] = {}
    totals = [Total(day) for day in plain]
    for mission in places:
        group = groups.get(mission.region_id)
        if group is None:
            region = mission.region
            group = Group(region.code, region.name, [], [Total(day) for day in plain], Tally(), 0, 0)
            groups[mission.region_id] = group
        group.rows.append(_row(mission, found, plain, off, group, at, wib or timedelta()))
    for group in groups.values():
        for mine, all_of in zip(group.days, totals, strict=True):
            all_of.tally.add(mine.tally)
            all_of.gaps += mine.gaps
    regions = list(groups.values())
    shown = shown_zone(tz, person, None)
    return NetworkWeek(
        first=days.first,
        last=days.last,
        today=at.astimezone(shown).date(),
        tz=tz,
        zone=str(shown),
        days=_days(days, at.astimezone(shown).date(), (total.tally for total in totals), off, noted),
        regions=regions,
        totals=totals,
        tally=_sum(group.tally for group in regions),
        missions=len(places),
        gaps=sum(group.gaps for group in regions),
        quiet=sum(group.quiet for group in regions),
    )


def _row(
    mission: Mission,
    found: dict[tuple[int, int], Tally],
    dates: list[date],
    holiday: holidays.Found,
    group: Group,
    at: datetime,
    wib: timedelta,
) -> Row:
    """The mission's row; its region's totals grow with it."""
    row = Row(_place(mission, at, wib), [], Tally(), 0)
    for number, day in enumerate(dates):
        tally = found.get((mission.pk, number)) or Tally()
        closed = holidays.of(mission, day, holiday)
        off = bool(closed) or day.isoweekday() in mission.weekend
        gap = not (tally.total or off or mission.is_silent)
        row.cells.append(Cell(day, off, gap, tally, closed[0].name if closed else ""))
        row.gaps += gap
        row.tally.add(tally)
        group.days[number].tally.add(tally)
        group.days[number].gaps += gap
    group.tally.add(row.tally)
    group.gaps += row.gaps
    group.quiet += row.quiet
    return row


def cell(person: Person, mission: Mission, day: date, filters: Filters, tz: str, at: datetime) -> OpenCell:
    """The posts of one mission on one day, first first, under the same filters as the week. Six queries."""
    days = Days(day, 1, zone_of(tz, person))
    holds, themes = _holds(None), _themes(None)
    posts = _planned(person, filters, at, holds).filter(mission=mission)
    tally = tallies.by_day(posts, days, at=at, holds=holds, themes=themes).get(0, Tally())
    listed = posts.filter(days.condition()).order_by("scheduled_at", "pk")[:PAGE]
    closed = holidays.of(mission, day, holidays.on([day], [mission]))
    return OpenCell(
        mission=_place(mission, at),
        date=day,
        off=bool(closed) or day.isoweekday() in mission.weekend,
        holidays=closed,
        tally=tally,
        items=item_queries.of(listed, days, person, at=at, holds=holds),
    )


# Days one after the other --------------------------------------------------------------


def mission_week(
    person: Person,
    mission: Mission,
    day: date,
    filters: Filters,
    tz: str,
    at: datetime,
    *,
    holds: Sequence[Hold] | None = None,
) -> Range:
    """The week of one mission with all its posts. Four queries at most; the `holds` in force may be given."""
    days = Days.week(day, zone_of(tz, person))
    return _range(person, days, filters, tz, at, mission=mission, per_day=None, holds=holds)


def month(
    person: Person,
    day: date,
    filters: Filters,
    tz: str,
    at: datetime,
    *,
    mission: Mission | None = None,
    per_day: int = 4,
    holds: Sequence[Hold] | None = None,
) -> Range:
    """The weeks that a month touches. With a mission, each day lists its first posts, at most `per_day`; over several
    missions the counts are all."""
    days = Days.month(day, zone_of(tz, person))
    return _range(person, days, filters, tz, at, mission=mission, per_day=per_day if mission else 0, holds=holds)


def agenda(
    person: Person,
    day: date,
    filters: Filters,
    tz: str,
    at: datetime,
    *,
    mission: Mission | None = None,
    after: str = "",
    holds: Sequence[Hold] | None = None,
) -> Range:
    """A week as a list in order of time, PAGE posts at a time; `after` is the `following` of the page before.

    Days without posts are left out. `tally` counts the whole week.
    """
    days = Days.week(day, zone_of(tz, person))
    holds = _holds(holds)
    found = _range(person, days, filters, tz, at, mission=mission, per_day=0, holds=holds)
    posts = _of(_planned(person, filters, at, holds), mission).filter(days.condition())
    # over missions that each have their own midnight, in order of what their clocks show
    by_clock = days.zone is None and mission is None
    order = ("local_date", "local_time", "pk") if by_clock else ("scheduled_at", "pk")
    if cursor := cursors.read(after, "time", "number"):
        moment, pk = cursor
        posts = posts.filter(cursors.behind(order, (moment.date(), moment.time(), pk) if by_clock else (moment, pk)))
    listed = item_queries.of(posts.order_by(*order)[: PAGE + 1], days, person, at=at, holds=holds)
    if len(listed) > PAGE:
        del listed[PAGE:]
        last = listed[-1]
        # what a clock shows is written as if it were UTC
        found.following = cursors.written(last.own.replace(tzinfo=UTC) if by_clock else last.scheduled_at, last.id)
    _fill(found.days, listed)
    found.days = [day for day in found.days if day.items]
    return found


def _range(
    person: Person,
    days: Days,
    filters: Filters,
    tz: str,
    at: datetime,
    *,
    mission: Mission | None,
    per_day: int | None,
    holds: Sequence[Hold] | None,
) -> Range:
    """`per_day`: how many posts of each day are listed; None for all, and then nothing has to be counted besides."""
    holds = _holds(holds)
    posts = _of(_planned(person, filters, at, holds), mission)
    shown = shown_zone(tz, person, mission)
    items = item_queries.of(_first(posts, days, per_day), days, person, at=at, holds=holds) if per_day != 0 else []
    if per_day is None:
        found = item_queries.tallies_of(items, days)
    else:
        found = tallies.by_day(posts, days, at=at, holds=holds, themes=_themes(None))
    counts = (found.get(number, Tally()) for number in range(days.count))
    off, noted = holidays.with_observances(days.dates, [mission] if mission else [])
    listed = _days(days, at.astimezone(shown).date(), counts, off, noted)
    if mission:
        for day in listed:
            day.holidays = holidays.of(mission, day.date, off)
            day.off = bool(day.holidays) or day.date.isoweekday() in mission.weekend
            day.gap = not (day.tally.total or day.off or mission.is_silent)
    _fill(listed, items)
    return Range(
        first=days.first,
        last=days.last,
        today=at.astimezone(shown).date(),
        tz=tz,
        zone=str(shown),
        mission=_place(mission, at) if mission else None,
        days=listed,
        tally=_sum(found.values()),
    )


def _first(posts: QuerySet[Post], days: Days, per_day: int | None) -> QuerySet[Post]:
    posts = posts.filter(days.condition()).order_by("scheduled_at", "pk")
    if per_day is None:
        return posts
    place = Window(RowNumber(), partition_by=[F("day")], order_by=["scheduled_at", "pk"])
    return posts.annotate(day=days.expression()).annotate(place=place).filter(place__lte=per_day)


def _fill(days: Iterable[Day], listed: Iterable[Item]) -> None:
    by_date = {day.date: day for day in days}
    for item in listed:
        if day := by_date.get(item.date):
            day.items.append(item)


# Parts ---------------------------------------------------------------------------------


def _planned(person: Person, filters: Filters, at: datetime, holds: Sequence[Hold]) -> QuerySet[Post]:
    posts = filters.apply(posts_for(person), at=at, holds=holds)
    return posts if filters.status else posts.exclude(status__in=GIVEN_UP)


def _of(posts: QuerySet[Post], mission: Mission | None) -> QuerySet[Post]:
    return posts.filter(mission=mission) if mission else posts


def _holds(given: Sequence[Hold] | None) -> Sequence[Hold]:
    return hold_queries.in_force() if given is None else given


def _themes(given: Sequence[Theme] | None) -> Sequence[Theme]:
    return list(Theme.objects.only("pk", "letter")) if given is None else given


def _rows_for(missions: Iterable[Mission], filters: Filters) -> list[Mission]:
    """The missions a network week has rows for: by region, and there by kind and name."""
    chosen = [
        mission
        for mission in missions
        if filters.region in ("", mission.region.code) and filters.mission in ("", mission.code)
    ]
    return sorted(chosen, key=lambda mission: (mission.region.order, mission.kind, mission.name_id))


def _days(days: Days, today: date, counts: Iterable[Tally], off: holidays.Found, noted: observances.Found) -> list[Day]:
    return [
        Day(
            date=day,
            today=day == today,
            tally=tally,
            occasions=_beside(noted.get(day, []), off.get(day, {})),
            holidays=list(off.get(day, {}).values()),
        )
        for day, tally in zip(days.dates, counts, strict=True)
    ]


def _beside(occasions: list[Occasion], closed: dict[str, DayOff]) -> list[Occasion]:
    """The observances that Indonesia's holiday on this day does not already say."""
    national = Observance.Kind.NATIONAL_HOLIDAY
    return [one for one in occasions if one.kind != national] if holidays.INDONESIA in closed else occasions


def total_of(days: Iterable[Day]) -> Tally:
    """The counts of several days together."""
    return _sum(day.tally for day in days)


def _sum(counts: Iterable[Tally]) -> Tally:
    whole = Tally()
    for tally in counts:
        whole.add(tally)
    return whole


def _place(mission: Mission, at: datetime, wib: timedelta | None = None) -> Place:
    if wib is None:
        wib = at.astimezone(jakarta()).utcoffset() or timedelta()
    ahead = (at.astimezone(zone(mission.timezone)).utcoffset() or timedelta()) - wib
    english = (get_language() or "").startswith("en")
    return Place(
        code=mission.code,
        name=mission.name,
        short=mission.city if english else mission.name_id.removeprefix(mission.kind).split(" (")[0].strip(),
        kind=mission.kind,
        region=mission.region.code,
        timezone=mission.timezone,
        minutes_from_wib=int(ahead.total_seconds() // 60),
        weekend=list(mission.weekend),
        status=mission.status,
        silent=mission.is_silent,
    )
