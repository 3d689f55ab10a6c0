"""Browsers that a person lets notices be pushed to: adding one, taking it away, and what its service says of it."""

from __future__ import annotations

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from audit import services as audit
from calendar_app.models import Device
from calendar_app.services import outbound
from calendar_app.services.couriers import vapid
from missions.models import Person, plain_name

MOST_LIVE = 10
MOST_NAME = 80

# What browsers and systems say of themselves, the more exact first: Edge also says Chrome, which also says Safari.
BROWSERS = (
    *(("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Vivaldi", "Vivaldi")),
    *(("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrom", "Chrome"), ("Safari", "Safari")),
)
SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows")),
    *(("CrOS", "ChromeOS"), ("Mac OS X", "Mac"), ("Linux", "Linux")),
)


def name_of(user_agent: str) -> str:
    """ "Firefox, Windows": enough to tell one's own devices apart."""
    found = [next((name for sign, name in signs if sign in user_agent), "") for signs in (BROWSERS, SYSTEMS)]
    return ", ".join(name for name in found if name) or _("Peramban")


def add(*, person: Person, at: datetime, endpoint: str, p256dh: str, auth: str, name: str) -> Device:
    """Push notices to this browser, too. Adding it again renews its keys. Raises ValidationError.

    An address belongs to the person who brought it first: a browser that others used before makes itself a new one, so
    that nothing meant for one of them ever reaches another.
    """
    host = _checked(endpoint, p256dh, auth)
    with transaction.atomic():
        holder = Person.objects.select_for_update().get(pk=person.pk)
        if not holder.is_active:
            raise PermissionDenied(_("Akun Anda tidak aktif."))
        device = Device.objects.select_for_update().filter(endpoint=endpoint).first()
        if device is not None and device.person_id != person.pk:
            raise ValidationError(_("Peramban ini terdaftar atas nama orang lain. Muat ulang halaman, lalu coba lagi."))
        is_new = device is None or device.ended_at is not None
        if is_new and Device.objects.filter(person=person, ended_at=None).count() >= MOST_LIVE:
            text = _("Anda sudah mempunyai %(most)d perangkat. Hapus salah satu terlebih dahulu.")
            raise ValidationError(text % {"most": MOST_LIVE})
        if device is None:
            device = Device(person=person, endpoint=endpoint, host=host, created_at=at)
        device.p256dh, device.auth, device.ended_at = p256dh, auth, None
        device.name = plain_name(name)[:MOST_NAME] or _("Peramban")
        device.save()
        if is_new:
            _record(device, "device_added", at, person)
    return device


def end(*, device: Device, by: Person, at: datetime) -> None:
    """Push nothing more to one of the person's own devices; again does nothing. Raises PermissionDenied."""
    if device.person_id != by.pk:
        raise PermissionDenied(_("Perangkat ini bukan milik Anda."))
    _end(device, "device_removed", at, by)


def forget(*, device: Device, at: datetime) -> None:
    """Its push service no longer knows it: the browser was reset, or the permission withdrawn there."""
    _end(device, "device_gone", at, None)


def note_sent(*, device: Device, at: datetime) -> None:
    """Something was handed over to its push service."""
    Device.objects.filter(pk=device.pk).update(last_sent_at=at)


def _end(device: Device, action: str, at: datetime, by: Person | None) -> None:
    with transaction.atomic():
        if Device.objects.filter(pk=device.pk, ended_at=None).update(ended_at=at):
            _record(device, action, at, by)
    device.ended_at = device.ended_at or at


def _checked(endpoint: str, p256dh: str, auth: str) -> str:
    """The host of a sound subscription. Raises ValidationError."""
    try:
        target = outbound.check_push(endpoint)
    except outbound.Forbidden as no:
        if no.reason == "push":
            text = _("Layanan notifikasi peramban ini tidak dikenal di sini. Pakai Chrome, Edge, Firefox, atau Safari.")
            raise ValidationError(text) from None
        raise ValidationError(_("Peramban memberi alamat notifikasi yang tidak dapat dipakai.")) from None
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), vapid.plain(p256dh))
        is_sound = len(vapid.plain(p256dh)) == 65 and len(vapid.plain(auth)) == 16
    except ValueError:
        is_sound = False
    if not is_sound or len(p256dh) > 120 or len(auth) > 60:
        raise ValidationError(_("Peramban memberi kunci notifikasi yang tidak dapat dipakai."))
    return target.host


def _record(device: Device, action: str, at: datetime, by: Person | None) -> None:
    data = {"host": device.host, "person": device.person_id}
    audit.record(at=at, action=action, actor=by, kind="device", object_id=device.pk, name=device.name, data=data)
