"""Messages around the time a post goes out: before, then, after, and when nobody answers."""

from __future__ import annotations

from django.utils.translation import gettext as _

from calendar_app.messages.reviewing import with_comment
from calendar_app.messages.words import Data, Notice, listed, names, page, publish_page, short_day, when
from calendar_app.models import Post
from missions.models import Role


def publish_soon(post: Post, data: Data) -> Notice:
    n = names(post, data)
    if data.get("late"):
        soon = _("Segera tayang: %(title)s")  # an hour's notice that comes late is none of an hour
    elif data.get("offset") == "1h":
        soon = _("Satu jam lagi tayang: %(title)s")
    else:
        soon = _("Tayang dalam 24 jam: %(title)s")
    body = _("Unggahan %(mission)s dijadwalkan %(time)s. Siapkan kanalnya; naskahnya sudah disetujui.") % n
    return Notice(soon % n, body, page(post), _("Lihat unggahan"))


def publish_now(post: Post, data: Data) -> Notice:
    n = names(post, data)
    title = _("Waktunya sudah tiba: %(title)s") if data.get("late") else _("Saatnya tayang: %(title)s")
    return Notice(
        title % n,
        _(
            "Tayangkan unggahan %(mission)s sekarang dengan naskah yang disetujui, lalu konfirmasi tautannya. "
            "Jadwalnya %(time)s."
        )
        % n,
        publish_page(post),
        _("Buka halaman tayang"),
    )


def publish_overdue(post: Post, data: Data) -> Notice:
    n = names(post, data)
    if data.get("offset") == "grace":
        return Notice(
            _("Terlewat: %(title)s (%(mission)s)") % n,
            _("Unggahan %(mission)s untuk %(time)s belum dikonfirmasi sampai tenggangnya lewat. ") % n
            + _("Konfirmasi bila sudah tayang, atau pilih waktu baru."),
            page(post),
            _("Putuskan"),
        )
    return Notice(
        _("Belum dikonfirmasi: %(title)s") % n,
        _("Unggahan %(mission)s seharusnya tayang %(time)s. Tayangkan sekarang, atau konfirmasi bila sudah.") % n,
        publish_page(post),
        _("Buka halaman tayang"),
    )


def escalated(post: Post, data: Data) -> Notice:
    """Nobody has confirmed or taken it on: to the mission's heads, later to those on duty at headquarters."""
    n = names(post, data)
    if data.get("offset") == "desk":
        title = _("%(mission)s belum menanggapi: %(title)s") % n
        body = _(
            "Unggahan %(mission)s seharusnya tayang %(time)s. Empat puluh lima menit sesudahnya belum ada yang "
            "mengonfirmasi atau menanganinya. Hubungi perwakilan itu; ketuk “Saya tangani” agar yang lain tahu."
        )
    else:
        title = _("Belum ada yang menanggapi: %(title)s") % n
        body = _(
            "Unggahan %(mission)s seharusnya tayang %(time)s. Lima belas menit sesudahnya belum ada yang "
            "mengonfirmasi atau menanganinya. Tayangkan, atau hubungi penyusunnya."
        )
    calls = [_call(one) for one in data.get("call") or [] if one.get("name")]
    step = _("Lihat unggahan") if data.get("offset") == "desk" else _("Buka halaman tayang")
    url = page(post) if data.get("offset") == "desk" else publish_page(post)
    return Notice(title, body % n, url, step, listed(calls, len(calls)))


def _call(one: Data) -> str:
    n = {
        "name": one["name"],
        "role": str(dict(Role.choices).get(one.get("role", ""), "")),
        "email": one.get("email") or "",
    }
    line = _("%(name)s, %(role)s: %(email)s") % n
    until = short_day(one.get("away_until"))
    if not until:
        return line
    away = {"line": line, "day": until, "deputy": one.get("deputy") or ""}
    if one.get("deputy_is_reader"):
        return _("%(line)s (tidak hadir sampai %(day)s; Anda penggantinya)") % away
    if away["deputy"]:
        return _("%(line)s (tidak hadir sampai %(day)s, digantikan %(deputy)s)") % away
    return _("%(line)s (tidak hadir sampai %(day)s)") % away


def urgent_published(post: Post, data: Data) -> Notice:
    n = names(post, data) | {"at": when(post.published_at, post.timezone)}
    if data.get("offset") == "end":
        title = _("Tayang mendesak belum ditinjau: %(title)s (%(mission)s)") % n
        body = _("Batas 24 jam untuk meninjau unggahan mendesak %(mission)s hampir habis. Tayang %(at)s.") % n
    else:
        title = _("Tayang mendesak: %(title)s (%(mission)s)") % n
        body = _("%(by)s menayangkan unggahan %(mission)s tanpa tinjauan, %(at)s. Tinjau dalam 24 jam.") % n
    return Notice(title, with_comment(body, n), f"/review/{post.pk}/", _("Tinjau"))


def answer_comments(post: Post, data: Data) -> Notice:
    n = names(post, data) | {"at": when(post.published_at, post.timezone)}
    return Notice(
        _("Jawab komentar: %(title)s") % n,
        _("Unggahan %(mission)s tayang %(at)s. Lihat tanggapannya dan jawab yang bertanya.") % n,
        page(post),
        _("Lihat tautannya"),
    )
