"""What every page says in the same way: status, theme, network, time, field, icon.

`{% load selaras %}` first. Nothing here asks the database, but `{% clocks %}` when the page passes no `at`.
"""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.http import HttpRequest
from django.template import Context
from django.template.loader import get_template
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from calendar_app import clock
from calendar_app.models import Network, Status, Theme
from calendar_app.queries.tallies import LOOK_OF, look

register = template.Library()

NETWORK_CODES = {
    "website": "WEB",
    "x": "X",
    "facebook": "FB",
    "instagram": "IG",
    "threads": "TH",
    "youtube": "YT",
    "tiktok": "TT",
    "linkedin": "IN",
    "telegram": "TG",
    "whatsapp-channel": "WA",
    "bluesky": "BS",
    "mastodon": "MA",
    "safe-travel": "ST",
}


# Status, theme, network, icon ----------------------------------------------------------


def status_look(status: str, held: bool = False, due: bool = False) -> tuple[str, str, str]:
    """Shape, word and extra class of a status; a hold wins over *due*, and both only touch what may still go out."""
    drawn = look(status, due=bool(due) and status == Status.APPROVED, held=bool(held))
    if drawn == "held":
        return drawn, _("Ditahan"), ""
    if drawn == "due":
        return LOOK_OF[status], _("Saatnya tayang"), "is-missed"
    return drawn, str(Status(status).label), "is-missed" if drawn == "missed" else ""


@register.simple_tag
def status_badge(status: str, held: bool = False, due: bool = False) -> SafeString:
    """`{% status_badge post.status held=… due=… %}`: shape and word."""
    shape, word, late = status_look(status, held, due)
    return format_html(
        '<span class="state {}"><svg class="st" aria-hidden="true"><use href="#st-{}"/></svg> {}</span>',
        late,
        shape,
        word,
    )


@register.simple_tag
def theme_letter(theme: Theme | None) -> SafeString:
    """The letter of a theme on its colour, the name for screen readers and as a tooltip."""
    if theme is None:
        return format_html(
            '<span class="letter letter-none" title="{0}"><span aria-hidden="true">–</span>'
            '<span class="vh">{0}</span></span>',
            _("Belum bertema"),
        )
    return format_html(
        '<span class="letter th-{}" title="{}"><span aria-hidden="true">{}</span><span class="vh">{}</span></span>',
        theme.letter.lower(),
        theme.name,
        theme.letter,
        theme.name,
    )


@register.simple_tag
def theme_badge(theme: Theme | None) -> SafeString:
    """Letter and name of a theme."""
    if theme is None:
        return format_html(
            '<span class="theme"><span class="letter letter-none" aria-hidden="true">–</span> {}</span>',
            _("Belum bertema"),
        )
    return format_html(
        '<span class="theme th-{}"><span class="letter" aria-hidden="true">{}</span> {}</span>',
        theme.letter.lower(),
        theme.letter,
        theme.name,
    )


@register.simple_tag
def network_code(network: Network | str, name: str = "") -> SafeString:
    """The short code of a network (IG, FB, X), its full name for screen readers and as a tooltip."""
    code = network if isinstance(network, str) else network.code
    name = name or (code if isinstance(network, str) else network.name)
    return format_html(
        '<abbr class="net" title="{}"><span aria-hidden="true">{}</span><span class="vh">{}</span></abbr>',
        name,
        NETWORK_CODES.get(code, code[:2].upper()),
        name,
    )


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """`{% icon "copy" %}`, `{% icon "copy" "sm" %}`: decoration only; the button carries the words."""
    return format_html(
        '<svg class="ico{}" aria-hidden="true"><use href="#i-{}"/></svg>', f" ico-{size}" if size else "", name
    )


# Time ----------------------------------------------------------------------------------


def _indonesian() -> bool:
    return not (get_language() or "").startswith("en")


def clock_format() -> str:
    """How hours and minutes are written: 14.30 in Indonesian, 14:30 in English."""
    return "H.i" if _indonesian() else "H:i"


def _zone(name: str | zoneinfo.ZoneInfo) -> zoneinfo.ZoneInfo:
    return name if isinstance(name, zoneinfo.ZoneInfo) else zoneinfo.ZoneInfo(name)


def zone_name(name: str | zoneinfo.ZoneInfo) -> str:
    """A zone as people call it: WIB for Jakarta's, else its city."""
    key = str(name)
    return "WIB" if key == settings.HQ_TIMEZONE else key.rsplit("/", 1)[-1].replace("_", " ")


def _time(moment: datetime, pattern: str, after: str = "") -> SafeString:
    text = formats.date_format(moment, pattern)
    return format_html(
        '<time datetime="{}">{}{}</time>', moment.isoformat(timespec="minutes"), text, f" {after}" if after else ""
    )


def _time_in(moment: datetime | None, zone: str | zoneinfo.ZoneInfo, pattern: str, after: str = "") -> SafeString | str:
    """A dash for the first and last day of all years, which other zones do not have."""
    if moment is None:
        return ""
    try:
        return _time(moment.astimezone(_zone(zone)), pattern, after)
    except OverflowError:
        return "—"


@register.filter
def in_zone(moment: datetime | None, zone: str | zoneinfo.ZoneInfo) -> SafeString | str:
    """`{{ dt|in_zone:"Asia/Tokyo" }}`: "Rab, 25 Nov 2026, 07.30". Say the zone beside it, or on the page."""
    return _time_in(moment, zone, f"D, j M Y, {clock_format()}")


@register.filter
def wib(moment: datetime | None) -> SafeString | str:
    """The same in Jakarta: "Rab, 25 Nov 2026, 05.30 WIB"."""
    return _time_in(moment, settings.HQ_TIMEZONE, f"D, j M Y, {clock_format()}", "WIB")


@register.filter
def wib_seconds(moment: datetime | None) -> SafeString | str:
    """The same with seconds, where two things happen within a minute: "Rab, 25 Nov 2026, 05.30.07 WIB"."""
    return _time_in(moment, settings.HQ_TIMEZONE, f"D, j M Y, {'H.i.s' if _indonesian() else 'H:i:s'}", "WIB")


@register.filter
def clock_time(value: datetime | time | None) -> str:
    """Hours and minutes of a local time as it stands, without markup: "07.30"."""
    return formats.time_format(value, clock_format()) if value else ""


@register.filter
def hour_in(moment: datetime | None, zone: str | zoneinfo.ZoneInfo) -> SafeString | str:
    """Hours and minutes alone: "07.30"."""
    return _time_in(moment, zone, clock_format())


@register.filter
def day_in(moment: datetime | None, zone: str | zoneinfo.ZoneInfo) -> SafeString | str:
    """The day alone: "Rab, 25 Nov 2026"."""
    return _time_in(moment, zone, "D, j M Y")


@register.filter
def day(value: date | None) -> SafeString | str:
    """A calendar date, short: "Rab, 25 Nov"."""
    return format_html('<time datetime="{}">{}</time>', f"{value:%Y-%m-%d}", _day(value, "D, j M")) if value else ""


@register.filter
def long_day(value: date | None) -> SafeString | str:
    """A calendar date in full: "Rabu, 25 November 2026"."""
    return format_html('<time datetime="{}">{}</time>', f"{value:%Y-%m-%d}", _day(value, "l, j F Y")) if value else ""


def _day(value: date, pattern: str) -> str:
    return formats.date_format(value, pattern)


@register.filter
def zone_label(zone: str | zoneinfo.ZoneInfo) -> str:
    """`{{ post.timezone|zone_label }}`: "Tokyo", or "WIB" for Jakarta's zone."""
    return zone_name(zone)


@register.filter
def relative(moment: datetime | None, at: datetime) -> SafeString | str:
    """`{{ dt|relative:at }}`: "2 jam lagi", "3 hari lalu", with the exact time in WIB as a tooltip."""
    if moment is None:
        return ""
    try:
        jakarta = moment.astimezone(_zone(settings.HQ_TIMEZONE))
    except OverflowError:
        return distance(moment, at)
    return format_html(
        '<time datetime="{}" title="{} WIB">{}</time>',
        jakarta.isoformat(timespec="minutes"),
        formats.date_format(jakarta, f"D, j M Y, {clock_format()}"),
        distance(moment, at),
    )


def distance(moment: datetime, at: datetime) -> str:
    """How far `moment` is from `at` in words, in the largest unit that has at least one whole step."""
    seconds = (moment - at).total_seconds()
    ahead, minutes = seconds > 0, int(abs(seconds) // 60)
    if minutes < 1:
        return _("sekarang")
    hours, days = minutes // 60, minutes // (60 * 24)
    if days:
        text = (
            ngettext("%d hari lagi", "%d hari lagi", days) if ahead else ngettext("%d hari lalu", "%d hari lalu", days)
        )
        return text % days
    if hours:
        text = ngettext("%d jam lagi", "%d jam lagi", hours) if ahead else ngettext("%d jam lalu", "%d jam lalu", hours)
        return text % hours
    text = (
        ngettext("%d menit lagi", "%d menit lagi", minutes)
        if ahead
        else ngettext("%d menit lalu", "%d menit lalu", minutes)
    )
    return text % minutes


@register.simple_tag(takes_context=True)
def clocks(context: Context) -> str:
    """The two clocks of the top bar. Pages may pass `at` (else the clock is read) and `shown_zone` (an IANA name)."""
    frame = context["frame"]
    at = context.get("at")
    moment = at if isinstance(at, datetime) else clock.now()
    shown = str(context.get("shown_zone") or frame.home_zone)
    rows = [
        {
            "zone": zone,
            "name": zone_name(zone),
            "moment": moment.astimezone(_zone(zone)),
            "text": formats.date_format(moment.astimezone(_zone(zone)), clock_format()),
            "shown": zone == shown,
        }
        for zone in dict.fromkeys([frame.home_zone, settings.HQ_TIMEZONE, frame.other_zone])
    ][:2]
    if not any(row["shown"] for row in rows) and shown:
        local = moment.astimezone(_zone(shown))
        rows[0] = {
            "zone": shown,
            "name": zone_name(shown),
            "moment": local,
            "text": formats.date_format(local, clock_format()),
            "shown": True,
        }
    return get_template("frame/clocks.html").render(
        {"rows": rows, "separator": "." if _indonesian() else ":", "at": moment.astimezone(UTC)}
    )


# Forms and links -----------------------------------------------------------------------


@register.simple_tag
def field(bound: BoundField, label: str = "", hint: str = "", css: str = "", **attrs: Any) -> str:
    """A form field with label, hint, widget and errors, tied together for screen readers.

    Keyword arguments become attributes of the widget, `_` standing for `-`: `{% field form.x autocomplete="off" %}`.
    """
    name = bound.auto_id or bound.html_name
    hint = hint or str(bound.help_text)
    described = [f"{name}_hint"] * bool(hint) + [f"{name}_error"] * bool(bound.errors)
    widget = bound.field.widget
    group = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    box = isinstance(widget, CheckboxInput)
    given = {key.replace("_", "-"): value for key, value in attrs.items() if value not in (None, False)}
    if not group:
        given["class"] = " ".join(filter(None, ["" if box else "input", widget.attrs.get("class", ""), css]))
        if described:
            given["aria-describedby"] = " ".join(described)
        if bound.errors:
            given["aria-invalid"] = "true"
    return get_template("frame/field.html").render(
        {
            "field": bound,
            "label": label or bound.label,
            "hint": hint,
            "name": name,
            "described": " ".join(described),
            "group": group,
            # that none need be ticked goes without saying
            "several": isinstance(widget, CheckboxSelectMultiple),
            "box": box,
            "widget": bound.as_widget(attrs=given),
            "required": bound.field.required,
        }
    )


@register.simple_tag(takes_context=True)
def urlquery(context: Context, **changes: Any) -> str:
    """The page's own query with some parameters changed; None takes one away: `{% urlquery theme="e" after=None %}`."""
    request: HttpRequest = context["request"]
    query = request.GET.copy()
    for key, value in changes.items():
        if value is None or value == "":
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}" if query else "?"
