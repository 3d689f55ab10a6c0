"""The calendar: week of all missions, week of one, month, list, and the posts behind a cell."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import formats
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from calendar_app import clock
from calendar_app.forms import calendar as forms
from calendar_app.forms.calendar import Asked
from calendar_app.models import Hold
from calendar_app.queries import calendar as queries
from calendar_app.queries import holds as hold_queries
from calendar_app.queries.calendar import NetworkWeek, Range
from calendar_app.views import calendar_parts as parts
from calendar_app.views.signed_in import SignedIn
from missions.roles import Permission, can


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def calendar(request: SignedIn) -> HttpResponse:
    """One of the views, as the address says; asked for by htmx into the panel, only the opened cell."""
    at = clock.now()
    asked = forms.read(request.GET, request.user, at)
    request.missions = asked.missions
    if asked.view == forms.NETWORK:
        cell = _cell(request, asked, at)
        if request.headers.get("HX-Target") == "panel":
            return render(request, "calendar_app/calendar/panel.html", {"asked": asked, "cell": cell, "at": at})
        return _network(request, asked, cell, at)
    if asked.view == forms.WEEK:
        return _week(request, asked, at) if asked.mission else _choose(request, asked, at)
    return _month(request, asked, at) if asked.view == forms.MONTH else _list(request, asked, at)


def _network(request: SignedIn, asked: Asked, cell: queries.OpenCell | None, at: datetime) -> HttpResponse:
    holds, themes = _holds(request), asked.offered.themes
    week = queries.network_week(
        request.user, asked.day, asked.search, asked.tz, at, missions=asked.missions, holds=holds, themes=themes
    )
    opened = (cell.mission.code, cell.date) if cell else None
    context = _common(request, asked, week, at) | {
        "week": week,
        "regions": parts.rows(week, asked, opened),
        "heads": parts.heads(week),
        "figures": parts.figures(week, asked),
        "cell": cell,
    }
    return render(request, "calendar_app/calendar/network.html", context)


def _cell(request: SignedIn, asked: Asked, at: datetime) -> queries.OpenCell | None:
    found = forms.read_cell(asked.cell, request.user) if asked.cell else None
    return queries.cell(request.user, found[0], found[1], asked.search, asked.tz, at) if found else None


def _week(request: SignedIn, asked: Asked, at: datetime) -> HttpResponse:
    mission = asked.mission
    assert mission is not None
    week = queries.mission_week(request.user, mission, asked.day, asked.search, asked.tz, at, holds=_holds(request))
    now = at.astimezone(ZoneInfo(week.zone))
    slots = parts.slots(week, now.hour * 60 + now.minute)
    other = parts.other_zone(week)
    context = _common(request, asked, week, at) | {
        "week": week,
        "days": list(zip(week.days, slots, strict=True)),
        "hours": parts.hours(week, other),
        "other": other,
        "at_night": sum(len(s.before) + len(s.after) for day in slots for s in day if s.night),
        "night_now": now.hour in parts.NIGHT and week.first <= week.today <= week.last,
        "missed": [item for day in week.days for item in day.items if item.status == "missed"],
        "may_write": can(request.user, Permission.WRITE_POST, mission),
    }
    return render(request, "calendar_app/calendar/week.html", context)


def _month(request: SignedIn, asked: Asked, at: datetime) -> HttpResponse:
    month = queries.month(
        request.user, asked.day, asked.search, asked.tz, at, mission=asked.mission, holds=_holds(request)
    )
    weeks = [month.days[number : number + 7] for number in range(0, len(month.days), 7)]
    context = _common(request, asked, month, at) | {
        "week": month,
        "weeks": [(days, queries.total_of(days)) for days in weeks],
        "period": formats.date_format(asked.day, "F Y"),
        "is_now": (asked.day.year, asked.day.month) == (month.today.year, month.today.month),
        # the posts of one day stand below the month on phones
        "chosen": next((day for day in month.days if day.date == asked.day), None) if asked.mission else None,
        "may_write": bool(asked.mission and can(request.user, Permission.WRITE_POST, asked.mission)),
        # over all missions a day opens their week, for who has one
        "day_view": forms.NETWORK if len(asked.missions) > 1 and not asked.mission else forms.WEEK,
    }
    return render(request, "calendar_app/calendar/month.html", context)


def _list(request: SignedIn, asked: Asked, at: datetime) -> HttpResponse:
    found = queries.agenda(
        request.user,
        asked.day,
        asked.search,
        asked.tz,
        at,
        mission=asked.mission,
        after=asked.after,
        holds=_holds(request),
    )
    context = _common(request, asked, found, at) | {
        "week": found,
        "other": parts.other_zone(found),
        "next": asked.link(after=found.following) if found.following else None,
        "previous": asked.link() if asked.after else None,
    }
    return render(request, "calendar_app/calendar/list.html", context)


def _choose(request: SignedIn, asked: Asked, at: datetime) -> HttpResponse:
    """The week of one mission, and which one is not said."""
    context = {"asked": asked, "at": at, "title": parts.title(asked), "tabs": parts.tabs(asked)}
    return render(request, "calendar_app/calendar/choose.html", context)


def _holds(request: SignedIn) -> list[Hold]:
    """The holds in force, read once for the page and for the banner above it."""
    request.holds = hold_queries.in_force()
    return request.holds


def _common(request: SignedIn, asked: Asked, shown: NetworkWeek | Range, at: datetime) -> dict[str, Any]:
    return {
        "at": at,
        "asked": asked,
        "shown_zone": shown.zone,
        "title": parts.title(asked),
        "tabs": parts.tabs(asked),
        "steps": parts.steps(asked),
        "period": parts.period(shown.first, shown.last),
        "is_now": shown.first <= shown.today <= shown.last,
        "sentence": parts.sentence(asked),
        "address": request.build_absolute_uri(request.path + asked.link(cell=asked.cell)),
        "rare_set": any((asked.filters.network, asked.filters.language, asked.filters.audience, asked.filters.q)),
        "midnights": parts.midnights(asked, shown.zone),
        "midnight": parts.whose_midnight(asked, shown.zone),
        "by_status": parts.by_status(asked, shown.tally),
        "by_theme": parts.by_theme(asked, shown.tally),
    }
