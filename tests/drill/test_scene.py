"""How a scene lets the product finish: the clock may spare a lease, and nothing else."""

from pathlib import Path
from typing import Any, cast

import pytest

from drill import scene as module
from drill.scene import Scene
from drill.world import Crew, World

Rows = list[tuple[Any, ...]]


class Database:
    """Answers one look after the other, and the last one from then on."""

    NOW = "clock_timestamp()"

    def __init__(self, *looks: Rows) -> None:
        self.looks = list(looks)
        self.shifts: list[float] = []

    def rows(self, database: str, query: str) -> Rows:
        assert "{" not in query
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    def shift(self, database: str, seconds: float) -> float:
        self.shifts.append(seconds)
        self.looks.append([])
        self.looks.pop(0)
        return seconds


class Place:
    """A world without servers."""

    base = "http://127.0.0.1:1"
    servers = ()

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder, self.database = folder, database

    def product(self, database: str) -> dict[str, str]:
        return {}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STUCK_AFTER", 0.6)


def made(folder: Path, *looks: Rows) -> tuple[Scene, Database]:
    database = Database(*looks)
    place = cast("World", Place(folder, database))
    return Scene(place, "one", (), Crew(), {}, 1, lambda words: None), database


def test_it_is_finished_when_nothing_due_is_left(tmp_path: Path) -> None:
    scene, database = made(tmp_path, [(1, "pending", 0, False)], [])
    assert scene.drain(5)
    assert database.shifts == []


def test_the_clock_goes_on_to_the_end_of_the_leases_of_the_dead(tmp_path: Path) -> None:
    scene, database = made(tmp_path, [(1, "claimed", 0, True), (2, "sending", 1, True)])
    assert scene.drain(5)
    assert database.shifts == [module.PAST_THE_LEASE]


def test_the_clock_stays_while_anything_waits_for_the_product_itself(tmp_path: Path) -> None:
    scene, database = made(tmp_path, [(1, "claimed", 0, True), (2, "pending", 0, False)])
    assert not scene.drain(2)
    assert database.shifts == []
