"""Letters to people about their account."""

from __future__ import annotations

from datetime import datetime

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from audit import services as audit
from missions.models import Person


def invitation_link(person: Person) -> str:
    """A link with which the person sets a password, once, within PASSWORD_RESET_TIMEOUT. Ends when one is set."""
    key = default_token_generator.make_token(person)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(person), "key": key})
    return f"{settings.BASE_URL}{path}"


def send_invitation(person: Person, at: datetime, by: Person | None = None) -> None:
    """Mail the person, in their language, a link to set a password. Raises what the mail backend raises.

    Call it after the transaction that made the person: a letter cannot be taken back.
    """
    with translation.override(person.language):
        context = {
            "person": person,
            "link": invitation_link(person),
            "days": settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60),
            "base_url": settings.BASE_URL,
        }
        subject = render_to_string("calendar_app/people/invitation_subject.txt", context).strip()
        body = render_to_string("calendar_app/people/invitation.txt", context)
        as_html = render_to_string("calendar_app/people/invitation.html", context)
    send_mail(subject, body, None, [person.email], html_message=as_html)
    audit.record(at=at, action="send_invitation", actor=by, kind="person", object_id=person.pk, name=person.name)
