"""Can this installation do its work? Database, migrations, triggers, broker, and the tick that sends reminders."""

from __future__ import annotations

import os

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from kombu import Connection

from calendar_app import triggers

# Beat ticks every second; after this many without one nobody is being reminded.
TICK_IS_OLD = 120
# The watcher looks every ten seconds.
WATCHER_IS_OLD = 60


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


def parts() -> dict[str, str]:
    """Each part by name: "ok", or in a word what is wrong."""
    answers: dict[str, str] = {}
    for name, check in CHECKS.items():
        try:
            answers[name] = check()
        except Exception:  # noqa: BLE001 - whatever is broken, the answer is that it is, and no stack trace
            answers[name] = "unreachable"
    return answers


def freshness(age: float | None, allowed: float) -> str:
    """What a sign of life of this age says: "ok", "late", or "none yet"."""
    return "none yet" if age is None else "late" if age > allowed else "ok"
