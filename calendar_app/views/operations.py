"""Is the product well, and what to do when it is not: for the administrator, in plain words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from calendar_app import clock
from calendar_app.forms.operations import PauseForm
from calendar_app.messages.words import when
from calendar_app.models import State
from calendar_app.queries import health, watch, ways
from calendar_app.queries import operations as queries
from calendar_app.services import alarms, pulse
from calendar_app.services import operations as services
from calendar_app.services import watch as watching
from calendar_app.views.signed_in import SignedIn
from missions.access import require
from missions.roles import Permission


@require_safe
def operations(request: SignedIn) -> HttpResponse:
    """The numbers, what is wrong with the next step for each, and the lists with their buttons."""
    require(request.user, Permission.ADMINISTER)
    return _page(request, clock.now(), PauseForm())


@require_safe
def operations_numbers(request: SignedIn) -> HttpResponse:
    """The numbers alone, which the page asks for again while somebody looks at it."""
    require(request.user, Permission.ADMINISTER)
    return render(request, "calendar_app/operations/numbers.html", _numbers(clock.now()))


@require_POST
def operations_pause(request: SignedIn) -> HttpResponse:
    """Send nothing from now on."""
    require(request.user, Permission.ADMINISTER)
    at, form = clock.now(), PauseForm(request.POST)
    if not form.is_valid():
        return _page(request, at, form, status=422)
    try:
        pause = services.pause(by=request.user, at=at, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return _page(request, at, form, status=422)
    if pause.until:
        until = when(pause.until, settings.HQ_TIMEZONE)
        text = _("Pengiriman dijeda sampai %(until)s. Sesudah itu semua yang masih berlaku dikirim sendiri.")
        messages.success(request, text % {"until": until})
    else:
        messages.success(request, _("Pengiriman dijeda. Pengingat menunggu sampai Anda melanjutkannya."))
    return redirect("operations")


@require_POST
def operations_resume(request: SignedIn, pk: int) -> HttpResponse:
    """Go on sending."""
    require(request.user, Permission.ADMINISTER)
    services.resume(pause=queries.pause(pk), by=request.user, at=clock.now())
    messages.success(request, _("Pengiriman dilanjutkan."))
    return redirect("operations")


@require_POST
def operations_try(request: SignedIn, pk: int) -> HttpResponse:
    """Try a broken way without waiting."""
    require(request.user, Permission.ADMINISTER)
    services.try_now(breaker=queries.breaker(pk), by=request.user, at=clock.now())
    messages.success(request, _("Jalur itu dicoba lagi sekarang."))
    return redirect("operations")


@require_POST
def operations_send(request: SignedIn, pk: int = 0) -> HttpResponse:
    """Send one again, or (without one) what was set aside."""
    require(request.user, Permission.ADMINISTER)
    reminder = queries.reminder(pk) if pk else None
    done = services.send_again(by=request.user, at=clock.now(), reminder=reminder)
    if done:
        text = ngettext("%d pengingat dikirim lagi.", "%d pengingat dikirim lagi.", done) % done
        messages.success(request, text)
    else:
        messages.warning(request, _("Tidak ada yang dikirim lagi: sudah ditangani, atau tidak berlaku lagi."))
    return redirect("operations")


@require_POST
def operations_accept(request: SignedIn, pk: int = 0) -> HttpResponse:
    """Leave one as it is, or (without one) those of a state."""
    require(request.user, Permission.ADMINISTER)
    reminder = queries.reminder(pk) if pk else None
    state = State.FAILED if request.POST.get("state") == State.FAILED else State.UNCERTAIN
    done = services.accept(by=request.user, at=clock.now(), reminder=reminder, state=state)
    messages.success(request, ngettext("%d pengingat dibiarkan.", "%d pengingat dibiarkan.", done) % done)
    return redirect("operations")


def _page(request: SignedIn, at: datetime, form: PauseForm, status: int = 200) -> HttpResponse:
    context = _numbers(at)
    trouble = context["measures"].trouble
    context |= {
        "form": form,
        "set_aside": queries.set_aside(at, trouble.set_aside),
        "uncertain": queries.uncertain(at, trouble.for_good),
        "past": [(row, alarms.WORDS.get(row.kind)) for row in queries.alarms(at)],
        "past_pauses": queries.pauses(at),
        "beats": watch.heartbeats(),
        "most": services.AT_ONCE,
    }
    return render(request, "calendar_app/operations/operations.html", context, status=status)


def _numbers(at: datetime) -> dict[str, Any]:
    measures = watch.measure(at, pauses=pulse.pauses_in_force(at), skew=clock.skew())
    known = {row.kind: row for row in watch.alarms_open()}
    found = {finding.kind.value: finding.detail for finding in watching.judge(measures)}
    # of what was measured just now the watcher's rows tell only since when
    seen = [kind for kind in known if kind not in watching.MEASURED]
    # what is broken is listed way by way, from the first minute on
    kinds = [kind for kind in alarms.WORDS if (kind in found or kind in seen) and kind != alarms.What.BREAKER]
    whole = measures.whole
    return {
        "at": at,
        "measures": measures,
        # what is wrong: as just measured, and what the watcher alone can tell
        "wrong": [
            (
                alarms.WORDS[kind],
                alarms.in_words(kind, found[kind] if kind in found else known[kind].detail),
                known.get(kind),
            )
            for kind in kinds
        ],
        "broken": ways.broken(measures.breakers, at),
        "broken_alarm": known.get(alarms.What.BREAKER),
        "failing": ways.failing(measures.breakers),
        "late": whole.p99 if whole and whole.p99 > watch.OVERDUE.total_seconds() else None,
        "watcher": health.freshness(measures.watcher_age, health.WATCHER_IS_OLD),
        "tick": health.freshness(measures.tick_age, watching.TICK_IS_OLD),
    }
