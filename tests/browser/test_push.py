"""Notices on a device, end to end but for the vendor between: the page subscribes, the product encrypts and sends, a
push service of the test's own takes it, a browser of the test's own decrypts it, and Chromium's service worker is
handed what came out, through DevTools, as its vendor would do. A real vendor's push service is not asked.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Worker, expect

from tests import outside
from tests.browser.conftest import Make, Visit, embedded, maker, soon
from tests.browsers import Browser
from tests.product import Product, wait_for

# The driver waits without a time limit for a service worker that Chromium has ended meanwhile, as it does on a slow
# machine: the build must not hang. Run by hand: pytest -m browser tests/browser/test_push.py
pytestmark = pytest.mark.skipif(bool(os.environ.get("CI")), reason="may wait for ever for an idle service worker")


@pytest.fixture(scope="session")
def vendor() -> Iterator[outside.Receiver]:
    with outside.receiver(outside.says(201)) as server:
        yield server


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory, vendor: outside.Receiver) -> Iterator[Product]:
    """The product, to which this machine is a vendor of browsers."""
    settings = {"PUSH_HOSTS": outside.HOST, "OUTBOUND_PRIVATE_HOSTS": vendor.name}
    with embedded(tmp_path_factory.mktemp("pushing"), **settings) as installed:
        yield installed


@pytest.fixture(scope="session")
def make_post(product: Product) -> Make:
    return maker(product)


# Chromium's own subscriptions need its vendor's servers; this one is the test's.
SUBSCRIBES = """(given) => {
  const plain = (text) => atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = (text) => Uint8Array.from(plain(text), (c) => c.charCodeAt(0)).buffer;
  const made = (key) => ({
    endpoint: given.endpoint,
    options: { applicationServerKey: bytes(key) },
    getKey: (name) => bytes(given[name]),
    unsubscribe: async () => { localStorage.removeItem("test-key"); return true; },
  });
  PushManager.prototype.subscribe = async function (options) {
    if (!options.userVisibleOnly) throw new Error("silent pushes are not allowed");
    localStorage.setItem("test-key", btoa(String.fromCharCode(...new Uint8Array(options.applicationServerKey))));
    return made(localStorage.getItem("test-key"));
  };
  PushManager.prototype.getSubscription = async function () {
    const key = localStorage.getItem("test-key");
    return key ? made(key) : null;
  };
}"""


@pytest.fixture
def browser(vendor: outside.Receiver) -> Browser:
    return Browser(vendor)


def subscribe(page: Page, browser: Browser) -> None:
    page.add_init_script(f"({SUBSCRIBES})({json.dumps(browser.subscription)})")
    page.context.grant_permissions(["notifications"])
    page.goto("/profile/")
    page.get_by_role("button", name="Nyalakan di peramban ini").click()
    expect(page.locator("[data-push-when=on]")).to_be_visible()


def deliver(page: Page, product: Product, said: bytes) -> Worker:
    """Hand the worker a push, as the browser's vendor would, and answer the worker."""
    session = page.context.new_cdp_session(page)
    found: list[str] = []

    def updated(event: dict[str, Any]) -> None:
        found.extend(row["registrationId"] for row in event["registrations"] if not row["isDeleted"])

    session.on("ServiceWorker.workerRegistrationUpdated", updated)
    session.send("ServiceWorker.enable")
    for _time in range(100):
        if found:
            break
        page.wait_for_timeout(100)
    push = {"origin": product.address + "/", "registrationId": found[0], "data": said.decode()}
    session.send("ServiceWorker.deliverPushMessage", push)
    (worker,) = page.context.service_workers
    return worker


def shown(page: Page) -> list[dict[str, Any]]:
    """The notifications that stand on the screen."""
    script = """async () => {
      const registration = await navigator.serviceWorker.getRegistration("/");
      return (await registration.getNotifications()).map((n) => ({
        title: n.title, body: n.body, tag: n.tag, lang: n.lang, data: n.data, actions: n.actions.map((a) => a.title),
      }));
    }"""
    found: list[dict[str, Any]] = []
    for _time in range(100):
        found = page.evaluate(script)
        if found:
            break
        page.wait_for_timeout(100)
    return found


def click(worker: Worker, action: str = "") -> list[str]:
    """Click on the notification, or on a button of it; answers the pages that the worker opens. Opening one for real
    takes a hand on the mouse, which DevTools has not."""
    opened: list[str] = worker.evaluate(
        """async (action) => {
          const opened = [];
          self.clients.openWindow = async (url) => { opened.push(url); return null; };
          const [notification] = await self.registration.getNotifications();
          const event = new NotificationEvent("notificationclick", { notification, action });
          const waits = [];
          event.waitUntil = (promise) => waits.push(promise);
          self.dispatchEvent(event);
          await Promise.allSettled(waits);
          return opened;
        }""",
        action,
    )
    return opened


def test_from_the_button_to_the_screen(
    visit: Visit, product: Product, make_post: Make, browser: Browser, vendor: outside.Receiver
) -> None:
    page = visit("editor")
    subscribe(page, browser)
    row = page.locator("[data-push-mark]")
    expect(row).to_contain_text("peramban ini")
    expect(row).to_contain_text("Chrome, Linux")

    post = make_post("in_review", title="Layanan paspor keliling")
    pushes = wait_for(lambda: [said for _r, said in browser.received() if str(post["id"]) in said["url"]], "a push", 60)
    assert pushes[0]["title"] == "Perlu ditinjau: Layanan paspor keliling (KJRI Jeddah)"
    assert all("pukul 16.00" not in json.dumps(said) for said in pushes)

    worker = deliver(page, product, json.dumps(pushes[0]).encode())
    (notification,) = shown(page)
    assert notification["title"] == pushes[0]["title"]
    assert notification["body"] == pushes[0]["body"]
    assert notification["lang"] == "id"
    assert notification["actions"] == []
    assert click(worker) == [f"{product.address}/review/{post['id']}/"]

    row.get_by_role("button", name=re.compile("^Hapus")).click()
    expect(page.get_by_role("button", name="Nyalakan di peramban ini")).to_be_visible()
    expect(page.locator("[data-push-mark]")).to_have_count(0)
    assert page.evaluate("localStorage.getItem('test-key')") is None


def test_taking_care_of_it_from_the_notification(
    visit: Visit, product: Product, make_post: Make, browser: Browser
) -> None:
    page = visit("drafter_jeddah")
    subscribe(page, browser)
    post = make_post("approved", title="Pengumuman libur", scheduled_local=soon("Asia/Riyadh", 3))
    said = wait_for(
        lambda: next((s for _r, s in browser.received() if s.get("acknowledge") and str(post["id"]) in s["url"]), None),
        "a push that asks to be acknowledged",
        240,
    )
    assert said["acknowledge"].startswith("/acknowledge/")
    worker = deliver(page, product, json.dumps(said).encode())
    (notification,) = shown(page)
    assert notification["actions"] == ["Saya tangani"]
    assert click(worker, "acknowledge") == []
    (after,) = shown(page)
    assert after["tag"] == notification["tag"]
    assert "Tercatat" in after["body"]
    page.goto(f"/posts/{post['id']}/")
    expect(page.locator("main")).to_contain_text("Penyusun Jeddah")


def test_a_message_leads_nowhere_else(visit: Visit, product: Product, browser: Browser) -> None:
    page = visit("stranger")
    subscribe(page, browser)
    for address in ("https://evil.example.com/", "//evil.example.com/x", "javascript:alert(1)", None):
        worker = deliver(page, product, json.dumps({"title": "x", "tag": "x", "url": address}).encode())
        assert shown(page)[0]["title"] == "x"
        (opened,) = click(worker)
        assert opened == f"{product.address}/"


def test_a_push_that_cannot_be_read_is_shown_all_the_same(visit: Visit, product: Product, browser: Browser) -> None:
    """A browser takes the permission away from who is pushed to and shows nothing."""
    page = visit("stranger")
    subscribe(page, browser)
    deliver(page, product, b"not json")
    assert [row["title"] for row in shown(page)] == ["Selaras"]


def test_who_has_refused_is_told_how_to_allow_it(visit: Visit) -> None:
    page = visit("manager")
    page.add_init_script("Object.defineProperty(Notification, 'permission', {get: () => 'denied'})")
    page.goto("/profile/")
    expect(page.get_by_text("Peramban ini melarang notifikasi dari Selaras.")).to_be_visible()
    expect(page.get_by_role("button", name="Nyalakan di peramban ini")).to_be_hidden()


def test_a_browser_that_cannot_is_told_so(visit: Visit) -> None:
    page = visit("manager")
    page.add_init_script("delete window.PushManager")
    page.goto("/profile/")
    expect(page.get_by_text("Peramban ini tidak dapat menampilkan notifikasi.")).to_be_visible()


def test_a_push_service_that_is_out_of_reach_is_said(visit: Visit) -> None:
    page = visit("manager")
    page.add_init_script("PushManager.prototype.subscribe = async () => { throw new DOMException('x', 'AbortError'); }")
    page.context.grant_permissions(["notifications"])
    page.goto("/profile/")
    page.get_by_role("button", name="Nyalakan di peramban ini").click()
    expect(page.get_by_text("Layanan notifikasi peramban tidak dapat dihubungi, atau menolak.")).to_be_visible()


def test_without_javascript_it_says_so(visit: Visit) -> None:
    page = visit("manager", javascript=False)
    page.goto("/profile/")
    expect(page.get_by_text("Notifikasi perlu JavaScript.")).to_be_visible()
