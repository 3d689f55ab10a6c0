"""The pages for what went wrong: what happened, and what to do next. The API gets the same as a problem document."""

from __future__ import annotations

import sys
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from audit.services import request_id
from calendar_app import clock
from calendar_app.errors import Conflict

# The database is not there, or too busy; and after how many seconds to ask again.
AWAY = (OperationalError, InterfaceError)
RETRY_AFTER = "10"

# The names of what a person may have typed, for the page that shows both texts.
LABELS = {
    "title": lambda: _("Judul"),
    "purpose": lambda: _("Tujuan"),
    "audience": lambda: _("Khalayak"),
    "language": lambda: _("Bahasa"),
    "themes": lambda: _("Tema"),
    "variants": lambda: _("Teks"),
    "text": lambda: _("Teks"),
    "url": lambda: _("Tautan"),
    "given_up": lambda: _("Alasan"),
    "comment": lambda: _("Catatan"),
    "note": lambda: _("Catatan"),
    "reason": lambda: _("Alasan"),
    "scheduled_local": lambda: _("Waktu tayang"),
    "local_date": lambda: _("Tanggal"),
    "local_time": lambda: _("Jam"),
    "timezone": lambda: _("Zona waktu"),
}


def _answer(request: HttpRequest, status: int, title: str, message: str = "", **context: Any) -> HttpResponse:
    """The page of this status, or for the API the problem document (RFC 9457)."""
    if request.path.startswith("/api/"):
        body = {"type": "about:blank", "title": title, "status": status, "detail": message or title}
        return JsonResponse(body, status=status, content_type="application/problem+json")
    context |= {"status": status, "title": title, "message": message}
    return render(request, f"errors/{status}.html", context, status=status)


def _said(exception: Exception | None, kind: type[Exception]) -> str:
    """The words of an exception that we raised ourselves; Django's own (paths, internals) are not for people."""
    said = exception.args[0] if isinstance(exception, kind) and exception.args else ""
    return "" if isinstance(said, dict) else str(said)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400; or 413, where more was sent than is read."""
    if isinstance(exception, RequestDataTooBig):
        return _answer(
            request,
            413,
            _("Terlalu besar untuk dikirim"),
            _("Yang Anda kirim lebih besar daripada yang dapat diterima."),
        )
    return _answer(request, 400, _("Permintaan ini tidak dapat dibaca"))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403, with the reason that `can()` gave."""
    return _answer(request, 403, _("Anda tidak berhak membuka ini"), _said(exception, PermissionDenied))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's token is missing or old, mostly after signing in again in another window."""
    return _answer(
        request,
        403,
        _("Formulir ini sudah kedaluwarsa"),
        _("Mungkin Anda keluar dan masuk lagi di jendela lain."),
        is_csrf=True,
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, with our own words where we raised it."""
    return _answer(request, 404, _("Halaman ini tidak ada"), _said(exception, Http404))


def broken_link(request: HttpRequest, message: str, instead: str, url: str, verb: str) -> HttpResponse:
    """404 for a signed address that mail programs have cut or that says nothing any more, with another way to the
    same."""
    said = {"instead": instead, "url": url, "verb": verb}
    context = {"status": 404, "title": _("Tautan ini tidak dapat dipakai"), "message": message} | said
    return render(request, "errors/link.html", context, status=404)


def not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    """405: there is such an address, but it is not opened, or not sent to, in this way."""
    response = _answer(request, 405, _("Alamat ini tidak dapat dipakai dengan cara itu"))
    response.headers["Allow"] = allowed
    return response


def conflict(request: HttpRequest, exception: Conflict) -> HttpResponse:
    """409: what happened, and both texts side by side, so that nothing typed is lost."""
    rows = [
        {"label": _label(name), "mine": _text(mine), "theirs": _text(exception.theirs.get(name))}
        for name, mine in exception.mine.items()
    ]
    return _answer(
        request,
        409,
        _("Sudah berubah lebih dulu"),
        exception.message,
        rows=rows,
        post=exception.post,
        conflict=exception,
        at=clock.now() if exception.change else None,
    )


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """429: more than the rate limit lets through."""
    response = _answer(request, 429, _("Terlalu banyak permintaan"), _("Terlalu banyak percobaan dari alamat Anda."))
    response.headers["Retry-After"] = "60"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500; or 503, where the database does not answer and so nothing is broken for long. Without context processors
    and so without the database; it names the request."""
    # Django calls this while it handles the exception, and hands it no further
    is_away = isinstance(sys.exc_info()[1], AWAY)
    status, title = (503, _("Sedang tidak tersedia")) if is_away else (500, _("Ada yang rusak di sini"))
    response: HttpResponse
    if request.path.startswith("/api/"):
        detail = _("Basis data sedang tidak menjawab. Coba lagi sebentar lagi.") if is_away else title
        body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
        body |= {"request_id": request_id.get()}
        response = JsonResponse(body, status=status, content_type="application/problem+json")
    else:
        context = {"status": status, "title": title, "request_id": request_id.get()}
        response = HttpResponse(render_to_string(f"errors/{status}.html", context), status=status)
    if is_away:
        response.headers["Retry-After"] = RETRY_AFTER
        response.headers["Cache-Control"] = "no-store"
    return response


def _label(name: str) -> str:
    """A field's name for people; texts come as "text_x" or "variants: x"."""
    known = LABELS.get(name)
    if known:
        return known()
    kind, _sep, rest = name.partition("_")
    return f"{LABELS[kind]()}: {rest}" if kind in LABELS and rest else name


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return "\n\n".join(f"{key}: {_text(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(_text(inner) for inner in value)
    return str(value)
