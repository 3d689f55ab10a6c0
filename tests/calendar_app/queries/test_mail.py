"""Reading the mails that the file backend wrote."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection

from calendar_app.queries import mail


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MAIL_DIR = settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    return tmp_path / "mail"


def write(*subjects: str, to: str = "a@test.example") -> None:
    letters = []
    for subject in subjects:
        letter = EmailMultiAlternatives(subject, f"Isi “{subject}”\n" + "-" * 79 + "\nsesudah garis", None, [to])
        letter.attach_alternative(f"<p>{subject}</p>", "text/html")
        letters.append(letter)
    get_connection().send_messages(letters)


def test_mails_of_one_file_come_newest_first_with_their_words(folder: Path) -> None:
    write("Satu — pertama", "Dua")
    assert [letter.subject for letter in mail.latest()] == ["Dua", "Satu — pertama"]
    first = mail.latest()[1]
    assert "Isi “Satu — pertama”" in first.text
    assert first.sent_at is not None
    assert abs(first.sent_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert first.message_id.startswith("<")


def test_a_mail_is_found_again_by_its_key_and_nothing_outside_the_folder_is(folder: Path) -> None:
    write("Satu", "Dua")
    for letter in mail.latest():
        assert mail.find(letter.key) == letter
    (folder.parent / "secret.log").write_text("Subject: rahasia\n\nx")
    for key in ("../secret.log:0", "secret.log:0", "", "x", ":0"):
        assert mail.find(key) is None


def test_limit_and_address(folder: Path) -> None:
    write("Satu", "Dua", "Tiga")
    write("Lain", to="B@test.example")
    assert len(mail.latest(2)) == 2
    assert [letter.subject for letter in mail.latest(to="b@test")] == ["Lain"]


def test_no_folder_and_an_empty_file_are_no_mails(folder: Path) -> None:
    assert mail.latest() == []
    folder.mkdir()
    (folder / "20261122-000000-1.log").touch()
    assert mail.latest() == []


def test_a_half_written_mail_does_not_break_the_page(folder: Path) -> None:
    folder.mkdir()
    (folder / "20261122-000000-1.log").write_bytes(
        b"Subject: Setengah\nContent-Type: text/plain; charset=nosuch\n\nisi"
    )
    assert [letter.subject for letter in mail.latest()] == ["Setengah"]
