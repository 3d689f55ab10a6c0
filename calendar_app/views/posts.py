"""Posts: the list, the composer, one post's page, and the live count of a text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from calendar_app import access, clock, networks, workflow
from calendar_app.errors import Conflict
from calendar_app.forms.actions import MissionChoiceForm
from calendar_app.forms.filters import FilterForm
from calendar_app.forms.posts import ComposerForm, composer_for
from calendar_app.languages import LANGUAGES
from calendar_app.models import Post, Status
from calendar_app.queries import posts as queries
from calendar_app.queries import search
from calendar_app.queries.acknowledgements import on_post
from calendar_app.queries.completeness import missing, still_missing
from calendar_app.queries.filters import Filters, is_due
from calendar_app.queries.history import history
from calendar_app.queries.holds import in_force
from calendar_app.queries.reminders import ahead
from calendar_app.queries.strip import strip
from calendar_app.services import drafts, submissions
from calendar_app.views.compare import sides
from calendar_app.views.signed_in import SignedIn
from calendar_app.workflow import NO_HOLD, Action, Facts
from missions.access import mission_for, missions_for, missions_to_write_for, require
from missions.models import Mission
from missions.roles import Permission, can

# Where a post's page leads for each action, by the name of the address; the words where they are not the action's own.
PLACES: dict[Action, tuple[str, str | Promise]] = {
    Action.SAVE: ("post_edit", gettext_lazy("Sunting")),
    Action.RESCHEDULE: ("post_move", ""),
    Action.MARK_PUBLISHED: ("post_publish", pgettext_lazy("tombol", "Tayangkan")),
    Action.APPROVE: ("review", gettext_lazy("Tinjau")),
    Action.REVIEW_AFTERWARDS: ("review", gettext_lazy("Tinjau sesudah tayang")),
    Action.PUBLISH_URGENT: ("post_urgent", ""),
}
# Done with one press, since the next person, or oneself, can undo it.
AT_ONCE = (Action.SUBMIT, Action.SIGN_OFF, Action.WITHDRAW)
DANGEROUS = (Action.CANCEL, Action.DELETE, Action.RETRACT, Action.RECALL)
# What the composer's buttons do after saving.
AFTER_SAVING = {"submit": submissions.submit, "sign_off": submissions.sign_off}


@require_safe
def posts(request: SignedIn) -> HttpResponse:
    """All posts that the person may read, filtered, latest time first. A search also finds missions and themes."""
    at = clock.now()
    filters, errors = Filters.parse_leniently(request.GET)
    request.holds, request.missions = in_force(), list(missions_for(request.user))
    found = filters.apply(access.posts_for(request.user), at=at, holds=request.holds)
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    page = queries.page(found, at=at, holds=request.holds, after=after, before=before)
    query = filters.as_query()
    context = {
        "at": at,
        "page": page,
        "filters": filters,
        "errors": errors,
        "named": search.by_name(request.user, filters.q),
        "form": FilterForm(query, missions=request.missions),
        "previous": f"?{urlencode(query | {'before': page.previous})}" if page.previous else None,
        "next": f"?{urlencode(query | {'after': page.next})}" if page.next else None,
        "may_write": missions_to_write_for(request.user).exists(),
    }
    return render(request, "calendar_app/posts/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def post_new(request: SignedIn) -> HttpResponse:
    """The composer for a new post. Whoever writes for several missions says first for which."""
    at = clock.now()
    mission = _mission_to_write(request)
    if mission is None:
        form = MissionChoiceForm(missions=list(missions_to_write_for(request.user)))
        return render(request, "calendar_app/posts/choose_mission.html", {"form": form, "at": at})
    if request.method != "POST":
        return _composer(request, composer_for(mission, initial=_asked_for(request.GET)), at=at)
    composer = composer_for(mission, data=request.POST)
    if composer.is_valid():
        try:
            post = drafts.create(mission=mission, by=request.user, at=at, data=composer.data_for_service())
        except ValidationError as error:
            composer.take(error)
        else:
            return _after_saving(request, post, at)
    return _composer(request, composer, at=at, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def post_edit(request: SignedIn, pk: int) -> HttpResponse:
    """The composer for an existing post. `?periksa=1` shows beside the fields what is missing."""
    at = clock.now()
    post = access.post_for(request.user, pk, Permission.WRITE_POST)
    if request.method != "POST":
        try:
            workflow.require(post, Action.SAVE, request.user, at)
        except Conflict as conflict:
            # mostly Back, after submitting
            messages.warning(request, conflict.message)
            return redirect("post", pk)
        composer = composer_for(post.mission, post=post)
        if "periksa" in request.GET:
            composer.point_out(missing(post, at))
        return _composer(request, composer, at=at, post=post)
    composer = composer_for(post.mission, post=post, data=request.POST)
    if composer.is_valid():
        try:
            version = composer.cleaned_data["version"] or 0
            post = drafts.save(post=post, by=request.user, version=version, at=at, data=composer.data_for_service())
        except ValidationError as error:
            composer.take(error)
        except Conflict as conflict:
            return _stale(request, pk, composer, conflict, at=at)
        else:
            return _after_saving(request, post, at)
    elif composer.is_stale(post):
        return _stale(request, pk, composer, None, at=at)
    return _composer(request, composer, at=at, post=post, status=422)


@require_safe
def post(request: SignedIn, pk: int) -> HttpResponse:
    """One post: what it says, where it waits, what may be done next, and everything that happened to it."""
    at = clock.now()
    found = access.post_for(request.user, pk)
    facts = Facts(found)
    request.holds = in_force()
    possible, impossible = queries.offers(found, request.user, at, facts)
    story = history(found)
    themes = story.revisions[-1].revision.ordered_themes if story.revisions else []
    context = {
        "at": at,
        "post": found,
        "shown_zone": found.timezone,
        "channels": queries.channels(found),
        "waiting": queries.waiting(found, at, facts),
        "holds": queries.holds_over(found, facts),
        "is_due": is_due(found, at),
        "themes": themes,
        "same_themes": story.approval is not None and [row.theme for row in story.approval.themes.all()] == themes,
        "language": LANGUAGES.get(found.language, found.language),
        "buttons": [_button(offer, found) for offer in possible],
        # under a hold, what went out before it
        "may_confirm": workflow.check(found, Action.MARK_PUBLISHED, request.user, at, facts=facts, waived=(NO_HOLD,)),
        "impossible": impossible,
        "missing": still_missing(found, at),
        "reminders": ahead(found, at, request.holds),
        "history": story,
        "answer": on_post(found, request.user, at),
    }
    return render(request, "calendar_app/posts/post.html", context)


@require_POST
def post_count(request: HttpRequest) -> HttpResponse:
    """How long the texts of the composer are on their `networks`, and what is wrong with them: the very check that
    submitting uses.

    The fields are those of the composer (main_text, text_x, title_youtube, …): one question for all channels. Answers
    code → length, limit, unit, valid, errors, and `fits`: how many UTF-16 units of the text go out. `text` is there
    where the text that goes out is another than the one that was sent.
    """
    typed = request.POST
    codes = typed.getlist("networks")
    known = queries.networks_of(codes)
    if not known or set(codes) - set(known):
        return JsonResponse({"detail": _("Kanal ini tidak dikenal.")}, status=404)
    answer = {}
    for code, network in known.items():
        own = typed.get(f"text_{code}", "")
        text = own if own.strip() else typed.get("main_text", "")
        count = networks.count(network.limits, text, typed.get(f"title_{code}", ""))
        answer[code] = {
            "length": count.length,
            "limit": count.limit,
            "unit": count.unit_name,
            "valid": count.valid,
            "errors": count.errors,
            "fits": networks.fits(network.limits, text),
        }
        if (normal := networks.normalise(text[: networks.MAX_TEXT])) != text:
            answer[code]["text"] = normal
    return JsonResponse(answer)


@require_safe
def post_week(request: SignedIn) -> HttpResponse:
    """The week of the date that is being chosen, as a part of the composer (`?mission=&date=&theme=&post=`)."""
    query = request.GET
    mission = _mission_to_write(request)
    if mission is None:
        raise Http404
    post = query.get("post", "")
    week = strip(
        request.user,
        mission,
        _day(query.get("date", "")),
        clock.now(),
        theme=queries.theme_of(query.get("theme", "")),
        post=int(post) if post.isdecimal() and len(post) < 19 else None,
    )
    return render(request, "calendar_app/posts/week.html", {"strip": week, "mission": mission, "post_pk": post})


# Parts of the above --------------------------------------------------------------------


@dataclass(frozen=True)
class Button:
    """What a person may do next with a post: a form that does it at once, or a link to the page that asks."""

    name: str
    url: str
    posts: bool
    is_dangerous: bool


def _button(offer: queries.Offer, post: Post) -> Button:
    place, words = PLACES.get(offer.action, (f"post_{offer.action}", ""))
    return Button(
        name=str(words) or offer.name,
        url=reverse(place, args=[post.pk]),
        posts=offer.action in AT_ONCE,
        is_dangerous=offer.action in DANGEROUS,
    )


def _mission_to_write(request: SignedIn) -> Mission | None:
    """The mission that is asked for, or the person's only one; None when they have to choose. Raises as access does."""
    code = request.POST.get("mission") or request.GET.get("mission")
    if code:
        return mission_for(request.user, code, Permission.WRITE_POST)
    mine = list(missions_to_write_for(request.user)[:2])
    if not mine:
        require(request.user, Permission.WRITE_POST)
    return mine[0] if len(mine) == 1 else None


def _asked_for(query: QueryDict) -> dict[str, Any]:
    """What the address fills in: a click on an empty hour of the calendar, or on a theme."""
    initial: dict[str, Any] = {name: query[name][:10] for name in ("date", "time") if query.get(name)}
    if query.get("theme"):
        initial |= {"themes": [query["theme"]], "themes_order": query["theme"]}
    return initial


def _day(text: str) -> date | None:
    """A date as a browser sends it; None for anything else, and for what no calendar shows."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and 2000 <= day.year <= 2100 else None


def _composer(
    request: SignedIn, form: ComposerForm, *, at: Any, post: Post | None = None, status: int = 200, **context: Any
) -> HttpResponse:
    person, mission = request.user, form.mission
    signs = post is not None and bool(workflow.check(post, Action.SIGN_OFF, person, at))
    context = {
        "conflict": None,
        "may_save": True,
        "at": at,
        "form": form,
        "post": post,
        "mission": mission,
        "shown_zone": form.zone,
        "checklist": (checklist := form.checklist(missing(post, at) if post else None)),
        "complete": sum(item.state == "ok" for item in checklist),
        "lacking": [item for item in checklist if item.state != "ok"],
        "is_wrong": any(item.state == "err" for item in checklist),
        "asked": queries.waiting(post, at, Facts(post)) if post and post.status == Status.CHANGES_REQUESTED else None,
        "strip": strip(
            person, mission, _day(str(form["date"].value() or "")), at, theme=form.first, post=post.pk if post else None
        ),
        "signs": signs,
        "is_head": bool(can(person, Permission.SIGN_OFF, form.mission)),
        "submits": post is None or post.status != Status.SIGNOFF,
        "is_unsaved": form.is_bound,
    } | context
    return render(request, "calendar_app/posts/composer.html", context, status=status)


def _stale(request: SignedIn, pk: int, form: ComposerForm, conflict: Conflict | None, *, at: Any) -> HttpResponse:
    """409: both texts side by side, what was typed still in the form, which now stands on the newest version."""
    post = access.post_for(request.user, pk, Permission.WRITE_POST)
    again = composer_for(post.mission, post=post, data=form.on_version(post.version))
    conflict = conflict or workflow.overtaken(_("Unggahan ini sudah berubah sejak Anda membukanya."), post)
    verdict = workflow.check(post, Action.SAVE, request.user, at)
    return _composer(
        request,
        again.without_complaints(),
        at=at,
        post=post,
        status=409,
        conflict=conflict,
        rows=sides(form.data_for_service(), drafts.as_data(post)),
        may_save=bool(verdict),
        may_withdraw=bool(workflow.check(post, Action.WITHDRAW, request.user, at)),
    )


def _after_saving(request: SignedIn, post: Post, at: Any) -> HttpResponse:
    """What the pressed button asks for, once the text is safe: back to the composer, or on to the next person."""
    goes_on = AFTER_SAVING.get(request.POST.get("do", ""))
    if goes_on is None:
        messages.success(request, _("Tersimpan."))
        return redirect("post_edit" if post.status in (Status.DRAFT, Status.CHANGES_REQUESTED) else "post", post.pk)
    try:
        post = goes_on(post=post, by=request.user, version=post.version, at=at)
    except ValidationError:
        return redirect(f"{reverse('post_edit', args=[post.pk])}?periksa=1")
    messages.success(request, queries.now_waiting(post))
    return redirect("post", post.pk)
