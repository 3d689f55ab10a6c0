"""What a restored database sends again: nothing that the mail log has, and nothing unseen that may have gone out."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from audit.models import Entry
from calendar_app import clock
from calendar_app.models import Kind, Notification, Pause, Reminder, State, Way
from calendar_app.queries import watch
from calendar_app.services import operations, outbox, restore
from calendar_app.services.rows import message_id
from tests.cast import NOW, Cast

HOUR = timedelta(hours=1)
BACKUP = NOW - 6 * HOUR


def row(cast: Cast, name: str, state: State = State.PENDING, **values: Any) -> Reminder:
    defaults = {
        "kind": Kind.DECIDED,
        "way": Way.EMAIL,
        "recipient": cast.editor,
        "due_at": NOW - 3 * HOUR,
        "valid_until": NOW + 3 * HOUR,
        "message_id": message_id(name) if values.get("way", Way.EMAIL) == Way.EMAIL else "",
    }
    return Reminder.objects.create(identity=name, state=state, **(defaults | values))


def states() -> dict[str, str]:
    return dict(Reminder.objects.exclude(kind=Kind.DIGEST).values_list("identity", "state"))


def test_what_the_mail_log_has_was_sent_and_the_rest_goes_out(cast: Cast, mailoutbox: list[Any]) -> None:
    for name in ("one", "two", "three"):
        row(cast, name)
    row(cast, "dying", State.SENDING, lease_until=NOW - HOUR)
    row(cast, "before", State.UNCERTAIN)
    row(cast, "later", due_at=NOW + HOUR)
    log = [
        f"Nov 25 08:00:01 mx postfix/cleanup[1]: 4F1: message-id={message_id('one')}\n",
        f"Nov 25 08:00:01 mx exim: <= a@b.example id={message_id('dying').strip('<>')} from=x\n",
        "Nov 25 08:00:02 mx postfix/cleanup[1]: 4F2: message-id=<other@mail.example>\n",
        f"2026-11-25 Message-ID: {message_id('later')}\n",
    ]
    found = restore.reconcile(at=NOW, backup_at=BACKUP, mail_log=log)
    assert found == restore.Reconciled(sent=2, waiting=3)
    outbox.tick(at=NOW)
    assert mailoutbox == []  # paused
    operations.resume(pause=Pause.objects.get(), by=cast.admin, at=NOW)
    outbox.tick(at=NOW)
    assert {letter.extra_headers["Message-ID"] for letter in mailoutbox} == {message_id("two"), message_id("three")}
    assert states() == {
        "one": State.SENT,
        "two": State.SENT,
        "three": State.SENT,
        "dying": State.SENT,
        "before": State.UNCERTAIN,
        "later": State.PENDING,
    }


def test_without_a_log_what_may_have_gone_out_is_left_to_a_person(cast: Cast, mailoutbox: list[Any]) -> None:
    row(cast, "standing")
    row(cast, "past", valid_until=NOW - HOUR)
    row(cast, "after", due_at=NOW - HOUR / 2)
    row(cast, "notice", way=Way.IN_APP)
    found = restore.reconcile(at=NOW, backup_at=BACKUP, lost_at=NOW - HOUR)
    assert found == restore.Reconciled(uncertain=1)
    assert watch.trouble().for_good == 1
    operations.resume(pause=Pause.objects.get(), by=cast.admin, at=NOW)
    outbox.tick(at=NOW)
    assert states() == {
        "standing": State.UNCERTAIN,
        "past": State.EXPIRED,
        "after": State.SENT,
        "notice": State.SENT,
    }
    # the restored database had none of it
    assert Notification.objects.filter(reminder__identity="notice").exists()
    assert [letter.extra_headers["Message-ID"] for letter in mailoutbox] == [message_id("after")]
    digest = Reminder.objects.get(kind=Kind.DIGEST, way=Way.EMAIL)
    assert (digest.recipient, len(digest.data["items"])) == (cast.editor, 1)


def test_again_changes_nothing(cast: Cast) -> None:
    row(cast, "standing")
    restore.reconcile(at=NOW, backup_at=BACKUP)
    assert restore.reconcile(at=NOW, backup_at=BACKUP) == restore.Reconciled(uncertain=0)
    assert Pause.objects.count() == 1
    entry = Entry.objects.filter(action="reminders_reconciled").order_by("pk")[0]
    assert entry.data["uncertain"] == 1
    assert entry.data["mail_log"] is False


def test_the_command_says_what_it_did(cast: Cast, tmp_path: Path) -> None:
    row(cast, "one")
    row(cast, "two")
    (tmp_path / "mail.log").write_bytes(b"\xff\xfe " + message_id("one").encode() + b"\n")
    said = io.StringIO()
    with clock.fixed(NOW):
        call_command(
            "after_restore",
            *("--backup-at", BACKUP.isoformat(), "--mail-log", str(tmp_path / "mail.log")),
            stdout=said,
        )
    assert "1 mails stand in the log; 1 do not" in said.getvalue()
    assert states() == {"one": State.SENT, "two": State.PENDING}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--backup-at", "2026-11-22T03:00"), "with its zone"),
        (("--backup-at", "kemarin"), "with its zone"),
        ((), "--backup-at"),
        (("--backup-at", (NOW + HOUR).isoformat()), "Periksa tanggal"),
        (("--backup-at", BACKUP.isoformat(), "--lost-at", (BACKUP - HOUR).isoformat()), "Periksa tanggal"),
        (("--backup-at", BACKUP.isoformat(), "--mail-log", "/no/such/file"), "cannot be read"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...], said: str, cast: Cast) -> None:
    with clock.fixed(NOW), pytest.raises(CommandError, match=said):
        call_command("after_restore", *arguments)
    assert not Pause.objects.exists()
