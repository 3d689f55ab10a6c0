"""When nothing is sent to anybody."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Expression, Q, QuerySet

from calendar_app.models import Pause


def in_force(at: datetime | Expression) -> QuerySet[Pause]:
    """The pauses in force at `at`. Index `pause_in_force`.

    One for the clock that began after `at` was made before the clock was set back, and counts no more.
    """
    running = Q(until__isnull=True) | Q(until__gt=at) & ~Q(reason=Pause.Reason.CLOCK, began_at__gt=at)
    return Pause.objects.filter(running, ended_at=None)
