"""Chat bridges for the administrator: how each is doing, what it was sent, and what to do when that fails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from calendar_app.models import Breaker, Delivery, Reminder, State, Webhook
from calendar_app.queries.reminders import WAITING
from missions.models import Mission

MOST_MESSAGES = 100


@dataclass(frozen=True)
class Bridge:
    """A bridge and how it is doing. `last` is its latest attempt; `breaker` is there while nobody answers at it."""

    webhook: Webhook
    waiting: int
    failed: int
    last: Delivery | None
    breaker: Breaker | None

    @property
    def advice(self) -> str:
        """What to do, "" when there is nothing."""
        return "" if self.last is None else advice(self.last)


@dataclass(frozen=True)
class Attempt:
    """One attempt, and what to do about it."""

    delivery: Delivery
    advice: str

    @property
    def said(self) -> str:
        """What the receiver answered beyond its status, or why there is no answer."""
        word, _colon, rest = self.delivery.detail.partition(": ")
        return rest if word == "answered" else self.delivery.detail


@dataclass(frozen=True)
class Message:
    """One message to a bridge with its attempts, newest first."""

    reminder: Reminder
    attempts: list[Attempt]


def bridges() -> list[Bridge]:
    """All bridges by name, those that are switched off last. Three queries."""
    failed, waiting = Q(reminders__state=State.FAILED), Q(reminders__state__in=WAITING)
    rows = Webhook.objects.select_related("mission", "made_by").annotate(
        failed_count=Count("reminders", filter=failed), waiting_count=Count("reminders", filter=waiting)
    )
    newest = Delivery.objects.filter(reminder__webhook=OuterRef("pk")).order_by("-id").values("pk")[:1]
    lasts = Delivery.objects.filter(pk__in=Webhook.objects.values_list(Subquery(newest), flat=True))
    of = {last.reminder.webhook_id: last for last in lasts.select_related("reminder")}
    broken = {row.key: row for row in Breaker.objects.filter(key__startswith="webhook:")}
    return [
        Bridge(row, row.waiting_count, row.failed_count, of.get(row.pk), broken.get(f"webhook:{row.pk}"))
        for row in rows.order_by("-is_active", "name", "pk")
    ]


def bridge(webhook: Webhook) -> Bridge:
    """One bridge and how it is doing. Three queries."""
    counts = webhook.reminders.aggregate(
        failed=Count("pk", filter=Q(state=State.FAILED)), waiting=Count("pk", filter=Q(state__in=WAITING))
    )
    last = Delivery.objects.filter(reminder__webhook=webhook).first()
    broken = Breaker.objects.filter(key=f"webhook:{webhook.pk}").first()
    return Bridge(webhook, counts["waiting"], counts["failed"], last, broken)


def messages(webhook: Webhook, at: datetime, *, failed: bool = False) -> list[Message]:
    """What is due or was sent, newest first; only what was set aside, when asked. Two queries."""
    rows: QuerySet[Reminder] = webhook.reminders.filter(due_at__lte=at)
    if failed:
        rows = rows.filter(state=State.FAILED)
    attempts = Prefetch("deliveries", Delivery.objects.order_by("-id"))
    found = rows.select_related("post__mission", "mission").prefetch_related(attempts).order_by("-due_at", "-pk")
    return [
        Message(row, [Attempt(one, "" if one.is_accepted else advice(one)) for one in row.deliveries.all()])
        for row in found[:MOST_MESSAGES]
    ]


def missions() -> QuerySet[Mission]:
    """The missions that a bridge can be of."""
    return Mission.objects.order_by("kind", "name_id")


def advice(delivery: Delivery) -> str:
    """What to do about an attempt that failed, "" for one that did not."""
    return "" if delivery.is_accepted else explain(delivery.status_code, delivery.detail)


def explain(status: int | None, detail: str) -> str:
    """What to do about a call that failed, from the other side's status and from what was noted of it."""
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
        return _("Penerima mengalami kesalahan. Lihat catatannya di sana, lalu kirim ulang.")
    return _("Penerima tidak menerima bentuk pesannya. Bandingkan dengan dokumentasi, lalu kirim ulang.")


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
