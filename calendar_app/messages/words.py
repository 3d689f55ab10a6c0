"""What a message consists of, and the pieces that all of them are made of: times, names, lists."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils import dateparse, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calendar_app.models import Post

MAX_SUBJECT = 150
MAX_LISTED = 20

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Section:
    """A part of a longer message with a heading of its own."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Notice:
    """A message: one line, one or two sentences, and the next step with its address on this site.

    `remarks` say what is unusual about this one: for whom the reader stands in, that it comes late. `lines` are the
    posts, days or people that it names; `sections` what is read only by who wants to know more.
    """

    title: str
    body: str
    url: str
    step: str
    lines: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    remarks: tuple[str, ...] = ()


def one_line(text: str) -> str:
    """The text without line breaks and control characters, cut to what a subject holds."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return clean if len(clean) <= MAX_SUBJECT else clean[: MAX_SUBJECT - 1].rstrip() + "…"


def in_english() -> bool:
    return (translation.get_language() or "").startswith("en")


def name_of(named: Any) -> str:
    """Of a name kept in both languages, the reader's; "" for what is not there."""
    return str(named.get("en" if in_english() else "id") or "") if isinstance(named, Mapping) else ""


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
    return f"{at:%H:%M}" if in_english() else f"{at:%H.%M}"


def short_day(text: Any) -> str:
    """ "Senin, 23 Nov" of a date as JSON keeps it; "" for what is none."""
    day = read_day(text)
    return date_format(day, "l, j M") if day else ""


def read_day(text: Any) -> date | None:
    """A date as JSON keeps it; None for what is none."""
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def time_of(post: Post, data: Data) -> str:
    """The time the message speaks of: the one it was made for, else the post's present one."""
    return when(data.get("at") or post.scheduled_at, data.get("timezone") or post.timezone)


# Names and lists -----------------------------------------------------------------------

# The addresses are a contract (DESIGN §10). Not `reverse()`: mails are made where no page is loaded.


def page(post: Post) -> str:
    return f"/posts/{post.pk}/"


def publish_page(post: Post) -> str:
    return f"/posts/{post.pk}/publish/"


def names(post: Post, data: Data) -> dict[str, str]:
    """What the sentences about a post are filled with."""
    return {
        "title": post.title or _("tanpa judul (no. %(pk)d)") % {"pk": post.pk},
        "mission": str(post.mission),
        "time": time_of(post, data) or _("belum ada waktu"),
        "by": str(data.get("by") or "Selaras"),
        "comment": str(data.get("comment") or ""),
    }


def listed(titles: Iterable[Any] | None, count: int) -> tuple[str, ...]:
    """The first lines of a list of `count`, and how many more there are."""
    shown = tuple(str(title) for title in list(titles or [])[:MAX_LISTED])
    more = count - len(shown)
    if more > 0:
        shown += (ngettext("dan %(n)d lagi", "dan %(n)d lagi", more) % {"n": more},)
    return shown
