"""One system of style sheets: every rule is used, every class has a rule, and colours stand in one place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
# Mails bring their own styles, and Django's admin dresses its own classes.
TEMPLATES = [
    path
    for path in sorted((ROOT / "templates").rglob("*.html"))
    if "admin" not in path.parts and not re.search(r'<style|extends "[\w/]*/letter.html"', path.read_text("utf-8"))
]
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
MARKUP = [*sorted((ROOT / "calendar_app" / "templatetags").glob("*.py"))]
MARKUP += [
    *sorted((ROOT / "calendar_app" / "views").glob("*.py")),
    *sorted((ROOT / "calendar_app" / "forms").glob("*.py")),
]

# Tokens; and Django's admin, whose own classes admin.css dresses.
TOKENS, OF_ADMIN = "variables.css", "admin.css"
CLASS = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")
# A colour written out, in digits or by name.
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(|[:\s](?:white|black|red|grey|gray)\b(?!-)")
# Places of the theme bar (letter and height), and shapes' words: calendar_marks.py puts them together.
PUT_TOGETHER = re.compile(r"[epkgdl][123]")
# In class="…", but no rule is meant: what only scripts or tests look for.
HOOKS: set[str] = set()


@dataclass(frozen=True)
class Rule:
    sheet: str
    selector: str
    body: str


@cache
def rules() -> list[Rule]:
    return [rule for path in SHEETS for rule in read(path)]


def read(path: Path) -> Iterator[Rule]:
    """The rules of a sheet in their order, those inside @media too."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    for head, body in re.findall(r"([^{};]+){([^{}]*)}", text):
        yield Rule(path.name, " ".join(head.split()), body)


@cache
def selected() -> dict[str, str]:
    """Class → the first rule that selects it."""
    found: dict[str, str] = {}
    for rule in rules():
        if rule.sheet != OF_ADMIN:
            for name in CLASS.findall(re.sub(r"\[[^]]*\]", "", rule.selector)):
                found.setdefault(name, f"{rule.sheet}: {rule.selector}")
    return found


# What pages can hold ---------------------------------------------------------------------

VALUE, CHOICE = "\x00", "\x01"  # stand where a template prints a value, and where it decides


@cache
def in_templates() -> tuple[frozenset[str], frozenset[str]]:
    """Classes as templates write them, and the beginnings of those that something completes ("s-{{ look }}")."""
    whole, begun = set(), set()
    for path in TEMPLATES:
        text = re.sub(r"{#.*?#}", "", path.read_text("utf-8"))
        whole.update(name for names in re.findall(r'\bcss="([^"]*)"', text) for name in names.split())
        text = re.sub(r'{% block main_class %}([^{}"]+){% endblock %}', r'<i class="\1">', text)
        text = re.sub(r"{%.*?%}", CHOICE, re.sub(r"{{.*?}}", VALUE, text))
        for part in " ".join(re.findall(r'\bclass="([^"]*)"', text)).split():
            before = ""
            for name in part.split(CHOICE):
                if VALUE in name or name.endswith("-"):
                    begun.add(name.split(VALUE)[0])
                elif not before.endswith("-"):
                    whole.add(name)
                before = name or before
    return frozenset(whole - {""}), frozenset(begun - {""})


@cache
def in_code() -> frozenset[str]:
    """Every word of every text in scripts and in the Python that writes markup: any of them may become a class."""
    words: set[str] = set()
    for path in MARKUP:
        tree = ast.parse(path.read_text("utf-8"))
        alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
                words.update(re.findall(r"[\w-]+", node.value))
    for path in SCRIPTS:
        for text in re.findall(r"\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`", path.read_text("utf-8")):
            words.update(re.findall(r"[\w-]+", text))
    return frozenset(words)


def may_stand(name: str) -> bool:
    whole, begun = in_templates()
    if name in whole or name in in_code() or PUT_TOGETHER.fullmatch(name):
        return True
    return any(
        name.startswith(start) and (start.endswith("-") or name[len(start) :].isdigit()) for start in begun | PREFIXES
    )


# Made in Python: `th-{letter}`, `ico-{size}`.
PREFIXES = frozenset({"th-", "ico-"})


def test_no_rule_is_used_by_nobody() -> None:
    dead = {name: rule for name, rule in selected().items() if not may_stand(name)}

    assert dead == {}


def test_every_class_has_a_rule() -> None:
    whole, begun = in_templates()
    python = " ".join(path.read_text("utf-8") for path in MARKUP)
    python = " ".join(re.sub(r"{[^}]*}", VALUE, names) for names in re.findall(r'class="([^"\\]*)"', python))
    used = whole | {name for name in python.split() if VALUE not in name}

    assert used - HOOKS - set(selected()) == set()
    for start in begun:
        assert any(name.startswith(start) for name in selected()), f"nothing begins with {start}"


def test_colours_are_written_in_one_place() -> None:
    found = {f"{rule.sheet}: {rule.selector}": COLOUR.findall(rule.body) for rule in rules() if rule.sheet != TOKENS}

    assert {place: colours for place, colours in found.items() if colours} == {}


def test_tokens_are_defined_and_used() -> None:
    text = "".join(rule.body for rule in rules())
    defined, used = set(re.findall(r"(--[\w-]+)\s*:", text)), set(re.findall(r"var\((--[\w-]+)", text))
    used |= set(re.findall(r'"(--[\w-]+)"', "".join(path.read_text("utf-8") for path in SCRIPTS)))
    defined |= set(re.findall(r'setProperty\("(--[\w-]+)"', "".join(path.read_text("utf-8") for path in SCRIPTS)))
    own = {name for rule in rules() if rule.sheet == OF_ADMIN for name in re.findall(r"(--[\w-]+)\s*:", rule.body)}

    assert used - defined == set(), "used, but nowhere defined"
    assert defined - used - own == set(), "defined, but used by nobody"


def test_the_dark_is_the_same_whoever_asks_for_it() -> None:
    dark = [rule.body.split() for rule in rules() if rule.sheet == TOKENS and "color-scheme: dark" in rule.body]

    assert len(dark) == 2  # the device, and the person's own choice
    assert dark[0] == dark[1]


def test_nothing_wins_by_force_without_saying_why() -> None:
    found = []
    for path in SHEETS:
        lines = path.read_text("utf-8").splitlines()
        for number, line in enumerate(lines):
            if "!important" in line and "/*" not in line + lines[number - 1]:
                found.append(f"{path.name}:{number + 1}")

    assert found == []


def test_every_sheet_and_script_is_on_every_page() -> None:
    together = (ROOT / "static/css/all.css").read_text("utf-8")
    scripts = (ROOT / "templates/frame/scripts.html").read_text("utf-8")
    pages = sorted((ROOT / "templates").rglob("*.html"))
    everything = "".join(path.read_text("utf-8") for path in [*pages, *SCRIPTS])

    assert set(re.findall(r'@import "([\w-]+\.css)"', together)) == {path.name for path in SHEETS} - {
        OF_ADMIN,
        "all.css",
    }
    for path in SCRIPTS:
        loaded = f"js/{path.name}" in scripts or re.search(rf"""js/{path.name}"|from "\./{path.name}""", everything)
        assert loaded, f"nobody loads {path.name}"
