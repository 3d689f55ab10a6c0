"""The words of notices and mails, made in the reader's language when they are read or sent.

Every message names the post by its internal title and its mission, says when, and gives one next step with its
address. The text of a post is never in it: mail leaves the house.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import dateparse, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calendar_app.models import Kind, Post, Reminder
from missions.models import Person
from missions.roles import Permission, can

MAX_SUBJECT = 150
MAX_LISTED = 20

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Notice:
    """A message: one line, one or two sentences, and the next step with its address on this site.

    `lines` are the posts that a message about several of them names.
    """

    title: str
    body: str
    url: str
    step: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mail:
    """A mail, ready but for its addresses. The subject is one line."""

    subject: str
    text: str
    html: str


def notice(kind: str, post: Post | None, data: Data, person: Person) -> Notice:
    """The words of one message, in the active language. `person` reads it; `post` comes with its mission.

    Works on whatever `data` old rows hold: what is missing is left out.
    """
    if post is None:
        return WITHOUT_POST.get(kind, _digest)(data)
    words = WITH_POST.get(kind, _decided)(post, data)
    if words.url.startswith("/review/") and not can(person, Permission.REVIEW):
        # managers and administrators may read the queue, but have nothing to decide there
        return replace(words, url=_page(post), step=_("Lihat unggahan"))
    return words


def mail(reminder: Reminder, data: Data | None = None, *, repeat: bool = False) -> Mail:
    """The mail of a reminder in its recipient's language; `data` instead of the stored one, when given.

    `repeat`: nobody knows whether it has arrived before, and it says so.
    """
    person = reminder.recipient
    with translation.override(person.language):
        words = notice(reminder.kind, reminder.post, reminder.data if data is None else data, person)
        subject = one_line(words.title)
        if repeat:
            subject = one_line(_("(mungkin terulang) %(subject)s") % {"subject": subject})
        context = {
            "words": words,
            "person": person,
            "repeat": repeat,
            "link": settings.BASE_URL + words.url,
            "choices": f"{settings.BASE_URL}/profile/",
        }
        return Mail(
            subject=subject,
            text=render_to_string("calendar_app/mail/reminder.txt", context),
            html=render_to_string("calendar_app/mail/reminder.html", context),
        )


def message_domain() -> str:
    """The right side of our Message-IDs."""
    return urlsplit(settings.BASE_URL).hostname or "localhost"


def one_line(text: str) -> str:
    """The text without line breaks and control characters, cut to what a subject holds."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return clean if len(clean) <= MAX_SUBJECT else clean[: MAX_SUBJECT - 1].rstrip() + "…"


# Times ---------------------------------------------------------------------------------


def when(instant: datetime | str | None, zone: str) -> str:
    """An instant in a mission's zone with Jakarta's time beside it, in the active language; "" for None."""
    at = dateparse.parse_datetime(instant) if isinstance(instant, str) else instant
    if at is None:
        return ""
    jakarta = at.astimezone(zoneinfo.ZoneInfo(settings.HQ_TIMEZONE))
    if zone == settings.HQ_TIMEZONE:
        return f"{_day(jakarta)}, {_clock(jakarta)} WIB"
    local = at.astimezone(zoneinfo.ZoneInfo(zone))
    beside = _clock(jakarta) if jakarta.date() == local.date() else f"{date_format(jakarta, 'j M')}, {_clock(jakarta)}"
    city = zone.rsplit("/", 1)[-1].replace("_", " ")
    return _("%(day)s, %(time)s waktu %(city)s (%(jakarta)s WIB)") % {
        "day": _day(local),
        "time": _clock(local),
        "city": city,
        "jakarta": beside,
    }


def _day(at: datetime) -> str:
    return date_format(at, "l, j F Y")


def _clock(at: datetime) -> str:
    return f"{at:%H:%M}" if (translation.get_language() or "").startswith("en") else f"{at:%H.%M}"


def _time_of(post: Post, data: Data) -> str:
    """The time the message speaks of: the one it was made for, else the post's present one."""
    return when(data.get("at") or post.scheduled_at, data.get("timezone") or post.timezone)


# Messages about one post ---------------------------------------------------------------

# The addresses are a contract (DESIGN §10). Not `reverse()`: mails are made where no page is loaded.


def _page(post: Post) -> str:
    return f"/posts/{post.pk}/"


def _names(post: Post, data: Data) -> dict[str, str]:
    return {
        "title": post.title or _("tanpa judul (no. %(pk)d)") % {"pk": post.pk},
        "mission": str(post.mission),
        "time": _time_of(post, data) or _("belum ada waktu"),
        "by": str(data.get("by") or "Selaras"),
        "comment": str(data.get("comment") or ""),
    }


def _signoff_requested(post: Post, data: Data) -> Notice:
    n = _names(post, data)
    return Notice(
        _("Mohon paraf: %(title)s") % n,
        _("%(by)s mengajukan unggahan %(mission)s untuk %(time)s. Anda diminta membubuhkan paraf.") % n,
        _page(post),
        _("Baca dan paraf"),
    )


def _signoff_due(post: Post, data: Data) -> Notice:
    n = _names(post, data)
    return Notice(
        _("Belum diparaf: %(title)s") % n,
        _("Separuh waktu sudah lewat. Unggahan %(mission)s dijadwalkan %(time)s dan masih menunggu paraf.") % n,
        _page(post),
        _("Buka unggahan"),
    )


def _review_requested(post: Post, data: Data) -> Notice:
    n = _names(post, data)
    return Notice(
        _("Perlu ditinjau: %(title)s (%(mission)s)") % n,
        _("Unggahan %(mission)s masuk peninjauan. Jadwal tayangnya %(time)s.") % n,
        f"/review/{post.pk}/",
        _("Tinjau"),
    )


def _review_due(post: Post, data: Data) -> Notice:
    n = _names(post, data)
    if data.get("offset") == "24h":
        body = _("Kurang dari 24 jam lagi: unggahan %(mission)s dijadwalkan %(time)s dan belum ditinjau.") % n
    else:
        body = _("Separuh waktu sudah lewat. Unggahan %(mission)s dijadwalkan %(time)s dan belum ditinjau.") % n
    return Notice(_("Belum ditinjau: %(title)s (%(mission)s)") % n, body, f"/review/{post.pk}/", _("Tinjau"))


def _decided(post: Post, data: Data) -> Notice:
    n = _names(post, data)
    action = data.get("action")
    titles = {
        "approve": _("Disetujui: %(title)s"),
        "request_changes": _("Perlu perbaikan: %(title)s"),
        "send_back": _("Dikembalikan kepala: %(title)s"),
        "decline": _("Ditolak: %(title)s"),
        "cancel": _("Dibatalkan oleh Pusat: %(title)s"),
        "retract": _("Ditarik dari tayang oleh Pusat: %(title)s"),
        "review_afterwards": _("Sudah ditinjau sesudah tayang: %(title)s"),
    }
    bodies = {
        "approve": _("%(by)s menyetujui unggahan %(mission)s untuk %(time)s. Anda akan diingatkan saat harus tayang."),
        "request_changes": _("%(by)s meminta perbaikan pada unggahan %(mission)s untuk %(time)s."),
        "send_back": _("%(by)s mengembalikan unggahan %(mission)s untuk %(time)s."),
        "decline": _("%(by)s menolak unggahan %(mission)s untuk %(time)s."),
        "cancel": _("%(by)s membatalkan unggahan %(mission)s untuk %(time)s."),
        "retract": _("%(by)s mencatat bahwa unggahan %(mission)s ditarik dari tayang."),
        "review_afterwards": _("%(by)s meninjau unggahan mendesak %(mission)s."),
    }
    steps = {"approve": _("Lihat unggahan"), "request_changes": _("Perbaiki"), "send_back": _("Perbaiki")}
    title = titles.get(str(action), _("Keputusan: %(title)s")) % n
    body = bodies.get(str(action), _("%(by)s memutuskan unggahan %(mission)s.")) % n
    return Notice(title, _with_comment(body, n), _page(post), steps.get(str(action), _("Lihat unggahan")))


def _recalled(post: Post, data: Data) -> Notice:
    n = _names(post, data)
    body = _("%(by)s menarik persetujuan unggahan %(mission)s untuk %(time)s. Jangan ditayangkan.") % n
    return Notice(_("Persetujuan ditarik: %(title)s") % n, _with_comment(body, n), _page(post), _("Perbaiki"))


def _with_comment(body: str, names: Mapping[str, str]) -> str:
    return body + " " + _("Catatan: “%(comment)s”") % names if names["comment"] else body


def _publish_soon(post: Post, data: Data) -> Notice:
    n = _names(post, data)
    soon = _("Satu jam lagi tayang: %(title)s") if data.get("offset") == "1h" else _("Tayang dalam 24 jam: %(title)s")
    body = _("Unggahan %(mission)s dijadwalkan %(time)s. Siapkan kanalnya; naskahnya sudah disetujui.") % n
    return Notice(soon % n, body, _page(post), _("Lihat unggahan"))


def _publish_now(post: Post, data: Data) -> Notice:
    n = _names(post, data)
    return Notice(
        _("Saatnya tayang: %(title)s") % n,
        _("Tayangkan unggahan %(mission)s sekarang (%(time)s) dengan naskah yang disetujui, lalu konfirmasi tautannya.")
        % n,
        f"/posts/{post.pk}/publish/",
        _("Buka halaman tayang"),
    )


def _publish_overdue(post: Post, data: Data) -> Notice:
    n = _names(post, data)
    if data.get("offset") == "grace":
        return Notice(
            _("Terlewat: %(title)s (%(mission)s)") % n,
            _("Unggahan %(mission)s untuk %(time)s belum dikonfirmasi sampai tenggangnya lewat. ") % n
            + _("Konfirmasi bila sudah tayang, atau pilih waktu baru."),
            _page(post),
            _("Putuskan"),
        )
    return Notice(
        _("Belum dikonfirmasi: %(title)s") % n,
        _("Unggahan %(mission)s seharusnya tayang %(time)s. Tayangkan sekarang, atau konfirmasi bila sudah.") % n,
        f"/posts/{post.pk}/publish/",
        _("Buka halaman tayang"),
    )


def _urgent_published(post: Post, data: Data) -> Notice:
    n = _names(post, data) | {"at": when(post.published_at, post.timezone)}
    if data.get("offset") == "end":
        title = _("Tayang mendesak belum ditinjau: %(title)s (%(mission)s)") % n
        body = _("Batas 24 jam untuk meninjau unggahan mendesak %(mission)s hampir habis. Tayang %(at)s.") % n
    else:
        title = _("Tayang mendesak: %(title)s (%(mission)s)") % n
        body = _("%(by)s menayangkan unggahan %(mission)s tanpa tinjauan, %(at)s. Tinjau dalam 24 jam.") % n
    return Notice(title, _with_comment(body, n), f"/review/{post.pk}/", _("Tinjau"))


def _answer_comments(post: Post, data: Data) -> Notice:
    n = _names(post, data) | {"at": when(post.published_at, post.timezone)}
    return Notice(
        _("Jawab komentar: %(title)s") % n,
        _("Unggahan %(mission)s tayang %(at)s. Lihat tanggapannya dan jawab yang bertanya.") % n,
        _page(post),
        _("Lihat tautannya"),
    )


def _moved(post: Post, data: Data) -> Notice:
    zone = data.get("timezone") or post.timezone
    n = _names(post, data) | {"old": when(data.get("old_at"), zone) or _("belum ada waktu")}
    if data.get("action") == "rezone":
        body = _("Zona waktu berubah: unggahan %(mission)s berpindah dari %(old)s ke %(time)s.") % n
    else:
        body = _("%(by)s memindahkan unggahan %(mission)s dari %(old)s ke %(time)s.") % n
    return Notice(_("Waktu berubah: %(title)s") % n, body, _page(post), _("Lihat unggahan"))


# Messages about several posts ----------------------------------------------------------


def _scope(data: Data) -> str:
    names = data.get("scope_name") or {}
    english = (translation.get_language() or "").startswith("en")
    return names.get("en" if english else "id") or _("semua perwakilan")


def _list(titles: Any, count: int) -> tuple[str, ...]:
    shown = tuple(str(title) for title in list(titles or [])[:MAX_LISTED])
    more = count - len(shown)
    if more > 0:
        shown += (ngettext("dan %(n)d lagi", "dan %(n)d lagi", more) % {"n": more},)
    return shown


def _held(data: Data) -> Notice:
    count = int(data.get("count") or 0)
    n = {"scope": _scope(data), "reason": data.get("reason", ""), "n": count}
    body = ngettext(
        "%(n)d unggahan Anda ditahan (%(scope)s): “%(reason)s”. Jangan tayangkan apa pun sampai penahanan dicabut; "
        "Anda akan diberi tahu.",
        "%(n)d unggahan Anda ditahan (%(scope)s): “%(reason)s”. Jangan tayangkan apa pun sampai penahanan dicabut; "
        "Anda akan diberi tahu.",
        count,
    )
    return Notice(
        _("Ditahan: %(scope)s") % n,
        body % n,
        "/posts/?status=held",
        _("Lihat yang ditahan"),
        _list(data.get("titles"), count),
    )


def _lifted(data: Data) -> Notice:
    passed = int(data.get("passed_count") or 0)
    n = {"scope": _scope(data), "n": passed, "count": int(data.get("count") or 0)}
    title = _("Penahanan dicabut: %(scope)s") % n
    if passed:
        body = ngettext(
            "Penahanan sudah dicabut. Waktu %(n)d unggahan lewat selama ditahan: pilih waktu baru.",
            "Penahanan sudah dicabut. Waktu %(n)d unggahan lewat selama ditahan: pilih waktu baru.",
            passed,
        )
        return Notice(
            title, body % n, "/posts/?status=missed", _("Pilih waktu baru"), _list(data.get("passed_titles"), passed)
        )
    body = _("Penahanan sudah dicabut. Jadwal %(count)d unggahan Anda berlaku lagi seperti semula.") % n
    return Notice(title, body, "/calendar/", _("Buka kalender"))


def _digest(data: Data) -> Notice:
    items = list(data.get("items") or [])
    count = len(items) + int(data.get("more") or 0)
    about = data.get("about")
    lines = _list([_line(item, str(about)) for item in items], count)
    if about == "review":
        title = ngettext("%(n)d unggahan menunggu tinjauan", "%(n)d unggahan menunggu tinjauan", count)
        body = _("Yang masuk dalam satu jam terakhir, terkumpul dalam satu surel. Yang paling mendesak ada di atas.")
        return Notice(title % {"n": count}, body, "/review/", _("Buka antrean"), lines)
    if about == "moved":
        title = ngettext("Waktu %(n)d unggahan berubah", "Waktu %(n)d unggahan berubah", count)
        body = _("Zona waktu perwakilan berubah, jam setempatnya tetap. Periksa apakah waktu barunya sesuai.")
        return Notice(title % {"n": count}, body, "/calendar/", _("Buka kalender"), lines)
    title = ngettext("Ringkasan: %(n)d pengingat terlambat", "Ringkasan: %(n)d pengingat terlambat", count)
    body = _("Pengingat ini tidak terkirim pada waktunya, dan sekarang sudah lewat. Periksa apa yang masih perlu.")
    return Notice(title % {"n": count}, body, "/", _("Buka Hari ini"), lines)


def _line(item: Data, about: str) -> str:
    n = {
        "title": item.get("title") or "",
        "mission": item.get("mission") or "",
        "time": when(item.get("at"), str(item.get("timezone") or settings.HQ_TIMEZONE)),
        "kind": str(dict(Kind.choices).get(str(item.get("kind")), "")),
    }
    if not n["title"]:
        return _("%(kind)s, %(time)s") % n
    if about == "missed":
        return _("%(kind)s: %(title)s (%(mission)s), %(time)s") % n
    return _("%(title)s (%(mission)s), %(time)s") % n


WITH_POST: dict[str, Callable[[Post, Data], Notice]] = {
    Kind.SIGNOFF_REQUESTED: _signoff_requested,
    Kind.SIGNOFF_DUE: _signoff_due,
    Kind.REVIEW_REQUESTED: _review_requested,
    Kind.REVIEW_DUE: _review_due,
    Kind.DECIDED: _decided,
    Kind.RECALLED: _recalled,
    Kind.PUBLISH_SOON: _publish_soon,
    Kind.PUBLISH_NOW: _publish_now,
    Kind.PUBLISH_OVERDUE: _publish_overdue,
    Kind.URGENT_PUBLISHED: _urgent_published,
    Kind.ANSWER_COMMENTS: _answer_comments,
    Kind.MOVED: _moved,
}
WITHOUT_POST: dict[str, Callable[[Data], Notice]] = {Kind.HELD: _held, Kind.LIFTED: _lifted, Kind.DIGEST: _digest}
