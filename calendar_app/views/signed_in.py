"""What a request is behind LoginRequiredMiddleware."""

from __future__ import annotations

from django.http import HttpRequest

from calendar_app.models import Hold
from missions.models import Mission, Person


class SignedIn(HttpRequest):
    """A request whose user is a person. Only for annotations: every view without `login_not_required` gets one."""

    user: Person
    # open rounds of review, where the view has counted them (`views/frame.py`)
    waiting: int
    # the person's missions, where the view has read them
    missions: list[Mission]
    # the holds in force, where the view has read them
    holds: list[Hold]
