"""Absences: entering one's own or a colleague's, and taking one back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from calendar_app import clock
from calendar_app.forms.absences import AbsenceForm
from calendar_app.queries import absences as queries
from calendar_app.queries import quiet
from calendar_app.services import absences as services
from calendar_app.views.signed_in import SignedIn
from missions import access
from missions.models import Absence, Person
from missions.roles import Permission

OWN = "#tidak-hadir"


@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: SignedIn, pk: int) -> HttpResponse:
    """The absences of one person, for their head and for administrators; one's own stand on the profile, too."""
    at = clock.now()
    person = access.person_for(request.user, pk, Permission.MANAGE_ABSENCES)
    form = None
    if request.method == "POST":
        form = declare(request, person, at)
        if form is None:
            return redirect("absences", pk)
    context = section(person, at, form) | {"at": at, "place": access.shared_missions(request.user, person).first()}
    return render(request, "calendar_app/absences/absences.html", context, status=422 if form else 200)


@require_POST
def absence_end(request: SignedIn, pk: int) -> HttpResponse:
    """Take one back, or end it early."""
    at = clock.now()
    absence = access.absence_for(request.user, pk)
    try:
        services.end(absence=absence, by=request.user, at=at)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        had_begun = absence.starts_at <= at
        words = _("%(name)s kembali hadir.") if had_begun else _("Ketidakhadiran %(name)s dibatalkan.")
        messages.success(request, words % {"name": absence.person.name})
    if absence.person_id == request.user.pk:
        return redirect(reverse("profile") + OWN)
    return redirect("absences", absence.person_id)


def section(person: Person, at: datetime, form: AbsenceForm | None = None) -> dict[str, Any]:
    """What the part about absences of a page shows; `form` is the one that was refused."""
    place = quiet.places_of([person])[person.pk]
    return {
        "absent": person,
        "absences": queries.concerning(person, at),
        "absence_form": form or AbsenceForm(person=person, today=at.astimezone(place.zone).date()),
        "absence_zone": str(place.zone),
    }


def declare(request: SignedIn, person: Person, at: datetime) -> AbsenceForm | None:
    """Enter what was posted and say what was written down; the form with its faults when it will not do."""
    today = at.astimezone(quiet.places_of([person])[person.pk].zone).date()
    form = AbsenceForm(request.POST, person=person, today=today)
    if not form.is_valid():
        return form
    try:
        absence = services.declare(person=person, by=request.user, at=at, **form.for_service)
    except ValidationError as error:
        form.take(error)
        return form
    _confirm(request, absence, form, at)
    return None


def _confirm(request: SignedIn, absence: Absence, form: AbsenceForm, at: datetime) -> None:
    facts = {
        "name": absence.person.name,
        "first": date_format(form.cleaned_data["first"], "j M Y"),
        "last": date_format(form.cleaned_data["last"], "j M Y"),
        "deputy": absence.deputy.name if absence.deputy else "",
    }
    if absence.deputy:
        words = _("Tercatat: %(name)s tidak hadir %(first)s sampai %(last)s, digantikan %(deputy)s.")
    else:
        words = _("Tercatat: %(name)s tidak hadir %(first)s sampai %(last)s, tanpa pengganti.")
    messages.success(request, words % facts)
    others = queries.meanwhile(absence.person, absence, at)
    if others:
        words = _("%(name)s menjadi pengganti %(others)s pada hari-hari itu. Carikan pengganti lain.")
        names = ", ".join(other.name for other in others)
        messages.warning(request, words % {"name": absence.person.name, "others": names})
