"""For load balancers and monitoring: is the process up, and can it do its work? Public, and says no more than that."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu import Connection
from kombu.exceptions import OperationalError

from calendar_app import clock

# Beat ticks every few seconds; after this long without one nobody is being reminded.
TICK_IS_OLD = timedelta(minutes=2)


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
        except (DatabaseError, OperationalError, OSError):
            answers[name] = "unreachable"
    ready = all(answer == "ok" for answer in answers.values())
    age = tick_age() if answers["database"] == "ok" else None
    body = {"ready": ready, **answers, "tick_age_seconds": round(age.total_seconds()) if age is not None else None}
    return JsonResponse(body, status=200 if ready else 503)


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
    age = tick_age()
    if age is None:
        return "none yet"
    return "ok" if age <= TICK_IS_OLD else "late"


def tick_age() -> timedelta | None:
    """How long ago the last tick of reminders ended (`services/outbox.py` writes it down); None before the first."""
    last = cache.get("reminders:last_tick")
    return clock.now() - datetime.fromisoformat(last) if last else None


CHECKS: dict[str, Callable[[], str]] = {
    "database": database,
    "migrations": migrations,
    "broker": broker,
    "tick": tick,
}
