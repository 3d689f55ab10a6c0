"""What the frame around every page needs to know of a person, and the sign-in page of the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Exists, Expression, F, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import get_language

from calendar_app.access import notifications_for, posts_for
from calendar_app.models import Alarm, Breaker, Hold, Review, Way
from calendar_app.queries import pauses
from calendar_app.queries.filters import held, late
from missions.models import Mission, Person

# A working day on the sign-in page: 08.00 to 17.00, on days that are not the mission's weekend.
OPENS, CLOSES = 8, 17


# From when on a mail server out of reach is said on every page.
DELAYED = timedelta(minutes=5)


@dataclass(frozen=True)
class Numbers:
    """What the frame shows of the moment: unread notices, open rounds of review, late posts, alarms that are not over,
    since when mails wait for the mail server (None while they go out), whether all sending is paused, and until when
    (None: until somebody goes on)."""

    unread: int
    waiting: int
    late: int
    alarms: int
    mail_since: datetime | None
    is_paused: bool
    paused_until: datetime | None


def numbers(
    person: Person,
    at: datetime | Expression,
    *,
    waiting: bool = False,
    late_but: Sequence[Hold] | None = None,
    alarms: bool = False,
) -> Numbers:
    """The notices that the person may read and has not read; with `waiting` the rounds that are open over all missions;
    with `late_but` the posts of the person's missions that should have gone out by `at` in the last 14 days and are
    under none of these holds; with `alarms` how many are open. What is not asked for is 0. One query for all."""
    paused = pauses.in_force(at)
    mine = notifications_for(person).filter(read_at=None).order_by().values("recipient")
    columns: dict[str, Any] = {
        "unread": Coalesce(Subquery(mine.values(n=Count("pk"))), 0),
        "mail_since": Subquery(Breaker.objects.filter(key=Way.EMAIL, since__lte=at - DELAYED).values("since")[:1]),
        "is_paused": Exists(paused),
        # the last to end; one without an end outlasts them all
        "paused_until": Subquery(paused.order_by(F("until").desc(nulls_first=True)).values("until")[:1]),
    }
    if waiting:
        rounds = Review.objects.filter(closed_at=None).order_by().values("closed_at")
        columns["waiting"] = Coalesce(Subquery(rounds.values(n=Count("pk"))), 0)
    if late_but is not None:
        posts = posts_for(person).filter(late(at)).order_by()
        if late_but:
            posts = posts.exclude(held(late_but))
        counted = posts.annotate(all=Value(1)).values("all").values(n=Count("pk"))
        columns["late"] = Coalesce(Subquery(counted), 0)
    if alarms:
        opened = Alarm.objects.filter(ended_at=None).order_by().values("ended_at")
        columns["alarms"] = Coalesce(Subquery(opened.values(n=Count("pk"))), 0)
    row = Person.objects.filter(pk=person.pk).values_list(*columns.values()).get()
    return Numbers(**({"waiting": 0, "late": 0, "alarms": 0} | dict(zip(columns, row, strict=True))))


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
