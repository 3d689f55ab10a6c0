"""Messages about several posts: holds, and digests."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calendar_app.messages.words import Data, Notice, listed, name_of, when
from calendar_app.models import Kind


def _scope(data: Data) -> str:
    return name_of(data.get("scope_name")) or _("semua perwakilan")


def held(data: Data) -> Notice:
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
        listed(data.get("titles"), count),
    )


def lifted(data: Data) -> Notice:
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
            title, body % n, "/posts/?status=missed", _("Pilih waktu baru"), listed(data.get("passed_titles"), passed)
        )
    body = _("Penahanan sudah dicabut. Jadwal %(count)d unggahan Anda berlaku lagi seperti semula.") % n
    return Notice(title, body, "/calendar/", _("Buka kalender"))


def digest(data: Data) -> Notice:
    items = list(data.get("items") or [])
    count = len(items) + int(data.get("more") or 0)
    about = data.get("about")
    lines = listed([_line(item, str(about)) for item in items], count)
    if about == "review":
        title = ngettext("%(n)d unggahan menunggu tinjauan", "%(n)d unggahan menunggu tinjauan", count)
        body = _("Yang masuk dalam satu jam terakhir, terkumpul dalam satu surel. Yang paling mendesak ada di atas.")
        return Notice(title % {"n": count}, body, "/review/", _("Buka antrean"), lines)
    if about == "moved":
        title = ngettext("Waktu %(n)d unggahan berubah", "Waktu %(n)d unggahan berubah", count)
        body = _("Zona waktu perwakilan berubah, jam setempatnya tetap. Periksa apakah waktu barunya sesuai.")
        return Notice(title % {"n": count}, body, "/calendar/", _("Buka kalender"), lines)
    if about == "many":
        title = ngettext("%(n)d kabar sekaligus", "%(n)d kabar sekaligus", count)
        body = _("Terkumpul dalam satu surel karena datang bersamaan. Satu per satu ada di pemberitahuan Anda.")
        return Notice(title % {"n": count}, body, "/notifications/", _("Buka pemberitahuan"), lines)
    title = ngettext("Ringkasan: %(n)d pengingat terlambat", "Ringkasan: %(n)d pengingat terlambat", count)
    body = _("Pengingat ini tidak terkirim pada waktunya, dan sekarang sudah lewat. Periksa apa yang masih perlu.")
    return Notice(title % {"n": count}, body, "/", _("Buka Hari ini"), lines)


def _line(item: Data, about: str) -> str:
    n = {
        "title": item.get("title") or "",
        "mission": _mission(str(item.get("mission") or "")),
        "time": when(item.get("at"), str(item.get("timezone") or settings.HQ_TIMEZONE)),
        "kind": str(dict(Kind.choices).get(str(item.get("kind")), "")),
    }
    n["kind"] = n["kind"][:1].upper() + n["kind"][1:]
    if not n["title"]:
        return _("%(kind)s, %(time)s") % n
    if about in ("missed", "many"):
        return _("%(kind)s: %(title)s (%(mission)s), %(time)s") % n
    return _("%(title)s (%(mission)s), %(time)s") % n


def _mission(code: str) -> str:
    """What rows keep is the code: "kjri-los-angeles" is read as "KJRI Los Angeles"."""
    kind, dash, city = code.partition("-")
    return f"{kind.upper()} {city.replace('-', ' ').title()}" if dash else code
