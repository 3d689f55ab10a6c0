import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from audit.models import Entry
from missions.models import Person
from missions.roles import Permission, can
from tests.cast import Cast


def create_admin(*arguments: str) -> str:
    """Run the command and return the link it prints."""
    out = StringIO()
    call_command("create_admin", *arguments, stdout=out)
    found = re.search(r"http://127\.0\.0\.1:8000(/accounts/password/reset/key/\S+)", out.getvalue())
    assert found, out.getvalue()
    return found[1]


@pytest.mark.django_db
def test_the_link_sets_a_password_once(client: Client) -> None:
    link = create_admin("Rina@Kemlu.example", "--name", "Rina")
    form = client.get(link, follow=True)
    passwords = {"password1": "sebuah-sandi-panjang", "password2": "sebuah-sandi-panjang"}
    client.post(form.redirect_chain[-1][0], passwords)
    person = Person.objects.get(email="rina@kemlu.example")
    assert person.check_password("sebuah-sandi-panjang")
    assert can(person, Permission.ADMINISTER)
    again = Client().get(link, follow=True)
    assert not again.redirect_chain
    assert "password1" not in again.content.decode()


@pytest.mark.django_db
def test_both_steps_are_in_the_audit() -> None:
    create_admin("rina@kemlu.example")
    person = Person.objects.get(email="rina@kemlu.example")
    entries = Entry.objects.filter(object_kind="person", object_id=person.pk)
    assert set(entries.values_list("action", "actor_name")) == {
        ("add_person", "Selaras"),
        ("add_membership", "Selaras"),
    }


def test_somebody_who_is_there_keeps_their_roles_and_becomes_administrator(cast: Cast) -> None:
    create_admin(cast.editor.email)
    create_admin(cast.editor.email)
    person = Person.objects.get(pk=cast.editor.pk)
    assert sorted(person.memberships.values_list("role", flat=True)) == ["admin", "editor"]
    assert person.check_password("kata-sandi-untuk-uji")


def test_somebody_deactivated_is_not_let_in_by_the_back_door(cast: Cast) -> None:
    Person.objects.filter(pk=cast.editor.pk).update(is_active=False)
    with pytest.raises(CommandError, match="deactivated"):
        create_admin(cast.editor.email)


@pytest.mark.django_db
def test_an_address_that_is_none_is_refused_in_words() -> None:
    with pytest.raises(CommandError):
        create_admin("rina")
