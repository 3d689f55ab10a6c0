"""Publishing by hand: the approved text, channel by channel, and what became of it. And publishing in a crisis."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from calendar_app import access, clock, networks, workflow
from calendar_app.errors import Conflict
from calendar_app.forms.actions import ChannelForm, UrgentChannelForm, UrgentForm
from calendar_app.models import Post, Status
from calendar_app.queries import posts as queries
from calendar_app.queries.acknowledgements import on_post
from calendar_app.services import publishing
from calendar_app.services.publishing import MIN_URGENT_REASON
from calendar_app.views.signed_in import SignedIn
from calendar_app.workflow import NO_HOLD, Action, Facts
from missions.roles import Permission


@require_http_methods(["GET", "HEAD", "POST"])
def post_publish(request: SignedIn, pk: int) -> HttpResponse:
    """The approved texts to copy, and a form for each channel: out with or without a link, or given up."""
    at = clock.now()
    post = access.post_for(request.user, pk, Permission.WRITE_POST)
    _must_be_approved(request, post, at)
    if request.method != "POST":
        return _publish_page(request, post, at)
    form = _typed_channel(request, post)
    if form is None:
        raise workflow.overtaken(_("Kanal ini sudah dikonfirmasi."), post, mine=_typed_words(request))
    if form.is_valid():
        try:
            version = form.cleaned_data["version"] or 0
            post = publishing.mark_published(
                post=post, by=request.user, version=version, at=at, channels=[form.channel()]
            )
        except ValidationError as error:
            form.add_error("given_up" if form.outcome == ChannelForm.GIVEN_UP else "url", _own_words(error))
        except Conflict as conflict:
            post = access.post_for(request.user, pk, Permission.WRITE_POST)
            _must_be_approved(request, post, at)
            return _publish_page(request, post, at, form, status=409, conflict=conflict)
        else:
            messages.success(request, _confirmed_words(post))
            return redirect(f"{reverse('post_publish', args=[pk])}{_next_channel(post)}")
    return _publish_page(request, post, at, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def post_urgent(request: SignedIn, pk: int) -> HttpResponse:
    """A head reports what went out in a crisis before any review; headquarters reviews it afterwards."""
    at = clock.now()
    post = access.post_for(request.user, pk, Permission.PUBLISH_URGENTLY)
    data = request.POST if request.method == "POST" else None
    form = UrgentForm(data, initial={"version": post.version}, themes=queries.crisis_themes())
    rows = [
        (channel, UrgentChannelForm(data, network=channel.network, zone=post.timezone))
        for channel in queries.channels(post)
    ]
    if request.method != "POST":
        workflow.require(post, Action.PUBLISH_URGENT, request.user, at)
    elif all([form.is_valid(), *(row.is_valid() for _channel, row in rows)]):
        typed = {name: form.cleaned_data[name] for name in ("theme", "reason")}
        channels = [row.channel() for _channel, row in rows]
        try:
            publishing.publish_urgent(
                post=post, by=request.user, version=form.cleaned_data["version"], at=at, channels=channels, **typed
            )
        except ValidationError as error:
            form.take(error)
        else:
            messages.success(request, _("Tercatat tayang mendesak. Pusat meninjaunya dalam 24 jam."))
            return redirect("post", pk)
    context = {
        "at": at,
        "post": post,
        "shown_zone": post.timezone,
        "form": form,
        "rows": rows,
        "least": MIN_URGENT_REASON,
        "holds": Facts(post).holds,
    }
    return render(request, "calendar_app/posts/urgent.html", context, status=200 if data is None else 422)


# Parts of the above --------------------------------------------------------------------


def _must_be_approved(request: SignedIn, post: Post, at: datetime) -> None:
    """No text and no steps for what is not approved (any more): a Conflict that keeps the typed link. A hold has its
    own face of the page."""
    if post.status != Status.PUBLISHED:
        typed = _typed_words(request)
        workflow.require(post, Action.MARK_PUBLISHED, request.user, at, waived=(NO_HOLD,), mine=typed)


def _typed_words(request: SignedIn) -> dict[str, str]:
    """The link, or the reason for giving up, as it was typed for one channel."""
    code = request.POST.get("network", "")
    typed = {name: request.POST.get(f"{code}-{name}", "")[:500].strip() for name in ("url", "given_up")}
    return {name: text for name, text in typed.items() if text}


def _typed_channel(request: SignedIn, post: Post) -> ChannelForm | None:
    """The form of the channel that was confirmed; None when that channel is not waiting (any more)."""
    code = request.POST.get("network", "")
    outcome = ChannelForm.GIVEN_UP if request.POST.get("outcome") == ChannelForm.GIVEN_UP else ChannelForm.OUT
    for channel in queries.channels(post):
        if channel.network.code == code and channel.publication is None:
            return ChannelForm(request.POST, network=channel.network, zone=post.timezone, outcome=outcome)
    return None


def _next_channel(post: Post) -> str:
    """Where on the page to go on: at the first channel that is left."""
    left = (channel.network.code for channel in queries.channels(post) if channel.publication is None)
    return next((f"#kanal-{code}" for code in left), "")


def _publish_page(
    request: SignedIn,
    post: Post,
    at: datetime,
    typed: ChannelForm | None = None,
    status: int = 200,
    conflict: Conflict | None = None,
) -> HttpResponse:
    facts = Facts(post)
    channels = queries.channels(post)
    left = [channel.network.code for channel in channels if channel.publication is None]
    wanted = typed.network.code if typed else request.GET.get("kanal", "")
    current = wanted if wanted in left else next(iter(left), "")
    context = {
        "at": at,
        "post": post,
        "shown_zone": post.timezone,
        "conflict": conflict,
        "steps": [_step(post, channel, current, typed, bool(conflict)) for channel in channels],
        "number_out": sum(channel.is_out for channel in channels),
        "number_left": len(left),
        "holds": queries.holds_over(post, facts),
        "approval": queries.approval(post),
        "answer": on_post(post, request.user, at),
        "is_out": facts.is_out,
        "deadline": queries.deadline(post, at),
        "comments_at": queries.comments_at(post, request.user) if post.status == Status.PUBLISHED else None,
    }
    return render(request, "calendar_app/posts/publish.html", context, status=status)


def _step(
    post: Post, channel: queries.Channel, current: str, typed: ChannelForm | None, has_changed: bool
) -> dict[str, Any]:
    """A channel on the publish page; only the current one has forms."""
    step: dict[str, Any] = {"channel": channel, "is_current": channel.network.code == current}
    if not step["is_current"]:
        return step
    forms = {
        outcome: ChannelForm(
            network=channel.network, zone=post.timezone, outcome=outcome, initial={"version": post.version}
        )
        for outcome in (ChannelForm.OUT, ChannelForm.GIVEN_UP)
    }
    if typed and typed.network == channel.network:
        forms[typed.outcome] = typed
    compose_url = networks.compose_url(channel.network.compose_url, channel.variant.text)
    home = next(iter(channel.network.hosts), "")
    return step | {
        "out": forms[ChannelForm.OUT],
        "given_up": forms[ChannelForm.GIVEN_UP],
        "compose_url": compose_url,
        "home_url": f"https://{home}/" if home and not compose_url else "",
        # the version that was read, unless this very page shows what changed
        "version": typed["version"].value() if typed and not has_changed else post.version,
    }


def _own_words(error: ValidationError) -> ValidationError:
    """What the service said of the channels, once: it names them under two keys."""
    if not hasattr(error, "error_dict"):
        return error
    found = error.message_dict
    return ValidationError(found.get("channels") or [text for texts in found.values() for text in texts])


def _confirmed_words(post: Post) -> str:
    if post.status == Status.PUBLISHED:
        return _("Semua kanal selesai. Unggahan ini sudah tayang.")
    return _("Tercatat. Lanjutkan ke kanal berikutnya.")
