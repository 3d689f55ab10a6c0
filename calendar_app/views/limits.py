"""How often one address may open pages that need no sign-in."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from rest_framework.throttling import BaseThrottle

from calendar_app.views import errors

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
WINDOW = 60  # seconds


def limited(most: int) -> Callable[[View[P]], View[P]]:
    """Answer `most` requests a minute from one address (behind NUM_PROXIES), and 429 to the others.

    It is counted in the cache, which all processes share.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def within(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            key = f"limit:{view.__name__}:{_address(request)}:{int(time.time()) // WINDOW}"
            cache.add(key, 0, timeout=2 * WINDOW)
            try:
                calls = cache.incr(key)
            except ValueError:  # it went out of the cache in between
                calls = 1
            return view(request, *args, **kwargs) if calls <= most else errors.too_many(request)

        return within

    return decorate


def _address(request: HttpRequest) -> str:
    """Where the request came from, counted as the API counts it."""
    return str(BaseThrottle().get_ident(request))  # type: ignore[arg-type]  # it reads nothing but META
