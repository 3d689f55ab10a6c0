"""Pushes to browsers: encrypted for the device (RFC 8291), signed by this installation (RFC 8292), and handed to the
browser's vendor (RFC 8030), who sees neither what they say nor for whom they are.

A repeat replaces what it repeats, on its way (`Topic`) and on the screen (`tag`); so what is unknown is tried again.
"""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from calendar_app import messages
from calendar_app.models import Reminder, Way
from calendar_app.queries.reminders import URGENT
from calendar_app.services import acknowledgements, devices, outbound
from calendar_app.services.couriers import calls, vapid
from calendar_app.services.couriers.base import Nothing, Refused, Result

# Vendors keep nothing longer.
LONGEST = timedelta(days=28)
# All of it must fit into 4096 bytes once it is encrypted; these are characters.
MOST_BODY = 400
GONE = (404, 410)
# This message, or our key, will not do; the same again would not do either.
FOR_GOOD = (400, 401, 403, 413)


class PushCourier:
    way = Way.PUSH
    batch = 50
    repeatable = True

    def __init__(self) -> None:
        self.signatures: dict[str, str] = {}
        # many pushes, few vendors
        self.lines = outbound.Lines()

    def key(self, reminder: Reminder) -> str:
        """The breaker of the push service: all devices at one vendor go down together."""
        return f"push:{reminder.device.host if reminder.device else ''}"

    def hand_over(self, reminder: Reminder, at: datetime) -> Result:
        """Push one reminder to its device. A device that its service no longer knows is ended."""
        device = reminder.device
        if device is None or device.ended_at or device.person_id != reminder.recipient_id:
            return Nothing("the device was taken away")
        url = device.endpoint
        # already checked when it was added; what is allowed may have changed since
        call = calls.make(
            outbound.check_push,
            url,
            encrypted(device.p256dh, device.auth, payload(reminder, at)),
            self._headers(reminder, at),
            self.lines,
        )
        calls.log(reminder, call, at)
        if call.is_accepted:
            devices.note_sent(device=device, at=at)
        elif call.status in GONE:
            devices.forget(device=device, at=at)
            return Nothing(f"the push service no longer knows the device ({call.status})")
        elif call.status in FOR_GOOD:
            return Refused(f"HTTP {call.status}", final=True)
        return call.result

    def close(self) -> None:
        """Hang up at the push services."""
        self.lines.close()

    def _headers(self, reminder: Reminder, at: datetime) -> dict[str, str]:
        assert reminder.device is not None
        parts = urlsplit(reminder.device.endpoint)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self.signatures:
            self.signatures[origin] = vapid.authorization(origin, at)
        ttl = min(max(reminder.valid_until - at, timedelta(0)), LONGEST)
        return {
            "Authorization": self.signatures[origin],
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(ttl.total_seconds())),
            # what wakes a phone that saves its battery
            "Urgency": "high" if reminder.kind in URGENT else "normal",
            "Topic": vapid.unpadded(sha256(_message(reminder).encode()).digest()[:24]),
        }


def payload(reminder: Reminder, at: datetime) -> bytes:
    """What the service worker (`templates/calendar_app/sw.js`) shows: JSON, in the recipient's language. Never the
    post's text. Addresses are paths on this site: the worker goes nowhere else."""
    assert reminder.recipient is not None
    language = reminder.recipient.language
    with translation.override(language):
        words = calls.words(reminder, at)
        body = " ".join([words.body, *words.remarks])
        said = {
            "title": messages.one_line(words.title),
            "body": body if len(body) <= MOST_BODY else body[: MOST_BODY - 1].rstrip() + "…",
            "url": words.url,
            "tag": _message(reminder),
            "language": language,
        }
        link = acknowledgements.link(reminder)
        if link:
            said |= {"acknowledge": link.removeprefix(settings.BASE_URL), "acknowledge_label": _("Saya tangani")}
    return json.dumps(said, ensure_ascii=False).encode()


def encrypted(p256dh: str, auth: str, content: bytes) -> bytes:
    """The content for the one browser that holds the other half of these keys."""
    return bytes(
        http_ece.encrypt(
            content,
            salt=os.urandom(16),
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=vapid.plain(p256dh),
            auth_secret=vapid.plain(auth),
            version="aes128gcm",
        )
    )


def _message(reminder: Reminder) -> str:
    """The identity without the device: the same message on two subscriptions of one browser is still one."""
    return reminder.identity.rpartition(":push")[0] or reminder.identity
