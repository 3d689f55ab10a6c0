"""What pushes and messages to chat bridges have in common: their words, one call outside, and its entry in the log."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from calendar_app import messages
from calendar_app.messages.kinds import due_at
from calendar_app.models import Delivery, Reminder
from calendar_app.services import outbound
from calendar_app.services.couriers.base import Accepted, Refused, Result, Unknown, Unreachable

# "Later": too many at once, or nobody home behind the door.
LATER = (429, 502, 503, 504)
MOST_DETAIL = 500


@dataclass(frozen=True)
class Call:
    """One call and what came of it. `status` is the other side's HTTP status, None without an answer; `detail` begins
    with one word for what happened (`queries/webhooks.py` explains them): forbidden, unreached, slow, cut, answered."""

    result: Result
    status: int | None
    detail: str
    milliseconds: int

    @property
    def is_accepted(self) -> bool:
        return isinstance(self.result, Accepted)


def make(
    check: Callable[[str], outbound.Target],
    url: str,
    body: bytes,
    headers: dict[str, str],
    lines: outbound.Lines | None = None,
) -> Call:
    """Call an address that `check` lets pass. Raises nothing: whatever happens is an answer."""
    began = time.monotonic()

    def ended(result: Result, detail: str, status: int | None = None) -> Call:
        took = round((time.monotonic() - began) * 1000)
        return Call(result, status, "".join(c if c.isprintable() else " " for c in detail)[:MOST_DETAIL], took)

    try:
        answer = outbound.post(check(url), body, headers, lines=lines)
    except outbound.Forbidden as no:
        return ended(Refused(str(no), final=True), f"forbidden: {no}")
    except outbound.NotReached as no:
        return ended(Unreachable(str(no)), f"unreached: {no}")
    except outbound.NoAnswer as silence:
        return ended(
            Unknown(str(silence), is_down=silence.is_slow), f"{'slow' if silence.is_slow else 'cut'}: {silence}"
        )
    if answer.is_yes:
        return ended(Accepted(), "", answer.status)
    said = answer.location if 300 <= answer.status < 400 else answer.text
    why = f"HTTP {answer.status}"
    return ended(
        Refused(why, is_passing=answer.status in LATER), f"answered: {' '.join(said.split())[:300]}", answer.status
    )


def log(reminder: Reminder, call: Call, at: datetime) -> None:
    """Write the attempt down."""
    Delivery.objects.create(
        reminder=reminder,
        at=at,
        is_accepted=call.is_accepted,
        status_code=call.status,
        milliseconds=call.milliseconds,
        detail=call.detail,
    )


def words(reminder: Reminder, at: datetime) -> messages.Notice:
    """The message in the active language, as it may be seen by others: on a locked screen, in a chat room.

    Comments on a post stay in the product; they quote its text.
    """
    data = {name: value for name, value in reminder.data.items() if name != "comment"}
    return messages.notice(
        reminder.kind,
        reminder.post,
        data,
        reminder.recipient,
        stands_in_for=reminder.stands_in_for,
        due_at=due_at(reminder),
        sent_at=at,
    )
