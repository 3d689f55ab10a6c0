"""For load balancers and monitoring: is the process up, and can it do its work? Public, and says no more than that."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from calendar_app import clock
from calendar_app.queries import health, watch
from calendar_app.queries.watch import Measures
from calendar_app.services import pulse


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
    """200 when all of database, migrations, triggers, broker and reminder tick are well, else 503; each by name. The
    numbers beside them, and a watcher that is away, are for people and alarms: they take no page away."""
    measures = measured()
    answers = health.parts()
    answers["tick"] = health.freshness(None if measures is None else measures.tick_age, health.TICK_IS_OLD)
    ready = all(answer == "ok" for answer in answers.values())
    return JsonResponse({"ready": ready, **answers, **_numbers(measures)}, status=200 if ready else 503)


def measured() -> Measures | None:
    """All that the watcher measures, now; None when the database cannot be asked."""
    try:
        at = clock.now()
        return watch.measure(at, pauses=pulse.pauses_in_force(at), skew=clock.skew())
    except Error:  # without a database nobody knows what time it is
        return None


def _numbers(measures: Measures | None) -> dict[str, str | float | None]:
    names = (
        *("tick_age_seconds", "watcher_age_seconds", "overdue", "uncertain", "set_aside"),
        *("breakers", "pauses", "lateness_p50_s", "lateness_p99_s", "clock_skew_s"),
    )
    if measures is None:
        return {"watcher": health.freshness(None, 0), **dict.fromkeys(names)}
    whole, age = measures.whole, measures.watcher_age
    numbers = (
        *(_seconds(measures.tick_age), _seconds(age), measures.overdue),
        *(measures.trouble.uncertain, measures.trouble.set_aside),
        *(len(measures.breakers), len(measures.pauses)),
        *((whole.p50, whole.p99) if whole else (None, None)),
        round(measures.skew, 3),
    )
    return {"watcher": health.freshness(age, health.WATCHER_IS_OLD), **dict(zip(names, numbers, strict=True))}


def _seconds(age: float | None) -> int | None:
    return None if age is None else round(age)
