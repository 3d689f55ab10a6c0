"""Somebody says that they take care of publishing a post: from a notice, a page, a mail or a push.

Mails and pushes carry a signed address, which is authority enough for this one thing: it names the post, its schedule
version, the person and the way, so that it says nothing once the post has another time or the person has left.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case, IntegerField, When
from django.utils.translation import gettext as _

from audit import services as audit
from calendar_app.errors import Conflict
from calendar_app.models import Acknowledgement, Kind, Notification, Post, Reminder, Status, Way
from calendar_app.queries import acknowledgements as queries
from calendar_app.workflow import TAKEN
from missions.models import Person
from missions.roles import Denied, Permission, can

# "." does not occur in what is signed, nor in a signature.
_signer = signing.Signer(salt="calendar_app.acknowledgements", sep=".")


@dataclass(frozen=True)
class Asked:
    """What a signed address stands for."""

    post: Post
    schedule_version: int
    person: Person
    way: Way


def acknowledge(*, post: Post, schedule_version: int, by: Person, way: Way, at: datetime) -> Acknowledgement:
    """Note that `by` takes care of the post at the time of this schedule version; saying it again changes nothing.

    Raises PermissionDenied, and Conflict when nothing is to be taken care of any more: it is out, has another time or
    was given up.
    """
    with transaction.atomic():
        said = Acknowledgement.objects.filter(post=post, schedule_version=schedule_version, person=by).first()
        if said is not None:
            return said
        post = Post.objects.select_related("mission").get(pk=post.pk)
        verdict = queries.may(by, post, schedule_version)
        if isinstance(verdict, Denied):
            raise PermissionDenied(str(verdict.reason))
        if not queries.still_waits(post, schedule_version):
            raise Conflict(over(post, schedule_version), post=post)
        made, is_new = Acknowledgement.objects.get_or_create(
            post=post, schedule_version=schedule_version, person=by, defaults={"at": at, "way": way}
        )
        if is_new:
            audit.record(
                at=at,
                action=TAKEN,
                actor=by,
                kind="reminder",
                object_id=_answered(made),
                name=str(post),
                mission_id=post.mission_id,
                data={"post": post.pk, "schedule_version": schedule_version, "way": str(way)},
            )
            # to answer is to have read
            asked = Notification.objects.filter(recipient=by, post=post, kind__in=queries.KINDS, read_at=None)
            asked.filter(reminder__schedule_version=schedule_version).update(read_at=at)
        return made


def _answered(made: Acknowledgement) -> int:
    """The key of the reminder that was answered: the person's last one by that way, else any of that time."""
    rows = Reminder.objects.filter(post=made.post, schedule_version=made.schedule_version, kind__in=queries.KINDS)
    mine = Case(
        When(recipient=made.person, way=made.way, due_at__lte=made.at, then=0),
        When(recipient=made.person, then=1),
        default=2,
        output_field=IntegerField(),
    )
    return rows.order_by(mine, "-due_at", "pk").values_list("pk", flat=True).first() or 0


def answer(*, notification: Notification, at: datetime) -> Acknowledgement:
    """Its recipient takes care of what the notice (with its post and reminder) asks for. Raises as `acknowledge()`
    does, and Conflict for a notice that asks for nothing of the kind."""
    if notification.post is None or notification.kind not in queries.KINDS:
        raise Conflict(_("Pemberitahuan ini tidak minta ditangani."), post=notification.post)
    return acknowledge(
        post=notification.post,
        schedule_version=notification.reminder.schedule_version,
        by=notification.recipient,
        way=Way.IN_APP,
        at=at,
    )


def over(post: Post, schedule_version: int) -> str:
    """Why nobody needs to take care of the post at that time any more, in the active language."""
    if post.status == Status.PUBLISHED:
        return _("Tidak perlu lagi: unggahan ini sudah tayang.")
    if post.status in queries.WAITS and post.schedule_version != schedule_version:
        return _("Tidak perlu lagi: waktu tayangnya sudah berubah.")
    return _("Tidak perlu lagi: unggahan ini tidak menunggu tayang.")


def link(reminder: Reminder) -> str:
    """The address at which its recipient says that they take care of it, without signing in; "" where there is nothing
    to be taken care of, as when the time has passed and is only reported. Reads no database."""
    if reminder.kind not in queries.KINDS or reminder.post_id is None or reminder.recipient_id is None:
        return ""
    if reminder.kind == Kind.PUBLISH_OVERDUE and reminder.data.get("offset") == "grace":
        return ""
    what = f"{reminder.post_id}-{reminder.schedule_version}-{reminder.recipient_id}-{reminder.way}"
    return f"{settings.BASE_URL}/acknowledge/{_signer.sign(what)}/"


def read(token: str) -> Asked | None:
    """What the address stands for; None for one that we have not made, or whose person may not read the post (any
    more)."""
    try:
        post_id, version, person_id, way = _signer.unsign(token).split("-")
    except signing.BadSignature:
        return None
    person = Person.objects.filter(pk=person_id, is_active=True).first()
    post = Post.objects.select_related("mission").filter(pk=post_id).first()
    if person is None or post is None or not can(person, Permission.VIEW_POST, post.mission_id):
        return None
    return Asked(post, int(version), person, Way(way))
