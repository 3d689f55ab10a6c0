"""Bearer tokens: shown once, kept as a hash, and ended by time, by hand and with their person."""

import hashlib
import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from audit.models import Entry
from missions import tokens
from missions.models import ApiToken, Person
from tests.cast import NOW, Cast

DAY = timedelta(days=1)


def make(person: Person, **changes):
    return tokens.make(**({"person": person, "name": "skrip", "scope": "write", "days": 30, "at": NOW} | changes))


def test_text_is_shown_once_and_kept_as_a_hash(cast: Cast) -> None:
    token, raw = make(cast.editor)
    assert re.fullmatch(r"sel_[A-Za-z0-9_-]{43}", raw)
    stored = ApiToken.objects.get(pk=token.pk)
    assert stored.token_hash == hashlib.sha256(raw.encode()).hexdigest()
    assert raw.startswith(stored.hint)
    assert len(stored.hint) < 10
    assert raw not in str(Entry.objects.get(action="make_token", object_id=token.pk).data)


def test_a_live_token_names_its_person_in_one_query(cast: Cast, django_assert_num_queries) -> None:
    _, raw = make(cast.editor)
    tokens.authenticate(raw, NOW)
    with django_assert_num_queries(1):
        token = tokens.authenticate(raw, NOW + timedelta(seconds=59))
        assert token is not None
        assert token.person == cast.editor


def test_use_is_noted_once_a_minute(cast: Cast) -> None:
    token, raw = make(cast.editor)
    for seconds, noted in ((0, 0), (59, 0), (60, 60)):
        tokens.authenticate(raw, NOW + timedelta(seconds=seconds))
        token.refresh_from_db()
        assert token.last_used_at == NOW + timedelta(seconds=noted)


@pytest.mark.parametrize("raw", ["", "sel_", "sel_" + "x" * 43, "Bearer", "\x00", "é" * 47])
def test_an_unknown_text_is_nobody(cast: Cast, raw: str) -> None:
    assert tokens.authenticate(raw, NOW) is None


def test_an_expired_token_is_nobody(cast: Cast) -> None:
    _, raw = make(cast.editor, days=1)
    assert tokens.authenticate(raw, NOW + DAY - timedelta(seconds=1))
    assert tokens.authenticate(raw, NOW + DAY) is None


def test_a_revoked_token_is_nobody_and_revoking_again_changes_nothing(cast: Cast) -> None:
    token, raw = make(cast.editor)
    tokens.revoke(by=cast.editor, token=token, at=NOW)
    tokens.revoke(by=cast.editor, token=token, at=NOW + DAY)
    token.refresh_from_db()
    assert token.revoked_at == NOW
    assert tokens.authenticate(raw, NOW) is None
    assert Entry.objects.filter(action="revoke_token", object_id=token.pk).count() == 1


def test_nobody_revokes_the_token_of_another(cast: Cast) -> None:
    token, raw = make(cast.editor)
    with pytest.raises(PermissionDenied):
        tokens.revoke(by=cast.admin, token=token, at=NOW)
    assert tokens.authenticate(raw, NOW)


def test_a_token_of_somebody_inactive_is_nobody(cast: Cast) -> None:
    _, raw = make(cast.editor)
    Person.objects.filter(pk=cast.editor.pk).update(is_active=False)
    assert tokens.authenticate(raw, NOW) is None
    with pytest.raises(PermissionDenied):
        make(cast.editor)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"days": 0}, "days"), ({"days": 367}, "days"), ({"scope": "admin"}, "scope"), ({"name": " "}, "name")],
)
def test_what_will_not_do_is_named(cast: Cast, changes, field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        make(cast.editor, **changes)
    assert field in refusal.value.message_dict
    assert not cast.editor.tokens.exists()


def test_a_person_has_at_most_twenty_live_tokens(cast: Cast) -> None:
    made = [make(cast.editor, name=f"skrip {number}", days=1 if number else 366)[0] for number in range(20)]
    with pytest.raises(ValidationError, match="20"):
        make(cast.editor)
    make(cast.manager)
    tokens.revoke(by=cast.editor, token=made[0], at=NOW)
    make(cast.editor)
    with pytest.raises(ValidationError):
        make(cast.editor)
    make(cast.editor, at=NOW + DAY)  # those of one day have ended
