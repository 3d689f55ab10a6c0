"""The verdicts of all scenes put together, and the goals that only a whole run can meet."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drill.verdict import Verdict

COUNTS = ("reminders", "lost", "duplicated_inapp", "duplicated_email", "uncertain", "early", "half_applied")
# The table: what the long profile has to reach.
LONG_REMINDERS, LONG_KILLS, LONG_CRASHES = 100_000, 1_000, 200
RECOVERY = 30.0


@dataclass
class Outcome:
    """What a run has shown. `whole` is False when only some of its phases were played."""

    seed: int
    profile: str
    whole: bool = True
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    kills: int = 0
    crashes: int = 0
    latenesses: list[float] = field(default_factory=list)
    # of the phase without a fault, when it was played: that is what the goal is about
    calm: list[float] = field(default_factory=list)
    # after how many seconds the first message was out, each time everything had been down
    recoveries: list[float] = field(default_factory=list)
    phases: dict[str, Any] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, name: str, folder: Path, verdict: Verdict, *, recoveries: list[float], drained: bool) -> None:
        """Put in the verdict of a scene, whose events are in the folder."""
        self.recoveries += recoveries
        self.failed += [f"{name}: {after:.0f} s to the first message" for after in recoveries if after > RECOVERY]
        for count in COUNTS:
            self.counts[count] += getattr(verdict, count)
        for event in _events(folder):
            self.kills += event["what"] == "kill"
            self.crashes += event["what"] == "outage" and event["of"] == "postgres" and event["at"] == "begin"
        self.latenesses += verdict.latenesses
        for phase, part in verdict.phases.items():
            self.phases[phase] = {count: getattr(part, count) for count in COUNTS}
            self.phases[phase] |= _percentiles(part.latenesses)
            if phase == "steady":
                self.calm += part.latenesses
        self.failed += [f"{name}: {goal}" for goal in verdict.missed]
        if not drained:
            self.failed.append(f"{name}: what was due was not finished in time")

    def add_lane(self, other: dict[str, Any] | None) -> None:
        """Put in the JSON of a drill that ran beside this one."""
        if other is None:
            return
        for count in COUNTS:
            self.counts[count] += other[count]
        self.kills += other["kills"]
        self.crashes += other["crashes"]
        self.recoveries += other["recoveries_s"]
        self.phases |= other["phases"]
        self.failed += other["failed"]

    def close(self, seconds: float) -> None:
        """All scenes are in: look at the goals of the whole."""
        self.seconds = seconds
        if self.profile == "long" and self.whole:
            for what, found, wanted in (
                ("reminders", self.counts["reminders"], LONG_REMINDERS),
                ("kills", self.kills, LONG_KILLS),
                ("crashes of PostgreSQL", self.crashes, LONG_CRASHES),
            ):
                if found < wanted:
                    self.failed.append(f"only {found} {what} of {wanted}")

    def as_json(self) -> dict[str, Any]:
        """The line a run ends with. Lateness is that of the phase without a fault when it was played; `load` is the
        machine's of the last quarter of an hour, for whoever wonders about the seconds."""
        return {
            "seed": self.seed,
            "profile": self.profile,
            "reminders": self.counts["reminders"],
            "kills": self.kills,
            **{count: self.counts[count] for count in COUNTS[1:]},
            **_percentiles(self.calm or self.latenesses),
            # were all phases of the profile played?
            "whole": self.whole,
            "crashes": self.crashes,
            "recoveries_s": [round(after, 1) for after in self.recoveries],
            "seconds": round(self.seconds),
            "load": round(os.getloadavg()[2], 1),
            "phases": self.phases,
            "failed": self.failed,
        }

    def as_text(self) -> str:
        """The same for people."""
        return "\n".join(f"{name:>18}  {value}" for name, value in self.as_json().items())


def _percentiles(latenesses: list[float]) -> dict[str, float | None]:
    ordered = sorted(latenesses)

    def at(share: float) -> float | None:
        return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)], 2) if ordered else None

    return {"lateness_p50_s": at(0.5), "lateness_p99_s": at(0.99), "lateness_max_s": at(1.0)}


def _events(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
