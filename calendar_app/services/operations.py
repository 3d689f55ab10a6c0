"""What an administrator does by hand when something went wrong: each step audited, none of them needing a database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit import services as audit
from calendar_app.models import Breaker, Pause, Reminder, State
from calendar_app.queries import operations as queries
from calendar_app.queries import watch
from calendar_app.queries.reminders import with_void
from calendar_app.services import pulse
from calendar_app.services.submissions import need_words
from missions.access import require
from missions.models import Person
from missions.roles import Permission

# By one press at most so many rows: nobody waits longer than a page takes.
AT_ONCE = 100
# For how long sending may be paused in one go, in minutes; 0: until somebody goes on.
PAUSES = (30, 60, 240, 0)


def send_again(*, by: Person, at: datetime, reminder: Reminder | None = None) -> int:
    """Let what was set aside be tried anew, or hand over once more what may have arrived: with the same Message-ID and
    the words that it may be a repeat. One row, or up to `AT_ONCE` of those set aside.

    Answers how many that were; what makes no sense any more is left. Raises PermissionDenied.
    """
    require(by, Permission.ADMINISTER)
    rows = _one(reminder) if reminder else watch.set_aside()
    return _each(rows, by, at, "reminder_sent_again", lambda row: _wait_again(row, at))


def accept(*, by: Person, at: datetime, reminder: Reminder | None = None, state: str = "") -> int:
    """Say that somebody has looked at it and leaves it as it is: it is no alarm any more, and its state stays what it
    was. One row, or up to `AT_ONCE` of a state (`failed`, `uncertain`). Answers how many. Raises PermissionDenied."""
    require(by, Permission.ADMINISTER)
    rows = _one(reminder) if reminder else watch.set_aside() if state == State.FAILED else watch.uncertain_for_good()

    def mark(row: Reminder) -> bool:
        row.data = row.data | {watch.ACCEPTED: {"by": by.pk, "at": at.isoformat()}}
        row.save(update_fields=["data"])
        return True

    return _each(rows, by, at, "reminder_accepted", mark)


def _one(reminder: Reminder) -> QuerySet[Reminder]:
    """The row if it still is one of those to look at."""
    rows = watch.set_aside() if reminder.state == State.FAILED else watch.uncertain_for_good()
    return rows.filter(pk=reminder.pk)


def _each(rows: QuerySet[Reminder], by: Person, at: datetime, action: str, change: Callable[[Reminder], bool]) -> int:
    with transaction.atomic():
        found = with_void(rows).select_related("post", "mission").order_by("-pk")
        done = 0
        for row in found.select_for_update(of=("self",), skip_locked=True)[:AT_ONCE]:
            error = row.error
            if not change(row):
                continue
            done += 1
            audit.record(
                at=at,
                action=action,
                actor=by,
                kind="reminder",
                object_id=row.pk,
                name=row.identity,
                mission_id=row.post.mission_id if row.post else row.mission_id,
                data={"state": row.state, "error": error[:500]},
            )
        return done


def _wait_again(row: Reminder, at: datetime) -> bool:
    if queries.why_not(row, at):
        return False
    if row.state == State.FAILED:
        row.state, row.attempts, row.not_before = State.PENDING, 0, None
    else:
        row.not_before = at
    row.lease_until, row.claimed_by = None, ""
    row.save(update_fields=["state", "attempts", "not_before", "lease_until", "claimed_by"])
    return True


def try_now(*, breaker: Breaker, by: Person, at: datetime) -> None:
    """Let the next message go a way that does not work, without waiting. Raises PermissionDenied."""
    require(by, Permission.ADMINISTER)
    with transaction.atomic():
        Breaker.objects.filter(pk=breaker.pk).update(retry_at=at)
        audit.record(at=at, action="way_tried", actor=by, kind="breaker", object_id=breaker.pk, name=breaker.key)


def pause(*, by: Person, at: datetime, reason: str, minutes: int = 0) -> Pause:
    """Send nothing, for so many minutes or until `resume()`. Raises ValidationError and PermissionDenied."""
    require(by, Permission.ADMINISTER)
    words = need_words(reason, _("Tulis alasannya, supaya yang lain tahu."), field="reason")
    if len(words) > 500:
        raise ValidationError({"reason": _("Terlalu panjang: paling banyak 500 karakter.")})
    if minutes not in PAUSES:
        raise ValidationError({"minutes": _("Pilih berapa lama.")})
    until = at + timedelta(minutes=minutes) if minutes else None
    return pulse.pause(reason=Pause.Reason.MANUAL, at=at, by=by, note=words, until=until)


def resume(*, pause: Pause, by: Person, at: datetime) -> None:
    """Go on sending. Raises PermissionDenied."""
    require(by, Permission.ADMINISTER)
    pulse.resume(pause=pause, at=at, by=by)
