"""The main job by hand: from a draft in Tokyo to the week that the manager sees, and the urgent way past review."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.browser import composer
from tests.browser.conftest import Make, Visit, soon
from tests.cast import PASSWORD
from tests.product import Product, text_of, wait_for

TOKYO = ZoneInfo("Asia/Tokyo")
TITLE = "Kopi Gayo di pameran Tokyo"
TEXT = "Kopi Gayo kini bisa dipesan langsung.\n\nHubungi koperasi: https://example.go.id/kopi ☕"
LINK = "https://x.com/kbritokyo/status/1790000000000000001"


def sign_in(page: Page, email: str) -> None:
    page.goto("/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hari ini")


def test_the_story_from_draft_to_the_network_week(product: Product, visit: Visit) -> None:
    drafter, head, editor, manager = (visit(None) for _ in range(4))
    for page, key in ((drafter, "drafter_tokyo"), (head, "head_tokyo"), (editor, "editor"), (manager, "manager")):
        sign_in(page, product.people[key].email)
    pk, goes_out = drafter_in_tokyo_submits(drafter)
    head_signs(head)
    editor_approves(editor, pk)
    link = reminder_arrives(product, pk, goes_out)
    drafter_publishes_on_the_phone(visit("drafter_tokyo", phone=True), link)
    manager_sees_it_on_the_week(manager, goes_out)


def drafter_in_tokyo_submits(page: Page) -> tuple[int, datetime]:
    page.get_by_role("link", name="Unggahan baru").first.click()
    composer.fill(
        page,
        title=TITLE,
        purpose="Pelaku usaha Jepang tahu cara memesan kopi Gayo langsung dari koperasi.",
        audience="pelaku-usaha",
        themes=["ekonomi-produk"],
        texts={"x": TEXT, "instagram": "Kopi Gayo dari Aceh Tengah. #KopiIndonesia"},
    )
    # the next minute that leaves time to press the button
    goes_out = (datetime.now(UTC) + timedelta(seconds=80)).replace(second=0, microsecond=0)
    local = goes_out.astimezone(TOKYO)
    page.locator("[name=date]").fill(f"{local:%Y-%m-%d}")
    page.locator("[name=time]").fill(f"{local:%H:%M}")
    jakarta = goes_out.astimezone(ZoneInfo("Asia/Jakarta"))
    expect(page.locator("[data-when-wib]")).to_contain_text(f"{jakarta:%H.%M} WIB")
    composer.press(page, "submit")
    expect(page).to_have_url(re.compile(r"/posts/\d+/$"))
    expect(page.locator("main")).to_contain_text("Menunggu paraf Kepala Perwakilan: Kepala Tokyo.")
    return int(page.url.rstrip("/").rsplit("/", 1)[1]), goes_out


def head_signs(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name=re.compile(rf"^Baca dan paraf\s*: {TITLE}")).click()
    expect(page.locator("main")).to_contain_text("https://example.go.id/kopi")
    page.get_by_role("button", name="Paraf", exact=True).click()
    expect(page.locator("main")).to_contain_text("Menunggu keputusan peninjau Pusat, putaran 1.")


def editor_approves(page: Page, pk: int) -> None:
    page.goto("/review/")
    page.get_by_role("link", name=TITLE).click()
    expect(page).to_have_url(re.compile(rf"/review/{pk}/"))
    page.locator("input[name=primary_theme][value='ekonomi-produk']").check()
    page.locator("input[name=alignment][value=strong]").check(force=True)
    page.locator("[name=note]").fill("Ajakannya jelas.")
    page.get_by_role("button", name=re.compile(r"^Setujui versi 1 · [0-9a-f]+$")).click()
    expect(page.locator("[data-toasts]")).to_contain_text(re.compile("[Dd]isetujui"))
    page.goto(f"/posts/{pk}/")
    expect(page.locator("main")).to_contain_text("keselarasan kuat")
    expect(page.locator("#riwayat")).to_contain_text("Ajakannya jelas.")


def reminder_arrives(product: Product, pk: int, goes_out: datetime) -> str:
    """The drafter's mail at the post's time, not before, with the link to the publish page."""
    link = f"{product.address}/posts/{pk}/publish/"

    def look() -> list[str]:
        return [str(letter["Date"]) for letter in product.mails("drafter_tokyo") if link in text_of(letter)]

    sent_at = parsedate_to_datetime(wait_for(look, "the mail publish_now", 150)[0]).replace(tzinfo=UTC)
    assert goes_out <= sent_at <= goes_out + timedelta(seconds=45)
    return link


def drafter_publishes_on_the_phone(page: Page, link: str) -> None:
    page.goto(link)
    expect(page.locator("main")).to_contain_text("Sekarang waktunya")
    page.get_by_role("button", name="Salin teks X").click()
    expect(page.locator("[data-copy='t-x']")).to_have_text("Teks tersalin")
    assert page.evaluate("navigator.clipboard.readText()") == TEXT
    page.get_by_label("Tautan unggahan X").fill(LINK)
    page.get_by_role("button", name="Tandai tayang").click()
    expect(page.locator("main")).to_contain_text("1 dari 2 kanal sudah tayang")
    page.locator("[name=instagram-no_link]").check()
    page.get_by_role("button", name="Tandai tayang").click()
    expect(page.locator("main")).to_contain_text("Selesai. Sudah tayang.")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def manager_sees_it_on_the_week(page: Page, goes_out: datetime) -> None:
    day = goes_out.astimezone(TOKYO)
    page.goto(f"/calendar/?view=network&date={day:%Y-%m-%d}&q={quote(TITLE)}")
    row = page.locator("tr", has=page.get_by_role("rowheader", name=re.compile("KBRI Tokyo")))
    cells = row.locator("td.c > a")
    expect(cells).to_have_count(7)
    for weekday in range(7):
        words = "1 unggahan: 1 tayang" if weekday == day.weekday() else "kosong"
        expect(cells.nth(weekday)).to_have_attribute("aria-label", re.compile(words))
    cells.nth(day.weekday()).click()
    expect(page.locator("#panel")).to_contain_text(TITLE)
    expect(page).to_have_url(re.compile("cell="))
    page.locator("#panel").get_by_role("link", name=TITLE).click()
    expect(page.locator(f"main a[href='{LINK}']").first).to_be_visible()


def test_a_head_publishes_urgently_and_an_editor_reviews_afterwards(
    product: Product, visit: Visit, make_post: Make
) -> None:
    title = "Gempa: hubungi hotline"
    post = make_post(title=title, themes=["pelindungan-krisis"], scheduled_local=soon("Asia/Riyadh"))
    head = visit("head_jeddah")
    head.goto(f"/posts/{post['id']}/")
    head.get_by_role("link", name="Tayangkan mendesak").click()
    head.locator("[name=theme]").select_option("pelindungan-krisis")
    head.locator("[name=reason]").fill("Gempa kuat di wilayah kerja; WNI perlu hotline sekarang.")
    head.locator("[name=x-url]").fill("https://x.com/kjrijeddah/status/1790000000000000002")
    head.get_by_role("button", name="Catat tayang mendesak").click()
    expect(head.locator("main")).to_contain_text("Sudah tayang mendesak. Pusat meninjaunya sesudah tayang.")

    wait_for(lambda: [m for m in product.mails("manager") if title in m["Subject"]], "the mail to the manager", 45)
    editor = visit("editor2")
    editor.goto("/")
    editor.get_by_role("link", name=re.compile(rf"^Tinjau susulan\s*: {title}")).click()
    editor.locator("input[name=primary_theme][value='pelindungan-krisis']").check()
    editor.locator("input[name=alignment][value=strong]").check(force=True)
    editor.locator("[name=note]").fill("Tepat dan cepat.")
    editor.get_by_role("button", name=re.compile("^Biarkan tayang versi 1")).click()
    expect(editor.locator("[data-toasts]")).to_contain_text(re.compile(r"\w"))
    editor.goto(f"/posts/{post['id']}/")
    expect(editor.locator("main")).to_contain_text("Sudah tayang. Tidak ada yang ditunggu.")
    expect(editor.locator("#riwayat")).to_contain_text("Tepat dan cepat.")
