"""Settings from the environment, read by name, refused loudly when they make no sense.

Each function takes the variable's name and a default, and raises `ImproperlyConfigured`
with the name, the value found and what was expected. `.env.example` lists every variable
(`tests/test_architecture.py` compares the two).
"""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """The variable as it stands, without the white space around it."""
    return os.environ.get(name, default).strip()


def content(path: Path) -> str:
    """What stands in the file, without the white space around it; empty when there is no such file."""
    return path.read_text().strip() if path.is_file() else ""


def flag(name: str, default: bool = False) -> bool:
    """The variable as yes or no."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in TRUE:
        return True
    if value.strip().lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r}: expected 1 or 0.")


def number(name: str, default: int, *, least: int = 0) -> int:
    """The variable as a whole number that is not below `least`."""
    value = os.environ.get(name)
    if value is None or not value.strip():
        return default
    try:
        result = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r}: expected a whole number.") from None
    if result < least:
        raise ImproperlyConfigured(f"{name}={value!r}: expected {least} or more.")
    return result


def words(name: str, default: str = "") -> list[str]:
    """The variable as a list, separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def one_of(name: str, choices: tuple[str, ...], default: str) -> str:
    """The variable as one of the words named."""
    value = text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name}={value!r}: expected one of {', '.join(choices)}.")
    return value
