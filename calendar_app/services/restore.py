"""After the database was restored from a backup: what went out after the backup must not go out again.

The backup knows nothing of what was sent after it. The mail server's own log does; without it nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from re import compile as pattern
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from audit import services as audit
from calendar_app.models import WAITING, Pause, Reminder, State, Way
from calendar_app.services import pulse
from calendar_app.services.rows import message_id

# As mail servers write it: message-id=<…>, Message-ID: <…>, or bare.
MESSAGE_ID = pattern(r"[^\s<>=,;\"']+@[^\s<>,;\"']+")
BATCH = 500
FREE: dict[str, Any] = {"lease_until": None, "not_before": None, "claimed_by": ""}


@dataclass(frozen=True)
class Reconciled:
    """What became of the mails that were due: found in the log; to be sent after all; and those of which nobody knows
    whether they were sent."""

    sent: int = 0
    waiting: int = 0
    uncertain: int = 0


def reconcile(
    *, at: datetime, backup_at: datetime, lost_at: datetime | None = None, mail_log: Iterable[str] | None = None
) -> Reconciled:
    """Pause sending, and settle the mails that were due by `lost_at`, when the lost database last worked (`at`, if
    nobody knows).

    With the lines of the mail server's log since the backup: what is in it was sent, the rest was not. Without: what
    still makes sense becomes uncertain, for an administrator to look at. What makes no sense any more is summed up in
    one digest a person by the first tick after `resume()`; notices are written then, since the restored database has
    none of them. May be run again. Raises ValidationError.
    """
    until = lost_at or at
    if not backup_at <= until <= at:
        raise ValidationError(
            _("Urutannya cadangan, lalu hilang, lalu sekarang. Periksa tanggal dan zonanya.")
        )
    with transaction.atomic():
        if not any(pause.reason == Pause.Reason.RESTORE for pause in pulse.pauses_in_force(at)):
            pulse.pause(reason=Pause.Reason.RESTORE, at=at, note=backup_at.isoformat(timespec="minutes"))
        mails = Reminder.objects.filter(way=Way.EMAIL, state__in=WAITING, due_at__lte=until)
        found = _without_log(mails, at) if mail_log is None else _by_log(mails, mail_log)
        audit.record(
            at=at,
            action="reminders_reconciled",
            actor=None,
            kind="reminder",
            object_id=0,
            name=backup_at.isoformat(timespec="minutes"),
            data=asdict(found) | {"lost_at": until.isoformat(), "mail_log": mail_log is not None},
        )
    return found


def _by_log(mails: QuerySet[Reminder], mail_log: Iterable[str]) -> Reconciled:
    rows = {
        (known or message_id(identity)).strip("<>"): pk
        for pk, known, identity in mails.order_by().values_list("pk", "message_id", "identity")
    }
    sent = sorted({rows[name] for line in mail_log for name in MESSAGE_ID.findall(line) if name in rows})
    for start in range(0, len(sent), BATCH):
        # on time, as far as anybody knows; when exactly stands in the log
        mails.filter(pk__in=sent[start : start + BATCH]).update(
            state=State.SENT, sent_at=F("due_at"), error="found in the mail log after a restore", **FREE
        )
    # what the backup has as uncertain was handed over before it, perhaps, and stays so
    return Reconciled(sent=len(sent), waiting=len(rows) - len(sent))


def _without_log(mails: QuerySet[Reminder], at: datetime) -> Reconciled:
    standing = mails.filter(valid_until__gte=at).exclude(state=State.UNCERTAIN, not_before=None)
    uncertain = standing.update(
        state=State.UNCERTAIN, error="restored from a backup: nobody knows whether it was sent", **FREE
    )
    return Reconciled(uncertain=uncertain)
