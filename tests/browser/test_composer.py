"""The drafter at the composer: counters, what is missing, and nothing typed is ever lost."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, Response, expect

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
    x.locator("[name=networks]").check()
    with page.expect_response("**/posts/count/"):
        x.locator("[data-channel-text]").fill(AWKWARD)
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
    expect(page.locator("#composer")).to_contain_text("Tersimpan, tetapi belum diajukan.")
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


def direction(element: Any) -> str:
    return str(element.evaluate("element => getComputedStyle(element).direction"))


def leave(page: Page) -> None:
    """Away from unsaved text, agreeing to lose it."""
    page.on("dialog", lambda dialog: dialog.accept())
    left: Response | None = page.goto("/posts/")
    assert left is not None
    assert left.ok
