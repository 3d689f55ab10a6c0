"""Every address of the product, and a Tokyo object for each kind of address."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from calendar_app.models import Breaker, Device, Hold, Kind, Notification, Pause, Post, Reminder, Status, Way, Webhook
from calendar_app.services import absences, acknowledgements, holds, outbox, publishing, unsubscribe
from missions import tokens
from missions.models import Person
from tests.cast import NOW, Cast, post_in

ROLES = (
    "anonymous",
    "stranger",
    "drafter_tokyo",
    "head_tokyo",
    "drafter_jeddah",
    "editor",
    "manager",
    "admin",
)
# As long as a real number, so that only the digits differ.
NOBODYS = 987654


@dataclass(frozen=True)
class Address:
    """One URL pattern; the few of Django's admin without a name are called by their path."""

    name: str
    pattern: str  # parameters as <name>
    view: Any
    is_numbered: bool

    def path(self, **values: Any) -> str:
        """The address with these values for its parameters."""
        return "/" + re.sub(r"<(\w+)>", lambda found: str(values[found[1]]), self.pattern)


def addresses(patterns: list[Any] | None = None, prefix: str = "", space: str = "") -> Iterator[Address]:
    """All URL patterns that the resolver knows."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + _plain(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from addresses(pattern.url_patterns, path, inner)
        elif isinstance(pattern, URLPattern):
            numbered = "<int:" in str(pattern.pattern)
            yield Address(space + pattern.name if pattern.name else path, path, pattern.callback, numbered)


def _plain(pattern: str) -> str:
    """A route or a regular expression with its parameters as <name>."""
    pattern = re.sub(r"\(\?P(<\w+>).*?\)", r"\1", pattern).removeprefix("^").removesuffix("$")
    return re.sub(r"<\w+:(\w+)>", r"<\1>", pattern)


def objects(cast: Cast, **content: Any) -> dict[str, dict[str, Any]]:
    """What stands in the addresses, all of it of Tokyo: a post in each status, a hold, what belongs to its drafter."""
    made: dict[str, dict[str, Any]] = {}
    statuses = (Status.DRAFT, Status.SIGNOFF, Status.IN_REVIEW, Status.APPROVED, Status.PUBLISHED)
    for status in statuses:
        made[status] = {"pk": post_in(status, cast, **content).pk}
    made["urgent"] = {"pk": _urgent(cast, content).pk}
    lifted = hold_tokyo(cast)
    holds.lift(hold=lifted, by=cast.editor, at=NOW)
    token, _raw = tokens.make(person=cast.drafter_tokyo, name="uji", scope="read", days=30, at=NOW)
    device = _device(cast.drafter_tokyo)
    call = _webhook_call(cast)
    hold = hold_tokyo(cast)
    drafter, day = cast.drafter_tokyo, NOW.date() + timedelta(days=9)
    away = absences.declare(person=drafter, by=drafter, at=NOW, first=day, last=day, deputy=cast.head_tokyo)
    outbox.tick(at=NOW)
    return made | {
        "hold": {"pk": hold.pk},
        "token": {"pk": token.pk},
        "device": {"pk": device.pk},
        "webhook": {"pk": call.webhook_id},
        "webhook_call": {"pk": call.pk},
        "notice": {"pk": Notification.objects.filter(recipient=cast.drafter_tokyo)[0].pk},
        "person": {"pk": cast.drafter_tokyo.pk},
        "absence": {"pk": away.pk},
        "acknowledge": {"token": acknowledgements.link(_asks(cast.drafter_tokyo)).split("/")[-2]},
        "unsubscribe": {"token": unsubscribe.link(cast.drafter_tokyo, Kind.DECIDED).split("/")[-2]},
        "breaker": {"pk": Breaker.objects.create(key="push:push.example", since=NOW, retry_at=NOW, error="x").pk},
        "pause": {"pk": Pause.objects.create(reason="manual", note="Uji.", began_at=NOW, ended_at=NOW).pk},
        "reminder": {"pk": Reminder.objects.filter(recipient=cast.drafter_tokyo)[0].pk},
        "mission": {"code": "kbri-tokyo"},
        "theme": {"code": "ekonomi-produk"},
        "network": {"code": "x"},
        "key": {"uidb36": "1", "key": "set-password"},
        "": {},
    }


def hold_tokyo(cast: Cast, reason: str = "Duka.") -> Hold:
    return holds.make(by=cast.editor, at=NOW - timedelta(minutes=1), scope="mission", code="kbri-tokyo", reason=reason)


def _asks(person: Person) -> Reminder:
    """A mail that asks somebody to publish."""
    return Reminder.objects.filter(recipient=person, kind=Kind.PUBLISH_NOW, way=Way.EMAIL)[0]


def _device(person: Person) -> Device:
    """A browser at a vendor's; nothing is sent there."""
    keys = {"p256dh": "x", "auth": "x", "endpoint": f"https://fcm.googleapis.com/fcm/send/{person.pk}"}
    return Device.objects.create(person=person, host="fcm.googleapis.com", name="Chrome", created_at=NOW, **keys)


def _webhook_call(cast: Cast) -> Reminder:
    """A message to a chat bridge that nobody can be reached at: the port is not allowed."""
    webhook = Webhook.objects.create(
        name="Ruang obrolan", url="https://127.0.0.1:9/", salt="x", kinds=["held"], made_by=cast.admin, made_at=NOW
    )
    row = {"identity": "webhook_call", "kind": "held", "way": "webhook", "state": "failed"}
    return Reminder.objects.create(**row, webhook=webhook, due_at=NOW, valid_until=NOW)


def _urgent(cast: Cast, content: dict[str, Any]) -> Post:
    post = post_in(Status.DRAFT, cast, **content)
    assert post.current_revision is not None
    channels = [{"network": variant.network.code} for variant in post.current_revision.variants.all()]
    return publishing.publish_urgent(
        post=post,
        by=cast.head_tokyo,
        version=post.version,
        at=NOW,
        theme="pelindungan-krisis",
        reason="Gempa kuat di Tokyo, WNI perlu tahu.",
        channels=channels,
    )


def client_of(cast: Cast, role: str) -> Client:
    """A signed-in client of somebody, to whom a fault is a 500 as it is to people."""
    client = Client(raise_request_exception=False)
    if role != "anonymous":
        person: Person = getattr(cast, role)
        client.force_login(person)
    return client
