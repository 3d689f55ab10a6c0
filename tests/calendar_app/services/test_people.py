"""Letters to people about their account."""

import re

from django.core import mail
from django.test import Client

from audit.models import Entry
from calendar_app.services import people
from missions.models import Person
from tests.cast import NOW, Cast


def test_the_letter_is_in_the_language_of_the_person_and_leaves_an_entry(cast: Cast) -> None:
    people.send_invitation(cast.editor, NOW, by=cast.admin)
    letter = mail.outbox[0]
    assert letter.subject == "Akun Anda di Selaras: buat kata sandi"
    assert cast.editor.name in letter.body
    assert people.invitation_link(cast.editor).rsplit("-", 2)[0] in letter.body
    entry = Entry.objects.get(action="send_invitation", object_id=cast.editor.pk)
    assert (entry.actor_id, entry.at) == (cast.admin.pk, NOW)


def test_a_name_with_markup_stays_as_it_is_in_plain_text(cast: Cast) -> None:
    cast.editor.name = "D'Souza & <Rekan>"
    people.send_invitation(cast.editor, NOW)
    assert "D'Souza & <Rekan>" in mail.outbox[0].body


def test_the_link_works_once(cast: Cast) -> None:
    path = people.invitation_link(cast.editor).removeprefix("http://127.0.0.1:8000")
    words = {"password1": "kelapa-muda-2026", "password2": "kelapa-muda-2026"}
    client = Client()
    form = client.get(path)
    assert client.post(form.headers["Location"], words).status_code == 302
    assert Person.objects.get(pk=cast.editor.pk).check_password("kelapa-muda-2026")

    late = Client()
    assert late.get(path).status_code == 200  # says that the link is used up, and leads no further
    late.post(path, {"password1": "kelapa-tua-2026", "password2": "kelapa-tua-2026"})
    assert Person.objects.get(pk=cast.editor.pk).check_password("kelapa-muda-2026")


def test_the_letter_says_the_same_as_html_with_one_link(cast: Cast) -> None:
    cast.editor.name = "D'Souza & <Rekan>"
    people.send_invitation(cast.editor, NOW)
    ((as_html, kind),) = mail.outbox[0].alternatives
    assert kind == "text/html"
    assert "&lt;Rekan&gt;" in as_html
    links = re.findall(r'href="([^"]+)"', str(as_html))
    assert len(links) == 1
    assert links[0] in mail.outbox[0].body


def test_who_forgot_a_password_gets_one_link_as_text_and_as_html(cast: Cast, client: Client) -> None:
    client.post("/accounts/password/reset/", {"email": cast.editor.email})
    letter = mail.outbox[0]
    ((as_html, _kind),) = letter.alternatives
    links = re.findall(r'href="([^"]+)"', str(as_html))
    assert len(links) == 1
    assert links[0] in letter.body
    assert letter.subject in str(as_html)
