"""Days of the calendar, and whose midnight they begin at (DESIGN §5, §7).

`tz` is "mission" (each row its own midnight, from the stored local date), "wib" (Jakarta's) or "mine" (the reader's).
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Case, F, IntegerField, Q, Value, When
from django.db.models.expressions import Combinable

from calendar_app.models import Post
from missions.models import Mission, Person

MISSION, WIB, MINE = "mission", "wib", "mine"
TZ = (MISSION, WIB, MINE)


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """A zone by its name, kept: Python itself keeps eight, and a page over all missions needs a hundred."""
    return ZoneInfo(name)


def jakarta() -> ZoneInfo:
    """The zone of headquarters, WIB."""
    return zone(settings.HQ_TIMEZONE)


def zone_of(tz: str, person: Person) -> ZoneInfo | None:
    """The zone of all rows; None where each row has its own."""
    if tz == MISSION:
        return None
    return zone(person.timezone) if tz == MINE and person.timezone else jakarta()


def shown_zone(tz: str, person: Person, mission: Mission | None) -> ZoneInfo:
    """The zone a page is in: over all missions' own midnights, "today" is Jakarta's."""
    return zone_of(tz, person) or (zone(mission.timezone) if mission else jakarta())


@dataclass(frozen=True)
class Days:
    """`count` days from `first`; `zone` None means each row's own midnight."""

    first: date
    count: int
    zone: ZoneInfo | None

    @classmethod
    def week(cls, day: date, zone: ZoneInfo | None) -> Days:
        """The week from Monday to Sunday that `day` is in."""
        return cls(day - timedelta(days=day.weekday()), 7, zone)

    @classmethod
    def month(cls, day: date, zone: ZoneInfo | None) -> Days:
        """The weeks that the month of `day` touches."""
        first = day.replace(day=1)
        last = day.replace(day=monthrange(day.year, day.month)[1])
        first -= timedelta(days=first.weekday())
        return cls(first, ((last - first).days // 7 + 1) * 7, zone)

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.count - 1)

    @property
    def dates(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.count)]

    def _midnight(self, number: int) -> datetime:
        """When day `number` begins. Where that midnight is skipped it is the moment of the skip; where it happens
        twice, the first. In UTC: two times of one zone would be compared by their clocks."""
        return datetime.combine(self.first + timedelta(days=number), time.min, tzinfo=self.zone).astimezone(UTC)

    def condition(self) -> Q:
        """Posts on these days."""
        if self.zone is None:
            return Q(local_date__gte=self.first, local_date__lte=self.last)
        return Q(scheduled_at__gte=self._midnight(0), scheduled_at__lt=self._midnight(self.count))

    def expression(self) -> Combinable:
        """What `number()` reads: the stored local date, or the number of the day, both worked out in the database."""
        if self.zone is None:
            return F("local_date")
        cases = [When(scheduled_at__lt=self._midnight(number + 1), then=number) for number in range(self.count)]
        return Case(*cases, default=Value(self.count), output_field=IntegerField())

    def number(self, value: Any) -> int:
        """Which of the days it is, from 0, given what `expression()` answered."""
        return (value - self.first).days if isinstance(value, date) else int(value)

    def local(self, post: Post) -> datetime:
        """The post's time as these days show it."""
        assert post.scheduled_at is not None
        if self.zone is not None:
            return post.scheduled_at.astimezone(self.zone)
        return post.local or post.scheduled_at


def change_between(low: datetime, high: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The last minute before the clock of a zone changes its offset and the first after it, given an instant before
    the change and one after it, in UTC. Zones change their offset at whole minutes."""
    minute, before = timedelta(minutes=1), low.astimezone(zone).utcoffset()
    while high - low > minute:
        middle = low + (high - low) // minute // 2 * minute
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return low, high
