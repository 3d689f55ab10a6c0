"""Notices on this device: the service worker, adding a browser, taking one away."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from calendar_app import access, clock
from calendar_app.queries import devices as queries
from calendar_app.services import devices as services
from calendar_app.services.couriers import vapid
from calendar_app.views.signed_in import SignedIn
from missions.models import Person


@login_not_required
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker, at the root so that it may act for the whole site. Browsers also fetch it when nobody is signed in,
    and must get the newest."""
    response = render(request, "calendar_app/sw.js", content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def device_add(request: SignedIn) -> HttpResponse:
    """Push to the browser that sends this."""
    given = {name: request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth")}
    name = services.name_of(request.headers.get("User-Agent", ""))
    try:
        services.add(person=request.user, at=clock.now(), name=name, **given)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Notifikasi menyala di peramban ini."))
    return _back()


@require_POST
def device_end(request: SignedIn, pk: int) -> HttpResponse:
    """Push nothing more to one of one's own devices."""
    device = access.device_for(request.user, pk)
    services.end(device=device, by=request.user, at=clock.now())
    messages.success(request, _("Perangkat “%(name)s” dihapus.") % {"name": device.name})
    return _back()


def section(person: Person) -> dict[str, Any]:
    """What `profile/devices.html` shows."""
    return {"devices": queries.live(person), "push_key": vapid.public_key()}


def _back() -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("profile") + "#perangkat")
