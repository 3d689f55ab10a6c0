"""What hands do in the composer."""

from __future__ import annotations

from collections.abc import Iterable

from playwright.sync_api import Locator, Page


def fill(
    page: Page,
    *,
    title: str,
    purpose: str,
    audience: str,
    language: str = "id",
    themes: Iterable[str],
    texts: dict[str, str],
    local: str | None = None,
) -> None:
    """Type everything into the open composer; `local` ("2026-11-22T18:30") last, since it may be near."""
    page.locator("[name=purpose]").fill(purpose)
    page.locator("[name=title]").fill(title)
    page.locator("select[name=audience]").select_option(audience)
    page.locator("select[name=language]").select_option(language)
    for code in themes:
        page.locator(f"details:has(input[name=themes][value='{code}']) > summary").click()
        page.locator(f"input[name=themes][value='{code}']").check()
    for network, text in texts.items():
        write(page, network, text)
    if local:
        date, time = local.split("T")
        page.locator("[name=date]").fill(date)
        page.locator("[name=time]").fill(time)


def write(page: Page, network: str, text: str) -> None:
    """Choose the network and give it a text of its own."""
    row = channel(page, network)
    row.locator("[name=networks]").check()
    # without scripts the text is there at once
    if row.locator("[data-adapt]").is_visible():
        row.locator("[data-adapt]").click()
    row.locator("[data-channel-text]").fill(text)


def channel(page: Page, network: str) -> Locator:
    return page.locator(f"[data-channel='{network}']")


def press(page: Page, do: str) -> None:
    """Save ("save"), submit ("submit"), or save and sign ("sign_off")."""
    page.locator(f"button[name=do][value={do}]").click()
