"""Messages to chat bridges: JSON, signed, with an id that stays the same however often it is sent (`docs/webhooks.md`).

The receiver tells repeats apart by that id, so whatever is not known to have arrived is sent again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from calendar_app import messages
from calendar_app.models import Reminder, Way, Webhook
from calendar_app.services import outbound
from calendar_app.services.couriers import calls
from calendar_app.services.couriers.base import Nothing, Result

PREFIX = "selh_"
VERSION = 1


class WebhookCourier:
    way = Way.WEBHOOK
    batch = 10
    repeatable = True

    def key(self, reminder: Reminder) -> str:
        """The breaker of this one bridge: another one, at the same host too, may well be reachable."""
        return f"webhook:{reminder.webhook_id}"

    def hand_over(self, reminder: Reminder, at: datetime) -> Result:
        """Send one message to its bridge and log the attempt."""
        if reminder.webhook is None or not reminder.webhook.is_active:
            return Nothing("the chat bridge is switched off")
        return deliver(reminder, at).result

    def close(self) -> None:
        """Nothing is held."""


def deliver(reminder: Reminder, at: datetime) -> calls.Call:
    """Send one message to its bridge and log the attempt. The reminder's own state is for the caller to write."""
    assert reminder.webhook is not None
    call = send(reminder.webhook, delivery_id(reminder), message(reminder, at), at)
    calls.log(reminder, call, at)
    return call


def send(webhook: Webhook, delivery: str, said: Mapping[str, Any], at: datetime) -> calls.Call:
    """Sign and send; raises nothing."""
    body = json.dumps({"version": VERSION, "delivery": delivery} | dict(said), ensure_ascii=False).encode()
    timestamp = str(int(at.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-Selaras-Delivery": delivery,
        "X-Selaras-Timestamp": timestamp,
        "X-Selaras-Signature": f"sha256={signature(secret(webhook), timestamp, body)}",
    }
    return calls.make(outbound.check, webhook.url, body, headers)


def secret(webhook: Webhook) -> str:
    """The key of this bridge's signatures, as its receiver keeps it: "selh_" and 43 characters.

    Derived from SECRET_KEY and the bridge's salt: a copy of the database does not hold it, and a new salt makes a new
    one.
    """
    raw = salted_hmac("selaras.webhook", webhook.salt, algorithm="sha256").digest()
    return PREFIX + urlsafe_b64encode(raw).rstrip(b"=").decode()


def signature(key: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over the timestamp, a full stop and the body, in hexadecimal. The timestamp is inside, so that an old
    message cannot be sent again as a new one."""
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def delivery_id(reminder: Reminder) -> str:
    """The same for the same message, whoever sends it and however often: 32 hexadecimal digits."""
    return hashlib.sha256(reminder.identity.encode()).hexdigest()[:32]


def message(reminder: Reminder, at: datetime) -> dict[str, Any]:
    """What is said of a reminder, in the bridge's language. Never the post's text, nor a comment on it."""
    webhook, post = reminder.webhook, reminder.post
    assert webhook is not None
    with translation.override(webhook.language):
        words = calls.words(reminder, at)
        mission = post.mission if post else reminder.mission
        lines = [*words.lines, *(line for section in words.sections for line in (section.title, *section.lines))]
        return _said(words.title, " ".join([words.body, *words.remarks]), lines, words.step, words.url) | {
            "kind": reminder.kind,
            "mission": {"code": mission.code, "name": mission.name} if mission else None,
            "post": post.pk if post else None,
            "scheduled_at": _iso(post.scheduled_at) if post else None,
            "timezone": post.timezone if post else None,
            "due_at": _iso(reminder.due_at),
            "valid_until": _iso(reminder.valid_until),
        }


def trial(webhook: Webhook, at: datetime) -> dict[str, Any]:
    """What a test says: it has every field of a message, and nothing happens because of it."""
    mission = webhook.mission
    with translation.override(webhook.language):
        body = _("Pesan uji untuk “%(name)s”. Tidak ada yang perlu dikerjakan.") % {"name": webhook.name}
        return _said(_("Uji jembatan obrolan Selaras"), body, [], _("Buka Selaras"), "/") | {
            "kind": "test",
            "mission": {"code": mission.code, "name": mission.name} if mission else None,
            "post": None,
            "scheduled_at": None,
            "timezone": None,
            "due_at": _iso(at),
            "valid_until": _iso(at),
        }


def _said(title: str, body: str, lines: list[str], step: str, path: str) -> dict[str, Any]:
    title, url = messages.one_line(title), settings.BASE_URL + path
    return {
        # all of it as one text, for bridges that post what they get
        "text": "\n".join([title, body, *(f"- {line}" for line in lines), f"{step}: {url}"]),
        "title": title,
        "body": body,
        "lines": lines,
        "step": step,
        "url": url,
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
