"""Reminders, which are the schedule, and notices, which are what arrived."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from calendar_app import access, clock
from calendar_app.api import query
from calendar_app.api.pagination import paginate
from calendar_app.api.schema import PAGING, endpoint, page_of
from calendar_app.api.serializers.fields import caller, listed
from calendar_app.api.serializers.messages import NotificationSerializer, ReminderSerializer
from calendar_app.queries import notifications as queries
from calendar_app.queries.reminders import with_void
from calendar_app.services import acknowledgements
from calendar_app.services import notifications as services

TAG = "reminders"


@endpoint("reminders_list", _("Pengingat menurut waktunya"), page_of(ReminderSerializer), tag=TAG, problems=(404,),
          query=(OpenApiParameter("post", int), *PAGING))  # fmt: skip
@api_view(["GET"])
def reminders(request: Request) -> Response:
    """The reminders of one post or of all that the caller may read, by when they are due."""
    query.only(request, "post", *query.PAGING)
    person = caller(request)
    found = access.reminders_for(person)
    pk = query.whole_number(request, "post")
    if pk is not None:
        found = found.filter(post=access.post_for(person, pk))
    page = paginate(request, with_void(found).select_related("recipient", "webhook", "stands_in_for"), "due_at", "pk")
    return Response(page.answer(listed(ReminderSerializer, page.rows)))


@endpoint("notifications_list", _("Pemberitahuan, terbaru dahulu"), page_of(NotificationSerializer), tag=TAG,
          query=PAGING)  # fmt: skip
@api_view(["GET"])
def notifications(request: Request) -> Response:
    """The caller's own notices."""
    query.only(request, *query.PAGING)
    person = caller(request)
    page = paginate(request, queries.with_all(access.notifications_for(person)), "-pk")
    return Response(page.answer(listed(NotificationSerializer, queries.rows(page.rows, person), request=request)))


@endpoint("notifications_read", _("Tandai sudah dibaca"), NotificationSerializer, tag=TAG, method="POST",
          problems=(403, 404))  # fmt: skip
@api_view(["POST"])
def read(request: Request, pk: int) -> Response:
    """One of the caller's notices was read."""
    query.only(request)
    found = access.notification_for(caller(request), pk)
    services.read(notification=found, at=clock.now())
    return _one(request, pk)


@endpoint("notifications_acknowledge", _("Catat bahwa Anda menanganinya"), NotificationSerializer, tag=TAG,
          method="POST", problems=(403, 404, 409))  # fmt: skip
@api_view(["POST"])
def acknowledge(request: Request, pk: int) -> Response:
    """The caller takes care of what the notice asks for; nobody is told any more that nobody answers."""
    query.only(request)
    found = access.notification_for(caller(request), pk)
    acknowledgements.answer(notification=found, at=clock.now())
    return _one(request, pk)


def _one(request: Request, pk: int) -> Response:
    """One of the caller's notices as it stands now."""
    person = caller(request)
    (row,) = queries.rows([queries.with_all(access.notifications_for(person)).get(pk=pk)], person)
    return Response(NotificationSerializer(row, context={"request": request}).data)
