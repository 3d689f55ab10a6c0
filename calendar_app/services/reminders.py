"""What each step in a post's life makes people hear, and when (DESIGN §6).

`after()` is called in the transaction of the step and writes rows of Reminder; nothing is sent here and nothing is
ever taken back: `queries/reminders.py` derives which rows still stand, `services/outbox.py` sends them. The same
message is never made twice, since its identity is unique.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from audit.models import Entry
from calendar_app import workflow
from calendar_app.models import TO_PEOPLE, Kind, Post, Reminder, Review, State, Status, Way
from calendar_app.queries import plan
from calendar_app.queries import reminders as queries
from calendar_app.queries.plan import Planned
from calendar_app.queries.reminders import HOUR
from calendar_app.services import digests, rows
from calendar_app.services.rows import NEWS_LASTS, iso, wants, write
from calendar_app.workflow import Action
from missions.models import MISSION_ROLES, Absence, Membership, Person, Role

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)
# How long before the end of a retrospective round it is called to mind again.
BEFORE_URGENT_END = timedelta(hours=4)
# A post that goes out this soon is mailed singly, however many came in.
TOO_SOON_TO_FOLD = timedelta(hours=2)
# Beside the roles: those on duty.
ON_DUTY = "on_duty"


class People:
    """Who hears of one post: each role read at most once, active people only, everybody once."""

    def __init__(self, post: Post) -> None:
        self.post = post

    @cached_property
    def _by_role(self) -> dict[str, list[Person]]:
        # whoever may read the post: administrators are told nothing, but may be somebody's deputy
        here = Q(mission_id=self.post.mission_id) | Q(mission=None)
        found: dict[str, list[Person]] = {}
        rows = Membership.objects.filter(here, person__is_active=True).select_related("person").order_by("person_id")
        for row in rows:
            found.setdefault(row.role, []).append(row.person)
            if row.on_duty:
                found.setdefault(ON_DUTY, []).append(row.person)
        return found

    @cached_property
    def _absences(self) -> list[Absence]:
        people = {person.pk for some in self._by_role.values() for person in some}
        whose = Q(person__in=people) | Q(person__deputising__person__in=people)
        coming = Absence.objects.filter(whose, cancelled_at=None)
        return list(coming.select_related("deputy").order_by("pk").distinct())

    def on_duty(self) -> list[Person]:
        """Who is on duty at headquarters; the editors where nobody is."""
        people = {person.pk: person for person in self._by_role.get(ON_DUTY, [])}
        return list(people.values()) or self.of(Role.EDITOR)

    def deputies(self, to: Iterable[Person], due_at: datetime) -> list[tuple[Person, Person]]:
        """Who stands in for those of `to` who are away at that instant, with the person each stands in for. A deputy
        who is away, too, stands in for nobody, and one who is told anyway is told once."""
        then = [absence for absence in self._absences if absence.starts_at <= due_at < absence.ends_at]
        away, told = {absence.person_id for absence in then}, {person.pk: person for person in to}
        here = {person.pk for some in self._by_role.values() for person in some}
        return [
            (absence.deputy, told[absence.person_id])
            for absence in then
            if absence.person_id in told
            and absence.deputy is not None
            and absence.deputy.is_active
            and absence.deputy.pk not in away
            and absence.deputy.pk in here
            and absence.deputy.pk not in told
        ]

    def of(self, *roles: Role, but: Iterable[int] = ()) -> list[Person]:
        """The people of these roles, without those whose ids are in `but`."""
        left_out = set(but)
        people = {person.pk: person for role in roles for person in self._by_role.get(role, [])}
        return [person for pk, person in people.items() if pk not in left_out]


@dataclass(frozen=True)
class Message:
    """One message to several people. `occasion` and `offset` tell it from others of its kind about the same post."""

    kind: Kind
    to: list[Person]
    occasion: int
    due_at: datetime
    valid_until: datetime
    offset: str = "0"
    ways: tuple[Way, ...] = TO_PEOPLE


def after(post: Post, action: Action, *, by: Person | None, at: datetime, **data: Any) -> None:
    """Write the reminders that `action` causes. Call it in the action's transaction, when rounds and versions are
    as they will stay. `data` (a comment, `old_at`) goes into the messages."""
    about = {name: value for name, value in data.items() if value not in (None, "")}
    about |= {"action": str(action), "by": by.name if by else ""}
    messages = _messages(post, action, People(post), by, at)
    if post.mission.is_silent:
        messages = [message for message in messages if message.kind in queries.ALSO_FROM_SILENT]
    _write_all(post, messages, about)
    if action == Action.REZONE and not post.mission.is_silent:
        _tell_of_moves(post, at, about)


def _messages(post: Post, action: Action, people: People, by: Person | None, at: datetime) -> list[Message]:
    but = [by.pk] if by else []
    messages: list[Message] = []
    told = TOLD.get(action)
    if told and _is_news(post, action, people, by):
        # an author who is neither drafter nor head any more has left, and hears nothing more
        to = people.of(*MISSION_ROLES, but=but)
        ways = (Way.IN_APP,) if action == Action.REZONE else TO_PEOPLE
        messages.append(Message(told, to, post.version, at, at + NEWS_LASTS, ways=ways))
    if post.status == Status.SIGNOFF:
        messages += _for_signoff(post, people, at, new=action == Action.SUBMIT)
    if post.status == Status.IN_REVIEW:
        messages += _for_review(post, people, at, new=action != Action.REZONE)
    if post.status == Status.APPROVED and action != Action.MARK_PUBLISHED:
        messages += _to_publish(post, people, at)
    if action == Action.EXPIRE:
        # made with the approval already, unless that came after the grace
        messages.append(_missed(post, people, at))
    if action == Action.PUBLISH_URGENT:
        messages += _for_urgent(post, people, at)
    if post.status == Status.PUBLISHED and action in (Action.MARK_PUBLISHED, Action.PUBLISH_URGENT):
        messages += _after_publishing(post, people, at)
    return messages


def _is_news(post: Post, action: Action, people: People, by: Person | None) -> bool:
    """Cancelling and retracting are, when headquarters does it to what was submitted; the others always."""
    if action not in (Action.CANCEL, Action.RETRACT):
        return True
    mine = by is None or by in people.of(*MISSION_ROLES)
    return not mine and post.first_submitted_at is not None


# The steps that the mission is told of as such.
TOLD = {
    Action.SEND_BACK: Kind.DECIDED,
    Action.APPROVE: Kind.DECIDED,
    Action.REQUEST_CHANGES: Kind.DECIDED,
    Action.DECLINE: Kind.DECIDED,
    Action.REVIEW_AFTERWARDS: Kind.DECIDED,
    Action.CANCEL: Kind.DECIDED,
    Action.RETRACT: Kind.DECIDED,
    Action.RECALL: Kind.RECALLED,
    Action.RESCHEDULE: Kind.MOVED,
    Action.REZONE: Kind.MOVED,
}


def _for_signoff(post: Post, people: People, at: datetime, *, new: bool) -> list[Message]:
    came = Entry.objects.filter(object_kind="post", object_id=post.pk, to_status=Status.SIGNOFF)
    submitted = came.exclude(from_status=Status.SIGNOFF).order_by("-id").values_list("version", flat=True).first() or 0
    messages = []
    if new:
        until = max(post.scheduled_at or at, at + DAY)
        but = [post.submitted_by_id] if post.submitted_by_id else []
        messages.append(Message(Kind.SIGNOFF_REQUESTED, people.of(Role.HEAD, but=but), submitted, at, until))
    half = _halfway(post, at)
    if half and post.scheduled_at:
        until = post.scheduled_at
        stamp = f"{until:%Y%m%d%H%M}"
        messages.append(Message(Kind.SIGNOFF_DUE, people.of(Role.HEAD), submitted, half, until, f"half-{stamp}"))
        # half of what was left has gone, too: the drafter can still walk over and ask
        late = half + (until - half) / 2
        messages.append(Message(Kind.SIGNOFF_DUE, people.of(*MISSION_ROLES), submitted, late, until, f"late-{stamp}"))
    return messages


def _for_review(post: Post, people: People, at: datetime, *, new: bool) -> list[Message]:
    review = _open_round(post)
    # an editor who wrote any of it may not decide (rule 2)
    authors = set(post.revisions.values_list("author_id", flat=True))
    editors = people.of(Role.EDITOR, but=authors)
    messages = []
    if new:
        until = max(post.scheduled_at or at, at + DAY)
        messages.append(Message(Kind.REVIEW_REQUESTED, editors, review.number, at, until))
    half = _halfway(post, at)
    if half and post.scheduled_at:
        until = post.scheduled_at
        stamp = f"{until:%Y%m%d%H%M}"
        messages.append(Message(Kind.REVIEW_DUE, editors, review.number, half, until, f"half-{stamp}"))
        if until - DAY > at:
            to = people.of(Role.EDITOR, Role.MANAGER, but=authors)
            messages.append(Message(Kind.REVIEW_DUE, to, review.number, until - DAY, until, f"24h-{stamp}"))
    return messages


def _to_publish(post: Post, people: People, at: datetime) -> list[Message]:
    """The reminders of one approved time. Those that lie behind already are left out; `publish_now` comes at once, and
    what an approval that came late finds missed is told by the step `expire`."""
    time = post.scheduled_at
    if time is None or time + workflow.grace() <= at:
        return []
    return [
        _planned(row, post, people, time, at)
        for row in plan.plan()
        if time + row.after > at or row.kind == Kind.PUBLISH_NOW
    ]


def _planned(row: Planned, post: Post, people: People, time: datetime, at: datetime) -> Message:
    to = people.on_duty() if row.on_duty else people.of(*row.roles) or people.of(*row.or_else)
    due_at = max(time + row.after, at)
    return Message(row.kind, to, post.schedule_version, due_at, time + row.until, row.offset)


def _missed(post: Post, people: People, at: datetime) -> Message:
    row = plan.planned(Kind.PUBLISH_OVERDUE, "grace")
    return Message(row.kind, people.of(*row.roles), post.schedule_version, at, at + DAY, row.offset)


def _for_urgent(post: Post, people: People, at: datetime) -> list[Message]:
    review = _open_round(post)
    to, end = people.of(Role.EDITOR, Role.MANAGER), review.due_at
    return [
        Message(Kind.URGENT_PUBLISHED, to, review.number, at, end, "now"),
        Message(Kind.URGENT_PUBLISHED, to, review.number, end - BEFORE_URGENT_END, end + DAY, "end"),
    ]


def _after_publishing(post: Post, people: People, at: datetime) -> list[Message]:
    due_at = (post.published_at or at) + DAY
    if due_at <= at:
        return []
    return [Message(Kind.ANSWER_COMMENTS, people.of(Role.DRAFTER), post.version, due_at, due_at + 2 * DAY)]


def _halfway(post: Post, at: datetime) -> datetime | None:
    """When half the time to the post is gone; None when none is left."""
    if post.scheduled_at is None or post.scheduled_at <= at:
        return None
    return at + (post.scheduled_at - at) / 2


def _open_round(post: Post) -> Review:
    """The open round; without one the caller has called too early, and the step must not go through."""
    return Review.objects.get(post=post, closed_at=None)


# Rows ----------------------------------------------------------------------------------


def _write_all(post: Post, messages: list[Message], about: dict[str, Any]) -> None:
    people = People(post) if any(message.to for message in messages) else None
    write([row for message in messages for row in _rows(post, message, about, people)])


def _rows(post: Post, message: Message, about: dict[str, Any], people: People | None) -> list[Reminder]:
    data = about | {"offset": message.offset.split("-")[0]}
    if message.kind in (Kind.MOVED, *queries.PUBLISH, *queries.HALFWAY):
        data |= {"at": iso(post.scheduled_at), "timezone": post.timezone}
    to: list[tuple[Person, Person | None]] = [(person, None) for person in message.to]
    if people is not None and message.kind in queries.FOR_DEPUTIES:
        to += people.deputies(message.to, message.due_at)
    found = [
        Reminder(
            identity=f"{message.kind}:p{post.pk}:{message.occasion}:{message.offset}:{rows.whom(person, absent)}:{way}",
            kind=message.kind,
            way=way,
            post=post,
            recipient=person,
            stands_in_for=absent,
            occasion=message.occasion,
            schedule_version=post.schedule_version,
            due_at=message.due_at,
            valid_until=message.valid_until,
            data=data,
        )
        # also by a way that the person does not want for this kind: it is void then, and no more when they do
        for person, absent in to
        for way in message.ways
    ]
    if message.kind == Kind.REVIEW_REQUESTED and found:
        return _folded_reviews(post, found)
    return found


def _folded_reviews(post: Post, single: list[Reminder]) -> list[Reminder]:
    """Digest when many: to an editor who got DIGEST_FROM requests or more by mail within the hour, or has a digest
    coming, further ones come as one mail at the end of the hour. What goes out very soon is always mailed singly.

    The digest's row holds no list: `queries.reminders.came_in()` finds what still waits when it is sent.
    """
    at = single[0].due_at
    if post.scheduled_at is not None and post.scheduled_at < at + TOO_SOON_TO_FOLD:
        return single
    end = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + HOUR
    mails = Reminder.objects.filter(kind=Kind.REVIEW_REQUESTED, way=Way.EMAIL, due_at__gt=at - HOUR, due_at__lte=at)
    counts: dict[int, int] = {}
    for pk in mails.filter(recipient__in=[row.recipient_id for row in single]).values_list("recipient_id", flat=True):
        counts[pk] = counts.get(pk, 0) + 1
    result = []
    for row in single:
        if row.way == Way.EMAIL and row.recipient and counts.get(row.recipient.pk, 0) >= settings.DIGEST_FROM:
            row = Reminder(
                identity=f"digest:review:{end:%Y%m%d%H}:0:{row.recipient_id}:{Way.EMAIL}",
                kind=Kind.DIGEST,
                way=Way.EMAIL,
                recipient_id=row.recipient_id,
                due_at=end,
                valid_until=end + DAY,
                data={"about": "review"},
            )
        result.append(row)
    return result


# Zones ---------------------------------------------------------------------------------


def _tell_of_moves(post: Post, at: datetime, about: dict[str, Any]) -> None:
    """A changed zone moves many posts at once: one mail for all of them, and editors hear of it, too."""
    people = People(post)
    moved = digests.item(post, Kind.MOVED, post.scheduled_at, old_at=about.get("old_at"))
    ways = {(person.pk, str(Way.EMAIL)) for person in people.of(*MISSION_ROLES) if wants(person, Kind.MOVED, Way.EMAIL)}
    if post.status in (Status.IN_REVIEW, Status.APPROVED):
        for person in people.of(Role.EDITOR):
            ways |= {(person.pk, str(way)) for way in TO_PEOPLE if wants(person, Kind.MOVED, way)}
    digests.fold("moved", f"{post.mission_id}-{at:%Y%m%d%H%M%S}", {whose: [moved] for whose in ways}, at=at)


# Completeness --------------------------------------------------------------------------


def complete(*, at: datetime, until: datetime | None = None) -> int:
    """Write what `queries.plan.incomplete()` finds lacking, for example for somebody who has just joined a mission, or
    who stands in for a colleague. Returns for how many posts."""
    posts = list(plan.incomplete(at, until))
    for post in posts:
        try:
            _complete(post, at)
        except Exception:
            logger.exception("reminders: post %d could not be completed; the others go on", post.pk)
    for row in plan.misplaced(at, until):
        _put_in_place(row)
    return len(posts)


def _complete(post: Post, at: datetime) -> None:
    with transaction.atomic():
        # as it is now: a step that is being taken writes its own
        fresh = Post.objects.select_for_update(of=("self",)).select_related("mission").get(pk=post.pk)
        if fresh.status == Status.APPROVED:
            about = {"action": str(Action.APPROVE), "by": ""}
            _write_all(fresh, _to_publish(fresh, People(fresh), at), about)


def _put_in_place(row: Reminder) -> None:
    """Let a waiting row have the times of the plan, which is another since the grace was changed."""
    due = plan.planned(Kind(row.kind), row.data["offset"])
    if row.post is None or row.post.scheduled_at is None:
        return
    time = row.post.scheduled_at
    waiting = Reminder.objects.filter(pk=row.pk, state=State.PENDING)
    waiting.update(due_at=time + due.after, valid_until=time + due.until)


def for_deputy(absence: Absence, *, at: datetime) -> None:
    """What the one who is away has still to come in those days and must be done is for the deputy, too. Call it in
    the transaction that writes the absence."""
    if absence.deputy is None:
        return
    theirs = Reminder.objects.filter(
        recipient=absence.person,
        kind__in=queries.FOR_DEPUTIES,
        way__in=TO_PEOPLE,
        state=State.PENDING,
        valid_until__gt=at,
        due_at__gte=absence.starts_at,
        due_at__lt=absence.ends_at,
    )
    same = {name: OuterRef(name) for name in ("kind", "way", "post_id", "occasion", "due_at")}
    own = Reminder.objects.filter(**same, recipient=absence.deputy)
    copied = ("kind", "way", "post_id", "occasion", "schedule_version", "due_at", "valid_until", "data")
    write(
        [
            Reminder(
                identity=rows.of_deputy(row.identity, absence.deputy, absence.person),
                recipient=absence.deputy,
                stands_in_for=absence.person,
                **{name: getattr(row, name) for name in copied},
            )
            for row in theirs.filter(~Exists(own), post__isnull=False)
        ]
    )
