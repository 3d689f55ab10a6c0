"""What people change about themselves: name, language, zone, how pages look and act, what they want mailed, and when
they do not want to be disturbed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from audit import services as audit
from calendar_app.models import Reminder, State
from calendar_app.queries.reminders import MUTABLE_KINDS
from missions.models import Person, plain_name


def save(
    *, person: Person, at: datetime, name: str, language: str, timezone: str, appearance: str, single_keys: bool
) -> None:
    """Change one's own name, language, zone ("" for none), light or dark, and single keys. Raises ValidationError."""
    _write(
        person,
        at,
        name=plain_name(name),
        language=language,
        timezone=timezone,
        appearance=appearance,
        single_keys=single_keys,
    )


def choose_quiet(
    *, person: Person, at: datetime, quiet_from: time | None, quiet_until: time | None, quiet_days_off: bool
) -> None:
    """Choose when not to be disturbed, in one's own zone: hours, perhaps over midnight, or None twice; and days off.
    What was put off by the old choice is free again; the new one is asked when it is its turn.

    Raises ValidationError for one end without the other, or two that are alike.
    """
    if (quiet_from is None) != (quiet_until is None):
        lacking = "quiet_from" if quiet_from is None else "quiet_until"
        raise ValidationError({lacking: _("Isi kedua jamnya, atau kosongkan keduanya.")})
    if quiet_from is not None and quiet_from == quiet_until:
        raise ValidationError({"quiet_until": _("Jam mulai dan selesainya sama. Kosongkan keduanya bila tidak perlu.")})
    with transaction.atomic():
        if _write(person, at, quiet_from=quiet_from, quiet_until=quiet_until, quiet_days_off=quiet_days_off):
            put_off = Reminder.objects.filter(recipient=person, state=State.PENDING, deferred_until__gt=at)
            put_off.update(not_before=None, deferred_until=None)


def choose_language(*, person: Person, at: datetime, language: str) -> None:
    """Change the language alone. Raises ValidationError."""
    _write(person, at, language=language)


def choose_mails(*, person: Person, at: datetime, wanted: Collection[str], through: str = "") -> None:
    """Be mailed these kinds and no others; notices in the product, and the kinds that are always mailed, still come.

    Raises ValidationError for a kind that cannot be chosen.
    """
    if set(wanted) - set(MUTABLE_KINDS):
        raise ValidationError({"kinds": _("Jenis pengingat ini tidak dapat dipilih.")})
    _write(person, at, through, muted_kinds=[str(kind) for kind in MUTABLE_KINDS if kind not in wanted])


def want(*, person: Person, at: datetime, kind: str, wanted: bool, through: str) -> None:
    """Be mailed one kind, or no longer; `through` says in the audit trail by which door. Changes nothing twice.

    Raises ValidationError for a kind that cannot be chosen.
    """
    with transaction.atomic():
        muted = set(Person.objects.select_for_update().get(pk=person.pk).muted_kinds)
        muted = muted - {kind} if wanted else muted | {kind}
        choose_mails(person=person, at=at, wanted=[k for k in MUTABLE_KINDS if k not in muted], through=through)


def _write(person: Person, at: datetime, through: str = "", **values: Any) -> bool:
    """Returns whether anything has changed."""
    with transaction.atomic():
        stored = Person.objects.select_for_update().get(pk=person.pk)
        changes = {key: [getattr(stored, key), value] for key, value in values.items() if getattr(stored, key) != value}
        for key in changes:
            setattr(stored, key, values[key])
        stored.clean_fields(exclude=[f.name for f in stored._meta.concrete_fields if f.name not in changes])
        if changes:
            stored.save(update_fields=list(changes))
            audit.record(
                at=at,
                action="change_profile",
                actor=person,
                kind="person",
                object_id=person.pk,
                name=stored.name,
                data={"changes": _plain(changes)} | ({"through": through} if through else {}),
            )
    # the request's own object, only once all is well: a refused name must not stand in the frame
    for key in values:
        setattr(person, key, getattr(stored, key))
    return bool(changes)


def _plain(changes: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The changes as JSON can hold them."""
    return {key: [f"{v:%H:%M}" if isinstance(v, time) else v for v in pair] for key, pair in changes.items()}
