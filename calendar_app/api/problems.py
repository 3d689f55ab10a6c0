"""What went wrong, as RFC 9457 problem documents."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, RequestDataTooBig, ValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from calendar_app import access, clock, workflow
from calendar_app.api.serializers.posts import represent
from calendar_app.errors import Conflict
from calendar_app.messages.words import when
from calendar_app.models import Post
from missions.models import Person

CONTENT_TYPE = "application/problem+json"
# The key of `errors` for what no single field is to blame for.
WHOLE = "request"

# The database is not there, or too busy; and after how many seconds to ask again (as `views/errors.py` has it).
AWAY = (OperationalError, InterfaceError)
RETRY_AFTER = "10"

Errors = dict[str, list[str]]


def handler(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER: the problem document, or None for what nobody foresaw (it becomes a 500)."""
    if isinstance(exception, ValidationError):
        return invalid(errors_of(exception))
    if isinstance(exception, exceptions.ValidationError):
        return invalid(_flatten(exception.detail))
    if isinstance(exception, Conflict):
        return _conflict(exception, context["request"])
    if isinstance(exception, PermissionDenied):
        said = str(exception.args[0]) if exception.args else ""
        return problem(status.HTTP_403_FORBIDDEN, said)
    if isinstance(exception, Http404):
        said = exception.args[0] if exception.args and isinstance(exception.args[0], str) else ""
        return problem(status.HTTP_404_NOT_FOUND, said)
    if isinstance(exception, ObjectDoesNotExist):
        # deleted between our reading and our locking it
        return problem(status.HTTP_404_NOT_FOUND)
    if isinstance(exception, RequestDataTooBig):
        return problem(status.HTTP_413_REQUEST_ENTITY_TOO_LARGE)
    if isinstance(exception, AWAY):
        response = problem(
            status.HTTP_503_SERVICE_UNAVAILABLE, _("Basis data sedang tidak menjawab. Coba lagi sebentar lagi.")
        )
        response["Retry-After"] = RETRY_AFTER
        return response
    if isinstance(exception, exceptions.APIException):
        return _from_framework(exception)
    return None


def problem(code: int, detail: str = "", **more: Any) -> Response:
    """A problem document. `type` is about:blank: the status says what kind of problem it is."""
    title = _titles().get(code, "")
    body = {"type": "about:blank", "title": title, "status": code, "detail": printable(detail or title), **more}
    return Response(body, status=code, content_type=CONTENT_TYPE)


def invalid(errors: Errors) -> Response:
    """400 with the errors of each field."""
    return problem(
        status.HTTP_400_BAD_REQUEST,
        _("Ada isian yang perlu diperbaiki."),
        errors={printable(name): [printable(text) for text in texts] for name, texts in errors.items()},
    )


def errors_of(error: ValidationError) -> Errors:
    """A service's ValidationError as field → texts."""
    return error.message_dict if hasattr(error, "error_dict") else {WHOLE: error.messages}


def printable(text: str) -> str:
    """The text without halves of surrogate pairs, which JSON can carry in and UTF-8 cannot carry out."""
    return text.encode("utf-8", "replace").decode()


def _flatten(detail: Any, path: str = "") -> Errors:
    """DRF's nested errors as one level: `channels.0.url`."""
    if isinstance(detail, dict):
        pairs = [(str(key), value) for key, value in detail.items()]
    elif isinstance(detail, list) and any(isinstance(value, dict | list) for value in detail):
        pairs = [(str(place), value) for place, value in enumerate(detail)]
    else:
        texts = detail if isinstance(detail, list) else [detail]
        return {path or WHOLE: [str(text) for text in texts]} if texts else {}
    found: Errors = {}
    for key, value in pairs:
        name = path if key == "non_field_errors" else f"{path}.{key}" if path else key
        for field, texts in _flatten(value, name).items():
            found.setdefault(field, []).extend(texts)
    return found


def _conflict(conflict: Conflict, request: Request) -> Response:
    """409 with the post as it stands now, when the caller may read it. `detail` says who was first, and when."""
    post, change, detail = _shown(conflict.post, request), conflict.change, conflict.message
    if change is not None:
        zone = conflict.post.timezone if conflict.post else settings.HQ_TIMEZONE
        detail = f"{detail} {workflow.in_words(change)}, {when(change.at, zone)}."
    return problem(status.HTTP_409_CONFLICT, detail, **({"post": post} if post else {}))


def _shown(post: Post | None, request: Request) -> dict[str, Any] | None:
    if post is None or not isinstance(request.user, Person):
        return None
    try:
        # The one in the exception was read inside a transaction that is undone by now.
        return represent(access.post_for(request.user, post.pk), request.user, clock.now())
    except (Http404, PermissionDenied):
        return None


def _from_framework(exception: exceptions.APIException) -> Response:
    detail = exception.detail
    if isinstance(exception, exceptions.NotAuthenticated):
        detail = exceptions.ErrorDetail(_("Masuk dahulu, atau kirim token: Authorization: Bearer …"))
    response = problem(exception.status_code, detail if isinstance(detail, str) else "")
    if header := getattr(exception, "auth_header", None):
        response["WWW-Authenticate"] = header
    if (wait := getattr(exception, "wait", None)) is not None:
        response["Retry-After"] = str(int(wait))
    return response


def _titles() -> dict[int, str]:
    return {
        400: _("Permintaan ini perlu diperbaiki"),
        401: _("Belum masuk"),
        403: _("Anda tidak berhak melakukan ini"),
        404: _("Tidak ada"),
        405: _("Cara ini tidak dilayani di sini"),
        406: _("Jawaban hanya tersedia sebagai JSON"),
        409: _("Sudah berubah lebih dulu"),
        413: _("Terlalu besar"),
        415: _("Kirim isi sebagai application/json"),
        429: _("Terlalu banyak permintaan"),
        503: _("Sedang tidak tersedia"),
    }
