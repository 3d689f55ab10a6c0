"""Where a page of a list begins: behind the row whose sort keys the address names (DESIGN §10).

Pages write the keys into the address as they are, so what comes back may be anything; the API signs them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q

MOST = 2**63 - 1

Value = datetime | int | None


def written(*values: Value) -> str:
    """The keys of a row, for the address. Times are written in UTC."""
    return "~".join(_text(value) for value in values)


def _text(value: Value) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return "" if value is None else str(value)


def read(text: str, *kinds: str) -> list[Any] | None:
    """The values of a cursor, each of a kind: "time", "time?" (or None), "number" (from zero). None for a text that
    `written()` has not made; a page then begins at the beginning."""
    parts = text.split("~")
    if len(parts) != len(kinds):
        return None
    try:
        return [_value(part, kind) for part, kind in zip(parts, kinds, strict=True)]
    except (ValueError, OverflowError):
        return None


def _value(text: str, kind: str) -> Value:
    if kind == "number":
        number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(MOST)) else -1
        if not 0 <= number <= MOST:
            raise ValueError(text)
        return number
    if not text and kind == "time?":
        return None
    # a plus that the address turned into a space is understood
    moment = datetime.fromisoformat(text.replace(" ", "+"))
    if moment.tzinfo is None:
        raise ValueError(text)
    # in UTC, where an instant beyond the first or last year that there is shows itself
    return moment.astimezone(UTC)


def behind(keys: Sequence[str], values: Sequence[Any], *, nullable: Collection[str] = ()) -> Q:
    """Rows after the one with these values: (a, b) > (x, y), spelled out since a and b may run opposite ways.

    `keys` as in `order_by`, a minus for falling ones. Of the `nullable` ones null is greater than every value.
    """
    condition, same = Q(), Q()
    for key, value in zip(keys, values, strict=True):
        name = key.removeprefix("-")
        if (after := _after(name, value, key.startswith("-"), name in nullable)) is not None:
            condition |= same & after
        same &= Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
    return condition


def _after(name: str, value: Any, falls: bool, nullable: bool) -> Q | None:
    """What lies behind one value by its own key; None for nothing."""
    null = Q(**{f"{name}__isnull": True})
    if value is None:
        return ~null if falls else None
    beyond = Q(**{f"{name}__{'lt' if falls else 'gt'}": value})
    return beyond | null if nullable and not falls else beyond


def turned(keys: Sequence[str]) -> list[str]:
    """The same sort backwards."""
    return [key[1:] if key.startswith("-") else f"-{key}" for key in keys]
