"""The verdicts of all scenes put together into the one line that a run ends with."""

import json
from pathlib import Path
from typing import Any

import pytest

from drill.outcome import COUNTS, Outcome
from drill.verdict import PhaseVerdict, Verdict

# The keys, in its order.
KEYS = [
    *("seed", "profile", "reminders", "kills", "lost", "duplicated_inapp", "duplicated_email", "uncertain", "early"),
    *("half_applied", "lateness_p50_s", "lateness_p99_s", "lateness_max_s"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    events: list[dict[str, Any]] = [
        {"what": "kill", "of": "worker"},
        {"what": "outage", "of": "postgres", "at": "begin"},
        {"what": "outage", "of": "postgres", "at": "end"},
        {"what": "kill", "of": "beat"},
    ]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    return tmp_path


def verdict(name: str, *latenesses: float, missed: tuple[str, ...] = ()) -> Verdict:
    return Verdict(
        reminders=len(latenesses),
        latenesses=list(latenesses),
        phases={name: PhaseVerdict(reminders=len(latenesses), latenesses=list(latenesses))},
        missed=list(missed),
    )


def add(outcome: Outcome, folder: Path, found: Verdict, *recoveries: float, drained: bool = True) -> None:
    outcome.add("scene", folder, found, recoveries=list(recoveries), drained=drained)


def test_the_line_begins_with_the_promised_keys(folder: Path) -> None:
    outcome = Outcome(7, "smoke")
    add(outcome, folder, verdict("kills", 1, 2, 3))
    line = outcome.as_json()
    assert list(line)[: len(KEYS)] == KEYS
    assert (line["seed"], line["profile"], line["reminders"], line["kills"], line["crashes"]) == (7, "smoke", 3, 2, 1)
    assert line["failed"] == []


def test_lateness_is_that_of_the_phase_without_a_fault_when_it_was_played(folder: Path) -> None:
    outcome = Outcome(7, "smoke")
    add(outcome, folder, verdict("kills", 50, 60))
    assert outcome.as_json()["lateness_max_s"] == 60
    add(outcome, folder, verdict("steady", 1, 2))
    assert outcome.as_json()["lateness_max_s"] == 2
    assert outcome.as_json()["phases"]["kills"]["lateness_max_s"] == 60


def test_what_a_scene_missed_a_slow_recovery_and_what_was_not_finished_are_failures(folder: Path) -> None:
    outcome = Outcome(7, "smoke")
    add(outcome, folder, verdict("kills", 1, missed=("lost: 1",)), 12.0, 31.0, drained=False)
    assert outcome.failed == [
        "scene: 31 s to the first message",
        "scene: lost: 1",
        "scene: what was due was not finished in time",
    ]


def test_a_drill_that_ran_beside_is_added_up(folder: Path) -> None:
    outcome, other = Outcome(7, "long"), Outcome(7, "long", whole=False)
    add(outcome, folder, verdict("kills", 1))
    add(other, folder, verdict("redis", 2, 3, missed=("late: 1",)))
    outcome.add_lane(json.loads(json.dumps(other.as_json())))
    assert outcome.counts == dict.fromkeys(COUNTS, 0) | {"reminders": 3}
    assert outcome.kills == 4
    assert set(outcome.phases) == {"kills", "redis"}
    assert outcome.failed == ["scene: late: 1"]


@pytest.mark.parametrize(("whole", "failures"), [(True, 3), (False, 0)])
def test_only_a_whole_long_run_has_to_reach_the_promised_numbers(folder: Path, whole: bool, failures: int) -> None:
    outcome = Outcome(7, "long", whole=whole)
    add(outcome, folder, verdict("kills", 1))
    outcome.close(1.0)
    assert len(outcome.failed) == failures
