"""What must arrive: computed from `fixture.json` by the written rules, without a line of the product.

The rules are those of `docs/reminders.md`, read as text: for an approved post at time T, with grace G,

    publish_soon     24h  T - 24 h, until T - 1 h      drafters, heads
    publish_soon     1h   T - 1 h, until T             drafters, heads
    publish_now           T, until T + G               drafters, heads where there is none
    publish_overdue 30min T + 30 min, until T + G      drafters, heads
    publish_overdue grace T + G, until a day later     drafters, heads, editors, managers
    escalated        head T + 15 min, until T + G      heads, while nobody acknowledged
    escalated        desk T + 45 min, until T + G      editors, while nobody is on duty

each as a notice and by mail, to active people, none for a mission that is silent, no mail of a kind its recipient has
muted where that may be muted, and nothing that lay behind already when the approval made it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
WAYS = ("in_app", "email")
PUBLISH_KINDS = ("publish_soon", "publish_now", "publish_overdue", "escalated")
# Mails that somebody who must act gets, whatever they muted.
NEVER_MUTED = ("publish_now", "publish_overdue", "urgent_published", "held", "escalated", "digest")
SILENT = ("preparing", "dormant")


class Key(NamedTuple):
    """One message: to whom, what, about which post, by which way. It must arrive once."""

    person: int
    kind: str
    offset: str
    post: int
    way: str


class Due(NamedTuple):
    """When a message is due and until when it makes sense, in seconds on the database's clock."""

    at: float
    until: float


@dataclass(frozen=True)
class World:
    """The fixture, ready to be asked."""

    t0: float
    grace: float
    posts: Sequence[Mapping[str, Any]]
    missions: Mapping[int, Mapping[str, Any]]
    people: Mapping[int, Mapping[str, Any]]
    # (mission or None for headquarters, role) → ids of active people
    active: Mapping[tuple[int | None, str], Sequence[int]]

    @classmethod
    def read(cls, fixture: Mapping[str, Any]) -> World:
        """From `fixture.json`."""
        active: dict[tuple[int | None, str], list[int]] = {}
        for person in fixture["people"]:
            for role in person["roles"] if person["active"] else ():
                active.setdefault((role["mission"], role["role"]), []).append(person["id"])
        return cls(
            t0=seconds(fixture["t0"]),
            grace=float(fixture["grace_minutes"]) * MINUTE,
            posts=fixture["posts"],
            missions={mission["id"]: mission for mission in fixture["missions"]},
            people={person["id"]: person for person in fixture["people"]},
            active=active,
        )

    def of(self, mission: int | None, *roles: str) -> list[int]:
        """Active people with one of these roles there, each once."""
        found = [person for role in roles for person in self.active.get((mission, role), ())]
        return list(dict.fromkeys(found))

    def mails(self, person: int, kind: str) -> bool:
        """May this kind reach the person by mail?"""
        return kind in NEVER_MUTED or kind not in self.people[person]["muted"]

    def mission_code(self, post: int) -> str:
        """The code of the mission of a post of the fixture; "" for another."""
        return self._codes.get(post, "")

    @property
    def _codes(self) -> dict[int, str]:
        kept: dict[int, str] | None = self.__dict__.get("codes")
        if kept is None:
            kept = {post["id"]: self.missions[post["mission"]]["code"] for post in self.posts}
            self.__dict__["codes"] = kept
        return kept


def seconds(instant: str) -> float:
    """An ISO instant as seconds."""
    return datetime.fromisoformat(instant).timestamp()


def expected(world: World) -> dict[Key, Due]:
    """Every message about the posts of the fixture that is due from T0 on."""
    found: dict[Key, Due] = {}
    for post in world.posts:
        for kind, offset, people, due in rules(world, post):
            if due.at < world.t0:
                continue
            for person in people:
                found[Key(person, kind, offset, post["id"], "in_app")] = due
                if world.mails(person, kind):
                    found[Key(person, kind, offset, post["id"], "email")] = due
    return found


def rules(world: World, post: Mapping[str, Any]) -> Iterator[tuple[str, str, list[int], Due]]:
    """(kind, offset, people, when) for one post as the fixture has it."""
    mission = post["mission"]
    if post["status"] != "approved" or world.missions[mission]["status"] in SILENT:
        return
    time, made = seconds(post["scheduled_at"]), seconds(post["approved_at"])
    end = time + world.grace
    members = world.of(mission, "drafter", "head")
    drafters = world.of(mission, "drafter") or members
    headquarters = world.of(None, "editor", "manager")
    plan = (
        ("publish_soon", "24h", members, Due(time - DAY, time - HOUR)),
        ("publish_soon", "1h", members, Due(time - HOUR, time)),
        ("publish_overdue", "30min", members, Due(time + 30 * MINUTE, end)),
        ("escalated", "head", world.of(mission, "head"), Due(time + 15 * MINUTE, end)),
        ("escalated", "desk", world.of(None, "editor"), Due(time + 45 * MINUTE, end)),
    )
    yield from (row for row in plan if made < row[3].at < row[3].until)
    if end > made:
        yield "publish_now", "0", drafters, Due(max(time, made), end)
        yield "publish_overdue", "grace", [*members, *headquarters], Due(end, end + DAY)
