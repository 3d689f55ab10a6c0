"""The only doors to missions and people for pages, API and commands: not yours is 404, too low a role is 403."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from missions.models import ApiToken, Mission, Person, Region
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


def token_for(person: Person, pk: int) -> ApiToken:
    """One of the person's own tokens. Raises Http404."""
    try:
        return person.tokens.get(pk=pk)
    except ApiToken.DoesNotExist:
        raise Http404(_("Token ini tidak ada.")) from None
