"""The search, by keyboard alone."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit


def test_a_name_and_enter_twice_lead_to_the_week_of_a_mission(visit: Visit) -> None:
    page = visit("manager")
    page.goto("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("tokyo")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=re.compile("Pekan ini.*KBRI Tokyo"))).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/calendar/\?view=week&mission=kbri-tokyo$"))
