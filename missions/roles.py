"""Who may do what: the only table from role to permission.

`can()` answers `Allowed` or `Denied(reason)`; pages show the reason beside a button that is off.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from missions.models import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from missions.models import Mission, Person


class Permission(StrEnum):
    VIEW_POST = "view_post"
    WRITE_POST = "write_post"  # create, save, submit, withdraw, reschedule, mark as published, delete
    SIGN_OFF = "sign_off"  # also send back
    CANCEL_POST = "cancel_post"
    RETRACT_POST = "retract_post"
    PUBLISH_URGENTLY = "publish_urgently"
    REVIEW = "review"  # every decision; the queue is read by all of headquarters
    MANAGE_HOLDS = "manage_holds"
    MANAGE_ABSENCES = "manage_absences"  # enter and end those of others; one's own needs no permission
    ADMINISTER = "administer"  # missions, people, themes, networks, mail, operations


P = Permission

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.DRAFTER: frozenset({P.VIEW_POST, P.WRITE_POST, P.CANCEL_POST}),
    Role.HEAD: frozenset(
        {
            *(P.VIEW_POST, P.WRITE_POST, P.CANCEL_POST, P.SIGN_OFF, P.RETRACT_POST, P.PUBLISH_URGENTLY),
            P.MANAGE_ABSENCES,
        }
    ),
    Role.EDITOR: frozenset({P.VIEW_POST, P.REVIEW, P.CANCEL_POST, P.RETRACT_POST, P.MANAGE_HOLDS}),
    Role.MANAGER: frozenset({P.VIEW_POST}),
    Role.ADMIN: frozenset({P.VIEW_POST, P.MANAGE_HOLDS, P.MANAGE_ABSENCES, P.ADMINISTER}),
}


@dataclass(frozen=True)
class Allowed:
    """Yes."""

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True)
class Denied:
    """No, and why, in words for the person who asked."""

    reason: str | Promise

    def __bool__(self) -> bool:
        return False


Verdict = Allowed | Denied


@dataclass(frozen=True)
class Grants:
    """The roles one person holds, read once and kept for the request."""

    by_mission: dict[int, frozenset[Role]]
    at_hq: frozenset[Role]
    # at the duty desk of headquarters
    on_duty: bool = False

    @cached_property
    def hq_permissions(self) -> frozenset[Permission]:
        return frozenset().union(*(PERMISSIONS[role] for role in self.at_hq))

    def in_mission(self, mission_id: int) -> frozenset[Permission]:
        """What the person may do with the posts of this mission."""
        local = self.by_mission.get(mission_id, frozenset())
        return self.hq_permissions.union(*(PERMISSIONS[role] for role in local))


NOTHING = Grants({}, frozenset())


def grants(person: Person | AnonymousUser) -> Grants:
    """The person's roles; nobody's when signed out or deactivated. One query for each person object."""
    if not person.is_authenticated or not person.is_active:
        return NOTHING
    kept = getattr(person, "_grants", None)
    if kept is None:
        by_mission: dict[int, set[Role]] = {}
        at_hq: set[Role] = set()
        on_duty = False
        for mission_id, role, is_duty in person.memberships.values_list("mission_id", "role", "on_duty"):
            on_duty |= is_duty
            (by_mission.setdefault(mission_id, set()) if mission_id else at_hq).add(Role(role))
        kept = Grants({key: frozenset(value) for key, value in by_mission.items()}, frozenset(at_hq), on_duty)
        person._grants = kept  # type: ignore[attr-defined]
    return kept


def who_may(permission: Permission) -> list[Role]:
    """The roles that hold a permission, for saying who to turn to."""
    return [role for role in Role if permission in PERMISSIONS[role]]


def can(person: Person | AnonymousUser, permission: Permission, mission: Mission | int | None = None) -> Verdict:
    """May this person do this, in this mission (a Mission or its id) or, without one, at headquarters?"""
    held = grants(person)
    if mission is None:
        allowed = permission in held.hq_permissions
    else:
        allowed = permission in held.in_mission(mission if isinstance(mission, int) else mission.pk)
    if allowed:
        return Allowed()
    names = ", ".join(str(role.label) for role in who_may(permission))
    return Denied(_("Hanya untuk peran: %(roles)s.") % {"roles": names})


def is_hq(person: Person | AnonymousUser) -> bool:
    """Does this person hold any role at headquarters? They read every post."""
    return bool(grants(person).at_hq)
