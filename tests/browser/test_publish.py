"""The drafter on the phone, at the time of a post: copy, open, confirm, with one thumb."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, Make, Visit, soon
from tests.product import Product

ARABIC = "تقدم القنصلية خدمات جديدة 🇮🇩\n\nhttps://example.go.id/خدمات (KJRI Jeddah)  ✓"
LONG = "\n\n".join(f"Paragraf {number}: " + "layanan paspor kini buka sampai sore. " * 8 for number in range(9)).strip()
LINK = "https://x.com/kjrijeddah/status/1790000000000000009"


def within_reach(page: Page, button: Locator) -> bool:
    """Is it whole on the screen, in the half where the thumb is, above the bar at the bottom, and large enough?"""
    box = button.bounding_box()
    bar = page.locator(".rail").bounding_box()
    assert box is not None
    assert bar is not None
    return box["y"] >= PHONE["height"] / 2 and box["y"] + box["height"] <= bar["y"] and box["height"] >= 44


@pytest.mark.parametrize("text", [ARABIC, LONG], ids=["Arabic", "long"])
def test_copy_and_confirm_with_one_thumb(product: Product, visit: Visit, make_post: Make, text: str) -> None:
    variants = [{"network": "facebook", "text": text}, {"network": "telegram", "text": "Singkat."}]
    post = make_post("approved", title="Di telepon", variants=variants, scheduled_local=soon("Asia/Riyadh", 300))
    page = visit("drafter_jeddah", phone=True)
    page.goto(f"/posts/{post['id']}/publish/")
    copy = page.locator("[data-step=copy]")
    assert within_reach(page, copy)
    copy.tap()
    expect(copy).to_have_text("Teks tersalin")
    expect(page.locator("[data-done=copy]")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == text
    follow = page.locator("[data-step=open]")
    expect(follow).to_have_class(re.compile("btn-primary"))
    expect(page.locator(".btn-primary")).to_have_count(1)
    page.wait_for_timeout(400)
    assert within_reach(page, follow)

    # the phone went to the network's app, and loads the page anew
    follow.evaluate("link => link.addEventListener('click', event => event.preventDefault())")
    follow.tap()
    page.reload()
    confirm = page.get_by_role("button", name="Tandai tayang")
    expect(confirm).to_have_class(re.compile("btn-primary"))
    page.evaluate("navigator.clipboard.writeText('bukan tautan')")
    page.get_by_role("button", name="Tempel").tap()
    expect(page.locator("[data-toasts]")).to_contain_text("Di papan klip tidak ada tautan.")
    page.locator("[data-toasts] button").last.tap()
    page.evaluate("navigator.clipboard.writeText(' https://facebook.com/kjrijeddah/posts/9 ')")
    page.get_by_role("button", name="Tempel").tap()
    expect(page.get_by_label("Tautan unggahan Halaman Facebook")).to_have_value(
        "https://facebook.com/kjrijeddah/posts/9"
    )
    confirm.tap()
    expect(page.locator("main")).to_contain_text("1 dari 2 kanal sudah tayang")
    # on to the next channel
    expect(page.get_by_role("heading", name="Kanal Telegram")).to_be_in_viewport()
    page.get_by_label("Tidak ada tautan").check()
    page.get_by_role("button", name="Tandai tayang").tap()
    expect(page.locator("main")).to_contain_text("Selesai. Sudah tayang.")
    expect(page.locator("main")).to_contain_text("Anda diingatkan menjawab komentar pada")
    out = product.api("drafter_jeddah").get(f"posts/{post['id']}/")
    assert [row["url"] for row in out["publications"]] == ["https://facebook.com/kjrijeddah/posts/9", ""]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_link_that_is_refused_stays_and_one_that_is_typed_unchecks_the_box(visit: Visit, make_post: Make) -> None:
    post = make_post("approved", title="Tautan keliru")
    page = visit("drafter_jeddah", phone=True, expected="status of 422")
    page.goto(f"/posts/{post['id']}/publish/")
    page.get_by_label("Tidak ada tautan").check()
    link = page.get_by_label("Tautan unggahan X")
    link.fill("https://contoh.example/p/1")
    expect(page.get_by_label("Tidak ada tautan")).not_to_be_checked()
    # a link that is there is to be confirmed; nothing was copied or opened for that
    expect(page.locator("[data-step=confirm]")).to_have_class(re.compile("btn-primary"))
    expect(page.locator("[data-step=copy]")).not_to_have_class(re.compile("btn-primary"))
    page.reload()
    expect(page.locator("[data-step=copy]")).to_have_class(re.compile("btn-primary"))
    expect(page.locator("[data-done]:visible")).to_have_count(0)
    link.fill("https://contoh.example/p/1")
    expect(page.locator("[data-done]:visible")).to_have_count(0)
    page.get_by_role("button", name="Tandai tayang").click()
    expect(page.locator("main")).to_contain_text("Tautan ini bukan di x.com")
    expect(link).to_have_value("https://contoh.example/p/1")
    link.fill(LINK)
    page.get_by_role("button", name="Tandai tayang").click()
    expect(page.locator("main")).to_contain_text("Selesai. Sudah tayang.")
