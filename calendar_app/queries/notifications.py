"""A person's notices: the number beside the bell, what is new, and the list with what belongs to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, QuerySet

from calendar_app.access import notifications_for
from calendar_app.models import Acknowledgement, Notification
from calendar_app.queries import acknowledgements
from missions.models import Person

# So many new ones are told by name; more are told as a number.
TOLD = 3


@dataclass(frozen=True)
class Bell:
    """How many notices a person has not read, and the key of the newest of them (0 for none)."""

    unread: int
    newest: int


@dataclass(frozen=True)
class Row:
    """A notice with what stands beside it: who takes care of it, whether the person may still say so, and the data
    that its words are made of."""

    notice: Notification
    taken: tuple[Acknowledgement, ...]
    can_acknowledge: bool
    data: dict[str, Any]


def bell(person: Person) -> Bell:
    """One query; it is asked every half minute from every open page."""
    found = notifications_for(person).filter(read_at=None).order_by().aggregate(unread=Count("pk"), newest=Max("pk"))
    return Bell(found["unread"], found["newest"] or 0)


def new(person: Person, *, after: int | None = None, since: datetime | None = None) -> list[Notification]:
    """The unread notices behind that key or, without one, from that instant on, newest first; one more than are told
    by name, so that it can be seen that there are more. One query."""
    found = with_all(notifications_for(person)).filter(read_at=None)
    found = found.filter(pk__gt=after) if after is not None else found.filter(created_at__gte=since)
    return list(found[: TOLD + 1])


def with_all(notices: QuerySet[Notification]) -> QuerySet[Notification]:
    """With all that their words are made of."""
    return notices.select_related("post__mission", "recipient", "reminder__stands_in_for")


def rows(notices: Sequence[Notification], person: Person) -> list[Row]:
    """What stands beside each notice (from `with_all()`). At most three queries, however many there are."""
    taken = acknowledgements.of_notices(notices)
    open_ones = acknowledgements.answerable(notices, taken, person)
    data = acknowledgements.with_contacts(notices)
    return [
        Row(notice, tuple(taken.get(notice.pk, ())), notice.pk in open_ones, data.get(notice.pk, notice.data))
        for notice in notices
    ]
