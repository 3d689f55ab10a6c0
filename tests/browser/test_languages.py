"""The interface in English, for as long as somebody wants it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser import composer
from tests.browser.conftest import Make, Visit, soon

# Words that are on every page in Indonesian, and that English does not know.
INDONESIAN = re.compile(r"\b(?:yang|untuk|dengan|belum|unggahan|perwakilan|tayang|Simpan|Ajukan)\b", re.IGNORECASE)


def turn(page: Page, language: str) -> None:
    page.goto("/")
    page.locator("header details.menu summary").click()
    page.locator(f"header button[lang={language}]").click()
    expect(page.locator("html")).to_have_attribute("lang", language)


@pytest.fixture
def english(visit: Visit) -> Iterator[Page]:
    page = visit("drafter_jeddah")
    turn(page, "en")
    yield page
    turn(page, "id")


def test_a_post_is_written_and_submitted_in_english(english: Page, make_post: Make) -> None:
    page = english
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    page.get_by_role("link", name="New post").first.click()
    composer.fill(
        page,
        title="Passport hours",
        purpose="Citizens know the new hours.",
        audience="wni-setempat",
        language="en",
        themes=["pelindungan-layanan"],
        texts={"x": "Passports are now issued until 4 pm."},
        local=soon("Asia/Riyadh"),
    )
    expect(page.locator("[data-when-wib]")).to_contain_text(re.compile(r"\d\d:\d\d WIB"))
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page).to_have_url(re.compile(r"/posts/\d+/$"))
    mine = page.url
    approved = make_post("approved", title="Approved")["id"]
    for path in ("/", mine, f"{mine}cancel/", f"/posts/{approved}/publish/", "/posts/", "/notifications/", "/profile/"):
        page.goto(path)
        left = [line for line in spoken(page) if INDONESIAN.search(line)]
        assert not left, f"{path}: {left}"


def test_scripts_write_dates_as_the_server_does(english: Page) -> None:
    page = english
    page.goto("/posts/new/")
    page.locator("[name=date]").fill("2030-09-12")
    page.locator("[name=time]").fill("08:00")
    expect(page.locator("[data-when-wib]")).to_contain_text("12:00 WIB")
    expect(page.locator("[data-when-wib]")).to_contain_text("Thu, 12 Sep 2030")
    expect(page.locator("[data-check=scheduled_local]")).to_contain_text("Thu, 12 Sep, 08:00")
    page.on("dialog", lambda dialog: dialog.accept())


def test_another_language_keeps_the_view(visit: Visit, make_post: Make) -> None:
    make_post("draft")
    page = visit("drafter_jeddah")
    page.goto("/calendar/?view=list")
    page.locator("#f-status").select_option("draft")
    expect(page).to_have_url(re.compile("status=draft"))
    try:
        page.locator("header details.menu summary").click()
        page.locator("header button[lang=en]").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        expect(page.locator("#f-status")).to_have_value("draft")
    finally:
        turn(page, "id")


def spoken(page: Page) -> list[str]:
    """The lines of the page, but for what people wrote and for names of the reference data."""
    return str(
        page.evaluate(
            """() => {
              const copy = document.body.cloneNode(true);
              copy.querySelectorAll("bdi, [dir=auto], [lang=id], option, select, script").forEach((e) => e.remove());
              document.body.append(copy);
              const text = copy.innerText;
              copy.remove();
              return text;
            }"""
        )
    ).splitlines()
