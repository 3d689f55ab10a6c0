"""What people write, in every script and at full length, breaks no page: nothing scrolls, no control is covered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Make, Visit, soon
from tests.browser.test_axe import sideways, unfold
from tests.product import Product

LONG = "mempertanggungjawabkannya"
# Title and text, by the language they are in.
WRITTEN = {
    "ar": (
        "تفتح السفارة أبوابها للجميع: " * 6,
        "دعوة عامة إلى أمسية الثقافة الإندونيسية https://example.go.id/undangan\n" * 3,
    ),
    "ja": (
        "大使館の領事窓口は来週から開館時間が変わりますのでご注意ください" * 5,
        "新しい受付時間は午前九時から午後四時までです。" * 5,
    ),
    "hi": ("दूतावास की नई वीज़ा सेवा अब ऑनलाइन उपलब्ध है और सभी के लिए खुली है " * 2, "आवेदन करने के लिए यह लिंक खोलें। " * 4),
    "th": ("สถานทูตเปิดให้บริการหนังสือเดินทางวันเสาร์" * 3, "ประชาชนสามารถจองคิวล่วงหน้าได้ที่เว็บไซต์" * 3),
    "id": (f"{LONG} " * 7, "x" * 200),
    "en": ("W" * 200, f"👩‍👩‍👧‍👦🇮🇩🎉 {'👍🏽' * 30} {LONG * 3}"),
}
LONGEST_TITLE = 200

Samples = dict[str, Any]


@pytest.fixture(scope="module")
def posts(product: Product, make_post: Make) -> Samples:
    """A post in each script, in review; one of them approved, and one sent back with words as long."""
    editor = product.api("editor")
    made: Samples = {}
    for minutes, (language, (title, text)) in enumerate(WRITTEN.items()):
        made[language] = make_post(
            "approved" if language in ("id", "ar") else "in_review",
            title=title[:LONGEST_TITLE].strip(),
            purpose=text[:280].strip(),
            language=language,
            scheduled_local=soon("Asia/Riyadh", 24 * 60 + minutes),
            variants=[{"network": network, "text": text[:300]} for network in ("facebook", "telegram")],
        )["id"]
    back = make_post("in_review", title="W" * LONGEST_TITLE, purpose=LONG * 8)
    comment = f"{'x' * 200}\n{WRITTEN['ar'][1]}"
    editor.post(f"posts/{back['id']}/request_changes/", version=back["version"], comment=comment)
    return made | {"back": back["id"]}


# Who looks, at what. `{ar}` stands for the number of the Arabic post.
WALK = {
    "drafter_jeddah": (
        "/",
        "/calendar/?view=week&mission=kjri-jeddah",
        "/calendar/?view=month&mission=kjri-jeddah",
        "/posts/",
        "/posts/{ar}/",
        "/posts/{back}/",
        "/posts/{back}/edit/",
        "/posts/{ar}/publish/",
        "/posts/{id}/publish/",
        "/posts/{id}/move/",
        "/notifications/",
    ),
    "editor": (
        "/",
        "/calendar/?view=list",
        "/calendar/?view=list&mission=kjri-jeddah",
        "/review/",
        "/review/{ja}/",
        "/review/{hi}/",
        "/review/{th}/",
        "/review/{en}/",
        "/posts/{id}/",
    ),
    "manager": ("/", "/calendar/?view=month", "/missions/kjri-jeddah/"),
}

# Controls that cannot be pressed because something else lies on them, or that stick out of the screen.
COVERED = """() => {
  const controls = "main :is(a[href], button, input, select, textarea, summary)";
  const faults = [];
  // what lies in a strip that is pushed sideways is reached by pushing it
  const inStrip = (e) => e && (/auto|scroll/.test(getComputedStyle(e).overflowX) || inStrip(e.parentElement));
  for (const e of document.querySelectorAll(controls)) {
    const box = e.getBoundingClientRect();
    const shown = e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    if (!shown || box.width < 2 || box.height < 2 || e.closest(".vh") || inStrip(e.parentElement)) continue;
    const name = e.outerHTML.slice(0, 120);
    if (box.right > innerWidth + 1 || box.left < -1) faults.push(`sticks out: ${name}`);
    e.scrollIntoView({ block: "center" });
    const line = e.getClientRects()[0];
    const there = document.elementFromPoint(line.left + line.width / 2, line.top + line.height / 2);
    const label = there?.closest("label");
    if (!there || e.contains(there) || there.contains(e) || label?.control === e || label?.contains(e)) continue;
    faults.push(`covered by ${there.outerHTML.slice(0, 80)}: ${name}`);
  }
  return faults;
}"""


@pytest.mark.parametrize("key", WALK)
def test_nothing_breaks(key: str, visit: Visit, posts: Samples) -> None:
    page = visit(key, phone=True)
    faults = []
    for path in WALK[key]:
        page.goto(path.format(**posts))
        found = page.evaluate(COVERED)
        unfold(page)
        faults += [f"{path}: {fault}" for fault in [*found, *sideways(page)]]
    assert not faults, "\n".join(faults)
