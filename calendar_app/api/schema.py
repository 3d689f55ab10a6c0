"""How each call stands in the OpenAPI document: its answer, and the problems it may answer with instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers

from calendar_app.api.authentication import SessionAuthentication, TokenAuthentication
from calendar_app.api.problems import CONTENT_TYPE
from calendar_app.api.serializers.posts import PostSerializer

F = TypeVar("F", bound=Callable[..., Any])
Words = str | Promise


class Schema(AutoSchema):
    """drf-spectacular's, but a PATCH keeps its required fields (`version` is one), and docstrings stay in the code."""

    def get_description(self) -> str:  # type: ignore[override]
        return ""

    def _get_request_for_media_type(self, serializer: Any, direction: str = "request") -> Any:
        method, self.method = self.method, "POST" if self.method == "PATCH" else self.method
        try:
            return super()._get_request_for_media_type(serializer, direction)  # type: ignore[no-untyped-call]
        finally:
            self.method = method


class ProblemSerializer(serializers.Serializer[dict[str, Any]]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()


class InvalidSerializer(ProblemSerializer):
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False, help_text=_("Kesalahan tiap isian.")
    )


class ConflictSerializer(ProblemSerializer):
    post = PostSerializer(required=False, help_text=_("Unggahan seperti adanya sekarang."))


PROBLEMS: dict[int, Words] = {
    400: _("Ada isian yang salah."),
    401: _("Belum masuk, atau token tidak berlaku."),
    403: _("Peran atau cakupan token tidak cukup."),
    404: _("Tidak ada, atau bukan milik Anda."),
    406: _("Hanya JSON yang tersedia."),
    409: _("Versi lama, naskah lain, atau tidak mungkin pada status ini; beserta unggahan terkini."),
    413: _("Isi permintaan terlalu besar."),
    415: _("Isi permintaan bukan application/json."),
    429: _("Terlalu banyak permintaan; lihat Retry-After."),
}
# Every call may answer with these; the rest is named at each.
ALWAYS = (400, 401, 406, 429)
WITH_BODY = (403, 413, 415)


def endpoint(
    name: str,
    summary: Words,
    answer: Any,
    *,
    tag: str,
    method: str = "GET",
    body: Any = None,
    query: Iterable[OpenApiParameter] = (),
    problems: Iterable[int] = (),
    code: int = 200,
    description: Words = "",
) -> Callable[[F], F]:
    """Describe one method of a view; above `@api_view`."""
    codes = {*ALWAYS, *problems, *((*WITH_BODY,) if body is not None else ())}
    responses: dict[Any, Any] = {code: answer}
    for status in sorted(codes):
        responses[status, CONTENT_TYPE] = OpenApiResponse(_problem_body(status), description=str(PROBLEMS[status]))
    return extend_schema(
        methods=[method],
        operation_id=name,
        summary=summary,
        description=description,
        tags=[tag],
        request=body,
        responses=responses,
        parameters=list(query),
    )


def _problem_body(status: int) -> type[serializers.Serializer[Any]]:
    return {400: InvalidSerializer, 409: ConflictSerializer}.get(status, ProblemSerializer)


def page_of(item: type[serializers.BaseSerializer[Any]]) -> serializers.Serializer[Any]:
    """The serializer of a page of such items."""
    name = item.__name__.removesuffix("Serializer")
    return inline_serializer(
        name=f"{name}Page",
        fields={
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": item(many=True),
        },
    )


def parameter(name: str, description: Words, kind: Any = str, **more: Any) -> OpenApiParameter:
    """A parameter of the address."""
    return OpenApiParameter(name, kind, description=str(description), **more)


PAGING = (
    parameter("cursor", _("Dari `next` atau `previous` jawaban sebelumnya.")),
    OpenApiParameter("page_size", {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}),
)


def without_docstrings(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Take the serializers' docstrings out: they speak to whoever reads the code."""
    for component in result["components"]["schemas"].values():
        component.pop("description", None)
    return result


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
