"""A slow line, a broken line, and an impatient finger: people see that something is under way, and lose nothing."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Make, Visit

BAR = "[data-wait]"


# What the page itself sees and does: the driver waits for the next page, and sees nothing of this one.
DIARY = """() => new MutationObserver((changes, diary) => {
  const bar = document.querySelector("[data-wait]");
  const button = document.querySelector("main button[aria-busy=true]");
  if (bar.hidden || (document.querySelector("main form[method=post]") && !button)) return;
  diary.disconnect();
  const moves = getComputedStyle(bar, "::before").animationName;
  sessionStorage.setItem("bar", JSON.stringify([document.querySelector("main").ariaBusy, moves]));
  sessionStorage.setItem("width", button?.getBoundingClientRect().width);
  sessionStorage.setItem("word", button?.textContent);
  button?.click();
  button?.form.requestSubmit();
}).observe(document.body, { subtree: true, attributes: true })"""


def hold(page: Page, address: str, method: str = "GET") -> list[Route]:
    """Requests to this address wait until the test lets them go."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        if route.request.method == method:
            held.append(route)
        else:
            route.continue_()

    page.route(re.compile(address), keep)
    return held


def test_a_slow_page_shows_that_it_is_under_way(visit: Visit) -> None:
    page = visit("manager")
    page.goto("/")
    line = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 1500, "downloadThroughput": 20_000, "uploadThroughput": 20_000}
    line.send("Network.emulateNetworkConditions", slow)
    page.evaluate(DIARY)
    page.get_by_role("link", name="Unggahan", exact=True).first.click()
    expect(page).to_have_url(re.compile("/posts/"))
    # without movement, which this visitor asked to be spared
    assert page.evaluate("sessionStorage.bar") == '["true","none"]'
    expect(page.locator(BAR)).to_be_hidden()


def test_a_form_is_sent_once(visit: Visit, make_post: Make) -> None:
    post = make_post("in_review", title="Sekali saja")
    page = visit("drafter_jeddah")
    page.goto(f"/posts/{post['id']}/withdraw/")
    sent: list[str] = []

    def dawdle(route: Route) -> None:
        sent.append(route.request.method)
        time.sleep(1)
        route.continue_()

    page.route(re.compile("/withdraw/$"), dawdle)
    page.evaluate(DIARY)
    button = page.locator("main form[method=post] button").first
    width = button.evaluate("e => e.getBoundingClientRect().width")
    button.click()
    expect(page).to_have_url(re.compile(rf"/posts/{post['id']}/$"))
    assert sent == ["POST"]
    assert float(page.evaluate("sessionStorage.width")) == pytest.approx(width, abs=0.5)


def test_a_button_says_what_it_does(visit: Visit, make_post: Make) -> None:
    page = visit("drafter_jeddah", phone=True)
    page.goto(f"/posts/{make_post()['id']}/edit/")
    page.route(re.compile("/edit/$"), lambda route: (time.sleep(1), route.continue_())[-1])
    page.evaluate(DIARY)
    page.get_by_role("button", name="Simpan draf").click()
    expect(page.locator("[data-toasts]")).to_contain_text("Tersimpan.")
    assert page.evaluate("sessionStorage.word") == "Menyimpan…"


def test_back_finds_a_form_that_works(visit: Visit, make_post: Make) -> None:
    post = make_post("draft", title="Kembali lagi")
    page = visit("drafter_jeddah")
    page.goto(f"/posts/{post['id']}/edit/")
    page.get_by_role("button", name="Simpan draf").click()
    expect(page.locator("[data-toasts]")).to_contain_text("Tersimpan.")
    page.goto("/posts/")
    page.go_back()
    page.locator("[name=title]").fill("Kembali lagi, sekali lagi")
    page.get_by_role("button", name="Simpan draf").click()
    expect(page.locator("[data-toasts]")).to_contain_text("Tersimpan.")
    expect(page.locator("[name=title]")).to_have_value("Kembali lagi, sekali lagi")


def test_without_a_line_the_text_stays_and_can_be_sent_again(visit: Visit, make_post: Make) -> None:
    post = make_post("draft", title="Di kapal")
    page = visit("drafter_jeddah", expected="ERR_INTERNET_DISCONNECTED")
    page.goto(f"/posts/{post['id']}/edit/")
    page.locator("[name=purpose]").fill("Tertulis tanpa sambungan.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Simpan draf").click()
    note = page.locator("[data-toasts]")
    expect(note).to_contain_text("Tidak tersambung. Teks Anda tetap ada di sini.")
    expect(page.locator("[name=purpose]")).to_have_value("Tertulis tanpa sambungan.")
    page.context.set_offline(False)
    page.get_by_role("button", name="Simpan draf").click()
    expect(note).to_contain_text("Tersimpan.")
    expect(page.locator("[name=purpose]")).to_have_value("Tertulis tanpa sambungan.")


def kept(page: Page, post: dict[str, Any]) -> None:
    """Leaves the unsaved form and comes back: what was typed is offered again."""
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="Unggahan", exact=True).first.click()
    expect(page).to_have_url(re.compile("/posts/$"))
    page.goto(f"/posts/{post['id']}/edit/")
    page.get_by_role("button", name="Pulihkan").click()


def test_who_leaves_after_a_save_without_a_line_is_offered_the_text(visit: Visit, make_post: Make) -> None:
    post = make_post("draft", title="Di pelabuhan")
    page = visit("drafter_jeddah", expected="ERR_INTERNET_DISCONNECTED")
    page.goto(f"/posts/{post['id']}/edit/")
    page.locator("[name=purpose]").fill("Tertulis di dermaga.")
    page.context.set_offline(True)
    page.get_by_role("button", name="Simpan draf").click()
    expect(page.locator("[data-toasts]")).to_contain_text("Tidak tersambung.")
    page.context.set_offline(False)
    kept(page, post)
    expect(page.locator("[name=purpose]")).to_have_value("Tertulis di dermaga.")


def test_a_part_that_fails_can_be_asked_for_again(visit: Visit, make_post: Make) -> None:
    make_post("in_review", title="Isi sel")
    page = visit("manager", expected="502")
    page.goto("/calendar/?view=network")
    cell = page.locator("[data-cells] .c:not(.gap):not(.off) > a").first
    page.route(re.compile("cell="), lambda route: route.fulfill(status=502, body="Bad gateway"), times=1)
    cell.click()
    note = page.locator("[data-toasts]")
    expect(note).to_contain_text("Tidak berhasil.")
    held = hold(page, "cell=")
    note.get_by_role("button", name="Coba lagi").click()
    expect(page.locator(BAR)).to_be_visible()
    held[0].continue_()
    expect(page.locator("#panel h2")).to_be_visible()
    expect(page.locator(BAR)).to_be_hidden()


def test_who_waits_long_may_stop(visit: Visit, make_post: Make) -> None:
    post = make_post("draft", title="Lama sekali")
    page = visit("drafter_jeddah")
    # time flies, and somebody presses the button as soon as it is offered
    page.add_init_script("window.setTimeout = ((real) => (f, ms) => real(f, ms / 10))(window.setTimeout)")
    page.goto(f"/posts/{post['id']}/edit/")
    page.evaluate(
        """() => setInterval(() => [...document.querySelectorAll("[data-toasts] button")]
          .find((button) => button.textContent === "Berhenti menunggu")?.click(), 50)"""
    )
    page.locator("[name=purpose]").fill("Masih di sini.")
    hold(page, "/edit/$", "POST")
    page.get_by_role("button", name="Simpan draf").click()
    expect(page.locator("main")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("[name=purpose]")).to_have_value("Masih di sini.")
    page.unroute_all()
    kept(page, post)
    expect(page.locator("[name=purpose]")).to_have_value("Masih di sini.")
    page.get_by_role("button", name="Simpan draf").click()
    expect(page.locator("[data-toasts]")).to_contain_text("Tersimpan.")
