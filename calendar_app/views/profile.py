"""My profile: name, language, zone, what is mailed, when I am not to be disturbed or away, and tokens for programs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from calendar_app import clock
from calendar_app.forms import profile as forms
from calendar_app.queries import quiet
from calendar_app.services import profile as services
from calendar_app.views import absences, devices
from calendar_app.views.frame import remember_language
from calendar_app.views.signed_in import SignedIn
from missions import access, tokens
from missions.models import country_name


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: SignedIn) -> HttpResponse:
    """Several forms; the pressed button's `do` says which one was sent."""
    at = clock.now()
    if request.method != "POST":
        return _page(request, at)
    return FORMS.get(request.POST.get("do", ""), _save_person)(request, at)


@require_POST
def token_revoke(request: SignedIn, pk: int) -> HttpResponse:
    """End one of one's own tokens."""
    token = access.token_for(request.user, pk)
    tokens.revoke(by=request.user, token=token, at=clock.now())
    messages.success(request, _("Token “%(name)s” dicabut.") % {"name": token.name})
    return redirect("profile")


def _save_person(request: SignedIn, at: datetime) -> HttpResponse:
    form = forms.ProfileForm(request.POST)
    if form.is_valid():
        try:
            services.save(person=request.user, at=at, **form.cleaned_data)
        except ValidationError as error:
            form.take(error)
        else:
            messages.success(request, _("Tersimpan."))
            return remember_language(redirect("profile"), request.user.language)
    return _page(request, at, status=422, person_form=form)


def _save_mails(request: SignedIn, at: datetime) -> HttpResponse:
    form = forms.MailsForm(request.POST, person=request.user)
    if form.is_valid():
        services.choose_mails(person=request.user, at=at, wanted=form.wanted)
        messages.success(request, _("Pilihan surel tersimpan."))
        return redirect(reverse("profile") + "#surel")
    return _page(request, at, status=422, mails_form=form)


def _save_quiet(request: SignedIn, at: datetime) -> HttpResponse:
    form = forms.QuietForm(request.POST)
    if form.is_valid():
        try:
            services.choose_quiet(person=request.user, at=at, **form.cleaned_data)
        except ValidationError as error:
            form.take(error)
        else:
            messages.success(request, _("Waktu tenang tersimpan."))
            return redirect(reverse("profile") + "#tenang")
    return _page(request, at, status=422, quiet_form=form)


def _declare_absence(request: SignedIn, at: datetime) -> HttpResponse:
    form = absences.declare(request, request.user, at)
    if form is None:
        return redirect(reverse("profile") + absences.OWN)
    return _page(request, at, status=422, absence_form=form)


def _make_token(request: SignedIn, at: datetime) -> HttpResponse:
    """Shown once, in the answer itself: a redirect would have to keep the secret somewhere."""
    form = forms.TokenForm(request.POST)
    if form.is_valid():
        try:
            token, raw = tokens.make(person=request.user, at=at, **form.cleaned_data)
        except ValidationError as error:
            form.take(error)
        else:
            return _page(request, at, new_token=token, raw=raw)
    return _page(request, at, status=422, token_form=form)


FORMS: dict[str, Callable[[SignedIn, datetime], HttpResponse]] = {
    "mails": _save_mails,
    "quiet": _save_quiet,
    "absence": _declare_absence,
    "token": _make_token,
}


def _page(request: SignedIn, at: datetime, *, status: int = 200, **given: Any) -> HttpResponse:
    person = request.user
    facts = {name: getattr(person, name) for name in forms.ProfileForm.base_fields}
    quiet_facts = {name: getattr(person, name) for name in forms.QuietForm.base_fields}
    place = quiet.places_of([person])[person.pk]
    context: dict[str, Any] = {
        "at": at,
        "person_form": forms.ProfileForm(initial=facts),
        "mails_form": forms.MailsForm(initial={"kinds": forms.mailed_to(person)}, person=person),
        "quiet_form": forms.QuietForm(initial=quiet_facts),
        "quiet_zone": str(place.zone),
        "quiet_days": _days_off(place),
        "quiet_until": quiet.until([person], at).get(person.pk),
        "token_form": forms.TokenForm(),
        "zones": forms.zones(),
        "always": forms.always_mailed(person),
        "live": list(tokens.live(person, at)),
        "base_url": settings.BASE_URL,
    }
    context |= absences.section(person, at) | devices.section(person)
    return render(request, "calendar_app/profile/profile.html", context | given, status=status)


def _days_off(place: quiet.Place) -> str:
    """What days off are for who is there, in words."""
    days = ", ".join(str(WEEKDAYS[day - 1]) for day in sorted(place.weekend))
    facts = {"days": days, "country": country_name(place.country, place.country)}
    if not days:
        return _("Hari libur nasional %(country)s.") % facts
    return _("%(days)s, dan hari libur nasional %(country)s.") % facts
