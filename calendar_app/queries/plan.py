"""Which reminders an approved post has, and whether it has exactly those.

`PLAN` is the one table: `services/reminders.py` writes rows by it, and `incomplete()` and `misplaced()`, which must
find nothing, compare all rows with it each minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat

from calendar_app import workflow
from calendar_app.models import Kind, Post, Reminder, State, Status, Way
from calendar_app.queries.reminders import PUBLISH, absent_at, may_read
from missions.models import HQ_ROLES, MISSION_ROLES, Absence, Membership, Mission, Role

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST_OVERDUE = timedelta(minutes=30)
# Nobody has said that they take care of it: the head is asked, then the people on duty at headquarters.
HEAD_AFTER, DESK_AFTER = timedelta(minutes=15), timedelta(minutes=45)
# How far ahead the check of each minute looks.
HORIZON = timedelta(hours=25)


@dataclass(frozen=True)
class Planned:
    """One reminder of an approved post: when it is due and until when it makes sense, counted from the post's time.

    `on_duty`: of the roles only those on duty at headquarters; all of them where nobody is. `or_else`: whom it goes to
    where nobody has one of the roles.
    """

    kind: Kind
    offset: str
    after: timedelta
    until: timedelta
    roles: tuple[Role, ...]
    or_else: tuple[Role, ...] = ()
    on_duty: bool = False


def plan() -> tuple[Planned, ...]:
    """The reminders of an approved post, in due order (DESIGN §6), with the grace of this installation."""
    grace = workflow.grace()
    rows = (
        Planned(Kind.PUBLISH_SOON, "24h", -DAY, -HOUR, MISSION_ROLES),
        Planned(Kind.PUBLISH_SOON, "1h", -HOUR, timedelta(), MISSION_ROLES),
        # somebody must be told: the head where a mission has no drafter
        Planned(Kind.PUBLISH_NOW, "0", timedelta(), grace, (Role.DRAFTER,), or_else=MISSION_ROLES),
        Planned(Kind.ESCALATED, "head", HEAD_AFTER, grace, (Role.HEAD,)),
        Planned(Kind.PUBLISH_OVERDUE, "30min", FIRST_OVERDUE, grace, MISSION_ROLES),
        Planned(Kind.ESCALATED, "desk", DESK_AFTER, grace, (Role.EDITOR,), on_duty=True),
        Planned(Kind.PUBLISH_OVERDUE, "grace", grace, grace + DAY, (*MISSION_ROLES, Role.EDITOR, Role.MANAGER)),
    )
    return tuple(row for row in rows if row.after < row.until)


def planned(kind: Kind, offset: str) -> Planned:
    """One row of the plan. Raises StopIteration for what is not planned with so short a grace."""
    return next(row for row in plan() if (row.kind, row.offset) == (kind, offset))


def incomplete(at: datetime, until: datetime | None = None) -> QuerySet[Post]:
    """Approved posts with a time up to `until` (default: the next 25 hours) that lack a reminder which is still to
    come: somebody should have it, also as the deputy of one who is away, and has no notice planned. Empty unless
    something went wrong, or people or absences have just changed.

    Identities are looked up in their unique index, so the work grows with what is checked and with nothing else.
    """
    lacks = Q(pk__in=[])
    for row in plan():
        lacks |= Q(scheduled_at__gt=at - row.after) & (Exists(_without(row)) | Exists(_deputy_without(row)))
    return (
        Post.objects.filter(
            lacks,
            status=Status.APPROVED,
            scheduled_at__gt=at - workflow.grace(),
            scheduled_at__lte=until or at + HORIZON,
        )
        .exclude(mission__status__in=Mission.SILENT)
        .select_related("mission")
        .order_by("pk")
    )


def misplaced(at: datetime, until: datetime | None = None) -> QuerySet[Reminder]:
    """Reminders of the present schedule that wait for another time than the plan says. Must be empty."""
    whens = [When(kind=row.kind, data__offset=row.offset, then=Value(row.after)) for row in plan()]
    # what is no longer planned, since the grace was made shorter, is left as it is
    after = Case(*whens, default=None, output_field=DurationField())
    right = ExpressionWrapper(F("post__scheduled_at") + after, output_field=DateTimeField())
    return (
        Reminder.objects.filter(
            kind__in=PUBLISH,
            state=State.PENDING,
            waits_from__gt=at,
            waits_from__lte=until or at + HORIZON,
            schedule_version=F("post__schedule_version"),
            post__status=Status.APPROVED,
        )
        .annotate(right=right)
        .filter(right__isnull=False)
        .exclude(due_at=F("right"))
        .select_related("post")
        .order_by("pk")
    )


def _of_post(name: str, depth: int = 1) -> Any:
    """A column of the post, from a subquery so deep within."""
    reference: Any = name
    for _level in range(depth):
        reference = OuterRef(reference)
    return reference


def _due_at(row: Planned, depth: int = 1) -> ExpressionWrapper[Any]:
    return ExpressionWrapper(_of_post("scheduled_at", depth) + Value(row.after), output_field=DateTimeField())


def _people(row: Planned, depth: int = 1) -> QuerySet[Membership]:
    """Whom a planned reminder of the post goes to."""
    active = Membership.objects.filter(person__is_active=True)
    here = active.filter(Q(mission_id=_of_post("mission_id", depth)) | Q(mission=None, role__in=HQ_ROLES))
    people = here.filter(role__in=row.roles)
    if row.or_else:
        first = active.filter(mission_id=_of_post("mission_id", depth + 1), role__in=row.roles)
        people = here.filter(Q(role__in=row.roles) | Q(role__in=row.or_else) & ~Q(Exists(first)))
    if row.on_duty:
        on_duty = active.filter(on_duty=True, mission=None)
        people = here.filter(Q(on_duty=True) | Q(role__in=row.roles) & ~Q(Exists(on_duty)), mission=None)
    return people


def _without(row: Planned) -> QuerySet[Membership]:
    return _people(row).filter(~Exists(_notice(row, "person_id")))


def _deputy_without(row: Planned) -> QuerySet[Absence]:
    """The absences whose deputy may read the post, is not told anyway, and has no notice planned."""
    away = absent_at(_due_at(row), _due_at(row, 2)).filter(person__in=_people(row, 2).values("person"))
    return away.filter(
        ~Exists(_notice(row, "deputy_id", "person_id")),
        ~Exists(_people(row, 2).filter(person=OuterRef("deputy_id"))),
        Exists(may_read(OuterRef("deputy_id"), _of_post("mission_id", 2))),
    )


def _notice(row: Planned, person: str, absent: str = "") -> QuerySet[Reminder]:
    """The notice that `person` should have, for `absent` if given (columns one level out), by its identity
    (`services.rows`)."""
    post, version = _of_post("pk", 2), _of_post("schedule_version", 2)
    parts = (
        Value(f"{row.kind}:p"),
        Cast(post, CharField()),
        Value(":"),
        Cast(version, CharField()),
        Value(f":{row.offset}:"),
        Cast(OuterRef(person), CharField()),
        *([Value("~"), Cast(OuterRef(absent), CharField())] if absent else []),
        Value(f":{Way.IN_APP}"),
    )
    return Reminder.objects.filter(identity=Concat(*parts, output_field=CharField()))
