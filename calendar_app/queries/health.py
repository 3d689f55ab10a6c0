"""Can this installation do its work? Database, migrations, triggers, broker, and the tick that sends reminders."""

from __future__ import annotations

import os
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from kombu import Connection

from calendar_app import triggers

# Where the last tick writes down when it ended (`services/outbox.py`), in the cache.
LAST_TICK = "reminders:last_tick"
# Beat ticks every few seconds; after this many without one nobody is being reminded.
TICK_IS_OLD = 120


def database() -> str:
    """Whether a query is answered. Raises what the database raises."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def migrations() -> str:
    """Whether the tables are those of this release."""
    executor = MigrationExecutor(connection)
    return "pending" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"


def guards() -> str:
    """Whether the database has all the triggers that guard it: a migration that broke off leaves SQLite without."""
    return "ok" if triggers.expected(connection.vendor) <= triggers.installed() else "missing"


def broker() -> str:
    """Whether a worker can be woken up. Raises what the broker raises."""
    options = getattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {})
    if "data_folder_out" in options:
        return "ok" if os.access(options["data_folder_out"], os.W_OK) else "unreachable"
    with Connection(settings.CELERY_BROKER_URL, connect_timeout=2) as broker_connection:
        broker_connection.ensure_connection(max_retries=1, timeout=3)
    return "ok"


CHECKS = {"database": database, "migrations": migrations, "triggers": guards, "broker": broker}


def readiness(tick_age: int | None) -> dict[str, str]:
    """Each part by name: "ok", or in a word or two what is wrong. `tick_age` is `seconds_since_tick()`."""
    answers: dict[str, str] = {}
    for name, check in CHECKS.items():
        try:
            answers[name] = check()
        except Exception:  # noqa: BLE001 - whatever is broken, the answer is that it is, and no stack trace
            answers[name] = "unreachable"
    answers["tick"] = "none yet" if tick_age is None else "late" if tick_age > TICK_IS_OLD else "ok"
    return answers


def seconds_since_tick(at: datetime) -> int | None:
    """How long before `at` the last tick of reminders ended; None when nobody knows."""
    try:
        last = cache.get(LAST_TICK)
    except Error:
        return None
    return round((at - datetime.fromisoformat(last)).total_seconds()) if last else None
