"""Addresses in mails that stop one kind: what they name, and what nobody can forge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Entry
from calendar_app.models import Kind
from calendar_app.queries.reminders import ALWAYS_MAILED, MUTABLE_KINDS
from calendar_app.services import unsubscribe
from missions.models import Person
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def token_of(link: str) -> str:
    return link.split("/")[-2]


def test_each_kind_that_can_be_stopped_has_an_address_of_its_own(cast: Cast, settings: object) -> None:
    links = {kind: unsubscribe.link(cast.drafter_tokyo, kind) for kind in MUTABLE_KINDS}
    assert len(set(links.values())) == len(MUTABLE_KINDS)
    for kind, link in links.items():
        assert unsubscribe.read(token_of(link)) == (cast.drafter_tokyo, kind)
        assert unsubscribe.headers(cast.drafter_tokyo, kind) == {
            "List-Unsubscribe": f"<{link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }


def test_what_is_always_mailed_has_none(cast: Cast) -> None:
    for kind in ALWAYS_MAILED:
        assert unsubscribe.link(cast.drafter_tokyo, kind) == ""
        assert unsubscribe.headers(cast.drafter_tokyo, kind) == {}
        signed = unsubscribe.SIGNER.sign(f"{cast.drafter_tokyo.pk}.{kind.value}")
        assert unsubscribe.read(signed) is None, "also when it was signed before the kind became one of these"


def test_a_header_is_one_line_that_mail_servers_take(cast: Cast) -> None:
    for kind in MUTABLE_KINDS:
        for name, value in unsubscribe.headers(cast.drafter_tokyo, kind).items():
            assert len(f"{name}: {value}") < 500
            assert value.isascii()
            assert value.isprintable()


def test_another_person_or_kind_needs_another_signature(cast: Cast) -> None:
    token = token_of(unsubscribe.link(cast.drafter_tokyo, Kind.DECIDED))
    pk = str(cast.drafter_tokyo.pk)
    for forged in (
        token.replace(pk, str(cast.head_tokyo.pk), 1),
        token.replace("decided", "moved"),
        token[:-1],
        token + "A",
        token.rsplit(".", 1)[0],
        "",
    ):
        assert unsubscribe.read(forged) is None


@given(st.text(max_size=80))
def test_no_text_is_read_as_an_address(text: str) -> None:
    assert unsubscribe.read(text) is None


def test_stopping_twice_leaves_one_entry_that_says_through_what(cast: Cast) -> None:
    for _time in range(2):
        unsubscribe.stop(person=cast.drafter_tokyo, kind=Kind.DECIDED, at=NOW)
    assert Person.objects.get(pk=cast.drafter_tokyo.pk).muted_kinds == ["decided"]
    entry = Entry.objects.get(action="change_profile")
    assert entry.data == {"changes": {"muted_kinds": [[], ["decided"]]}, "through": "mail"}


def test_one_kind_leaves_the_others_as_they_are(cast: Cast) -> None:
    Person.objects.filter(pk=cast.drafter_tokyo.pk).update(muted_kinds=["moved"])
    unsubscribe.stop(person=cast.drafter_tokyo, kind=Kind.DECIDED, at=NOW)
    assert set(Person.objects.get(pk=cast.drafter_tokyo.pk).muted_kinds) == {"moved", "decided"}
    unsubscribe.resume(person=cast.drafter_tokyo, kind=Kind.DECIDED, at=NOW)
    assert Person.objects.get(pk=cast.drafter_tokyo.pk).muted_kinds == ["moved"]
