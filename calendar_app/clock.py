"""What time it is. One function, so that tests, the demo loader and the drill can replace it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from django.db import connection
from django.db.models import Expression, Value
from django.db.models.functions import Now

_fixed: ContextVar[datetime | None] = ContextVar("fixed", default=None)


def now() -> datetime:
    """The present instant in UTC, from the database, so that all machines agree. Read it once and pass it on."""
    fixed_at = _fixed.get()
    if fixed_at is not None:
        return fixed_at
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')")
            return datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)
        # not now(): that is when the transaction began, before it waited for a lock
        cursor.execute("SELECT clock_timestamp()")
        instant: datetime = cursor.fetchone()[0]
        return instant.astimezone(UTC)


def skew() -> float:
    """By how many seconds the database's clock is ahead of this machine's; what the question took is allowed for."""
    if _fixed.get() is not None:
        return 0.0
    before = time.time()
    there = now()
    return there.timestamp() - (before + time.time()) / 2


def column() -> Expression:
    """The same instant as a part of a query that only compares with it: handed over as `at`, it saves asking first."""
    fixed_at = _fixed.get()
    return Now() if fixed_at is None else Value(fixed_at)


@contextmanager
def fixed(instant: datetime) -> Iterator[None]:
    """Within the block, `now()` answers `instant` (aware)."""
    token = _fixed.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
