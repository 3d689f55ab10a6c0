"""The watcher's numbers for Prometheus, in its text format.

All of them are read from the database when asked for, so that any number of web processes say the same; a counter kept
in one process would not.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from calendar_app.queries import health, watch
from calendar_app.queries.watch import Measures
from calendar_app.views.health import measured
from missions.roles import Permission, can

# What a proxy adds to a request that it passes on.
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")


@require_safe
@login_not_required
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The numbers, for whoever may read them; to all others there is nothing here."""
    if not may_read(request):
        raise Http404(_("Halaman ini tidak ada."))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Numbers())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def may_read(request: HttpRequest) -> bool:
    """Shows the token, or is an administrator; where no token is set, also a program on this very machine."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return constant_time_compare(token.strip(), settings.METRICS_TOKEN)
    if can(request.user, Permission.ADMINISTER):
        return True
    return not settings.METRICS_TOKEN and _is_this_machine(request)


def _is_this_machine(request: HttpRequest) -> bool:
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:  # a socket file
        return False
    return address.is_loopback and not any(name in request.headers for name in FORWARDED)


class Numbers(Collector):
    """Reads everything anew each time it is collected."""

    def collect(self) -> Iterator[Metric]:
        parts = health.parts()
        wells = [([name], float(answer == "ok")) for name, answer in parts.items()]
        yield _gauge("up", "Whether a part is well.", wells, labels=["part"])
        measures = measured()
        if measures is not None:
            yield from _reminders(measures)
            yield from _signs_of_life(measures)
            alarms = [([alarm.kind], 1.0) for alarm in watch.alarms_open()]
            yield _gauge("alarm_open", "Alarms that are not over.", alarms, labels=["kind"])


def _reminders(measures: Measures) -> Iterator[Metric]:
    counts = {
        "overdue": ("Reminders that could have been sent a minute ago.", measures.overdue),
        "uncertain": ("Reminders of which nobody knows whether they arrived.", measures.trouble.uncertain),
        "uncertain_for_good": ("Those of them that are never handed over again.", measures.trouble.for_good),
        "set_aside": ("Reminders that failed three times.", measures.trouble.set_aside),
    }
    for name, (text, number) in counts.items():
        yield _gauge(f"reminders_{name}", text, [([], float(number))])
    states = [([state], float(number)) for state, number in measures.balance.items()]
    yield _gauge("reminders_due_last_hour", "What fell due in the last hour, by state.", states, labels=["state"])
    sent = [([one.way], float(one.count)) for one in measures.lateness]
    yield _gauge("reminders_sent_lately", "What was sent in the last 15 minutes.", sent, labels=["way"])
    late = [
        ([one.way, quantile], value)
        for one in measures.lateness
        for quantile, value in (("0.5", one.p50), ("0.99", one.p99), ("1", one.worst))
    ]
    text = "How long after their time the reminders of the last 15 minutes were sent."
    yield _gauge("reminder_lateness_seconds", text, late, labels=["way", "quantile"])


def _signs_of_life(measures: Measures) -> Iterator[Metric]:
    ages = {"tick": measures.tick_age, "clock": measures.clock_age, "watcher": measures.watcher_age}
    for name, age in ages.items():
        known: list[tuple[list[str], float]] = [] if age is None else [([], age)]
        yield _gauge(f"{name}_age_seconds", f"Since the last sign of life of the {name}.", known)
    yield _gauge("clock_skew_seconds", "The database's clock minus this machine's.", [([], measures.skew)])
    broken = [([row.key], (measures.at - row.since).total_seconds()) for row in measures.breakers]
    yield _gauge("breaker_open_seconds", "How long a way has been broken.", broken, labels=["key"])
    yield _gauge("pauses_in_force", "Why nothing is sent: pauses in force.", [([], float(len(measures.pauses)))])


def _gauge(name: str, text: str, samples: Iterable[tuple[list[str], float]], labels: list[str] | None = None) -> Metric:
    family = GaugeMetricFamily(f"selaras_{name}", text, labels=labels or [])
    for values, number in samples:
        family.add_metric(values, number)
    return family
