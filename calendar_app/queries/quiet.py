"""Quiet time: when a person does not want to be reached by mail or on a device, except with what is urgent.

Two things make it, in the person's own zone (else their mission's, else that of headquarters): hours of the day,
perhaps over midnight, and days off, which are the weekend and the public holidays of the host country. A run of days
off lasts until the morning of the first working day. A time that the clock skips is the moment of the skip; of one that
it shows twice, quiet begins with the first and ends with the second.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from calendar_app.models import Holiday
from calendar_app.queries.days import change_between, zone
from calendar_app.queries.holidays import INDONESIA
from missions.models import Membership, Mission, Person

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
# When a working day begins for who has no quiet hours of the night.
MORNING = time(8)
# The weekend of headquarters, as ISO weekdays.
HQ_WEEKEND = (6, 7)
# No quiet time is longer: so far holidays are read, and even a weekend of seven days ends.
LONGEST = timedelta(days=31)

# The holidays of the countries asked for.
Off = Collection[tuple[str, date]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person is: whose clock, weekend and holidays count."""

    zone: ZoneInfo
    country: str
    weekend: Collection[int]

    def is_off(self, day: date, holidays: Off) -> bool:
        """Does nobody work here on this day?"""
        return day.isoweekday() in self.weekend or (self.country, day) in holidays


def until(people: Collection[Person], at: datetime) -> dict[int, datetime]:
    """For each of them who is in quiet time at `at`, the instant (UTC) it ends. At most two queries for all of them."""
    asked = [person for person in people if person.quiet_days_off or _hours(person)]
    if not asked:
        return {}
    places = places_of(asked)
    off = _holidays({places[person.pk].country for person in asked if person.quiet_days_off}, at)
    ends = {person.pk: end_for(person, places[person.pk], off, at) for person in asked}
    return {pk: end for pk, end in ends.items() if end > at}


def places_of(people: Collection[Person]) -> dict[int, Place]:
    """Where each of them is: in their first mission by code, else at headquarters. One query."""
    roles = Membership.objects.filter(person__in=[person.pk for person in people], mission__isnull=False)
    mission_of: dict[int, Mission] = {}
    for role in roles.select_related("mission").order_by("mission__code"):
        if role.mission is not None:
            mission_of.setdefault(role.person_id, role.mission)
    return {person.pk: _place(person, mission_of.get(person.pk)) for person in people}


def _place(person: Person, mission: Mission | None) -> Place:
    if mission is None:
        return Place(zone(person.timezone or settings.HQ_TIMEZONE), INDONESIA, HQ_WEEKEND)
    return Place(zone(person.timezone or mission.timezone), mission.country_iso2, mission.weekend)


def _holidays(countries: set[str], at: datetime) -> Off:
    """The holidays of these countries that quiet time around `at` could meet, whatever the zone. One query at most."""
    if not countries:
        return ()
    days = (at.date() - 3 * DAY, (at + LONGEST).date() + 3 * DAY)
    return set(Holiday.objects.filter(country__in=countries, date__range=days).values_list("country", "date"))


def end_for(person: Person, place: Place, off: Off, at: datetime) -> datetime:
    """The first instant from `at` on that is not quiet."""
    end = at.astimezone(UTC)
    latest = end + LONGEST
    # one piece often ends inside another: Friday's evening, then the weekend
    while end < latest:
        covering = [piece[1] for piece in _around(person, place, off, end) if piece[0] <= end < piece[1]]
        if not covering:
            return end
        end = max(covering)
    return latest


def _around(person: Person, place: Place, off: Off, instant: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The pieces of quiet time that could cover an instant: from, and until (not itself)."""
    today, hours = instant.astimezone(place.zone).date(), _hours(person)
    # tomorrow, too: where midnight is shown twice, it has begun before today's last hour
    for day in (today - DAY, today, today + DAY):
        if hours:
            last = day + DAY if hours[0] > hours[1] else day
            yield _begin(day, hours[0], place.zone), _finish(last, hours[1], place.zone)
        if person.quiet_days_off and place.is_off(day, off):
            works = not place.is_off(day + DAY, off)
            end = _finish(day + DAY, _morning(hours), place.zone) if works else midnight(day + DAY, place.zone)
            yield midnight(day, place.zone), end


def _hours(person: Person) -> tuple[time, time] | None:
    """From when until when each day is quiet; two times alike are no hours at all."""
    if person.quiet_from is None or person.quiet_until is None or person.quiet_from == person.quiet_until:
        return None
    return person.quiet_from, person.quiet_until


def _morning(hours: tuple[time, time] | None) -> time:
    """When a working day begins: where the quiet hours of the night end. A rest at noon says nothing about that."""
    return hours[1] if hours and (hours[0] > hours[1] or hours[0] < MORNING) else MORNING


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins there, in UTC."""
    return _begin(day, time.min, zone)


def _begin(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return _instant(datetime.combine(day, clock), zone, fold=0)


def _finish(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return _instant(datetime.combine(day, clock), zone, fold=1)


def _instant(local: datetime, zone: ZoneInfo, *, fold: int) -> datetime:
    """When the clock there shows this, in UTC; when it skips it, the moment of the skip."""
    first, second = (local.replace(tzinfo=zone, fold=n).astimezone(UTC) for n in (0, 1))
    if first <= second:
        return second if fold else first
    # a gap: it lies between the two readings
    low, _high = change_between(second.replace(second=0, microsecond=0), first, zone)
    return (low + MINUTE).replace(second=0, microsecond=0)
