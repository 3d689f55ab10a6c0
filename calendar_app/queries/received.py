"""Which kinds of reminder somebody can get at all, by their roles: the profile offers no others (`docs/reminders.md`).

By the place and not by the single role: who stands in for somebody of the same place gets what is for that person.
"""

from __future__ import annotations

from calendar_app.models import Kind
from missions.models import Person, Role
from missions.roles import grants

OF_QUEUE = frozenset({Kind.REVIEW_REQUESTED, Kind.REVIEW_DUE, Kind.URGENT_PUBLISHED})
IN_MISSION = frozenset(Kind) - OF_QUEUE
AT_HQ = OF_QUEUE | {Kind.PUBLISH_OVERDUE, Kind.ESCALATED, Kind.DIGEST}


def kinds_of(person: Person) -> list[Kind]:
    """The kinds that this person can get, in the order of `Kind`; all of them while they have no role yet. At most one
    query."""
    held = grants(person)
    found: set[Kind] = set()
    if held.by_mission:
        found |= IN_MISSION
    if held.at_hq:
        found |= AT_HQ
    if Role.MANAGER in held.at_hq:
        found.add(Kind.WEEK_AHEAD)
    return [kind for kind in Kind if kind in found or not found]
