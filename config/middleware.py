"""What happens around every request: its id and log line, who may keep it, its language, and what went wrong."""

import logging
import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.utils import translation
from django.utils.cache import patch_vary_headers

from audit.services import request_id
from calendar_app.errors import Conflict
from calendar_app.views import errors

GetResponse = Callable[[HttpRequest], HttpResponseBase]

log = structlog.get_logger("selaras.requests")

# Asked again and again by programs: probes, and the number beside the bell of every open page.
QUIET = ("/healthz", "/readyz", "/metrics", "/notifications/count/")
# Addresses that let whoever holds them act for somebody: the log keeps only where they led.
SIGNED = re.compile(r"^(/(?:acknowledge|unsubscribe)/)[^/]+")
# What a proxy may hand over as the id of a request; anything else gets a new one. 36: the audit's column.
SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,36}")


class RequestIdMiddleware:
    """Name each request, carry the name into logs and audit entries, and log one line when it is answered."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        name = given if SANE_ID.fullmatch(given) else str(uuid.uuid4())
        before = request_id.set(name)
        # Cleared here, not at the end: what Django logs after the last middleware still carries the id.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=name)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            self.write_line(request, response, started)
        finally:
            request_id.reset(before)
        response.headers["X-Request-ID"] = name
        return response

    @staticmethod
    def write_line(request: HttpRequest, response: HttpResponseBase, started: float) -> None:
        # Files and what programs ask would drown the rest. The query stays out: it may hold what somebody searched for.
        quiet = request.path.startswith(settings.STATIC_URL) or request.path in QUIET
        log.log(
            logging.DEBUG if quiet else logging.INFO,
            "request",
            method=request.method,
            path=SIGNED.sub(r"\1…", request.path),
            status=response.status_code,
            ms=round((time.perf_counter() - started) * 1000, 1),
            person=getattr(getattr(request, "user", None), "pk", None),
        )


class PrivateMiddleware:
    """What a person was shown stays with them: no proxy and no browser keeps it, not even behind the back button of a
    shared machine. Answers that say themselves how long they hold are left alone; files never come this far."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # asked before: signing out answers the person who was signed in
        known = request.user.is_authenticated or "Authorization" in request.headers
        response = self.get_response(request)
        if known or request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        if request.path.startswith("/api/"):
            patch_vary_headers(response, ("Authorization", "Cookie"))
        return response


class LanguageMiddleware:
    """Speak the person's own language; signed out, the one of the cookie; else Indonesian.

    Accept-Language is left alone on purpose: shared machines abroad ask for languages their users did not choose.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with translation.override(language_of(request)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
            return response


def language_of(request: HttpRequest) -> str:
    """The code of the language in which this request is answered."""
    if request.user.is_authenticated:
        return request.user.language
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


class MethodMiddleware:
    """Where Django answers a wrong method with nothing, say so on a page. The API has words of its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            return errors.not_allowed(request, response.headers["Allow"])
        return response


class ConflictMiddleware:
    """A change that lost its race, and that no view answered itself, becomes the 409 page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        return errors.conflict(request, exception) if isinstance(exception, Conflict) else None
