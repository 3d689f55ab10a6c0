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
    """The six branches with their themes, how often each was used of late, and how often it is on this week."""
    at = clock.now()
    branches = queries.tree(request.user, at)
    context = {
        "at": at,
        "branches": branches,
        "silent": sum(branch.silent for branch in branches),
        "themes": sum(len(branch.leaves) for branch in branches),
        "lately": queries.LATELY,
    }
    return render(request, "calendar_app/themes/list.html", context)


@require_safe
def theme(request: SignedIn, code: str) -> HttpResponse:
    """One theme: what it is for, how to write for it, how often it was used of late, and its posts of this week."""
    at = clock.now()
    found = access.theme(code)
    context = {
        "at": at,
        "theme": found,
        "leaves": queries.leaves(found),
        "tally": queries.week_tally(request.user, found, at),
        "use": queries.use(request.user, found, at),
        "lately": queries.LATELY,
        "may_write": missions_to_write_for(request.user).exists(),
    }
    return render(request, "calendar_app/themes/theme.html", context)
