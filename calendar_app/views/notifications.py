"""The notices of one person, and the number beside the bell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from calendar_app import access, clock
from calendar_app.messages import Notice, told
from calendar_app.queries import cursors
from calendar_app.queries import notifications as queries
from calendar_app.queries.notifications import Row
from calendar_app.services import notifications as services
from calendar_app.views.frame import Frame
from calendar_app.views.signed_in import SignedIn

PAGE = 30


@dataclass
class Told:
    """A notice in words."""

    row: Row
    words: Notice


@dataclass
class Thread:
    """The newest notice of a day about one post, and those before it."""

    newest: Told
    older: list[Told] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        return any(one.row.notice.read_at is None for one in [self.newest, *self.older])


@require_safe
def notifications(request: SignedIn) -> HttpResponse:
    """Newest first, by the days of the person's own calendar; `?after=` is the number of the last one before."""
    at, person = clock.now(), request.user
    frame = Frame(request)
    request.missions = frame.missions
    zone = ZoneInfo(frame.home_zone)
    found = queries.with_all(access.notifications_for(person))
    cursor = cursors.read(request.GET.get("after", ""), "number")
    if cursor:
        found = found.filter(cursors.behind(("-pk",), cursor))
    notices = list(found[: PAGE + 1])
    more, notices = len(notices) > PAGE, notices[:PAGE]
    rows = [Told(row, told(row.notice, person, row.data)) for row in queries.rows(notices, person)]
    days = groupby(rows, key=lambda one: one.row.notice.created_at.astimezone(zone).date())
    today = at.astimezone(zone).date()
    context = {
        "at": at,
        "shown_zone": frame.home_zone,
        "zone": frame.home_zone,
        "days": [(day, _threads(group)) for day, group in days],
        "today": today,
        "yesterday": today - timedelta(days=1),
        "next": f"?after={notices[-1].pk}" if more else None,
        "previous": reverse("notifications") if cursor else None,
    }
    return render(request, "calendar_app/notifications/list.html", context)


def _threads(rows: Iterable[Told]) -> list[Thread]:
    """Notices about the same post together, in the place of the newest."""
    threads: list[Thread] = []
    by_post: dict[int, Thread] = {}
    for one in rows:
        post = one.row.notice.post_id
        if post in by_post:
            by_post[post].older.append(one)
            continue
        threads.append(Thread(one))
        if post is not None:
            by_post[post] = threads[-1]
    return threads


@require_safe
def notifications_count(request: SignedIn) -> HttpResponse:
    """The number beside the bell, for `bell.js`: 304 while nothing has changed since the ETag it names. `?after=` is
    the newest notice it knows, `?since=` when its page was made (Unix seconds): what came later is told by name."""
    bell = queries.bell(request.user)
    etag = f'W/"{bell.unread}-{bell.newest}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    answer = {
        "unread": bell.unread,
        "newest": bell.newest,
        "label": _bell_words(bell.unread),
        "text": ngettext("%(n)d pemberitahuan belum dibaca", "%(n)d pemberitahuan belum dibaca", bell.unread)
        % {"n": bell.unread},
        "new": [_in_short(request, row) for row in _new(request)] if bell.unread else [],
    }
    return JsonResponse(answer, headers={"ETag": etag})


def _bell_words(unread: int) -> str:
    if not unread:
        return _("Pemberitahuan")
    return ngettext("Pemberitahuan, %(n)s baru", "Pemberitahuan, %(n)s baru", unread) % {"n": unread}


def _new(request: SignedIn) -> list[Row]:
    after, since = (_number(request.GET.get(name, "")) for name in ("after", "since"))
    if after is None and since is None:
        return []
    moment = None if since is None else datetime.fromtimestamp(since, UTC)
    return queries.rows(queries.new(request.user, after=after, since=moment), request.user)


def _number(text: str) -> int | None:
    # what the database and the calendar can hold
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 11 else None


def _in_short(request: SignedIn, row: Row) -> dict[str, object]:
    words = told(row.notice, request.user, row.data)
    return {
        "id": row.notice.pk,
        "title": words.title,
        "step": words.step,
        "open": reverse("notification_open", args=[row.notice.pk]),
    }


@require_POST
def notification_open(request: SignedIn, pk: int) -> HttpResponse:
    """Mark it as read, with the older ones of its post, and go where it leads."""
    found = access.notification_for(request.user, pk)
    services.read_with_older(notification=found, at=clock.now())
    # not from outside: `messages` makes every one of these addresses, and all are of this site
    return redirect(told(found, request.user).url)


@require_POST
def notifications_read_all(request: SignedIn) -> HttpResponse:
    """Mark all as read."""
    count = services.read_all(person=request.user, at=clock.now())
    if count:
        text = ngettext("%(n)d ditandai sudah dibaca.", "%(n)d ditandai sudah dibaca.", count)
        messages.success(request, text % {"n": count})
    else:
        messages.info(request, _("Semua sudah dibaca."))
    return redirect("notifications")
