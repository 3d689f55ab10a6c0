"""What the page of operations lists: rows to look at, broken ways, pauses and alarms. Every list is limited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from calendar_app.models import Alarm, Breaker, Pause, Reminder
from calendar_app.queries import watch
from calendar_app.queries.reminders import HELD, void_reason, with_void

# So many rows of a list are shown; the rest is counted.
MOST = 20
# Alarms and pauses of so long are listed.
LATELY = timedelta(days=7)


@dataclass(frozen=True)
class Row:
    """A reminder that somebody has to look at. `stands`: whether sending it would still make sense; `why`, in a word of
    `queries.reminders`, why not."""

    reminder: Reminder
    why: str

    @property
    def stands(self) -> bool:
        return not self.why


@dataclass(frozen=True)
class Rows:
    """The newest of a list, and how many there are in all."""

    rows: list[Row]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


def set_aside(at: datetime, total: int) -> Rows:
    """The newest rows that failed three times; `total` is how many there are. Two queries, none for none."""
    return _rows(watch.set_aside(), at, total)


def uncertain(at: datetime, total: int) -> Rows:
    """The newest rows of which nobody will ever know whether they arrived. Two queries, none for none."""
    return _rows(watch.uncertain_for_good(), at, total)


def _rows(rows: QuerySet[Reminder], at: datetime, total: int) -> Rows:
    if not total:
        return Rows([], 0)
    related = ("recipient", "webhook", "device", "post__mission", "mission")
    found = with_void(rows).select_related(*related).order_by("-pk")[:MOST]
    return Rows([Row(row, why_not(row, at)) for row in found], total)


def why_not(row: Reminder, at: datetime) -> str:
    """Why sending the row (of `with_void()`) makes no sense any more; "" when it does. A hold may pass."""
    void = void_reason(row)
    return void if void not in ("", HELD) else "expired" if row.valid_until < at else ""


def alarms(at: datetime) -> list[Alarm]:
    """The alarms of the last days that are over, newest first."""
    return list(Alarm.objects.filter(ended_at__gte=at - LATELY).order_by("-pk")[:MOST])


def pauses(at: datetime) -> list[Pause]:
    """The pauses of the last days that somebody or time has ended, newest first."""
    rows = Pause.objects.filter(began_at__gte=at - LATELY).select_related("made_by", "ended_by")
    return [row for row in rows.order_by("-pk")[:MOST] if row.ended_at or (row.until and row.until <= at)]


def breaker(pk: int) -> Breaker:
    """One way that does not work. Raises Http404 when it works again."""
    try:
        return Breaker.objects.get(pk=pk)
    except (Breaker.DoesNotExist, OverflowError):
        raise Http404(_("Jalur ini sudah berjalan lagi.")) from None


def pause(pk: int) -> Pause:
    """One pause. Raises Http404."""
    try:
        return Pause.objects.get(pk=pk)
    except (Pause.DoesNotExist, OverflowError):
        raise Http404(_("Jeda ini tidak ada.")) from None


def reminder(pk: int) -> Reminder:
    """One reminder. Raises Http404."""
    try:
        return Reminder.objects.get(pk=pk)
    except (Reminder.DoesNotExist, OverflowError):
        raise Http404(_("Pengingat ini tidak ada.")) from None
