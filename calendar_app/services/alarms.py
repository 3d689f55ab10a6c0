"""What the watcher says when something is wrong: rows of `Alarm`, and one mail to the duty address.

The mail goes straight to the mail server, not through the queue that may be the very thing that is broken. What could
not be written or mailed is kept in memory and tried again with each look.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calendar_app.messages.words import when
from calendar_app.models import Alarm, Pause, Way
from calendar_app.queries import watch as queries
from calendar_app.queries import ways

logger = logging.getLogger(__name__)

# While something lasts it is mailed again after so long.
AGAIN_AFTER = timedelta(hours=1)


class What(StrEnum):
    """The kinds of alarm; `Alarm.kind`."""

    DATABASE = "database"
    LOOK = "look"
    WRITE = "write"
    TICK = "tick"
    QUEUE = "queue"
    BROKER = "broker"
    OVERDUE = "overdue"
    INCOMPLETE = "incomplete"
    SET_ASIDE = "set_aside"
    UNCERTAIN = "uncertain"
    BREAKER = "breaker"
    PAUSE = "pause"
    SKEW = "skew"


@dataclass(frozen=True)
class Words:
    """What has happened, in a sentence, what to do about it, and what is true again when it is over."""

    title: Promise
    step: Promise
    over: Promise


WORDS: dict[str, Words] = {
    What.DATABASE: Words(
        gettext_lazy("Basis data tidak menjawab"),
        gettext_lazy("Periksa server basis data dan jaringan. Pengingat dikirim lagi sendiri begitu ia menjawab."),
        gettext_lazy("Basis data menjawab lagi"),
    ),
    What.LOOK: Words(
        gettext_lazy("Pengawas sendiri tidak dapat memeriksa"),
        gettext_lazy("Periksa catatan proses watch, dan apakah versinya sama dengan basis data (manage.py prepare)."),
        gettext_lazy("Pengawas dapat memeriksa lagi"),
    ),
    What.WRITE: Words(
        gettext_lazy("Basis data tidak menerima tulisan"),
        gettext_lazy("Periksa sisa ruang disk server basis data, dan apakah ia hanya-baca."),
        gettext_lazy("Basis data menerima tulisan lagi"),
    ),
    What.TICK: Words(
        gettext_lazy("Tidak ada yang memeriksa pengingat"),
        gettext_lazy("Periksa proses worker dan beat, lalu catatannya; nyalakan lagi bila mati."),
        gettext_lazy("Pengingat diperiksa lagi"),
    ),
    What.QUEUE: Words(
        gettext_lazy("Antrean tidak bekerja; pengawas menggantikannya"),
        gettext_lazy("Pengingat tetap terkirim, lebih lambat. Periksa Redis, worker, dan beat, lalu nyalakan lagi."),
        gettext_lazy("Antrean bekerja lagi"),
    ),
    What.BROKER: Words(
        gettext_lazy("Antrean (Redis) tidak terjangkau"),
        gettext_lazy("Pengingat tetap terkirim lewat pengawas. Nyalakan lagi Redis; isinya tidak perlu dipulihkan."),
        gettext_lazy("Antrean (Redis) terjangkau lagi"),
    ),
    What.OVERDUE: Words(
        gettext_lazy("Pengingat terlambat dikirim"),
        gettext_lazy("Tambah worker bila semuanya berjalan; bila tidak, nyalakan lagi worker dan beat."),
        gettext_lazy("Tidak ada lagi pengingat yang terlambat dikirim"),
    ),
    What.INCOMPLETE: Words(
        gettext_lazy("Unggahan disetujui yang pengingatnya belum lengkap"),
        gettext_lazy("Biasanya dilengkapi sendiri dalam semenit. Bila tetap, periksa catatan worker dan laporkan."),
        gettext_lazy("Pengingat semua unggahan disetujui sudah lengkap"),
    ),
    What.SET_ASIDE: Words(
        gettext_lazy("Pengingat yang gagal tiga kali dan disisihkan"),
        gettext_lazy("Baca sebabnya di halaman operasi, lalu coba lagi atau biarkan."),
        gettext_lazy("Tidak ada lagi pengingat yang disisihkan"),
    ),
    What.UNCERTAIN: Words(
        gettext_lazy("Pengingat yang tidak pasti sampai"),
        gettext_lazy("Di halaman operasi, kirim sekali lagi dengan tangan atau terima apa adanya."),
        gettext_lazy("Tidak ada lagi pengingat yang tidak pasti sampai"),
    ),
    What.BREAKER: Words(
        gettext_lazy("Jalur kirim yang terputus lebih dari lima menit"),
        gettext_lazy("Periksa server di ujung jalur itu. Pemberitahuan di aplikasi tetap sampai; sisanya menunggu."),
        gettext_lazy("Semua jalur kirim tersambung lagi"),
    ),
    What.PAUSE: Words(
        gettext_lazy("Pengiriman pengingat sedang dijeda"),
        gettext_lazy("Lanjutkan di halaman operasi begitu sebabnya beres."),
        gettext_lazy("Pengiriman pengingat berjalan lagi"),
    ),
    What.SKEW: Words(
        gettext_lazy("Jam mesin ini berbeda dari jam basis data"),
        gettext_lazy("Nyalakan penyelarasan jam (NTP) di kedua mesin. Pengingat mengikuti jam basis data."),
        gettext_lazy("Jam mesin ini sama lagi dengan jam basis data"),
    ),
}


@dataclass
class Ongoing:
    """An alarm as this process knows it, whether or not the database could be told."""

    kind: str
    detail: str
    began_at: datetime
    seen_at: datetime
    mailed_at: datetime | None = None
    ended_at: datetime | None = None
    is_written: bool = False


def read() -> list[Ongoing]:
    """The alarms that are not over, as the database has them. One query."""
    rows = Alarm.objects.filter(ended_at=None)
    return [Ongoing(row.kind, row.detail, row.began_at, row.seen_at, row.mailed_at, None, True) for row in rows]


def write(alarms: Iterable[Ongoing]) -> None:
    """Make the rows say what we know: open new ones, keep those that last, end those that are over."""
    with transaction.atomic():
        for alarm in alarms:
            values = {"detail": alarm.detail[:500], "seen_at": alarm.seen_at}
            if alarm.mailed_at:
                values["mailed_at"] = alarm.mailed_at
            if alarm.ended_at:
                values["ended_at"] = alarm.ended_at
            if not Alarm.objects.filter(kind=alarm.kind, ended_at=None).update(**values):
                # another watcher may have opened it this very moment: then its row stands for both
                row = Alarm(kind=alarm.kind, began_at=alarm.began_at, **values)
                Alarm.objects.bulk_create([row], ignore_conflicts=True)


# The mail ------------------------------------------------------------------------------


def addresses() -> list[str]:
    """Whom an alarm is mailed to: the duty address, else the administrators."""
    return list(settings.DUTY_EMAIL) or queries.administrators()


def wants_mail(alarm: Ongoing, at: datetime) -> bool:
    """Was nobody written to yet, or so long ago that it is time again?"""
    return alarm.mailed_at is None or at - alarm.mailed_at >= AGAIN_AFTER or alarm.mailed_at > at


class NobodyError(Exception):
    """There is no duty address, and no administrator either."""


def mail(alarms: list[Ongoing], to: list[str], at: datetime) -> None:
    """Write one mail about all of these, that they have begun or that they are over. Raises `NobodyError`, and what
    the mail server raises."""
    if not to:
        raise NobodyError("there is nobody to write to; set DUTY_EMAIL")
    # Nobody knows which language is read at the duty address: both, the ministry's first.
    parts = []
    for language in ("id", "en"):
        with translation.override(language):
            parts.append(_text(alarms))
    with translation.override("id"):
        said = _("[Selaras] Selesai: %(title)s") if alarms[0].ended_at else _("[Selaras] Alarm: %(title)s")
        subject = said % {"title": _titles(alarms)}
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(" >") or "localhost"
    headers = {
        "Message-ID": f"<alarm-{alarms[0].kind}-{at:%Y%m%d%H%M%S}@{host}>",
        "Auto-Submitted": "auto-generated",
        "X-Selaras-Alarm": ",".join(alarm.kind for alarm in alarms),
    }
    EmailMessage(subject, "\n\n-- \n\n".join(parts) + "\n", settings.DEFAULT_FROM_EMAIL, to, headers=headers).send()


def _titles(alarms: list[Ongoing]) -> str:
    words = WORDS[alarms[0].kind]
    first = str(words.over if alarms[0].ended_at else words.title)
    return _("%(first)s, dan %(n)d lagi") % {"first": first, "n": len(alarms) - 1} if len(alarms) > 1 else first


def _text(alarms: list[Ongoing]) -> str:
    lines = []
    for alarm in alarms:
        words = WORDS[alarm.kind]
        said = in_words(alarm.kind, alarm.detail)
        if alarm.ended_at:
            lines.append(f"* {words.over}.")
            lines.append("  " + _("Tadinya: %(what)s") % {"what": f"{words.title}" + (f": {said}" if said else "")})
        else:
            lines.append(f"* {words.title}" + (f": {said}" if said else ""))
        lines.append("  " + _("Sejak %(at)s.") % {"at": _jakarta(alarm.began_at)})
        if alarm.ended_at:
            lines.append("  " + _("Beres sejak %(at)s.") % {"at": _jakarta(alarm.ended_at)})
        else:
            lines.append(f"  {words.step}")
        lines.append("")
    return "\n".join([*lines, f"{settings.BASE_URL}/operations/"])


def _jakarta(at: datetime) -> str:
    return when(at, settings.HQ_TIMEZONE)


def in_words(kind: str, detail: str) -> str:
    """The detail of an alarm as people read it, in the active language: ways and reasons have names, and of an error
    its meaning comes first."""
    if kind not in (What.BREAKER, What.PAUSE):
        return detail
    return "; ".join(_part_in_words(kind, part) for part in detail.split("; "))


def _part_in_words(kind: str, part: str) -> str:
    key, _colon, rest = part.partition(": ")
    if kind == What.PAUSE and key in Pause.Reason.values:
        reason = str(Pause.Reason(key).label)
        return f"{reason}: {rest}" if rest else reason
    if kind == What.BREAKER and key.partition(":")[0] in Way.values:
        meaning = ways.explain(key, rest)
        return f"{ways.name(key)}: {meaning} ({rest})" if meaning else f"{ways.name(key)}: {rest}"
    return part  # an error may hold the mark between two
