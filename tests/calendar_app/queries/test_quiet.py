"""Quiet time: hours over midnight, days off, changes of clocks, and few queries for many people."""

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_app.models import Holiday
from calendar_app.queries import quiet
from calendar_app.services import reference
from missions.models import Membership, Mission, Person, Role
from tests.cast import NOW, Cast

QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)

with (reference.DATA / "missions.csv").open(encoding="utf-8") as file:
    ZONES = sorted({row["timezone"] for row in csv.DictReader(file)})


def local(text: str, zone: str) -> datetime:
    """An instant in UTC, given as clocks of a zone show it."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def ask(person: Person, at: datetime) -> datetime | None:
    return quiet.until([person], at).get(person.pk)


@pytest.fixture
def night(cast: Cast) -> Person:
    """Drafter of Tokyo, quiet from 21.00 to 07.00."""
    cast.drafter_tokyo.quiet_from, cast.drafter_tokyo.quiet_until = time(21), time(7)
    return cast.drafter_tokyo


# Hours ---------------------------------------------------------------------------------


def test_who_chose_nothing_is_never_quiet(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert quiet.until([cast.drafter_tokyo, cast.editor], local("2026-11-29T03:00", "Asia/Tokyo")) == {}


def test_hours_over_midnight_end_in_the_morning_of_the_missions_zone(night: Person) -> None:
    morning = local("2026-11-26T07:00", "Asia/Tokyo")
    assert ask(night, local("2026-11-25T20:59", "Asia/Tokyo")) is None
    assert ask(night, local("2026-11-25T21:00", "Asia/Tokyo")) == morning
    assert ask(night, local("2026-11-26T00:00", "Asia/Tokyo")) == morning
    assert ask(night, local("2026-11-26T06:59", "Asia/Tokyo")) == morning
    assert ask(night, morning) is None


def test_hours_of_one_day(night: Person) -> None:
    night.quiet_from, night.quiet_until = time(12), time(13, 30)
    assert ask(night, local("2026-11-25T12:15", "Asia/Tokyo")) == local("2026-11-25T13:30", "Asia/Tokyo")
    assert ask(night, local("2026-11-25T23:00", "Asia/Tokyo")) is None


def test_ones_own_zone_comes_first_and_headquarters_is_in_jakarta(night: Person, cast: Cast) -> None:
    night.timezone = "Europe/Berlin"
    assert ask(night, local("2026-11-25T22:00", "Asia/Tokyo")) is None
    assert ask(night, local("2026-11-25T22:00", "Europe/Berlin")) == local("2026-11-26T07:00", "Europe/Berlin")
    cast.editor.quiet_from, cast.editor.quiet_until = time(21), time(7)
    assert ask(cast.editor, local("2026-11-25T22:00", "Asia/Jakarta")) == local("2026-11-26T07:00", "Asia/Jakarta")
    cast.stranger.quiet_from, cast.stranger.quiet_until = time(21), time(7)
    assert ask(cast.stranger, local("2026-11-25T22:00", "Asia/Jakarta")) == local("2026-11-26T07:00", "Asia/Jakarta")


def test_of_two_missions_the_first_by_code_counts(night: Person, cast: Cast) -> None:
    Membership.objects.create(person=night, mission=cast.jeddah, role=Role.DRAFTER)
    Membership.objects.create(person=night, mission=Mission.objects.get(code="kbri-abu-dhabi"), role=Role.DRAFTER)
    assert ask(night, local("2026-11-25T22:00", "Asia/Dubai")) == local("2026-11-26T07:00", "Asia/Dubai")


# Days off ------------------------------------------------------------------------------


def test_a_weekend_lasts_until_monday_morning(cast: Cast) -> None:
    person = cast.drafter_tokyo
    person.quiet_days_off = True
    monday = local("2026-11-30T08:00", "Asia/Tokyo")
    assert ask(person, local("2026-11-27T23:59", "Asia/Tokyo")) is None
    for moment in ("2026-11-28T00:00", "2026-11-29T12:00", "2026-11-30T07:59"):
        assert ask(person, local(moment, "Asia/Tokyo")) == monday
    assert ask(person, monday) is None


def test_the_weekend_is_the_host_countrys(cast: Cast) -> None:
    person = cast.drafter_jeddah
    person.quiet_days_off = True
    # Friday and Saturday
    assert ask(person, local("2026-11-27T10:00", "Asia/Riyadh")) == local("2026-11-29T08:00", "Asia/Riyadh")
    assert ask(person, local("2026-11-29T10:00", "Asia/Riyadh")) is None
    cast.manager.quiet_days_off = True
    assert ask(cast.manager, local("2026-11-29T10:00", "Asia/Jakarta")) == local("2026-11-30T08:00", "Asia/Jakarta")


def test_evening_weekend_and_holiday_are_one_piece(night: Person) -> None:
    night.quiet_days_off = True
    Holiday.objects.create(country="JP", date=date(2026, 11, 30), name_local="Libur")
    Holiday.objects.create(country="ID", date=date(2026, 12, 1), name_local="Libur di Indonesia")
    friday = local("2026-11-27T21:30", "Asia/Tokyo")
    assert ask(night, friday) == local("2026-12-01T07:00", "Asia/Tokyo"), "Monday is off in Japan; Tuesday is not"


def test_headquarters_is_off_on_indonesias_holidays(cast: Cast) -> None:
    cast.editor.quiet_days_off = True
    Holiday.objects.create(country="ID", date=date(2026, 12, 1), name_local="Libur")
    assert ask(cast.editor, local("2026-12-01T10:00", "Asia/Jakarta")) == local("2026-12-02T08:00", "Asia/Jakarta")


def test_a_rest_at_noon_does_not_make_the_morning_of_a_working_day(cast: Cast) -> None:
    person = cast.drafter_tokyo
    person.quiet_days_off, person.quiet_from, person.quiet_until = True, time(12), time(14)
    assert ask(person, local("2026-11-29T15:00", "Asia/Tokyo")) == local("2026-11-30T08:00", "Asia/Tokyo")


def test_even_a_mission_that_never_works_is_reached(cast: Cast) -> None:
    Mission.objects.filter(pk=cast.tokyo.pk).update(weekend=[1, 2, 3, 4, 5, 6, 7])
    cast.drafter_tokyo.quiet_days_off = True
    assert ask(cast.drafter_tokyo, NOW) == NOW + quiet.LONGEST


# Clocks that change --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "end", "why"),
    [
        # Berlin skips 02.00–03.00 on 28 March 2027 and shows 02.00–03.00 twice on 31 October 2027
        ("2027-03-28T00:30+01:00", "2027-03-28T01:00+00:00", "02.30 is skipped: the moment of the skip"),
        ("2027-10-31T00:30+02:00", "2027-10-31T01:30+00:00", "02.30 comes twice: the second ends it"),
        ("2027-10-31T02:45+02:00", "2027-10-31T01:30+00:00", "between the two it is still quiet"),
        ("2027-10-31T02:30+01:00", None, "and then it is over"),
    ],
)
def test_quiet_ends_where_clocks_change(cast: Cast, at: str, end: str | None, why: str) -> None:
    person = cast.drafter_tokyo
    person.timezone, person.quiet_from, person.quiet_until = "Europe/Berlin", time(22), time(2, 30)
    assert ask(person, datetime.fromisoformat(at)) == (end and datetime.fromisoformat(end)), why


def test_a_day_off_begins_where_midnight_is_skipped(cast: Cast) -> None:
    """Cairo goes from 23.59 on Thursday, 29 April 2027, to 01.00 on Friday, which is off there."""
    person = cast.drafter_tokyo
    Mission.objects.filter(pk=cast.tokyo.pk).update(timezone="Africa/Cairo", country_iso2="EG", weekend=[5, 6])
    person.quiet_days_off = True
    assert ask(person, datetime(2027, 4, 29, 21, 59, tzinfo=UTC)) is None
    assert ask(person, datetime(2027, 4, 29, 22, 0, tzinfo=UTC)) == local("2027-05-02T08:00", "Africa/Cairo")


# Any zone, any hours: against a clock that is read every quarter of an hour -------------

quarters = st.integers(0, (END - BEGIN) // QUARTER - 1).map(lambda n: BEGIN + n * QUARTER)
clocks = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
hours = st.one_of(st.none(), st.tuples(clocks, clocks).filter(lambda pair: pair[0] != pair[1]))
weekends = st.sets(st.integers(1, 7), max_size=3)


def reads_quiet(moment: datetime, hours: tuple[time, time] | None, is_off: Callable[[date], bool]) -> bool:
    """What the clock on the wall says at this moment (already in the person's zone)."""
    clock, day = moment.time(), moment.date()
    if hours:
        begin, end = hours
        if begin <= clock < end if begin < end else clock >= begin or clock < end:
            return True
    morning = hours[1] if hours and (hours[0] > hours[1] or hours[0] < time(8)) else time(8)
    return is_off(day) or (is_off(day - DAY) and clock < morning)


@given(
    zone=st.sampled_from(ZONES),
    at=quarters,
    hours=hours,
    weekend=weekends,
    days_off=st.booleans(),
    holidays=st.sets(st.integers(0, 12), max_size=4),
)
def test_quiet_is_what_the_clock_there_says(
    zone: str, at: datetime, hours: tuple[time, time] | None, weekend: set[int], days_off: bool, holidays: set[int]
) -> None:
    place = quiet.Place(ZoneInfo(zone), "XX", weekend)
    off = {("XX", at.date() + number * DAY - 2 * DAY) for number in holidays}
    person = Person(quiet_days_off=days_off)
    if hours:
        person.quiet_from, person.quiet_until = hours

    def is_off(day: date) -> bool:
        return days_off and (day.isoweekday() in weekend or ("XX", day) in off)

    def reads(moment: datetime) -> bool:
        return reads_quiet(moment.astimezone(ZoneInfo(zone)), hours, is_off)

    end = quiet.end_for(person, place, off, at)
    assert end >= at
    assert not reads(end), "at its end the clock still says quiet"
    if reads(at):
        assert end > at
    step, changes = at, 0
    while step < end:
        changes += not reads(step)
        step += QUARTER
    # only an hour that is shown twice may be quiet although the clock already says that it is over
    back = any(
        (moment + QUARTER).astimezone(ZoneInfo(zone)).utcoffset() < moment.astimezone(ZoneInfo(zone)).utcoffset()  # type: ignore[operator]
        for moment in (at + n * QUARTER for n in range(-12, (end - at) // QUARTER + 12))
    )
    assert changes <= (4 if back else 0)


# Many people ---------------------------------------------------------------------------


def test_two_queries_however_many_people(cast: Cast, django_assert_num_queries: Any) -> None:
    people = []
    for number, mission in enumerate(Mission.objects.order_by("code")):
        person = Person.objects.create_user(f"tenang.{number}@test.example", "Penyusun")
        Membership.objects.create(person=person, mission=mission, role=Role.DRAFTER)
        person.quiet_days_off = True
        people.append(person)
    with django_assert_num_queries(2):
        few = quiet.until(people[:2], NOW)
    with django_assert_num_queries(2):
        many = quiet.until(people, NOW)
    assert few.items() <= many.items()


def test_the_quiet_and_the_others_are_told_apart(cast: Cast) -> None:
    saturday = local("2026-11-28T12:00", "Asia/Tokyo")
    cast.drafter_tokyo.quiet_days_off = cast.head_tokyo.quiet_days_off = True
    found = quiet.until([cast.drafter_tokyo, cast.head_tokyo, cast.editor], saturday)
    assert found == dict.fromkeys([cast.drafter_tokyo.pk, cast.head_tokyo.pk], local("2026-11-30T08:00", "Asia/Tokyo"))
