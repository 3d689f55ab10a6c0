"""What the search finds beside posts: missions and themes by their names, so that a name leads straight to its week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Length

from calendar_app.models import Theme
from calendar_app.queries.filters import MAX_WORDS
from missions.access import missions as all_missions
from missions.models import Mission, Person
from missions.roles import grants, is_hq

M = TypeVar("M", bound=Model)

# Of each; who is found by too short a word writes a longer one.
MOST = 5


@dataclass(frozen=True)
class MissionFound:
    """A mission whose name has the words. May the reader see its week?"""

    mission: Mission
    is_readable: bool


@dataclass(frozen=True)
class Found:
    """What goes by these words, at most MOST of each; those with the shortest names first, as the likeliest meant."""

    missions: list[MissionFound]
    themes: list[Theme]

    def __bool__(self) -> bool:
        return bool(self.missions or self.themes)


def by_name(person: Person, text: str) -> Found:
    """The missions and the active themes that have every word of `text` in a name. Two queries; none without words."""
    words = text.split()[:MAX_WORDS]
    if not words:
        return Found([], [])
    missions = _named(all_missions(), words, "name_id", "name_en", "city", "country")
    themes = _named(Theme.objects.filter(is_active=True), words, "name_id", "name_en")
    mine = grants(person).by_mission
    everywhere = is_hq(person)
    return Found([MissionFound(row, everywhere or row.pk in mine) for row in missions], list(themes))


def _named(rows: QuerySet[M], words: list[str], *names: str) -> QuerySet[M]:
    for word in words:
        has_word = Q()
        for name in names:
            has_word |= Q(**{f"{name}__icontains": word})
        rows = rows.filter(has_word)
    return rows.order_by(Length("name_id"), "pk")[:MOST]
