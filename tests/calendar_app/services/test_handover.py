"""What each answer of the other side makes of a reminder."""

import smtplib
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail

from calendar_app.models import Breaker, Kind, Reminder, State, Status, Way
from calendar_app.services import handover, outbox
from calendar_app.services.couriers.base import Accepted, Nothing, Refused, Result, Unknown, Unreachable
from calendar_app.services.couriers.email import EmailCourier, _send
from tests.cast import NOW, Cast, post_in

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def waiting(cast: Cast) -> list[Reminder]:
    """Eight mails that are due, and nothing else."""
    for _n in range(4):
        post_in(Status.APPROVED, cast)
    Reminder.objects.exclude(kind=Kind.DECIDED, way=Way.EMAIL).delete()
    return list(Reminder.objects.order_by("pk"))


class Script:
    """A courier that answers what the test says, mail for mail; the last answer for all further ones."""

    way, batch, repeatable = Way.EMAIL, 50, False

    def __init__(self, *answers: Result) -> None:
        self.answers, self.asked, self.closed = list(answers), [], 0

    def key(self, reminder: Reminder) -> str:
        return "email"

    def hand_over(self, reminder: Reminder, at: Any) -> Result:
        assert Reminder.objects.get(pk=reminder.pk).state == State.SENDING  # written down before it leaves
        self.asked.append(reminder.pk)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def close(self) -> None:
        self.closed += 1


Play = Callable[..., Script]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    def make(*answers: Result, **changes: Any) -> Script:
        script = Script(*answers)
        for name, value in changes.items():
            setattr(script, name, value)
        monkeypatch.setitem(handover.COURIERS, Way.EMAIL, lambda: script)
        return script

    return make


def states() -> list[str]:
    return list(Reminder.objects.order_by("pk").values_list("state", flat=True))


def test_accepted_is_sent(waiting: list[Reminder], play: Play) -> None:
    script = play(Accepted())
    outbox.tick(at=NOW)
    assert states() == [State.SENT] * 8
    assert script.closed == 1


def test_nothing_left_to_say_is_skipped(waiting: list[Reminder], play: Play) -> None:
    play(Nothing("nothing left to say"), Accepted())
    outbox.tick(at=NOW)
    assert states() == [State.SKIPPED] + [State.SENT] * 7


def test_unreachable_counts_as_no_attempt_and_nobody_tries_for_a_while(waiting: list[Reminder], play: Play) -> None:
    script = play(Unreachable("refused"))
    outbox.tick(at=NOW)
    assert (len(script.asked), states()) == (1, [State.PENDING] * 8)
    assert set(Reminder.objects.values_list("attempts", flat=True)) == {0}
    outbox.tick(at=NOW + 29 * SECOND)
    assert len(script.asked) == 1
    script.answers = [Accepted()]
    outbox.tick(at=NOW + 31 * SECOND)
    assert states() == [State.SENT] * 8
    assert not Breaker.objects.exists()


def test_refused_for_good_is_set_aside_at_once(waiting: list[Reminder], play: Play) -> None:
    play(Refused("gone", final=True), Accepted())
    outbox.tick(at=NOW)
    assert states() == [State.FAILED] + [State.SENT] * 7


def test_a_server_that_asks_everybody_to_come_later_is_out_of_order(waiting: list[Reminder], play: Play) -> None:
    """Otherwise an outage of some minutes would set aside whatever was due in it."""
    script = play(Refused("451", is_passing=True))
    at = NOW
    for _n in range(12):
        outbox.tick(at=at)
        at += 5 * MINUTE
    assert states() == [State.PENDING] * 8
    assert max(Reminder.objects.values_list("attempts", flat=True)) < 3
    script.answers = [Accepted()]
    for _n in range(3):
        outbox.tick(at=at)
        at += 5 * MINUTE
    assert states() == [State.SENT] * 8


def test_one_letter_that_is_asked_to_come_later_waits_while_it_makes_sense(
    waiting: list[Reminder], play: Play
) -> None:
    poison = waiting[0].pk
    script = play(Accepted())
    script.hand_over = lambda row, at: Refused("451", is_passing=True) if row.pk == poison else Accepted()  # type: ignore[method-assign]
    for minute in (0, 1, 4, 8, 30, 200):
        outbox.tick(at=NOW + minute * MINUTE)
    assert states() == [State.PENDING] + [State.SENT] * 7
    assert Reminder.objects.get(pk=poison).attempts <= 3
    outbox.tick(at=waiting[0].valid_until + MINUTE)
    assert states()[0] == State.EXPIRED  # and it is told in a digest


def test_a_server_that_does_not_answer_makes_one_mail_uncertain_and_the_rest_wait(
    waiting: list[Reminder], play: Play
) -> None:
    play(Unknown("timed out", is_down=True))
    outbox.tick(at=NOW)
    assert sorted(states()) == [State.PENDING] * 7 + [State.UNCERTAIN]
    assert Breaker.objects.get().key == "email"


def test_where_repeats_are_told_apart_what_is_unknown_is_tried_again(waiting: list[Reminder], play: Play) -> None:
    script = play(Unknown("timed out"), Accepted(), repeatable=True)
    outbox.tick(at=NOW)
    assert states() == [State.PENDING] + [State.SENT] * 7
    outbox.tick(at=NOW + MINUTE)
    assert (states(), script.asked[0]) == ([State.SENT] * 8, script.asked[-1])


def test_an_error_of_our_own_counts_against_the_row_alone(waiting: list[Reminder], play: Play) -> None:
    def fails(row: Reminder, at: Any) -> Result:
        if row.pk == waiting[0].pk:
            raise KeyError("no words")
        return Accepted()

    play(Accepted()).hand_over = fails  # type: ignore[method-assign]
    outbox.tick(at=NOW)
    assert states() == [State.PENDING] + [State.SENT] * 7
    assert "no words" in Reminder.objects.get(pk=waiting[0].pk).error


def test_what_does_not_fit_into_the_lease_is_given_back(
    waiting: list[Reminder], play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(Accepted())
    seconds = iter(range(0, 10_000, 11))
    monkeypatch.setattr(handover, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    outbox.tick(at=NOW, limit=8)
    assert sorted(set(states())) == [State.PENDING, State.SENT]
    assert set(Reminder.objects.filter(state=State.PENDING).values_list("attempts", flat=True)) == {0}


# What a mail server's answers mean -------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (smtplib.SMTPSenderRefused(451, b"later", "a@b.example"), Unreachable),
        (smtplib.SMTPSenderRefused(550, b"no", "a@b.example"), Refused),
        (smtplib.SMTPDataError(421, b"closing"), Unreachable),
        (smtplib.SMTPDataError(554, b"no"), Refused),
        (smtplib.SMTPRecipientsRefused({"a@b.example": (450, b"grey")}), Refused),
        (smtplib.SMTPServerDisconnected("gone"), Unknown),
        (TimeoutError("timed out"), Unknown),
        (ConnectionResetError("reset"), Unknown),
    ],
)
def test_what_a_mail_server_answers(error: Exception, result: type) -> None:
    class Server:
        def send_messages(self, letters: Any) -> int:
            raise error

    assert isinstance(_send(Server(), mail.EmailMultiAlternatives()), result)  # type: ignore[arg-type]


def test_a_server_that_stalls_after_data_is_down() -> None:
    """smtplib itself, against a server that takes the letter and says nothing more."""
    listener = socket.create_server(("127.0.0.1", 0))

    def stall() -> None:
        line, _address = listener.accept()
        with line, line.makefile("rb") as said:
            line.sendall(b"220 ready\r\n")
            for command in said:
                line.sendall(b"354 go on\r\n" if command.upper().startswith(b"DATA") else b"250 fine\r\n")
                if command.upper().startswith(b"DATA"):
                    done.wait(5)
                    return

    done = threading.Event()
    server = threading.Thread(target=stall)
    server.start()
    port = listener.getsockname()[1]
    connection = mail.get_connection(
        "django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=port, timeout=0.3
    )
    letter = mail.EmailMultiAlternatives("Hal", "Isi", "a@b.example", ["c@d.example"])
    try:
        connection.open()
        result = _send(connection, letter)
    finally:
        done.set()
        server.join()
        listener.close()
    assert isinstance(result, Unknown)
    assert result.is_down


def test_three_unknown_in_a_row_are_the_servers_fault(waiting: list[Reminder], play: Play) -> None:
    """Otherwise a server that hangs up after every letter leaves a whole queue uncertain."""
    script = play(Unknown("disconnected"))
    outbox.tick(at=NOW)
    assert len(script.asked) == 3
    assert sorted(states()) == [State.PENDING] * 5 + [State.UNCERTAIN] * 3
    assert Breaker.objects.get().key == "email"


def test_only_passing_refusals_count_as_passing() -> None:
    class Server:
        code = 450

        def send_messages(self, letters: Any) -> int:
            raise smtplib.SMTPRecipientsRefused({"a@b.example": (self.code, b"")})

    passing, final = Server(), Server()
    final.code = 550
    letter = mail.EmailMultiAlternatives()
    assert _send(passing, letter) == Refused(_send(passing, letter).why, is_passing=True)  # type: ignore[arg-type,union-attr]
    assert _send(final, letter) == Refused(_send(final, letter).why)  # type: ignore[arg-type,union-attr]


def test_an_unreachable_server_is_asked_once_for_each_batch(
    waiting: list[Reminder], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def refuse(self: EmailCourier) -> Any:
        tried.append(self)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(EmailCourier, "_connected", refuse)
    outbox.tick(at=NOW)
    assert len(tried) == 1
