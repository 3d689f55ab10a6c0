"""Fixtures for all tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management.commands import flush
from django.test import Client
from pytest_django import DjangoDbBlocker

from calendar_app import clock, triggers
from tests import cast as cast_module
from tests.cast import NOW, Cast

# Tests of pages: they reach the database through services and queries alone, which are tested on both. In the browser
# the same pages are tested on SQLite.
OF_PAGES = ("calendar_app/views", "calendar_app/api", "calendar_app/test_admin.py", "test_routes.py")
HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    help_text = "of a run on SQLite and one on PostgreSQL: leave out what the other does"
    parser.addoption("--half", choices=("sqlite", "postgresql"), help=help_text)


def belongs(half: str, *, touches: bool, is_page: bool) -> bool:
    """Does a test belong to this half? What touches no database is tested on SQLite, pages that do on PostgreSQL, the
    rest on both."""
    return not (touches and is_page) if half == "sqlite" else touches


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    half = config.getoption("--half")
    if not half:
        return
    pages = [HERE / path for path in OF_PAGES]
    kept, left_out = [], []
    for item in items:
        names = getattr(item, "fixturenames", ())
        touches = bool(item.get_closest_marker("django_db") or "db" in names or "transactional_db" in names)
        is_page = any(page == item.path or page in item.path.parents for page in pages)
        (kept if belongs(half, touches=touches, is_page=is_page) else left_out).append(item)
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
