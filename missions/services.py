"""Every write to missions, people and their roles: checked, in one transaction, with its audit entry."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, TypeVar

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from audit import services as audit
from missions.access import require
from missions.models import ApiToken, Membership, Mission, Person, Role
from missions.roles import Permission

M = TypeVar("M", bound=models.Model)
# What changed in a row: field → [before, after], in a form that JSON can hold.
Changes = dict[str, list[Any]]


def save_record(
    *, by: Person, at: datetime, record: models.Model, kind: str, fields: Collection[str] | None = None
) -> Changes:
    """Add a row that the administrator keeps, or write those of its `fields` that differ from the stored ones.

    Only they are written, so that a form that was open for long takes nothing back that it does not speak of.
    Returns what changed (nothing for a new row). Raises PermissionDenied, ValidationError.
    """
    require(by, Permission.ADMINISTER)
    record.full_clean()
    with transaction.atomic():
        changes: Changes = {}
        adding = record._state.adding
        if adding:
            record.save(force_insert=True)
        else:
            changes = _differences(record, fields)
            if not changes:
                return changes
            record.save(update_fields=list(changes))
        audit.record(
            at=at,
            action=f"{'add' if adding else 'change'}_{kind}",
            actor=by,
            kind=kind,
            object_id=record.pk,
            name=str(record),
            mission_id=record.pk if isinstance(record, Mission) else None,
            data={"changes": changes} if changes else {},
        )
    return changes


def _differences(record: models.Model, fields: Collection[str] | None) -> Changes:
    names = fields if fields is not None else [field.name for field in record._meta.concrete_fields if field.editable]
    stored = type(record)._default_manager.select_for_update().get(pk=record.pk)
    pairs = {name: [getattr(stored, name), getattr(record, name)] for name in names}
    return {name: [_plain(old), _plain(new)] for name, (old, new) in pairs.items() if old != new}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | list) else str(value)


# Missions ------------------------------------------------------------------------------


def save_mission(*, by: Person, at: datetime, mission: Mission, fields: Collection[str] | None = None) -> Changes:
    """Add or change a mission. A mission that wants sign-off must have an active head (DESIGN §3).

    Its posts do not follow a change of zone here: `calendar_app/services/reference.py: save_mission` moves them.
    """
    require(by, Permission.ADMINISTER)
    with transaction.atomic():
        if mission.needs_signoff:
            if mission.pk:
                # The lock that `_check_nobody_stranded` takes: a head does not leave at the same moment.
                Mission.objects.select_for_update().get(pk=mission.pk)
            check_signoff(mission)
        return save_record(by=by, at=at, record=mission, kind="mission", fields=fields)


def check_signoff(mission: Mission) -> None:
    """Raise ValidationError when the mission wants sign-off and nobody could give it."""
    if mission.needs_signoff and not (mission.pk and _active_heads().filter(mission=mission).exists()):
        raise ValidationError(
            {
                "needs_signoff": [
                    _("Perwakilan ini belum mempunyai Kepala Perwakilan yang aktif. Tambahkan kepala terlebih dahulu.")
                ]
            }
        )


def _active_heads() -> models.QuerySet[Membership]:
    return Membership.objects.filter(role=Role.HEAD, person__is_active=True)


# People --------------------------------------------------------------------------------


def invite(
    *,
    by: Person | None,
    at: datetime,
    email: str,
    name: str,
    language: str = Person.Language.INDONESIAN,
    memberships: Iterable[tuple[Mission | None, str]] = (),
) -> Person:
    """Add a person without a password; the caller mails them the link to set one.

    `by` is None only on the command line, where the first administrator is made.
    Raises PermissionDenied, and ValidationError when the address is taken or a role does not fit its place.
    """
    _require_administrator(by)
    with transaction.atomic():
        person = Person.objects.create_user(email, name, language=language)
        _record(by, at, "add_person", person, data={"email": person.email})
        for mission, role in memberships:
            add_membership(by=by, at=at, person=person, mission=mission, role=role)
    return person


def save_person(*, by: Person, at: datetime, person: Person, fields: Collection[str]) -> Changes:
    """Change a person's name, address or language. A new address replaces the old one for signing in, too."""
    with transaction.atomic():
        changes = save_record(by=by, at=at, record=person, kind="person", fields=fields)
        if "email" in changes:
            # allauth would otherwise still let the old address in.
            EmailAddress.objects.filter(user=person).delete()
    return changes


def deactivate(*, by: Person, at: datetime, person: Person) -> None:
    """Shut a person out at once: sessions, tokens and links to set a password end. What they did stays.

    Raises ValidationError when a mission that wants sign-off, or the product, would lose its last one.
    """
    require(by, Permission.ADMINISTER)
    with transaction.atomic():
        if not _locked(person).is_active:
            return
        check_nobody_stranded(list(person.memberships.all()), field="is_active")
        person.is_active = False
        # A new unusable password changes the session hash: being made active again does not revive old sessions.
        person.set_unusable_password()
        person.save(update_fields=["is_active", "password"])
        revoked = ApiToken.objects.filter(person=person, revoked_at=None).update(revoked_at=at)
        _record(by, at, "deactivate_person", person, data={"tokens": revoked})
    _forget_grants(person)


def reactivate(*, by: Person, at: datetime, person: Person) -> None:
    """Let a person in again, with the roles they had. They set a new password by the link the caller mails them."""
    require(by, Permission.ADMINISTER)
    with transaction.atomic():
        if _locked(person).is_active:
            return
        person.is_active = True
        person.save(update_fields=["is_active"])
        _record(by, at, "reactivate_person", person)
    _forget_grants(person)


def _locked(person: Person) -> Person:
    return Person.objects.select_for_update().get(pk=person.pk)


# Roles ---------------------------------------------------------------------------------


def add_membership(
    *, by: Person | None, at: datetime, person: Person, mission: Mission | None, role: str, on_duty: bool = False
) -> Membership:
    """Give a person a role in a mission, or (None) at headquarters, there perhaps on duty.

    Raises PermissionDenied, ValidationError.
    """
    _require_administrator(by)
    membership = Membership(person=person, mission=mission, role=role, on_duty=on_duty)
    membership.full_clean()
    with transaction.atomic():
        membership.save()
        _record(by, at, "add_membership", person, mission=mission, data=_role_data(membership))
    _forget_grants(person)
    return membership


def change_membership(
    *, by: Person, at: datetime, membership: Membership, mission: Mission | None, role: str, on_duty: bool = False
) -> Membership:
    """Turn one role of a person into another, or put it on or off duty. Raises PermissionDenied, ValidationError."""
    require(by, Permission.ADMINISTER)
    with transaction.atomic():
        stored = Membership.objects.select_for_update(of=("self",)).select_related("mission").get(pk=membership.pk)
        stays = (stored.mission, stored.role) == (mission, role)
        if stays and stored.on_duty == on_duty:
            return stored
        before = _role_data(stored)
        if not stays:
            check_nobody_stranded([stored])
        stored.mission, stored.role, stored.on_duty = mission, Role(role), on_duty
        stored.full_clean()
        stored.save(update_fields=["mission", "role", "on_duty"])
        data = {"before": before, **_role_data(stored)}
        _record(by, at, "change_membership", stored.person, mission=mission, data=data)
    _forget_grants(membership.person)
    return stored


def remove_membership(*, by: Person, at: datetime, membership: Membership) -> None:
    """Take a role from a person. Raises PermissionDenied, and ValidationError for the last who had to hold it."""
    require(by, Permission.ADMINISTER)
    with transaction.atomic():
        check_nobody_stranded([membership])
        person, mission, data = membership.person, membership.mission, _role_data(membership)
        membership.delete()
        _record(by, at, "remove_membership", person, mission=mission, data=data)
    _forget_grants(person)


def check_nobody_stranded(ending: list[Membership], field: str = "role") -> None:
    """Raise ValidationError when, without these roles, a mission could sign nothing off, or nobody could administer.

    Inside a transaction it locks what it looks at, so that the last two do not leave at the same moment.
    """
    if problems := [*_missions_without_head(ending), *_without_administrator(ending)]:
        raise ValidationError({field: problems})


def _missions_without_head(ending: list[Membership]) -> list[str]:
    left = [row.mission_id for row in ending if row.role == Role.HEAD and row.mission_id is not None]
    if not left:
        return []
    missions = list(_locked_if_writing(Mission.objects.filter(pk__in=left, needs_signoff=True).order_by("pk")))
    headed = set(
        _active_heads()
        .filter(mission__in=left)
        .exclude(pk__in=[membership.pk for membership in ending])
        .values_list("mission_id", flat=True)
    )
    return [
        _(
            "%(name)s adalah Kepala Perwakilan aktif terakhir di %(mission)s, yang memerlukan paraf. "
            "Tambahkan kepala lain, atau matikan paraf di perwakilan itu, terlebih dahulu."
        )
        % {"name": ending[0].person, "mission": mission}
        for mission in missions
        if mission.pk not in headed
    ]


def _without_administrator(ending: list[Membership]) -> list[str]:
    if all(membership.role != Role.ADMIN for membership in ending):
        return []
    administrators = Membership.objects.filter(role=Role.ADMIN)
    list(_locked_if_writing(administrators.order_by("pk")))
    leaving = [membership.pk for membership in ending]
    # Read after the lock: whoever held it may have deactivated somebody.
    if administrators.filter(person__is_active=True).exclude(pk__in=leaving).exists():
        return []
    return [_("%(name)s adalah administrator aktif terakhir.") % {"name": ending[0].person}]


def _locked_if_writing(rows: models.QuerySet[M]) -> models.QuerySet[M]:
    return rows.select_for_update() if transaction.get_connection().in_atomic_block else rows


def _role_data(membership: Membership) -> dict[str, Any]:
    data = {"role": str(membership.role), "mission": membership.mission.code if membership.mission else None}
    return data | {"on_duty": True} if membership.on_duty else data


def _require_administrator(by: Person | None) -> None:
    if by is not None:
        require(by, Permission.ADMINISTER)


def _record(
    by: Person | None,
    at: datetime,
    action: str,
    person: Person,
    *,
    mission: Mission | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    audit.record(
        at=at,
        action=action,
        actor=by,
        kind="person",
        object_id=person.pk,
        name=person.name,
        mission_id=mission.pk if mission else None,
        data=data,
    )


def _forget_grants(person: Person) -> None:
    """Make `roles.grants` read this person's roles anew."""
    person.__dict__.pop("_grants", None)
