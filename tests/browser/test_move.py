"""Moving posts on the calendar: by keys, by mouse, by finger, in the dialog, without scripts, and the way back."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FloatRect, Locator, Page, Route, expect

from tests.browser.conftest import Make, Visit
from tests.product import Product

REVIEW = "Pindahkan dan tinjau ulang"


WEEKS = count(1)


class Week:
    """A week of its own for each test, so that no other post is in the way. From its Wednesday two days to either side
    keep an approval; Sunday ends it."""

    def __init__(self) -> None:
        today = datetime.now(UTC).date()
        self.wednesday = today - timedelta(days=today.weekday()) + timedelta(days=2 + 7 * next(WEEKS))
        self.thursday, self.sunday = self.wednesday + timedelta(days=1), self.wednesday + timedelta(days=4)

    def address(self, view: str = "week") -> str:
        return f"/calendar/?view={view}&mission=kjri-jeddah&date={self.wednesday}"


@pytest.fixture
def week() -> Week:
    return Week()


@pytest.fixture
def made(make_post: Make, request: pytest.FixtureRequest, week: Week) -> Any:
    """`made("approved")`: a post of Wednesday, 10.00 in Jeddah, named after the test."""

    def make(status: str = "approved", **changes: Any) -> dict[str, Any]:
        title = request.node.name.removeprefix("test_").replace("_", " ")
        return make_post(status, title=title, scheduled_local=f"{week.wednesday}T10:00", **changes)

    return make


def chip(page: Page, post: dict[str, Any]) -> Locator:
    return page.locator(f'[data-renew] [data-post="{post["id"]}"]')


def focus(page: Page, post: dict[str, Any]) -> None:
    chip(page, post).get_by_role("link").first.focus()


def on(page: Page, day: date, post: dict[str, Any]) -> Locator:
    """The post where it should be: on that day."""
    return page.locator(f'[data-day="{day}"] [data-post="{post["id"]}"]')


def planned(product: Product, post: dict[str, Any]) -> tuple[str, str]:
    """The time and status that the database has."""
    now = product.api("drafter_jeddah").get(f"posts/{post['id']}/")
    return now["scheduled_local"], now["status"]


def toast(page: Page) -> Locator:
    return page.locator("[data-toast]").last


def box(locator: Locator) -> FloatRect:
    found = locator.bounding_box()
    assert found, "it is not on the page"
    return found


# Keys ----------------------------------------------------------------------------------------


def test_keys_move_a_post_and_undo_moves_it_back(product: Product, visit: Visit, made: Any, week: Week) -> None:
    post, page = made(), visit("drafter_jeddah")
    page.goto(week.address())
    focus(page, post)
    page.keyboard.press("m")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("ArrowDown")
    ghost, bar = page.locator(".gh"), page.locator(".mvb")
    expect(bar).to_contain_text("1 hari lebih lambat. Tetap disetujui")
    expect(bar).to_contain_text("15.15 WIB")
    expect(page.locator("[data-announce]")).to_contain_text("11.15. 15.15 WIB. 1 hari lebih lambat. Tetap disetujui")
    # the ghost stands in Thursday's column
    column = box(page.locator(f'[data-day="{week.thursday}"] [data-column]'))
    assert abs(box(ghost)["x"] - column["x"]) < 3
    page.keyboard.press("Enter")
    expect(toast(page)).to_contain_text("Tetap disetujui.")
    expect(on(page, week.thursday, post)).to_be_visible()
    expect(ghost).to_have_count(0)
    expect(chip(page, post).get_by_role("link").first).to_be_focused()
    assert planned(product, post) == (f"{week.thursday}T11:15", "approved")

    expect(toast(page).get_by_role("button", name="Urungkan")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(on(page, week.wednesday, post)).to_be_visible()
    expect(toast(page)).to_contain_text("Dikembalikan ke")
    assert planned(product, post) == (f"{week.wednesday}T10:00", "approved")


def test_a_second_move_lets_the_first_one_arrive(
    product: Product, visit: Visit, made: Any, make_post: Make, week: Week
) -> None:
    post, other = made("draft"), make_post("draft", title="Yang kedua", scheduled_local=f"{week.wednesday}T13:00")
    page = visit("drafter_jeddah")
    page.goto(week.address())
    held: list[Route] = []
    page.route(re.compile(rf"/posts/{post['id']}/move/\?meaning.*{week.thursday}"), lambda route: held.append(route))
    focus(page, post)
    for key in ("m", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    focus(page, other)
    page.keyboard.press("m")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".mvb")).to_contain_text("1 hari lebih lambat")
    held[-1].continue_()
    expect(on(page, week.thursday, post)).to_be_visible()
    expect(page.locator("[data-toasts]")).not_to_contain_text("Tidak tersambung")
    page.keyboard.press("Enter")
    expect(on(page, week.thursday, other)).to_be_visible()
    assert planned(product, post) == (f"{week.thursday}T10:00", "draft")


def test_escape_leaves_a_post_where_it_is(product: Product, visit: Visit, made: Any, week: Week) -> None:
    post, page = made("draft"), visit("drafter_jeddah")
    page.goto(week.address())
    focus(page, post)
    page.keyboard.press("m")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".gh")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".gh, .mvb")).to_have_count(0)
    expect(chip(page, post).get_by_role("link").first).to_be_focused()
    # and Enter is the link's again
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/posts/{post['id']}/$"))
    assert planned(product, post) == (f"{week.wednesday}T10:00", "draft")


def test_a_move_that_ends_the_approval_asks_first_and_has_no_way_back(
    product: Product, visit: Visit, made: Any, week: Week
) -> None:
    post, page = made(), visit("drafter_jeddah")
    page.goto(week.address())
    focus(page, post)
    page.keyboard.press("m")
    for _step in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".mvb")).to_contain_text("Persetujuannya berakhir")
    page.keyboard.press("Enter")
    dialog = page.locator("[data-move-dialog]")
    expect(dialog.get_by_role("button", name=REVIEW)).to_be_focused()
    assert planned(product, post) == (f"{week.wednesday}T10:00", "approved")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(chip(page, post).get_by_role("link").first).to_be_focused()
    assert planned(product, post) == (f"{week.wednesday}T10:00", "approved")

    page.keyboard.press("m")
    for _step in range(4):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name=REVIEW).press("Enter")
    expect(toast(page)).to_contain_text("Sekarang menunggu tinjauan Pusat lagi.")
    expect(toast(page).get_by_role("button", name="Urungkan")).to_have_count(0)
    expect(on(page, week.sunday, post)).to_be_visible()
    assert planned(product, post) == (f"{week.sunday}T10:00", "in_review")


def test_single_keys_can_be_switched_off(product: Product, visit: Visit, made: Any, week: Week) -> None:
    post, page = made("draft"), visit("head_jeddah")
    page.goto("/profile/")
    page.locator("[name=single_keys]").uncheck()
    page.locator("main form:has([name=single_keys]) button.btn-primary").click()
    page.goto(week.address())
    try:
        focus(page, post)
        page.keyboard.press("m")
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(400)
        expect(page.locator(".gh, .mvb, dialog[open]")).to_have_count(0)
        # what needs no single key: the button on the post
        focus(page, post)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        dialog = page.locator("[data-move-dialog]")
        expect(dialog.get_by_label("Hari")).to_be_focused()
        expect(dialog).to_contain_text("Ini waktunya sekarang.")
        column = box(page.locator(f'[data-day="{week.thursday}"] [data-column]'))
        assert box(dialog)["x"] < column["x"] + column["width"], "it does not lie over Thursday: this test is blind"
        dialog.get_by_label("Hari").fill(f"{week.thursday}")
        expect(dialog).to_contain_text("1 hari lebih lambat")
        # it gives way to the ghost
        assert box(dialog)["x"] >= column["x"] + column["width"]
        dialog.get_by_role("button", name="Pindahkan").press("Enter")
        expect(on(page, week.thursday, post)).to_be_visible()
    finally:
        page.goto("/profile/")
        page.locator("[name=single_keys]").check()
        page.locator("main form:has([name=single_keys]) button.btn-primary").click()
    assert planned(product, post) == (f"{week.thursday}T10:00", "draft")


def test_in_the_month_keys_walk_days_and_weeks(product: Product, visit: Visit, made: Any, week: Week) -> None:
    post, page = made("draft"), visit("drafter_jeddah")
    page.goto(week.address("month"))
    focus(page, post)
    page.keyboard.press("m")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".mvb")).to_contain_text("1 hari lebih lambat. Tetap draf")
    cell = box(page.locator(f'[data-day="{week.thursday}"]'))
    assert abs(box(page.locator(".gh"))["x"] - cell["x"]) < 3
    page.keyboard.press("Enter")
    expect(on(page, week.thursday, post)).to_be_visible()
    assert planned(product, post) == (f"{week.thursday}T10:00", "draft")


def test_in_the_list_the_key_opens_the_dialog(product: Product, visit: Visit, made: Any, week: Week) -> None:
    post, page = made("draft"), visit("drafter_jeddah")
    page.goto(week.address("list"))
    focus(page, post)
    page.keyboard.press("m")
    dialog = page.locator("[data-move-dialog]")
    expect(dialog.get_by_label("Jam Riyadh")).to_have_value("10:00")
    dialog.get_by_label("Jam Riyadh").fill("12:30")
    expect(dialog).to_contain_text("2 jam 30 menit lebih lambat")
    dialog.get_by_role("button", name="Pindahkan").click()
    expect(chip(page, post)).to_contain_text("12.30")
    assert planned(product, post) == (f"{week.wednesday}T12:30", "draft")


@pytest.mark.parametrize("dark", [False, True])
def test_dialog_ghost_and_bar_are_accessible(visit: Visit, made: Any, week: Week, dark: bool) -> None:
    post, page = made(), visit("drafter_jeddah", dark=dark)
    page.goto(week.address())
    focus(page, post)
    page.keyboard.press("m")
    for _step in range(4):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".mvb")).to_contain_text("Persetujuannya berakhir")
    found = list(Axe().run(page).response["violations"])
    page.keyboard.press("Enter")
    expect(page.locator("[data-move-dialog]")).to_be_visible()
    found += Axe().run(page).response["violations"]
    assert not [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]


# The mouse -----------------------------------------------------------------------------------


def carry(page: Page, post: dict[str, Any], x: float, y: float) -> None:
    """Take the post with the mouse and hold it over a point."""
    found = box(chip(page, post))
    page.mouse.move(found["x"] + 40, found["y"] + 10)
    page.mouse.down()
    page.mouse.move(found["x"] + 60, found["y"] + 14, steps=3)
    page.mouse.move(x, y, steps=6)


def middle(page: Page, day: date, hour: int) -> tuple[float, float]:
    column = box(page.locator(f'[data-day="{day}"] [data-column]'))
    row = box(page.locator(f'[data-hour="{hour}"]'))
    return column["x"] + column["width"] / 2, row["y"] + row["height"] / 2


def test_the_mouse_drags_a_post_to_another_day_and_hour(product: Product, visit: Visit, made: Any, week: Week) -> None:
    post, page = made(), visit("drafter_jeddah")
    page.goto(week.address())
    chip(page, post).scroll_into_view_if_needed()
    carry(page, post, *middle(page, week.thursday, 11))
    expect(page.locator(".gh")).to_contain_text("11.00")
    expect(page.locator(".gh")).to_contain_text("Tetap disetujui")
    page.mouse.up()
    expect(on(page, week.thursday, post)).to_be_visible()
    expect(page.locator(".gh, .is-lifted")).to_have_count(0)
    assert planned(product, post) == (f"{week.thursday}T11:00", "approved")
    # the release was no click
    assert "/calendar/" in page.url
    toast(page).get_by_role("button", name="Urungkan").click()
    expect(on(page, week.wednesday, post)).to_be_visible()
    assert planned(product, post) == (f"{week.wednesday}T10:00", "approved")
    # and a click still opens the post
    chip(page, post).get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(rf"/posts/{post['id']}/$"))


def test_a_refused_drag_comes_back_with_the_reason(product: Product, visit: Visit, made: Any, week: Week) -> None:
    post, page = made("in_review"), visit("drafter_jeddah")
    page.goto(week.address())
    chip(page, post).scroll_into_view_if_needed()
    carry(page, post, *middle(page, week.thursday, 10))
    expect(page.locator(".mvb")).to_contain_text("Sedang ditinjau Pusat.")
    page.mouse.up()
    expect(toast(page)).to_contain_text("Sedang ditinjau Pusat. Tarik kembali dahulu")
    expect(page.locator(".gh, .mvb, .is-lifted, .is-moving")).to_have_count(0)
    expect(on(page, week.wednesday, post)).to_be_visible()
    assert planned(product, post) == (f"{week.wednesday}T10:00", "in_review")


def test_a_drag_that_ends_the_approval_asks_first(product: Product, visit: Visit, made: Any, week: Week) -> None:
    post, page = made(), visit("drafter_jeddah")
    page.goto(week.address())
    chip(page, post).scroll_into_view_if_needed()
    carry(page, post, *middle(page, week.sunday, 10))
    page.mouse.up()
    dialog = page.locator("[data-move-dialog]")
    expect(dialog).to_contain_text("Persetujuannya berakhir")
    expect(dialog.get_by_label("Hari")).to_have_value(f"{week.sunday}")
    expect(page.locator(".gh")).to_be_visible()
    dialog.get_by_role("link", name="Batal").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".gh, .is-moving")).to_have_count(0)
    assert planned(product, post) == (f"{week.wednesday}T10:00", "approved")


def test_escape_ends_a_drag(product: Product, visit: Visit, made: Any, week: Week) -> None:
    post, page = made(), visit("drafter_jeddah")
    page.goto(week.address())
    chip(page, post).scroll_into_view_if_needed()
    carry(page, post, *middle(page, week.thursday, 11))
    expect(page.locator(".gh")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".gh, .is-lifted")).to_have_count(0)
    page.mouse.up()
    expect(page.locator("dialog[open], [data-toast]")).to_have_count(0)
    assert planned(product, post) == (f"{week.wednesday}T10:00", "approved")


def test_somebody_was_faster(product: Product, visit: Visit, made: Any, week: Week) -> None:
    post, page = made("draft"), visit("drafter_jeddah", expected="409")
    page.goto(week.address())
    chip(page, post).scroll_into_view_if_needed()
    product.api("head_jeddah").call(
        "PATCH", f"posts/{post['id']}/", version=post["version"], scheduled_local=f"{week.thursday}T16:00"
    )
    carry(page, post, *middle(page, week.thursday, 11))
    page.mouse.up()
    dialog = page.locator("[data-move-dialog]")
    expect(dialog).to_contain_text("oleh Kepala Jeddah")
    expect(dialog).to_contain_text("16.00")
    expect(dialog.get_by_label("Jam Riyadh")).to_have_value("11:00")
    dialog.get_by_role("button", name="Pindahkan").click()
    expect(on(page, week.thursday, post)).to_contain_text("11.00")
    assert planned(product, post) == (f"{week.thursday}T11:00", "draft")


# The phone -----------------------------------------------------------------------------------


class Finger:
    """One finger on the screen, as Chromium itself would feel it: with scrolling, long press and cancelled touches."""

    def __init__(self, page: Page) -> None:
        self.session = page.context.new_cdp_session(page)

    def _send(self, kind: str, *points: dict[str, float]) -> None:
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    def down(self, x: float, y: float) -> None:
        self._send("touchStart", {"x": x, "y": y})

    def move(self, x: float, y: float) -> None:
        self._send("touchMove", {"x": x, "y": y})

    def up(self) -> None:
        self._send("touchEnd")


def test_a_finger_drags_after_a_long_press(product: Product, visit: Visit, made: Any, week: Week) -> None:
    post, page = made(), visit("drafter_jeddah", phone=True)
    page.goto(week.address())
    chip(page, post).evaluate("e => e.scrollIntoView({block: 'center'})")
    found = box(chip(page, post))
    x, y = found["x"] + 60, found["y"] + 20
    finger = Finger(page)
    finger.down(x, y)
    page.wait_for_timeout(500)
    expect(page.locator(".is-lifted")).to_be_visible()
    before = page.evaluate("scrollY")
    target = box(page.locator(f'[data-day="{week.thursday}"]'))
    for share in (0.3, 0.7, 1.0):
        finger.move(x, y + (target["y"] + 30 - y) * share)
    assert page.evaluate("scrollY") == pytest.approx(before, abs=2)
    expect(page.locator(".gh")).to_contain_text("Tetap disetujui")
    finger.up()
    expect(on(page, week.thursday, post)).to_be_visible()
    assert planned(product, post) == (f"{week.thursday}T10:00", "approved")


def test_a_finger_that_moves_at_once_scrolls(product: Product, visit: Visit, made: Any, week: Week) -> None:
    post, page = made(), visit("drafter_jeddah", phone=True)
    page.goto(week.address())
    chip(page, post).evaluate("e => e.scrollIntoView({block: 'center'})")
    before = page.evaluate("scrollY")
    found = box(chip(page, post))
    x, y = found["x"] + 60, found["y"] + 20
    finger = Finger(page)
    finger.down(x, y)
    for step in range(1, 9):
        finger.move(x, y - 20 * step)
    page.wait_for_timeout(500)
    finger.up()
    expect(page.locator(".is-lifted, .gh")).to_have_count(0)
    assert page.evaluate("scrollY") > before + 60
    assert planned(product, post) == (f"{week.wednesday}T10:00", "approved")


def test_on_a_phone_the_button_opens_the_dialog(product: Product, visit: Visit, made: Any, week: Week) -> None:
    post, page = made(), visit("drafter_jeddah", phone=True)
    page.goto(week.address())
    button = chip(page, post).get_by_role("link", name=re.compile("^Pindahkan"))
    size = box(button)
    assert min(size["width"], size["height"]) >= 44
    button.tap()
    dialog = page.locator("[data-move-dialog]")
    expect(dialog).to_be_visible()
    frame = box(dialog)
    assert (frame["x"], frame["width"]) == (0, 390)
    assert frame["y"] + frame["height"] == pytest.approx(844, abs=1)
    dialog.get_by_label("Hari").fill(f"{week.sunday}")
    dialog.get_by_role("button", name=REVIEW).tap()
    expect(on(page, week.sunday, post)).to_be_visible()
    assert planned(product, post) == (f"{week.sunday}T10:00", "in_review")


# Nothing but HTML, and a line that breaks ----------------------------------------------------


@pytest.mark.parametrize("phone", [False, True])
def test_without_scripts_the_button_leads_to_a_page(
    product: Product, visit: Visit, made: Any, week: Week, phone: bool
) -> None:
    post, page = made(), visit("drafter_jeddah", javascript=False, phone=phone, expected="422")
    page.goto(week.address())
    chip(page, post).get_by_role("link", name=re.compile("^Pindahkan")).click(force=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Pindahkan ke waktu lain")
    page.get_by_label("Hari").fill(f"{week.sunday}")
    page.get_by_role("button", name="Pindahkan").click()
    expect(page.locator("main")).to_contain_text("Persetujuannya berakhir")
    page.get_by_label("Hari").fill(f"{week.thursday}")
    page.get_by_role("button", name=REVIEW).click()  # it agrees to Sunday, not to Thursday: nobody has to agree
    expect(page).to_have_url(re.compile(r"/calendar/\?view=week&mission=kjri-jeddah"))
    expect(page.locator("[data-toasts]")).to_contain_text("Dipindahkan ke")
    expect(on(page, week.thursday, post)).to_be_visible()
    assert planned(product, post) == (f"{week.thursday}T10:00", "approved")


def test_on_a_slow_line_the_dialog_is_sent_once_and_says_that_it_waits(
    product: Product, visit: Visit, made: Any, week: Week
) -> None:
    post, page = made("draft"), visit("drafter_jeddah")
    page.goto(week.address())
    focus(page, post)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    dialog = page.locator("[data-move-dialog]")
    dialog.get_by_label("Hari").fill(f"{week.thursday}")
    expect(dialog).to_contain_text("1 hari lebih lambat")
    held: list[Route] = []
    page.route("**/move/", lambda route: held.append(route))
    button = dialog.get_by_role("button", name="Pindahkan")
    button.press("Enter")
    expect(page.locator("[data-wait]")).to_be_visible()
    dialog.get_by_label("Hari").press("Enter")
    assert len(held) == 1
    held[0].continue_()
    expect(on(page, week.thursday, post)).to_be_visible()
    expect(page.locator("[data-wait]")).to_be_hidden()
    assert planned(product, post) == (f"{week.thursday}T10:00", "draft")


def test_without_a_line_the_post_comes_back_and_can_be_moved_again(
    product: Product, visit: Visit, made: Any, week: Week
) -> None:
    post, page = made("draft"), visit("drafter_jeddah", expected="ERR_INTERNET_DISCONNECTED")
    page.goto(week.address())
    chip(page, post).scroll_into_view_if_needed()
    page.context.set_offline(True)
    carry(page, post, *middle(page, week.thursday, 10))
    page.mouse.up()
    expect(toast(page)).to_contain_text("Tidak tersambung.")
    expect(on(page, week.wednesday, post)).to_be_visible()
    page.context.set_offline(False)
    toast(page).get_by_role("button", name="Coba lagi").click()
    expect(on(page, week.thursday, post)).to_be_visible()
    assert planned(product, post) == (f"{week.thursday}T10:00", "draft")
