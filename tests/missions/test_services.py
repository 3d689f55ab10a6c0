"""Writes to missions, people and roles: checked, audited, and never leaving a mission without who it needs."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied, ValidationError

from audit.models import Entry
from missions import services, tokens
from missions.models import Membership, Mission, Person, Role
from missions.roles import Permission, can
from tests.cast import NOW, PASSWORD, Cast


def last_entry() -> Entry:
    return Entry.objects.order_by("-id")[0]


def test_invited_person_has_roles_but_no_password(cast: Cast) -> None:
    person = services.invite(
        by=cast.admin,
        at=NOW,
        email=" Baru@Test.Example ",
        name="Penyusun Baru",
        language="en",
        memberships=[(cast.tokyo, Role.DRAFTER), (None, Role.MANAGER)],
    )
    assert person.email == "baru@test.example"
    assert not person.has_usable_password()
    assert can(person, Permission.WRITE_POST, cast.tokyo)
    assert not can(person, Permission.WRITE_POST, cast.jeddah)
    entries = list(Entry.objects.filter(object_kind="person", object_id=person.pk).order_by("id"))
    assert [entry.action for entry in entries] == ["add_person", "add_membership", "add_membership"]
    assert {entry.actor_id for entry in entries} == {cast.admin.pk}


ODD_NAME, AS_KEPT = (
    " Siti\r\nBcc:\u2028x \u202eNidak\u2066 \x07 Ali\u200cReza\ufeff ",
    "Siti Bcc: x Nidak Ali\u200cReza",
)


def test_names_are_one_line_without_hidden_characters(cast: Cast) -> None:
    person = services.invite(by=cast.admin, at=NOW, email="x@test.example", name=ODD_NAME)
    assert person.name == AS_KEPT
    person.name = f"{ODD_NAME}\nDua"
    services.save_person(by=cast.admin, at=NOW, person=person, fields=["name"])
    assert Person.objects.get(pk=person.pk).name == f"{AS_KEPT} Dua"
    assert last_entry().data == {"changes": {"name": [AS_KEPT, f"{AS_KEPT} Dua"]}}


@pytest.mark.parametrize("name", ["", " \n", "\u202e\u2066"])
def test_a_name_of_which_nothing_is_seen_is_refused(cast: Cast, name: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        services.invite(by=cast.admin, at=NOW, email="x@test.example", name=name)
    assert "name" in refusal.value.message_dict
    cast.editor.name = name
    with pytest.raises(ValidationError) as refusal:
        services.save_person(by=cast.admin, at=NOW, person=cast.editor, fields=["name"])
    assert "name" in refusal.value.message_dict


def test_inviting_a_known_address_in_other_case_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refusal:
        services.invite(by=cast.admin, at=NOW, email="EDITOR@test.example", name="Dua", memberships=[])
    assert "email" in refusal.value.message_dict


def test_a_role_that_does_not_fit_its_place_leaves_nobody_behind(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        services.invite(by=cast.admin, at=NOW, email="x@test.example", name="X", memberships=[(None, Role.DRAFTER)])
    assert not Person.objects.filter(email="x@test.example").exists()


@pytest.mark.parametrize("who", ["editor", "manager", "head_tokyo", "drafter_tokyo", "stranger"])
def test_only_administrators_write(cast: Cast, who: str) -> None:
    by = getattr(cast, who)
    before = Entry.objects.count()
    for attempt in (
        lambda: services.invite(by=by, at=NOW, email="x@test.example", name="X"),
        lambda: services.add_membership(by=by, at=NOW, person=by, mission=None, role=Role.ADMIN),
        lambda: services.remove_membership(by=by, at=NOW, membership=cast.editor.memberships.get()),
        lambda: services.deactivate(by=by, at=NOW, person=cast.editor),
        lambda: services.reactivate(by=by, at=NOW, person=cast.editor),
        lambda: services.save_person(by=by, at=NOW, person=cast.editor, fields=["name"]),
        lambda: services.save_mission(by=by, at=NOW, mission=cast.jeddah),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
    assert Entry.objects.count() == before


def test_deactivation_ends_sessions_tokens_and_sign_in(cast: Cast, sign_in) -> None:
    client = sign_in(cast.editor)
    session_hash = cast.editor.get_session_auth_hash()
    _, raw = tokens.make(person=cast.editor, name="skrip", scope="read", days=1, at=NOW)
    services.deactivate(by=cast.admin, at=NOW, person=cast.editor)

    stored = Person.objects.get(pk=cast.editor.pk)
    assert client.get("/admin/").status_code == 302  # signed out, where an editor would get 403
    assert tokens.authenticate(raw, NOW) is None
    assert authenticate(None, email=stored.email, password=PASSWORD) is None
    assert not can(stored, Permission.REVIEW)
    assert stored.get_session_auth_hash() != session_hash
    assert last_entry().action == "deactivate_person"
    assert last_entry().data == {"tokens": 1}


def test_reactivation_brings_the_roles_back_but_no_session_or_token(cast: Cast, sign_in) -> None:
    client = sign_in(cast.editor)
    _, raw = tokens.make(person=cast.editor, name="skrip", scope="read", days=1, at=NOW)
    services.deactivate(by=cast.admin, at=NOW, person=cast.editor)
    services.reactivate(by=cast.admin, at=NOW, person=cast.editor)
    assert can(Person.objects.get(pk=cast.editor.pk), Permission.REVIEW)
    assert client.get("/admin/").status_code == 302
    assert tokens.authenticate(raw, NOW) is None


def test_deactivating_twice_leaves_one_entry(cast: Cast) -> None:
    services.deactivate(by=cast.admin, at=NOW, person=cast.editor)
    services.deactivate(by=cast.admin, at=NOW, person=cast.editor)
    assert Entry.objects.filter(action="deactivate_person").count() == 1


def end_role(cast: Cast) -> None:
    services.remove_membership(by=cast.admin, at=NOW, membership=cast.head_tokyo.memberships.get())


def change_role(cast: Cast) -> None:
    membership = cast.head_tokyo.memberships.get()
    services.change_membership(by=cast.admin, at=NOW, membership=membership, mission=cast.tokyo, role=Role.DRAFTER)


def shut_out(cast: Cast) -> None:
    services.deactivate(by=cast.admin, at=NOW, person=cast.head_tokyo)


@pytest.mark.parametrize("leave", [end_role, change_role, shut_out])
def test_the_last_head_stays_while_the_mission_wants_signoff(cast: Cast, leave) -> None:
    with pytest.raises(ValidationError, match="Kepala Tokyo"):
        leave(cast)
    stored = Membership.objects.get(person=cast.head_tokyo)
    assert (stored.role, stored.person.is_active) == (Role.HEAD, True)

    services.add_membership(by=cast.admin, at=NOW, person=cast.stranger, mission=cast.tokyo, role=Role.HEAD)
    leave(cast)
    assert not Membership.objects.filter(person=cast.head_tokyo, role=Role.HEAD, person__is_active=True).exists()


def test_a_deactivated_head_does_not_count(cast: Cast) -> None:
    services.add_membership(by=cast.admin, at=NOW, person=cast.stranger, mission=cast.tokyo, role=Role.HEAD)
    services.deactivate(by=cast.admin, at=NOW, person=cast.stranger)
    with pytest.raises(ValidationError):
        end_role(cast)


def test_where_no_signoff_is_wanted_the_last_head_may_leave(cast: Cast) -> None:
    services.remove_membership(by=cast.admin, at=NOW, membership=cast.head_jeddah.memberships.get())
    assert not cast.head_jeddah.memberships.exists()
    assert last_entry().mission_id == cast.jeddah.pk


def test_the_last_administrator_stays(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="administrator"):
        services.deactivate(by=cast.admin, at=NOW, person=cast.admin)
    with pytest.raises(ValidationError, match="administrator"):
        services.remove_membership(by=cast.admin, at=NOW, membership=cast.admin.memberships.get())
    services.add_membership(by=cast.admin, at=NOW, person=cast.editor2, mission=None, role=Role.ADMIN)
    services.deactivate(by=cast.admin, at=NOW, person=cast.admin)


def test_signoff_needs_an_active_head(cast: Cast) -> None:
    services.deactivate(by=cast.admin, at=NOW, person=cast.head_jeddah)
    cast.jeddah.needs_signoff = True
    with pytest.raises(ValidationError) as refusal:
        services.save_mission(by=cast.admin, at=NOW, mission=cast.jeddah)
    assert list(refusal.value.message_dict) == ["needs_signoff"]
    assert not Mission.objects.get(pk=cast.jeddah.pk).needs_signoff

    services.reactivate(by=cast.admin, at=NOW, person=cast.head_jeddah)
    assert services.save_mission(by=cast.admin, at=NOW, mission=cast.jeddah) == {"needs_signoff": [False, True]}


def test_a_mission_that_is_new_cannot_want_signoff_yet(cast: Cast) -> None:
    fresh = Mission(code="kbri-baru", name_id="KBRI Baru", name_en="New", kind="KBRI", city="Baru", country="Baru")
    fresh.country_iso2, fresh.timezone, fresh.region, fresh.needs_signoff = "XX", "UTC", cast.tokyo.region, True
    with pytest.raises(ValidationError):
        services.save_mission(by=cast.admin, at=NOW, mission=fresh)
    fresh.needs_signoff = False
    services.save_mission(by=cast.admin, at=NOW, mission=fresh)
    assert (last_entry().action, last_entry().object_name) == ("add_mission", "KBRI Baru")


def test_a_form_that_was_open_for_long_writes_only_its_own_fields(cast: Cast) -> None:
    Mission.objects.filter(pk=cast.jeddah.pk).update(note="Dari orang lain")
    cast.jeddah.city = "Jiddah"
    changes = services.save_mission(by=cast.admin, at=NOW, mission=cast.jeddah, fields=["city"])
    stored = Mission.objects.get(pk=cast.jeddah.pk)
    assert (stored.city, stored.note) == ("Jiddah", "Dari orang lain")
    assert changes == {"city": ["Jeddah", "Jiddah"]}
    assert last_entry().data == {"changes": changes}


def test_saving_what_is_the_same_leaves_no_entry(cast: Cast) -> None:
    before = Entry.objects.count()
    assert services.save_mission(by=cast.admin, at=NOW, mission=cast.jeddah) == {}
    assert Entry.objects.count() == before


def test_an_unknown_zone_is_refused(cast: Cast) -> None:
    cast.jeddah.timezone = "Asia/Mecca"
    with pytest.raises(ValidationError, match="Asia/Mecca"):
        services.save_mission(by=cast.admin, at=NOW, mission=cast.jeddah)


def test_a_new_address_is_the_only_one_to_sign_in_with(cast: Cast) -> None:
    EmailAddress.objects.create(user=cast.editor, email=cast.editor.email, primary=True, verified=True)
    old, cast.editor.email = cast.editor.email, "peninjau@test.example"
    services.save_person(by=cast.admin, at=NOW, person=cast.editor, fields=["email"])
    assert authenticate(None, email=old, password=PASSWORD) is None
    assert authenticate(None, email="peninjau@test.example", password=PASSWORD) == cast.editor


def test_roles_follow_at_once_for_the_same_object(cast: Cast) -> None:
    assert not can(cast.stranger, Permission.REVIEW)
    membership = services.add_membership(by=cast.admin, at=NOW, person=cast.stranger, mission=None, role=Role.EDITOR)
    assert can(cast.stranger, Permission.REVIEW)
    services.remove_membership(by=cast.admin, at=NOW + timedelta(minutes=1), membership=membership)
    assert not can(cast.stranger, Permission.REVIEW)


def test_the_same_role_twice_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        services.add_membership(by=cast.admin, at=NOW, person=cast.editor, mission=None, role=Role.EDITOR)


def test_duty_is_given_and_taken_with_its_entry(cast: Cast) -> None:
    row = cast.admin.memberships.get()
    services.change_membership(by=cast.admin, at=NOW, membership=row, mission=None, role=Role.ADMIN, on_duty=True)
    assert cast.admin.memberships.get().on_duty, "also for the last administrator, who stays one"
    assert last_entry().data == {
        "before": {"role": "admin", "mission": None},
        "role": "admin",
        "mission": None,
        "on_duty": True,
    }
    services.change_membership(by=cast.admin, at=NOW, membership=row, mission=None, role=Role.ADMIN)
    assert not cast.admin.memberships.get().on_duty


def test_duty_is_for_headquarters_alone(cast: Cast) -> None:
    row = cast.head_jeddah.memberships.get()
    with pytest.raises(ValidationError, match="piket"):
        services.change_membership(
            by=cast.admin, at=NOW, membership=row, mission=cast.jeddah, role=Role.HEAD, on_duty=True
        )
    with pytest.raises(ValidationError, match="piket"):
        services.add_membership(
            by=cast.admin, at=NOW, person=cast.stranger, mission=cast.jeddah, role=Role.HEAD, on_duty=True
        )
