"""Missions: all of them by region, and one."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dates import WEEKDAYS
from django.views.decorators.http import require_safe

from calendar_app import clock
from calendar_app.queries import missions as queries
from calendar_app.views.signed_in import SignedIn
from missions import access
from missions.roles import Permission, can


@require_safe
def missions(request: SignedIn) -> HttpResponse:
    """All missions by region; everybody signed in may read these facts."""
    at = clock.now()
    regions = queries.by_region(request.user, at)
    rows = [row for _region, group in regions for row in group if row.posts is not None and not row.mission.is_silent]
    context = {"at": at, "regions": regions, "quiet": [row for row in rows if not row.posts], "readable": len(rows)}
    return render(request, "calendar_app/missions/list.html", context)


@require_safe
def mission(request: SignedIn, code: str) -> HttpResponse:
    """One mission: facts for everybody; its week and its people for those who may read its posts."""
    at = clock.now()
    found = access.mission(code)
    context = {
        "at": at,
        "mission": found,
        "shown_zone": found.timezone,
        "weekend": [WEEKDAYS[day - 1] for day in found.weekend],
        "languages": queries.languages(found),
        "holidays": queries.next_holidays(found, at),
        "people": None,
    }
    if queries.is_readable(request.user, found):
        context |= {
            "week": queries.week(request.user, found, at),
            "people": queries.people(found, at),
            "keeps_absences": bool(can(request.user, Permission.MANAGE_ABSENCES, found)),
        }
    return render(request, "calendar_app/missions/mission.html", context)
