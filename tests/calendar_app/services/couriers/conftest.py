"""One reminder of each way out, ready to be handed over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from calendar_app.models import Kind, Reminder, Status, Way
from calendar_app.services import devices
from tests import outside
from tests.browsers import Browser
from tests.cast import NOW, Cast, post_in


@pytest.fixture
def vendor(settings: Any) -> Iterator[outside.Receiver]:
    """A push service on this machine."""
    with outside.receiver(outside.says(201)) as server:
        settings.OUTBOUND_PRIVATE_HOSTS = [server.name]
        settings.PUSH_HOSTS = [outside.HOST]
        yield server


@pytest.fixture
def browser(vendor: outside.Receiver) -> Browser:
    return Browser(vendor)


Push = Callable[..., Reminder]


@pytest.fixture
def push(cast: Cast, browser: Browser) -> Push:
    """`push()` answers a reminder to the browser of Tokyo's drafter."""
    post = post_in(Status.APPROVED, cast)
    device = devices.add(person=cast.drafter_tokyo, at=NOW, name="Firefox, Linux", **browser.subscription)

    def make(kind: str = Kind.PUBLISH_NOW, **changes: Any) -> Reminder:
        fields: dict[str, Any] = {
            "identity": f"{kind}:{post.pk}:1:now:{cast.drafter_tokyo.pk}:push:{device.pk}",
            "kind": kind,
            "way": Way.PUSH,
            "post": post,
            "recipient": cast.drafter_tokyo,
            "device": device,
            "schedule_version": post.schedule_version,
            "due_at": NOW,
            "valid_until": NOW + timedelta(hours=2),
        }
        row = Reminder.objects.create(**fields | changes)
        return Reminder.objects.select_related("recipient", "device", "webhook", "post__mission").get(pk=row.pk)

    return make
