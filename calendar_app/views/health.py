"""For load balancers and monitoring: is the process up, and can it do its work? Public, and says no more than that."""

import os
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu import Connection

from calendar_app import clock

# Beat ticks every few seconds; after this many without one nobody is being reminded.
TICK_IS_OLD = 120


@require_safe
@login_not_required
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@login_not_required
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when all of database, migrations, broker and reminder tick are well, else 503; each by name."""
    answers: dict[str, str] = {}
    for name, check in CHECKS.items():
        try:
            answers[name] = check()
        except Exception:  # noqa: BLE001 - whatever is broken, the answer is that it is, and no stack trace
            answers[name] = "unreachable"
    ready = all(answer == "ok" for answer in answers.values())
    return JsonResponse(
        {"ready": ready, **answers, "tick_age_seconds": seconds_since_tick()}, status=200 if ready else 503
    )


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def migrations() -> str:
    executor = MigrationExecutor(connection)
    return "pending" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"


def broker() -> str:
    options = getattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {})
    if "data_folder_out" in options:
        return "ok" if os.access(options["data_folder_out"], os.W_OK) else "unreachable"
    with Connection(settings.CELERY_BROKER_URL, connect_timeout=2) as broker_connection:
        broker_connection.ensure_connection(max_retries=1, timeout=3)
    return "ok"


def tick() -> str:
    seconds = seconds_since_tick()
    if seconds is None:
        return "none yet"
    return "ok" if seconds <= TICK_IS_OLD else "late"


def seconds_since_tick() -> int | None:
    """How long ago the last tick of reminders ended (`services/outbox.py` writes it down); None when nobody knows."""
    try:
        last = cache.get("reminders:last_tick")
        return round((clock.now() - datetime.fromisoformat(last)).total_seconds()) if last else None
    except DatabaseError:
        return None


CHECKS: dict[str, Callable[[], str]] = {
    "database": database,
    "migrations": migrations,
    "broker": broker,
    "tick": tick,
}
