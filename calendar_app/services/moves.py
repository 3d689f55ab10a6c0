"""Moving a post to another time, from the calendar or from its own page: what it would mean, and doing it.

Pages, keys and drag ask `meaning()` and then call `move()`; the rules are those of the steps behind them
(`schedules.reschedule`, `drafts.save`). A move is to a time ahead, whatever the post's status.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from calendar_app import workflow
from calendar_app.models import Post, Status
from calendar_app.queries.moves import action_for
from calendar_app.services import drafts, schedules
from calendar_app.services.schedules import When
from calendar_app.workflow import Action
from missions.models import Person
from missions.roles import Denied, Permission, can


class Kind(StrEnum):
    """What becomes of a post that is moved."""

    SAME = "same"  # it has that time already
    STAYS = "stays"  # it stays what it is; the move can be undone
    REVIEW = "review"  # its approval ends; asked about before, and not undone
    REFUSED = "refused"


@dataclass(frozen=True)
class Meaning:
    """What a move would mean, in words. `instead`: the step that would make a refused move possible."""

    kind: Kind
    text: str
    instead: Action | None = None


@dataclass(frozen=True)
class Moved:
    """The post at its new time. `back`: the time that undoing leads to; None where there is no way back."""

    post: Post
    kind: Kind
    back: When | None = None


FIXED: dict[str, str | Promise] = {
    Status.SIGNOFF: gettext_lazy(
        "Sedang menunggu paraf. Tarik kembali dahulu, atau minta Kepala Perwakilan memindahkannya."
    ),
    Status.IN_REVIEW: gettext_lazy("Sedang ditinjau Pusat. Tarik kembali dahulu, pindahkan, lalu ajukan lagi."),
    Status.PUBLISHED: gettext_lazy("Sudah tayang; waktunya tidak berubah lagi."),
    Status.DECLINED: gettext_lazy("Sudah ditolak, jadi tidak punya waktu tayang lagi."),
    Status.CANCELLED: gettext_lazy("Sudah dibatalkan, jadi tidak punya waktu tayang lagi."),
    Status.RETRACTED: gettext_lazy("Sudah ditarik, jadi tidak punya waktu tayang lagi."),
}
STAYS: dict[str, str | Promise] = {
    Status.DRAFT: gettext_lazy("Tetap draf; hanya waktunya yang berubah."),
    Status.CHANGES_REQUESTED: gettext_lazy("Tetap perlu perbaikan; hanya waktunya yang berubah."),
    Status.SIGNOFF: gettext_lazy("Tetap menunggu paraf; hanya waktunya yang berubah."),
}


def obstacle(post: Post, by: Person, at: datetime) -> Meaning | None:
    """Why this person cannot move the post now, to whatever time; None when they can."""
    action = action_for(post.status)
    verdict = workflow.check(post, action, by, at) if action else None
    if verdict:
        return None
    withdraws = bool(workflow.check(post, Action.WITHDRAW, by, at))
    reason = FIXED.get(post.status) or (verdict.reason if isinstance(verdict, Denied) else "")
    return Meaning(Kind.REFUSED, str(reason), Action.WITHDRAW if withdraws else None)


def meaning(*, post: Post, by: Person, at: datetime, when: When) -> Meaning:
    """What moving the post to this time would mean to this person now. Writes nothing."""
    if stopped := obstacle(post, by, at):
        return stopped
    try:
        schedules.must_be_ahead(when.instant, at)
    except ValidationError as error:
        return Meaning(Kind.REFUSED, " ".join(error.messages))
    if when == schedules.when_of(post):
        return Meaning(Kind.SAME, _("Ini waktunya sekarang."))
    if action_for(post.status) == Action.SAVE:
        return Meaning(Kind.STAYS, str(STAYS[post.status]))
    return _of_approved(post, when)


def _of_approved(post: Post, when: When) -> Meaning:
    if schedules.keeps_approval(post, when.instant):
        text = _("Disetujui lagi:") if post.status == Status.MISSED else _("Tetap disetujui:")
        days = settings.RESCHEDULE_DAYS
        why = ngettext(
            "perubahan sampai %(n)d hari tidak perlu ditinjau ulang.",
            "perubahan sampai %(n)d hari tidak perlu ditinjau ulang.",
            days,
        )
        return Meaning(Kind.STAYS, f"{text} {why % {'n': days}}")
    holds = workflow.Facts(post).holds
    if holds:
        text = _(
            "Persetujuannya berakhir: unggahan ini ditahan (%(reason)s), jadi waktu mana pun ditinjau ulang Pusat."
        )
        return Meaning(Kind.REVIEW, text % {"reason": holds[0].reason})
    approval = schedules.approval_in_force(post)
    seen = approval.scheduled_at.astimezone(post.zone) if approval and approval.scheduled_at else None
    text = _("Persetujuannya berakhir: lebih dari %(n)d hari dari %(day)s, waktu yang disetujui. Pusat meninjau ulang.")
    day = formats.date_format(seen, "D, j M Y") if seen else "—"
    return Meaning(Kind.REVIEW, text % {"n": settings.RESCHEDULE_DAYS, "day": day})


def move(*, post: Post, by: Person, version: int, at: datetime, when: When, agreed: bool) -> Moved:
    """Move a post. `agreed`: the person was told that exactly this move ends the approval, and wants it.

    Raises ValidationError (a time that is not ahead), schedules.NotAgreedError, PermissionDenied, and Conflict when
    the post cannot be moved as it stands or somebody changed it since `version`. Nothing is written then.
    """
    typed = {"scheduled_local": f"{when.local_date}T{when.local_time:%H:%M}", "timezone": when.timezone}
    with transaction.atomic():
        post = workflow.lock(post.pk)
        may_write = can(by, Permission.WRITE_POST, post.mission_id)
        if isinstance(may_write, Denied):
            raise PermissionDenied(str(may_write.reason))
        if stopped := obstacle(post, by, at):
            raise workflow.overtaken(stopped.text, post, mine=typed)
        old = schedules.when_of(post)
        before = meaning(post=post, by=by, at=at, when=when)
        post = _do(post, typed | {"fold": when.fold}, by=by, version=version, at=at, when=when, agreed=agreed)
        if before.kind != Kind.STAYS or old is None:
            return Moved(post, before.kind)
        is_reversible = meaning(post=post, by=by, at=at, when=old).kind == Kind.STAYS
        return Moved(post, before.kind, old if is_reversible else None)


def _do(post: Post, data: dict[str, Any], *, by: Person, version: int, at: datetime, when: When, agreed: bool) -> Post:
    if action_for(post.status) == Action.RESCHEDULE:
        return schedules.reschedule(post=post, by=by, version=version, at=at, when=when, agreed=agreed)
    workflow.require(post, Action.SAVE, by, at, version=version, mine=data)
    schedules.must_be_ahead(when.instant, at)
    return drafts.save(post=post, by=by, version=version, at=at, data=data)
