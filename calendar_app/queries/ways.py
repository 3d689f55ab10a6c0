"""The ways out of the product in words: their names, why one does not work, and how much waits behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calendar_app.models import Breaker, Reminder, Way, Webhook
from calendar_app.queries import webhooks
from calendar_app.queries.reminders import with_void
from calendar_app.queries.watch import MOST, goes_by

# What an exception of the mail library is called, and what it means for those who run the installation. A name ends
# where the colon of `services.claims.words()` stands; OSError is what is left of a network.
OF_MAIL: dict[tuple[str, ...], Promise] = {
    ("ConnectionRefusedError",): gettext_lazy(
        "Server surel menolak sambungan. Periksa apakah ia hidup, lalu EMAIL_HOST dan EMAIL_PORT."
    ),
    ("gaierror", "herror"): gettext_lazy("Nama server surel tidak dikenal. Periksa EMAIL_HOST dan DNS."),
    ("TimeoutError", "timeout"): gettext_lazy(
        "Server surel tidak menjawab pada waktunya. Periksa server itu dan jaringan ke sana."
    ),
    ("SSLError", "SSLCertVerificationError", "SSLEOFError"): gettext_lazy(
        "Sambungan aman ke server surel gagal. Periksa sertifikatnya dan EMAIL_USE_TLS."
    ),
    ("SMTPAuthenticationError",): gettext_lazy(
        "Server surel tidak menerima nama atau kata sandinya. Periksa EMAIL_HOST_USER dan EMAIL_HOST_PASSWORD."
    ),
    ("SMTPServerDisconnected", "ConnectionResetError", "BrokenPipeError", "SMTPConnectError"): gettext_lazy(
        "Server surel memutus sambungan. Lihat catatannya di sana."
    ),
    ("SMTPSenderRefused",): gettext_lazy("Server surel menolak alamat pengirim. Periksa DEFAULT_FROM_EMAIL."),
    ("SMTPRecipientsRefused",): gettext_lazy(
        "Server surel menolak alamat penerima. Periksa alamat orang itu di Administrasi."
    ),
    ("SMTPDataError", "SMTPResponseException", "SMTPHeloError", "SMTPNotSupportedError"): gettext_lazy(
        "Server surel menolak suratnya. Sebabnya ada di rincian."
    ),
    ("OSError",): gettext_lazy("Server surel tidak terjangkau. Periksa jaringan ke sana."),
}


@dataclass(frozen=True)
class Broken:
    """A way that does not work, and what waits behind it: a number, or "1000+". `webhook` is there for a bridge."""

    breaker: Breaker
    waiting: int
    webhook: Webhook | None

    @property
    def is_mail(self) -> bool:
        return self.breaker.key == Way.EMAIL

    @property
    def name(self) -> str:
        return name(self.breaker.key) if self.webhook is None else f"{name(Way.WEBHOOK)} {self.webhook}"

    @property
    def is_most(self) -> bool:
        """Counting has ended there: it may be more."""
        return self.waiting >= MOST

    @property
    def reason(self) -> str:
        return explain(self.breaker.key, self.breaker.error)


def name(key: str) -> str:
    """A way, or the key of a breaker: "email", "push:fcm.googleapis.com", "webhook:3"."""
    way, _colon, which = key.partition(":")
    said = str(Way(way).label).capitalize() if way in Way.values else way
    return f"{said} ({which})" if which else said


def explain(key: str, error: str) -> str:
    """What an error means that a breaker or a row keeps, in a sentence; "" for what nobody has met yet."""
    way, word = key.partition(":")[0], error.partition(":")[0].strip()
    if "died with it in hand" in error:
        return _("Proses pengirim berhenti mendadak saat memegangnya, beberapa kali. Laporkan bersama catatan worker.")
    if way == Way.EMAIL:
        return next((str(said) for names, said in OF_MAIL.items() if word in names), "")
    if way == Way.PUSH:
        if word.startswith("HTTP "):
            return _("Layanan notifikasi perangkat menolak. Bila tetap, periksa VAPID_PRIVATE_KEY.")
        return _("Layanan notifikasi perangkat tidak terjangkau. Periksa apakah server ini boleh ke internet (https).")
    if way == Way.WEBHOOK:
        if word.startswith("HTTP ") and word[5:].isdecimal():
            return webhooks.explain(int(word[5:]), "")
        return webhooks.explain(None, f"slow: {error}" if error.startswith("no answer") else f"unreached: {error}")
    return ""


def broken(breakers: Sequence[Breaker], at: datetime) -> list[Broken]:
    """These ways with what waits behind each and should have gone out by `at`; the first that broke first. Three
    queries at most, none for none; counts `MOST` rows at most, over the index `reminder_waits`."""
    if not breakers:
        return []
    due = Reminder.objects.filter(Q(deferred_until=None) | Q(deferred_until__lte=at), waits_from__lte=at)
    standing = with_void(due.filter(goes_by(breakers))).filter(Q(void="")).order_by()
    counted: Counter[str] = Counter()
    for way, host, webhook in standing.values_list("way", "device__host", "webhook_id")[:MOST]:
        counted[f"{way}:{host or webhook}" if host or webhook else way] += 1
    keys = [row.key.partition(":")[2] for row in breakers if row.key.startswith(f"{Way.WEBHOOK}:")]
    bridges = Webhook.objects.in_bulk([int(key) for key in keys if key.isdecimal()])
    return [Broken(row, counted[row.key], bridges.get(_number(row.key))) for row in breakers]


def _number(key: str) -> int:
    which = key.partition(":")[2]
    return int(which) if key.startswith(f"{Way.WEBHOOK}:") and which.isdecimal() else 0


def failing(breakers: Sequence[Breaker]) -> list[webhooks.Bridge]:
    """The bridges in use whose last message was not accepted, but for those that nobody answers at (`broken()` has
    them). As many queries as `webhooks.bridges()`."""
    silent = {row.key for row in breakers}
    return [
        one
        for one in webhooks.bridges()
        if one.webhook.is_active
        and one.last is not None
        and not one.last.is_accepted
        and f"{Way.WEBHOOK}:{one.webhook.pk}" not in silent
    ]
