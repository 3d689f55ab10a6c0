"""How the page of operations names ways and states, and says seconds. `{% load operations %}`."""

from __future__ import annotations

from django import template
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calendar_app.models import State
from calendar_app.queries import ways
from calendar_app.queries.watch import ALL
from calendar_app.services import alarms

register = template.Library()

BEATS = {
    "tick": gettext_lazy("Pengingat diperiksa"),
    "clock": gettext_lazy("Yang terlewat dicatat"),
    "complete": gettext_lazy("Kelengkapan diperiksa"),
    "watcher": gettext_lazy("Pengawas melihat"),
    "zones": gettext_lazy("Zona waktu diperiksa"),
}


@register.filter
def way_name(key: str) -> str:
    """A way, or the key of a breaker: "email", "push:fcm.googleapis.com", "webhook:3"."""
    return _("Semua jalur") if key == ALL else ways.name(key)


@register.filter
def meaning(error: str, way: str) -> str:
    """`{{ row.error|meaning:row.way }}`: what an error means, in a sentence."""
    return ways.explain(way, error) or _("Sebabnya belum dikenal; sertakan rinciannya bila melapor.")


@register.filter
def alarm_words(detail: str, kind: str) -> str:
    """`{{ alarm.detail|alarm_words:alarm.kind }}`: the detail of an alarm as people read it."""
    return alarms.in_words(kind, detail)


@register.filter
def state_name(state: str) -> str:
    """A state of reminders in words."""
    return str(State(state).label) if state in State.values else state


@register.filter
def beat_name(name: str) -> str:
    """A sign of life in words."""
    return str(BEATS.get(name, name))


@register.filter
def seconds(value: float | str | None) -> str:
    """A number of seconds as people say it: "0,4 detik", "3 menit", "–" for none."""
    if value is None or isinstance(value, str):
        return "–"
    size = abs(value)
    if size < 10:
        return _("%s dtk") % formats.number_format(round(value, 1) + 0.0, 1)  # without a minus before zero
    if size < 120:
        return _("%s dtk") % round(value)
    if size < 7200:
        return _("%s mnt") % round(value / 60)
    return _("%s jam") % round(value / 3600)
