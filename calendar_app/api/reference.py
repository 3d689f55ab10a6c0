"""Who I am, reference data, and counting: what a program reads before it writes."""

from __future__ import annotations

from dataclasses import asdict

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from calendar_app import access, clock, networks
from calendar_app.api import query
from calendar_app.api.pagination import paginate
from calendar_app.api.schema import PAGING, endpoint, page_of
from calendar_app.api.serializers.fields import caller, listed, read
from calendar_app.api.serializers.posts import CountSerializer
from calendar_app.api.serializers.reference import (
    AudienceSerializer,
    CountInput,
    MeSerializer,
    MissionSerializer,
    NetworkSerializer,
    ObservanceSerializer,
    RegionSerializer,
    ThemeSerializer,
)
from missions import access as mission_access
from missions.models import ApiToken

TAG = "reference"


def _page(request: Request, rows: QuerySet, shape: type[serializers.Serializer], *order: str) -> Response:  # type: ignore[type-arg]
    query.only(request, *query.PAGING)
    page = paginate(request, rows, *order)
    return Response(page.answer(listed(shape, page.rows)))


@endpoint("me", _("Siapa saya"), MeSerializer, tag=TAG)
@api_view(["GET"])
def me(request: Request) -> Response:
    """The caller, with their roles, whether on duty, and the absence they are in."""
    query.only(request)
    token = request.auth if isinstance(request.auth, ApiToken) else None
    return Response(MeSerializer(caller(request), context={"token": token, "at": clock.now()}).data)


@endpoint("regions_list", _("Kawasan"), page_of(RegionSerializer), tag=TAG, query=PAGING)
@api_view(["GET"])
def regions(request: Request) -> Response:
    """All regions, in their order."""
    return _page(request, mission_access.regions(), RegionSerializer, "order", "pk")


@endpoint("missions_list", _("Perwakilan"), page_of(MissionSerializer), tag=TAG, query=PAGING)
@api_view(["GET"])
def missions(request: Request) -> Response:
    """All missions by code."""
    return _page(request, mission_access.missions(), MissionSerializer, "code")


@endpoint("missions_read", _("Satu perwakilan"), MissionSerializer, tag=TAG, problems=(404,))
@api_view(["GET"])
def mission(request: Request, code: str) -> Response:
    """One mission."""
    query.only(request)
    return Response(MissionSerializer(mission_access.mission(code)).data)


@endpoint("themes_list", _("Tema kepentingan nasional"), page_of(ThemeSerializer), tag=TAG, query=PAGING)
@api_view(["GET"])
def themes(request: Request) -> Response:
    """All themes, each branch before its themes."""
    return _page(request, access.themes(), ThemeSerializer, "order", "pk")


@endpoint("audiences_list", _("Khalayak"), page_of(AudienceSerializer), tag=TAG, query=PAGING)
@api_view(["GET"])
def audiences(request: Request) -> Response:
    """All audiences, in their order."""
    return _page(request, access.audiences(), AudienceSerializer, "order", "pk")


@endpoint("observances_list", _("Hari peringatan"), page_of(ObservanceSerializer), tag=TAG, query=PAGING)
@api_view(["GET"])
def observances(request: Request) -> Response:
    """All days of the year worth a post, by date."""
    return _page(request, access.observances(), ObservanceSerializer, "date", "name_id")


@endpoint("networks_list", _("Jejaring dan batasnya"), page_of(NetworkSerializer), tag=TAG, query=PAGING)
@api_view(["GET"])
def network_list(request: Request) -> Response:
    """All networks, in their order."""
    return _page(request, access.networks(), NetworkSerializer, "order", "pk")


@endpoint("networks_count", _("Hitung panjang naskah"), CountSerializer, tag=TAG, method="POST", body=CountInput,
          problems=(404,), description=_("Pemeriksaan yang sama dengan saat mengajukan."))  # fmt: skip
@api_view(["POST"])
def count(request: Request, code: str) -> Response:
    """How long a text is on a network, and what is wrong with it."""
    query.only(request)
    network = access.network(code)
    data = read(CountInput, request)
    found = networks.count(network.limits, data["text"], data.get("title", ""))
    return Response(CountSerializer(asdict(found)).data)
