"""Guard the guards: with the claim, the lease or the unique key taken out, the drill must fail.

Nothing of this is in the product. Workers that are started as `celery -A drill.sabotaged worker` patch the engine when
they are loaded; `python -m drill.sabotage FOLDER` changes the database, after the seeder and before the workers. Which
guard is taken out stands in DRILL_WITHOUT.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Q

    from calendar_app.models import Reminder
    from calendar_app.services.claims import Taken, Tick

VARIABLE = "DRILL_WITHOUT"
GUARDS = ("claim", "lease", "unique")
BATCH = 2_000


def chosen() -> str:
    """The guard to take out. Raises ValueError for an unknown one."""
    guard = os.environ.get(VARIABLE, "")
    if guard not in GUARDS:
        raise ValueError(f"{VARIABLE} is {guard!r}, not one of {', '.join(GUARDS)}")
    return guard


def patch(guard: str) -> Callable[[], None]:
    """Take a guard out of the engine in this process. Answers what puts it back.

    Raises AttributeError when the engine no longer has the place where the guard was: then this module has to follow.
    """
    from calendar_app.queries import reminders as queries
    from calendar_app.services import claims

    if guard == "claim":
        first = _replace(claims, "_claim_of", _claim_without_taking)
        second = _replace(claims, "take", _take_from_anybody(claims.take))
        return lambda: (first(), second(), None)[-1]
    if guard == "lease":
        return _replace(queries, "lease_is_over", _lease_without_end)
    # the unique key is the database's
    return lambda: None


def _replace(module: ModuleType, name: str, by: Any) -> Callable[[], None]:
    original = getattr(module, name)
    setattr(module, name, by)
    return lambda: setattr(module, name, original)


def _claim_without_taking(run: Tick, ids: Sequence[int], now: datetime, size: int) -> list[Taken]:
    """The rows that are free, and nobody is told that they no longer are."""
    from calendar_app.models import Reminder
    from calendar_app.queries import reminders as queries

    free = Reminder.objects.filter(queries.claimable(now), pk__in=ids)
    found = dict(free.values_list("pk", "post_id"))
    taken: list[Taken] = [(pk, found[pk]) for pk in ids if pk in found]
    return taken[:size]


def _take_from_anybody(take: Callable[..., list[Reminder]]) -> Callable[..., list[Reminder]]:
    """`claims.take` without asking whether the rows are still ours."""

    def wrong(run: Tick, taken: Sequence[Taken], now: datetime) -> list[Reminder]:
        from calendar_app.models import Reminder, State
        from calendar_app.queries.reminders import LEASE

        rows = Reminder.objects.filter(pk__in=[pk for pk, _post in taken])
        rows.exclude(state=State.UNCERTAIN).update(state=State.CLAIMED, claimed_by=run.worker, lease_until=now + LEASE)
        rows.filter(state=State.UNCERTAIN).update(claimed_by=run.worker, lease_until=now + LEASE)
        return take(run, taken, now)

    return wrong


def _lease_without_end(at: datetime) -> Q:
    """What somebody has in hand stays there, also when they are dead."""
    from django.db.models import Q

    return Q(lease_until__isnull=True)


# The database ------------------------------------------------------------------------------


def prepare(guard: str) -> int:
    """What a guard's absence needs in the database. Answers how many rows were made a second time.

    Without the unique key: the key is dropped, and everything that waits is generated once more, as by a step that is
    retried or a second beat.
    """
    if guard != "unique":
        return 0
    from django.db import connection

    from calendar_app import triggers
    from calendar_app.models import Reminder

    unique = Reminder._meta.get_field("identity")
    plain = unique.clone()
    plain._unique = False  # type: ignore[attr-defined]
    plain.set_attributes_from_name("identity")
    plain.model = Reminder
    with connection.schema_editor() as editor:
        editor.alter_field(Reminder, unique, plain)
    # SQLite has built the table anew
    triggers.create()
    made = 0
    waiting = list(Reminder.objects.filter(state="pending").order_by("pk"))
    for start in range(0, len(waiting), BATCH):
        batch = waiting[start : start + BATCH]
        for row in batch:
            row.pk = None
        made += len(Reminder.objects.bulk_create(batch))
    return made


def main() -> int:
    """Change the database as the chosen guard's absence needs it."""
    from drill.seed import setup

    setup()
    print(f"sabotage: without {chosen()}, {prepare(chosen())} rows made twice", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
