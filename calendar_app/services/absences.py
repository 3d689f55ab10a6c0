"""Absences: who is away from which day to which, and who is told in their place."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from audit import services as audit
from calendar_app.queries import absences as queries
from calendar_app.queries import quiet
from calendar_app.services import reminders
from missions.access import require_over
from missions.models import Absence, Person
from missions.roles import Permission

DAY = timedelta(days=1)
# Days in one absence, and how far ahead its first may lie.
LONGEST, FURTHEST = 366, 366
# Present and coming ones of one person.
MOST = 20


def declare(
    *, person: Person, by: Person, at: datetime, first: date, last: date, deputy: Person | None = None
) -> Absence:
    """Write down that a person is away from `first` to `last`, days of their own zone, with who stands in.

    Raises PermissionDenied, and ValidationError by field: days that lie behind, too many of them, an overlap with
    another absence, a deputy who is not of their place or is away as well.
    """
    require_over(by, Permission.MANAGE_ABSENCES, person)
    zone = quiet.places_of([person])[person.pk].zone
    _check_days(first, last, today=at.astimezone(zone).date())
    absence = Absence(
        person=person,
        deputy=deputy,
        starts_at=quiet.midnight(first, zone),
        ends_at=quiet.midnight(last + DAY, zone),
    )
    with transaction.atomic():
        # Both, in one order: neither becomes absent meanwhile, and two who name each other do not wait in a circle.
        # Not their keys: reminders to them are written all the time.
        ids = [one.pk for one in (person, deputy) if one is not None]
        rows = Person.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
        locked = {row.pk: row for row in rows}
        if not locked[person.pk].is_active:
            raise ValidationError(_("%(name)s tidak aktif lagi.") % {"name": person})
        _check_own(absence, at)
        if deputy is not None:
            _check_deputy(absence, locked[deputy.pk])
        absence.save()
        days = {"first": first.isoformat(), "last": last.isoformat()}
        _record("declare_absence", absence, by, at, days | {"deputy": deputy.name if deputy else None})
        reminders.for_deputy(absence, at=at)
    # What comes soon is for the deputy, too. In transactions of its own: it locks posts, and is done again each minute.
    reminders.complete(at=at)
    return absence


def end(*, absence: Absence, by: Person, at: datetime) -> None:
    """Take an absence back: it was a mistake, or the person is back early. Ending it again does nothing.

    Raises PermissionDenied, and ValidationError for one that is over.
    """
    require_over(by, Permission.MANAGE_ABSENCES, absence.person)
    with transaction.atomic():
        stored = Absence.objects.select_for_update(of=("self",)).select_related("person").get(pk=absence.pk)
        if stored.cancelled_at is not None:
            return
        if stored.ends_at <= at:
            raise ValidationError(_("Ketidakhadiran ini sudah selesai."))
        stored.cancelled_at = at
        stored.save(update_fields=["cancelled_at"])
        _record("end_absence", stored, by, at, {"absence": stored.pk, "had_begun": stored.starts_at <= at})
    reminders.complete(at=at)


def _check_days(first: date, last: date, *, today: date) -> None:
    if first < today:
        raise ValidationError({"first": _("Hari pertama paling cepat hari ini.")})
    if last < first:
        raise ValidationError({"last": _("Hari terakhir tidak boleh sebelum hari pertama.")})
    if (first - today).days > FURTHEST:
        raise ValidationError({"first": _("Paling jauh %(most)d hari ke depan.") % {"most": FURTHEST}})
    if (last - first).days >= LONGEST:
        raise ValidationError({"last": _("Paling lama %(most)d hari.") % {"most": LONGEST}})


def _check_own(absence: Absence, at: datetime) -> None:
    """No second absence at the same time, and not without end. The person is locked."""
    if queries.overlapping([absence.person_id], absence.starts_at, absence.ends_at).exists():
        raise ValidationError(
            {"first": _("Sudah ada ketidakhadiran pada hari-hari itu. Batalkan yang lama terlebih dahulu.")}
        )
    if queries.in_force(at).filter(person=absence.person).count() >= MOST:
        raise ValidationError({"first": _("Sudah ada %(most)d ketidakhadiran mendatang.") % {"most": MOST}})


def _check_deputy(absence: Absence, deputy: Person) -> None:
    if not queries.may_stand_in(absence.person, deputy):
        words = _("%(name)s tidak dapat menggantikan: pilih orang aktif dari perwakilan yang sama.")
        raise ValidationError({"deputy": words % {"name": deputy}})
    if queries.overlapping([deputy.pk], absence.starts_at, absence.ends_at).exists():
        words = _("%(name)s juga tidak hadir pada hari-hari itu.")
        raise ValidationError({"deputy": words % {"name": deputy}})


def _record(action: str, absence: Absence, by: Person, at: datetime, data: dict[str, object]) -> None:
    person = absence.person
    audit.record(at=at, action=action, actor=by, kind="person", object_id=person.pk, name=person.name, data=data)
