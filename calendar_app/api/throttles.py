"""How many calls a minute: settings.API_CALLS_PER_MINUTE for a person, and for an address without a sign-in."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:
    # rest_framework.views itself reads this module, for its defaults
    from rest_framework.views import APIView

WINDOW = 60  # seconds


class PersonThrottle(BaseThrottle):
    """Counts the calls of each minute in the cache, which all processes share.

    One number per caller: the list of instants that DRF's own throttle keeps would be read and written whole each time.
    """

    def allow_request(self, request: Request, view: APIView) -> bool:
        who = request.user.pk if request.user.is_authenticated else self.get_ident(request)
        self.left = _wait(f"api:{who}")
        return self.left is None

    def wait(self) -> float | None:
        return self.left


def slow_strangers(request: Request) -> None:
    """Count a call that is refused for want of a sign-in; DRF counts only after that. Raises Throttled."""
    wait = _wait(f"api:{BaseThrottle().get_ident(request)}")
    if wait is not None:
        raise Throttled(wait)


def _wait(who: str) -> int | None:
    """Count one call; the seconds until the next minute when it is one too many."""
    window, gone = divmod(int(time.time()), WINDOW)
    key = f"{who}:{window}"
    try:
        calls = cache.incr(key)
    except ValueError:
        calls = 1 if cache.add(key, 1, timeout=2 * WINDOW) else cache.incr(key)
    return WINDOW - gone if calls > settings.API_CALLS_PER_MINUTE else None
