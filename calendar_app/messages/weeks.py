"""The message of Monday morning: a mission's own week and its gaps, for managers the week of all missions.

What it says was found by `queries/week_ahead.py` right before it was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from calendar_app.messages.words import (
    MAX_LISTED,
    Data,
    Notice,
    Section,
    in_english,
    listed,
    name_of,
    read_day,
    short_day,
)
from calendar_app.models import Status

# So many of a status within a sentence: other languages than Indonesian say more of them differently than of one.
COUNTED = {
    Status.DRAFT: ngettext_lazy("%(n)d draf", "%(n)d draf", "n"),
    Status.SIGNOFF: ngettext_lazy("%(n)d menunggu paraf", "%(n)d menunggu paraf", "n"),
    Status.IN_REVIEW: ngettext_lazy("%(n)d menunggu tinjauan", "%(n)d menunggu tinjauan", "n"),
    Status.CHANGES_REQUESTED: ngettext_lazy("%(n)d perlu perbaikan", "%(n)d perlu perbaikan", "n"),
    Status.APPROVED: ngettext_lazy("%(n)d disetujui", "%(n)d disetujui", "n"),
    Status.PUBLISHED: ngettext_lazy("%(n)d tayang", "%(n)d tayang", "n"),
    Status.MISSED: ngettext_lazy("%(n)d terlewat", "%(n)d terlewat", "n"),
    Status.DECLINED: ngettext_lazy("%(n)d ditolak", "%(n)d ditolak", "n"),
    Status.CANCELLED: ngettext_lazy("%(n)d dibatalkan", "%(n)d dibatalkan", "n"),
    Status.RETRACTED: ngettext_lazy("%(n)d ditarik", "%(n)d ditarik", "n"),
}


def week_ahead(data: Data) -> Notice:
    return _of_all(data) if data.get("mission") is None and "regions" in data else _of_mission(data)


def _of_mission(data: Data) -> Notice:
    mission = data.get("mission") or {}
    total, empty = int(data.get("total") or 0), list(data.get("empty") or [])
    n = {"mission": name_of(mission) or _("perwakilan Anda"), "posts": _posts(total)}
    if "total" not in data:
        title = _("Pekan ini di %(mission)s") % n
    elif not total:
        title = _("Pekan ini di %(mission)s: belum ada unggahan") % n
    elif empty:
        n["days"] = ngettext("%(n)d hari kosong", "%(n)d hari kosong", len(empty)) % {"n": len(empty)}
        title = _("Pekan ini di %(mission)s: %(posts)s, %(days)s") % n
    else:
        title = _("Pekan ini di %(mission)s: %(posts)s") % n
    holidays = {row.get("date"): row for row in reversed(data.get("holidays") or [])}
    lines = tuple(_line_of_day(day, empty, holidays) for day in data.get("days") or [])
    still = list(data.get("open") or [])
    number = len(still) + int(data.get("open_more") or 0)
    sections = [
        Section(_("Masih perlu dikerjakan (%(n)d)") % {"n": number}, listed([_open(row) for row in still], number)),
        *_around(data),
    ]
    code, monday = mission.get("code"), read_day(data.get("monday"))
    query = f"?view=week&mission={code}&date={monday}" if code and monday else ""
    return Notice(
        title,
        _body(data),
        f"/calendar/{query}",
        _("Buka pekan ini"),
        lines,
        tuple(section for section in sections if section.lines),
    )


def _of_all(data: Data) -> Notice:
    total, without = int(data.get("total") or 0), int(data.get("without") or 0)
    n = {"posts": _posts(total)}
    if without:
        n["missions"] = ngettext(
            "%(n)d perwakilan belum punya rencana", "%(n)d perwakilan belum punya rencana", without
        ) % {"n": without}
        title = _("Pekan ini: %(posts)s, %(missions)s") % n
    else:
        title = _("Pekan ini: %(posts)s, semua perwakilan terisi") % n
    silent: list[str] = []
    others: list[str] = []
    for region in data.get("regions") or []:
        rows = region.get("missions") or []
        nothing = [_name(row) for row in rows if not row[3]]
        planned = [_planned(row) for row in rows if row[3]]
        if nothing:
            silent.append(f"{name_of(region)}: {'; '.join(nothing)}")
        if planned:
            others.append(f"{name_of(region)}: {'; '.join(planned)}")
    sections = (
        Section(_("Belum ada unggahan (%(n)d)") % {"n": without}, tuple(silent)),
        Section(_("Sudah ada rencana, jumlah unggahannya"), tuple(others)),
        *_around(data),
    )
    monday = read_day(data.get("monday"))
    return Notice(
        title,
        _body(data),
        f"/calendar/?view=network&date={monday}" if monday else "/calendar/?view=network",
        _("Buka pekan semua perwakilan"),
        (),
        tuple(section for section in sections if section.lines),
    )


def _posts(total: int) -> str:
    return ngettext("%(n)d unggahan", "%(n)d unggahan", total) % {"n": total}


def _body(data: Data) -> str:
    """From when to when, and how many posts stand where."""
    monday = read_day(data.get("monday"))
    parts = []
    if monday:
        parts.append(f"{date_format(monday, 'j M')} – {date_format(monday + timedelta(days=6), 'j M Y')}.")
    counts = _counts(data.get("by_status") or {})
    if counts:
        parts.append(f"{counts}.")
    return " ".join(parts) or _("Lihat apa yang direncanakan dan apa yang masih kosong.")


def _counts(by_status: Mapping[str, int]) -> str:
    """ "2 disetujui, 1 menunggu tinjauan", in the order of a post's life."""
    found = [(COUNTED[status], by_status.get(status, 0)) for status in Status]
    return ", ".join(words % {"n": n} for words, n in found if n)


def _line_of_day(day: Data, empty: list[str], holidays: Mapping[Any, Data]) -> str:
    n = {"day": short_day(day.get("date")), "counts": _counts(day.get("by_status") or {})}
    off = name_of(holidays.get(day.get("date")))
    if n["counts"]:
        line = _("%(day)s: %(counts)s") % n
    elif day.get("date") in empty:
        line = _("%(day)s: kosong") % n
    else:
        line = _("%(day)s: –") % n
    return _("%(line)s (libur: %(name)s)") % {"line": line, "name": off} if off else line


def _open(row: Data) -> str:
    time = str(row.get("time") or "")
    n = {
        "title": row.get("title"),
        "status": str(dict(Status.choices).get(str(row.get("status")), "")).lower(),
        "day": short_day(row.get("date")),
        "time": time if in_english() else time.replace(":", "."),
    }
    return _("%(title)s: %(status)s, %(day)s, %(time)s") % n if n["day"] else _("%(title)s: %(status)s") % n


def _name(row: list[Any]) -> str:
    return str(name_of({"id": row[1], "en": row[2]}))


def _planned(row: list[Any]) -> str:
    return f"{_name(row)} {row[3]}"


def _around(data: Data) -> list[Section]:
    """What else there is to know of the week: themes nobody speaks of, and days worth a post."""
    themes = ", ".join(filter(None, (name_of(theme) for theme in data.get("silent_themes") or [])))
    days = []
    for row in list(data.get("observances") or [])[:MAX_LISTED]:
        n = {"day": short_day(row.get("date")), "name": name_of(row), "theme": name_of(row.get("theme"))}
        days.append(_("%(day)s: %(name)s (%(theme)s)") % n if n["theme"] else _("%(day)s: %(name)s") % n)
    return [
        Section(_("Tema yang belum muncul pekan ini"), (themes,) if themes else ()),
        Section(_("Hari peringatan pekan ini"), tuple(days)),
    ]
