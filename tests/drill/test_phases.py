"""Phases and profiles: loads have their places on the clock, and a seed always brings the same faults."""

import random

import pytest

from drill import phases
from drill.faults import At, Every, Plan
from drill.phases import EMBEDDED, GAP, PROFILES, Phase, parts
from drill.plan import Slot
from drill.processes import Service
from drill.scene import Scene
from drill.world import Crew


def nothing(scene: Scene, chance: random.Random) -> None:
    """A fault that does no harm."""


def test_the_load_of_a_phase_begins_where_the_one_before_has_ended() -> None:
    first = Phase("first", 10, (Slot("first", 1, 5, 7),), moves=3600)
    second = Phase("second", 10, (Slot("second", 2, 5, 7),))
    slots = phases.Part("both", (first, second), Crew()).slots()
    assert [slot.at for slot in slots] == [1, 10 + 3600 + GAP + 2]


def test_the_same_seed_brings_the_same_faults_at_the_same_times() -> None:
    def times(seed: int) -> list[float]:
        faults = (At(3, nothing), Every(1, nothing, jitter=0.5))
        return [at for at, _do in Plan.of(faults, 20, random.Random(seed)).coming]

    assert times(1) == times(1)
    assert times(1) != times(2)
    assert times(1) == sorted(times(1))


def test_again_and_again_ends_with_the_phase_or_before() -> None:
    every = Every(5, nothing, since=2, until=18)
    assert every.times(60, random.Random(1)) == [7, 12, 17]
    assert every.times(10, random.Random(1)) == [7]


def test_only_leaves_the_phases_that_were_named() -> None:
    chosen = parts("short", ["mail", "burst"])
    assert [[phase.name for phase in part.phases] for part in chosen] == [["burst"], ["mail"]]


def test_an_unknown_phase_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="smoke has no earthquake; it has kills, six_hours, steady"):
        parts("smoke", ["earthquake"])


def test_the_clock_is_never_put_forward_so_far_between_phases_that_the_engine_pauses() -> None:
    assert GAP < 600


def test_no_load_lies_outside_its_phase() -> None:
    for profile in (*PROFILES.values(), *EMBEDDED.values()):
        for phase in (phase for part in profile for phase in part.phases):
            for slot in phase.slots:
                assert slot.at >= 0
                assert slot.at + slot.span <= phase.lasts + phase.moves


def test_the_long_profile_has_the_sizes_that_are_promised() -> None:
    long = parts("long")
    load = sum(slot.reminders for part in long for slot in part.slots())
    plans = {phase.name: Plan.of(phase.faults, phase.lasts, random.Random(1)) for part in long for phase in part.phases}
    assert load >= 85_000  # as many again follow from the same posts
    assert len(plans["kills"].coming) >= 1_000
    assert len(plans["postgres"].coming) >= 200


def test_a_service_that_never_ran_has_no_children(tmp_path) -> None:  # type: ignore[no-untyped-def]
    assert Service("some", ["true"], {}, tmp_path / "log", tmp_path).children() == []
