"""What the frame around every page needs to know of a person, and the sign-in page of the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from calendar_app.models import Notification, Review
from missions.models import Mission, Person

# A working day on the sign-in page: 08.00 to 17.00, on days that are not the mission's weekend.
OPENS, CLOSES = 8, 17


def _count(rows: QuerySet[Notification] | QuerySet[Review]) -> Coalesce:
    counted = rows.order_by().values(one=Value(1)).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def counts(person: Person, *, reviews: bool) -> tuple[int, int]:
    """The person's unread notices, and the rounds of review that are open (0 unless `reviews`). One query."""
    unread = Notification.objects.filter(recipient=OuterRef("pk"), read_at=None)
    waiting = Review.objects.filter(closed_at=None)
    row = (
        Person.objects.filter(pk=person.pk)
        .annotate(unread=_count(unread), waiting=_count(waiting) if reviews else Value(0))
        .values_list("unread", "waiting")
        .first()
    )
    return row or (0, 0)


@dataclass(frozen=True)
class Hour:
    """The missions whose clocks show the same time."""

    local: datetime
    city: str
    missions: int
    open: int
    is_jakarta: bool

    @property
    def at_work(self) -> bool:
        return self.open > 0

    @property
    def dots(self) -> list[int]:
        """Where the dots stand on the page's line of the hour, in its pixels."""
        return [5 + 11 * place for place in range(self.missions)]


# Which city stands for an hour, where one of them has a mission; else the first by name.
KNOWN_CITIES = (
    "Jakarta", "Los Angeles", "Chicago", "New York", "Caracas", "Brasília", "London", "Berlin", "Kairo", "Riyadh",
    "Teheran", "Abu Dhabi", "Kabul", "Islamabad", "New Delhi", "Dhaka", "Yangon", "Beijing",
    "Tokyo", "Canberra", "Wellington",
)  # fmt: skip


def world_hours(at: datetime) -> list[Hour]:
    """All missions that are not dormant, by the time their clocks show at `at`, west to east. One query."""
    jakarta = at.astimezone(ZoneInfo(settings.HQ_TIMEZONE)).utcoffset()
    by_offset: dict[timedelta, list[tuple[str, bool]]] = {}
    rows = Mission.objects.exclude(status__in=Mission.SILENT).values_list("timezone", "city", "weekend")
    for zone, city, weekend in rows:
        local = at.astimezone(ZoneInfo(zone))
        working = OPENS <= local.hour < CLOSES and local.isoweekday() not in weekend
        by_offset.setdefault(local.utcoffset() or timedelta(), []).append((city, working))
    hours = []
    for offset, found in sorted(by_offset.items()):
        cities = sorted({city for city, _working in found})
        known = next((name for name in KNOWN_CITIES if name in cities), cities[0])
        here = offset == jakarta
        hours.append(
            Hour(
                local=(at + offset).replace(tzinfo=None),
                city="Jakarta" if here else known,
                missions=len(found),
                open=sum(working for _city, working in found),
                is_jakarta=here,
            )
        )
    return hours
