"""Fixtures for all tests."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management.commands import flush
from django.test import Client
from pytest_django import DjangoDbBlocker

from calendar_app import clock, triggers
from tests import cast as cast_module
from tests.cast import NOW, Cast


def pytest_addoption(parser: pytest.Parser) -> None:
    help_text = "leave out what touches no database: it was tested with another one already"
    parser.addoption("--database-only", action="store_true", help=help_text)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--database-only"):
        return
    kept, left_out = [], []
    for item in items:
        names = getattr(item, "fixturenames", ())
        touches = item.get_closest_marker("django_db") or "db" in names or "transactional_db" in names
        (kept if touches else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


@pytest.fixture(autouse=True, scope="session")
def flush_lifts_triggers() -> Iterator[None]:
    """Let the flush after a transactional test empty the tables that the database itself protects."""
    handle = flush.Command.handle

    def lifted(self: flush.Command, **options: Any) -> None:
        with triggers.lifted():
            handle(self, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush.Command, "handle", lifted)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Reference data and the cast are loaded once; each test's transaction starts from there."""
    with django_db_blocker.unblock():
        cast_module.load()


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Rate limits, the time of the last tick: nothing of an earlier test is left."""
    cache.clear()


@pytest.fixture
def cast(db: None) -> Cast:
    """The people and missions that tests act with. Tests with real transactions find an empty database: load again."""
    cast_module.load()
    return cast_module.read()


@pytest.fixture
def frozen() -> Iterator[None]:
    """`clock.now()` answers NOW."""
    with clock.fixed(NOW):
        yield


@pytest.fixture
def sign_in() -> Any:
    """`sign_in(person)` answers a client of that person."""

    def make(person: Any) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return make
