"""Chat bridges hear of holds in their own right: each of the posts of its own mission, headquarters' of all."""

from typing import Any

import pytest

from calendar_app.models import Kind, Reminder, Status, Way, Webhook
from calendar_app.services import handover, holds, outbox, webhooks
from missions.models import Mission
from tests.cast import NOW, Cast, post_in


@pytest.fixture(autouse=True)
def only_notices_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "COURIERS", {})


def bridge(cast: Cast, name: str, mission: Mission | None) -> Webhook:
    values: dict[str, Any] = {"kinds": ["held", "lifted"], "language": "id", "url": f"https://chat.example.org/{name}"}
    return webhooks.make(by=cast.admin, at=NOW, mission=mission, name=name, **values)[0]


def counts(kind: Kind) -> list[tuple[str, int]]:
    """Which bridges are told, and of how many posts."""
    rows = Reminder.objects.filter(kind=kind, way=Way.WEBHOOK).select_related("webhook")
    return sorted((row.webhook.name, row.data["count"]) for row in rows if row.webhook)


def test_a_bridge_is_told_once_of_the_posts_of_its_mission_that_are_held_and_lifted(cast: Cast) -> None:
    bridge(cast, "tokyo", cast.tokyo)
    bridge(cast, "pusat", None)
    post_in(Status.APPROVED, cast)
    post_in(Status.APPROVED, cast, jeddah=True)
    hold = holds.make(by=cast.editor, at=NOW, scope="all", reason="Berkabung nasional hari ini.")
    outbox.tick(at=NOW)
    assert counts(Kind.HELD) == [("pusat", 2), ("tokyo", 1)]
    holds.lift(hold=hold, by=cast.editor, at=NOW)
    outbox.tick(at=NOW)
    assert counts(Kind.LIFTED) == [("pusat", 2), ("tokyo", 1)]


def test_a_bridge_of_a_mission_without_held_posts_is_told_nothing(cast: Cast) -> None:
    bridge(cast, "jeddah", cast.jeddah)
    post_in(Status.APPROVED, cast)
    holds.make(by=cast.editor, at=NOW, scope="all", reason="Berkabung nasional hari ini.")
    outbox.tick(at=NOW)
    assert counts(Kind.HELD) == []
