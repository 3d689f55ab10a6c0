"""By keyboard alone: the way past the frame, a focus that is always seen, and one that stays where it was."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Make, Visit

# How the focus shows: an outline on the element, or on what stands for a control that is drawn by its neighbour.
SEEN = """() => {
  const e = document.activeElement;
  if (e === document.body) return "";  // after the last one comes the browser's own window
  const drawn = (part) => {
    if (!part) return false;
    const style = getComputedStyle(part);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  const box = e.getBoundingClientRect();
  const hidden = getComputedStyle(e).opacity === "0" || box.width < 3;
  const seen = hidden ? drawn(e.nextElementSibling) || drawn(e.closest("label")) : drawn(e);
  return seen ? "" : `no outline: ${e.outerHTML.slice(0, 140)}`;
}"""
PLACES = {
    "/": "editor",
    "/calendar/?view=network": "manager",
    "/calendar/?view=week&mission=kjri-jeddah": "drafter_jeddah",
    "/posts/": "drafter_jeddah",
    "/posts/new/": "drafter_jeddah",
    "/styleguide/": "drafter_jeddah",
}
STEPS = 40


@pytest.mark.parametrize("path", PLACES)
def test_focus_is_seen(path: str, visit: Visit, make_post: Make) -> None:
    make_post("approved")
    page = visit(PLACES[path])
    page.goto(path)
    faults, reached = [], set()
    for colours in ("none", "active"):
        page.emulate_media(forced_colors=colours)
        for _step in range(STEPS):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
            if fault := page.evaluate(SEEN):
                faults.append(f"forced colours {colours}: {fault}")
    assert not faults, "\n".join(sorted(set(faults)))
    assert len(reached) > 12


def test_the_first_key_leads_past_the_frame(visit: Visit) -> None:
    page = visit("editor")
    page.goto("/posts/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Langsung ke isi")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_focus_stays_where_a_part_was_asked_for(visit: Visit, make_post: Make) -> None:
    make_post("approved")
    page = visit("manager")
    page.goto("/calendar/?view=network")
    page.locator("#f-theme").focus()
    page.locator("#f-theme").select_option(index=2)
    expect(page).to_have_url(re.compile("theme="))
    expect(page.locator("#f-theme")).to_be_focused()


def test_a_cell_that_is_opened_is_read_and_left_again(visit: Visit, make_post: Make) -> None:
    make_post("approved")
    page = visit("manager")
    page.goto("/calendar/?view=network&region=timur-tengah")
    cell = page.locator("[data-cells] .c > a").first
    cell.press("Enter")
    expect(page.locator("#panel h2")).to_be_focused()
    page.locator("#panel [data-close]").press("Enter")
    expect(cell).to_be_focused()


@pytest.mark.parametrize(
    "link", [".figs a >> nth=0", ".legend a >> nth=2", ".legend-th a >> nth=1", "[rel=next]", ".tabs a >> nth=2"]
)
def test_a_link_of_the_calendar_keeps_the_focus(link: str, visit: Visit, make_post: Make) -> None:
    make_post("approved")
    page = visit("manager")
    page.goto("/calendar/?view=network")
    with page.expect_navigation():
        page.locator(link).press("Enter")
    expect(page.locator(link)).to_be_focused()
    expect(page.locator("[data-announce]")).to_have_text(re.compile(r"^(Pekan|Bulan) .+: \d+ unggahan$"))
    page.reload()
    assert page.evaluate("document.activeElement === document.body")


def test_a_link_that_is_gone_leaves_the_focus_to_the_title(visit: Visit) -> None:
    page = visit("manager")
    page.goto("/calendar/?view=network&q=paspor")
    page.get_by_role("link", name="Hapus saringan").press("Enter")
    expect(page.locator("h1")).to_be_focused()
    page.locator("summary", has_text="pilih tanggal lain").press("Enter")
    page.get_by_label("Buka tanggal").fill("2027-03-03")
    page.locator("[name=date]").press("Enter")
    expect(page.locator(".period summary")).to_contain_text("2027")
    expect(page.locator("[data-announce]")).to_have_text(re.compile("2027: 0 unggahan$"))
    expect(page.locator("h1")).to_be_focused()


def test_the_address_of_a_cell_begins_at_its_posts(visit: Visit) -> None:
    page = visit("manager")
    page.goto("/calendar/?view=network&cell=kjri-jeddah:2026-12-09")
    expect(page.locator("#panel h2")).to_be_focused()
