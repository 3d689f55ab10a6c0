"""The browsers that notices are pushed to, for the profile."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from calendar_app.models import Device
from missions.models import Person


@dataclass(frozen=True)
class Shown:
    """A device, and a mark by which its own browser knows it in the list without the address standing in the page."""

    device: Device
    mark: str


def live(person: Person) -> list[Shown]:
    """The person's devices that are pushed to, newest first."""
    rows = Device.objects.filter(person=person, ended_at=None)
    return [Shown(row, sha256(row.endpoint.encode()).hexdigest()) for row in rows]
