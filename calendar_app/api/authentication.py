"""Who calls: a bearer token or the session of the pages, and what a token may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as BaseSessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from calendar_app import clock
from calendar_app.api.throttles import slow_strangers
from missions import tokens
from missions.models import ApiToken, Person

if TYPE_CHECKING:
    # rest_framework.views itself reads this module, for its defaults
    from rest_framework.views import APIView


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`. Asked first, so that whoever is refused is told of tokens."""

    def authenticate(self, request: Request) -> tuple[Person, ApiToken] | None:
        scheme, _space, raw = request.headers.get("Authorization", "").partition(" ")
        if not request._request.user.is_authenticated:
            # Whom we do not know (yet) is answered in the language that the program asks for.
            translation.activate(translation.get_language_from_request(request._request))
        if scheme.lower() != "bearer":
            return None
        token = tokens.authenticate(raw.strip(), clock.now())
        if token is None:
            slow_strangers(request)
            raise AuthenticationFailed(_("Token ini tidak dikenal, sudah dicabut, atau sudah lewat masa berlakunya."))
        # The language of the request's own person; the middleware puts back what was before.
        translation.activate(token.person.language)
        return token.person, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Selaras"'


class SessionAuthentication(BaseSessionAuthentication):
    """The session of the pages; unsafe calls need the header X-CSRFToken."""


class SignedInWithScope(BasePermission):
    """Everybody signed in; with a token of scope `read` only what changes nothing."""

    message = gettext_lazy("Token ini hanya untuk membaca.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            slow_strangers(request)
            return False
        token = request.auth
        return request.method in SAFE_METHODS or not isinstance(token, ApiToken) or token.scope == ApiToken.Scope.WRITE
