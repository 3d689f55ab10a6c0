"""How a body is read: JSON, within the size that a request may have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser as BaseJSONParser


class TooLarge(APIException):
    """413."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("Isi permintaan terlalu besar.")
    default_code = "too_large"


class JSONParser(BaseJSONParser):
    """UTF-8 JSON without NaN and Infinity. Reads no more than DATA_UPLOAD_MAX_MEMORY_SIZE, whatever was announced."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(most + 1)
        if len(body) > most:
            raise TooLarge
        try:
            return json.loads(body.decode(), parse_constant=_refuse)
        # RecursionError: a body of nothing but brackets
        except (ValueError, RecursionError):
            raise ParseError(_("Isi permintaan bukan JSON yang dapat dibaca.")) from None


def _refuse(name: str) -> None:
    raise ValueError(name)
