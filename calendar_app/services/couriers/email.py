"""By mail. Whether a mail arrived twice nobody can tell, so what is unknown is never simply sent again."""

from __future__ import annotations

import contextlib
import smtplib
from datetime import datetime

from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from calendar_app import messages
from calendar_app.models import Kind, Reminder, Way
from calendar_app.queries import reminders as queries
from calendar_app.services import claims, digests, rows, unsubscribe
from calendar_app.services.couriers.base import Accepted, Nothing, Refused, Result, Unknown, Unreachable

# The server said no while the connection was fine: nothing was handed over.
REFUSED = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError)
# RFC 5321 §3.8: the server closes the channel.
CLOSING = 421


class EmailCourier:
    way = Way.EMAIL
    batch = 40
    repeatable = False

    def __init__(self) -> None:
        self._server: BaseEmailBackend | None = None

    def key(self, reminder: Reminder) -> str:
        return "email"

    def hand_over(self, reminder: Reminder, at: datetime) -> Result:
        letter = _letter(reminder, at)
        if letter is None:
            return Nothing("nothing left to say")
        try:
            server = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            return Unreachable(claims.words(error))
        result = _send(server, letter)
        if not isinstance(result, Accepted):
            self.close()  # whatever state the connection is in, the next mail gets a new one
        return result

    def _connected(self) -> BaseEmailBackend:
        if self._server is None:
            server: BaseEmailBackend = mail.get_connection()
            server.open()
            self._server = server
        return self._server

    def close(self) -> None:
        if self._server is not None:
            # what was handed over was answered already
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._server.close()
            self._server = None


def _send(server: BaseEmailBackend, letter: EmailMultiAlternatives) -> Result:
    try:
        server.send_messages([letter])
    except smtplib.SMTPSenderRefused as error:
        # at MAIL FROM, before this letter's own turn: a passing refusal is about us, not about the letter
        return Unreachable(claims.words(error)) if _is_passing(error.smtp_code) else Refused(claims.words(error))
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        return Refused(claims.words(error), is_passing=all(_is_passing(code) for code in codes))
    except REFUSED as error:
        code = getattr(error, "smtp_code", 0)
        if code == CLOSING:
            return Unreachable(claims.words(error))
        return Refused(claims.words(error), is_passing=_is_passing(code))
    except Exception as error:  # noqa: BLE001 - whatever it was, the letter may have arrived
        # smtplib says "disconnected" of a server that does not answer in time, too
        is_down = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
        return Unknown(claims.words(error), is_down=is_down)
    return Accepted()


def _is_passing(code: int) -> bool:
    """RFC 5321 §4.2.1: 4xx asks to try again later."""
    return 400 <= code < 500


def _letter(row: Reminder, at: datetime) -> EmailMultiAlternatives | None:
    """The mail of a row; None for a digest that has nothing left to say."""
    data = row.data
    if row.recipient is None:
        raise ValueError("a mail without a recipient")
    if row.kind == Kind.DIGEST and data.get("about") == "review":
        posts = queries.came_in(row.recipient.pk, row.due_at)
        if not posts:
            return None
        data = data | {"items": [digests.item(post, Kind.REVIEW_REQUESTED, post.scheduled_at) for post in posts]}
    elif row.kind == Kind.DIGEST and not data.get("items"):
        return None
    words = messages.mail(row, data, repeat=bool(row.data.get("repeat")), at=at)
    letter = EmailMultiAlternatives(
        words.subject,
        words.text,
        settings.DEFAULT_FROM_EMAIL,
        [row.recipient.email],
        headers={
            "Message-ID": row.message_id or rows.message_id(row.identity),
            "Auto-Submitted": "auto-generated",
        }
        | unsubscribe.headers(row.recipient, row.kind),
    )
    letter.attach_alternative(words.html, "text/html")
    return letter
