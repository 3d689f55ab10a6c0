"""The review queue over all missions."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from calendar_app import access, clock
from calendar_app.api import query
from calendar_app.api.pagination import paginate
from calendar_app.api.schema import PAGING, endpoint, page_of, parameter
from calendar_app.api.serializers.fields import caller
from calendar_app.api.serializers.reviews import WaitingSerializer, queue
from calendar_app.queries import review_queue
from calendar_app.queries.filters import Filters
from calendar_app.queries.reviews import LATE, TODAY, WEEK, due_by
from calendar_app.queries.summaries import with_summary

FILTERS = (
    parameter("region", _("Kode kawasan.")),
    parameter("theme", _("Kode tema; sebuah cabang mencakup semua temanya.")),
    parameter("due", _("Tenggat sampai kini (`now`, `today`, `week`), akhir tanggal (WIB), atau suatu waktu.")),
)


@endpoint("review_queue", _("Antrean tinjauan, paling mendesak dahulu"), page_of(WaitingSerializer), tag="reviews",
          query=(*FILTERS, *PAGING), problems=(403,))  # fmt: skip
@api_view(["GET"])
def review_queue_list(request: Request) -> Response:
    """What waits for headquarters."""
    query.only(request, *(parameter.name for parameter in FILTERS), *query.PAGING)
    person, at = caller(request), clock.now()
    access.require_reader_of_reviews(person)
    wanted = {name: request.query_params.get(name) for name in ("region", "theme")}
    until = _due_by(request.query_params.get("due", ""), at)
    found = review_queue.waiting(person, Filters.parse(wanted), at, due_by=until)
    page = paginate(request, with_summary(found), *review_queue.ORDER)
    return Response(page.answer(queue(page.rows, at)))


def _due_by(text: str, at: datetime) -> datetime | None:
    """The instant that `due` names. Raises ValidationError."""
    if not text or text in (LATE, TODAY, WEEK):
        return due_by(text, at)
    try:
        until = Filters.parse({"to": text}).until
    except ValidationError as error:
        raise ValidationError({"due": error.message_dict["to"]}) from None
    if until is None or isinstance(until, datetime):
        return until
    return datetime.combine(until + timedelta(days=1), time.min, tzinfo=ZoneInfo(settings.HQ_TIMEZONE))
