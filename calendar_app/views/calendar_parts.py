"""What the calendar's templates are given beside the posts: sentence, legend, titles, and cells made ready to write."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import formats
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calendar_app.forms.calendar import GAPS, LIST, MONTH, NETWORK, QUIET, WEEK, Asked
from calendar_app.languages import LANGUAGES
from calendar_app.models import Status, Theme
from calendar_app.queries import holidays
from calendar_app.queries.calendar import Cell, Day, Group, NetworkWeek, Place, Range, Row
from calendar_app.queries.days import MINE, MISSION, WIB, jakarta
from calendar_app.queries.filters import DUE, HELD
from calendar_app.queries.holidays import DayOff
from calendar_app.queries.items import Item
from calendar_app.queries.tallies import LETTERS, LOOK_OF, Tally
from calendar_app.templatetags.calendar_marks import drawing, in_words
from calendar_app.templatetags.selaras import clock_format, zone_name
from missions.models import Mission

# as many country codes as a day's head has room for
MOST_CODES = 3
NIGHT = (*range(7), 22, 23)
CURRENT = format_html(' aria-current="{}"', "true")


# The sentence and the legend -----------------------------------------------------------


@dataclass
class Choice:
    value: str
    label: str
    chosen: bool
    deep: bool = False


@dataclass
class Select:
    """One choice in the sentence of filters: `before` is said before it, `nothing` stands for no filter."""

    name: str
    label: str
    before: str
    nothing: str
    choices: list[Choice]
    groups: list[tuple[str, list[Choice]]] = field(default_factory=list)
    # behind "Saringan lain"
    rare: bool = False

    @property
    def is_set(self) -> bool:
        return any(choice.chosen for choice in self.choices) or any(
            c.chosen for _n, group in self.groups for c in group
        )


def sentence(asked: Asked) -> list[Select]:
    """The filters as a sentence. Two queries, unless the reading of the filters has made them."""
    chosen, offered = asked.filters, asked.offered
    selects = []
    if asked.view != NETWORK and len(asked.missions) > 1:
        nothing = "" if asked.view == WEEK else _("semua perwakilan")
        selects.append(_of_missions(asked, nothing))
    elif len(asked.missions) > 1:
        regions = _choices(offered.regions, chosen.region)
        selects.append(Select("region", _("Kawasan"), "", _("semua kawasan"), regions))
    leaves = [Choice(t.code, t.name, t.code == chosen.theme, bool(t.parent_id)) for t in offered.themes]
    statuses = [*Status.choices, (DUE, _("Saatnya tayang")), (HELD, _("Ditahan"))]
    selects += [
        Select("theme", _("Tema"), _("bertema"), _("apa pun"), leaves),
        Select("status", _("Status"), _("berstatus"), _("apa pun"), _choices(statuses, chosen.status)),
        Select(
            "network",
            _("Jejaring"),
            _("di"),
            _("semua jejaring"),
            _choices(offered.networks, chosen.network),
            rare=True,
        ),
        Select(
            "language",
            _("Bahasa"),
            _("dalam"),
            _("bahasa apa pun"),
            _choices(LANGUAGES.items(), chosen.language),
            rare=True,
        ),
        Select(
            "audience",
            _("Khalayak"),
            _("untuk"),
            _("siapa pun"),
            _choices(offered.audiences, chosen.audience),
            rare=True,
        ),
    ]
    return selects


def _of_missions(asked: Asked, nothing: str) -> Select:
    groups: dict[str, list[Choice]] = {}
    code = asked.mission.code if asked.mission else asked.filters.mission
    for mission in asked.missions:
        groups.setdefault(mission.kind, []).append(Choice(mission.code, mission.name, mission.code == code))
    return Select("mission", _("Perwakilan"), "", nothing, [], list(groups.items()))


def _choices(rows: Iterable[tuple[str, object]], chosen: str) -> list[Choice]:
    return [Choice(value, str(label), value == chosen) for value, label in rows]


def midnights(asked: Asked, zone: str) -> list[Choice]:
    """Whose time the page may be in."""
    own = _("waktu %(zone)s") % {"zone": zone_name(asked.mission.timezone)} if asked.mission else _("waktu setempat")
    rows = [(MISSION, own), (WIB, _("waktu Jakarta (WIB)")), (MINE, _("zona waktu saya"))]
    return _choices(rows, asked.tz)


def whose_midnight(asked: Asked, zone: str) -> str:
    """In words: when the days of this page begin."""
    if asked.tz == MISSION and asked.mission is None:
        return _("Hari tiap perwakilan dimulai pada tengah malam setempat; hari ini menurut WIB.")
    return _("Hari dimulai pada tengah malam waktu %(zone)s.") % {"zone": zone_name(zone)}


@dataclass
class Entry:
    """An entry of the legend: shape or letter, word, number, and the address that filters by it (or no longer)."""

    mark: str
    label: str
    number: int
    href: str
    chosen: bool
    late: bool = False
    width: int = 0


STATUSES = (
    Status.PUBLISHED, Status.APPROVED, DUE, Status.SIGNOFF, Status.IN_REVIEW, Status.CHANGES_REQUESTED,
    Status.DRAFT, HELD, Status.MISSED,
)  # fmt: skip


def by_status(asked: Asked, tally: Tally) -> list[Entry]:
    """Every status with its number. What is due or held also counts under its stored status."""
    derived = {DUE: (_("Saatnya tayang"), tally.due), HELD: (_("Ditahan"), tally.held)}
    entries = []
    for status in STATUSES:
        label, number = derived.get(status) or (str(Status(status).label), tally.statuses.get(status, 0))
        chosen = asked.filters.status == status
        mark = {DUE: "approved", HELD: "held"}.get(status) or LOOK_OF[status]
        href = asked.link(status=None if chosen else status)
        entries.append(Entry(mark, label, number, href, chosen, late=status in (DUE, Status.MISSED)))
    return entries


def by_theme(asked: Asked, tally: Tally) -> list[Entry]:
    """The six branches in their places, with a track up to the largest."""
    branches = {theme.letter: theme for theme in reversed(asked.offered.themes) if theme.parent_id is None}
    most = max([tally.themes.get(letter, 0) for letter in LETTERS] or [0]) or 1
    entries = []
    for letter in LETTERS:
        if theme := branches.get(letter):
            number, chosen = tally.themes.get(letter, 0), asked.filters.theme == theme.code
            width = -(-20 * number // most) * 5
            href = asked.link(theme=None if chosen else theme.code)
            label = str(Theme.Letter(letter).label)
            entries.append(Entry(letter, label, number, href, chosen, width=width))
    return entries


# Titles and ways -----------------------------------------------------------------------


def period(first: date, last: date) -> str:
    """ "23–29 November 2026", "30 Nov – 6 Des 2026": short enough for one line of a phone."""
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{formats.date_format(last, 'j F Y')}"
    begin = formats.date_format(first, "j M" if first.year == last.year else "j M Y")
    return f"{begin} – {formats.date_format(last, 'j M Y')}"


def title(asked: Asked) -> str:
    """The page's heading."""
    whose = str(asked.mission) if asked.mission else _("semua perwakilan")
    names = {
        NETWORK: _("Pekan semua perwakilan"),
        WEEK: _("Pekan %(whose)s") % {"whose": whose},
        MONTH: _("Bulan %(whose)s") % {"whose": whose},
        LIST: _("Daftar %(whose)s") % {"whose": whose},
    }
    return names[asked.view]


def steps(asked: Asked) -> dict[str, str]:
    """The addresses of the period before, of the present one, and of the next."""
    if asked.view == MONTH:
        first = asked.day.replace(day=1)
        after = (first + timedelta(days=31)).replace(day=1)
        before = (first - timedelta(days=1)).replace(day=1)
        return {
            "before": asked.link(date=str(before)),
            "now": asked.link(date=None),
            "after": asked.link(date=str(after)),
        }
    return {"before": asked.step(-7), "now": asked.link(date=None), "after": asked.step(7)}


def tabs(asked: Asked) -> list[tuple[str, str, bool]]:
    """The four views: name, address, whether it is this one."""
    names = {NETWORK: _("Semua perwakilan"), WEEK: _("Pekan"), MONTH: _("Bulan"), LIST: _("Daftar")}
    if len(asked.missions) < 2:
        del names[NETWORK]
    return [
        (name, asked.link(view=view, mission=None if view == NETWORK else asked.filters.mission), view == asked.view)
        for view, name in names.items()
    ]


# The week of all missions, ready to write ----------------------------------------------


@dataclass(slots=True)
class WrittenRow:
    """A mission's row: `ahead` is its clock against Jakarta's, `asleep` says why it needs no posts."""

    mission: Place
    href: str
    ahead: str
    asleep: str
    tally: Tally
    cells: SafeString


def rows(week: NetworkWeek, asked: Asked, opened: tuple[str, date] | None) -> list[tuple[Group, list[WrittenRow]]]:
    """The regions with those of their rows that were asked for; the template only has to put down what is here."""
    stem = asked.link() + "&cell="
    names = [formats.date_format(day.date, "l j F") for day in week.days]
    written = [
        (region, [_row(row, names, asked, stem, opened) for row in region.rows if _is_wanted(row, asked.only)])
        for region in week.regions
    ]
    return [(region, found) for region, found in written if found]


def _is_wanted(row: Row, only: str) -> bool:
    return row.quiet if only == QUIET else row.gaps > 0 if only == GAPS else True


def figures(week: NetworkWeek, asked: Asked) -> list[Entry]:
    """How many working days are empty and how many missions silent: each leads to the missions it speaks of."""
    words = (
        (GAPS, week.gaps, ngettext("hari kerja kosong", "hari kerja kosong", week.gaps)),
        (QUIET, week.quiet, ngettext("perwakilan diam", "perwakilan diam", week.quiet)),
    )
    return [
        Entry(only, label, number, asked.link(only=None if asked.only == only else only), asked.only == only)
        for only, number, label in words
    ]


def closed_abroad(day: Day) -> tuple[str, str]:
    """The countries that are off on a day of all missions, without Indonesia: in short ("JP, KH, +2"), and each with
    the name of its holiday."""
    abroad = [one for one in day.holidays if one.country != holidays.INDONESIA]
    codes = [one.country for one in abroad]
    rest = f", +{len(codes) - MOST_CODES}" if len(codes) > MOST_CODES else ""
    return ", ".join(codes[:MOST_CODES]) + rest, " · ".join(f"{one.country} {one.name}" for one in abroad)


def heads(week: NetworkWeek) -> list[tuple[Day, list[DayOff], str, str]]:
    """Each day with Indonesia's holiday, and `closed_abroad`."""
    return [
        (day, [one for one in day.holidays if one.country == holidays.INDONESIA], *closed_abroad(day))
        for day in week.days
    ]


def _row(row: Row, names: list[str], asked: Asked, stem: str, opened: tuple[str, date] | None) -> WrittenRow:
    code, name = row.mission.code, row.mission.name
    return WrittenRow(
        mission=row.mission,
        href=asked.link(view=WEEK, mission=code),
        ahead=ahead(row.mission.minutes_from_wib),
        asleep=_asleep(row),
        tally=row.tally,
        # A thousand cells: a template would take most of the page's time for them.
        cells=format_html_join(
            "",
            '<td role="cell" class="{}"><a href="{}" aria-label="{}"{}>{}</a></td>',
            (
                (
                    "c gap" if cell.gap else "c off" if cell.off else "c",
                    f"{stem}{code}:{cell.date}",
                    f"{name}, {day}: {_closed(cell)}{in_words(cell.tally)}",
                    CURRENT if opened == (code, cell.date) else "",
                    drawing(cell.tally),
                )
                for cell, day in zip(row.cells, names, strict=True)
            ),
        ),
    )


def _closed(cell: Cell) -> str:
    if not cell.off:
        return ""
    return _("libur (%(name)s), ") % {"name": cell.holiday} if cell.holiday else _("libur, ")


def _asleep(row: Row) -> str:
    if row.tally.total or not row.mission.silent:
        return ""
    return str(Mission.Status(row.mission.status).label).capitalize()


def ahead(minutes: int) -> str:
    """ "+2", "−5.30", or "WIB" where the clock shows the same."""
    if not minutes:
        return "WIB"
    hours, rest = divmod(abs(minutes), 60)
    return f"{'+' if minutes > 0 else '−'}{hours}{f'.{rest:02d}' if rest else ''}"


# The week of one mission, by hours -----------------------------------------------------


@dataclass(slots=True)
class Slot:
    """The posts of one hour of a day; the present moment stands between those before and those after it."""

    hour: int
    night: bool
    before: list[Item] = field(default_factory=list)
    after: list[Item] = field(default_factory=list)
    now: bool = False

    @property
    def is_dense(self) -> bool:
        return len(self.before) + len(self.after) > 3


def slots(week: Range, minute_now: int) -> list[list[Slot]]:
    """For each day the hours that have something in them; `minute_now` is the clock of the zone shown."""
    days = []
    for day in week.days:
        by_hour: dict[int, Slot] = {}
        if day.today:
            hour = minute_now // 60
            by_hour[hour] = Slot(hour, hour in NIGHT, now=True)
        for item in day.items:
            hour = item.local.hour
            slot = by_hour.setdefault(hour, Slot(hour, hour in NIGHT))
            (slot.after if slot.now and item.minute > minute_now else slot.before).append(item)
        days.append([by_hour[hour] for hour in sorted(by_hour)])
    return days


def hours(week: Range, other: str) -> list[tuple[int, bool, str, str]]:
    """Number, whether it is night, the hour here, and the hour in the other zone ("" where it shifts in the week)."""
    zone = ZoneInfo(week.zone)
    return [(hour, hour in NIGHT, f"{hour:02d}", _elsewhere(week, zone, other, hour)) for hour in range(24)]


def _elsewhere(week: Range, zone: ZoneInfo, other: str, hour: int) -> str:
    if not other:
        return ""
    shown = {
        formats.date_format(
            datetime.combine(day.date, time(hour), tzinfo=zone).astimezone(ZoneInfo(other)), clock_format()
        )
        for day in week.days
    }
    return shown.pop().removesuffix(".00").removesuffix(":00") if len(shown) == 1 else ""


def other_zone(week: Range) -> str:
    """The zone that stands beside the one shown: Jakarta's, or where that is shown the mission's; "" for none."""
    wib = str(jakarta())
    other = wib if week.zone != wib else (week.mission.timezone if week.mission else wib)
    return "" if other == week.zone else other
