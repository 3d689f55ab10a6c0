"""How many posts there are, drawn: shapes with numbers, the theme bar of six places, and both in words.

A page has a thousand cells and few different ones, so each drawing is made once and kept.
"""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from calendar_app.models import Status
from calendar_app.queries.items import Item
from calendar_app.queries.tallies import LETTERS, LOOKS, Tally

register = template.Library()

# Width of a cell in figures: a shape takes as much as two.
ROOM = 13
LATE = ("missed", "due")
Pairs = tuple[tuple[str, int], ...]


@register.filter
def marks(tally: Tally) -> SafeString:
    """Shapes with their numbers, as many as fit; "+" stands for the rest, which the words tell."""
    return _marks(_looks(tally))


@lru_cache(maxsize=4096)
def _marks(looks: Pairs) -> SafeString:
    # what is late must be seen: it is placed before anything is left out
    chosen, room = set(), ROOM
    for look, number in sorted(looks, key=lambda pair: pair[0] not in LATE):
        room -= 2 + len(str(number))
        if room < 0:
            break
        chosen.add(look)
    drawn = format_html_join(
        "",
        '<span class="s{}"><svg class="st st-sm" aria-hidden="true"><use href="#st-{}"/></svg>{}</span>',
        (
            (" is-missed" if look in LATE else "", "approved" if look == "due" else look, number)
            for look, number in looks
            if look in chosen
        ),
    )
    return format_html('<span class="ss">{}{}</span>', drawn, "" if len(chosen) == len(looks) else "+")


def drawing(tally: Tally) -> SafeString | str:
    """All that stands in a cell: the number (phones), the shapes, the bar; nothing where there is nothing."""
    return _drawing(tally.total, _looks(tally), _heights(tally)) if tally.total else ""


@lru_cache(maxsize=4096)
def _drawing(total: int, looks: Pairs, heights: Pairs) -> SafeString:
    return format_html('<b class="cell-n">{}</b>{}{}', total, _marks(looks), _bar(heights))


def _looks(tally: Tally) -> Pairs:
    return tuple((look, tally.looks[look]) for look in LOOKS if look in tally.looks)


def _heights(tally: Tally) -> Pairs:
    return tuple((letter, min(tally.themes[letter], 3)) for letter in LETTERS if letter in tally.themes)


@register.filter
def bar(tally: Tally) -> SafeString:
    """The theme bar of a cell: heights are 1, 2, and 3 or more."""
    return _bar(_heights(tally))


@register.filter
def bar_of_many(tally: Tally) -> SafeString:
    """The theme bar of a total: heights are thirds of the largest theme."""
    largest = max((tally.themes.get(letter, 0) for letter in LETTERS), default=0)
    return _bar(
        tuple((letter, -(-3 * tally.themes[letter] // largest)) for letter in LETTERS if letter in tally.themes)
    )


@lru_cache(maxsize=4096)
def _bar(heights: Pairs) -> SafeString:
    return format_html('<span class="tb{}"></span>', "".join(f" {letter.lower()}{n}" for letter, n in heights))


@register.filter
def in_words(tally: Tally) -> str:
    """ "5 unggahan: 4 tayang, 1 terlewat"."""
    return _words(tally.total, _looks(tally), get_language() or "")


@lru_cache(maxsize=4096)
def _words(total: int, looks: Pairs, language: str) -> str:
    if not total:
        return _("kosong")
    parts = ", ".join(f"{number} {look_name(look).lower()}" for look, number in looks)
    return f"{posts(total)}: {parts}"


@register.filter
def posts(number: int) -> str:
    """ "5 unggahan"."""
    return ngettext("%(n)d unggahan", "%(n)d unggahan", number) % {"n": number}


@register.filter
def look_name(look: str) -> str:
    """The word for how a post is drawn."""
    names = {"waiting": _("Menunggu"), "due": _("Saatnya tayang"), "held": _("Ditahan"), "stopped": _("Dihentikan")}
    if look in names:
        return names[look]
    return str(Status({"changes": "changes_requested"}.get(look, look)).label)


@register.filter
def state_name(item: Item) -> str:
    """The word for a post's state: what is derived, else its status."""
    return look_name(item.look) if item.look in ("due", "held") else str(Status(item.status).label)


@register.filter
def shape(look: str) -> SafeString:
    """The shape of a look, large."""
    return format_html(
        '<svg class="st" aria-hidden="true"><use href="#st-{}"/></svg>', "approved" if look == "due" else look
    )
