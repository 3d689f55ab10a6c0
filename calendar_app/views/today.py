"""Today: what I must do now, by role."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from calendar_app import clock
from calendar_app.models import Hold
from calendar_app.queries import absences, acknowledgements, health, mail, reviews, watch
from calendar_app.queries import today as queries
from calendar_app.queries.filters import Filters
from calendar_app.queries.holds import in_force
from calendar_app.services import alarms
from calendar_app.views.signed_in import SignedIn
from missions.access import missions_to_write_for
from missions.roles import Permission, can, grants, is_hq

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
        "absences": absences.concerning(person, at),
        "on_duty": grants(person).on_duty,
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
        context |= _health(at, holds)
    context["taken"] = acknowledgements.of(_waiting(context))
    return render(request, "calendar_app/today/today.html", context)


def _waiting(context: dict[str, Any]) -> set[int]:
    """The keys of the posts on the page that wait to be published."""
    work, network = context.get("work"), context.get("network")
    boards = [part.board for part in (work, network) if part and part.board]
    items = [item for board in boards for item in (*board.earlier, *board.later)]
    found = {item.id for item in items if item.status in acknowledgements.WAITS}
    return found | {task.post.pk for task in (work.tasks if work else ()) if task.post.status in acknowledgements.WAITS}


def _health(at: datetime, holds: list[Hold]) -> dict[str, Any]:
    """Whether the product itself is well, for the administrator."""
    found = watch.glance(at, holds)
    seconds = None if found.tick_age is None else round(found.tick_age)
    # these have a task of their own
    counted = (
        *(alarms.What.TICK, alarms.What.OVERDUE, alarms.What.SET_ASIDE, alarms.What.UNCERTAIN),
        *(alarms.What.BREAKER, alarms.What.PAUSE),
    )
    return {
        "health": found,
        "alarms": [
            (row, alarms.WORDS[row.kind])
            for row in found.alarms
            if row.kind in alarms.WORDS and row.kind not in counted
        ],
        "watcher": health.freshness(found.watcher_age, health.WATCHER_IS_OLD),
        "mails": mail.latest(3) if mail.is_kept() else None,
        "tick": seconds,
        "ticked_at": None if seconds is None else at - timedelta(seconds=seconds),
        "tick_is_old": seconds is None or seconds > health.TICK_IS_OLD,
        "holds": holds,
    }
