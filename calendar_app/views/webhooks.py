"""Chat bridges, for the administrator: all of them, one with its log, making and changing one, and trying it out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from calendar_app import access, clock
from calendar_app.forms import webhooks as forms
from calendar_app.models import Kind, Webhook
from calendar_app.queries import webhooks as queries
from calendar_app.services import webhooks as services
from calendar_app.services.couriers.calls import Call
from calendar_app.views.signed_in import SignedIn
from missions.access import require
from missions.roles import Permission

asks = require_http_methods(["GET", "HEAD", "POST"])
# In the session: whose key the next look at its page shows. Never the key, which is derived again.
KEY = "webhook_key"


@require_safe
def webhooks(request: SignedIn) -> HttpResponse:
    """All bridges, and how each is doing."""
    require(request.user, Permission.ADMINISTER)
    return render(request, "calendar_app/webhooks/list.html", {"at": clock.now(), "bridges": queries.bridges()})


@never_cache
@asks
def webhook_new(request: SignedIn) -> HttpResponse:
    """A form; what it would mean; with `confirmed` the bridge itself, whose page then shows its key this once."""
    require(request.user, Permission.ADMINISTER)
    at = clock.now()
    form = forms.WebhookForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not _is_agreed(request, form):
        return _ask(request, at, form, None)
    try:
        webhook, _secret = services.make(by=request.user, at=at, **form.cleaned_data)
    except ValidationError as error:
        form.take(error)
        return _form(request, at, form, None, status=422)
    return _to_key(request, webhook, is_new=True)


@asks
def webhook_edit(request: SignedIn, pk: int) -> HttpResponse:
    """The same for a bridge that is there; its key stays."""
    webhook = access.webhook_for(request.user, pk)
    at = clock.now()
    if request.method != "POST":
        return _form(request, at, forms.WebhookForm(initial=forms.of(webhook)), webhook)
    form = forms.WebhookForm(request.POST)
    if not _is_agreed(request, form):
        return _ask(request, at, form, webhook)
    try:
        services.change(webhook=webhook, by=request.user, at=at, **form.cleaned_data)
    except ValidationError as error:
        form.take(error)
        return _form(request, at, form, webhook, status=422)
    messages.success(request, _("Jembatan “%(name)s” diubah.") % {"name": form.cleaned_data["name"]})
    return redirect("webhook", pk=pk)


@never_cache
@require_safe
def webhook(request: SignedIn, pk: int) -> HttpResponse:
    """One bridge, and what it was sent; `?gagal=1`: only what was set aside. Its key, right after it was made."""
    found = access.webhook_for(request.user, pk)
    promised = request.session.get(KEY) if request.method == "GET" else None
    if promised is None or promised["webhook"] != pk:
        return _page(request, clock.now(), found)
    del request.session[KEY]
    secret = services.key(webhook=found, by=request.user)
    return _page(request, clock.now(), found, secret=secret, is_new=promised["is_new"])


@require_POST
def webhook_rotate(request: SignedIn, pk: int) -> HttpResponse:
    """A new key, which the bridge's page then shows once."""
    found = access.webhook_for(request.user, pk)
    changed, _secret = services.rotate(webhook=found, by=request.user, at=clock.now())
    return _to_key(request, changed, is_new=False)


@require_POST
def webhook_switch(request: SignedIn, pk: int) -> HttpResponse:
    """Off or on, as `to` says."""
    is_active = request.POST.get("to") == "on"
    found = access.webhook_for(request.user, pk)
    services.switch(webhook=found, by=request.user, at=clock.now(), is_active=is_active)
    said = _("Jembatan “%(name)s” dinyalakan.") if is_active else _("Jembatan “%(name)s” dimatikan.")
    messages.success(request, said % {"name": found.name})
    return redirect("webhook", pk=pk)


@require_POST
def webhook_test(request: SignedIn, pk: int) -> HttpResponse:
    """Send a test message, and say what came of it."""
    found = access.webhook_for(request.user, pk)
    _tell(request, services.send_test(webhook=found, by=request.user, at=clock.now()))
    return redirect("webhook", pk=pk)


@require_POST
def webhook_resend(request: SignedIn, pk: int) -> HttpResponse:
    """Send one message again, and say what came of it."""
    reminder = access.call_for(request.user, pk)
    assert reminder.webhook_id is not None
    try:
        _tell(request, services.resend(reminder=reminder, by=request.user, at=clock.now()))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("webhook", pk=reminder.webhook_id)


def _to_key(request: SignedIn, webhook: Webhook, *, is_new: bool) -> HttpResponse:
    """To the bridge's own page, so that loading it again makes nothing."""
    request.session[KEY] = {"webhook": webhook.pk, "is_new": is_new}
    return redirect("webhook", pk=webhook.pk)


def _is_agreed(request: HttpRequest, form: forms.WebhookForm) -> bool:
    return form.is_valid() and "confirmed" in request.POST and "back" not in request.POST


def _ask(request: SignedIn, at: datetime, form: forms.WebhookForm, webhook: Webhook | None) -> HttpResponse:
    """The form, or when it is filled in what it would mean."""
    if not form.is_bound or not form.is_valid() or "back" in request.POST:
        return _form(request, at, form, webhook, status=422 if form.is_bound and not form.is_valid() else 200)
    try:
        services.check(**form.cleaned_data)
    except ValidationError as error:
        form.take(error)
        return _form(request, at, form, webhook, status=422)
    return render(request, "calendar_app/webhooks/confirm.html", {"at": at, "form": form, "webhook": webhook})


def _form(
    request: SignedIn, at: datetime, form: forms.WebhookForm, webhook: Webhook | None, *, status: int = 200
) -> HttpResponse:
    context = {"at": at, "form": form, "webhook": webhook}
    return render(request, "calendar_app/webhooks/form.html", context, status=status)


def _page(request: SignedIn, at: datetime, webhook: Webhook, **given: Any) -> HttpResponse:
    failed = request.GET.get("gagal") == "1"
    tests = queries.trials(webhook)
    context: dict[str, Any] = {
        "at": at,
        "bridge": queries.bridge(webhook, tests),
        "tests": [] if failed else tests,
        "webhook": webhook,
        "messages_sent": queries.messages(webhook, at, failed=failed),
        "failed": failed,
        "most": queries.MOST_MESSAGES,
        "kinds": [Kind(kind).label for kind in webhook.kinds if kind in Kind.values],
    }
    return render(request, "calendar_app/webhooks/webhook.html", context | given)


def _tell(request: SignedIn, call: Call) -> None:
    """What came of a call, as the page's message."""
    if call.is_accepted:
        text = _("Diterima dalam %(ms)d ms (HTTP %(status)s).")
        messages.success(request, text % {"ms": call.milliseconds, "status": call.status})
        return
    answer = f"HTTP {call.status}" if call.status else call.detail.partition(": ")[2]
    what = _("Tidak diterima: %(answer)s.") % {"answer": answer.rstrip(".")}
    messages.error(request, f"{what} {queries.explain(call.status, call.detail)}")
