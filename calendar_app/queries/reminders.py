"""Which reminders still stand. One predicate for the tick, the API and the pages, and it lives in SQL.

A row is never taken back: whether it is void is derived from the post as it is now (DESIGN §6). `with_void()` writes
the reason beside each row, `void_reason()` answers it for one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Concat, StrIndex
from django.db.models.lookups import GreaterThan

from audit.models import Entry
from calendar_app import workflow
from calendar_app.models import Acknowledgement, Hold, Kind, Post, Reminder, Review, Revision, State, Status, Way
from calendar_app.queries import holds as hold_queries
from missions.models import Absence, Membership, Mission

# Kinds by what they hang on.
PUBLISH = (Kind.PUBLISH_SOON, Kind.PUBLISH_NOW, Kind.PUBLISH_OVERDUE, Kind.ESCALATED)
# What must be done now: sent first, and never put off by quiet hours.
URGENT = (
    Kind.PUBLISH_NOW,
    Kind.PUBLISH_OVERDUE,
    Kind.ESCALATED,
    Kind.URGENT_PUBLISHED,
    Kind.HELD,
    Kind.LIFTED,
    Kind.RECALLED,
)
SIGNOFF = (Kind.SIGNOFF_REQUESTED, Kind.SIGNOFF_DUE)
REVIEW = (Kind.REVIEW_REQUESTED, Kind.REVIEW_DUE)
# Their `valid_until` is the post's time, so that a post whose time was changed makes them void.
HALFWAY = (Kind.SIGNOFF_DUE, Kind.REVIEW_DUE)
# What headquarters is told about a silent mission all the same: something waits for it, or went out.
ALSO_FROM_SILENT = (*REVIEW, Kind.URGENT_PUBLISHED, Kind.DIGEST)
# Whoever must act at once is told by mail, too, whatever they chose; a digest stands for several mails.
ALWAYS_MAILED = (
    Kind.PUBLISH_NOW,
    Kind.PUBLISH_OVERDUE,
    Kind.ESCALATED,
    Kind.URGENT_PUBLISHED,
    Kind.HELD,
    Kind.DIGEST,
)
MUTABLE_KINDS = tuple(kind for kind in Kind if kind not in ALWAYS_MAILED)

# What somebody has to do, so that a deputy is told; news are read by those whom they were for, when they are back.
FOR_DEPUTIES = (*SIGNOFF, *REVIEW, *PUBLISH, Kind.URGENT_PUBLISHED, Kind.ANSWER_COMMENTS)

# The states in which a post still wants a kind; kinds that are not named here tell what happened, and that stays true.
WANTED = {
    SIGNOFF: (Status.SIGNOFF,),
    REVIEW: (Status.IN_REVIEW,),
    (Kind.PUBLISH_SOON, Kind.PUBLISH_NOW, Kind.ESCALATED): (Status.APPROVED,),
    (Kind.PUBLISH_OVERDUE,): (Status.APPROVED, Status.MISSED),
    (Kind.ANSWER_COMMENTS,): (Status.PUBLISHED,),
    (Kind.URGENT_PUBLISHED,): (Status.PUBLISHED, Status.RETRACTED),
}

# The ways out of the product that reach a person.
OUTSIDE = (Way.EMAIL, Way.PUSH)

HELD = "held"
HOUR = timedelta(hours=1)
# For so long a row is in the hands of the worker that took it.
LEASE = timedelta(seconds=60)


def with_void(rows: QuerySet[Reminder], holds: Iterable[Hold] | None = None) -> QuerySet[Reminder]:
    """The rows with `void`: why each no longer stands, or "" when it does. `void_reason()` reads it.

    Reasons: `inactive`, `silent`, `no_access`, `muted`, `superseded`, `state`, `lifted`, and last `held`, which alone
    may pass. Reads the holds in force unless they are given.
    """
    return rows.annotate(void=_void(hold_queries.in_force() if holds is None else list(holds)))


@dataclass(frozen=True)
class Ahead:
    """A reminder that is still to come, and whom it goes to by whatever way: people and chat bridges."""

    kind: Kind
    due_at: datetime
    names: list[str]


# The next so many reminders of one post.
MOST_AHEAD = 5


def ahead(post: Post, at: datetime, holds: Iterable[Hold]) -> list[Ahead]:
    """The post's next reminders that stand today, soonest first. `holds`: those in force. One query."""
    rows = with_void(Reminder.objects.filter(post=post, state=State.PENDING, due_at__gt=at), holds).filter(Q(void=""))
    named = rows.annotate(to=Coalesce("recipient__name", "webhook__name")).order_by("due_at", "to")
    found: dict[tuple[str, datetime], list[str]] = {}
    for kind, due_at, name in named.values_list("kind", "due_at", "to"):
        names = found.setdefault((kind, due_at), [])
        if name not in names:
            names.append(name)
    return [Ahead(Kind(kind), due_at, names) for (kind, due_at), names in found.items()][:MOST_AHEAD]


def void_reason(reminder: Reminder) -> str:
    """Why this reminder no longer stands, or "". One query, unless `with_void()` has said it already."""
    if "void" not in reminder.__dict__:
        found = with_void(Reminder.objects.filter(pk=reminder.pk)).first()
        return "" if found is None else void_reason(found)
    return str(reminder.__dict__["void"])


def shown_state(reminder: Reminder) -> str:
    """The state as API and pages show it: `void` for a waiting row that no longer stands."""
    if reminder.state in (State.PENDING, State.CLAIMED) and void_reason(reminder):
        return "void"
    return reminder.state


def lease_is_over(at: datetime) -> Q:
    """Nobody has the row in hand any more. A lease that is longer than any can be was written before the clock was
    set back, and counts no more either."""
    return Q(lease_until__isnull=True) | Q(lease_until__lte=at) | Q(lease_until__gt=at + 2 * LEASE)


def is_free(at: datetime) -> Q:
    """Not in the hands of another, and not to be tried only later. An uncertain row without a time from which it is
    tried again is never handed over again."""
    its_time = Q(not_before__isnull=True) | Q(not_before__lte=at)
    return (
        Q(state=State.PENDING) & its_time
        | Q(state=State.CLAIMED) & lease_is_over(at)
        | Q(state=State.UNCERTAIN, not_before__lte=at) & lease_is_over(at)
    )


def claimable(at: datetime) -> Q:
    """What a tick may take: due, and free."""
    return Q(waits_from__lte=at) & is_free(at)


def due_states(at: datetime) -> set[str]:
    """The states of what is due and not ended; empty when a tick has nothing to do. Served by `reminder_waits`."""
    due = Reminder.objects.filter(waits_from__lte=at)
    return set(due.order_by().values_list("state", flat=True).distinct())


def live_q(at: datetime) -> Q:
    """What a tick has to look at: claimable, still making sense, and not under a hold. Reads the holds in force."""
    live = claimable(at) & Q(valid_until__gte=at)
    holds = hold_queries.in_force()
    return live & ~_held(holds) if holds else live


def lapsed_q(at: datetime) -> Q:
    """What nobody has in hand and makes no sense any more, also under a hold or put off to a later time."""
    late = Q(waits_from__lte=at, valid_until__lt=at)
    return late & (
        Q(state=State.PENDING)
        | Q(state=State.CLAIMED) & lease_is_over(at)
        | Q(state=State.UNCERTAIN, not_before__isnull=False) & lease_is_over(at)
    )


def _held(holds: list[Hold]) -> Q:
    covered = Post.objects.filter(hold_queries.covered_by(holds), pk=OuterRef("post_id"))
    return Q(kind__in=PUBLISH) & Q(Exists(covered))


def _void(holds: list[Hold]) -> Case:
    reasons = [
        When(recipient__is_active=False, then=Value("inactive")),
        When(
            ~Q(kind__in=ALSO_FROM_SILENT)
            & (Q(post__mission__status__in=Mission.SILENT) | Q(mission__status__in=Mission.SILENT)),
            then=Value("silent"),
        ),
        When(_about_post_or_mission() & ~Exists(_access()), then=Value("no_access")),
        When(Q(way=Way.PUSH, device__ended_at__isnull=False), then=Value("device_gone")),
        When(Q(way=Way.WEBHOOK, webhook__is_active=False), then=Value("inactive")),
        When(Q(way__in=OUTSIDE, kind__in=MUTABLE_KINDS) & _muted(), then=Value("muted")),
        When(Q(way__in=OUTSIDE) & ~Q(kind__in=FOR_DEPUTIES) & Exists(_away()), then=Value("absent")),
        # nobody is silenced for a deputy who has not been told
        When(Q(way__in=OUTSIDE, kind__in=FOR_DEPUTIES) & Exists(_stood_in_for()), then=Value("absent")),
        When(Q(stands_in_for__isnull=False) & ~Exists(_standing_in()), then=Value("returned")),
        When(Q(stands_in_for__isnull=False) & Exists(_told_already()), then=Value("told")),
        When(Q(kind__in=PUBLISH) & ~Q(schedule_version=F("post__schedule_version")), then=Value("superseded")),
        *(
            When(Q(kind__in=kinds) & ~Q(post__status__in=statuses), then=Value("state"))
            for kinds, statuses in WANTED.items()
        ),
        # an approval that has been taken back is no news any more
        When(
            Q(kind=Kind.DECIDED, data__action=workflow.Action.APPROVE.value)
            & ~Q(post__status__in=(Status.APPROVED, Status.MISSED, Status.PUBLISHED, Status.RETRACTED)),
            then=Value("state"),
        ),
        When(Q(kind__in=SIGNOFF) & ~Q(occasion=Subquery(_last_submission())), then=Value("superseded")),
        When(
            (Q(kind__in=REVIEW) | Q(kind=Kind.URGENT_PUBLISHED, data__offset="end")) & ~Exists(_open_round()),
            then=Value("superseded"),
        ),
        When(Q(kind__in=HALFWAY) & ~Q(valid_until=F("post__scheduled_at")), then=Value("superseded")),
        When(
            Q(kind=Kind.HELD) & ~Exists(Hold.objects.filter(pk=OuterRef("occasion"), lifted_at=None)),
            then=Value("lifted"),
        ),
        When(Q(kind=Kind.DIGEST, data__about="review") & ~Exists(_came_in()), then=Value("superseded")),
        # somebody takes care of it
        When(Q(kind=Kind.ESCALATED) & Exists(_acknowledged()), then=Value("acknowledged")),
        # the week begins at another instant since the mission's zone was changed, and has a row for that
        When(
            Q(kind=Kind.WEEK_AHEAD, mission__isnull=False) & ~Q(mission__timezone=KT("data__timezone")),
            then=Value("superseded"),
        ),
    ]
    if holds:
        reasons.append(When(_held(holds), then=Value(HELD)))
    return Case(*reasons, default=Value(""), output_field=CharField())


def _about_post_or_mission() -> Q:
    return Q(recipient__isnull=False) & (Q(post__isnull=False) | Q(mission__isnull=False))


def _access() -> QuerySet[Membership]:
    """The recipient may read the post: a role in its mission, or at headquarters."""
    here = Q(mission_id=Coalesce(OuterRef("post__mission_id"), OuterRef("mission_id"))) | Q(mission__isnull=True)
    return Membership.objects.filter(here, person_id=OuterRef("recipient_id"))


def _away() -> QuerySet[Absence]:
    """The recipient is away when it is due, and a deputy is told instead. Without a deputy mails come all the same."""
    return absent_at(OuterRef("due_at"), OuterRef(OuterRef("due_at"))).filter(person_id=OuterRef("recipient_id"))


def _stood_in_for() -> QuerySet[Absence]:
    """The same, and the deputy has this very reminder, and may read what it is about."""
    same = {name: OuterRef(OuterRef(name)) for name in ("kind", "post_id", "occasion", "due_at")}
    told = Reminder.objects.filter(**same, way=Way.IN_APP, recipient_id=OuterRef("deputy_id"))
    return _away().filter(Exists(told), Exists(may_read(OuterRef("deputy_id"), OuterRef(OuterRef("post__mission_id")))))


def may_read(person: Any, mission: Any) -> QuerySet[Membership]:
    """The roles by which a person may read the posts of a mission, both given as a subquery of them is written."""
    return Membership.objects.filter(Q(mission_id=mission) | Q(mission__isnull=True), person_id=person)


def _standing_in() -> QuerySet[Absence]:
    """The recipient still stands in for the one for whom the row was made."""
    days = absent_at(OuterRef("due_at"), OuterRef(OuterRef("due_at")))
    return days.filter(person_id=OuterRef("stands_in_for_id"), deputy_id=OuterRef("recipient_id"))


def _told_already() -> QuerySet[Reminder]:
    """The same message to the same recipient by the same way: who stands in for two is told once."""
    same = {name: OuterRef(name) for name in ("recipient_id", "kind", "way", "post_id", "occasion", "due_at")}
    earlier = Reminder.objects.filter(**same, pk__lt=OuterRef("pk"))
    return earlier.filter(Q(stands_in_for=None) | Exists(_standing_in()))


def absent_at(instant: Any, from_within: Any) -> QuerySet[Absence]:
    """The absences at an instant in which a deputy steps in: one was named, is active, and is not away, too.

    `instant` is an expression as a subquery of it is written; `from_within`: the same, from one level deeper.
    """
    days = Absence.objects.filter(cancelled_at=None)
    deputy_too = days.filter(starts_at__lte=from_within, ends_at__gt=from_within, person_id=OuterRef("deputy_id"))
    there = days.filter(starts_at__lte=instant, ends_at__gt=instant, deputy__is_active=True)
    return there.filter(~Exists(deputy_too))


def _acknowledged() -> QuerySet[Acknowledgement]:
    """Somebody takes care of it who is still of the place and not away."""
    said = Acknowledgement.objects.filter(post_id=OuterRef("post_id"), schedule_version=OuterRef("schedule_version"))
    due_at = OuterRef(OuterRef("due_at"))
    away = Absence.objects.filter(
        starts_at__lte=due_at, ends_at__gt=due_at, cancelled_at=None, person_id=OuterRef("person_id")
    )
    here = may_read(OuterRef("person_id"), OuterRef(OuterRef("post__mission_id")))
    return said.filter(~Exists(away), Exists(here), person__is_active=True)


def _muted() -> Q:
    # Searched as text: SQLite has no "contains" for JSON. Kinds are words that do not contain each other in quotes.
    quoted = Concat(Value('"'), F("kind"), Value('"'), output_field=TextField())
    return Q(GreaterThan(StrIndex(Cast(F("recipient__muted_kinds"), TextField()), quoted), 0))


def _last_submission() -> QuerySet[Entry, int | None]:
    """The version with which the post last came to the head; there is no round to count there."""
    came = Entry.objects.filter(object_kind="post", object_id=OuterRef("post_id"), to_status=Status.SIGNOFF)
    return came.exclude(from_status=Status.SIGNOFF).order_by("-id").values_list("version", flat=True)[:1]


def _open_round() -> QuerySet[Review]:
    return Review.objects.filter(post_id=OuterRef("post_id"), number=OuterRef("occasion"), closed_at=None)


def _came_in() -> QuerySet[Review]:
    """Rounds that a digest of its hour speaks of and that still wait."""
    return Review.objects.filter(
        kind=Review.Kind.BEFORE,
        closed_at=None,
        opened_at__gte=OuterRef("due_at") - HOUR,
        opened_at__lt=OuterRef("due_at"),
    )


def came_in(person_id: int, due_at: datetime) -> list[Post]:
    """The posts of a review digest: still waiting, came within its hour, and not mailed to this person singly."""
    rounds = Review.objects.filter(
        kind=Review.Kind.BEFORE, closed_at=None, opened_at__gte=due_at - HOUR, opened_at__lt=due_at
    )
    mailed = Reminder.objects.filter(
        kind=Kind.REVIEW_REQUESTED,
        way=Way.EMAIL,
        recipient_id=person_id,
        post_id=OuterRef("pk"),
        due_at__gte=due_at - HOUR,
    )
    # who wrote any of it may not decide on it (DESIGN §3, rule 2)
    wrote = Revision.objects.filter(post_id=OuterRef("pk"), author_id=person_id)
    posts = Post.objects.filter(~Exists(mailed), ~Exists(wrote), pk__in=rounds.values("post_id"))
    return list(posts.select_related("mission").order_by("scheduled_at", "pk"))
