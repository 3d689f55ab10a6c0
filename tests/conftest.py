"""Fixtures for all tests."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management.commands import flush

from calendar_app import triggers


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
