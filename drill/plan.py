"""What the seeder is asked for: slots of reminders, turned into posts. Nothing of the product is imported here.

A slot wants so many reminders (a row each for person and way) to fall due between two instants. A post yields them at
fixed distances from its time, so its time is chosen for one of them to hit the slot; the others follow by themselves,
and the oracle counts them all.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

# How long before its reminder a post goes out: name in a slot → distance.
DISTANCE = {
    "publish_soon": timedelta(hours=1),
    "publish_now": timedelta(0),
    "overdue": -timedelta(minutes=30),
    "grace": -timedelta(hours=2),
}
WAYS = 2
# Of so many posts of a slot one is there to stay silent, see FATES.
ONE_IN = 10
# What becomes of a post before the run: it is left alone, moved to its time from another in the slot's hour, or given
# up after its approval.
FATES = ("moved", "cancelled", "recalled", "voided", "silent")


@dataclass(frozen=True)
class Slot:
    """So many reminders, due evenly in `span` seconds from `at` seconds after T0; a span of 0 is one instant.

    `missions` names a group of missions that only slots of the same name use.
    """

    name: str
    at: float
    span: float
    reminders: int
    kinds: tuple[str, ...] = ("publish_now", "publish_soon", "overdue", "grace")
    missions: str = ""


@dataclass(frozen=True)
class Spec:
    """What a run wants to find in the database. Counts of people are for each mission, `editors` for headquarters."""

    folder: str
    t0: datetime
    seed: int
    slots: tuple[Slot, ...]
    missions: int = 40
    drafters: int = 8
    heads: int = 4
    editors: int = 3
    managers: int = 1
    live_missions: int = 2
    processes: int = 2

    @classmethod
    def read(cls, values: dict[str, Any]) -> Spec:
        """From JSON. Raises TypeError for what it does not know."""
        slots = tuple(
            Slot(**(slot | {"kinds": tuple(slot["kinds"])} if "kinds" in slot else slot)) for slot in values["slots"]
        )
        t0 = datetime.fromisoformat(values["t0"]).astimezone(UTC)
        return cls(**(values | {"slots": slots, "t0": t0}))

    def as_json(self) -> dict[str, Any]:
        """The same, ready to be written down."""
        return asdict(self) | {"t0": self.t0.isoformat()}

    @property
    def groups(self) -> dict[str, int]:
        """Group of missions → how many missions it gets: the unnamed group most of them, each named one a tenth."""
        named = sorted({slot.missions for slot in self.slots if slot.missions})
        each = max(self.missions // 10, 1)
        return {"": max(self.missions - each * len(named), 1)} | dict.fromkeys(named, each)


@dataclass(frozen=True)
class Planned:
    """A post to be made: of the n-th mission of its group, for an instant, with a fate ("" is the usual one)."""

    slot: str
    group: str
    mission: int
    scheduled_at: datetime
    fate: str = ""
    first_at: datetime | None = field(default=None)


def yields(spec: Spec, kind: str) -> int:
    """How many rows of this kind a post makes."""
    mission = spec.drafters + spec.heads
    people = {
        "publish_soon": mission,
        "publish_now": spec.drafters,
        "overdue": mission,
        "grace": mission + spec.editors + spec.managers,
    }
    return people[kind] * WAYS


def posts(spec: Spec) -> Iterator[Planned]:
    """The posts that fill all slots, in the order of the slots."""
    fates = itertools.cycle(FATES)
    for slot in spec.slots:
        yield from _fill(spec, slot, fates)


def _fill(spec: Spec, slot: Slot, fates: Iterator[str]) -> Iterator[Planned]:
    kinds = _kinds(spec, slot)
    missions = spec.groups[slot.missions]
    for number, kind in enumerate(kinds):
        due = spec.t0 + timedelta(seconds=slot.at + slot.span * (number / len(kinds)))
        time = due.replace(microsecond=0) + DISTANCE[kind]
        yield Planned(slot.name, slot.missions, number % missions, time)
        if number % ONE_IN == ONE_IN // 2:
            fate = next(fates)
            first = time + timedelta(minutes=10) if fate == "moved" else None
            yield Planned(slot.name, slot.missions, (number + 1) % missions, time, fate, first)


def _kinds(spec: Spec, slot: Slot) -> Sequence[str]:
    """The kinds in turn, until there are enough rows."""
    found: list[str] = []
    rows = 0
    while rows < slot.reminders:
        kind = slot.kinds[len(found) % len(slot.kinds)]
        found.append(kind)
        rows += yields(spec, kind)
    return found
