"""Chat bridges for the administrator: how each is doing, what it was sent, and what to do when that fails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from audit.models import Entry
from calendar_app.models import WAITING, Breaker, Delivery, Reminder, State, Webhook
from calendar_app.queries.reminders import void_reason, with_void
from missions.models import Mission

MOST_MESSAGES = 100
# The last tests of a bridge, kept in the audit trail under this name: they are no reminders.
MOST_TESTS = 5
TESTED = "webhook_tested"
# What may be sent by hand: it has ended one way or the other, and was not taken back.
RESENDABLE = (State.SENT, State.FAILED, State.UNCERTAIN, State.EXPIRED)


@dataclass(frozen=True)
class Trial:
    """A test message that somebody sent, with what is known of any attempt."""

    at: datetime
    by: str
    is_accepted: bool
    status_code: int | None
    milliseconds: int
    detail: str


@dataclass(frozen=True)
class Bridge:
    """A bridge and how it is doing. `last` is its latest attempt, a test or not; `breaker` is there while nobody
    answers at it."""

    webhook: Webhook
    waiting: int
    failed: int
    last: Delivery | Trial | None
    breaker: Breaker | None

    @property
    def advice(self) -> str:
        """What to do, "" when there is nothing."""
        return "" if self.last is None else advice(self.last)


@dataclass(frozen=True)
class Attempt:
    """One attempt, and what to do about it."""

    delivery: Delivery | Trial
    advice: str

    @property
    def said(self) -> str:
        """What the receiver answered beyond its status, or why there is no answer."""
        word, _colon, rest = self.delivery.detail.partition(": ")
        return rest if word == "answered" else self.delivery.detail


@dataclass(frozen=True)
class Message:
    """One message to a bridge with its attempts, newest first, and whether it may be sent again by hand."""

    reminder: Reminder
    attempts: list[Attempt]
    can_resend: bool


def bridges() -> list[Bridge]:
    """All bridges by name, those that are switched off last. Four queries."""
    failed, waiting = Q(reminders__state=State.FAILED), Q(reminders__state__in=WAITING)
    rows = Webhook.objects.select_related("mission", "made_by").annotate(
        failed_count=Count("reminders", filter=failed), waiting_count=Count("reminders", filter=waiting)
    )
    newest = Delivery.objects.filter(reminder__webhook=OuterRef("pk")).order_by("-id").values("pk")[:1]
    lasts = Delivery.objects.filter(pk__in=Webhook.objects.values_list(Subquery(newest), flat=True))
    of = {last.reminder.webhook_id: last for last in lasts.select_related("reminder")}
    tests = Entry.objects.filter(object_kind="webhook", action=TESTED).order_by()
    newest_tests = tests.values("object_id").annotate(newest=Max("pk")).values("newest")
    tried = {entry.object_id: _trial(entry) for entry in Entry.objects.filter(pk__in=newest_tests)}
    broken = {row.key: row for row in Breaker.objects.filter(key__startswith="webhook:")}
    return [
        Bridge(
            row,
            row.waiting_count,
            row.failed_count,
            _later(of.get(row.pk), tried.get(row.pk)),
            broken.get(f"webhook:{row.pk}"),
        )
        for row in rows.order_by("-is_active", "name", "pk")
    ]


def _later(last: Delivery | None, tried: Trial | None) -> Delivery | Trial | None:
    return tried if tried is not None and (last is None or tried.at > last.at) else last


def bridge(webhook: Webhook, tried: list[Attempt]) -> Bridge:
    """One bridge and how it is doing; `tried`: its last tests, newest first. Three queries."""
    counts = webhook.reminders.aggregate(
        failed=Count("pk", filter=Q(state=State.FAILED)), waiting=Count("pk", filter=Q(state__in=WAITING))
    )
    last = Delivery.objects.filter(reminder__webhook=webhook).first()
    broken = Breaker.objects.filter(key=f"webhook:{webhook.pk}").first()
    newest = tried[0].delivery if tried else None
    later = _later(last, newest if isinstance(newest, Trial) else None)
    return Bridge(webhook, counts["waiting"], counts["failed"], later, broken)


def trials(webhook: Webhook) -> list[Attempt]:
    """The last tests, newest first. One query."""
    rows = Entry.objects.filter(object_kind="webhook", object_id=webhook.pk, action=TESTED).order_by("-id")
    return [_attempt(_trial(entry)) for entry in rows[:MOST_TESTS]]


def _trial(entry: Entry) -> Trial:
    said = entry.data
    status = said.get("status")
    # entries of the first version say neither how long it took nor whether it was a yes
    accepted = said.get("is_accepted", status is not None and 200 <= status < 300)
    detail, took = str(said.get("detail") or ""), int(said.get("milliseconds") or 0)
    return Trial(entry.at, entry.actor_name, bool(accepted), status, took, detail)


def _attempt(delivery: Delivery | Trial, *, can_resend: bool = False) -> Attempt:
    return Attempt(delivery, advice(delivery, can_resend=can_resend))


def messages(webhook: Webhook, at: datetime, *, failed: bool = False) -> list[Message]:
    """What is due or was sent, newest first; only what was set aside, when asked. Three queries."""
    rows: QuerySet[Reminder] = webhook.reminders.filter(due_at__lte=at)
    if failed:
        rows = rows.filter(state=State.FAILED)
    attempts = Prefetch("deliveries", Delivery.objects.order_by("-id"))
    found = rows.select_related("post__mission", "mission").prefetch_related(attempts).order_by("-due_at", "-pk")
    return [_message(row, webhook) for row in with_void(found)[:MOST_MESSAGES]]


def _message(row: Reminder, webhook: Webhook) -> Message:
    may = webhook.is_active and row.state in RESENDABLE and not void_reason(row)
    return Message(row, [_attempt(one, can_resend=may) for one in row.deliveries.all()], may)


def missions() -> QuerySet[Mission]:
    """The missions that a bridge can be of."""
    return Mission.objects.order_by("kind", "name_id")


def advice(delivery: Delivery | Trial, *, can_resend: bool = False) -> str:
    """What to do about an attempt that failed, "" for one that did not."""
    return "" if delivery.is_accepted else explain(delivery.status_code, delivery.detail, can_resend=can_resend)


def explain(status: int | None, detail: str, *, can_resend: bool = False) -> str:
    """What to do about a call that failed, from the other side's status and from what was noted of it. `can_resend`:
    the button for it stands beside these words."""
    if status is None:
        return _of_silence(detail)
    if 300 <= status < 400:
        return _("Penerima mengalihkan ke alamat lain, dan itu tidak diikuti. Ubah alamatnya menjadi tujuan akhirnya.")
    if status in (401, 403):
        return _("Penerima menolak. Periksa apakah kunci di sana sama; bila ragu, buat kunci baru dan pasang di sana.")
    if status in (404, 410):
        return _("Alamat ini tidak ada lagi di penerima. Salin alamat yang baru dari aplikasi obrolannya.")
    if status == 429:
        return _("Penerima meminta lebih pelan. Kurangi jenis pengingat bila sering terjadi.")
    if status in (502, 503, 504):
        return _("Penerima sedang tidak siap.")
    if status >= 500:
        if can_resend:
            return _("Penerima mengalami kesalahan. Lihat catatannya di sana, lalu kirim ulang.")
        return _("Penerima mengalami kesalahan. Lihat catatannya di sana.")
    if can_resend:
        return _("Penerima tidak menerima bentuk pesannya. Bandingkan dengan dokumentasi, lalu kirim ulang.")
    return _("Penerima tidak menerima bentuk pesannya. Bandingkan dengan dokumentasi.")


def _of_silence(detail: str) -> str:
    word = detail.partition(":")[0]
    if word == "forbidden":
        return _(
            "Alamat ini tidak boleh dihubungi: bukan https di porta 443, atau menunjuk ke dalam jaringan. Ubahlah."
        )
    if word == "unreached" and "certificate" in detail:
        return _("Sertifikat penerima tidak sah untuk nama itu. Minta pengelolanya memperbaikinya.")
    if word == "unreached":
        return _("Penerima tidak dapat dihubungi. Periksa alamatnya, dan apakah server di sana hidup.")
    if word == "cut":
        return _("Penerima memutus sambungan tanpa menjawab. Lihat catatannya di sana.")
    return _("Penerima tidak menjawab dalam 10 detik. Minta ia menjawab dahulu, lalu bekerja.")
