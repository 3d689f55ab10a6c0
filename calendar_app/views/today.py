"""Today: what I must do now, by role."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from calendar_app import clock
from calendar_app.queries import health, mail, reviews
from calendar_app.queries import today as queries
from calendar_app.queries.filters import Filters
from calendar_app.queries.holds import in_force
from calendar_app.views.signed_in import SignedIn
from missions.access import missions_to_write_for
from missions.roles import Permission, can, is_hq

# How many of the queue an editor sees first.
FIRST = 5


@require_safe
def today(request: SignedIn) -> HttpResponse:
    """One part for each kind of role the person holds."""
    at, person = clock.now(), request.user
    holds = request.holds = in_force()
    missions = list(missions_to_write_for(person).order_by("name_id"))
    zone = missions[0].timezone if len(missions) == 1 else settings.HQ_TIMEZONE
    context: dict[str, Any] = {
        "at": at,
        "shown_zone": zone,
        "date": at.astimezone(ZoneInfo(zone)).date(),
        "missions": missions,
        "single": missions[0] if len(missions) == 1 else None,
    }
    if missions:
        context["work"] = queries.work(person, missions, at, holds)
    if can(person, Permission.REVIEW):
        context["queue"] = reviews.page(person, Filters(), at, size=FIRST)
        context["counts"] = reviews.counts(at)
        request.waiting = context["counts"]["waiting"]
    if is_hq(person):
        context["network"] = queries.network(person, at, holds)
    if can(person, Permission.ADMINISTER):
        seconds = health.seconds_since_tick(at)
        context["health"] = queries.health(at, holds)
        context["mails"] = mail.latest(3) if mail.is_kept() else None
        context["tick"] = seconds
        context["ticked_at"] = None if seconds is None else at - timedelta(seconds=seconds)
        context["holds"] = holds
        context["tick_is_old"] = seconds is None or seconds > health.TICK_IS_OLD
    return render(request, "calendar_app/today/today.html", context)
