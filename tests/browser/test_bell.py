"""The number beside the bell stays true without a reload, says what is new, and asks only while somebody looks."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Make, Visit, soon
from tests.product import Product, wait_for

COUNT = "**/notifications/count/**"


def unread(product: Product, key: str) -> set[int]:
    rows = product.api(key).get("notifications/")["results"]
    return {row["id"] for row in rows if row["read_at"] is None}


def decide(product: Product, make_post: Make, title: str) -> dict[str, Any]:
    """Something that the drafter and the head of Jeddah are told."""
    before = unread(product, "head_jeddah")
    post = make_post("in_review", title=title)
    product.api("editor").post(f"posts/{post['id']}/request_changes/", version=post["version"], comment="Sebut jamnya.")
    wait_for(lambda: unread(product, "head_jeddah") - before, "a notice", 30)
    return post


def look_at(page: Page, address: str) -> list[str]:
    """Open a page whose clock the test turns; answers what it asks about the bell, as it does."""
    asked: list[str] = []
    page.clock.install()
    page.on("request", lambda request: asked.append(request.url) if "/notifications/count/" in request.url else None)
    page.goto(address)
    return asked


def pass_by(page: Page, seconds: int) -> None:
    for _step in range(seconds // 5):
        page.clock.run_for(5_000)
        page.wait_for_timeout(30)


def test_what_is_new_is_said_and_one_press_leads_to_it(visit: Visit, product: Product, make_post: Make) -> None:
    page = visit("head_jeddah")
    asked = look_at(page, "/themes/")
    pass_by(page, 25)
    assert asked == []
    post = decide(product, make_post, "Jam buka berubah")
    number = len(unread(product, "head_jeddah"))
    pass_by(page, 15)
    toast = page.locator("[data-toast]", has_text="Perlu perbaikan: Jam buka berubah")
    expect(toast).to_be_visible()
    expect(page.locator("[data-bell]")).to_have_attribute("aria-label", f"Pemberitahuan, {number} baru")
    expect(page.locator("[data-bell] .count")).to_have_text(str(number))
    assert page.title().startswith(f"({number}) ")
    pass_by(page, 90)
    assert len(asked) >= 3
    expect(page.locator("[data-bell] .count")).to_have_text(str(number))
    page.goto("/themes/")
    assert page.title().startswith(f"({number}) ")

    page.goto("/calendar/?view=week")
    with page.expect_response(re.compile(r"/calendar/\?")):
        page.locator("#f-tz").select_option("wib")
    expect(page).to_have_url(re.compile("tz=wib"))
    expect(page).to_have_title(re.compile(rf"^\({number}\) "))

    other = decide(product, make_post, "Alamat baru")
    pass_by(page, 40)
    page.locator("[data-toast]", has_text="Alamat baru").get_by_role("button", name="Perbaiki").click()
    expect(page).to_have_url(re.compile(rf"/posts/{other['id']}/"))
    assert post["id"] != other["id"]


def test_nobody_asks_where_nobody_looks_or_nothing_is_connected(visit: Visit) -> None:
    page = visit("head_jeddah", expected="ERR_INTERNET_DISCONNECTED")
    asked = look_at(page, "/themes/")
    hide = "value => { Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });"
    hide += " document.dispatchEvent(new Event('visibilitychange')); }"
    page.evaluate(hide, True)
    pass_by(page, 120)
    assert asked == []
    with page.expect_request(COUNT):
        page.evaluate(hide, False)
        pass_by(page, 5)
    page.context.set_offline(True)
    known = len(asked)
    pass_by(page, 120)
    assert len(asked) == known
    with page.expect_request(COUNT):
        page.context.set_offline(False)
        pass_by(page, 5)


def test_a_server_in_trouble_is_asked_less_and_less(visit: Visit) -> None:
    page = visit("head_jeddah", expected="503")
    page.route(COUNT, lambda route: route.fulfill(status=503))
    asked = look_at(page, "/themes/")
    pass_by(page, 300)
    assert 2 <= len(asked) <= 4  # after half a minute, one more, two, four; at a steady pace it would be nine


def test_a_notice_is_taken_care_of_from_the_list(visit: Visit, product: Product, make_post: Make) -> None:
    before = unread(product, "drafter_jeddah")
    post = make_post("approved", title="Sebentar lagi", scheduled_local=soon("Asia/Riyadh", 55))
    wait_for(lambda: unread(product, "drafter_jeddah") - before, "a notice", 30)
    page = visit("drafter_jeddah", phone=True)
    page.goto(f"/posts/{post['id']}/")
    page.get_by_role("button", name="Saya tangani").click()
    expect(page.locator(".taken")).to_contain_text("Ditangani oleh")
    expect(page.get_by_role("button", name="Saya tangani")).to_have_count(0)
