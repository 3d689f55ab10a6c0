"""Public holidays, from the library `holidays` into a table: pages ask the table, never the library.

Days that follow the moon are the library's estimates; a newer library corrects them when they are loaded again.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache

import structlog
from django.db import transaction

from audit import services as audit
from calendar_app.models import Holiday
from calendar_app.services.reference import DATA
from missions.models import Mission

# Last year is still looked at; three years ahead is as far as anybody plans.
BEFORE, AHEAD = 1, 3
INDONESIA = "ID"
NAMES = "holiday_names.csv"
# What the library adds to a name, and how that is said in Indonesian.
ADDED = (
    (" (observed, estimated)", " (pengganti, perkiraan)"),
    (" (observed)", " (pengganti)"),
    (" (estimated)", " (perkiraan)"),
)
log = structlog.get_logger(__name__)

Key = tuple[str, date]
Names = tuple[str, str, str]


def load(*, at: datetime) -> int:
    """Bring the table up to the library for the years around `at`. Returns how many days changed.

    Years outside are left as they are. Safe to run again, and by two at once.
    """
    years = range(at.year - BEFORE, at.year + AHEAD + 1)
    wanted = dict(_wanted(years))
    with transaction.atomic():
        present = {
            (row.country, row.date): row
            for row in Holiday.objects.select_for_update().filter(date__year__range=(years[0], years[-1]))
        }
        stale = [row.pk for key, row in present.items() if _names(row) != wanted.get(key)]
        new = [
            Holiday(country=country, date=day, name_local=names[0], name_id=names[1], name_en=names[2])
            for (country, day), names in wanted.items()
            if (country, day) not in present or _names(present[country, day]) != names
        ]
        Holiday.objects.filter(pk__in=stale).delete()
        # another process may have added them since they were read
        Holiday.objects.bulk_create(new, batch_size=2000, ignore_conflicts=True)
        if stale or new:
            data = {"added": len(new), "removed": len(stale)}
            audit.record(
                at=at, action="load_holidays", actor=None, kind="reference", object_id=0, name="holidays", data=data
            )
    return max(len(stale), len(new))


def _names(row: Holiday) -> Names:
    return row.name_local, row.name_id, row.name_en


def _wanted(years: range) -> Iterator[tuple[Key, Names]]:
    """Every public holiday of every country with a mission, as the library has it."""
    # read with its data only here: no page and no other command waits for it
    import holidays as library

    countries = {INDONESIA, *Mission.objects.order_by().values_list("country_iso2", flat=True).distinct()}
    known, languages = library.list_supported_countries(), library.list_localized_countries()
    for country in sorted(countries):
        if country not in known:
            log.warning("no_holidays", country=country)
            continue
        spoken = languages.get(country, [])
        # without a language the library takes that of the machine it runs on
        own_language = library.country_holidays(country).default_language
        local = library.country_holidays(country, years=years, language=own_language)
        english, indonesian = (
            library.country_holidays(country, years=years, language=language) if language in spoken else None
            for language in ("en_US", "id")
        )
        for day in local:
            # what is not translated is English
            names_en = english.get_list(day) if english else [] if spoken else local.get_list(day)
            names_id = indonesian.get_list(day) if indonesian else [_indonesian(name) for name in names_en]
            names = local.get_list(day), names_id if all(names_id) else [], names_en
            yield (country, day), (_joined(names[0]), _joined(names[1]), _joined(names[2]))


def _joined(names: list[str]) -> str:
    return " · ".join(dict.fromkeys(names))[:300]


def _indonesian(name: str) -> str:
    """The name in Indonesian where we know one, else ""."""
    for added, in_indonesian in ADDED:
        if name.endswith(added):
            known = _translations().get(name.removesuffix(added), "")
            return known and known + in_indonesian
    return _translations().get(name, "")


@cache
def _translations() -> dict[str, str]:
    with (DATA / NAMES).open(encoding="utf-8", newline="") as file:
        return {row["name_en"]: row["name_id"] for row in csv.DictReader(file)}
