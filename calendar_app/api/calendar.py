"""The calendar: what the page of the same name shows."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from calendar_app import clock
from calendar_app.api import query
from calendar_app.api.posts import FILTER_NAMES, FILTERS
from calendar_app.api.schema import endpoint, parameter
from calendar_app.api.serializers.calendar import NetworkWeekSerializer, RangeSerializer
from calendar_app.api.serializers.fields import caller
from calendar_app.queries import calendar as queries
from calendar_app.queries.days import TZ, shown_zone
from calendar_app.queries.filters import Filters, read_date
from missions import access as mission_access
from missions.models import Mission, Person
from missions.roles import Permission

WEEK, MONTH, NETWORK = VIEWS = ("week", "month", "network")
# The week or month says when; `from` and `to` would cut holes into it.
NARROWING = tuple(parameter for parameter in FILTERS if parameter.name not in ("from", "to"))
PARAMETERS = (
    parameter("view", gettext_lazy("Pekan sebuah perwakilan, bulan, atau pekan semuanya."), enum=VIEWS, required=True),
    parameter("date", gettext_lazy("Sebuah tanggal di dalamnya; tanpa ini hari ini.")),
    parameter("tz", gettext_lazy("Tengah malam perwakilan, Jakarta, atau zona Anda."), enum=TZ, default="mission"),
)
ANSWER = PolymorphicProxySerializer(
    component_name="Calendar", serializers=[RangeSerializer, NetworkWeekSerializer], resource_type_field_name=None
)


@endpoint(
    "calendar", gettext_lazy("Kalender"), ANSWER, tag="calendar", query=(*PARAMETERS, *NARROWING), problems=(404,)
)
@api_view(["GET"])
def calendar(request: Request) -> Response:
    """The week of a mission, a month, or the week of all missions."""
    query.only(request, "view", "date", "tz", *(name for name in FILTER_NAMES if name not in ("from", "to")))
    person, at = caller(request), clock.now()
    view = _choice(request, "view", VIEWS)
    tz = _choice(request, "tz", TZ, default=TZ[0])
    filters = Filters.parse(request.query_params)
    mission = _mission(person, filters, required=view == WEEK)
    text = request.query_params.get("date")
    day = _day(text) if text else at.astimezone(shown_zone(tz, person, mission)).date()
    body: dict[str, Any]
    if view == NETWORK:
        body = NetworkWeekSerializer(queries.network_week(person, day, filters, tz, at)).data
    elif view == WEEK and mission:
        body = RangeSerializer(queries.mission_week(person, mission, day, filters, tz, at)).data
    else:
        body = RangeSerializer(queries.month(person, day, filters, tz, at, mission=mission)).data
    return Response({"view": view} | body)


def _choice(request: Request, name: str, known: tuple[str, ...], default: str = "") -> str:
    value = request.query_params.get(name, default)
    if value not in known:
        raise ValidationError({name: _("Pilih salah satu: %(known)s.") % {"known": ", ".join(known)}})
    return value


def _day(text: str) -> Any:
    try:
        return read_date(text)
    except ValidationError as error:
        raise ValidationError({"date": error.messages}) from None


def _mission(person: Person, filters: Filters, *, required: bool) -> Mission | None:
    """The mission of the filter; without one the caller's only mission, where a view needs one."""
    if filters.mission:
        return mission_access.mission_for(person, filters.mission, Permission.VIEW_POST)
    if not required:
        return None
    own = list(mission_access.missions_for(person)[:2])
    if len(own) != 1:
        raise ValidationError({"mission": _("Pilih perwakilan.")})
    return own[0]
