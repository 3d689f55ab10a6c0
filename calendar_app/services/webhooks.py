"""Chat bridges: making and changing one, its key, switching it off, and what an administrator sends by hand."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from audit import services as audit
from calendar_app.errors import Conflict
from calendar_app.models import Kind, Reminder, State, Way, Webhook
from calendar_app.queries.reminders import HELD, void_reason
from calendar_app.queries.webhooks import RESENDABLE, TESTED
from calendar_app.services import outbound
from calendar_app.services.couriers import webhook as courier
from calendar_app.services.couriers.calls import Call
from missions.access import require
from missions.models import Mission, Person, plain_name
from missions.roles import Permission

MOST = 200
# A digest speaks to one person of what they have missed.
KINDS = tuple(kind for kind in Kind if kind != Kind.DIGEST)


def make(
    *, by: Person, at: datetime, name: str, url: str, mission: Mission | None, kinds: Collection[str], language: str
) -> tuple[Webhook, str]:
    """Tell this address what the mission (or, without one, headquarters) is told. Returns the bridge and its key, which
    is shown once and never again. Raises ValidationError and PermissionDenied."""
    require(by, Permission.ADMINISTER)
    values = check(name=name, url=url, kinds=kinds, language=language)
    with transaction.atomic():
        if Webhook.objects.count() >= MOST:
            raise ValidationError(_("Sudah ada %(most)d jembatan obrolan.") % {"most": MOST})
        webhook = Webhook.objects.create(**values, mission=mission, salt=_salt(), made_by=by, made_at=at)
        _record("webhook_made", webhook, by, at, url=webhook.url, kinds=webhook.kinds)
    return webhook, courier.secret(webhook)


def change(
    *,
    webhook: Webhook,
    by: Person,
    at: datetime,
    name: str,
    url: str,
    mission: Mission | None,
    kinds: Collection[str],
    language: str,
) -> Webhook:
    """Change where it goes and what it is told; its key stays. Raises ValidationError and PermissionDenied."""
    require(by, Permission.ADMINISTER)
    values = check(name=name, url=url, kinds=kinds, language=language) | {"mission": mission}
    with transaction.atomic():
        stored = _locked(webhook)
        changes = {key: [_plain(getattr(stored, key)), _plain(value)] for key, value in values.items()}
        changes = {key: pair for key, pair in changes.items() if pair[0] != pair[1]}
        for key, value in values.items():
            setattr(stored, key, value)
        if changes:
            stored.save(update_fields=list(values))
            _record("webhook_changed", stored, by, at, changes=changes)
    return stored


def key(*, webhook: Webhook, by: Person) -> str:
    """The bridge's key, for the page that shows it this once. Raises PermissionDenied."""
    require(by, Permission.ADMINISTER)
    return courier.secret(webhook)


def rotate(*, webhook: Webhook, by: Person, at: datetime) -> tuple[Webhook, str]:
    """A new key at once; signatures with the old one are made no more. Raises PermissionDenied."""
    require(by, Permission.ADMINISTER)
    with transaction.atomic():
        stored = _locked(webhook)
        stored.salt = _salt()
        stored.save(update_fields=["salt"])
        _record("webhook_rotated", stored, by, at)
    return stored, courier.secret(stored)


def switch(*, webhook: Webhook, by: Person, at: datetime, is_active: bool) -> Webhook:
    """Switch it off, or on again. What was due meanwhile is not sent later. Raises PermissionDenied."""
    require(by, Permission.ADMINISTER)
    with transaction.atomic():
        stored = _locked(webhook)
        if stored.is_active != is_active:
            stored.is_active = is_active
            stored.save(update_fields=["is_active"])
            _record("webhook_switched_on" if is_active else "webhook_switched_off", stored, by, at)
    return stored


def send_test(*, webhook: Webhook, by: Person, at: datetime) -> Call:
    """Send a test message now, also to a bridge that is switched off, and return what came of it. Up to ten seconds.

    Raises PermissionDenied.
    """
    require(by, Permission.ADMINISTER)
    call = courier.send(webhook, f"test-{secrets.token_hex(8)}", courier.trial(webhook, at), at)
    with transaction.atomic():
        said = {"status": call.status, "detail": call.detail, "milliseconds": call.milliseconds}
        _record(TESTED, webhook, by, at, is_accepted=call.is_accepted, **said)
    return call


def resend(*, reminder: Reminder, by: Person, at: datetime) -> Call:
    """Send a message once more, now, under the same id, and return what came of it. Up to ten seconds.

    Raises PermissionDenied, ValidationError for a bridge that is switched off, and Conflict for a message that is still
    on its way by itself, no longer stands or speaks of what is held.
    """
    require(by, Permission.ADMINISTER)
    webhook = reminder.webhook
    if webhook is None or reminder.way != Way.WEBHOOK or not webhook.is_active:
        raise ValidationError(_("Jembatan ini dimatikan. Nyalakan dahulu, lalu kirim ulang."))
    if reminder.state not in RESENDABLE:
        raise Conflict(_("Pesan ini masih akan dikirim sendiri, atau sudah tidak berlaku."))
    if void := void_reason(reminder):
        if void == HELD:
            raise Conflict(_("Unggahannya sedang ditahan. Pesan ini baru dapat dikirim sesudah penahanan dicabut."))
        raise Conflict(_("Pesan ini sudah tidak berlaku: keadaannya berubah sesudah pesan ini dibuat."))
    # not in a transaction: nothing is locked while somebody else's server thinks
    call = courier.deliver(reminder, at)
    with transaction.atomic():
        if call.is_accepted:
            Reminder.objects.filter(pk=reminder.pk, state__in=RESENDABLE).exclude(state=State.SENT).update(
                state=State.SENT, sent_at=at, error="", not_before=None
            )
        _record("webhook_resent", webhook, by, at, reminder=reminder.pk, status=call.status, detail=call.detail)
    return call


def check(
    *, name: str, url: str, kinds: Collection[str], language: str, mission: Mission | None = None
) -> dict[str, Any]:
    """Sound values of a bridge, but for its mission. Raises ValidationError with the field of each fault."""
    errors: dict[str, str] = {}
    clean = plain_name(name)
    if not clean or len(clean) > 80:
        errors["name"] = _("Beri nama, paling banyak 80 karakter.")
    if len(url) > 500:
        errors["url"] = _("Alamat terlalu panjang: paling banyak 500 karakter.")
    else:
        try:
            outbound.check(url)
        except outbound.Forbidden as no:
            errors["url"] = why_not(no.reason)
    wanted = [kind.value for kind in KINDS if kind in kinds]
    if not wanted or set(kinds) - set(wanted):
        errors["kinds"] = _("Pilih paling sedikit satu jenis pengingat.")
    if language not in Person.Language.values:
        errors["language"] = _("Pilih bahasa pesannya.")
    if errors:
        raise ValidationError(errors)
    return {"name": clean, "url": url, "kinds": wanted, "language": language}


def why_not(reason: str) -> str:
    """Why an address may not be called (`outbound.Forbidden.reason`), in words for who typed it."""
    inside = _("Alamat di jaringan sendiri harus disebut dalam pengaturan OUTBOUND_PRIVATE_HOSTS.")
    return {
        "scheme": _("Alamat harus mulai dengan https://.") + " " + inside,
        "port": _("Hanya porta 443.") + " " + inside,
        "userinfo": _("Hapus nama pengguna dan kata sandi (bagian sebelum @): keduanya tidak dikirim."),
        "host": _("Pakai nama di internet, bukan angka atau nama setempat.") + " " + inside,
        "private": _("Nama ini menunjuk ke dalam jaringan.") + " " + inside,
    }.get(reason, _("Ini bukan alamat web yang lengkap, misalnya https://obrolan.example.go.id/hooks/abc."))


def _locked(webhook: Webhook) -> Webhook:
    return Webhook.objects.select_for_update(of=("self",)).select_related("mission").get(pk=webhook.pk)


def _salt() -> str:
    return secrets.token_urlsafe(24)


def _plain(value: Any) -> Any:
    return value.code if isinstance(value, Mission) else value


def _record(action: str, webhook: Webhook, by: Person, at: datetime, **data: Any) -> None:
    audit.record(
        at=at,
        action=action,
        actor=by,
        kind="webhook",
        object_id=webhook.pk,
        name=webhook.name,
        mission_id=webhook.mission_id,
        data=data,
    )
