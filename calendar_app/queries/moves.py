"""Which posts may be moved to another time, and by which step of their life."""

from __future__ import annotations

from calendar_app.workflow import Action, row_for
from missions.models import Person
from missions.roles import Permission, grants


def action_for(status: str) -> Action | None:
    """The step that moves a post of this status: what was approved is rescheduled, what is being written is saved with
    another time (the time is no part of what is approved). None where the time stands."""
    return next((action for action in (Action.RESCHEDULE, Action.SAVE) if row_for(action, status)), None)


class Mover:
    """Whose posts a person may move, asked once for each mission and status: lists ask it of every row."""

    def __init__(self, person: Person) -> None:
        self._held = grants(person)
        self._known: dict[tuple[int, str], bool | None] = {}

    def may_move(self, mission_id: int, status: str) -> bool | None:
        """Now; False: not in this status; None: never, since the person does not write for that mission."""
        key = mission_id, status
        if key not in self._known:
            self._known[key] = self._look(mission_id, status)
        return self._known[key]

    def _look(self, mission_id: int, status: str) -> bool | None:
        permissions = self._held.in_mission(mission_id)
        if Permission.WRITE_POST not in permissions:
            return None
        action = action_for(status)
        row = row_for(action, status) if action else None
        return row is not None and row.permission in permissions
