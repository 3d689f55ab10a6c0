"""Of the two halves of the suite (`tests/conftest.py`) none leaves out what the other leaves out, too."""

from itertools import product

import pytest

from tests.conftest import HERE, OF_PAGES, belongs


@pytest.mark.parametrize(("touches", "is_page"), list(product((False, True), repeat=2)))
def test_every_test_belongs_to_a_half(touches: bool, is_page: bool) -> None:
    halves = [half for half in ("sqlite", "postgresql") if belongs(half, touches=touches, is_page=is_page)]
    assert len(halves) == (2 if touches and not is_page else 1)


def test_the_pages_are_where_they_are_said_to_be() -> None:
    assert all((HERE / path).exists() for path in OF_PAGES)
