"""One message instead of many: what belongs together is gathered in a row that goes out a minute later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from calendar_app.models import Kind, Post, Reminder, State
from calendar_app.services import rows
from missions.models import Membership

# What a digest of several steps waits, so that what belongs together is told together.
GATHER = timedelta(minutes=1)
# So long it is worth reading.
LASTS = timedelta(days=7)
# So many items are kept; the rest are counted.
MOST = 100


def fold(about: str, key: str, items: Mapping[tuple[int, str], list[dict[str, Any]]], *, at: datetime) -> None:
    """Add items to the digest of each (person, way), making it where none is waiting. It goes out a minute later.

    `about` and `key` say which items belong together. Call it in a transaction.
    """
    open_rows: dict[tuple[int, str], Reminder] = {}
    number = 0
    while missing := sorted(set(items) - set(open_rows)):
        identities = [f"digest:{about}:{key}:{number}:{person}:{way}" for person, way in missing]
        rows.write(
            [
                Reminder(
                    identity=identity,
                    kind=Kind.DIGEST,
                    way=way,
                    recipient_id=person,
                    due_at=at + GATHER,
                    valid_until=at + GATHER + LASTS,
                    data={"about": about, "items": [], "more": 0},
                )
                for identity, (person, way) in zip(identities, missing, strict=True)
            ]
        )
        # in one order, so that two ticks never wait for each other in a circle
        found = Reminder.objects.filter(identity__in=identities, state=State.PENDING).order_by("pk")
        open_rows |= {(row.recipient_id, row.way): row for row in found.select_for_update() if row.recipient_id}
        number += 1  # those that are on their way already stay as they are
    for whose, row in open_rows.items():
        known = row.data["items"]
        new = [item for item in items[whose] if item not in known]
        room = max(MOST - len(known), 0)
        row.data |= {"items": known + new[:room], "more": row.data["more"] + len(new[room:])}
    Reminder.objects.bulk_update(open_rows.values(), ["data"], batch_size=200)


def keep_readable(rows_of: Iterable[Reminder]) -> None:
    """Take out of digests that are about to be sent what is about missions whose posts their recipient may no longer
    read; they waited for up to a week. One query, if there is a digest."""
    telling = [row for row in rows_of if row.kind == Kind.DIGEST and row.data.get("items")]
    if not telling:
        return
    roles = Membership.objects.filter(person__in=[row.recipient_id for row in telling])
    readable: set[tuple[int | None, str | None]] = set(roles.values_list("person_id", "mission__code"))
    for row in telling:
        if (row.recipient_id, None) in readable:
            continue  # headquarters reads all
        items = row.data["items"]
        kept = [one for one in items if "mission" not in one or (row.recipient_id, one["mission"]) in readable]
        if len(kept) < len(items):
            row.data = row.data | {"items": kept, "more": 0}


def item(post: Post | None, kind: str, at: datetime | None, **more: Any) -> dict[str, Any]:
    """What a digest says about one post."""
    data = {"kind": str(kind), "at": rows.iso(at), **more}
    if post is not None:
        data |= {"post": post.pk, "title": str(post), "mission": post.mission.code, "timezone": post.timezone}
    return data
