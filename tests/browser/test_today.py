"""Today: each person's verbs lead where they say, on a phone."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Make, Visit, soon
from tests.product import Product

LEAST_TAP = 44


def do(page: Page, verb: str, title: str, address: str) -> None:
    """Press the verb of that row; it is large enough for a thumb, and the page behind it is about that post."""
    page.goto("/")
    button = page.get_by_role("link", name=re.compile(rf"^{verb} ?: {title}$"))
    assert (button.bounding_box() or {})["height"] >= LEAST_TAP
    button.click()
    expect(page).to_have_url(re.compile(address))
    expect(page.locator("main")).to_contain_text(title)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_drafter_completes_and_corrects(visit: Visit, make_post: Make, product: Product) -> None:
    draft = make_post(title="Draf pekan ini", purpose="", scheduled_local=soon("Asia/Riyadh", 60 * 24 * 4))
    post = make_post("in_review", title="Dikembalikan Pusat")
    comment = "Sebut jamnya."
    product.api("editor").post(f"posts/{post['id']}/request_changes/", version=post["version"], comment=comment)
    page = visit("drafter_jeddah", phone=True)
    page.goto("/")
    expect(page.locator(".tk", has_text="Dikembalikan Pusat")).to_contain_text(comment)
    expect(page.locator(".tk", has_text="Draf pekan ini")).to_contain_text("Ajukan paling lambat")
    expect(page.locator(".tk .btn-primary")).to_have_count(1)
    page.get_by_role("link", name=re.compile("^Lengkapi ?: Draf pekan ini")).click()
    expect(page).to_have_url(re.compile(rf"/posts/{draft['id']}/edit/"))
    expect(page.locator("[name=title]")).to_have_value("Draf pekan ini")
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Perbaiki ?: Dikembalikan Pusat")).click()
    expect(page.locator("[name=title]")).to_have_value("Dikembalikan Pusat")


def test_a_head_signs_first(visit: Visit, product: Product) -> None:
    drafter = product.api("drafter_tokyo")
    post: dict[str, Any] = drafter.post(
        "posts/",
        mission="kbri-tokyo",
        title="Menunggu paraf kepala",
        purpose="Pelaku usaha tahu cara memesan.",
        audience="pelaku-usaha",
        language="id",
        themes=["ekonomi-produk"],
        scheduled_local=soon("Asia/Tokyo"),
        variants=[{"network": "x", "text": "Kopi Gayo kini bisa dipesan."}],
    )
    drafter.post(f"posts/{post['id']}/submit/", version=post["version"])
    page = visit("head_tokyo", phone=True)
    page.goto("/")
    expect(page.locator(".tk").first).to_contain_text("Menunggu paraf")
    do(page, "Baca dan paraf", "Menunggu paraf kepala", rf"/posts/{post['id']}/")


def test_an_editor_reviews(visit: Visit, make_post: Make) -> None:
    # due before anything that other tests leave in the queue
    post = make_post("in_review", title="Paling mendesak", scheduled_local=soon("Asia/Riyadh", 30))
    do(visit("editor", phone=True), "Tinjau", "Paling mendesak", rf"/review/{post['id']}/")


def test_a_manager_sees_who_is_silent(visit: Visit) -> None:
    page = visit("manager", phone=True)
    page.goto("/")
    page.locator(".reg a").first.click()
    expect(page).to_have_url(re.compile(r"/calendar/\?view=network&region=\w+"))
    page.goto("/")
    silent = page.locator(".gapl a").first
    name = silent.inner_text()
    silent.click()
    expect(page.locator("h1")).to_contain_text(name)


def test_an_administrator_sees_what_needs_a_hand(visit: Visit, product: Product) -> None:
    hold = product.api("admin").post("holds/", scope="mission", code="kjri-osaka", reason="Menunggu arahan Pusat.")
    try:
        page = visit("admin", phone=True)
        page.goto("/")
        row = page.locator(".tk", has_text="KJRI Osaka")
        expect(row).to_contain_text("Menunggu arahan Pusat.")
        row.get_by_role("link", name="Tinjau lagi").click()
        expect(page).to_have_url(re.compile("/holds/"))
        expect(page.locator("main")).to_contain_text("Menunggu arahan Pusat.")
    finally:
        product.api("admin").post(f"holds/{hold['id']}/lift/")
