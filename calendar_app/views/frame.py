"""What stands around every page: who I am, where I am, what waits. And the switch of language."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from calendar_app import clock
from calendar_app.models import Hold
from calendar_app.queries import frame as queries
from calendar_app.queries import holds as hold_queries
from calendar_app.services import profile
from missions import access
from missions.models import Mission, Person
from missions.roles import Permission, can, grants, is_hq


class Frame:
    """Everything `base.html` asks for, read only when it asks: parts, errors and the API pay nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def person(self) -> Person | None:
        user = getattr(self.request, "user", None)
        return user if isinstance(user, Person) else None

    @property
    def is_demo(self) -> bool:
        return settings.DEMO or bool(self.person and self.person.is_demo)

    @property
    def is_hq(self) -> bool:
        return bool(self.person and is_hq(self.person))

    @cached_property
    def missions(self) -> list[Mission]:
        """The person's own missions; none for headquarters, who read them all. A view that has read them leaves
        `missions` on the request."""
        if self.person is None or self.is_hq:
            return []
        read: list[Mission] | None = getattr(self.request, "missions", None)
        return (
            list(access.missions_for(self.person)) if read is None else sorted(read, key=lambda mission: mission.code)
        )

    @property
    def where(self) -> str:
        """Where the person stands, unless the page says something more exact."""
        if self.is_hq:
            return _("Semua perwakilan")
        if len(self.missions) == 1:
            return str(self.missions[0])
        return _("%d perwakilan") % len(self.missions) if self.missions else _("Belum ada perwakilan")

    @cached_property
    def home_zone(self) -> str:
        """The zone of the first clock: the mission's, for headquarters Jakarta's."""
        return self.missions[0].timezone if self.missions else settings.HQ_TIMEZONE

    @property
    def other_zone(self) -> str:
        """The second clock where the first one already is Jakarta's."""
        return (self.person and self.person.timezone) or "UTC"

    @property
    def may_write(self) -> bool:
        """Does the person write for any mission?"""
        held = grants(self.person) if self.person else None
        return bool(held and any(Permission.WRITE_POST in held.in_mission(pk) for pk in held.by_mission))

    @property
    def may_review(self) -> bool:
        return bool(self.person and can(self.person, Permission.REVIEW))

    @property
    def may_hold(self) -> bool:
        return bool(self.person and can(self.person, Permission.MANAGE_HOLDS))

    @property
    def may_administer(self) -> bool:
        return bool(self.person and can(self.person, Permission.ADMINISTER))

    @property
    def roles(self) -> str:
        """The person's roles in words."""
        if self.person is None:
            return ""
        held = grants(self.person)
        roles = set(held.at_hq).union(*held.by_mission.values())
        return ", ".join(sorted(str(role.label) for role in roles))

    @property
    def unread(self) -> int:
        return self._numbers.unread

    @property
    def waiting(self) -> int:
        """Open rounds of review, for editors. A view that has counted them leaves `waiting` on the request."""
        counted: int | None = getattr(self.request, "waiting", None) if self.may_review else 0
        return self._numbers.waiting if counted is None else counted

    @property
    def late(self) -> int:
        """Posts of the person's missions that should have gone out; nothing to headquarters."""
        return self._numbers.late

    @property
    def alarms(self) -> int:
        """What the watcher finds wrong, for administrators."""
        return self._numbers.alarms

    @property
    def mail_since(self) -> datetime | None:
        """Since when mails wait for the mail server."""
        return self._numbers.mail_since

    @property
    def is_paused(self) -> bool:
        """Nothing is sent to anybody at present."""
        return self._numbers.is_paused

    @property
    def paused_until(self) -> datetime | None:
        """Until when; None: until somebody goes on."""
        return self._numbers.paused_until

    @cached_property
    def _numbers(self) -> queries.Numbers:
        if self.person is None:
            return queries.Numbers(0, 0, 0, 0, None, False, None)
        return queries.numbers(
            self.person,
            clock.column(),
            waiting=self.may_review and getattr(self.request, "waiting", None) is None,
            late_but=self.holds if self.missions else None,
            alarms=self.may_administer,
        )

    @cached_property
    def holds(self) -> list[Hold]:
        """For the banner. A view that has read those in force leaves `holds` on the request."""
        if self.person is None:
            return []
        holds = getattr(self.request, "holds", None)
        holds = hold_queries.in_force() if holds is None else holds
        return holds if self.is_hq or not holds else hold_queries.touching(self.missions, holds)

    @property
    def section(self) -> str:
        """Which entry of the rail is the current one."""
        match = getattr(self.request, "resolver_match", None)
        word = (match.url_name or "").partition("_")[0] if match else ""
        return SECTIONS.get(word, word)

    @property
    def languages(self) -> list[tuple[str, str]]:
        return list(settings.LANGUAGES)

    @property
    def session_hours(self) -> int:
        return settings.SESSION_COOKIE_AGE // 3600

    @cached_property
    def world(self) -> World:
        """The sign-in page's table of working hours."""
        return World()


class World:
    """The missions by the time their clocks show now."""

    def __init__(self) -> None:
        self.at = clock.now()
        self.hours = queries.world_hours(self.at)
        self.missions = sum(hour.missions for hour in self.hours)
        self.open = sum(hour.open for hour in self.hours)
        self.width = max((hour.dots[-1][0] for hour in self.hours), default=0) + 5
        self.jakarta = self.at.astimezone(ZoneInfo(settings.HQ_TIMEZONE)).date()


# The first word of an address's name, where it is not itself the section's.
SECTIONS = {
    "post": "posts",
    "theme": "themes",
    "mission": "missions",
    "hold": "holds",
    "notification": "notifications",
    "webhook": "webhooks",
}


def frame(request: HttpRequest) -> dict[str, Frame]:
    """Context processor: `frame`, which reads nothing until a template asks."""
    return {"frame": Frame(request)}


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie and, signed in, in the profile; then back to where the person was."""
    language = request.POST.get("language", "")
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = reverse(settings.LOGIN_REDIRECT_URL)
    response = HttpResponseRedirect(target)
    if language not in dict(settings.LANGUAGES):
        return response
    if isinstance(request.user, Person):
        profile.choose_language(person=request.user, at=clock.now(), language=language)
    return remember_language(response, language)


def remember_language(response: HttpResponse, language: str) -> HttpResponse:
    """Put the language into a cookie, for the pages of somebody who is signed out."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 3600,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )
    return response
