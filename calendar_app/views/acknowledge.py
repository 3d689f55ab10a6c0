"""Saying "I take care of it": from a notice, on a post's pages, and from a mail or a push without signing in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from calendar_app import access, clock
from calendar_app.errors import Conflict
from calendar_app.models import Post, Way
from calendar_app.queries import acknowledgements as queries
from calendar_app.services import acknowledgements as services
from calendar_app.services.acknowledgements import Asked
from calendar_app.views.errors import broken_link
from calendar_app.views.limits import limited
from calendar_app.views.signed_in import SignedIn


# The address itself is the authority, not a cookie that a strange page could make the browser send along.
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(60)
def acknowledge(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a mail's button, in the language of whom the mail went to. Looking changes nothing, since mail
    scanners look; the button does it. The service worker posts, too, and is answered in JSON: `{"text": …}`."""
    asked = services.read(token)
    if asked is None:
        return broken_link(
            request,
            _("Program surel mungkin memotong tautannya, atau Anda tidak lagi bertugas di perwakilan itu."),
            _("Hal yang sama dapat dikerjakan di Pemberitahuan: masuk, lalu ketuk “Saya tangani” di sana."),
            reverse("notifications"),
            _("Buka Pemberitahuan"),
        )
    with translation.override(asked.person.language):
        answer = _answer(request, asked, token)
        answer.headers["Content-Language"] = asked.person.language
        return answer


def _answer(request: HttpRequest, asked: Asked, token: str) -> HttpResponse:
    if request.method != "POST":
        return render(request, "calendar_app/notifications/acknowledge.html", _page(asked))
    wants_json = "application/json" in request.headers.get("Accept", "")
    try:
        services.acknowledge(
            post=asked.post, schedule_version=asked.schedule_version, by=asked.person, way=asked.way, at=clock.now()
        )
    except Conflict as conflict:
        if wants_json:
            return JsonResponse({"text": conflict.message}, status=409)
        return render(request, "calendar_app/notifications/acknowledge.html", _page(asked), status=409)
    return JsonResponse({"text": _said(asked.post)}) if wants_json else redirect("acknowledge", token)


def _page(asked: Asked) -> dict[str, object]:
    post, version = asked.post, asked.schedule_version
    waits = queries.still_waits(post, version)
    taken = queries.of([post.pk]).get(post.pk, []) if waits else []
    return {
        "at": clock.now(),
        "post": post,
        "person": asked.person,
        "shown_zone": post.timezone,
        "taken": taken,
        "is_mine": any(row.person_id == asked.person.pk for row in taken),
        "over": "" if waits else services.over(post, version),
        "may": queries.may(asked.person, post, version),
    }


@require_POST
def notification_acknowledge(request: SignedIn, pk: int) -> HttpResponse:
    """From the list of notices, and back to it."""
    found = access.notification_for(request.user, pk)
    try:
        services.answer(notification=found, at=clock.now())
    except Conflict as conflict:
        messages.warning(request, conflict.message)
    else:
        messages.success(request, _said(found.post))
    return redirect(f"{reverse('notifications')}#n-{pk}")


@require_POST
def post_acknowledge(request: SignedIn, pk: int) -> HttpResponse:
    """From a post's own page or its publish page (`to=publish`), and back there. `schedule_version` is of the time
    that the page showed."""
    post = access.post_for(request.user, pk)
    given = request.POST.get("schedule_version", "")
    version = int(given) if given.isdecimal() and len(given) < 10 else 0
    try:
        services.acknowledge(post=post, schedule_version=version, by=request.user, way=Way.IN_APP, at=clock.now())
    except Conflict as conflict:
        messages.warning(request, conflict.message)
    else:
        messages.success(request, _said(post))
    return redirect("post_publish" if request.POST.get("to") == "publish" else "post", pk)


def _said(post: Post | None) -> str:
    return _("Tercatat: Anda menangani “%(title)s”.") % {"title": str(post)}
