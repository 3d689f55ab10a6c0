"""Bearer tokens for the API: made and revoked by their person, kept only as a hash."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from audit import services as audit
from missions.models import ApiToken, Person

PREFIX = "sel_"
MOST_DAYS = 366
MOST_LIVE = 20
# How exact `last_used_at` is; a write with every call would cost more than the call.
USE_NOTED_EVERY = timedelta(minutes=1)


def make(*, person: Person, name: str, scope: str, days: int, at: datetime) -> tuple[ApiToken, str]:
    """Return a new token and its text, "sel_" and 43 characters, which is shown once and never again.

    Raises ValidationError for a name, scope or life that will not do, or when the person has 20 live tokens.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ValidationError({"days": [_("Isi antara 1 dan %(most)d hari.") % {"most": MOST_DAYS}]})
    # 256 random bits: nothing to guess, so that a plain SHA-256 is enough at rest.
    raw = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        person=person,
        name=name.strip(),
        hint=raw[: len(PREFIX) + 4],
        token_hash=_hash(raw),
        scope=scope,
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    token.clean_fields(exclude=["person", "last_used_at", "revoked_at"])
    with transaction.atomic():
        holder = Person.objects.select_for_update().get(pk=person.pk)
        if not holder.is_active:
            raise PermissionDenied(_("Akun Anda tidak aktif."))
        if live(person, at).count() >= MOST_LIVE:
            message = _("Anda sudah mempunyai %(most)d token. Cabut salah satu terlebih dahulu.")
            raise ValidationError({"name": [message % {"most": MOST_LIVE}]})
        token.save()
        _record(person, "make_token", token, at)
    return token, raw


def live(person: Person, at: datetime) -> QuerySet[ApiToken]:
    """The person's tokens that work at this instant."""
    return person.tokens.filter(revoked_at=None, expires_at__gt=at)


def revoke(*, by: Person, token: ApiToken, at: datetime) -> None:
    """End one of the person's own tokens; ending it again does nothing. Raises PermissionDenied for another's."""
    if token.person_id != by.pk:
        raise PermissionDenied(_("Token ini bukan milik Anda."))
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
            token.revoked_at = at
            _record(by, "revoke_token", token, at)


def authenticate(raw: str, at: datetime) -> ApiToken | None:
    """The live token of an active person with this text, its person loaded, or None. Notes its use once a minute."""
    if not raw.startswith(PREFIX):
        return None
    token = (
        ApiToken.objects.select_related("person")
        .filter(token_hash=_hash(raw), revoked_at=None, expires_at__gt=at, person__is_active=True)
        .first()
    )
    if token and (token.last_used_at is None or at - token.last_used_at >= USE_NOTED_EVERY):
        unnoted = Q(last_used_at=None) | Q(last_used_at__lte=at - USE_NOTED_EVERY)
        ApiToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=at)
        token.last_used_at = at
    return token


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()


def _record(by: Person, action: str, token: ApiToken, at: datetime) -> None:
    data = {"hint": token.hint, "scope": token.scope, "expires_at": token.expires_at.isoformat()}
    audit.record(at=at, action=action, actor=by, kind="token", object_id=token.pk, name=token.name, data=data)
