"""Two texts side by side: what a person typed, and what somebody else saved meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from calendar_app.queries import posts as queries


@dataclass(frozen=True)
class Sides:
    """One field, as typed and as stored."""

    label: str
    mine: str
    theirs: str


def sides(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[Sides]:
    """The fields in which the two differ; both as `services/drafts.py: as_data` gives them."""
    left, right = _flat(mine), _flat(theirs)
    rows = [Sides(label, left.get(label, ""), right.get(label, "")) for label in dict.fromkeys([*left, *right])]
    return [row for row in rows if row.mine.split() != row.theirs.split()]


def _flat(data: Mapping[str, Any]) -> dict[str, str]:
    names = queries.names_of(data)
    rows = {
        _("Judul"): data.get("title") or "",
        _("Tujuan"): data.get("purpose") or "",
        _("Khalayak"): names.get(data.get("audience"), data.get("audience") or ""),
        _("Bahasa"): names.get(data.get("language"), data.get("language") or ""),
        _("Tema"): ", ".join(names.get(code, code) for code in data.get("themes") or []),
        _("Waktu tayang"): (data.get("scheduled_local") or "").replace("T", " "),
    }
    if "main_text" in data:
        rows[_("Naskah induk")] = data["main_text"] or ""
    for row in data.get("variants") or []:
        name = names.get(row["network"], row["network"])
        if row.get("title"):
            rows[_("Judul %(network)s") % {"network": name}] = row["title"]
        rows[_("Naskah %(network)s") % {"network": name}] = row["text"]
    return rows
