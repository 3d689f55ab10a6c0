"""Every word the product says is marked, has its English, and stays Indonesian in Indonesian.

The source is read as makemessages reads it, but without gettext's programs: a machine that only runs the product has
none.
"""

import ast
import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from django.template.base import Lexer, TokenType
from django.utils import translation
from django.utils.translation.template import templatize
from rest_framework import exceptions, serializers

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [
    path
    for folder in ("audit", "missions", "calendar_app", "config")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "migrations" not in path.parts
]
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt"))
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))

# How to renew the catalogue, for whoever sees these tests fail.
RENEW = (
    "manage.py makemessages -l en --no-location --no-wrap --no-obsolete -i .venv -i tests, translate what is empty in "
    "locale/en/LC_MESSAGES/django.po, manage.py compilemessages -l en"
)


# Catalogues ----------------------------------------------------------------------------

Key = tuple[str, str]  # context, msgid


@dataclass
class Entry:
    """One message of a catalogue."""

    fields: dict[str, str] = field(default_factory=dict)
    is_fuzzy: bool = False

    @property
    def key(self) -> Key:
        return self.fields.get("msgctxt", ""), self.fields["msgid"]

    @property
    def plural(self) -> str | None:
        return self.fields.get("msgid_plural")

    @property
    def texts(self) -> list[str]:
        return [text for name, text in self.fields.items() if name.startswith("msgstr")]


def read(language: str) -> list[Entry]:
    """The messages of a catalogue, its header left out."""
    entries, entry, name = [], Entry(), ""
    for line in [*folder(language).joinpath("django.po").read_text("utf-8").splitlines(), ""]:
        if not line:
            entries.append(entry)
            entry = Entry()
        elif line.startswith("#"):
            entry.is_fuzzy |= line.startswith("#,") and "fuzzy" in line
        else:
            if not line.startswith('"'):
                name, line = line.split(" ", 1)
                entry.fields[name] = ""
            entry.fields[name] += ast.literal_eval(line)
    return [entry for entry in entries if entry.fields.get("msgid")]


def folder(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES"


# The source ----------------------------------------------------------------------------

# gettext's functions and which of their arguments are context, message and plural
ARGUMENTS = {
    "gettext": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
    "npgettext": (0, 1, 2),
}
LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
CALL = re.compile(rf"\b(_|gettext|ngettext|pgettext|npgettext)\(({LITERAL}(?:, {LITERAL})*)(?:, ?count)?\)")


@dataclass(frozen=True)
class Message:
    """A message somewhere in the source."""

    key: Key
    plural: str | None
    place: str


@cache
def messages() -> list[Message]:
    return list(collect())


def collect() -> Iterator[Message]:
    for path in SOURCES:
        for call in calls(ast.parse(path.read_text("utf-8"))):
            place = f"{path.relative_to(ROOT)}:{call.lineno}"
            texts = [arg.value if isinstance(arg, ast.Constant) else None for arg in call.args]
            assert isinstance(texts[0], str), f"{place}: only what is written out can be collected"
            yield message(function(call), texts, place)
    for path in TEMPLATES:
        for name, arguments in CALL.findall(templatize(path.read_text("utf-8"))):
            texts = [ast.literal_eval(text) for text in re.findall(LITERAL, arguments)]
            yield message("gettext" if name == "_" else name, texts, str(path.relative_to(ROOT)))


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and function(node) in ARGUMENTS:
            yield node


def function(call: ast.Call) -> str:
    """The name of what is called, `_` and the lazy ones under their plain name."""
    target = call.func
    name = target.id if isinstance(target, ast.Name) else target.attr if isinstance(target, ast.Attribute) else ""
    return "gettext" if name == "_" else name.removesuffix("_lazy")


def message(name: str, texts: list[str], place: str) -> Message:
    context, single, plural = ARGUMENTS[name]
    key = ("" if context is None else texts[context], texts[single])
    return Message(key, None if plural is None else texts[plural], place)


# Tests of the English ------------------------------------------------------------------


def test_every_message_of_the_source_is_in_the_catalogue() -> None:
    known = {entry.key: entry.plural for entry in read("en")}
    missing = [f"{m.place}: {m.key[1]!r}" for m in messages() if known.get(m.key, m) != m.plural]

    assert not missing, f"{RENEW}\n" + "\n".join(missing)


def test_the_catalogue_has_no_message_that_the_source_no_longer_has() -> None:
    used = {m.key for m in messages()}

    assert [entry.key for entry in read("en") if entry.key not in used] == [], RENEW


def test_no_message_is_used_with_and_without_a_plural() -> None:
    # gettext makes one entry of both, and the use without a plural then finds nothing
    with_plural = {m.key for m in messages() if m.plural is not None}

    assert [m for m in messages() if m.plural is None and m.key in with_plural] == []


@pytest.mark.parametrize("language", ["en", "id"])
def test_every_message_is_translated_once(language: str) -> None:
    entries = read(language)

    assert [entry.key for entry in entries if entry.is_fuzzy or not all(entry.texts)] == []
    assert len({entry.key for entry in entries}) == len(entries)


@pytest.mark.parametrize("language", ["en", "id"])
def test_translations_keep_placeholders_tags_and_edges(language: str) -> None:
    def parts(text: str) -> tuple[list[str], list[str], str, str]:
        holes = re.findall(r"%\(\w+\)[sd]|%[sd]|\{\w+(?::\w)?\}", text)
        stripped = text.strip()
        return sorted(holes), sorted(re.findall(r"<[^>]+>|`[^`]+`", text)), *text.split(stripped, 1)

    different = [
        (entry.key, text) for entry in read(language) for text in entry.texts if parts(text) != parts(entry.key[1])
    ]

    assert different == []


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_compiled_catalogue_is_current(language: str) -> None:
    with folder(language).joinpath("django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    expected: dict[object, str] = {}
    for entry in read(language):
        name = "\x04".join(part for part in entry.key if part)
        for number, text in enumerate(entry.texts):
            expected[name if entry.plural is None else (name, number)] = text

    assert {key: text for key, text in compiled.items() if key} == expected, "manage.py compilemessages"


# Tests of the Indonesian ---------------------------------------------------------------


def test_no_one_translates_our_indonesian() -> None:
    """Django knows "Thai" and "Kazakh" as English names of languages, and has an Indonesian for them."""
    with translation.override("id"):
        said = {entry.key: translation.pgettext(*entry.key) if entry.key[0] else translation.gettext(entry.key[1])
                for entry in read("en") if entry.plural is None}  # fmt: skip

    assert {key: text for key, text in said.items() if text != key[1]} == {}


def foreign() -> Iterator[object]:
    """What allauth and Django REST framework may tell people here."""
    yield from DefaultAccountAdapter.error_messages.values()
    for problem in vars(exceptions).values():
        if isinstance(problem, type) and issubclass(problem, exceptions.APIException):
            yield problem.default_detail
    shapes: list[type[serializers.Field]] = [  # type: ignore[type-arg]
        serializers.Serializer, serializers.ListSerializer, serializers.ListField, serializers.DictField,
        serializers.CharField, serializers.ChoiceField, serializers.SlugField, serializers.BooleanField,
        serializers.IntegerField, serializers.DateTimeField, serializers.URLField,
    ]  # fmt: skip
    for shape in shapes:
        for base in shape.__mro__:
            yield from getattr(base, "default_error_messages", {}).values()


def test_third_parties_speak_indonesian() -> None:
    with translation.override("en"):
        english = {str(text) for text in foreign()}
    with translation.override("id"):
        same = {str(text) for text in foreign()} & english

    assert same == set()


# Tests that words are marked -----------------------------------------------------------

# Names, and what programs say to programs: the same in both languages.
NAMES = {
    "API", "Authorization", "Bearer", "Ctrl", "Enter", "Esc", "HTTP", "Instagram", "Message", "OpenAPI", "Selaras",
    "UTC", "WIB", "https", "sel",
}  # fmt: skip
# Words that no English text, identifier or path has: a literal with one of them is said to people.
INDONESIAN = re.compile(
    r"\b(ada|adalah|akan|Anda|atau|belum|bukan|dalam|dan|dapat|dari|dengan|diisi|harus|hari|ini|itu|jangan|karena|"
    r"kata|kembali|lagi|lewat|masih|naskah|oleh|pada|paling|penahanan|perwakilan|pilih|satu|sedang|semua|sudah|surel|"
    r"tanpa|tayang|tema|terlalu|tidak|tinjauan|tulis|unggahan|untuk|waktu|yang)\b",
    re.IGNORECASE,
)
# What is Indonesian whoever reads it: posts made up for the demo; the title of the API, in both languages.
IN_ONE_LANGUAGE = ("calendar_app/services/demo", "calendar_app/management/commands/load_demo.py", "config/settings.py")
# Blocks of base.html that are filled with attributes and classes.
CODE_BLOCKS = ("block body_attrs", "block main_class")
# Attributes that are always read by people, and those that only sometimes are.
SPOKEN = re.compile(r'\b(?:alt|aria-label|aria-description|aria-roledescription|placeholder|title)="([^"]*)"')
ATTRIBUTES = re.compile(r'\b(?:content|value|data-[\w-]*)="([^"]*)"')


def test_words_in_templates_are_marked() -> None:
    found = {str(path.relative_to(ROOT)): words(path.read_text("utf-8")) - NAMES for path in TEMPLATES}

    assert {path: sorted(bare) for path, bare in found.items() if bare} == {}


def words(source: str) -> set[str]:
    """The words of a template that people read and no translate tag holds."""
    said, skip = "", ""
    for token in Lexer(source).tokenize():
        name = token.contents.split(" ", 1)[0] if token.token_type == TokenType.BLOCK else ""
        if skip:
            skip = "" if name == skip else skip
        elif name in ("blocktranslate", "comment"):
            skip = f"end{name}"
        elif token.contents in CODE_BLOCKS:
            skip = "endblock"
        elif token.token_type == TokenType.TEXT:
            said += token.contents
        elif token.token_type == TokenType.VAR:
            said += "{}"
    said = re.sub(r"<(style|script|code)\b.*?</\1>", "", said, flags=re.DOTALL)
    read_aloud = " ".join(text for text in ATTRIBUTES.findall(said) if INDONESIAN.search(text))
    read_aloud += " " + " ".join(SPOKEN.findall(said))
    return set(re.findall(r"[^\W\d_]{3,}", re.sub(r"<[^>]*>|&\w+;", " ", said) + read_aloud))


def test_words_in_python_are_marked() -> None:
    found = {}
    for path in SOURCES:
        tree = ast.parse(path.read_text("utf-8"))
        marked = {id(part) for call in calls(tree) for part in ast.walk(call)}
        # a string that stands alone is a docstring
        alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in marked | alone and is_said(node.value):
                found[f"{path.relative_to(ROOT)}:{node.lineno}"] = node.value

    assert {place: text for place, text in found.items() if not place.startswith(IN_ONE_LANGUAGE)} == {}


def test_scripts_have_no_words_of_their_own() -> None:
    """They show what the template put in a `data-` attribute or a `<template>`."""
    found = {}
    for path in SCRIPTS:
        code = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)
        texts = re.findall(r"""(["'`])(.*?)\1""", code, flags=re.DOTALL)
        found[path.name] = [text for _quote, text in texts if is_said(text)]

    assert {name: texts for name, texts in found.items() if texts} == {}


def is_said(text: object) -> bool:
    return isinstance(text, str) and " " in text and INDONESIAN.search(text) is not None
