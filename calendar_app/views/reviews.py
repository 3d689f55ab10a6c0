"""The review queue over all missions, and the page on which an editor decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from calendar_app import access, clock
from calendar_app.errors import Conflict
from calendar_app.forms import reviews as forms
from calendar_app.languages import LANGUAGES
from calendar_app.models import Post
from calendar_app.queries import posts as post_queries
from calendar_app.queries import reviews as queries
from calendar_app.queries.filters import Filters
from calendar_app.queries.offered import Offered
from calendar_app.services import reviews as services
from calendar_app.views.signed_in import SignedIn
from calendar_app.workflow import Facts
from missions.access import require
from missions.roles import Permission, can

# How many of the queue stand beside a post, and how much of a title a message repeats.
ASIDE, TITLE = 40, 60


@require_safe
def review_queue(request: SignedIn) -> HttpResponse:
    """Everything that waits for headquarters, most urgent first."""
    at = clock.now()
    access.require_reader_of_reviews(request.user)
    offered = Offered()
    filters, due, errors = _filters(request, offered)
    page = queries.page(request.user, filters, at, due=due, after=request.GET.get("after", ""))
    query = _query(filters, due)
    context = {
        "at": at,
        "page": page,
        "groups": queries.groups(page, at),
        "form": forms.QueueForm(query, offered),
        "counts": _counts(request, at),
        "is_filtered": bool(query),
        "errors": errors,
        "query": f"?{urlencode(query)}" if query else "",
        "previous": f"?{urlencode(query)}" if request.GET.get("after") else None,
        "next": f"?{urlencode(query | {'after': page.following})}" if page.following else None,
    }
    return render(request, "calendar_app/reviews/queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: SignedIn, pk: int) -> HttpResponse:
    """A post with all that helps to decide; posted, the decision, and then the next in the queue."""
    at = clock.now()
    post = access.reviewed_post_for(request.user, pk)
    if request.method != "POST":
        return _desk(request, post, at)
    require(request.user, Permission.REVIEW)
    form = forms.DecisionForm(request.POST)
    if not form.is_valid():
        return _desk(request, post, at, form=form, status=422)
    try:
        message = DECISIONS[form.cleaned_data["do"]](post, request.user, at, form)
    except ValidationError as error:
        form.take(error)
        return _desk(request, post, at, form=form, status=422)
    except Conflict as conflict:
        return _overtaken(request, pk, at, form, conflict)
    messages.success(request, f"{message} {post.mission.name}, {Truncator(str(post)).chars(TITLE)}")
    filters, due, _errors = _filters(request)
    following = queries.next_after(request.user, filters, at, post, due=due)
    query = urlencode(_query(filters, due))
    place = reverse("review", args=[following.pk]) if following else reverse("review_queue")
    return redirect(f"{place}?{query}" if query else place)


# What each button does -----------------------------------------------------------------


def _approve(post: Post, by: Any, at: datetime, form: forms.DecisionForm) -> str:
    data = form.cleaned_data
    services.approve(post=post, by=by, at=at, version=data["version"], content_hash=data["content_hash"], **form.typed)
    return _("Disetujui:")


def _request_changes(post: Post, by: Any, at: datetime, form: forms.DecisionForm) -> str:
    data = form.cleaned_data
    services.request_changes(post=post, by=by, at=at, version=data["version"], comment=data["note"])
    return _("Diminta perbaikan:")


def _decline(post: Post, by: Any, at: datetime, form: forms.DecisionForm) -> str:
    data = form.cleaned_data
    services.decline(post=post, by=by, at=at, version=data["version"], comment=data["note"])
    return _("Ditolak:")


def _afterwards(post: Post, by: Any, at: datetime, form: forms.DecisionForm) -> str:
    data = form.cleaned_data
    services.review_afterwards(
        post=post,
        by=by,
        at=at,
        version=data["version"],
        outcome=data["do"],
        comment=data["note"],
        primary_theme=data["primary_theme"],
        alignment=data["alignment"],
    )
    return _("Dibiarkan tayang:") if data["do"] == forms.KEEP else _("Ditarik:")


DECISIONS: dict[str, Callable[[Post, Any, datetime, forms.DecisionForm], str]] = {
    forms.APPROVE: _approve,
    forms.REQUEST_CHANGES: _request_changes,
    forms.DECLINE: _decline,
    forms.KEEP: _afterwards,
    forms.RETRACT: _afterwards,
}


# The page ------------------------------------------------------------------------------


def _overtaken(request: SignedIn, pk: int, at: datetime, form: forms.DecisionForm, conflict: Conflict) -> HttpResponse:
    """409: who, what and when on top, the newest version below, and what was typed still in the form."""
    post = access.reviewed_post_for(request.user, pk)
    revision = post.current_revision
    again = form.on(post.version, revision.content_hash if revision else "")
    return _desk(request, post, at, form=again, status=409, conflict=conflict, typed=form.cleaned_data["note"])


def _desk(
    request: SignedIn,
    post: Post,
    at: datetime,
    *,
    form: forms.DecisionForm | None = None,
    status: int = 200,
    conflict: Conflict | None = None,
    typed: str = "",
) -> HttpResponse:
    facts = Facts(post)
    desk = queries.desk(post, request.user, at, facts)
    filters, due, _errors = _filters(request)
    query = _query(filters, due)
    form = form or _fresh_form(desk)
    proposed, others = form.picks(desk.themes)
    context = {
        "at": at,
        "post": post,
        "desk": desk,
        "language": LANGUAGES.get(desk.revision.language, desk.revision.language),
        "form": form,
        "proposed": proposed,
        "others": others,
        "conflict": conflict,
        "winner": queries.closed_by(post) if conflict and desk.review is None else None,
        "typed": typed,
        "holds": post_queries.holds_over(post, facts),
        "earlier": desk.earlier if desk.review else desk.earlier[1:],
        "mix": queries.mix_of_mission(post, at),
        "adds": desk.themes[0].letter if desk.themes and desk.review and not desk.is_afterwards else "",
        "queue": queries.around(request.user, filters, at, post, due=due, size=ASIDE),
        "counts": _counts(request, at),
        "query": f"?{urlencode(query)}" if query else "",
        "may_review": bool(can(request.user, Permission.REVIEW)),
    }
    return render(request, "calendar_app/reviews/review.html", context, status=status)


def _counts(request: SignedIn, at: datetime) -> dict[str, int]:
    """How much waits; the frame shows the same number and need not count again."""
    counts = queries.counts(at)
    request.waiting = counts["waiting"]
    return counts


def _fresh_form(desk: queries.Desk) -> forms.DecisionForm:
    """The mission's first proposal is chosen already; how well it is aligned is for the editor to say."""
    active = [theme.code for theme in desk.themes if theme.is_active]
    initial = {
        "version": desk.post.version,
        "content_hash": desk.revision.content_hash,
        "primary_theme": active[0] if active else "",
        "secondary_themes": active[1:],
    }
    return forms.DecisionForm(initial=initial)


def _filters(request: SignedIn, offered: Offered | None = None) -> tuple[Filters, str, dict[str, list[str]]]:
    """Region, theme and deadline as the address says."""
    wanted = {name: request.GET.get(name, "") for name in ("region", "theme")}
    filters, errors = Filters.parse_leniently(wanted, offered)
    due = request.GET.get("due", "")
    if due and due not in (queries.LATE, queries.TODAY, queries.WEEK):
        errors["due"] = [_("Tenggat “%(value)s” tidak dikenal.") % {"value": due[:60]}]
        due = ""
    return filters, due, errors


def _query(filters: Filters, due: str) -> dict[str, str]:
    return filters.as_query() | ({"due": due} if due else {})
