"""The way of a post with nothing but HTML: old browsers, blocked scripts, a line that broke half-way."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser import composer
from tests.browser.conftest import Make, Visit, soon


def test_a_drafter_saves_and_submits(visit: Visit) -> None:
    page = visit("drafter_jeddah", javascript=False)
    page.goto("/posts/new/")
    composer.fill(
        page,
        title="Tanpa skrip",
        purpose="WNI tahu jam layanan.",
        audience="wni-setempat",
        themes=["pelindungan-layanan"],
        texts={"x": "Layanan paspor buka sampai pukul 16.00."},
    )
    composer.press(page, "save")
    expect(page).to_have_url(re.compile(r"/posts/\d+/edit/$"))
    expect(page.locator("[data-toasts]")).to_contain_text("Tersimpan.")
    date, time = soon("Asia/Riyadh").split("T")
    page.locator("[name=date]").fill(date)
    page.locator("[name=time]").fill(time)
    composer.press(page, "submit")
    expect(page).to_have_url(re.compile(r"/posts/\d+/$"))
    expect(page.locator("main")).to_contain_text("Menunggu keputusan peninjau Pusat, putaran 1.")


def test_an_editor_approves_and_the_drafter_confirms(visit: Visit, make_post: Make) -> None:
    post = make_post("in_review", title="Disetujui tanpa skrip")
    editor = visit("editor", javascript=False)
    editor.goto("/review/")
    editor.get_by_role("link", name="Disetujui tanpa skrip").click()
    editor.locator("input[name=primary_theme][value='pelindungan-layanan']").check()
    editor.locator("input[name=alignment][value=partial]").check(force=True)
    editor.get_by_role("button", name=re.compile("^Setujui versi 1")).click()
    editor.goto(f"/posts/{post['id']}/")
    expect(editor.locator("main")).to_contain_text("Sudah disetujui. Menunggu waktu tayangnya.")

    drafter = visit("drafter_jeddah", javascript=False, phone=True)
    drafter.goto(f"/posts/{post['id']}/publish/")
    drafter.get_by_label("Tautan unggahan X").fill("https://x.com/kjrijeddah/status/1790000000000000003")
    drafter.get_by_role("button", name="Tandai tayang").click()
    expect(drafter.locator("main")).to_contain_text("Selesai. Sudah tayang.")
