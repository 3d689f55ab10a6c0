"""What stands behind the question mark: read strictly, so that a misspelt filter never answers with everything."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework.request import Request

PAGING = ("cursor", "page_size")
# The longest number read at all; no id has more digits.
MOST_DIGITS = 19


def only(request: Request, *names: str) -> None:
    """Raise ValidationError for each parameter that is not one of these, is there twice, or cannot be read."""
    errors = {}
    for name, values in request.query_params.lists():
        if name not in names:
            errors[name] = _("Parameter ini tidak dikenal.")
        elif len(values) > 1:
            errors[name] = _("Sebut satu kali saja.")
        elif "\0" in values[0]:
            errors[name] = _("Ada tanda yang tidak dapat dibaca.")
    if errors:
        raise ValidationError(errors)


def whole_number(request: Request, name: str, *, least: int = 0, most: int | None = None) -> int | None:
    """The parameter as a number, None when it is not there. Raises ValidationError."""
    text = request.query_params.get(name)
    if text is None:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
    if number is None or number < least or (most is not None and number > most):
        whole, between = _("Isi bilangan bulat mulai dari %(least)d."), _("Isi antara %(least)d dan %(most)d.")
        message = whole if most is None else between
        raise ValidationError({name: message % {"least": least, "most": most}})
    return number


def flag(request: Request, name: str) -> bool | None:
    """The parameter as true or false, None when it is not there. Raises ValidationError."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if text not in ("true", "false"):
        raise ValidationError({name: _("Isi true atau false.")})
    return text == "true"


def required_number(request: Request, name: str) -> int:
    """The parameter as a number. Raises ValidationError also when it is not there."""
    number = whole_number(request, name)
    if number is None:
        raise ValidationError({name: _("Harus diisi.")})
    return number
