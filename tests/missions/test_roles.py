"""The table from role to permission, and what `can()` makes of it."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from missions import access
from missions.models import HQ_ROLES, MISSION_ROLES, Membership, Person, Role
from missions.roles import PERMISSIONS, Permission, can, is_hq, who_may
from tests.cast import Cast

P = Permission
HERE = {
    "drafter_tokyo": {P.VIEW_POST, P.WRITE_POST, P.CANCEL_POST},
    "head_tokyo": {
        *(P.VIEW_POST, P.WRITE_POST, P.CANCEL_POST, P.SIGN_OFF, P.RETRACT_POST, P.PUBLISH_URGENTLY),
        P.MANAGE_ABSENCES,
    },
    "drafter_jeddah": set(),
    "head_jeddah": set(),
    "editor": {P.VIEW_POST, P.REVIEW, P.CANCEL_POST, P.RETRACT_POST, P.MANAGE_HOLDS},
    "manager": {P.VIEW_POST},
    "admin": {P.VIEW_POST, P.MANAGE_HOLDS, P.MANAGE_ABSENCES, P.ADMINISTER},
    "stranger": set(),
}


@pytest.mark.parametrize("who", list(HERE))
def test_each_role_holds_exactly_its_permissions_in_tokyo(cast: Cast, who: str) -> None:
    person = getattr(cast, who)
    assert {permission for permission in P if can(person, permission, cast.tokyo)} == HERE[who]


@pytest.mark.parametrize("who", ["drafter_tokyo", "head_tokyo", "stranger"])
def test_roles_of_a_mission_mean_nothing_at_headquarters(cast: Cast, who: str) -> None:
    assert not [permission for permission in P if can(getattr(cast, who), permission)]
    assert not is_hq(getattr(cast, who))


def test_roles_of_several_places_do_not_mix(cast: Cast) -> None:
    Membership.objects.create(person=cast.drafter_tokyo, mission=cast.jeddah, role=Role.HEAD)
    assert can(cast.drafter_tokyo, P.SIGN_OFF, cast.jeddah)
    assert not can(cast.drafter_tokyo, P.SIGN_OFF, cast.tokyo)


def test_a_denial_says_whom_to_turn_to(cast: Cast) -> None:
    verdict = can(cast.drafter_tokyo, P.REVIEW, cast.tokyo)
    assert not verdict
    assert "peninjau" in str(verdict.reason)


def test_nobody_and_the_deactivated_may_nothing(cast: Cast) -> None:
    Person.objects.filter(pk=cast.admin.pk).update(is_active=False)
    for person in (AnonymousUser(), Person.objects.get(pk=cast.admin.pk)):
        assert not [permission for permission in P if can(person, permission, cast.tokyo)]


def test_roles_are_read_once_for_a_person(cast: Cast, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        for permission in P:
            can(cast.editor, permission, cast.tokyo)
            can(cast.editor, permission)


def test_every_role_has_a_place_and_every_permission_a_holder() -> None:
    assert set(PERMISSIONS) == set(Role) == {*MISSION_ROLES, *HQ_ROLES}
    assert all(who_may(permission) for permission in P)


def test_only_editors_decide_and_only_administrators_administer() -> None:
    assert who_may(P.REVIEW) == [Role.EDITOR]
    assert who_may(P.ADMINISTER) == [Role.ADMIN]
    assert who_may(P.SIGN_OFF) == [Role.HEAD]
    assert set(who_may(P.MANAGE_HOLDS)) == {Role.EDITOR, Role.ADMIN}


def test_not_yours_is_404_and_too_low_a_role_is_403(cast: Cast) -> None:
    assert access.mission_for(cast.drafter_tokyo, "kbri-tokyo", P.WRITE_POST) == cast.tokyo
    with pytest.raises(Http404):
        access.mission_for(cast.drafter_tokyo, "kjri-jeddah", P.VIEW_POST)
    with pytest.raises(PermissionDenied):
        access.mission_for(cast.drafter_tokyo, "kbri-tokyo", P.SIGN_OFF)
    with pytest.raises(PermissionDenied):
        access.mission_for(cast.manager, "kjri-jeddah", P.WRITE_POST)
