"""What a request is behind LoginRequiredMiddleware."""

from __future__ import annotations

from django.http import HttpRequest

from missions.models import Person


class SignedIn(HttpRequest):
    """A request whose user is a person. Only for annotations: every view without `login_not_required` gets one."""

    user: Person
    # open rounds of review, where the view has counted them (`views/frame.py`)
    waiting: int
