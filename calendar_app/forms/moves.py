"""The new time of a post, in the zone that the page shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from calendar_app.forms.posts import TimeForm
from calendar_app.models import Post
from calendar_app.services import schedules
from calendar_app.services.schedules import When
from missions.models import known_zones


class MoveForm(TimeForm):
    """Day and time as the page's clock shows them; the post keeps its own zone."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def when(self, post: Post) -> When:
        """The typed time in the post's own zone. Raises ValidationError for a time that is none, or that is two."""
        if self.local is None:
            raise ValidationError({"date": _("Pilih tanggal dan jam tayang.")})
        shown = schedules.parse(self.local, self.zone, self.which)
        return shown if self.zone == post.timezone else schedules.at_instant(shown.instant, post.timezone)

    def agrees_to(self, when: When) -> bool:
        """Did the person press the button that says what exactly this time means?"""
        return self.data.get("agreed") == when.instant.isoformat()


def read(query: QueryDict, post: Post, *, is_sent: bool) -> MoveForm:
    """The form as it was sent or, from an address, with its `date`, `time`, `zone` and `fold` filled in; what the
    address does not say is the post's time as it stands. A zone that is none is read as the post's."""
    asked = query.get("zone", "")
    zone = asked if asked in known_zones() else post.timezone
    if is_sent:
        return MoveForm(query, zone=zone)
    initial: dict[str, Any] = {"version": post.version}
    if post.scheduled_at is not None:
        initial |= _shown(post.scheduled_at, zone)
    # an emptied field is asked about as one
    given = {name: query[name] for name in ("date", "time", "fold") if name in query}
    if given.keys() & {"date", "time"}:
        initial.pop("fold", None)
    return MoveForm(zone=zone, initial=initial | given)


def _shown(instant: datetime, zone: str) -> dict[str, str]:
    local = instant.astimezone(ZoneInfo(zone))
    return {"date": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M}", "fold": str(local.fold)}
