"""Themes: the tree with guidance, and one theme."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from calendar_app import access, clock
from calendar_app.queries import themes as queries
from calendar_app.views.signed_in import SignedIn
from missions.access import missions_to_write_for


@require_safe
def themes(request: SignedIn) -> HttpResponse:
    """The six branches with their themes, and how often each is on the calendar this week."""
    at = clock.now()
    context = {"at": at, "branches": queries.tree(request.user, at), "week": queries.week_of(at)}
    return render(request, "calendar_app/themes/list.html", context)


@require_safe
def theme(request: SignedIn, code: str) -> HttpResponse:
    """One theme: what it is for, how to write for it, and its posts of this week."""
    at = clock.now()
    found = access.theme(code)
    context = {
        "at": at,
        "theme": found,
        "leaves": queries.leaves(found),
        "tally": queries.week_tally(request.user, found, at),
        "week": queries.week_of(at),
        "may_write": missions_to_write_for(request.user).exists(),
    }
    return render(request, "calendar_app/themes/theme.html", context)
