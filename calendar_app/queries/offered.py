"""What filters may be set to: the rows behind a page's choices, and behind the check of what its address says."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.utils.translation import get_language

from calendar_app.models import Audience, Network, Theme
from missions.models import Mission, Region


class Offered:
    """Each kind is read when it is first asked for, and once: a page hands the same one to the reading of its filters
    and to its choices. `missions` are those the page has at hand; a mission may be known that is not among them."""

    def __init__(self, missions: Sequence[Mission] = ()) -> None:
        self.missions = missions

    @cached_property
    def themes(self) -> list[Theme]:
        """All themes in their order, with code, letter, parent and name."""
        return list(Theme.objects.only("code", "letter", "parent", "name_id", "name_en"))

    @property
    def regions(self) -> list[tuple[str, str]]:
        """Code and name, in their order; so are networks and audiences."""
        return self._names["region"]

    @property
    def networks(self) -> list[tuple[str, str]]:
        return self._names["network"]

    @property
    def audiences(self) -> list[tuple[str, str]]:
        return self._names["audience"]

    @cached_property
    def _names(self) -> dict[str, list[tuple[str, str]]]:
        """By kind. One query for all three, which are short lists."""
        rows = _named("region", Region.objects.all(), "name_id", "name_en")
        rows = rows.union(
            _named("network", Network.objects.all(), "name", "name"),
            _named("audience", Audience.objects.all(), "name_id", "name_en"),
            all=True,
        )
        english = (get_language() or "").startswith("en")
        found: dict[str, list[tuple[str, str]]] = {"region": [], "network": [], "audience": []}
        for kind, _place, code, name_id, name_en in sorted(rows):
            found[kind].append((code, name_en if english else name_id))
        return found

    def knows(self, kind: str, code: str) -> bool:
        """Is there one of this kind with this code?"""
        if kind == "mission":
            at_hand = any(mission.code == code for mission in self.missions)
            return at_hand or Mission.objects.filter(code=code).exists()
        if kind == "theme":
            return any(theme.code == code for theme in self.themes)
        return any(known == code for known, _name in self._names[kind])


def _named(kind: str, rows: QuerySet[Any], indonesian: str, english: str) -> QuerySet[Any, Any]:
    rows = rows.order_by().annotate(what=Value(kind, CharField()), id_=F(indonesian), en_=F(english))
    return rows.values_list("what", "order", "code", "id_", "en_")
