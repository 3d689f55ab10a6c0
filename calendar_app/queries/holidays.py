"""Days off: the mission's own weekend, the public holidays of its host country, and those of Indonesia.

A mission is closed on both countries' holidays, so a day without posts is no gap then. Everything that shows days
(calendar, today, composer) asks here. The table is filled by `services/holidays.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, F, JSONField, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.translation import get_language

from calendar_app.models import Holiday, Observance
from calendar_app.queries import observances
from calendar_app.queries.observances import Occasion
from missions.models import Mission

INDONESIA = "ID"
NO_THEMES = Value([], JSONField())


@dataclass(frozen=True, slots=True)
class DayOff:
    """A public holiday on a calendar: ISO code of its country, and its name in the reader's language."""

    country: str
    name: str


# day → country → holiday
Found = dict[date, dict[str, DayOff]]


def on(days: Collection[date], missions: Iterable[Mission]) -> Found:
    """The holidays of these missions' host countries and of Indonesia; days without any are absent. One query."""
    return with_observances(days, missions)[0]


def with_observances(days: Collection[date], missions: Iterable[Mission]) -> tuple[Found, observances.Found]:
    """The same, and the observances, of pages that show both: one query for two short lists."""
    countries, by_key = {INDONESIA, *(mission.country_iso2 for mission in missions)}, observances.keys_of(days)
    # the countries are not named in the query: a hundred of them would be more than its answer
    rows = _named("holiday", Holiday.objects.filter(date__range=(min(days), max(days))), Cast("date", CharField()))
    observed = Observance.objects.filter(date__in=by_key).annotate(country=F("kind"), name_local=F("name_id"))
    rows = rows.union(_named("observance", observed, F("date"), F("suggested_theme")), all=True)
    off: Found = {}
    noted: observances.Found = {}
    english = (get_language() or "").startswith("en")
    for what, day, about, name_id, name_en, name_local, themes in sorted(rows, key=lambda row: row[:4]):
        name = (name_en if english else name_id or name_en) or name_local
        if what == "observance":
            noted.setdefault(by_key[day], []).append(Occasion(name, about, list(themes)))
        elif about in countries:
            off.setdefault(date.fromisoformat(day), {})[about] = DayOff(about, name)
    return off, noted


def _named(what: str, rows: QuerySet[Any], day: Any, themes: Any = NO_THEMES) -> QuerySet[Any, Any]:
    rows = rows.order_by().annotate(what=Value(what, CharField()), day=day, themes=themes)
    return rows.values_list("what", "day", "country", "name_id", "name_en", "name_local", "themes")


def of(mission: Mission, day: date, found: Found) -> list[DayOff]:
    """The holidays on which this mission is closed, its host's first."""
    here = found.get(day, {})
    return [here[country] for country in dict.fromkeys((mission.country_iso2, INDONESIA)) if country in here]


def is_off(mission: Mission, day: date, found: Found) -> bool:
    """Is the mission closed: its weekend, or a holiday of either country?"""
    return day.isoweekday() in mission.weekend or bool(of(mission, day, found))
