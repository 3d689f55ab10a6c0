"""What was mailed, for the administrator."""

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.http import HttpResponse
from django.test import Client

from tests.cast import Cast

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.usefixtures("frozen")


def text_of(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.MAIL_DIR = tmp_path
    settings.EMAIL_HOST = ""
    return tmp_path


def send(folder: Path, to: str, subject: str, body: str = "Isi surat.") -> None:
    connection = get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=str(folder))
    letter = EmailMultiAlternatives(subject, body, "selaras@localhost", [to], connection=connection)
    letter.attach_alternative("<p>HTML <script>alert(1)</script></p>", "text/html")
    letter.send()


def test_the_list_leads_to_each_mail_as_text(folder: Path, cast: Cast, sign_in: SignIn) -> None:
    send(folder, "editor@test.example", "Perlu ditinjau", "Buka <b>antrean</b>.")
    client = sign_in(cast.admin)
    page = client.get("/mail/")
    (mail,) = page.context["mails"]
    assert f'href="/mail/{mail.key}/"' in text_of(page)
    letter = client.get(f"/mail/{mail.key}/")
    assert "Buka &lt;b&gt;antrean&lt;/b&gt;." in letter.content.decode()
    assert "<script>alert" not in letter.content.decode()
    assert "editor@test.example" in text_of(letter)


def test_only_those_to_one_address(folder: Path, cast: Cast, sign_in: SignIn) -> None:
    send(folder, "editor@test.example", "Satu")
    send(folder, "head.tokyo@test.example", "Dua")
    text = text_of(sign_in(cast.admin).get("/mail/?to=tokyo"))
    assert "Dua" in text
    assert "Satu" not in text


def test_with_a_mail_server_it_says_that_nothing_is_kept(settings: Any, cast: Cast, sign_in: SignIn) -> None:
    settings.EMAIL_HOST = "smtp.kemlu.example"
    text = text_of(sign_in(cast.admin).get("/mail/"))
    assert "smtp.kemlu.example" in text
    assert "tidak disimpan di sini" in text


def test_no_mail_yet_and_no_such_mail(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.admin)
    assert "Belum ada surel" in text_of(client.get("/mail/"))
    for name in ("x.log:0", "..%2F..%2Fetc%2Fpasswd:0", "x"):
        assert client.get(f"/mail/{name}/").status_code == 404


@pytest.mark.parametrize("who", ["drafter_tokyo", "head_tokyo", "editor", "manager", "stranger"])
def test_only_the_administrator_reads_mail(who: str, folder: Path, cast: Cast, sign_in: SignIn) -> None:
    send(folder, "editor@test.example", "Rahasia")
    client = sign_in(getattr(cast, who))
    assert client.get("/mail/").status_code == 403
    assert client.get("/mail/x.log:0/").status_code == 403
