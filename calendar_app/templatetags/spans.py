"""How long until, and which day, in as few words as a row of a list has room for."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calendar_app import workflow
from calendar_app.errors import Conflict
from calendar_app.templatetags.selaras import clock_format, zone_name

register = template.Library()

HOUR, DAY = 60, 24 * 60


def in_words(gap: timedelta, *, is_brief: bool = False) -> str:
    """A duration, whichever way it runs: "15 mnt", "2 j 30 mnt", "33 j", "2 hari 3 j", "9 hari".

    The smaller unit goes where nobody acts on it any more; in brief from 10 hours and 2 days on.
    """
    minutes = int(abs(gap).total_seconds() // 60)
    whole_hours, whole_days = (10 * HOUR, 2 * DAY) if is_brief else (DAY, 7 * DAY)
    if minutes < HOUR:
        return _("%(m)d mnt") % {"m": minutes}
    if minutes < 2 * DAY:
        hours, rest = divmod(minutes, HOUR)
        if rest and minutes < whole_hours:
            return _("%(h)d j %(m)d mnt") % {"h": hours, "m": rest}
        return _("%(h)d j") % {"h": hours}
    days, rest = divmod(minutes, DAY)
    text = ngettext("%(d)d hari", "%(d)d hari", days) % {"d": days}
    return _("%(days)s %(h)d j") % {"days": text, "h": rest // HOUR} if rest >= HOUR and minutes < whole_days else text


@register.filter
def span(moment: datetime | None, at: datetime) -> SafeString | str:
    """`{{ dt|span:at }}`: how far it is from now, whichever way, with the exact time in WIB as a tooltip."""
    return "" if moment is None else _marked(moment, in_words(moment - at))


@register.filter
def brief(moment: datetime | None, at: datetime) -> SafeString | str:
    """The same for columns: "19 j", "2 hari"."""
    return "" if moment is None else _marked(moment, in_words(moment - at, is_brief=True))


@register.filter
def countdown(moment: datetime | None, at: datetime) -> SafeString | str:
    """The same with a minus before what has passed: "−15 mnt"."""
    if moment is None:
        return ""
    text = in_words(moment - at, is_brief=True)
    return _marked(moment, text if moment > at else f"−{text}")


@register.simple_tag
def near(moment: datetime | None, zone: str, at: datetime) -> SafeString | str:
    """`{% near dt zone at %}`: "besok 10.15", "Jum, 27 Nov 12.00" there."""
    if moment is None:
        return ""
    local = _local(moment, zone)
    return _marked(moment, f"{_day(local, _local(at, zone))} {formats.time_format(local, clock_format())}")


@register.simple_tag
def overtaken(conflict: Conflict, at: datetime) -> SafeString | str:
    """`{% overtaken conflict at %}`: what happened, who did it and when, where the post is: "Kanal ini sudah
    dikonfirmasi. Kanal dikonfirmasi oleh Siti, hari ini 06.12 Tokyo."."""
    if conflict.change is None:
        return conflict.message
    zone = conflict.post.timezone if conflict.post else settings.HQ_TIMEZONE
    when = near(conflict.change.at, zone, at)
    return format_html("{} {}, {} {}.", conflict.message, workflow.in_words(conflict.change), when, zone_name(zone))


@register.simple_tag
def near_day(moment: datetime | None, zone: str, at: datetime) -> SafeString | str:
    """The day alone, as a headline: "Besok", "Jum, 27 Nov"."""
    if moment is None:
        return ""
    text = _day(_local(moment, zone), _local(at, zone))
    return _marked(moment, text[:1].upper() + text[1:])


def _day(local: datetime, now: datetime) -> str:
    words = {-1: _("kemarin"), 0: _("hari ini"), 1: _("besok")}
    near = words.get((local.date() - now.date()).days)
    return near or formats.date_format(local, "D, j M" if local.year == now.year else "D, j M Y")


def _local(moment: datetime, zone: str) -> datetime:
    """As the clocks there show it; the first and last day of all years stay in the zone they came in."""
    try:
        return moment.astimezone(ZoneInfo(zone))
    except OverflowError:
        return moment


def _marked(moment: datetime, text: str) -> SafeString:
    jakarta = _local(moment, settings.HQ_TIMEZONE)
    exact = formats.date_format(jakarta, f"D, j M Y, {clock_format()}")
    return format_html(
        '<time datetime="{}" title="{} WIB">{}</time>', jakarta.isoformat(timespec="minutes"), exact, text
    )
