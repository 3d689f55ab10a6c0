"""The administrator: people come in, everything is held and let go, and mails can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Make, Visit
from tests.product import Product, text_of, wait_for

NEW_PASSWORD = "hujan-di-bulan-juni-1989"


def test_a_new_person_gets_a_link_sets_a_password_and_is_in(product: Product, visit: Visit) -> None:
    admin = visit("admin")
    admin.goto("/admin/missions/person/add/")
    admin.locator("[name=name]").fill("Penyusun Baru")
    admin.locator("[name=email]").fill("penyusun.baru@test.example")
    admin.locator("[name=_save]").click()
    expect(admin.locator("body")).to_contain_text(
        "Tautan untuk membuat kata sandi dikirim ke penyusun.baru@test.example."
    )

    admin.goto("/mail/?to=penyusun.baru")
    admin.locator("main table").get_by_role("link").first.click()
    letter = admin.locator("main")
    expect(letter).to_contain_text("Yth. Penyusun Baru")
    link = str(letter.locator("a[href*='/accounts/password/reset/key/']").get_attribute("href"))
    assert link.startswith(product.address)

    newcomer = visit(None)
    newcomer.goto(link)
    newcomer.locator("[name=password1]").fill(NEW_PASSWORD)
    newcomer.locator("[name=password2]").fill(NEW_PASSWORD)
    newcomer.locator("main form button[type=submit], main form button:not([type])").first.click()
    newcomer.goto("/accounts/login/")
    newcomer.locator("[name=login]").fill("penyusun.baru@test.example")
    newcomer.locator("[name=password]").fill(NEW_PASSWORD)
    newcomer.locator("main form button[type=submit]").click()
    expect(newcomer.locator("main")).to_contain_text("Anda belum mempunyai peran")


@pytest.fixture
def nothing_held(product: Product) -> Iterator[None]:
    """A test that fails half-way holds up none of the others."""
    yield
    admin = product.api("admin")
    for hold in admin.get("holds/")["results"]:
        if not hold["lifted_at"]:
            admin.post(f"holds/{hold['id']}/lift/")


@pytest.mark.usefixtures("nothing_held")
def test_what_is_held_does_not_go_out_until_it_is_lifted(product: Product, visit: Visit, make_post: Make) -> None:
    post = make_post("approved", title="Ditahan sebentar")
    reason = "Masa berkabung nasional."
    admin, drafter = visit("admin"), visit("drafter_jeddah", expected="status of 409")
    publish = f"/posts/{post['id']}/publish/"
    drafter.goto(publish)
    drafter.get_by_label("Tautan unggahan X").fill("https://x.com/kjrijeddah/status/1790000000000000004")

    admin.goto("/holds/")
    admin.locator("[name=scope][value=mission]").check(force=True)
    admin.locator("select[name=mission]").select_option("kjri-jeddah")
    admin.locator("[name=reason]").fill(reason)
    admin.get_by_role("button", name="Periksa cakupannya").click()
    expect(admin.locator("main")).to_contain_text(re.compile(r"\d+ unggahan dari 1 perwakilan"))
    admin.get_by_role("button", name="Tahan sekarang").click()
    expect(admin.locator("main")).to_contain_text(reason)

    # the page was opened before the hold: it is refused all the same
    drafter.get_by_role("button", name="Tandai tayang").click()
    expect(drafter.locator("main")).to_contain_text("Jangan tayangkan dulu.")
    assert product.api("drafter_jeddah").get(f"posts/{post['id']}/")["status"] == "approved"
    drafter.goto("/")
    expect(drafter.get_by_role("region", name="Berlaku di semua halaman")).to_contain_text(reason)
    other = visit("drafter_tokyo")
    other.goto("/")
    expect(other.locator("body")).not_to_contain_text(reason)

    def told() -> bool:
        return any(reason in text_of(letter) for letter in product.mails("drafter_jeddah"))

    wait_for(told, "the mail about the hold", 45)
    admin.goto("/mail/")
    expect(admin.locator("main table")).to_contain_text("drafter.jeddah@test.example")

    admin.goto("/holds/")
    admin.get_by_role("link", name=re.compile("Cabut")).first.click()
    admin.get_by_role("button", name="Cabut").click()
    expect(admin.locator("main")).to_contain_text("Sudah dicabut")
    drafter.goto(publish)
    drafter.get_by_label("Tautan unggahan X").fill("https://x.com/kjrijeddah/status/1790000000000000005")
    drafter.get_by_role("button", name="Tandai tayang").click()
    expect(drafter.locator("main")).to_contain_text("Selesai. Sudah tayang.")
