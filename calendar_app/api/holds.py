"""Holds: the list, a new one, and lifting."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from calendar_app import access, clock
from calendar_app.api import query
from calendar_app.api.pagination import paginate
from calendar_app.api.schema import PAGING, endpoint, page_of
from calendar_app.api.serializers.fields import caller, listed, read
from calendar_app.api.serializers.holds import HoldInput, HoldSerializer
from calendar_app.services import holds as services
from missions.access import require
from missions.roles import Permission

TAG = "holds"
IN_FORCE = OpenApiParameter("in_force", bool)


@endpoint("holds_list", _("Penahanan, terbaru dahulu"), page_of(HoldSerializer), tag=TAG, query=(IN_FORCE, *PAGING))
@endpoint("holds_create", _("Tahan"), HoldSerializer, tag=TAG, method="POST", body=HoldInput, code=201)
@api_view(["GET", "POST"])
def holds(request: Request) -> Response:
    """The holds that concern the caller; a new one."""
    if request.method == "POST":
        return _make(request)
    query.only(request, "in_force", *query.PAGING)
    found = access.holds_for(caller(request))
    in_force = query.flag(request, "in_force")
    if in_force is not None:
        found = found.filter(lifted_at__isnull=in_force)
    page = paginate(request, found, "-pk")
    return Response(page.answer(listed(HoldSerializer, page.rows)))


def _make(request: Request) -> Response:
    query.only(request)
    require(caller(request), Permission.MANAGE_HOLDS)
    data = read(HoldInput, request)
    hold = services.make(by=caller(request), at=clock.now(), **data)
    return Response(HoldSerializer(hold).data, status=status.HTTP_201_CREATED)


@endpoint("holds_lift", _("Cabut penahanan"), HoldSerializer, tag=TAG, method="POST", problems=(403, 404, 409))
@api_view(["POST"])
def lift(request: Request, pk: int) -> Response:
    """End a hold."""
    query.only(request)
    hold = access.hold_for(caller(request), pk)
    return Response(HoldSerializer(services.lift(hold=hold, by=caller(request), at=clock.now())).data)
