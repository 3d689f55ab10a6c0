"""The two weeks in Chromium: filters asked for at once, cells by keyboard, missions found by name, today first."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Make, Visit, soon

NETWORK = "/calendar/?view=network"
TOKYO = "[data-row=kbri-tokyo]"


def focused(page: Page) -> Any:
    return page.evaluate("document.activeElement.id || document.activeElement.getAttribute('aria-label')")


def test_a_changed_filter_is_asked_for_at_once_and_keeps_the_focus(visit: Visit, make_post: Make) -> None:
    make_post("draft", title="Hanya draf")
    page = visit("manager")
    page.goto(NETWORK)
    page.evaluate("window.same = true")
    page.locator("#f-status").focus()
    page.locator("#f-status").select_option("approved")
    expect(page).to_have_url(re.compile("status=approved"))
    expect(page.locator("#f-status.is-set")).to_be_focused()
    assert page.evaluate("window.same"), "the page was not loaded anew"
    assert "tz=" not in page.url, "what says nothing stays out of the address"
    page.locator("#f-region").select_option("timur-tengah")
    expect(page.locator(TOKYO)).to_have_count(0)
    page.reload()
    expect(page.locator("#f-status")).to_have_value("approved")
    page.go_back()
    expect(page.locator(TOKYO)).to_have_count(1)
    page.get_by_role("link", name="Hapus saringan").click()
    expect(page.locator("#f-status")).to_have_value("")


def test_words_and_another_date_are_asked_for_too(visit: Visit, make_post: Make) -> None:
    make_post("draft", title="Kopi dari Gayo")
    page = visit("drafter_jeddah")
    page.goto("/calendar/?view=list")
    page.get_by_text("Saringan lain").click()
    page.get_by_label("memuat kata").fill("Gayo")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=Gayo"))
    expect(page.get_by_label("memuat kata")).to_be_visible()
    page.locator(".jump summary").click()
    page.get_by_label("Buka tanggal").fill("2025-03-05")
    page.get_by_role("button", name="Buka", exact=True).click()
    expect(page).to_have_url(re.compile("date=2025-03-05"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".jump summary")).to_contain_text("3–9 Maret 2025")
    page.get_by_role("link", name="Hari ini").last.click()
    expect(page.locator(".jump summary")).not_to_contain_text("2025")


def test_a_cell_opens_and_shuts_by_keyboard(visit: Visit, make_post: Make) -> None:
    post = make_post("draft", title="Di balik sel")
    day = post["scheduled_local"][:10]
    page = visit("manager")
    page.goto(f"{NETWORK}&date={day}")
    cell = page.locator(f"a[href*='kjri-jeddah:{day}']")
    cell.focus()
    page.keyboard.press("ArrowUp")
    expect(cell).not_to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(cell).to_be_focused()
    page.keyboard.press("Enter")
    panel = page.locator("#panel")
    expect(panel.get_by_role("link", name="Di balik sel")).to_be_visible()
    expect(panel.get_by_role("heading", name="KJRI Jeddah")).to_be_focused()
    assert f"cell=kjri-jeddah%3A{day}" in page.url or f"cell=kjri-jeddah:{day}" in page.url
    page.get_by_role("button", name="Salin tautan tampilan").click()
    expect(page.get_by_role("button", name="Tautan tersalin")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    panel.get_by_role("heading", name="KJRI Jeddah").focus()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(cell).to_be_focused()
    assert "cell=" not in page.url
    page.go_back()
    expect(panel).to_be_visible()


def test_what_tokyo_has_is_found_by_its_name(visit: Visit) -> None:
    page = visit("manager")
    page.goto(NETWORK)
    find = page.get_by_label("Cari perwakilan dalam tabel")
    find.fill("toky")
    expect(page.locator("[data-row]:visible")).to_have_count(1)
    expect(page.locator("tr.region:visible")).to_have_count(1)
    expect(page.locator("[data-announce]")).to_have_text("1 perwakilan cocok:")
    page.keyboard.press("Enter")
    assert "KBRI Tokyo" in focused(page)
    find.fill("aljir kbri")
    expect(page.locator("[data-row=kbri-algiers]")).to_be_visible()
    find.fill("algiers")
    expect(page.locator("[data-row]:visible")).to_have_count(1)
    find.fill("zzz")
    expect(page.locator("[data-row]:visible")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("[data-row]:visible")).to_have_count(133)


def test_a_mission_that_was_sought_stays_found_when_a_filter_changes(visit: Visit, make_post: Make) -> None:
    make_post("draft")
    page = visit("manager")
    page.goto(NETWORK)
    find = page.get_by_label("Cari perwakilan dalam tabel")
    find.fill("jeddah")
    page.locator("#f-status").select_option("draft")
    expect(page.locator("#f-status.is-set")).to_be_visible()
    expect(find).to_have_value("jeddah")
    expect(page.locator("[data-row]:visible")).to_have_count(1)


def test_back_asks_for_the_filters_before_once(visit: Visit, make_post: Make) -> None:
    make_post("draft")
    page = visit("manager")
    page.goto(NETWORK)
    for status in ("draft", "approved"):
        page.locator("#f-status").select_option(status)
        expect(page).to_have_url(re.compile(f"status={status}"))
        expect(page.locator("#f-status.is-set")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "view=network" in request.url else None)
    page.go_back()
    expect(page.locator("#f-status")).to_have_value("draft")
    page.wait_for_load_state("networkidle")
    assert [url.partition("status=")[2] for url in asked] == ["draft"]
    page.go_back()
    expect(page.locator("#f-status")).to_have_value("")
    page.wait_for_load_state("networkidle")
    assert len(asked) == 2
    # a cell changes the address without htmx's help
    page.locator("[data-cells] .c:not(.gap):not(.off) > a").first.click()
    expect(page.locator("#panel h2")).to_be_visible()
    asked.clear()
    page.go_back()
    expect(page.locator("#panel")).to_be_hidden()
    page.wait_for_load_state("networkidle")
    assert len(asked) == 1


def test_the_silent_missions_are_one_click_away(visit: Visit, make_post: Make) -> None:
    make_post("draft")
    page = visit("manager")
    page.goto(NETWORK)
    page.get_by_role("link", name=re.compile("perwakilan diam")).click()
    expect(page).to_have_url(re.compile("only=quiet"))
    # one for which no test writes
    expect(page.locator("[data-row=kbri-windhoek]")).to_be_visible()
    expect(page.locator(".nw td.c .ss")).to_have_count(0)
    page.get_by_role("link", name=re.compile("perwakilan diam")).click()
    expect(page.locator("[data-row]")).to_have_count(133)


def test_a_phone_opens_the_week_at_today_and_without_sideways_scrolling(visit: Visit, make_post: Make) -> None:
    for minutes in (60, 120, 180):
        make_post("draft", scheduled_local=soon("Asia/Riyadh", minutes))
    page = visit("drafter_jeddah", phone=True)
    page.goto("/calendar/?view=week")
    today = page.locator("[data-today] h2")
    expect(today).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    other = page.locator(".dh:not(.now)").first
    other.click()
    expect(page.locator(str(other.get_attribute("href")))).to_be_in_viewport()
    page.goto(NETWORK)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_chosen_day_stands_below_the_month_of_a_phone(visit: Visit, make_post: Make) -> None:
    post = make_post("draft", title="Di bawah bulan", scheduled_local=soon("Asia/Riyadh", 40 * 24 * 60))
    day = post["scheduled_local"][:10]
    page = visit("drafter_jeddah", phone=True)
    page.goto(f"/calendar/?view=month&date={day}")
    expect(page.locator("#hari").get_by_role("link", name="Di bawah bulan").first).to_be_visible()
    page.locator(".pick:not([aria-current])").first.click()
    expect(page.locator("#hari").get_by_text("Belum ada unggahan pada hari ini.")).to_be_visible()
    expect(page.locator("#hari")).to_be_in_viewport()


def test_the_weeks_do_not_shift_after_they_were_shown(visit: Visit, make_post: Make) -> None:
    make_post("approved")
    for who, address in (("manager", NETWORK), ("drafter_jeddah", "/calendar/?view=week"), ("manager", NETWORK)):
        for phone in (False, True):
            page = visit(who, phone=phone)
            page.add_init_script(
                "window.shift = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries())"
                " if (!entry.hadRecentInput) window.shift += entry.value; })"
                ".observe({ type: 'layout-shift', buffered: true });"
            )
            page.goto(address)
            page.wait_for_timeout(700)
            assert page.evaluate("window.shift") < 0.01, (who, address, phone)


def test_while_a_page_still_arrives_nothing_is_shown_that_will_move(visit: Visit, make_post: Make) -> None:
    make_post("approved")
    page = visit("drafter_jeddah", phone=True)
    page.goto("/calendar/?view=week")
    expect(page.locator(".key")).to_be_visible()

    def half(route: Route) -> None:
        route.fulfill(response=route.fetch(), body=route.fetch().text().split('<section data-day="')[0])

    page.route("**/calendar/**", half)
    page.goto("/calendar/?view=week")
    expect(page.locator(".w-head")).to_be_visible()
    expect(page.locator(".key")).to_have_css("visibility", "hidden")


def test_a_theme_without_posts_has_no_bar_and_a_long_word_stays_within_the_page(visit: Visit, make_post: Make) -> None:
    make_post("draft")
    page = visit("manager")
    page.goto(f"{NETWORK}&theme=pelindungan-layanan")
    expect(page.locator(".legend-th .w-0").first).to_have_css("width", "0px")
    assert page.locator(".legend-th .w-100").evaluate("bar => bar.clientWidth") > 0
    for phone in (False, True):
        page = visit("manager", phone=phone)
        page.goto(f"{NETWORK}&q={'a' * 200}")
        expect(page.locator(".word")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_week_is_printed_on_a4_with_type_that_can_be_read(visit: Visit, make_post: Make) -> None:
    make_post("draft")
    for who, address, sheets, size in (
        ("manager", NETWORK, 2, "594.95996 841.91998"),
        ("drafter_jeddah", "/calendar/?view=week&date=2025-03-05", 1, "841.91998 594.95996"),
    ):
        page = visit(who)
        page.goto(address)
        sheet = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type /Page\b", sheet)) == sheets, address
        assert f"/MediaBox [0 0 {size}]".encode() in sheet, "upright for all, lying for one"
        page.emulate_media(media="print")
        smallest = page.locator(".nw tr :visible, .week .chip :visible").evaluate_all(
            "all => Math.min(...all.map((one) => parseFloat(getComputedStyle(one).fontSize)))"
        )
        assert smallest >= 9.3, "7 pt"
        expect(page.get_by_text(re.compile("Dicetak .* WIB"))).to_be_visible()
        expect(page.locator(".say")).to_be_hidden()
