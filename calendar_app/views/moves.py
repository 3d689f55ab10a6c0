"""Moving a post: the page and dialog that ask for day and time, what the move means, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from calendar_app import access, clock
from calendar_app.errors import Conflict
from calendar_app.forms.moves import MoveForm, read
from calendar_app.models import Post, Status
from calendar_app.queries import holidays, observances
from calendar_app.queries.tallies import LOOK_OF
from calendar_app.services import moves, schedules
from calendar_app.services.moves import Kind, Moved
from calendar_app.services.schedules import When
from calendar_app.templatetags.selaras import clock_format, zone_name
from calendar_app.views.signed_in import SignedIn
from calendar_app.workflow import Action
from missions.models import Person

# The clock there shows the time twice: the person says which one is meant.
ASK = "ask"


@dataclass(frozen=True)
class Target:
    """What is typed, understood: the time where it is one, what moving there means (`brief`: in two words), and how
    far it is from the time it has, on which day (`day`, `off`, `occasions`)."""

    kind: str
    text: str
    brief: str
    when: When | None = None
    day: date | None = None
    elsewhere: str = ""
    shift: str = ""
    off: bool = False
    occasions: tuple[str, ...] = ()


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
def post_move(request: SignedIn, pk: int) -> HttpResponse:
    """The page that asks when; for a script only the dialog, or with `?meaning` only what the move would mean. Posted,
    the move itself."""
    at = clock.now()
    post = access.post_for_action(request.user, pk, Action.RESCHEDULE)
    is_sent = request.method == "POST"
    form = read(request.POST if is_sent else request.GET, post, is_sent=is_sent)
    if not is_sent:
        return _show(request, post, form, at)
    conflict: Conflict | None = None
    status = 422
    if form.is_valid():
        try:
            when = form.when(post)
            version, agreed = form.cleaned_data["version"], form.agrees_to(when)
            moved = moves.move(post=post, by=request.user, version=version, at=at, when=when, agreed=agreed)
            return _moved(request, moved, form)
        except schedules.NotAgreedError:
            pass  # what is shown asks for it
        except ValidationError as error:
            form.take(error)
        except Conflict as refused:
            # what was typed stays, on top of the post as it is now
            post = access.post_for_action(request.user, pk, Action.RESCHEDULE)
            form = read(_on_version(request, post), post, is_sent=True)
            conflict, status = refused, 409
    return _show(request, post, form, at, conflict=conflict, status=status)


def _on_version(request: SignedIn, post: Post) -> QueryDict:
    data = request.POST.copy()
    data["version"] = str(post.version)
    return data


def _show(
    request: SignedIn, post: Post, form: MoveForm, at: datetime, *, conflict: Conflict | None = None, status: int = 200
) -> HttpResponse:
    stopped = moves.obstacle(post, request.user, at)
    # a script that asks what would be, and is told that nothing can, got its answer
    if stopped and (request.method == "POST" or not _is_part(request)):
        status = 409
    context = {
        "at": at,
        "post": post,
        "shown_zone": form.zone,
        "form": form,
        "stopped": stopped,
        "target": None if stopped else _target(form, post, request.user, at),
        "look": LOOK_OF[post.status] if post.status != Status.MISSED else LOOK_OF[Status.APPROVED],
        "window": schedules.window(post) if post.approved_revision_id else None,
        "is_approved": bool(post.approved_revision_id),
        "conflict": conflict,
        "next": _way_back(request),
    }
    part = "meaning" if "meaning" in request.GET and not stopped else "dialog" if _is_part(request) else "page"
    return render(request, f"calendar_app/moves/{part}.html", context, status=status)


def _target(form: MoveForm, post: Post, by: Person, at: datetime) -> Target:
    try:
        when = form.when(post)
    except ValidationError as error:
        problems = error.message_dict
        kind = ASK if "fold" in problems else Kind.REFUSED
        return Target(kind, " ".join(text for texts in problems.values() for text in texts), _brief(kind, post))
    meant = moves.meaning(post=post, by=by, at=at, when=when)
    day = when.local_date
    closed = holidays.of(post.mission, day, holidays.on([day], [post.mission]))
    occasions = observances.on([day]).get(day, [])
    return Target(
        kind=meant.kind,
        text=meant.text,
        brief=_brief(meant.kind, post),
        when=when,
        day=when.instant.astimezone(ZoneInfo(form.zone)).date(),
        elsewhere=_elsewhere(when, form.zone),
        shift=_shift(post, when, form.zone),
        off=bool(closed) or day.isoweekday() in post.mission.weekend,
        occasions=tuple(f"{free.name} ({free.country})" for free in closed) + tuple(o.name for o in occasions),
    )


def _brief(kind: str, post: Post) -> str:
    if kind == Kind.STAYS and post.approved_revision_id:
        return _("Tetap disetujui") if post.status == Status.APPROVED else _("Disetujui lagi")
    words = {
        Kind.SAME: _("Waktunya sekarang"),
        Kind.STAYS: _("Tetap %(status)s") % {"status": str(post.get_status_display()).lower()},
        Kind.REVIEW: _("Ditinjau ulang"),
        Kind.REFUSED: _("Tidak bisa"),
        ASK: _("Jam ini dua kali"),
    }
    return words[kind]


def _elsewhere(when: When, zone: str) -> str:
    """What the clocks of the post's own zone and of Jakarta show then, where the page shows neither: "07.00 WIB"; with
    the day where it is another there."""
    here = when.instant.astimezone(ZoneInfo(zone))
    shown = []
    for name in dict.fromkeys([when.timezone, settings.HQ_TIMEZONE]):
        there = when.instant.astimezone(ZoneInfo(name))
        pattern = clock_format() if there.date() == here.date() else f"D, j M, {clock_format()}"
        if name != zone:
            shown.append(f"{formats.date_format(there, pattern)} {zone_name(name)}")
    return " · ".join(shown)


def _shift(post: Post, when: When, zone: str) -> str:
    """How far the move is, as the clock of the page shows it: "1 hari lebih awal", "2 jam lebih lambat"."""
    if post.scheduled_at is None or post.scheduled_at == when.instant:
        return ""
    old, new = (moment.astimezone(ZoneInfo(zone)) for moment in (post.scheduled_at, when.instant))
    later = new > old
    if days := abs((new.date() - old.date()).days):
        words = (
            ngettext("%d hari lebih lambat", "%d hari lebih lambat", days)
            if later
            else ngettext("%d hari lebih awal", "%d hari lebih awal", days)
        )
        return words % days
    hours, minutes = divmod(int(abs((when.instant - post.scheduled_at).total_seconds())) // 60, 60)
    length = " ".join(
        [ngettext("%d jam", "%d jam", hours) % hours] * bool(hours)
        + [ngettext("%d menit", "%d menit", minutes) % minutes] * bool(minutes)
    )
    return (_("%s lebih lambat") if later else _("%s lebih awal")) % length


def _moved(request: SignedIn, moved: Moved, form: MoveForm) -> HttpResponse:
    """Back to where the person came from; for a script what to say, with the way back where there is one."""
    is_undone = "undo" in request.POST
    text = _words(moved, form.zone, is_undone=is_undone)
    if not _is_part(request):
        messages.success(request, text)
        return redirect(_way_back(request) or reverse("post", args=[moved.post.pk]))
    context = {"post": moved.post, "text": text, "back": None if is_undone else moved.back}
    return render(request, "calendar_app/moves/moved.html", context)


def _words(moved: Moved, zone: str, *, is_undone: bool) -> str:
    post = moved.post
    assert post.scheduled_at is not None
    shown = formats.date_format(post.scheduled_at.astimezone(ZoneInfo(zone)), f"D, j M Y, {clock_format()}")
    there = f"{shown} {zone_name(zone)}"
    if moved.kind == Kind.SAME:
        return _("Waktunya tetap %(when)s.") % {"when": there}
    if is_undone:
        return _("Dikembalikan ke %(when)s.") % {"when": there}
    words = [_("Dipindahkan ke %(when)s.") % {"when": there}]
    if moved.kind == Kind.REVIEW:
        words.append(_("Sekarang menunggu tinjauan Pusat lagi."))
    elif post.approved_revision_id:
        words.append(_("Tetap disetujui."))
    return " ".join(words)


def _way_back(request: SignedIn) -> str:
    """The calendar's address that the person came from: named by the form, else by the browser; "" for none."""
    named = request.POST.get("next") or request.GET.get("next") or ""
    if not named:
        came = urlsplit(request.headers.get("Referer", ""))
        if came.netloc != request.get_host() or came.path != reverse("calendar"):
            return ""
        named = f"{came.path}?{came.query}" if came.query else came.path
    is_ours = url_has_allowed_host_and_scheme(named, {request.get_host()}, require_https=request.is_secure())
    return named if is_ours else ""


def _is_part(request: SignedIn) -> bool:
    return "HX-Request" in request.headers
