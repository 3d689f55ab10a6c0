"""For load balancers and monitoring: is the process up, and can it do its work? Public, and says no more than that."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from calendar_app import clock
from calendar_app.queries import health


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
    """200 when all of database, migrations, triggers, broker and reminder tick are well, else 503; each by name."""
    try:
        age = health.seconds_since_tick(clock.now())
    except Error:  # without a database nobody knows what time it is
        age = None
    answers = health.readiness(age)
    ready = all(answer == "ok" for answer in answers.values())
    return JsonResponse({"ready": ready, **answers, "tick_age_seconds": age}, status=200 if ready else 503)
