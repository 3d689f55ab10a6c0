"""What a calendar page is asked for: which view, which days, whose midnight, and the filters, all from the address."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from calendar_app.queries.days import MISSION, TZ, shown_zone
from calendar_app.queries.filters import Errors, Filters, read_date
from calendar_app.queries.offered import Offered
from missions.access import mission_for, missions_for
from missions.models import Mission, Person
from missions.roles import Permission, is_hq

NETWORK, WEEK, MONTH, LIST = "network", "week", "month", "list"
VIEWS = (NETWORK, WEEK, MONTH, LIST)
# which missions the week of all shows: those with nothing all week, or those with an empty working day
QUIET, GAPS = ONLY = ("quiet", "gaps")
# columns of missions that a calendar does not show, and that take time to read
UNUSED = ("loaded_values", "local_languages", "concurrent_accreditation", "note", "region__loaded_values")


@dataclass(frozen=True)
class Asked:
    """An address of the calendar, understood. `mission` is the one the page is about; None for several.

    What could not be understood is left out and told in `errors`.
    """

    view: str
    day: date
    tz: str
    filters: Filters
    mission: Mission | None
    missions: list[Mission]
    offered: Offered
    after: str = ""
    cell: str = ""
    only: str = ""
    errors: Errors = field(default_factory=dict)

    @property
    def search(self) -> Filters:
        """The filters without the mission, where the page is about that mission anyhow."""
        return replace(self.filters, mission="") if self.mission else self.filters

    def link(self, **changes: str | None) -> str:
        """The page's address with some parameters changed; None or "" takes one away. Closes an opened cell."""
        query: dict[str, str | None] = {"view": self.view, "date": self.day.isoformat()}
        query |= self.filters.as_query() | ({"tz": self.tz} if self.tz != MISSION else {})
        query |= {"only": self.only} | changes
        return "?" + urlencode([(key, value) for key, value in query.items() if value])

    def step(self, days: int) -> str:
        return self.link(date=(self.day + timedelta(days=days)).isoformat())


def read(query: QueryDict, person: Person, at: datetime) -> Asked:
    """Understand the address. Raises Http404 for a mission that is not the person's."""
    missions = list(missions_for(person).defer(*UNUSED).order_by("kind", "name_id"))
    offered = Offered(missions)
    filters, errors = Filters.parse_leniently(query, offered)
    filters = replace(filters, since=None, until=None)
    errors = {key: value for key, value in errors.items() if key not in ("from", "to")}
    view = _one_of(query, "view", VIEWS, NETWORK if is_hq(person) else WEEK, errors)
    tz = _one_of(query, "tz", TZ, MISSION, errors)
    mission = _mission(person, filters.mission, missions) if filters.mission else None
    if mission is None and missions and (len(missions) == 1 or (view == WEEK and not is_hq(person))):
        mission = missions[0]
    if view == NETWORK:
        mission = None
    day = at.astimezone(shown_zone(tz, person, mission)).date()
    if text := query.get("date", ""):
        try:
            day = read_date(text)
        except ValidationError as error:
            errors["date"] = error.messages
    return Asked(
        view=view,
        day=day,
        tz=tz,
        filters=filters,
        mission=mission,
        missions=missions,
        offered=offered,
        after=query.get("after", ""),
        cell=query.get("cell", ""),
        only=_one_of(query, "only", ONLY, "", errors) if view == NETWORK else "",
        errors=errors,
    )


def _mission(person: Person, code: str, missions: list[Mission]) -> Mission:
    """One of those at hand, else whatever `mission_for` says of it."""
    found = next((mission for mission in missions if mission.code == code), None)
    return found or mission_for(person, code, Permission.VIEW_POST)


def read_cell(text: str, person: Person) -> tuple[Mission, date] | None:
    """`kbri-tokyo:2026-11-25`; None when it is not that. Raises Http404 for a mission that is not the person's."""
    code, _colon, text = text.partition(":")
    try:
        day = read_date(text)
    except ValidationError:
        return None
    return mission_for(person, code.replace("\0", ""), Permission.VIEW_POST), day


def _one_of(query: QueryDict, param: str, known: tuple[str, ...], default: str, errors: Errors) -> str:
    text = query.get(param, "")
    if text and text not in known:
        errors[param] = [_("“%(value)s” tidak dikenal.") % {"value": text[:60]}]
    return text if text in known else default
