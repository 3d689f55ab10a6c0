"""The mails that were written to files (no mail server is named), for the administrator's page."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings

# What Django's file backend writes after each mail of a file; the same line inside a text is not followed by a header.
END = re.compile(rb"\n-{79}\n(?=Content-Type: |MIME-Version: |\Z)")


@dataclass(frozen=True)
class Mail:
    """One mail as it was handed over. `key` finds it again; `sent_at` is None when its date cannot be read."""

    key: str
    to: str
    subject: str
    sent_at: datetime | None
    message_id: str
    text: str


def is_kept() -> bool:
    """Are mails written to files here, so that there is something to show?"""
    return not settings.EMAIL_HOST


def latest(limit: int = 50, *, to: str = "") -> list[Mail]:
    """The newest mails, newest first; only those to an address that contains `to`, when given.

    Opens no more files than it needs. A file that is just being written gives what can be read of it.
    """
    found: list[Mail] = []
    for path in _files():
        mails = [mail for mail in reversed(list(_read(path))) if to.lower() in mail.to.lower()]
        found += mails[: limit - len(found)]
        if len(found) >= limit:
            break
    return found


def find(key: str) -> Mail | None:
    """The mail of that key, or None. A key that names anything else than a file of the folder finds nothing."""
    name = key.rpartition(":")[0]
    path = next((path for path in _files() if path.name == name), None)
    return None if path is None else next((mail for mail in _read(path) if mail.key == key), None)


def _files() -> list[Path]:
    """The files, newest first. Their names begin with the time, down to the second."""
    folder = Path(settings.MAIL_DIR)
    if not folder.is_dir():
        return []
    return sorted(folder.glob("*.log"), key=lambda path: (path.name[:15], path.stat().st_mtime), reverse=True)


def _read(path: Path) -> Iterator[Mail]:
    try:
        whole = path.read_bytes()
    except OSError:  # cleared away meanwhile
        return
    for place, part in enumerate(END.split(whole)):
        if part.strip():
            yield _parse(f"{path.name}:{place}", part)


def _parse(key: str, data: bytes) -> Mail:
    letter = email.message_from_bytes(data.lstrip(), policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    try:
        sent_at: datetime | None = parsedate_to_datetime(str(letter["Date"]))
        # "-0000", which is what Django writes, is read as a time without zone
        if sent_at is not None and sent_at.tzinfo is None:
            sent_at = sent_at.replace(tzinfo=UTC)
    except (TypeError, ValueError):
        sent_at = None
    body = letter.get_body(("plain", "html"))
    try:
        text = str(body.get_content()) if body is not None else ""
    except (LookupError, KeyError):  # a character set or type that nobody knows
        text = ""
    return Mail(
        key=key,
        to=str(letter["To"] or ""),
        subject=str(letter["Subject"] or ""),
        sent_at=sent_at,
        message_id=str(letter["Message-ID"] or ""),
        text=text,
    )
