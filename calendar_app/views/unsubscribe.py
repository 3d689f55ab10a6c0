"""Stop one kind of mail with the address that stands in the mail: no sign-in, and looking changes nothing."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from calendar_app import clock
from calendar_app.services import unsubscribe as services
from calendar_app.views.errors import broken_link
from calendar_app.views.limits import limited

MOST_A_MINUTE = 60


# Mail programs post here without a page before it (RFC 8058); the signed address is the authority, no cookie is.
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(MOST_A_MINUTE)
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Asks, in the language of whom the mail went to. Posted: stops the kind, or with `resume` lets it come again.

    Answers 200, never a redirect: that is what mail programs take for done.
    """
    found = services.read(token)
    if found is None:
        return broken_link(
            request,
            _("Tautan berhenti ini tidak lengkap, atau jenis surelnya selalu dikirim."),
            _("Di profil Anda dapat dipilih surel mana yang datang dan mana yang tidak."),
            reverse("profile") + "#surel",
            _("Semua pilihan surel"),
        )
    person, kind = found
    if request.method == "POST":
        (services.resume if "resume" in request.POST else services.stop)(person=person, kind=kind, at=clock.now())
    with translation.override(person.language):
        context = {
            "kind": kind.label,
            "address": _masked(person.email),
            "is_stopped": kind in person.muted_kinds,
            "is_done": request.method == "POST",
        }
        response = render(request, "calendar_app/unsubscribe/unsubscribe.html", context)
    response.headers["Content-Language"] = person.language
    return response


def _masked(address: str) -> str:
    """Enough to know one's own address: a mail is forwarded with its links."""
    name, _at, domain = address.partition("@")
    return f"{name[:1]}…@{domain}"
