"""Lists in pages by key: `{"next", "previous", "results"}`, the links absolute or null.

A page begins behind a row, not at a number: what is added meanwhile neither repeats rows nor hides them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from calendar_app.api.query import whole_number
from calendar_app.queries import cursors

PAGE_SIZE, MOST = 50, 100

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Page(Generic[M]):
    rows: list[M]
    next: str | None
    previous: str | None

    def answer(self, results: Sequence[Any]) -> dict[str, Any]:
        """The body, with the rows as they were serialised."""
        return {"next": self.next, "previous": self.previous, "results": results}


def paginate(request: Request, rows: QuerySet[M], *order: str) -> Page[M]:
    """The page that `cursor` and `page_size` of the address ask for.

    `order`: the keys of the sort, never null and together unique, a minus for falling ones. Raises ValidationError.
    """
    size = whole_number(request, "page_size", least=1, most=MOST) or PAGE_SIZE
    place = _read(request)
    backwards = place is not None and place[0]
    keys = cursors.turned(order) if backwards else list(order)
    if place is not None:
        rows = rows.filter(cursors.behind(keys, place[1]))
    found = list(rows.order_by(*keys)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([], None, None)
    has_next = backwards or more
    has_previous = more if backwards else place is not None
    return Page(
        found,
        _link(request, False, found[-1], order) if has_next else None,
        _link(request, True, found[0], order) if has_previous else None,
    )


def _salt(request: Request) -> str:
    # A cursor of one list means nothing in another.
    return f"cursor:{request.path}"


def _link(request: Request, backwards: bool, row: Model, order: Sequence[str]) -> str:
    values = []
    for key in order:
        value: Any = row
        for part in key.removeprefix("-").split("__"):
            value = getattr(value, part)
        values.append({"at": value.isoformat()} if isinstance(value, datetime) else value)
    cursor = signing.dumps([backwards, values], salt=_salt(request), compress=True)
    url = remove_query_param(request.build_absolute_uri(), "cursor")
    return replace_query_param(url, "cursor", cursor)


def _read(request: Request) -> tuple[bool, list[Any]] | None:
    cursor = request.query_params.get("cursor")
    if cursor is None:
        return None
    try:
        backwards, values = signing.loads(cursor, salt=_salt(request))
    except (signing.BadSignature, ValueError):
        message = _("Penanda halaman ini tidak berlaku. Mulai lagi dari halaman pertama.")
        raise ValidationError({"cursor": message}) from None
    return backwards, [datetime.fromisoformat(v["at"]) if isinstance(v, dict) else v for v in values]
