"""Who takes care of publishing a post, who may say so, and whom to call when nobody does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from calendar_app.models import Acknowledgement, Kind, Notification, Post, Reminder, Status
from calendar_app.queries.reminders import PUBLISH
from missions.models import MISSION_ROLES, Absence, Membership, Person, Role
from missions.roles import Allowed, Denied, Permission, Verdict, can, grants, is_hq

# The kinds that ask somebody to publish, and so can be answered.
KINDS = PUBLISH
# The states in which a post still waits for somebody.
WAITS = (Status.APPROVED, Status.MISSED)

# The first notice that asks for it comes so long before the post's time.
ASKED_BEFORE = timedelta(days=1)

Found = dict[int, list[Acknowledgement]]


@dataclass(frozen=True)
class Answer:
    """What stands on a post's own pages: who takes care of it, and whether the reader may say so now."""

    taken: list[Acknowledgement]
    can_acknowledge: bool


def of(posts: Collection[int]) -> Found:
    """Post's key → who takes care of it at the time it has now, the first first, with the person; posts that nobody
    takes care of, or that wait no more, are absent. One query, none without posts."""
    if not posts:
        return {}
    rows = Acknowledgement.objects.filter(
        post__in=posts, post__status__in=WAITS, schedule_version=F("post__schedule_version")
    )
    found: Found = {}
    for row in _in_order(rows):
        found.setdefault(row.post_id, []).append(row)
    return found


def on_post(post: Post, person: Person, at: datetime) -> Answer | None:
    """Of one post; None where nobody is asked: it does not wait, or its time is far. At most three queries."""
    if post.status not in WAITS or post.scheduled_at is None or post.scheduled_at - ASKED_BEFORE > at:
        return None
    taken = of([post.pk]).get(post.pk, [])
    mine = any(row.person_id == person.pk for row in taken)
    return Answer(taken, not mine and bool(may(person, post, post.schedule_version)))


def of_notices(notices: Collection[Notification]) -> Found:
    """The same by the notices' keys (each with its reminder): of the time the notice speaks of, which may not be the
    post's any more, and also when the post is out. One query, none without notices that ask for it."""
    asked = {
        notice.pk: (notice.post_id, notice.reminder.schedule_version) for notice in notices if notice.kind in KINDS
    }
    if not asked:
        return {}
    rows = Acknowledgement.objects.filter(post__in={post for post, _version in asked.values()})
    by_time: dict[tuple[int | None, int], list[Acknowledgement]] = {}
    for row in _in_order(rows):
        by_time.setdefault((row.post_id, row.schedule_version), []).append(row)
    return {pk: by_time[time] for pk, time in asked.items() if time in by_time}


def _in_order(rows: QuerySet[Acknowledgement]) -> QuerySet[Acknowledgement]:
    return rows.select_related("person").order_by("at", "pk")


# Who may ------------------------------------------------------------------------------


def answerable(notices: Collection[Notification], found: Mapping[int, list[Acknowledgement]], by: Person) -> set[int]:
    """The keys of those notices of `by` (each with its post and reminder) that they may answer: the post still waits
    at that time, and they have not said it before. `found`: what `of_notices()` found. At most one query."""
    open_ones = {
        notice: notice.post.mission_id
        for notice in notices
        if notice.kind in KINDS
        and notice.post is not None
        and still_waits(notice.post, notice.reminder.schedule_version)
        and not any(row.person_id == by.pk for row in found.get(notice.pk, ()))
    }
    if not open_ones:
        return set()
    desk = is_hq(by) and is_on_desk(by)
    return {
        notice.pk
        for notice, mission in open_ones.items()
        # who was asked may answer: also the deputy of somebody on duty
        if desk or notice.kind == Kind.ESCALATED or can(by, Permission.WRITE_POST, mission)
    }


def may(by: Person, post: Post, schedule_version: int) -> Verdict:
    """May this person take care of the post? Who may publish it, who is on duty at headquarters, and whoever was asked
    because nobody had answered. At most three queries."""
    if can(by, Permission.WRITE_POST, post.mission_id):
        return Allowed()
    if is_hq(by) and is_on_desk(by):
        return Allowed()
    asked = Reminder.objects.filter(kind=Kind.ESCALATED, post=post, schedule_version=schedule_version, recipient=by)
    if can(by, Permission.VIEW_POST, post.mission_id) and asked.exists():
        return Allowed()
    return Denied(_("Hanya untuk yang menayangkan unggahan ini dan petugas piket di Pusat."))


def still_waits(post: Post, schedule_version: int) -> bool:
    """Is it still to be published, at the time it had in that schedule version?"""
    return post.status in WAITS and post.schedule_version == schedule_version


def is_on_desk(person: Person) -> bool:
    """Is the person on duty at headquarters; where nobody is, an editor? One query."""
    if not person.is_active:
        return False
    on_duty = Membership.objects.filter(mission=None, on_duty=True, person__is_active=True)
    people = set(on_duty.values_list("person_id", flat=True))
    return person.pk in people if people else Role.EDITOR in grants(person).at_hq


# Whom to call -------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """Somebody (their key) is told at an instant that nobody of a mission (its key) answers."""

    mission: int
    reader: int | None
    at: datetime


def contacts(calls: Collection[Call]) -> dict[Call, list[dict[str, Any]]]:
    """Whom to call: the mission's active people but for the reader, as JSON, drafters before heads, each once. Two
    queries.

    `name`, `role`, `email`; of who is away then also `away_until`, the last day there, and `deputy`, the name of who
    stands in ("" for nobody), with `deputy_is_reader`.
    """
    people = Membership.objects.filter(
        mission__in={call.mission for call in calls}, role__in=MISSION_ROLES, person__is_active=True
    )
    rows = list(people.select_related("person", "mission").order_by("role", "person__name", "pk"))
    instants = [call.at for call in calls]
    away = Absence.objects.filter(
        person__in={row.person_id for row in rows},
        cancelled_at=None,
        starts_at__lte=max(instants),
        ends_at__gt=min(instants),
    )
    absences: dict[int, list[Absence]] = {}
    for absence in away.select_related("deputy"):
        absences.setdefault(absence.person_id, []).append(absence)
    found: dict[Call, list[dict[str, Any]]] = {}
    for call in calls:
        here: dict[int, dict[str, Any]] = {}
        for row in rows:
            if row.mission_id == call.mission and row.person_id not in (call.reader, *here):
                here[row.person_id] = _contact(row, call, absences.get(row.person_id, []))
        found[call] = list(here.values())
    return found


def _contact(row: Membership, call: Call, absences: list[Absence]) -> dict[str, Any]:
    person = {"name": row.person.name, "role": row.role, "email": row.person.email}
    away = next((one for one in absences if one.starts_at <= call.at < one.ends_at), None)
    if away is None or row.mission is None:
        return person
    deputy = away.deputy if away.deputy and away.deputy.is_active else None
    return person | {
        "away_until": f"{(away.ends_at.astimezone(row.mission.zone) - timedelta(hours=12)).date()}",
        "deputy": deputy.name if deputy else "",
        "deputy_is_reader": deputy is not None and deputy.pk == call.reader,
    }


def with_contacts(notices: Collection[Notification]) -> dict[int, dict[str, Any]]:
    """Notice's key → its data with whom to call, for those that tell that nobody answers. Two queries, or none."""
    calls = {
        notice.pk: Call(notice.post.mission_id, notice.recipient_id, notice.reminder.due_at)
        for notice in notices
        if notice.kind == Kind.ESCALATED and notice.post is not None
    }
    if not calls:
        return {}
    found = contacts(set(calls.values()))
    return {notice.pk: notice.data | {"call": found[calls[notice.pk]]} for notice in notices if notice.pk in calls}
