"""The OpenAPI document, and a page to read it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from calendar_app.api import query

Json = dict[str, Any]

# The tags of the document, in the order in which a program comes to need them.
TITLES = {
    "reference": _("Data rujukan"),
    "posts": _("Unggahan"),
    "actions": _("Tindakan"),
    "reviews": _("Tinjauan"),
    "calendar": _("Kalender"),
    "holds": _("Penahanan"),
    "reminders": _("Pengingat dan pemberitahuan"),
}


@extend_schema(exclude=True)
@api_view(["GET"])
def schema(request: Request) -> Response:
    """The OpenAPI document, in the caller's language."""
    query.only(request)
    return Response(document(get_language() or "id"))


@require_GET
def docs(request: HttpRequest) -> HttpResponse:
    """The same to read."""
    sections = _sections(document(get_language() or "id"))
    context = {"sections": sections, "base": request.build_absolute_uri("/api/v1/")}
    return render(request, "calendar_app/api_docs.html", context)


@lru_cache(maxsize=4)
def document(language: str) -> Json:
    """The OpenAPI document. `language` is the active one: summaries are in it."""
    return dict(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Field:
    """A line of a table: a parameter, or a field of a body."""

    name: str
    kind: str
    required: bool
    note: str = ""


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Field]
    body: list[Field]
    answer: str
    fields: list[Field]
    problems: list[tuple[str, str]]


@dataclass(frozen=True)
class Section:
    name: str
    operations: list[Operation]

    @property
    def title(self) -> str:
        return str(TITLES[self.name])


def _sections(doc: Json) -> list[Section]:
    """The calls by tag, and there in the order of addresses."""
    found: dict[str, list[Operation]] = {name: [] for name in TITLES}
    for path, methods in doc["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and "operationId" in operation:
                found[operation["tags"][0]].append(_operation(doc, method, path, operation))
    return [Section(name, operations) for name, operations in found.items()]


def _operation(doc: Json, method: str, path: str, operation: Json) -> Operation:
    responses: Json = operation["responses"]
    code = next(code for code in responses if code.startswith("2"))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    answer = responses[code].get("content", {}).get("application/json", {}).get("schema")
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=str(operation.get("summary", "")),
        description=_plain(operation.get("description", "")),
        parameters=[
            Field(p["name"], _kind(doc, p.get("schema", {})), p.get("required", False), _note(p))
            for p in operation.get("parameters", [])
        ],
        body=_fields(doc, body),
        answer=code,
        fields=_fields(doc, answer),
        problems=[(number, str(r.get("description", ""))) for number, r in responses.items() if number[0] == "4"],
    )


def _resolved(doc: Json, shape: Json) -> Json:
    """The shape behind a reference."""
    if "$ref" in shape:
        found: Json = doc["components"]["schemas"][shape["$ref"].rsplit("/", 1)[-1]]
        return found
    if len(shape.get("allOf", ())) == 1:
        return _resolved(doc, shape["allOf"][0]) | {key: value for key, value in shape.items() if key != "allOf"}
    return shape


def _fields(doc: Json, shape: Json | None) -> list[Field]:
    """The fields of an object, those of its results when it is a page."""
    if shape is None:
        return []
    shape = _resolved(doc, shape)
    for other in shape.get("oneOf", ())[:1]:
        return _fields(doc, other)
    needed = shape.get("required", ())
    return [
        Field(name, _kind(doc, part), name in needed, _note(part)) for name, part in shape.get("properties", {}).items()
    ]


def _note(shape: Json) -> str:
    """What is said of a field, but for the list of its values, which stands beside it."""
    return _plain(shape.get("description", "")).split("* ")[0].strip()


def _plain(text: Any) -> str:
    """Words of the document without its Markdown."""
    return str(text).replace("`", "")


def _kind(doc: Json, shape: Json, depth: int = 0) -> str:
    """A shape in a few words: `string`, `[{network, text}]`."""
    whole = _resolved(doc, shape)
    if "enum" in whole:
        return " | ".join(str(value) for value in whole["enum"] if value not in ("", None))
    if variants := whole.get("oneOf") or whole.get("anyOf"):
        return " | ".join(dict.fromkeys(_kind(doc, variant, depth) for variant in variants))
    kind = whole.get("type", "")
    if kind == "array":
        return f"[{_kind(doc, whole.get('items', {}), depth)}]"
    if whole.get("properties") and depth < 2:
        parts = (name for name in whole["properties"])
        return "{" + ", ".join(parts) + "}"
    kinds = kind if isinstance(kind, list) else [kind or "object"]
    return " | ".join(str(whole.get("format", "string")) if word == "string" else word for word in kinds)
