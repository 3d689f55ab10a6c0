"""Every page at a desk and on a phone, in the light, in the dark and in forced colours, in both languages: axe finds
nothing at all, nothing scrolls sideways, and each page says what it is.

The pages come from the resolver: an address that is in none of the lists below fails `test_every_page_is_looked_at`.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.signing import Signer
from django.urls import URLPattern, reverse
from playwright.sync_api import Page

from calendar_app.views import urls as pages
from config import urls
from tests.browser.conftest import PHONE, Make, Visit, soon
from tests.product import Product, wait_for

# Name of the address → who looks at it, and the post it is about. None: nobody is signed in.
PAGES: dict[str, tuple[str | None, str]] = {
    "today": ("editor", ""),
    "review_queue": ("editor", ""),
    "review": ("editor", "again_in_review"),
    "themes": ("manager", ""),
    "theme": ("drafter_jeddah", ""),
    "missions": ("admin", ""),
    "mission": ("manager", ""),
    "absences": ("head_tokyo", "person"),
    "holds": ("admin", ""),
    "hold_lift": ("admin", ""),
    "notifications": ("editor", ""),
    "profile": ("drafter_jeddah", ""),
    "mail": ("admin", ""),
    "operations": ("admin", ""),
    "mail_message": ("admin", ""),
    "webhooks": ("admin", ""),
    "webhook_new": ("admin", ""),
    "webhook": ("admin", ""),
    "webhook_edit": ("admin", ""),
    "calendar": ("drafter_jeddah", ""),
    "posts": ("editor", ""),
    "post_new": ("drafter_jeddah", ""),
    "post": ("editor", "published"),
    "post_edit": ("drafter_jeddah", "changes_requested"),
    "post_publish": ("drafter_jeddah", "approved"),
    "post_urgent": ("head_jeddah", "draft"),
    "post_submit": ("drafter_jeddah", "complete"),
    "post_sign_off": ("head_tokyo", "signoff"),
    "post_send_back": ("head_tokyo", "signoff"),
    "post_withdraw": ("drafter_jeddah", "in_review"),
    "post_recall": ("editor", "approved"),
    "post_move": ("drafter_jeddah", "approved"),
    "post_cancel": ("drafter_jeddah", "approved"),
    "post_delete": ("drafter_jeddah", "draft"),
    "post_retract": ("head_jeddah", "published"),
    "styleguide": ("drafter_jeddah", ""),
    "account_login": (None, ""),
    "account_logout": ("manager", ""),
    "account_inactive": (None, ""),
    "account_change_password": ("manager", ""),
    "account_reset_password": (None, ""),
    "account_reset_password_done": (None, ""),
    "account_reset_password_from_key": (None, ""),
    "account_reset_password_from_key_done": (None, ""),
}
# The same addresses with another face.
MORE: dict[str, tuple[str | None, str]] = {
    "/?drafter": ("drafter_jeddah", ""),
    "/?manager": ("manager", ""),
    "/?admin": ("admin", ""),
    "/?stranger": ("stranger", ""),
    # one region: every cell of the grid is like the others, and there are a thousand
    "/calendar/?view=network&region=asia-timur": ("manager", ""),
    "/calendar/?view=network&region=asia-timur&only=quiet&network=x&cell=kbri-tokyo:2026-11-26": ("manager", ""),
    "/calendar/?view=month": ("manager", ""),
    "/calendar/?view=month&language=id": ("drafter_jeddah", ""),
    "/calendar/?view=list": ("manager", ""),
    "/posts/{draft}/edit/?periksa=1": ("drafter_jeddah", ""),
    "/posts/{published}/publish/": ("drafter_jeddah", ""),
    "/review/{urgent}/": ("editor", ""),
    "/posts/{in_review}/?drafter": ("drafter_jeddah", ""),
    "/posts/?q=tidak-ada-yang-begini": ("stranger", ""),
    "/api/docs/": ("drafter_jeddah", ""),
    "/posts/999999999/": ("manager", ""),
    "/mail/?refused": ("drafter_jeddah", ""),
    "/unsubscribe/{unsubscribe}/": (None, ""),
    "/acknowledge/{acknowledge}/": (None, ""),
}
# Only to be posted to, or answering no page; and what speaks the language of whom it was mailed to (see MORE).
NO_PAGES = {"post_count", "post_week", "set_language", "notifications_read_all", "notification_open", "token_revoke"}
NO_PAGES |= {"notifications_count", "notification_acknowledge", "post_acknowledge", "acknowledge"}
NO_PAGES |= {"device_add", "device_end", "service_worker"}
NO_PAGES |= {"webhook_rotate", "webhook_switch", "webhook_test", "webhook_resend"}
NO_PAGES |= {"absence_end", "unsubscribe"}
NO_PAGES |= {f"operations_{what}" for what in ("numbers", "pause", "resume", "try", "send", "send_all", "accept")}
NO_PAGES |= {"operations_accept_all"}
# What colours may break; the rest of the page is the same in every mode.
BY_COLOUR = {"runOnly": ["color-contrast", "link-in-text-block"], "resultTypes": ["violations"]}
# What words may break: names, labels, alternatives, the language itself.
BY_WORDS: dict[str, Any] = {
    "runOnly": {
        "type": "tag",
        "values": ["cat.name-role-value", "cat.text-alternatives", "cat.forms", "cat.language"],
    },
    "resultTypes": ["violations"],
}
# A desk at 200 % and at 400 %, phones.
WIDTHS = (720, 390, 320)


def test_every_page_is_looked_at() -> None:
    names = {pattern.name for pattern in [*pages.urlpatterns, *urls.accounts] if isinstance(pattern, URLPattern)}
    assert names == set(PAGES) | NO_PAGES


@pytest.fixture(scope="module")
def samples(product: Product, make_post: Make) -> dict[str, Any]:
    """A post in each state that the pages need, by a name of its own, and the parts of other addresses."""
    drafter, head, editor = product.api("drafter_jeddah"), product.api("head_jeddah"), product.api("editor")
    found: dict[str, Any] = {
        "draft": make_post(title="Gempa", themes=["pelindungan-krisis"], purpose="", scheduled_local=None),
        "complete": make_post(title="Sudah lengkap"),
        "in_review": make_post("in_review", title="خدمات جديدة", language="ar"),
        "approved": make_post("approved", title="Paspor sehari jadi " * 6),
    }
    tokyo = product.api("drafter_tokyo").post("posts/", **complete("kbri-tokyo", "Asia/Tokyo"))
    found["signoff"] = product.api("drafter_tokyo").post(f"posts/{tokyo['id']}/submit/", version=tokyo["version"])
    found["changes_requested"] = send_back(editor, make_post("in_review", title="Perlu perbaikan"))
    again = send_back(editor, make_post("in_review", title="Sudah diperbaiki"))
    changes = {"version": again["version"], "variants": [{"network": "x", "text": "Paspor: datang sebelum 15.00."}]}
    again = drafter.call("PATCH", f"posts/{again['id']}/", **changes).body
    found["again_in_review"] = drafter.post(f"posts/{again['id']}/submit/", version=again["version"])
    out = make_post("approved", title="Kabar baik")
    channels = [{"network": "x", "url": "https://x.com/kjrijeddah/status/1790000000000000006"}]
    found["published"] = drafter.post(f"posts/{out['id']}/mark_published/", version=out["version"], channels=channels)
    crisis = make_post(title="Banjir di kota", themes=["pelindungan-krisis"])
    why = {"theme": "pelindungan-krisis", "reason": "Banjir besar; WNI perlu nomor hotline."}
    found["urgent"] = head.post(
        f"posts/{crisis['id']}/publish_urgent/", version=crisis["version"], channels=channels, **why
    )
    hold = product.api("admin").post("holds/", scope="mission", code="kbri-beirut", reason="Menunggu arahan.")
    mails = wait_for(lambda: [mail for mail in product.mails("editor") if mail["List-Unsubscribe"]], "a mail", 45)
    stop = re.search(r"/unsubscribe/([^/>]+)/", mails[0]["List-Unsubscribe"])
    assert stop
    person = product.api("drafter_tokyo").get("me/")
    mine = Signer(key=product.environment["SECRET_KEY"], salt="calendar_app.acknowledgements", sep=".")
    asked = f"{found['approved']['id']}-{found['approved']['schedule_version']}-{drafter.get('me/')['id']}-email"
    more = {"acknowledge": mine.sign(asked)} | {"hold": hold["id"], "person": person["id"], "unsubscribe": stop[1]}
    return {name: post["id"] for name, post in found.items()} | more


def complete(mission: str, zone: str) -> dict[str, Any]:
    return {
        "mission": mission,
        "title": "Kopi Gayo",
        "purpose": "Pelaku usaha tahu cara memesan.",
        "audience": "pelaku-usaha",
        "language": "id",
        "themes": ["ekonomi-produk"],
        "scheduled_local": soon(zone),
        "variants": [{"network": "x", "text": "Kopi Gayo kini bisa dipesan."}],
    }


def send_back(editor: Any, post: dict[str, Any]) -> dict[str, Any]:
    back: dict[str, Any] = editor.post(
        f"posts/{post['id']}/request_changes/", version=post["version"], comment="Sebut jamnya."
    )
    return back


@pytest.mark.parametrize("name", PAGES)
def test_page(name: str, visit: Visit, samples: dict[str, Any]) -> None:
    key, sample = PAGES[name]
    page = visit(key)
    look_at(page, address(page, name, samples, sample))


@pytest.mark.parametrize("path", MORE)
def test_other_face(path: str, visit: Visit, samples: dict[str, Any]) -> None:
    page = visit(MORE[path][0], expected="status of 40[34]")
    look_at(page, path.format(**samples))


@pytest.mark.parametrize("key", sorted({str(key) for key, _sample in PAGES.values()}))
def test_in_english(key: str, visit: Visit, samples: dict[str, Any]) -> None:
    """All pages of one person once more: other words are longer, and could be missing."""
    person = None if key == "None" else key
    page = visit(person, phone=True)
    faults: list[str] = []
    speak(page, "en")
    try:
        for name, (whose, sample) in PAGES.items():
            if whose != person:
                continue
            page.goto(address(page, name, samples, sample))
            unfold(page)
            spoken = page.evaluate("document.documentElement.lang")
            found = broken(page, "in English", BY_WORDS) + sideways(page)
            faults += [f"{name}: {fault}" for fault in [*found, *([] if spoken == "en" else ["not in English"])]]
    finally:
        speak(page, "id")
    assert not faults, "\n".join(faults)


def speak(page: Page, language: str) -> None:
    page.goto("/accounts/password/reset/")
    token = page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value") or ""
    body = {"csrfmiddlewaretoken": token, "language": language, "next": "/healthz"}
    assert page.request.post("/language/", form=body).ok


def test_every_page_says_what_it_is(visit: Visit, samples: dict[str, Any]) -> None:
    """One title and one h1 of its own, headings in order, one main part, and a way past the frame."""
    pages = {key: visit(key) for key in {key for key, _sample in PAGES.values()}}
    titles: dict[str, str] = {}
    faults = []
    for name, (key, sample) in PAGES.items():
        html = pages[key].request.get(address(pages[key], name, samples, sample)).text()
        title = (re.findall(r"<title>(.*?)</title>", html, re.DOTALL) or [""])[0].strip()
        levels = [
            int(level)
            for level in re.findall(
                r"<h([1-6])\b", re.sub(r"<dialog.*?</dialog>|<template.*?</template>", "", html, flags=re.DOTALL)
            )
        ]
        if not title.endswith(" · Selaras") or len(title) < 14:
            faults.append(f"{name}: the title says {title!r}")
        if other := titles.get(title):
            faults.append(f"{name}: has the title of {other}, {title!r}")
        titles[title] = name
        if levels.count(1) != 1:
            faults.append(f"{name}: {levels.count(1)} headings of level 1")
        if any(below > above + 1 for above, below in pairwise(levels)):
            faults.append(f"{name}: a level is left out, {levels}")
        if html.count("<main") != 1 or (key and html.index('class="skip"') > html.index("<header")):
            faults.append(f"{name}: no way to the main part")
    assert not faults, "\n".join(faults)


def address(page: Page, name: str, samples: dict[str, Any], sample: str) -> str:
    if name == "mail_message":
        page.goto("/mail/")
        return str(page.locator("main table a").first.get_attribute("href"))
    if name in ("webhook", "webhook_edit"):
        return reverse(name, kwargs={"pk": webhook(page)})
    others: dict[str, dict[str, Any]] = {
        "theme": {"code": "pelindungan-layanan"},
        "mission": {"code": "kjri-jeddah"},
        "hold_lift": {"pk": samples["hold"]},
        "account_reset_password_from_key": {"uidb36": "1", "key": "sudah-tidak-berlaku"},
    }
    return reverse(name, kwargs=others.get(name) or ({"pk": samples[sample]} if sample else {}))


def webhook(page: Page) -> int:
    """The number of a chat bridge, made when there is none."""
    page.goto("/webhooks/")
    links = page.locator("main h2 a")
    if not links.count():
        page.goto("/webhooks/new/")
        token = page.locator("main [name=csrfmiddlewaretoken]").first.get_attribute("value") or ""
        form = {"name": "Ruang tim", "url": "https://chat.example.com/hooks/1", "mission": "pusat"}
        form |= {"kinds": "held", "language": "id"}
        assert page.request.post("/webhooks/new/", form=form | {"csrfmiddlewaretoken": token, "confirmed": "1"}).ok
        page.goto("/webhooks/")
    return int(str(links.first.get_attribute("href")).split("/")[-2])


def look_at(page: Page, path: str) -> None:
    page.goto(path)
    faults = broken(page, "at a desk")
    for mode, media in MODES.items():
        page.emulate_media(**media)
        faults += broken(page, mode, BY_COLOUR)
    page.emulate_media(color_scheme="light", forced_colors="none")
    page.set_viewport_size(PHONE)
    unfold(page)
    faults += broken(page, "on a phone, all unfolded")
    faults += sideways(page)
    assert not faults, f"{path}\n" + "\n".join(faults)


MODES: dict[str, dict[str, Any]] = {
    "in the dark": {"color_scheme": "dark"},
    "in forced colours": {"color_scheme": "light", "forced_colors": "active"},
}


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details:not(.api-call)').forEach((e) => (e.open = true))")


def sideways(page: Page) -> list[str]:
    """Where the page is wider than its screen."""
    faults = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 450 if width == 720 else PHONE["height"]})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            faults.append(f"{wide} px wide on a screen of {width}: {page.evaluate(WIDEST)}")
    page.set_viewport_size(PHONE)
    return faults


# The elements that stick out to the right, for whoever reads the failure.
WIDEST = """() => [...document.querySelectorAll("body *")]
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
  .slice(0, 4).map((e) => `${e.tagName}.${e.className.baseVal ?? e.className}`).join(", ")"""


def broken(page: Page, where: str, options: dict[str, Any] | None = None) -> list[str]:
    """What axe finds, each with the first elements it found it at."""
    found = Axe().run(page, options=options or {"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{where}: {fault['id']} ({fault['help']}): "
        + "; ".join(f"{node['target'][0]} {_why(node)}" for node in fault["nodes"][:4])
        for fault in found
    ]


def _why(node: dict[str, Any]) -> str:
    return str(node["any"][0]["message"])[:160] if node.get("any") else ""
