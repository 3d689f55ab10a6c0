"""The mail server of the drill, as a process that is spoken to with a real SMTP client."""

import json
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from drill import sink
from drill.processes import HOST, free_port
from drill.world import ROOT

Send = Callable[..., None]
PORT = free_port()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "drill.sink", str(tmp_path), str(PORT)], cwd=ROOT)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def send(process: subprocess.Popen[bytes]) -> Send:
    def connected() -> smtplib.SMTP:
        deadline = time.monotonic() + 20
        while True:
            try:
                return smtplib.SMTP(HOST, PORT, timeout=2)
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def send(subject: str = "Saatnya tayang", text: str = "Halo.") -> None:
        letter = EmailMessage()
        letter["Subject"], letter["To"], letter["From"] = subject, "a@drill.example", "b@drill.example"
        letter["Message-ID"] = "<1@drill>"
        letter.set_content(text)
        letter.add_alternative(f"<p>{text}</p>", subtype="html")
        with connected() as client:
            client.send_message(letter)

    return send


def letters(folder: Path) -> list[dict[str, Any]]:
    path = folder / sink.LETTERS
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def behave(folder: Path, **behaviour: Any) -> None:
    (folder / sink.BEHAVIOUR).write_text(json.dumps(behaviour))


def test_a_letter_is_written_down_with_all_that_the_verdict_asks(send: Send, tmp_path: Path) -> None:
    send("Saatnya tayang: kopi ☕", "Buka http://127.0.0.1:1/posts/7/publish/ sekarang.\n..titik")
    (letter,) = letters(tmp_path)
    assert letter["message_id"] == "<1@drill>"
    assert letter["to"] == "a@drill.example"
    assert letter["subject"] == "Saatnya tayang: kopi ☕"
    assert letter["links"] == ["http://127.0.0.1:1/posts/7/publish/"]
    assert letter["outcome"] == "250"
    assert letter["repeat"] is False
    assert abs(letter["t"] - time.time()) < 60


@pytest.mark.parametrize("words", ["Surel ini mungkin terulang.", "This mail may be a repeat."])
def test_it_notices_the_words_of_a_repeat(send: Send, tmp_path: Path, words: str) -> None:
    send(text=words)
    assert letters(tmp_path)[0]["repeat"] is True


def test_a_dropped_letter_has_arrived_and_was_not_answered(send: Send, tmp_path: Path) -> None:
    behave(tmp_path, mode="drop")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send()
    assert [letter["outcome"] for letter in letters(tmp_path)] == ["died_after_data"]
    behave(tmp_path, mode="ok")
    send()
    assert len(letters(tmp_path)) == 2


def test_a_sink_that_dies_has_still_written_the_letter_down(
    send: Send, process: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    behave(tmp_path, mode="die")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send()
    assert [letter["outcome"] for letter in letters(tmp_path)] == ["died_after_data"]
    assert process.wait(10)


def test_what_is_refused_has_not_arrived(send: Send, tmp_path: Path) -> None:
    behave(tmp_path, mode="refuse")
    with pytest.raises(smtplib.SMTPResponseException):
        send()
    assert letters(tmp_path) == []


def test_a_stalled_sink_says_nothing(send: Send, tmp_path: Path) -> None:
    send()
    behave(tmp_path, mode="stall")
    with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        send()
    assert len(letters(tmp_path)) == 1
