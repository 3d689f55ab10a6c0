"""The notices of one person."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from calendar_app import access, clock
from calendar_app.messages import notice
from calendar_app.queries import cursors
from calendar_app.services import notifications as services
from calendar_app.views.frame import Frame
from calendar_app.views.signed_in import SignedIn

PAGE = 30


@require_safe
def notifications(request: SignedIn) -> HttpResponse:
    """Newest first, by the days of the person's own calendar; `?after=` is the number of the last one before."""
    at, person = clock.now(), request.user
    frame = Frame(request)
    request.missions = frame.missions
    zone = ZoneInfo(frame.home_zone)
    found = access.notifications_for(person)
    cursor = cursors.read(request.GET.get("after", ""), "number")
    if cursor:
        found = found.filter(cursors.behind(("-pk",), cursor))
    rows = list(found[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    told = [(row, notice(row.kind, row.post, row.data, person)) for row in rows]
    days = groupby(told, key=lambda pair: pair[0].created_at.astimezone(zone).date())
    today = at.astimezone(zone).date()
    context = {
        "at": at,
        "shown_zone": frame.home_zone,
        "zone": frame.home_zone,
        "days": [(day, list(group)) for day, group in days],
        "today": today,
        "yesterday": today - timedelta(days=1),
        "next": f"?after={rows[-1].pk}" if more else None,
        "previous": reverse("notifications") if cursor else None,
    }
    return render(request, "calendar_app/notifications/list.html", context)


@require_POST
def notification_open(request: SignedIn, pk: int) -> HttpResponse:
    """Mark one as read and go where it leads."""
    found = access.notification_for(request.user, pk)
    services.read(notification=found, at=clock.now())
    # not from outside: `messages.py` makes every one of these addresses, and all are of this site
    return redirect(notice(found.kind, found.post, found.data, request.user).url)


@require_POST
def notifications_read_all(request: SignedIn) -> HttpResponse:
    """Mark all as read."""
    count = services.read_all(person=request.user, at=clock.now())
    if count:
        text = ngettext("%(n)d ditandai sudah dibaca.", "%(n)d ditandai sudah dibaca.", count)
        messages.success(request, text % {"n": count})
    else:
        messages.info(request, _("Semua sudah dibaca."))
    return redirect("notifications")
