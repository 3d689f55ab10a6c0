"""An editor empties the queue with the keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Make, Visit, soon
from tests.product import Product

HEADING = ".art h1"


@pytest.fixture(scope="module", autouse=True)
def an_empty_queue(product: Product) -> Iterator[None]:
    """What other tests left in the queue would stand before what these put there."""
    empty(product)
    yield
    empty(product)


def empty(product: Product) -> None:
    editor = product.api("editor")
    for post in editor.get("review-queue/")["results"]:
        if post["status"] == "in_review":
            editor.post(f"posts/{post['id']}/decline/", version=post["version"], comment="Antrean dikosongkan.")
        else:  # published urgently
            words = {"outcome": "keep", "primary_theme": post["themes"][0], "alignment": "strong", "comment": "Baik."}
            editor.post(f"posts/{post['id']}/review_afterwards/", version=post["version"], **words)


@pytest.fixture
def three(product: Product, make_post: Make) -> list[dict[str, Any]]:
    """Three that wait, in the order of the queue."""
    empty(product)
    return [
        make_post("in_review", title=f"Giliran {n}", scheduled_local=soon("Asia/Riyadh", 60 * 72 * n))
        for n in (1, 2, 3)
    ]


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.value ?? document.activeElement.textContent").strip())


def test_the_queue_is_walked_and_opened_by_keyboard(visit: Visit, three: list[dict[str, Any]]) -> None:
    page = visit("editor")
    page.goto("/review/")
    page.keyboard.press("j")
    assert focused(page) == "Giliran 1"
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    assert focused(page) == "Giliran 2"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/review/{three[1]['id']}/"))
    expect(page.locator(HEADING)).to_be_focused()
    expect(page.locator(".q [aria-current]")).to_contain_text("Giliran 2")
    page.keyboard.press("j")
    expect(page.locator(HEADING)).to_have_text("Giliran 3")
    page.keyboard.press("k")
    expect(page.locator(HEADING)).to_have_text("Giliran 2")
    page.go_back()
    expect(page.locator(HEADING)).to_have_text("Giliran 3")


def test_letters_move_the_focus_and_decide_nothing(visit: Visit, three: list[dict[str, Any]], product: Product) -> None:
    page = visit("editor")
    page.goto(f"/review/{three[0]['id']}/")
    for key, value in (("s", "approve"), ("p", "request_changes"), ("t", "decline")):
        page.keyboard.press(key)
        assert focused(page) == value
    page.keyboard.press("2")
    expect(page.locator("[name=alignment][value=partial]")).to_be_checked()
    page.keyboard.press("n")
    page.keyboard.type("stop jk12")
    expect(page.locator("[name=note]")).to_have_value("stop jk12")
    expect(page.locator("[name=alignment][value=partial]")).to_be_checked()
    page.keyboard.press("Escape")
    expect(page.locator(HEADING)).to_be_focused()
    page.keyboard.press("s")
    assert focused(page) == "approve"
    assert product.api("editor").get(f"posts/{three[0]['id']}/")["status"] == "in_review"


def test_a_question_mark_lists_the_keys(visit: Visit, three: list[dict[str, Any]]) -> None:
    page = visit("editor")
    page.goto(f"/review/{three[0]['id']}/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Pintasan papan ketik")
    expect(dialog).to_contain_text("pilih Setujui, Minta perbaikan, Tolak")
    page.keyboard.press("j")
    expect(page.locator(HEADING)).to_have_text("Giliran 1")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_whoever_switched_single_keys_off_has_none(visit: Visit, three: list[dict[str, Any]]) -> None:
    page = visit("editor")
    page.goto("/profile/")
    switch = page.locator("[name=single_keys]")
    try:
        switch.uncheck()
        switch.press("Enter")
        expect(page.locator("[data-toasts] .toast")).to_be_visible()
        page.goto(f"/review/{three[0]['id']}/")
        for key in ("j", "s", "1", "?"):
            page.keyboard.press(key)
        page.wait_for_timeout(300)
        expect(page.locator(HEADING)).to_have_text("Giliran 1")
        expect(page.locator("[name=alignment]:checked")).to_have_count(0)
        expect(page.locator("dialog[open]")).to_have_count(0)
        assert page.evaluate("document.activeElement === document.body")
        expect(page.locator(".kbd-on").first).to_be_hidden()
    finally:
        page.goto("/profile/")
        page.locator("[name=single_keys]").check()
        page.locator("[name=single_keys]").press("Enter")


def test_ten_are_approved_with_thirty_keys_and_twenty_requests(visit: Visit, make_post: Make, product: Product) -> None:
    empty(product)
    posts = [
        make_post("in_review", title=f"Kopi {n}", scheduled_local=soon("Asia/Riyadh", 60 * (48 + n))) for n in range(10)
    ]
    page = visit("editor")
    page.goto("/review/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(HEADING)).to_have_text("Kopi 0")
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/static/" not in request.url else None)
    for n in range(10):
        for key in ("1", "s", "Enter"):
            page.keyboard.press(key)
        expect(page.locator("[data-toasts]")).to_contain_text(f"Disetujui: KJRI Jeddah, Kopi {n}")
        if n < 9:
            expect(page.locator(HEADING)).to_have_text(f"Kopi {n + 1}")
            expect(page.locator(HEADING)).to_be_focused()
    expect(page).to_have_url(re.compile("/review/$"))
    expect(page.get_by_text("Antrean kosong")).to_be_visible()
    assert len(asked) == 20, [request.url for request in asked]
    editor = product.api("editor")
    assert {editor.get(f"posts/{post['id']}/")["status"] for post in posts} == {"approved"}


def test_a_post_that_was_passed_over_does_not_come_back_at_once(visit: Visit, three: list[dict[str, Any]]) -> None:
    page = visit("editor")
    page.goto(f"/review/{three[0]['id']}/")
    page.keyboard.press("j")
    expect(page.locator(HEADING)).to_have_text("Giliran 2")
    expect(page.locator(HEADING)).to_be_focused()
    for key in ("1", "s", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(HEADING)).to_have_text("Giliran 3")


def test_whoever_loses_the_race_is_told_and_keeps_the_words(
    visit: Visit, three: list[dict[str, Any]], product: Product
) -> None:
    post = three[0]
    page = visit("editor", expected="409")
    page.goto(f"/review/{post['id']}/")
    page.keyboard.press("n")
    page.keyboard.type("Sebut harganya.")
    product.api("editor2").post(
        f"posts/{post['id']}/request_changes/", version=post["version"], comment="Sudah saya minta."
    )
    for key in ("Escape", "p", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("alert")).to_contain_text("Keputusan Anda tidak tersimpan.")
    expect(page.locator("#catatan-anda")).to_have_text("Sebut harganya.")


def test_a_comment_that_was_not_sent_is_offered_again(visit: Visit, three: list[dict[str, Any]]) -> None:
    page = visit("editor")
    page.goto(f"/review/{three[0]['id']}/")
    page.keyboard.press("n")
    page.keyboard.type("Belum selesai")
    page.wait_for_timeout(600)
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto(f"/review/{three[1]['id']}/")
    page.goto(f"/review/{three[0]['id']}/")
    page.get_by_role("button", name="Pulihkan").click()
    expect(page.locator("[name=note]")).to_have_value("Belum selesai")


def test_arabic_is_compared_before_and_after(visit: Visit, make_post: Make, product: Product) -> None:
    drafter, editor = product.api("drafter_jeddah"), product.api("editor")
    text = "زار وفد من إحدى الجمعيات السفارة اليوم"
    post = make_post("in_review", title="Kunjungan", language="ar", variants=[{"network": "x", "text": text}])
    post = editor.post(f"posts/{post['id']}/request_changes/", version=post["version"], comment="Apa hasilnya?")
    changed = [{"network": "x", "text": text.replace("اليوم", "أمس")}]
    post = drafter.call("PATCH", f"posts/{post['id']}/", version=post["version"], variants=changed).body
    drafter.post(f"posts/{post['id']}/submit/", version=post["version"])
    page = visit("editor")
    page.goto(f"/review/{post['id']}/")
    pane = page.locator(".pane-b")
    expect(pane).to_contain_text("Apa hasilnya?")
    gone = pane.locator("del").last
    expect(gone).to_contain_text("اليوم")
    assert gone.evaluate("e => getComputedStyle(e).textDecorationLine") == "none"
    assert gone.evaluate("e => getComputedStyle(e).direction") == "rtl"
    expect(gone).to_contain_text("dihapus:")
