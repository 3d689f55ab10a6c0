"""What the message of Monday morning says: a mission's own week and its gaps, for managers the week of all missions.

`facts()` is asked right before the message is sent and kept with it as JSON, with names in both languages: the words
are made when it is read (`messages/weeks.py`), and then still tell of the Monday they were sent on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q

from calendar_app.models import GIVEN_UP, Holiday, Observance, Post, Status, Theme
from calendar_app.queries import observances
from calendar_app.queries.days import Days
from calendar_app.queries.holidays import INDONESIA
from missions.models import Mission

JSON = dict[str, Any]

# Posts that still need work are named up to here, the nearest first; the rest is counted.
NAMED = 20
# What still wants somebody's hand before it can go out, and what has passed its time.
OPEN = (Status.DRAFT, Status.SIGNOFF, Status.IN_REVIEW, Status.CHANGES_REQUESTED, Status.MISSED)


def facts(mission: Mission | None, monday: date, at: datetime) -> JSON:
    """The week from `monday` on as it stands at `at`; without a mission over all of them. Five queries, however many
    missions and posts there are.

    Of a mission: `total`, `by_status`, `days` (each with its counts by status), `open` and `open_more` (posts that
    still need work), `empty` (working days from today on without a post), `silent_themes`, `observances`, `holidays`.
    Over all: `total`, `by_status`, `days`, `missions` and `without` (how many there are, and have nothing),
    `regions` (the missions of each, those without a post first), `silent_themes`, `observances`, `holidays`.
    """
    return _of_mission(mission, monday, at) if mission else _of_all(monday)


def _of_mission(mission: Mission, monday: date, at: datetime) -> JSON:
    days = Days.week(monday, None)
    posts = Post.objects.filter(days.condition(), mission=mission).exclude(status__in=GIVEN_UP).order_by()
    themes = list(Theme.objects.all())
    counted = list(posts.values_list("local_date", "status", "theme").annotate(n=Count("pk")))
    off = _holidays(days, (mission.country_iso2, INDONESIA))
    closed = {day["date"] for day in off}
    listed = _days(days, ((day, status, n) for day, status, _theme, n in counted))
    today = at.astimezone(mission.zone).date()
    still = list(posts.filter(status__in=OPEN).order_by("scheduled_at", "pk")[:NAMED])
    number = sum(n for _day, status, _theme, n in counted if status in OPEN)
    return {
        "mission": {"code": mission.code, "id": mission.name_id, "en": f"{mission.kind} {mission.city}"},
        "total": sum(n for *_rest, n in counted),
        "by_status": _sum((status, n) for _day, status, _theme, n in counted),
        "days": listed,
        "open": [_named(post) for post in still],
        "open_more": max(number - NAMED, 0),
        "empty": [
            f"{day}"
            for day, row in zip(days.dates, listed, strict=True)
            if not row["total"] and day >= today and f"{day}" not in closed and day.isoweekday() not in mission.weekend
        ],
        "silent_themes": _silent(themes, (theme for _day, _status, theme, _n in counted)),
        "observances": _observances(days, themes),
        "holidays": off,
    }


def _of_all(monday: date) -> JSON:
    days = Days.week(monday, None)
    awake = list(Mission.objects.exclude(status__in=Mission.SILENT).select_related("region"))
    posts = Post.objects.filter(days.condition(), mission__in=awake).exclude(status__in=GIVEN_UP).order_by()
    awake.sort(key=lambda mission: (mission.region.order, mission.code))
    themes = list(Theme.objects.all())
    # in two: a row for each mission, day, status and theme would be read only to be added up
    per_mission = posts.values("mission").annotate(n=Count("pk"), open=Count("pk", filter=Q(status__in=OPEN)))
    of_mission = {pk: (n, still) for pk, n, still in per_mission.values_list("mission", "n", "open")}
    counted = list(posts.values_list("local_date", "status", "theme").annotate(n=Count("pk")))
    regions: dict[int, JSON] = {}
    for mission in awake:
        region = mission.region
        known = regions.setdefault(region.pk, {"id": region.name_id, "en": region.name_en, "missions": []})
        n, still = of_mission.get(mission.pk, (0, 0))
        known["missions"].append([mission.code, mission.name_id, f"{mission.kind} {mission.city}", n, still])
    for known in regions.values():
        known["missions"].sort(key=lambda row: (row[3] > 0, row[0]))
    return {
        "mission": None,
        "total": sum(n for *_rest, n in counted),
        "by_status": _sum((status, n) for _day, status, _theme, n in counted),
        "days": _days(days, ((day, status, n) for day, status, _theme, n in counted)),
        "missions": len(awake),
        "without": sum(mission.pk not in of_mission for mission in awake),
        # where most are silent first
        "regions": sorted(regions.values(), key=lambda region: -sum(not row[3] for row in region["missions"])),
        "silent_themes": _silent(themes, (theme for _day, _status, theme, _n in counted)),
        "observances": _observances(days, themes),
        "holidays": _holidays(days, (INDONESIA,)),
    }


def _named(post: Post) -> JSON:
    local = post.local
    return {
        "post": post.pk,
        "title": str(post),
        "status": str(post.status),
        "date": f"{local:%Y-%m-%d}" if local else None,
        "time": f"{local:%H:%M}" if local else None,
    }


def _days(days: Days, counted: Iterable[tuple[date | None, str, int]]) -> list[JSON]:
    """Each day with its posts by status; days without any, too."""
    found: dict[date, dict[str, int]] = {day: {} for day in days.dates}
    for day, status, n in counted:
        if day is not None:
            found[day][status] = found[day].get(status, 0) + n
    return [{"date": f"{day}", "total": sum(row.values()), "by_status": row} for day, row in found.items()]


def _sum(counted: Iterable[tuple[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for key, n in counted:
        total[key] = total.get(key, 0) + n
    return total


def _silent(themes: Sequence[Theme], used: Iterable[int | None]) -> list[JSON]:
    """The branches of which no post of the week is."""
    letters = {theme.pk: theme.letter for theme in themes}
    heard = {letters.get(pk) for pk in used if pk is not None}
    return [
        {"code": theme.code, "id": theme.name_id, "en": theme.name_en}
        for theme in themes
        if theme.is_active and theme.parent_id is None and theme.letter not in heard
    ]


def _observances(days: Days, themes: Sequence[Theme]) -> list[JSON]:
    """The days worth a post, each with the first theme that suits it and is in use."""
    by_key = observances.keys_of(days.dates)
    active = [theme for theme in themes if theme.is_active]
    known = {theme.code: {"code": theme.code, "id": theme.name_id, "en": theme.name_en} for theme in active}
    found = [
        {
            "date": f"{by_key[row.date]}",
            "id": row.name_id,
            "en": row.name_en,
            "theme": next((known[code] for code in row.suggested_theme if code in known), None),
        }
        for row in Observance.objects.filter(date__in=by_key)
    ]
    return sorted(found, key=lambda row: (str(row["date"]), str(row["id"])))


def _holidays(days: Days, countries: Sequence[str]) -> list[JSON]:
    """The public holidays of these countries, the first one's first."""
    rows = Holiday.objects.filter(date__range=(days.first, days.last), country__in=countries)
    found = [
        {
            "date": f"{row.date}",
            "country": row.country,
            "id": row.name_id or row.name_en or row.name_local,
            "en": row.name_en or row.name_local,
        }
        for row in rows
    ]
    return sorted(found, key=lambda row: (row["date"], countries.index(row["country"])))
