"""Stopping the mails of one kind straight from a mail, without signing in (RFC 2369, RFC 8058).

The address in the mail is signed and names a person and a kind; whoever holds it may stop that kind, or let it come
again, and nothing else. It does not end: mails are read late. Kinds that are always mailed have no such address.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.signing import BadSignature, Signer

from calendar_app.models import Kind
from calendar_app.queries.reminders import MUTABLE_KINDS
from calendar_app.services import profile
from missions.models import Person

SIGNER = Signer(sep=".", salt="selaras.unsubscribe")


def link(person: Person, kind: str) -> str:
    """The full address that stops this kind for this person; "" for a kind that is always mailed."""
    if kind not in MUTABLE_KINDS:
        return ""
    # Not `reverse()`: mails are made where no page is loaded.
    return f"{settings.BASE_URL}/unsubscribe/{SIGNER.sign(f'{person.pk}.{Kind(kind).value}')}/"


def headers(person: Person, kind: str) -> dict[str, str]:
    """What a mail of this kind carries, so that mail programs offer to stop it with one click; {} for a kind that is
    always mailed."""
    address = link(person, kind)
    if not address:
        return {}
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def read(token: str) -> tuple[Person, Kind] | None:
    """Whom and what a signed token names; None for one that we did not sign, or of a kind that is always mailed now."""
    try:
        pk, kind = SIGNER.unsign(token).split(".")
    except (BadSignature, ValueError):
        return None
    person = Person.objects.filter(pk=pk).first()
    return (person, Kind(kind)) if person and kind in MUTABLE_KINDS else None


def stop(*, person: Person, kind: Kind, at: datetime) -> None:
    """Mail this kind no longer, nor send it to devices; notices in the product still come."""
    profile.want(person=person, at=at, kind=kind, wanted=False, through="mail")


def resume(*, person: Person, kind: Kind, at: datetime) -> None:
    """Mail this kind again."""
    profile.want(person=person, at=at, kind=kind, wanted=True, through="mail")
