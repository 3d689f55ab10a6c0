"""What the frame around every page needs to know of a person, and the sign-in page of the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Expression, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import get_language

from calendar_app.access import notifications_for, posts_for
from calendar_app.models import Hold, Review
from calendar_app.queries.filters import held, late
from missions.models import Mission, Person

# A working day on the sign-in page: 08.00 to 17.00, on days that are not the mission's weekend.
OPENS, CLOSES = 8, 17


def unread(person: Person) -> int:
    """How many of the notices that the person may read they have not read. One query."""
    return notifications_for(person).filter(read_at=None).count()


def unread_and_waiting(person: Person) -> tuple[int, int]:
    """The same, and how many rounds of review are open, over all missions. One query for both."""
    mine = notifications_for(person).filter(read_at=None).order_by().values("recipient")
    rounds = Review.objects.filter(closed_at=None).order_by().values("closed_at")
    found = Person.objects.filter(pk=person.pk).values_list(
        Coalesce(Subquery(mine.values(n=Count("pk"))), 0), Coalesce(Subquery(rounds.values(n=Count("pk"))), 0)
    )
    return tuple(found.get())


def unread_and_late(person: Person, holds: Sequence[Hold], at: datetime | Expression) -> tuple[int, int]:
    """Unread notices, and how many posts of the person's missions should have gone out by `at` in the last 14 days and
    are under none of these `holds`. One query for both."""
    mine = notifications_for(person).filter(read_at=None).order_by().values("recipient")
    posts = posts_for(person).filter(late(at)).order_by()
    if holds:
        posts = posts.exclude(held(holds))
    counted = posts.annotate(all=Value(1)).values("all").values(n=Count("pk"))
    found = Person.objects.filter(pk=person.pk).values_list(
        Coalesce(Subquery(mine.values(n=Count("pk"))), 0), Coalesce(Subquery(counted), 0)
    )
    return tuple(found.get())


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
    def dots(self) -> list[tuple[int, bool]]:
        """One dot for each mission: where it stands on the page's line, in pixels, and whether the mission is open."""
        return [(5 + 11 * place, place < self.open) for place in range(self.missions)]


# Which city stands for an hour, where one of them has a mission; else the first by name.
KNOWN_CITIES = (
    "Jakarta", "Los Angeles", "Chicago", "New York", "Caracas", "Brasília", "London", "Berlin", "Cairo", "Riyadh",
    "Tehran", "Abu Dhabi", "Kabul", "Islamabad", "New Delhi", "Dhaka", "Yangon", "Beijing", "Tokyo", "Canberra",
    "Wellington",
)  # fmt: skip


def world_hours(at: datetime) -> list[Hour]:
    """All missions that are not dormant, by the time their clocks show at `at`, west to east. One query."""
    jakarta = at.astimezone(ZoneInfo(settings.HQ_TIMEZONE)).utcoffset()
    by_offset: dict[timedelta, list[Mission]] = {}
    for mission in Mission.objects.exclude(status__in=Mission.SILENT).order_by("city"):
        by_offset.setdefault(at.astimezone(mission.zone).utcoffset() or timedelta(), []).append(mission)
    hours = []
    for offset, missions in sorted(by_offset.items()):
        local = (at + offset).replace(tzinfo=None)
        stands_for = next((mission for mission in missions if mission.city in KNOWN_CITIES), missions[0])
        hours.append(
            Hour(
                local=local,
                city="Jakarta" if offset == jakarta else _city(stands_for),
                missions=len(missions),
                open=sum(_at_work(mission, local) for mission in missions),
                is_jakarta=offset == jakarta,
            )
        )
    return hours


def _at_work(mission: Mission, local: datetime) -> bool:
    return OPENS <= local.hour < CLOSES and local.isoweekday() not in mission.weekend


def _city(mission: Mission) -> str:
    """The city in the reader's language: in Indonesian it is the mission's name without its kind."""
    if (get_language() or "").startswith("en"):
        return mission.city
    return mission.name_id.removeprefix(mission.kind).strip()
