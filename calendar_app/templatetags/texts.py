"""What a page must know of a text that people wrote in any script."""

from __future__ import annotations

import unicodedata

from django import template

register = template.Library()


@register.filter
def is_rtl(text: str) -> bool:
    """Does it run from right to left? Its first letter with a direction decides, as `dir="auto"` has it."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False
