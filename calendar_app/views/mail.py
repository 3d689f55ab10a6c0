"""What was mailed, for the administrator, where mail goes to files."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from calendar_app import clock
from calendar_app.queries import mail as queries
from calendar_app.views.signed_in import SignedIn
from missions.access import require
from missions.roles import Permission

MOST = 100


@require_safe
def mail(request: SignedIn) -> HttpResponse:
    """The newest mails; says so where they go to a mail server and are not kept."""
    require(request.user, Permission.ADMINISTER)
    to = request.GET.get("to", "").strip()[:200]
    context = {
        "at": clock.now(),
        "is_kept": queries.is_kept(),
        "server": settings.EMAIL_HOST,
        "mails": queries.latest(MOST, to=to) if queries.is_kept() else [],
        "to": to,
        "most": MOST,
    }
    return render(request, "calendar_app/mail/list.html", context)


@require_safe
def mail_message(request: SignedIn, name: str) -> HttpResponse:
    """One mail, as text."""
    require(request.user, Permission.ADMINISTER)
    found = queries.find(name)
    if found is None:
        raise Http404(_("Surel ini tidak ada."))
    return render(request, "calendar_app/mail/message.html", {"at": clock.now(), "mail": found})
