"""Calling the API as somebody."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from missions import tokens
from missions.models import Person
from tests.cast import NOW


class Caller:
    """A program with a token of one person. Each call answers Django's response."""

    def __init__(self, person: Person | None, scope: str = "write") -> None:
        self.client = Client()
        self.headers: dict[str, str] = {}
        if person:
            _token, raw = tokens.make(person=person, name="uji", scope=scope, days=30, at=NOW - timedelta(hours=1))
            self.headers = {"Authorization": f"Bearer {raw}"}

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(url(path), query or None, headers=self.headers)

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(url(path), body, content_type="application/json", headers=self.headers)

    def patch(self, path: str, **body: Any) -> Any:
        return self.client.patch(url(path), body, content_type="application/json", headers=self.headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(url(path), headers=self.headers)

    def raw(self, method: str, path: str, body: bytes, kind: str = "application/json", **headers: str) -> Any:
        return self.client.generic(method, url(path), body, content_type=kind, headers=self.headers | headers)

    def queries(self, path: str) -> int:
        """How many queries a list takes; the first call may fill caches."""
        self.get(path)
        with CaptureQueriesContext(connection) as asked:
            assert self.get(path).status_code == 200
        return len(asked)


def url(path: str) -> str:
    return path if path.startswith(("/", "http")) else f"/api/v1/{path}"


@pytest.fixture(autouse=True)
def fresh_counts() -> Iterator[None]:
    """Nobody has called yet this minute."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def api(frozen: None) -> type[Caller]:
    """`api(person)` answers a caller with a token that writes; `api(None)` one without."""
    return Caller
