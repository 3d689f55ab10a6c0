"""Holds: those in force, those lifted, a new one, and lifting."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from calendar_app import access, clock
from calendar_app.forms.holds import HoldForm
from calendar_app.queries import holds as queries
from calendar_app.services import holds as services
from calendar_app.views.signed_in import SignedIn
from missions.access import require
from missions.roles import Permission, can

HISTORY = 50
asks = require_http_methods(["GET", "HEAD", "POST"])


@asks
def holds(request: SignedIn) -> HttpResponse:
    """The holds that concern the person. Posted: what a new one would cover, and with `confirmed` the hold itself."""
    at = clock.now()
    if request.method != "POST":
        form = HoldForm() if can(request.user, Permission.MANAGE_HOLDS) else None
        return _list(request, at, form=form)
    require(request.user, Permission.MANAGE_HOLDS)
    form = HoldForm(request.POST)
    if not form.is_valid() or "back" in request.POST:
        return _list(request, at, form=form, status=200 if form.is_valid() else 422)
    if "confirmed" not in request.POST:
        context = {"at": at, "form": form, "hold": form.hold, "reach": queries.reach(form.hold, at)}
        return render(request, "calendar_app/holds/confirm.html", context)
    try:
        hold = services.make(by=request.user, at=at, **form.for_service)
    except ValidationError as error:
        form.take(error)
        return _list(request, at, form=form, status=422)
    messages.success(request, _("Ditahan: %(scope)s.") % {"scope": hold.scope_name})
    return redirect("holds")


@asks
def hold_lift(request: SignedIn, pk: int) -> HttpResponse:
    """Ask, and lift."""
    at = clock.now()
    hold = access.hold_for(request.user, pk)
    if request.method == "POST":
        services.lift(hold=hold, by=request.user, at=at)
        messages.success(request, _("Penahanan dicabut: %(scope)s.") % {"scope": hold.scope_name})
        return redirect("holds")
    return render(request, "calendar_app/holds/lift.html", {"at": at, "hold": hold, "reach": queries.reach(hold, at)})


def _list(request: SignedIn, at: datetime, *, status: int = 200, **context: Any) -> HttpResponse:
    found = access.holds_for(request.user)
    context |= {
        "at": at,
        "in_force": list(found.filter(lifted_at=None)),
        "lifted": list(found.filter(lifted_at__isnull=False)[:HISTORY]),
        "may_manage": bool(can(request.user, Permission.MANAGE_HOLDS)),
    }
    return render(request, "calendar_app/holds/list.html", context, status=status)
