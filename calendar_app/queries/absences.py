"""Who is away, when, and who stands in for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from calendar_app.queries.quiet import places_of
from missions.models import Absence, Membership, Person, Role
from missions.roles import PERMISSIONS, Permission

DAY = timedelta(days=1)
SOON = 7 * DAY


@dataclass(frozen=True)
class Away:
    """An absence as pages show it: its days in the zone of whom it is about."""

    absence: Absence
    first: date
    last: date
    # it has begun; it has, or begins within a week
    is_now: bool
    is_soon: bool
    # the deputy has left, or is away on some of the days as well
    lacks_deputy: bool


def in_force(at: datetime) -> QuerySet[Absence]:
    """The absences that have not ended and were not taken back."""
    return Absence.objects.filter(cancelled_at=None, ends_at__gt=at)


def overlapping(people: Collection[int], starts_at: datetime, ends_at: datetime) -> QuerySet[Absence]:
    """The absences of these people that share an instant with this time."""
    return Absence.objects.filter(
        person__in=people, cancelled_at=None, starts_at__lt=ends_at, ends_at__gt=starts_at
    ).select_related("person")


def of(people: Iterable[Person], at: datetime) -> dict[int, list[Away]]:
    """The absences of each of these people that have not ended, soonest first. At most three queries."""
    known = [person.pk for person in people]
    found: dict[int, list[Away]] = {}
    for away in _shown(in_force(at).filter(person__in=known), at):
        found.setdefault(away.absence.person_id, []).append(away)
    return found


@dataclass(frozen=True)
class Concerning:
    """What one person has to know: their own absences, and those of others for whom they stand in; soonest first."""

    own: list[Away]
    others: list[Away]

    @property
    def now(self) -> Away | None:
        """The absence that the person is in."""
        return next((away for away in self.own if away.is_now), None)

    @property
    def pressing(self) -> list[Away]:
        """Of one's own: the one that has begun, and those for which nobody stands in."""
        return [away for away in self.own if away.is_now or away.lacks_deputy]

    @property
    def soon(self) -> list[Away]:
        """Of others: those that have begun or begin within a week."""
        return [away for away in self.others if away.is_soon]


def concerning(person: Person, at: datetime) -> Concerning:
    """Present and coming absences that concern this person. One query where there are none, else at most three."""
    rows = in_force(at).filter(Q(person=person) | Q(deputy=person, person__is_active=True))
    shown = _shown(rows, at)
    return Concerning(
        own=[away for away in shown if away.absence.person_id == person.pk],
        others=[away for away in shown if away.absence.person_id != person.pk],
    )


def meanwhile(person: Person, absence: Absence, at: datetime) -> list[Person]:
    """Those for whom the person stands in on days of this absence: they need another deputy. One query."""
    rows = in_force(at).filter(deputy=person, person__is_active=True)
    rows = rows.filter(starts_at__lt=absence.ends_at, ends_at__gt=absence.starts_at)
    return [row.person for row in rows.select_related("person").order_by("person__name")]


def _shown(rows: QuerySet[Absence], at: datetime) -> list[Away]:
    absences = list(rows.select_related("person", "deputy").order_by("starts_at", "pk"))
    if not absences:
        return []
    zones = {pk: place.zone for pk, place in places_of([row.person for row in absences]).items()}
    deputies = {row.deputy_id for row in absences if row.deputy_id}
    theirs: dict[int, list[Absence]] = {}
    if deputies:
        for row in in_force(at).filter(person__in=deputies):
            theirs.setdefault(row.person_id, []).append(row)
    return [_away(row, zones[row.person_id], theirs, at) for row in absences]


def _away(row: Absence, zone: ZoneInfo, theirs: dict[int, list[Absence]], at: datetime) -> Away:
    clashes = [
        other
        for other in theirs.get(row.deputy_id or 0, [])
        if other.starts_at < row.ends_at and other.ends_at > row.starts_at
    ]
    return Away(
        row,
        first=row.starts_at.astimezone(zone).date(),
        last=(row.ends_at.astimezone(zone) - DAY / 2).date(),
        is_now=row.starts_at <= at,
        is_soon=row.starts_at <= at + SOON,
        lacks_deputy=row.deputy is not None and (bool(clashes) or not row.deputy.is_active),
    )


def candidates(person: Person) -> list[tuple[Person, list[str]]]:
    """Who may stand in for a person, each with their roles there: the active others of their missions and, for who is
    at headquarters, of headquarters. Two queries."""
    mine = list(person.memberships.values_list("mission", flat=True))
    there = Q(mission__in=[pk for pk in mine if pk is not None])
    if None in mine:
        there |= Q(mission__isnull=True)
    rows = Membership.objects.filter(there, person__is_active=True).exclude(person=person)
    found: dict[Person, list[str]] = {}
    for row in rows.select_related("person").order_by("person__name", "person", "role"):
        roles = found.setdefault(row.person, [])
        if (name := str(row.get_role_display())) not in roles:
            roles.append(name)
    return list(found.items())


# What is decided by the person alone, and by no colleague who only reads.
DECIDING = (Permission.SIGN_OFF, Permission.REVIEW)


def cannot_decide(person: Person, deputies: Collection[Person]) -> dict[int, set[Permission]]:
    """Deputy's key → what the person decides somewhere and the deputy there does not; who can all is absent. Two
    queries."""
    mine = person.memberships.values_list("mission", "role")
    decides = {(place, what) for place, role in mine for what in _may(role)}
    theirs: dict[int, set[tuple[int | None, Permission]]] = {}
    if decides:
        for row in Membership.objects.filter(person__in=deputies):
            theirs.setdefault(row.person_id, set()).update((row.mission_id, what) for what in _may(row.role))
    lacking = {one.pk: {what for _place, what in decides - theirs.get(one.pk, set())} for one in deputies}
    return {pk: lacks for pk, lacks in lacking.items() if lacks}


def _may(role: str) -> list[Permission]:
    return [what for what in DECIDING if what in PERMISSIONS[Role(role)]]


def may_stand_in(person: Person, deputy: Person) -> bool:
    """Is the deputy an active other of a mission of theirs, or at headquarters like them?"""
    return any(other.pk == deputy.pk for other, _roles in candidates(person))
