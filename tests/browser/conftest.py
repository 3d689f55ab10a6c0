"""A running product, one Chromium, and visitors: each at a browser of their own, whose console must stay quiet."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.product import WORKER, Product

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
# The product asks no other host for anything; Chromium itself must not, either.
QUIETLY = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIETLY += ["--disable-component-update", "--disable-sync"]
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# Two busy cores: patient, but not for ever.
expect.set_options(timeout=15_000)

Visit = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM:
                item.add_marker(pytest.mark.skip(reason="no chromium on the PATH, and CHROMIUM does not name one"))


@contextlib.contextmanager
def embedded(folder: Path, **settings: str) -> Iterator[Product]:
    """Web, worker and beat on SQLite and the queue of files, as `scripts/up` runs them; mails lie in the folder."""
    installed = Product(folder / "data", {"WEB_CONCURRENCY": "1"} | settings)
    try:
        installed.prepare()
        installed.start_web()
        installed.start("worker", *WORKER, "-P", "threads", "-c", "2", "-B")
        installed.wait_until_ready()
        yield installed
        assert "Traceback" not in installed.log("web") + installed.log("worker")
    finally:
        installed.stop()


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with embedded(tmp_path_factory.mktemp("product")) as installed:
        yield installed


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIETLY)
        yield browser
        browser.close()


@pytest.fixture
def visit(product: Product, chromium: Browser) -> Iterator[Visit]:
    """`visit("editor")` answers a page of that person, signed in; `visit(None)` one of nobody.

    Errors in the console, errors of scripts and refusals by the Content-Security-Policy fail the test at its end,
    but for those that match `expected`. `phone`, `dark`, `javascript=False` say what they look with.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def make(
        key: str | None,
        *,
        phone: bool = False,
        dark: bool = False,
        javascript: bool = True,
        expected: str | None = None,
        **options: Any,
    ) -> Page:
        context = chromium.new_context(
            base_url=product.address,
            viewport=PHONE if phone else DESKTOP,
            has_touch=phone,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            java_script_enabled=javascript,
            locale="id-ID",
            permissions=["clipboard-read", "clipboard-write"],
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(20_000)
        if key:
            cookie = {"name": "sessionid", "value": product.people[key].session, "url": product.address}
            context.add_cookies([cookie])  # type: ignore[list-item]

        def fault(text: str) -> None:
            if not expected or not re.search(expected, text):
                faults.append(f"{key}: {text}")

        def said(message: ConsoleMessage) -> None:
            if message.type == "error" or "Content Security Policy" in message.text:
                fault(f"{message.text} ({message.location.get('url')})")

        context.on("console", said)
        context.on("weberror", lambda error: fault(f"{error.error}"))
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert not faults, "\n".join(faults)


# What tests begin with, made through the API -------------------------------------------------


def soon(zone: str, minutes: float = 24 * 60) -> str:
    """A local time there that lies this far ahead, as the API takes it."""
    return (datetime.now(UTC) + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


Make = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def make_post(product: Product) -> Make:
    """`make_post("approved", title=…)` answers a post of Jeddah (which needs no sign-off) brought to that status."""
    return maker(product)


def maker(product: Product) -> Make:
    """The same for any installation. A module with a product of its own needs a `make_post` of its own, too."""

    def make(status: str = "draft", **changes: Any) -> dict[str, Any]:
        drafter, editor = product.api("drafter_jeddah"), product.api("editor")
        body = {
            "mission": "kjri-jeddah",
            "title": "Jam layanan paspor",
            "purpose": "WNI di Jeddah tahu jam layanan paspor yang baru.",
            "audience": "wni-setempat",
            "language": "id",
            "themes": ["pelindungan-layanan"],
            "scheduled_local": soon("Asia/Riyadh"),
            "variants": [{"network": "x", "text": "Layanan paspor kini buka sampai pukul 16.00."}],
        } | changes
        post: dict[str, Any] = drafter.post("posts/", **body)
        if status == "draft":
            return post
        post = drafter.post(f"posts/{post['id']}/submit/", version=post["version"])
        if status == "in_review":
            return post
        return editor.post(  # type: ignore[no-any-return]
            f"posts/{post['id']}/approve/",
            version=post["version"],
            content_hash=post["revision"]["content_hash"],
            primary_theme=body["themes"][0],
            alignment="strong",
        )

    return make
