"""Mails: the words of a message as text and HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from calendar_app.messages.kinds import LATE, due_at, notice
from calendar_app.messages.words import Data, one_line
from calendar_app.models import Kind, Reminder
from calendar_app.queries.acknowledgements import Call, contacts
from calendar_app.services import acknowledgements, unsubscribe


@dataclass(frozen=True)
class Mail:
    """A mail, ready but for its addresses. The subject is one line."""

    subject: str
    text: str
    html: str


def mail(reminder: Reminder, data: Data | None = None, *, repeat: bool = False, at: datetime | None = None) -> Mail:
    """The mail of a reminder in its recipient's language; `data` instead of the stored one, when given.

    `repeat`: nobody knows whether it has arrived before, and it says so. `at`: when it is sent; what is late says so.
    Raises ValueError for a reminder that goes to no person.
    """
    person = reminder.recipient
    if person is None:
        raise ValueError("a mail without a recipient")
    with translation.override(person.language):
        words = notice(
            reminder.kind,
            reminder.post,
            _whom_to_call(reminder, reminder.data if data is None else data),
            person,
            stands_in_for=reminder.stands_in_for,
            due_at=due_at(reminder),
            sent_at=at,
        )
        subject = one_line(words.title)
        if at and at - due_at(reminder) >= LATE:
            subject = one_line(_("(terlambat) %(subject)s") % {"subject": subject})
        if repeat:
            subject = one_line(_("(mungkin terulang) %(subject)s") % {"subject": subject})
        context = {
            "words": words,
            "person": person,
            "repeat": repeat,
            "link": settings.BASE_URL + words.url,
            "acknowledge": acknowledgements.link(reminder),
            "choices": f"{settings.BASE_URL}/profile/",
            "unsubscribe": unsubscribe.link(person, reminder.kind),
        }
        return Mail(
            subject=subject,
            text=render_to_string("calendar_app/mail/reminder.txt", context),
            html=render_to_string("calendar_app/mail/reminder.html", context),
        )


def _whom_to_call(reminder: Reminder, data: Data) -> Data:
    """The data with the mission's other people, where the message is that nobody answers."""
    if reminder.kind != Kind.ESCALATED or reminder.post is None or "call" in data:
        return data
    call = Call(reminder.post.mission_id, reminder.recipient_id, reminder.due_at)
    return {**data, "call": contacts([call])[call]}
