"""Making and lifting holds, and the one lock that makes them win (DESIGN §3, rule 8).

Sending a reminder and marking as published take the lock shared; making and lifting take it exclusively. On SQLite
the write transaction is that lock. Whoever takes it takes it first, before any row.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from audit import services as audit
from calendar_app import workflow
from calendar_app.errors import Conflict
from calendar_app.models import Hold, Theme
from calendar_app.services import hold_notices
from calendar_app.services.submissions import need_words
from missions.access import require
from missions.models import Mission, Person, Region
from missions.roles import Permission

LOCK = 7_313_001  # any number that no other advisory lock uses


def lock_shared() -> None:
    """Wait until no hold is being made or lifted, until the transaction ends. Many may hold it at once."""
    _advisory("pg_advisory_xact_lock_shared")


def lock_exclusively() -> None:
    """Wait until nobody is sending or publishing, until the transaction ends."""
    _advisory("pg_advisory_xact_lock")


def _advisory(function: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [LOCK])


def target(scope: str, code: str) -> Region | Mission | Theme | None:
    """What a hold of this scope and code is about; None for everything. Raises ValidationError."""
    if scope == Hold.Scope.ALL:
        if code:
            # Holding everything must not come of a scope that was chosen wrongly.
            raise ValidationError({"code": _("Kosongkan: penahanan ini mengenai semua unggahan.")})
        return None
    models: dict[str, type[Region | Mission | Theme]] = {"region": Region, "mission": Mission, "theme": Theme}
    found = models[scope]._default_manager.filter(code=code).first() if isinstance(code, str) else None
    if found is None:
        raise ValidationError({"code": _("Pilih apa yang ditahan.")})
    return found


def make(*, by: Person, at: datetime, scope: str, reason: str, code: str = "", stops_urgent: bool = False) -> Hold:
    """Hold everything in a scope (`all`, or a region, mission or theme by its code) until it is lifted.

    Raises ValidationError and PermissionDenied.
    """
    require(by, Permission.MANAGE_HOLDS)
    if scope not in Hold.Scope.values:
        raise ValidationError({"scope": _("Pilih cakupan: semua, kawasan, perwakilan, atau tema.")})
    words = need_words(reason, _("Tulis alasannya; alasan ini tampil di setiap halaman yang terkena."), field="reason")
    if len(words) > 500:
        raise ValidationError({"reason": _("Terlalu panjang: paling banyak 500 karakter.")})
    found = target(scope, code)
    about = {scope: found} if found else {}
    with transaction.atomic():
        lock_exclusively()
        hold = Hold.objects.create(
            scope=scope, reason=words, stops_urgent=stops_urgent, made_by=by, made_at=at, **about
        )
        audit.record(
            at=at,
            action="hold_made",
            actor=by,
            kind="hold",
            object_id=hold.pk,
            name=str(hold),
            mission_id=hold.mission_id,
            data={"scope": scope, "code": code, "reason": words, "stops_urgent": stops_urgent},
        )
        hold_notices.after_hold(hold, at=at)
        return hold


def lift(*, hold: Hold, by: Person, at: datetime) -> Hold:
    """End a hold. Raises PermissionDenied, and Conflict when it is lifted already."""
    require(by, Permission.MANAGE_HOLDS)
    with transaction.atomic():
        lock_exclusively()
        if Hold.objects.filter(pk=hold.pk, lifted_at=None).update(lifted_at=at, lifted_by=by) != 1:
            raise Conflict(_("Penahanan ini sudah dicabut."), change=workflow.last_change(hold.pk, "hold"))
        hold.refresh_from_db()
        audit.record(
            at=at,
            action="hold_lifted",
            actor=by,
            kind="hold",
            object_id=hold.pk,
            name=str(hold),
            mission_id=hold.mission_id,
        )
        hold_notices.after_lift(hold, at=at)
        return hold
