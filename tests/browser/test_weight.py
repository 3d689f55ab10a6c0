"""What a visit costs on a thin line, measured as a browser asks for it: compressed, with everything."""

from __future__ import annotations

import gzip
import re
import urllib.parse
import urllib.request
from dataclasses import dataclass

from tests.browser.conftest import Make, Visit
from tests.product import Product

FIRST_VISIT = 100 * 1024
# HTML alone, of pages with little on them; DESIGN §11 has the budgets of full weeks.
PAGE = 20 * 1024

MAIN = {
    "drafter_jeddah": (
        "/",
        "/calendar/?view=week&mission=kjri-jeddah",
        "/posts/",
        "/posts/new/",
        "/posts/{approved}/",
        "/posts/{approved}/publish/",
        "/notifications/",
        "/profile/",
        "/themes/",
        "/holds/",
    ),
    "editor": ("/", "/review/", "/review/{in_review}/", "/calendar/?view=month", "/calendar/?view=list"),
    "manager": ("/", "/calendar/?view=network", "/missions/", "/missions/kjri-jeddah/"),
}


@dataclass
class Answer:
    """What came over the line."""

    size: int
    headers: dict[str, str]
    text: str


def ask(product: Product, path: str, key: str = "") -> Answer:
    """As a browser asks; the size is that of the compressed body."""
    headers = {"Accept-Encoding": "gzip, deflate, br, zstd"}
    if key:
        headers["Cookie"] = f"sessionid={product.people[key].session}"
    request = urllib.request.Request(product.address + path, headers=headers)  # noqa: S310 - our own address
    with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
        body, given = response.read(), {name.lower(): value for name, value in response.headers.items()}
    plain = gzip.decompress(body) if given.get("content-encoding") == "gzip" else body
    return Answer(len(body), given, plain.decode(errors="replace"))


def files_of(product: Product, html: str) -> set[str]:
    """Addresses of everything the page loads, and what that loads in turn."""
    found = set(re.findall(r'<(?:link|script|img)\b[^>]*?\b(?:href|src)="([^"]+)"', html))
    for script in [path for path in found if path.endswith(".js")]:
        imports = re.findall(r'(?:from|import)\s*"(\./[^"]+)"', ask(product, script).text)
        found |= {urllib.parse.urljoin(script, path) for path in imports}
    return found


def test_first_visit(product: Product) -> None:
    """Sign-in, then Today: both pages and all that they load."""
    entrance, today = ask(product, "/accounts/login/"), ask(product, "/", "drafter_jeddah")
    files = files_of(product, entrance.text) | files_of(product, today.text)
    sizes = {path: ask(product, path).size for path in files}
    whole = entrance.size + today.size + sum(sizes.values())
    print(f"first visit {whole} bytes: {entrance.size} + {today.size} HTML, {len(files)} files")  # noqa: T201

    assert all(path.startswith("/static/") for path in files)
    assert whole <= FIRST_VISIT, dict(sorted(sizes.items(), key=lambda pair: -pair[1]))


def test_files_are_kept_for_ever(product: Product) -> None:
    for path in files_of(product, ask(product, "/", "drafter_jeddah").text):
        headers = ask(product, path).headers
        assert "immutable" in headers["cache-control"], path
        assert headers.get("content-encoding") == "gzip" or int(headers["content-length"]) < 600, path


def test_pages_are_compressed_and_light(product: Product, make_post: Make) -> None:
    posts = {status: make_post(status)["id"] for status in ("approved", "in_review")}
    for key, paths in MAIN.items():
        for path in paths:
            answer = ask(product, path.format(**posts), key)
            print(f"{answer.size:6} {path}")  # noqa: T201
            assert answer.headers["content-encoding"] == "gzip", path
            # each answer is of another length, so that its size tells nothing about what it holds (BREACH)
            assert path == "/calendar/?view=network" or answer.size <= PAGE, path
            assert "no-store" in answer.headers["cache-control"], path


def test_compression_tells_nothing(product: Product) -> None:
    """BREACH guesses a secret from the size of answers: the same page comes in many sizes."""
    assert len({ask(product, "/profile/", "drafter_jeddah").size for _time in range(12)}) > 3


def test_later_pages_bring_only_their_html_and_stand_still(visit: Visit, make_post: Make) -> None:
    posts = {status: make_post(status)["id"] for status in ("approved", "in_review")}
    faults = []
    for key, paths in MAIN.items():
        page = visit(key)
        page.goto("/")
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        for path in paths:
            page.goto(path.format(**posts), wait_until="networkidle")
            # what the browser has in its own memory is not asked for again
            loaded = page.evaluate(
                """() => performance.getEntriesByType("resource")
                  .filter((e) => e.transferSize > 0).map((e) => new URL(e.name).pathname)"""
            )
            faults += [f"{path} loads {name}" for name in loaded if name.startswith("/static/")]
            moved = page.evaluate(
                """() => new Promise((done) => {
                  let sum = 0;
                  const add = (list) => { for (const e of list.getEntries()) sum += e.value; };
                  new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
                  setTimeout(() => done(sum), 200);
                })"""
            )
            if moved >= 0.02:
                faults.append(f"{path}: moves by {moved:.3f} after it is drawn")
        faults += [
            f"{key} asks {url}" for url in asked if not url.startswith(page.url.split("/", 3)[0] + "//127.0.0.1")
        ]
    assert not faults, "\n".join(faults)
