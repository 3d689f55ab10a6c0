"""Which words belong to which kind of message, and what is said in addition: for whom, and that it comes late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from calendar_app.messages import gathered, publishing, reviewing, weeks
from calendar_app.messages.words import Data, Notice, page, when
from calendar_app.models import Kind, Notification, Post, Reminder
from missions.models import Person
from missions.roles import Permission, can

# What comes so long after its time says that it does.
LATE = timedelta(minutes=10)

WITH_POST: dict[str, Callable[[Post, Data], Notice]] = {
    Kind.SIGNOFF_REQUESTED: reviewing.signoff_requested,
    Kind.SIGNOFF_DUE: reviewing.signoff_due,
    Kind.REVIEW_REQUESTED: reviewing.review_requested,
    Kind.REVIEW_DUE: reviewing.review_due,
    Kind.DECIDED: reviewing.decided,
    Kind.RECALLED: reviewing.recalled,
    Kind.MOVED: reviewing.moved,
    Kind.PUBLISH_SOON: publishing.publish_soon,
    Kind.PUBLISH_NOW: publishing.publish_now,
    Kind.PUBLISH_OVERDUE: publishing.publish_overdue,
    Kind.ESCALATED: publishing.escalated,
    Kind.URGENT_PUBLISHED: publishing.urgent_published,
    Kind.ANSWER_COMMENTS: publishing.answer_comments,
}
WITHOUT_POST: dict[str, Callable[[Data], Notice]] = {
    Kind.HELD: gathered.held,
    Kind.LIFTED: gathered.lifted,
    Kind.DIGEST: gathered.digest,
    Kind.WEEK_AHEAD: weeks.week_ahead,
}
# A hold, too, can be why these came late.
STOPPED_BY_HOLDS = (Kind.PUBLISH_SOON, Kind.PUBLISH_NOW, Kind.PUBLISH_OVERDUE, Kind.ESCALATED)


def notice(
    kind: str,
    post: Post | None,
    data: Data,
    person: Person | None,
    *,
    stands_in_for: Person | None = None,
    due_at: datetime | None = None,
    sent_at: datetime | None = None,
) -> Notice:
    """The words of one message, in the active language. `person` reads it, nobody in particular when it goes to a chat
    bridge; `post` comes with its mission. `stands_in_for` is who is away; `due_at` and `sent_at` tell whether it is
    late.

    Works on whatever `data` old rows hold: what is missing is left out.
    """
    late = due_at if due_at and sent_at and sent_at - due_at >= LATE else None
    data = {**data, "late": True} if late else data
    if post is None:
        words = WITHOUT_POST.get(kind, gathered.digest)(data)
    else:
        words = WITH_POST.get(kind, reviewing.decided)(post, data)
        words = _where_they_may_go(words, post, person)
    remarks = []
    if stands_in_for:
        remarks.append(_("Anda menggantikan %(name)s, yang sedang tidak di tempat.") % {"name": stands_in_for.name})
    if late and kind != Kind.DIGEST:  # a digest of what came late says so itself
        remarks.append(_late(kind, when(late, post.timezone if post else _zone(data))))
    return replace(words, remarks=tuple(remarks))


def told(notification: Notification, person: Person, data: Data | None = None) -> Notice:
    """The words of a notice, which comes with its post, its mission and its reminder; `data` instead of its own."""
    reminder = notification.reminder
    return notice(
        notification.kind,
        notification.post,
        notification.data if data is None else data,
        person,
        stands_in_for=reminder.stands_in_for,
        due_at=due_at(reminder),
        sent_at=notification.created_at,
    )


def due_at(reminder: Reminder) -> datetime:
    """From when on it is late: quiet hours may have put it off."""
    return max(reminder.due_at, reminder.deferred_until or reminder.due_at)


def _where_they_may_go(words: Notice, post: Post, person: Person | None) -> Notice:
    if words.url.startswith("/review/") and not (person and can(person, Permission.REVIEW)):
        # managers and administrators may read the queue, but have nothing to decide there
        return replace(words, url=page(post), step=_("Lihat unggahan"))
    return words


def _late(kind: str, time: str) -> str:
    if kind in STOPPED_BY_HOLDS:
        return _("Terlambat sampai karena gangguan atau penahanan; seharusnya %(time)s.") % {"time": time}
    return _("Terlambat sampai karena gangguan; seharusnya %(time)s.") % {"time": time}


def _zone(data: Data) -> str:
    return str(data.get("timezone") or settings.HQ_TIMEZONE)
