"""What a courier promises, and what it can answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from calendar_app.models import Reminder, Way


@dataclass(frozen=True)
class Accepted:
    """The other side has taken it."""


@dataclass(frozen=True)
class Refused:
    """The other side answered no, or it could not be put into words: nothing was handed over. It counts as an
    attempt and is tried again, unless it is `final`. `is_passing`: the other side asked to try later; when it says
    so again and again, it counts as unreachable."""

    why: str
    final: bool = False
    is_passing: bool = False


@dataclass(frozen=True)
class Unreachable:
    """The other side was never reached. That is not the reminder's fault: it counts as no attempt, and the breaker
    of this way opens."""

    why: str


@dataclass(frozen=True)
class Unknown:
    """It may have arrived. `is_down`: the other side did not answer in time, and the breaker opens."""

    why: str
    is_down: bool = False


@dataclass(frozen=True)
class Nothing:
    """There is nothing left to say."""

    why: str


Result = Accepted | Refused | Unreachable | Unknown | Nothing


class Courier(Protocol):
    """One worker's use of one way, for one batch; `close()` ends it, whatever happened before."""

    @property
    def way(self) -> Way:
        """The way it serves."""
        ...

    @property
    def batch(self) -> int:
        """How many are recorded as `sending` at once: they must all be handed over well within the lease."""
        ...

    @property
    def repeatable(self) -> bool:
        """The other side tells repeats apart, so that what is unknown is simply tried again."""
        ...

    def key(self, reminder: Reminder) -> str:
        """The name of the breaker that stands for the other side: "email", "push:<host>", "webhook:<id>"."""
        ...

    def hand_over(self, reminder: Reminder, at: datetime) -> Result:
        """Hand one reminder over (with recipient, device, webhook and post__mission loaded). Raises nothing that it
        can answer; what it raises all the same counts as refused."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
