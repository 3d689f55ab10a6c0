"""The life of a post (DESIGN §3): one table, and the only code that changes `Post.status`.

`TRANSITIONS` has a row for each action and the states it starts from. `check()` says whether a person may do it now
and why not; pages use it to switch buttons off. `move()` does it: the audit entry first, then a conditional write that
must hit one row. The database holds the same table as a trigger (`calendar_app/triggers.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from audit import services as audit
from audit.models import Entry
from calendar_app.errors import Conflict
from calendar_app.models import Hold, Notification, Post, Reminder, Review, Revision, Status
from calendar_app.queries import holds as hold_queries
from missions.models import Person
from missions.roles import Allowed, Denied, Permission, Verdict, can


class Action(StrEnum):
    """What can be done to a post; also the action of its audit entry."""

    CREATE = "create"
    SAVE = "save"
    SUBMIT = "submit"
    SIGN_OFF = "sign_off"
    SEND_BACK = "send_back"
    WITHDRAW = "withdraw"
    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    DECLINE = "decline"
    RECALL = "recall"
    RESCHEDULE = "reschedule"
    REZONE = "rezone"
    MARK_PUBLISHED = "mark_published"
    EXPIRE = "expire"
    PUBLISH_URGENT = "publish_urgent"
    REVIEW_AFTERWARDS = "review_afterwards"
    CANCEL = "cancel"
    DELETE = "delete"
    RETRACT = "retract"


ACTION_NAMES = {
    Action.CREATE: gettext_lazy("Buat"),
    Action.SAVE: gettext_lazy("Simpan"),
    Action.SUBMIT: gettext_lazy("Ajukan"),
    Action.SIGN_OFF: gettext_lazy("Paraf"),
    Action.SEND_BACK: gettext_lazy("Kembalikan"),
    Action.WITHDRAW: gettext_lazy("Tarik kembali"),
    Action.APPROVE: gettext_lazy("Setujui"),
    Action.REQUEST_CHANGES: gettext_lazy("Minta perbaikan"),
    Action.DECLINE: gettext_lazy("Tolak"),
    Action.RECALL: gettext_lazy("Tarik persetujuan"),
    Action.RESCHEDULE: gettext_lazy("Jadwalkan ulang"),
    Action.REZONE: gettext_lazy("Sesuaikan zona waktu"),
    Action.MARK_PUBLISHED: gettext_lazy("Tandai sudah tayang"),
    Action.EXPIRE: pgettext_lazy("tindakan", "Terlewat"),
    Action.PUBLISH_URGENT: gettext_lazy("Tayangkan mendesak"),
    Action.REVIEW_AFTERWARDS: gettext_lazy("Tinjau sesudah tayang"),
    Action.CANCEL: gettext_lazy("Batalkan"),
    Action.DELETE: gettext_lazy("Hapus"),
    Action.RETRACT: gettext_lazy("Tarik dari tayang"),
}
# Somebody said that they take care of publishing it; changes nothing about the post.
TAKEN = "acknowledge"
# The same, once it is done.
HAPPENED: dict[str, str | Promise] = {
    Action.CREATE: gettext_lazy("Dibuat"),
    Action.SAVE: gettext_lazy("Disunting"),
    Action.SUBMIT: gettext_lazy("Diajukan"),
    Action.SIGN_OFF: gettext_lazy("Diparaf"),
    Action.SEND_BACK: gettext_lazy("Dikembalikan"),
    Action.WITHDRAW: gettext_lazy("Ditarik kembali"),
    Action.APPROVE: pgettext_lazy("riwayat", "Disetujui"),
    Action.REQUEST_CHANGES: gettext_lazy("Diminta perbaikan"),
    Action.DECLINE: pgettext_lazy("riwayat", "Ditolak"),
    Action.RECALL: gettext_lazy("Persetujuan ditarik"),
    Action.RESCHEDULE: gettext_lazy("Dijadwalkan ulang"),
    Action.REZONE: gettext_lazy("Zona waktu disesuaikan"),
    Action.MARK_PUBLISHED: gettext_lazy("Kanal dikonfirmasi"),
    Action.EXPIRE: gettext_lazy("Waktunya lewat"),
    Action.PUBLISH_URGENT: gettext_lazy("Ditayangkan mendesak"),
    Action.REVIEW_AFTERWARDS: gettext_lazy("Ditinjau sesudah tayang"),
    Action.CANCEL: pgettext_lazy("riwayat", "Dibatalkan"),
    Action.DELETE: gettext_lazy("Dihapus"),
    Action.RETRACT: gettext_lazy("Ditarik dari tayang"),
    TAKEN: gettext_lazy("Ditangani"),
    "hold_lifted": pgettext_lazy("penahanan", "Dicabut"),
}


class Facts:
    """What the requirements ask about a post, each read at most once."""

    def __init__(self, post: Post) -> None:
        self.post = post

    @cached_property
    def authors(self) -> set[int]:
        """Everybody who wrote any revision, ever."""
        return set(self.post.revisions.values_list("author_id", flat=True))

    @cached_property
    def is_out(self) -> bool:
        """Has at least one channel gone out already?"""
        return self.post.publications.filter(published_at__isnull=False).exists()

    @cached_property
    def holds(self) -> list[Hold]:
        return hold_queries.covering(self.post)

    @cached_property
    def open_review(self) -> Review | None:
        return self.post.reviews.filter(closed_at=None).select_related("opened_by").first()


@dataclass(frozen=True)
class Requirement:
    """A condition beyond state and role. `ask` answers the reason against, or None.

    `is_about_person`: failing it is 403, since the state of the post would allow it to somebody else.
    """

    ask: Callable[[Facts, Person | None, datetime], Any]
    is_about_person: bool = False


def _not_an_author(facts: Facts, person: Person | None, at: datetime) -> Any:
    if person is not None and person.pk in facts.authors:
        return gettext_lazy("Anda ikut menulis unggahan ini; peninjau lain yang memutuskan.")
    return None


def _not_the_submitter(facts: Facts, person: Person | None, at: datetime) -> Any:
    if person is not None and person.pk == facts.post.submitted_by_id:
        return gettext_lazy("Anda yang mengajukan; kepala lain yang membubuhkan paraf.")
    return None


def _nothing_out(facts: Facts, person: Person | None, at: datetime) -> Any:
    if facts.is_out:
        return gettext_lazy("Salah satu kanal sudah tayang. Selesaikan konfirmasi, lalu tarik bila perlu.")
    return None


def _no_hold(facts: Facts, person: Person | None, at: datetime) -> Any:
    # What went out before every hold may still be confirmed (rule 8); `services/publishing.py` looks at each time.
    if facts.holds:
        return _("Ditahan: %(reason)s") % {"reason": facts.holds[0].reason}
    return None


def _no_hold_stops_urgent(facts: Facts, person: Person | None, at: datetime) -> Any:
    for hold in facts.holds:
        if hold.stops_urgent:
            return _("Ditahan, juga untuk tayang mendesak: %(reason)s") % {"reason": hold.reason}
    return None


def _never_submitted(facts: Facts, person: Person | None, at: datetime) -> Any:
    if facts.post.first_submitted_at is not None:
        return gettext_lazy("Yang pernah diajukan tidak dihapus; batalkan saja.")
    return None


def _awaits_afterwards(facts: Facts, person: Person | None, at: datetime) -> Any:
    review = facts.open_review
    if not facts.post.urgent or review is None or review.kind != Review.Kind.AFTERWARDS:
        return gettext_lazy("Tidak ada tinjauan sesudah tayang yang terbuka.")
    return None


def _grace_passed(facts: Facts, person: Person | None, at: datetime) -> Any:
    scheduled = facts.post.scheduled_at
    if scheduled is None or at < scheduled + grace():
        return gettext_lazy("Tenggang waktu belum lewat.")
    return None


NOT_AN_AUTHOR = Requirement(_not_an_author, is_about_person=True)
NOT_THE_SUBMITTER = Requirement(_not_the_submitter, is_about_person=True)
NOTHING_OUT = Requirement(_nothing_out)
NO_HOLD = Requirement(_no_hold)
NO_HOLD_STOPS_URGENT = Requirement(_no_hold_stops_urgent)
NEVER_SUBMITTED = Requirement(_never_submitted)
AWAITS_AFTERWARDS = Requirement(_awaits_afterwards)
GRACE_PASSED = Requirement(_grace_passed)


@dataclass(frozen=True)
class Transition:
    """A row of the table. `permission` None: only the clock, or a change of a mission's zone, does it.

    `targets` empty: the post stays as it is. More than one target: the service chooses and says why beside the row.
    """

    action: Action
    sources: tuple[Status, ...]
    targets: tuple[Status, ...]
    permission: Permission | None
    requires: tuple[Requirement, ...] = ()

    def target(self, source: Status) -> tuple[Status, ...]:
        return self.targets or (source,)


S, A, P, T = Status, Action, Permission, Transition

TRANSITIONS: tuple[Transition, ...] = (
    T(A.SAVE, (S.DRAFT, S.CHANGES_REQUESTED), (), P.WRITE_POST, (NOTHING_OUT,)),
    # a head corrects and signs in one go
    T(A.SAVE, (S.SIGNOFF,), (), P.SIGN_OFF, (NOTHING_OUT,)),
    T(A.SAVE, (S.APPROVED, S.MISSED), (S.DRAFT,), P.WRITE_POST, (NOTHING_OUT,)),
    # in_review where the mission needs no sign-off or a head submits: that is the sign-off
    T(A.SUBMIT, (S.DRAFT, S.CHANGES_REQUESTED), (S.SIGNOFF, S.IN_REVIEW), P.WRITE_POST),
    T(A.SIGN_OFF, (S.SIGNOFF,), (S.IN_REVIEW,), P.SIGN_OFF, (NOT_THE_SUBMITTER,)),
    T(A.SEND_BACK, (S.SIGNOFF,), (S.CHANGES_REQUESTED,), P.SIGN_OFF),
    T(A.WITHDRAW, (S.SIGNOFF, S.IN_REVIEW), (S.DRAFT,), P.WRITE_POST),
    T(A.APPROVE, (S.IN_REVIEW,), (S.APPROVED,), P.REVIEW, (NOT_AN_AUTHOR,)),
    T(A.REQUEST_CHANGES, (S.IN_REVIEW,), (S.CHANGES_REQUESTED,), P.REVIEW, (NOT_AN_AUTHOR,)),
    T(A.DECLINE, (S.IN_REVIEW,), (S.DECLINED,), P.REVIEW, (NOT_AN_AUTHOR,)),
    # refused once a channel is out: what is public is retracted, not recalled
    T(A.RECALL, (S.APPROVED, S.MISSED), (S.CHANGES_REQUESTED,), P.REVIEW, (NOTHING_OUT,)),
    # approved while the new time stays near the approved one, else to review (`services/schedules.py`)
    T(A.RESCHEDULE, (S.APPROVED, S.MISSED), (S.APPROVED, S.IN_REVIEW), P.WRITE_POST, (NOTHING_OUT,)),
    T(A.REZONE, (S.DRAFT, S.SIGNOFF, S.IN_REVIEW, S.CHANGES_REQUESTED, S.APPROVED), (), None),
    # stays until every channel is confirmed or given up
    T(A.MARK_PUBLISHED, (S.APPROVED,), (S.APPROVED, S.PUBLISHED), P.WRITE_POST, (NO_HOLD,)),
    T(A.MARK_PUBLISHED, (S.MISSED,), (S.MISSED, S.PUBLISHED), P.WRITE_POST, (NO_HOLD,)),
    T(A.EXPIRE, (S.APPROVED,), (S.MISSED,), None, (GRACE_PASSED, NOTHING_OUT, NO_HOLD)),
    T(
        A.PUBLISH_URGENT,
        (S.DRAFT, S.CHANGES_REQUESTED, S.SIGNOFF, S.IN_REVIEW),
        (S.PUBLISHED,),
        P.PUBLISH_URGENTLY,
        (NO_HOLD_STOPS_URGENT,),
    ),
    T(
        A.REVIEW_AFTERWARDS,
        (S.PUBLISHED,),
        (S.PUBLISHED, S.RETRACTED),
        P.REVIEW,
        (AWAITS_AFTERWARDS, NOT_AN_AUTHOR),
    ),
    # a head who takes it down again does not escape the review
    T(A.REVIEW_AFTERWARDS, (S.RETRACTED,), (), P.REVIEW, (AWAITS_AFTERWARDS, NOT_AN_AUTHOR)),
    T(
        A.CANCEL,
        (S.DRAFT, S.SIGNOFF, S.IN_REVIEW, S.CHANGES_REQUESTED, S.APPROVED, S.MISSED),
        (S.CANCELLED,),
        P.CANCEL_POST,
        (NOTHING_OUT,),
    ),
    T(A.DELETE, (S.DRAFT,), (), P.WRITE_POST, (NEVER_SUBMITTED,)),
    T(A.RETRACT, (S.PUBLISHED,), (S.RETRACTED,), P.RETRACT_POST),
)


# Why not now, where the bare name of the status would not say what to do instead.
SUBMITTED = gettext_lazy("Sudah diajukan. Tarik kembali dulu untuk menyuntingnya.")
CLOSED = gettext_lazy("Unggahan ini sudah ditutup. Buat unggahan baru bila masih diperlukan.")
UNAPPROVED = gettext_lazy("Unggahan ini tidak (lagi) disetujui. Jangan tayangkan.")
NOT_NOW: dict[tuple[Action, Status], Promise] = {
    (A.SAVE, S.SIGNOFF): SUBMITTED,
    (A.SAVE, S.IN_REVIEW): SUBMITTED,
    (A.SAVE, S.PUBLISHED): gettext_lazy("Sudah tayang, jadi naskahnya tidak dapat disunting lagi."),
    (A.SAVE, S.DECLINED): CLOSED,
    (A.SAVE, S.CANCELLED): CLOSED,
    (A.SAVE, S.RETRACTED): CLOSED,
    (A.MARK_PUBLISHED, S.DRAFT): UNAPPROVED,
    (A.MARK_PUBLISHED, S.SIGNOFF): UNAPPROVED,
    (A.MARK_PUBLISHED, S.IN_REVIEW): UNAPPROVED,
    (A.MARK_PUBLISHED, S.CHANGES_REQUESTED): UNAPPROVED,
}


def status_pairs() -> set[tuple[Status, Status]]:
    """Every change of status that the table knows; the database's trigger refuses all others."""
    return {
        (source, target)
        for row in TRANSITIONS
        for source in row.sources
        for target in row.target(source)
        if source != target
    }


def grace() -> timedelta:
    """How long after its time an approved post may still go out before it counts as missed."""
    return timedelta(minutes=settings.GRACE_MINUTES)


def row_for(action: Action, status: str) -> Transition | None:
    """The row of the table for this action from this status; None where it leads nowhere."""
    return next((row for row in TRANSITIONS if row.action == action and status in row.sources), None)


def check(
    post: Post,
    action: Action,
    person: Person | None,
    at: datetime,
    *,
    facts: Facts | None = None,
    waived: tuple[Requirement, ...] = (),
) -> Verdict:
    """May this person (None: the clock) do this now? `Denied.reason` is for the person who asks."""
    refusal = _refusal(post, action, person, at, facts or Facts(post), waived)
    return Denied(refusal[0]) if refusal else Allowed()


def _refusal(
    post: Post, action: Action, person: Person | None, at: datetime, facts: Facts, waived: tuple[Requirement, ...] = ()
) -> tuple[Any, bool] | None:
    """The reason against and whether it lies with the person, or None."""
    row = row_for(action, post.status)
    # The role comes first: a person who may never do it is told so, whatever the state.
    needed = {r.permission for r in TRANSITIONS if r.action == action}
    if person is not None:
        verdicts = {permission: can(person, permission, post.mission_id) for permission in needed if permission}
        if not any(verdicts.values()):
            own = row.permission if row else None
            denied = verdicts[own] if own else next(iter(verdicts.values()), None)
            return denied.reason if isinstance(denied, Denied) else _("Hanya dilakukan oleh sistem."), True
        if row is not None and row.permission and not verdicts[row.permission]:
            row = None  # theirs in another state: a drafter saves a draft, and not what waits for the head
    elif row.permission if row else any(needed):
        return _("Perlu seseorang yang berwenang."), True
    if row is None:
        return _why_not_now(post, action), False
    for requirement in row.requires:
        if requirement in waived:
            continue
        reason = requirement.ask(facts, person, at)
        if reason is not None:
            return reason, requirement.is_about_person
    return None


def _why_not_now(post: Post, action: Action) -> str:
    """What the state of the post says against an action that the person may do in other states."""
    known = NOT_NOW.get((action, Status(post.status)))
    return str(known or _("Tidak dapat dilakukan saat status “%(status)s”.") % {"status": post.get_status_display()})


def require(
    post: Post,
    action: Action,
    person: Person | None,
    at: datetime,
    *,
    version: int | None = None,
    mine: dict[str, Any] | None = None,
    waived: tuple[Requirement, ...] = (),
) -> None:
    """Raise PermissionDenied (the person) or Conflict (the state, or an old `version`) unless the action is possible.

    The role is looked at first, then the state: who lost a race is told who won. `mine` is what the person typed.
    """
    refusal = _refusal(post, action, person, at, Facts(post), waived)
    if refusal and refusal[1]:
        raise PermissionDenied(str(refusal[0]))
    if refusal:
        raise overtaken(refusal[0], post, mine=mine)
    if version is not None and version != post.version:
        raise overtaken(_("Unggahan ini sudah berubah sejak Anda membukanya."), post, mine=mine)


def overtaken(message: str | Promise, post: Post, *, mine: dict[str, Any] | None = None) -> Conflict:
    """The Conflict of somebody who comes too late, with the entry that says who was there first."""
    return Conflict(message, post=post, mine=mine, change=last_change(post.pk))


def last_change(pk: int, kind: str = "post") -> Entry | None:
    """What was done last to a post, or an object of another `kind` of the audit, be it deleted or not."""
    return Entry.objects.filter(object_kind=kind, object_id=pk).order_by("-id").first()


def in_words(entry: Entry) -> str:
    """What was done and by whom: "Diajukan oleh Siti". What the clock did has no name."""
    what = str(HAPPENED.get(entry.action, entry.action))
    if entry.actor_id is None:
        return what
    return _("%(what)s oleh %(actor)s") % {"what": what, "actor": entry.actor_name}


def lock(pk: int) -> Post:
    """The post's row, locked until the transaction ends, so that two people act one after the other.

    On SQLite the transaction itself is the lock (`transaction_mode=IMMEDIATE`). Raises Conflict when somebody deleted
    it since it was read.
    """
    post = Post.objects.select_for_update(of=("self",)).select_related("mission").filter(pk=pk).first()
    if post is None:
        raise Conflict(_("Unggahan ini sudah dihapus."), change=last_change(pk))
    return post


def record_creation(post: Post, actor: Person, at: datetime) -> None:
    """The audit entry of a new draft."""
    _record(post, Action.CREATE, actor, at, version=post.version, to=Status(post.status), data={})


def attach_first_revision(post: Post, revision: Revision) -> None:
    """Give a post made in this transaction its first revision, still as version 1."""
    if Post.objects.filter(pk=post.pk, current_revision=None, version=1).update(current_revision=revision) != 1:
        raise Conflict(_("Unggahan ini sudah punya naskah."), post=post)
    post.current_revision = revision


def move(
    post: Post,
    action: Action,
    *,
    actor: Person | None,
    at: datetime,
    version: int | None,
    to: Status | None = None,
    data: dict[str, Any] | None = None,
    waived: tuple[Requirement, ...] = (),
    by_system: bool = False,
    changes_post: bool = True,
    **changes: Any,
) -> Post:
    """Do the action on a locked post: check, audit entry, conditional write of status, version and `changes`.

    `version` is the one that the caller read; None only for the clock. `to` chooses among the row's targets.
    `by_system`: a row without permission, done because of something that `actor` did elsewhere. `changes_post` False:
    neither content nor time nor status change, so the version stays (DESIGN §10) and the entry has none.
    Returns the post with its new values. Raises PermissionDenied or Conflict; nothing is written then.
    """
    require(post, action, None if by_system else actor, at, version=version, waived=waived)
    row = row_for(action, post.status)
    assert row is not None
    targets = row.target(Status(post.status))
    target = to if to is not None else targets[0]
    if target not in targets:
        raise ValueError(f"{action} does not lead from {post.status} to {target}")
    # The entry comes first: the trigger on the post lets a change through only when its entry is there.
    new_version = post.version + 1 if changes_post else post.version
    _record(post, action, actor, at, version=new_version if changes_post else None, to=target, data=data or {})
    changes |= {"status": target, "version": new_version, "updated_at": at}
    written = Post.objects.filter(pk=post.pk, version=post.version, status=post.status).update(**changes)
    if written != 1:
        raise Conflict(_("Unggahan ini baru saja berubah. Muat ulang, lalu coba lagi."), post=post)
    for name, value in changes.items():
        setattr(post, name, value)
    return post


def erase(post: Post, *, actor: Person, at: datetime, version: int) -> None:
    """Delete a draft that was never submitted, with its revisions; the audit entries stay."""
    require(post, Action.DELETE, actor, at, version=version)
    _record(post, Action.DELETE, actor, at, version=post.version + 1, to=Status.DRAFT, data={})
    pk = post.pk
    # a change of the mission's zone may have told somebody of this draft
    Notification.objects.filter(post=pk).delete()
    Reminder.objects.filter(post=pk).delete()
    Post.objects.filter(pk=pk).update(current_revision=None, version=F("version") + 1)
    for revision in post.revisions.all():
        revision.variants.all().delete()
        revision.themes.all().delete()
    post.revisions.all().delete()
    Post.objects.filter(pk=pk).delete()


def _record(
    post: Post,
    action: Action,
    actor: Person | None,
    at: datetime,
    *,
    version: int | None,
    to: Status,
    data: dict[str, Any],
) -> None:
    audit.record(
        at=at,
        action=action,
        actor=actor,
        kind="post",
        object_id=post.pk,
        name=str(post),
        mission_id=post.mission_id,
        version=version,
        from_status="" if action == Action.CREATE else post.status,
        to_status=to,
        data=data,
    )
