"""A deaf worker ends itself; one that hears does not."""

from types import SimpleNamespace

import pytest
from celery.signals import task_received, worker_ready

import config.celery  # noqa: F401 - installs it
from config import watchdog
from config.watchdog import DEAF_AFTER, Watchdog


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(watchdog, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=lambda s: None))
    return now


def test_silence_of_a_minute_and_a_half_ends_the_worker(seconds: list[float]) -> None:
    ended: list[float] = []
    dog = Watchdog(lambda: ended.append(seconds[0]))
    seconds[0] += DEAF_AFTER - 1
    assert not dog.look()
    seconds[0] += 1
    dog.run()
    assert ended == [1000.0 + DEAF_AFTER]


def test_each_task_counts_as_heard(seconds: list[float]) -> None:
    dog = Watchdog(lambda: None)
    for _n in range(10):
        seconds[0] += DEAF_AFTER - 1
        dog.hear(request=None)
        assert not dog.look()


def test_every_worker_has_one() -> None:
    for sent in (task_received, worker_ready):
        assert any(receiver.__module__ == "config.watchdog" for _key, receiver in _receivers(sent))


def _receivers(sent: object) -> list[tuple[object, object]]:
    return list(getattr(sent, "receivers"))  # noqa: B009 - not part of celery's types
