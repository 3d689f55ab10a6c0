"""Posts: the list, new drafts, one post, and its history."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from calendar_app import access, clock
from calendar_app.api import query
from calendar_app.api.pagination import paginate
from calendar_app.api.schema import PAGING, endpoint, page_of, parameter
from calendar_app.api.serializers.fields import Versioned, caller, read
from calendar_app.api.serializers.history import HistorySerializer
from calendar_app.api.serializers.posts import (
    PostCreate,
    PostSave,
    PostSerializer,
    PostSummarySerializer,
    represent,
    summaries,
)
from calendar_app.models import Post
from calendar_app.queries.filters import STATUSES, Filters
from calendar_app.queries.history import history
from calendar_app.queries.summaries import with_summary
from calendar_app.services import drafts
from calendar_app.workflow import Action
from missions import access as mission_access
from missions.roles import Permission

TAG = "posts"
FILTERS = (
    parameter("region", _("Kode kawasan.")),
    parameter("mission", _("Kode perwakilan.")),
    parameter("theme", _("Kode tema; sebuah cabang mencakup semua temanya.")),
    parameter("status", _("Juga `due` (saatnya tayang) dan `held` (ditahan)."), enum=STATUSES),
    parameter("network", _("Kode jejaring.")),
    parameter("language", _("Kode bahasa.")),
    parameter("audience", _("Kode khalayak.")),
    parameter("from", _("Tanggal setempat, atau waktu dengan selisih zona (RFC 3339).")),
    parameter("to", _("Tanggal setempat, termasuk; atau waktu dengan selisih zona, tidak termasuk.")),
    parameter("q", _("Kata-kata dalam judul, tujuan, atau naskah.")),
)
FILTER_NAMES = tuple(parameter.name for parameter in FILTERS)


@endpoint("posts_list", _("Daftar unggahan, terbaru dahulu"), page_of(PostSummarySerializer), tag=TAG,
          query=(*FILTERS, *PAGING))  # fmt: skip
@endpoint("posts_create", _("Draf baru"), PostSerializer, tag=TAG, method="POST", body=PostCreate, code=201,
          problems=(404,))  # fmt: skip
@api_view(["GET", "POST"])
def posts(request: Request) -> Response:
    """All posts that the caller may read; a new draft."""
    return _create(request) if request.method == "POST" else _list(request)


def _list(request: Request) -> Response:
    query.only(request, *FILTER_NAMES, *query.PAGING)
    at = clock.now()
    filters = Filters.parse(request.query_params)
    found = filters.apply(access.posts_for(caller(request)), at=at)
    page = paginate(request, with_summary(found), "-pk")
    return Response(page.answer(summaries(page.rows, at)))


def _create(request: Request) -> Response:
    query.only(request)
    person, at = caller(request), clock.now()
    if not mission_access.missions_to_write_for(person).exists():
        mission_access.require(person, Permission.WRITE_POST)
    data = read(PostCreate, request)
    mission = mission_access.mission_for(person, data.pop("mission"), Permission.WRITE_POST)
    post = drafts.create(mission=mission, by=person, at=at, data=data)
    return answer(request, post, at, code=status.HTTP_201_CREATED)


@endpoint("posts_read", _("Satu unggahan"), PostSerializer, tag=TAG, problems=(404,))
@endpoint("posts_save", _("Simpan perubahan"), PostSerializer, tag=TAG, method="PATCH", body=PostSave,
          problems=(404, 409), description=_("Mengubah yang sudah disetujui membatalkan persetujuannya."))  # fmt: skip
@endpoint("posts_delete", _("Hapus draf yang belum pernah diajukan"), None, tag=TAG, method="DELETE", code=204,
          query=[OpenApiParameter("version", int, description=_("Atau di dalam badan JSON."))],
          problems=(403, 404, 409))  # fmt: skip
@api_view(["GET", "PATCH", "DELETE"])
def post(request: Request, pk: int) -> Response:
    """One post: read, save, delete."""
    if request.method == "PATCH":
        return _save(request, pk)
    if request.method == "DELETE":
        return _delete(request, pk)
    query.only(request)
    return answer(request, access.post_for(caller(request), pk), clock.now())


def _save(request: Request, pk: int) -> Response:
    query.only(request)
    found = access.post_for_action(caller(request), pk, Action.SAVE)
    at = clock.now()
    data = read(PostSave, request)
    version = data.pop("version")
    return answer(request, drafts.save(post=found, by=caller(request), version=version, at=at, data=data), at)


def _delete(request: Request, pk: int) -> Response:
    query.only(request, "version")
    found = access.post_for_action(caller(request), pk, Action.DELETE)
    # some programs cannot send a body with DELETE, and others send nothing else
    version = read(Versioned, request)["version"] if request.data else query.required_number(request, "version")
    drafts.delete(post=found, by=caller(request), version=version, at=clock.now())
    return Response(status=status.HTTP_204_NO_CONTENT)


@endpoint("posts_history", _("Versi, keputusan, dan jejak audit, terlama dahulu"), HistorySerializer, tag=TAG,
          problems=(404,))  # fmt: skip
@api_view(["GET"])
def post_history(request: Request, pk: int) -> Response:
    """What happened to a post."""
    query.only(request)
    return Response(HistorySerializer(history(access.post_for(caller(request), pk))).data)


def answer(request: Request, post: Post, at: datetime, code: int = status.HTTP_200_OK) -> Response:
    """The post as `GET posts/{id}/` answers it, read anew."""
    person = caller(request)
    return Response(represent(access.post_for(person, post.pk), person, at), status=code)
