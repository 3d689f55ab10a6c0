"""The only doors to missions and people for pages, API and commands: not yours is 404, too low a role is 403."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from missions.models import Absence, ApiToken, Mission, Person, Region
from missions.roles import Denied, Permission, can, grants, is_hq


def regions() -> QuerySet[Region]:
    """All regions; everybody may read them."""
    return Region.objects.all()


def missions() -> QuerySet[Mission]:
    """All missions, with their region: reference data that everybody signed in may read."""
    return Mission.objects.select_related("region")


def missions_for(person: Person) -> QuerySet[Mission]:
    """The missions whose posts this person may read: their own, or all for headquarters."""
    if is_hq(person):
        return missions()
    return missions().filter(pk__in=grants(person).by_mission)


def missions_to_write_for(person: Person) -> QuerySet[Mission]:
    """The missions for which this person may draft."""
    held = grants(person)
    return missions().filter(pk__in=[pk for pk in held.by_mission if Permission.WRITE_POST in held.in_mission(pk)])


def mission(code: str) -> Mission:
    """A mission as reference data, by its code. Raises Http404."""
    try:
        return missions().get(code=code)
    except (Mission.DoesNotExist, ValueError):
        raise Http404(_("Perwakilan “%(code)s” tidak ada.") % {"code": code}) from None


def mission_for(person: Person, code: str, permission: Permission) -> Mission:
    """A mission whose posts the person may read. Raises Http404, or PermissionDenied when the role is too low."""
    try:
        found = missions_for(person).get(code=code)
    except (Mission.DoesNotExist, ValueError):  # ValueError: NUL in the code
        raise Http404(_("Perwakilan ini tidak ada, atau bukan perwakilan Anda.")) from None
    require(person, permission, found)
    return found


def require(person: Person, permission: Permission, where: Mission | int | None = None) -> None:
    """Raise PermissionDenied with the reason unless `can()` allows it."""
    verdict = can(person, permission, where)
    if isinstance(verdict, Denied):
        raise PermissionDenied(str(verdict.reason))


def person_for(person: Person, pk: int, permission: Permission) -> Person:
    """Oneself, or somebody active over whom one holds this permission: in a mission of theirs, or at headquarters.

    Raises Http404 for people of other missions, PermissionDenied when the role is too low.
    """
    known = Q(pk=person.pk)
    if is_hq(person):
        known |= Q(is_active=True)
    else:
        known |= Q(is_active=True, memberships__mission__in=list(grants(person).by_mission))
    try:
        found = Person.objects.filter(known).distinct().get(pk=pk)
    except (Person.DoesNotExist, OverflowError):
        raise Http404(_("Orang ini tidak ada, atau bukan dari perwakilan Anda.")) from None
    require_over(person, permission, found)
    return found


def require_over(person: Person, permission: Permission, other: Person) -> None:
    """Raise PermissionDenied unless it is oneself, or one holds the permission in a mission of theirs or at HQ."""
    if person.pk == other.pk or can(person, permission):
        return
    places = other.memberships.filter(mission__in=list(grants(person).by_mission)).values_list("mission", flat=True)
    if not any(can(person, permission, place) for place in places):
        require(person, permission)


def shared_missions(person: Person, other: Person) -> QuerySet[Mission]:
    """The missions of another whose posts this person may read, by code."""
    return missions_for(person).filter(memberships__person=other).distinct().order_by("code")


def absence_for(person: Person, pk: int) -> Absence:
    """One's own absence, or one of somebody whose absences one keeps. Raises Http404, PermissionDenied."""
    try:
        found = Absence.objects.select_related("person", "deputy").get(pk=pk)
        person_for(person, found.person_id, Permission.MANAGE_ABSENCES)
    except (Absence.DoesNotExist, OverflowError, Http404):
        raise Http404(_("Catatan ketidakhadiran ini tidak ada.")) from None
    return found


def token_for(person: Person, pk: int) -> ApiToken:
    """One of the person's own tokens. Raises Http404."""
    try:
        return person.tokens.get(pk=pk)
    except ApiToken.DoesNotExist:
        raise Http404(_("Token ini tidak ada.")) from None
