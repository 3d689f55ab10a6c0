"""`manage.py after_restore`: keep a restored database from sending again what went out after its backup."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_datetime

from calendar_app import clock
from calendar_app.services import restore


class Command(BaseCommand):
    help = "After a restore, before the workers start: pauses sending and settles the mails that fell due since."

    def add_arguments(self, parser: ArgumentParser) -> None:
        when: dict[str, Any] = {"type": moment, "metavar": "TIME"}
        parser.add_argument("--backup-at", required=True, help="of the backup, as 2026-11-22T03:00+07:00", **when)
        parser.add_argument("--lost-at", help="when the lost database last worked (now)", **when)
        parser.add_argument("--mail-log", metavar="FILE", help="the mail server's log since the backup; - is the input")

    def handle(self, *args: Any, **options: Any) -> None:
        path = options["mail_log"]
        try:
            with _log(path) as lines:
                found = restore.reconcile(
                    at=clock.now(), backup_at=options["backup_at"], lost_at=options["lost_at"], mail_log=lines
                )
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write("Sending is paused.")
        if path is None:
            self.stdout.write(f"{found.uncertain} mails may have been sent; they are listed under /operations/.")
        else:
            self.stdout.write(f"{found.sent} mails stand in the log; {found.waiting} do not, and still wait.")
        self.stdout.write("Start the workers, look at /operations/, and go on sending there.")


def moment(text: str) -> datetime:
    """A point in time, with its zone."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ArgumentTypeError("write it with its zone, like 2026-11-22T03:00+07:00")
    return found


def _log(path: str | None) -> Any:
    if path is None:
        return nullcontext(None)
    return nullcontext(sys.stdin) if path == "-" else Path(path).open(encoding="utf-8", errors="replace")
