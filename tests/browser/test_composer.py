"""The drafter at the composer: counters, what is missing, and nothing typed is ever lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Response, Route, expect

from calendar_app.networks import Limits, count
from tests.browser import composer
from tests.browser.conftest import Make, Visit, soon
from tests.product import Product

# Every way in which X counts otherwise than letters: a link, a flag, a family, letters from outside Latin.
AWKWARD = "Ayo ke pameran! https://example.go.id/kopi-gayo/pesan?dari=tokyo 🇮🇩 👨‍👩‍👧 日本の皆さまへ"
WORDS = {
    "title": "Pameran kopi",
    "purpose": "Pelaku usaha tahu cara memesan.",
    "audience": "pelaku-usaha",
    "themes": ["ekonomi-produk"],
    "texts": {"x": "Datanglah ke pameran kopi."},
}


def test_the_counter_marks_its_guess_and_ends_with_the_servers_figure(product: Product, visit: Visit) -> None:
    page = visit("drafter_tokyo", expected="ERR_INTERNET_DISCONNECTED")
    page.goto("/posts/new/")
    x = composer.channel(page, "x")
    count = x.locator("[data-count]")
    with page.expect_response("**/posts/count/"):
        composer.write(page, "x", AWKWARD)
    true = product.api("drafter_tokyo").post("networks/x/count/", text=AWKWARD)
    expect(count).not_to_have_class(re.compile("cnt-guess"))
    expect(count).to_have_text(re.compile(rf"^{true['length']}/280\b"))

    page.context.set_offline(True)
    x.locator("[data-channel-text]").press_sequentially("ab")
    expect(count).to_have_class(re.compile("cnt-guess"))
    page.wait_for_timeout(600)
    expect(count).to_have_class(re.compile("cnt-guess"))
    page.context.set_offline(False)
    expect(count).not_to_have_class(re.compile("cnt-guess"))
    expect(count).to_have_text(re.compile(rf"^{true['length'] + 2}/280\b"))

    x.locator("[data-channel-text]").fill("a" * 281)
    expect(x.locator("[data-count-errors]")).to_contain_text("280")
    expect(x.locator("[data-channel-text]")).to_have_attribute("aria-invalid", "true")
    page.evaluate("window.onbeforeunload = null")
    leave(page)


def test_what_is_missing_is_listed_before_anything_is_submitted(visit: Visit) -> None:
    page = visit("drafter_tokyo")
    page.goto("/posts/new/")
    page.locator("[name=title]").fill("Belum lengkap")
    expect(page.locator("[data-check=purpose]")).to_have_class(re.compile("ck-no"))
    page.locator("[name=purpose]").fill("Pembaca tahu jadwalnya.")
    expect(page.locator("[data-check=purpose]")).to_have_class(re.compile("ck-ok"))
    composer.press(page, "submit")
    expect(page).to_have_url(re.compile(r"/posts/\d+/edit/\?periksa=1$"))
    expect(page.locator("#composer .note")).to_contain_text("Tersimpan, tetapi belum diajukan.")
    expect(page.locator("#composer .note")).to_be_focused()
    for name in ("audience", "language"):
        expect(page.locator(f"select[name={name}]")).to_have_attribute("aria-invalid", "true")
    for name in ("audience", "language", "themes", "variants", "scheduled_local"):
        expect(page.locator(f"[data-check={name}]")).not_to_have_class(re.compile("ck-ok"))
    expect(page.locator("[name=purpose]")).to_have_value("Pembaca tahu jadwalnya.")


def test_a_save_without_a_line_loses_nothing(visit: Visit) -> None:
    page = visit("drafter_tokyo", expected="ERR_INTERNET_DISCONNECTED")
    page.goto("/posts/new/")
    composer.fill(page, **WORDS)
    page.context.set_offline(True)
    composer.press(page, "save")
    page.wait_for_timeout(500)
    page.context.set_offline(False)
    page.goto("/posts/new/")
    note = page.get_by_text("Ada teks Anda yang belum tersimpan")
    expect(note).to_be_visible()
    page.get_by_role("button", name="Pulihkan").click()
    expect(page.locator("[name=purpose]")).to_have_value(WORDS["purpose"])
    expect(composer.channel(page, "x").locator("[data-channel-text]")).to_have_value(WORDS["texts"]["x"])
    expect(page.locator("input[name=themes][value='ekonomi-produk']")).to_be_checked()
    composer.press(page, "save")
    expect(page.locator("[data-toasts]")).to_contain_text("Tersimpan.")
    # what is safe on the server is no longer offered
    page.goto("/posts/new/")
    expect(note).to_have_count(0)
    expect(page.locator("[name=purpose]")).to_have_value("")


def test_the_order_of_themes_is_offered_again_too(visit: Visit) -> None:
    page = visit("drafter_tokyo")
    page.goto("/posts/new/")
    last, first = (page.locator("input[name=themes]").nth(place).get_attribute("value") for place in (-1, 0))
    for code in (last, first):
        box = page.locator(f"input[name=themes][value='{code}']")
        box.evaluate("box => { box.closest('details').open = true; }")
        box.check()
    page.wait_for_timeout(600)
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.get_by_role("button", name="Pulihkan").click()
    expect(page.locator("[name=themes_order]")).to_have_value(f"{last},{first}")
    leave(page)


def test_what_is_saved_in_one_tab_leaves_the_copy_of_another(visit: Visit) -> None:
    page = visit("drafter_tokyo")
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto("/posts/new/")
    page.locator("[name=title]").fill("Yang pertama")
    held: list[Route] = []
    page.route("**/posts/new/", lambda route: held.append(route))
    page.locator("button[name=do][value=save]").click(no_wait_after=True)
    other.locator("[name=title]").fill("Yang kedua")
    other.wait_for_timeout(600)
    held[0].continue_()
    page.unroute("**/posts/new/")
    expect(page.locator("[data-toasts]")).to_contain_text("Tersimpan.")
    page.goto("/posts/new/")
    page.get_by_role("button", name="Pulihkan").click()
    expect(page.locator("[name=title]")).to_have_value("Yang kedua")
    leave(page)


def test_a_stale_form_shows_both_texts_and_keeps_what_was_typed(
    product: Product, visit: Visit, make_post: Make
) -> None:
    post = make_post(title="Dua penyusun")
    page = visit("drafter_jeddah", expected="status of 409")
    page.goto(f"/posts/{post['id']}/edit/")
    page.locator("[name=purpose]").fill("Tulisan saya.")
    theirs = {"version": post["version"], "purpose": "Tulisan kepala."}
    assert product.api("head_jeddah").call("PATCH", f"posts/{post['id']}/", **theirs).status == 200
    composer.press(page, "save")
    conflict = page.locator("#bentrok")
    expect(conflict).to_contain_text("Tulisan saya.")
    expect(conflict).to_contain_text("Tulisan kepala.")
    expect(page.locator("[name=purpose]")).to_have_value("Tulisan saya.")
    composer.press(page, "save")
    expect(page.locator("[data-toasts]")).to_contain_text("Tersimpan.")
    assert product.api("drafter_jeddah").get(f"posts/{post['id']}/")["purpose"] == "Tulisan saya."


def test_a_text_from_right_to_left_stays_as_it_was_typed(product: Product, visit: Visit) -> None:
    text = "تقدم القنصلية خدمات جديدة للمواطنين 🇮🇩\nhttps://example.go.id/خدمات (KJRI Jeddah)"
    page = visit("drafter_jeddah")
    page.goto("/posts/new/")
    composer.fill(
        page,
        **WORDS | {"title": "خدمات جديدة", "language": "ar", "texts": {"x": text, "instagram": text}},
        local=soon("Asia/Riyadh"),
    )
    area = composer.channel(page, "x").locator("[data-channel-text]")
    assert direction(area) == "rtl"
    assert direction(page.locator("[name=purpose]")) == "ltr"
    composer.press(page, "submit")
    expect(page).to_have_url(re.compile(r"/posts/\d+/$"))
    shown = page.locator(".pv-text").first
    assert direction(shown) == "rtl"
    assert shown.text_content() == text
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("خدمات جديدة")
    pk = page.url.rstrip("/").rsplit("/", 1)[1]
    assert product.api("drafter_jeddah").get(f"posts/{pk}/")["variants"][0]["text"] == text


def test_one_text_serves_all_channels_until_one_is_adapted(product: Product, visit: Visit) -> None:
    page = visit("drafter_tokyo")
    page.goto("/posts/new/")
    page.locator("[name=main_text]").fill("Naskah untuk semua.")
    for network in ("x", "threads"):
        composer.channel(page, network).locator("[name=networks]").check()
    x = composer.channel(page, "x")
    own = x.locator("[data-channel-text]")
    expect(own).to_be_hidden()
    expect(x.locator("[data-count]")).to_have_text(re.compile("^19/280"))
    x.get_by_role("button", name="Sesuaikan").click()
    expect(own).to_be_focused()
    expect(own).to_have_value("Naskah untuk semua.")
    own.fill("Khusus X.")
    # unchecked and checked again, back to the main text and adapted again: what was typed is still there
    x.locator("[name=networks]").uncheck()
    expect(own).to_be_hidden()
    x.locator("[name=networks]").check()
    expect(own).to_have_value("Khusus X.")
    x.get_by_role("button", name="kembalikan ke induk").click()
    expect(own).to_be_hidden()
    expect(x.locator("[data-count]")).to_have_text(re.compile("^19/280"))
    x.get_by_role("button", name="Sesuaikan").click()
    expect(own).to_have_value("Khusus X.")
    composer.press(page, "save")
    expect(page).to_have_url(re.compile(r"/posts/\d+/edit/$"))
    post = product.api("drafter_tokyo").get(f"posts/{page.url.split('/')[-3]}/")
    texts = {row["network"]: row["text"] for row in post["variants"]}
    assert texts == {"x": "Khusus X.", "threads": "Naskah untuk semua."}
    expect(page.locator("[name=main_text]")).to_have_value("Naskah untuk semua.")


@pytest.mark.parametrize(
    ("network", "text", "before"),
    [
        ("x", "Kopi Gayo https://example.go.id/kopi #Kopi " + "a" * 300, None),
        ("x", "خدمات جديدة للمواطنين " * 20, None),
        ("x", "a" * 278 + "👨‍👩‍👧" + "👨‍👩‍👧", "a" * 278 + "👨‍👩‍👧"),
        ("telegram", "日" * 4095 + "🇮🇩" + "本", "日" * 4095),
    ],
    ids=["a link and a hashtag", "Arabic", "families", "a flag in UTF-16"],
)
def test_the_preview_strikes_exactly_what_does_not_go_out(
    visit: Visit, network: str, text: str, before: str | None
) -> None:
    page = visit("drafter_jeddah")
    page.goto("/posts/new/")
    page.locator("[name=main_text]").fill(text)
    with page.expect_response("**/posts/count/"):
        composer.channel(page, network).locator("[name=networks]").check()
    preview = page.locator("[data-preview]")
    expect(preview.locator("[data-preview-note]")).to_contain_text("tidak dapat tayang.")
    expect(preview.locator("[data-preview-note]")).not_to_contain_text("perkiraan")
    shown = preview.locator("[data-preview-text]")
    assert shown.text_content() == text.strip()
    out = shown.evaluate("box => [...box.childNodes].filter(n => n.nodeName != 'S').map(n => n.textContent).join('')")
    limit = {"x": 280, "telegram": 4096}[network]
    limits = Limits(network, network, limit, None)
    assert count(limits, out).length <= limit
    assert count(limits, text.strip()[: len(out) + 1] + "|").length > limit
    if before is not None:
        assert out == before
    if network == "x" and "#" in text:
        assert shown.locator(".pv-link").all_text_contents() == ["https://example.go.id/kopi", "#Kopi"]
    assert direction(shown) == ("rtl" if "خ" in text else "ltr")
    page.evaluate("window.onbeforeunload = null")
    leave(page)


def test_the_preview_follows_the_channel_that_is_written_and_the_time(visit: Visit) -> None:
    page = visit("drafter_tokyo")
    page.goto("/posts/new/")
    preview = page.locator("[data-preview]")
    expect(preview).to_contain_text("Pilih kanal untuk melihat pratinjaunya.")
    composer.write(page, "x", "Untuk X.")
    composer.write(page, "youtube", "Untuk YouTube.")
    composer.channel(page, "youtube").locator("[data-channel-title]").fill("Judul di sana")
    expect(preview.locator("[data-preview-card]")).to_contain_text("Judul di sana")
    expect(preview.locator("[data-preview-text]")).to_have_text("Untuk YouTube.")
    preview.get_by_role("radio", name="X", exact=True).check()
    expect(preview.locator("[data-preview-text]")).to_have_text("Untuk X.")
    expect(preview.locator("[data-preview-title]")).to_be_hidden()
    page.locator("[name=date]").fill("2030-12-11")
    page.locator("[name=time]").fill("12:00")
    expect(preview.locator("[data-preview-sub]")).to_have_text("X · Rab, 11 Des, 12.00")
    expect(page.locator("[data-check=scheduled_local]")).to_contain_text("Rab, 11 Des, 12.00")
    leave(page)


def test_the_week_follows_the_date_and_a_day_of_it_becomes_the_date(visit: Visit, make_post: Make) -> None:
    make_post(title="Di pekan itu", scheduled_local="2030-12-12T09:00", themes=["publik-budaya"])
    page = visit("drafter_jeddah")
    page.goto("/posts/new/")
    page.locator("[name=date]").fill("2030-12-11")
    week = page.locator("[data-week]")
    expect(week.locator("[aria-current=date]")).to_have_text(re.compile("^Rab 11"))
    expect(week.locator("#hari-2030-12-12")).to_contain_text("D")
    expect(week).to_contain_text("Pekan ini ada 1 unggahan lain.")
    week.locator("#hari-2030-12-13").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name=date]")).to_have_value("2030-12-13")
    expect(week.locator("[aria-current=date]")).to_have_text(re.compile("^Jum 13"))
    expect(week.locator("#hari-2030-12-13")).to_be_focused()
    page.locator("details:has(input[name=themes][value='ekonomi-produk']) > summary").click()
    page.locator("input[name=themes][value='ekonomi-produk']").check()
    expect(week).to_contain_text("Pekan ini belum ada unggahan Diplomasi ekonomi selain ini.")
    page.wait_for_timeout(400)
    expect(page.locator("main")).not_to_have_attribute("aria-busy", "true")
    leave(page)


def test_the_checklist_is_an_index_by_keyboard(visit: Visit) -> None:
    page = visit("drafter_tokyo")
    page.goto("/posts/new/")
    page.locator("[data-check=purpose] a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name=purpose]")).to_be_focused()
    page.keyboard.type("Pembaca tahu jadwalnya.")
    expect(page.locator("[data-complete]")).to_have_text("1")
    page.locator("[data-check=scheduled_local] a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name=date]")).to_be_focused()
    expect(page.locator("[name=date]")).to_be_in_viewport()
    # the line at the bottom leads to what is open, and from a text of its own to that text
    composer.write(page, "x", "a" * 300)
    expect(page.locator("[data-check='variants.x']")).to_contain_text("20 di atas batas")
    page.locator("[data-check='variants.x'] a").click()
    expect(composer.channel(page, "x").locator("[data-channel-text]")).to_be_focused()
    page.locator("[data-lacking] a").first.click()
    expect(page.locator("[name=audience]")).to_be_focused()
    leave(page)


def test_the_line_at_the_bottom_says_where_the_text_is_safe(visit: Visit) -> None:
    page = visit("drafter_tokyo", phone=True)
    page.goto("/posts/new/")
    line = page.locator("[data-saved]")
    page.locator("[name=purpose]").fill("Pembaca tahu jadwalnya.")
    expect(line).to_have_text(re.compile(r"Tersimpan \d\d\.\d\d di perangkat ini, belum di server"))
    composer.press(page, "save")
    expect(line).to_contain_text("Tersimpan di server")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def direction(element: Any) -> str:
    return str(element.evaluate("element => getComputedStyle(element).direction"))


def leave(page: Page) -> None:
    """Away from unsaved text, agreeing to lose it."""
    page.on("dialog", lambda dialog: dialog.accept())
    left: Response | None = page.goto("/posts/")
    assert left is not None
    assert left.ok
