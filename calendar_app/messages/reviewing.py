"""Messages on the way to an approval: sign-off, review, decisions, and times that changed."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from calendar_app.messages.words import Data, Notice, names, page, when
from calendar_app.models import Post, Status


def signoff_requested(post: Post, data: Data) -> Notice:
    n = names(post, data)
    return Notice(
        _("Mohon paraf: %(title)s") % n,
        _("%(by)s mengajukan unggahan %(mission)s untuk %(time)s. Anda diminta membubuhkan paraf.") % n,
        page(post),
        _("Baca dan paraf"),
    )


def signoff_due(post: Post, data: Data) -> Notice:
    n = names(post, data)
    if data.get("offset") == "late":
        title = _("Masih belum diparaf: %(title)s") % n
        body = _("Tinggal seperempat waktu. Unggahan %(mission)s dijadwalkan %(time)s dan masih menunggu paraf.") % n
    else:
        title = _("Belum diparaf: %(title)s") % n
        body = _("Separuh waktu sudah lewat. Unggahan %(mission)s dijadwalkan %(time)s dan masih menunggu paraf.") % n
    return Notice(title, body, page(post), _("Buka unggahan"))


def review_requested(post: Post, data: Data) -> Notice:
    n = names(post, data)
    return Notice(
        _("Perlu ditinjau: %(title)s (%(mission)s)") % n,
        _("Unggahan %(mission)s masuk peninjauan. Jadwal tayangnya %(time)s.") % n,
        f"/review/{post.pk}/",
        _("Tinjau"),
    )


def review_due(post: Post, data: Data) -> Notice:
    n = names(post, data)
    if data.get("offset") == "24h":
        body = _("Kurang dari 24 jam lagi: unggahan %(mission)s dijadwalkan %(time)s dan belum ditinjau.") % n
    else:
        body = _("Separuh waktu sudah lewat. Unggahan %(mission)s dijadwalkan %(time)s dan belum ditinjau.") % n
    return Notice(_("Belum ditinjau: %(title)s (%(mission)s)") % n, body, f"/review/{post.pk}/", _("Tinjau"))


def decided(post: Post, data: Data) -> Notice:
    n = names(post, data)
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
    title = titles.get(str(action), _("Keputusan: %(title)s")) % n
    body = bodies.get(str(action), _("%(by)s memutuskan unggahan %(mission)s.")) % n
    return Notice(title, with_comment(body, n), page(post), _next_step(post))


def recalled(post: Post, data: Data) -> Notice:
    n = names(post, data)
    body = _("%(by)s menarik persetujuan unggahan %(mission)s untuk %(time)s. Jangan ditayangkan.") % n
    return Notice(_("Persetujuan ditarik: %(title)s") % n, with_comment(body, n), page(post), _next_step(post))


def _next_step(post: Post) -> str:
    """As the post is now: an old notice must not ask for changes in what has been approved since."""
    return _("Perbaiki") if post.status in (Status.DRAFT, Status.CHANGES_REQUESTED) else _("Lihat unggahan")


def with_comment(body: str, n: Mapping[str, str]) -> str:
    """The sentence, and after it what the person said of it."""
    return body + " " + _("Catatan: “%(comment)s”") % n if n["comment"] else body


def moved(post: Post, data: Data) -> Notice:
    zone = data.get("timezone") or post.timezone
    n = names(post, data) | {"old": when(data.get("old_at"), zone) or _("belum ada waktu")}
    if data.get("action") == "rezone":
        body = _("Zona waktu berubah: unggahan %(mission)s berpindah dari %(old)s ke %(time)s.") % n
    else:
        body = _("%(by)s memindahkan unggahan %(mission)s dari %(old)s ke %(time)s.") % n
    return Notice(_("Waktu berubah: %(title)s") % n, body, page(post), _("Lihat unggahan"))
