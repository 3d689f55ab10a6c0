"""The page of components shows all there is."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.utils.html import escape

from calendar_app.queries.tallies import LOOKS
from calendar_app.templatetags.calendar_marks import look_name
from calendar_app.views.styleguide import COLOURS
from tests.cast import Cast

VARIABLES = Path(__file__).resolve().parents[3] / "static" / "css" / "variables.css"


@pytest.fixture
def page(cast: Cast, sign_in: Any) -> str:
    return str(sign_in(cast.stranger).get("/styleguide/").content.decode())


def test_every_way_to_draw_a_post_is_shown(page: str) -> None:
    for look in LOOKS:
        assert f"s-{'approved s-due' if look == 'due' else look}" in page
        assert escape(look_name(look)) in page


def test_every_colour_is_shown() -> None:
    defined = re.findall(r"--([\w-]+):\s*(?:#|rgb)", VARIABLES.read_text("utf-8"))
    assert set(defined) == {token for group in COLOURS for token in group}


def test_fields_come_with_help_and_error(page: str) -> None:
    assert 'aria-describedby="id_helped_hint"' in page
    assert 'aria-describedby="id_wrong_error"' in page


def test_the_browser_is_told_what_is_busy_and_what_cannot_be_pressed(page: str) -> None:
    assert 'aria-busy="true"' in page
    assert 'aria-disabled="true" aria-describedby="sg-alasan"' in page
