"""Who is told in the place of one who is away, and who is told all the same: nobody is silenced for a deputy who is
not told."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from calendar_app.models import Kind, Notification, Post, Reminder, State, Status, Way
from calendar_app.queries import plan
from calendar_app.services import absences, acknowledgements, outbox, reminders
from missions.models import Absence, Membership, Person, Role
from tests.cast import NOW, Cast, post_in, publish

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TODAY, SATURDAY, MONDAY = date(2026, 11, 25), date(2026, 11, 28), date(2026, 11, 30)


def away(cast: Cast, **changes: Any) -> Absence:
    """Tokyo's drafter is away from today on, and the head stands in."""
    facts: dict[str, Any] = {"person": cast.drafter_tokyo, "by": cast.drafter_tokyo, "deputy": cast.head_tokyo}
    return absences.declare(**(facts | {"at": NOW, "first": TODAY, "last": SATURDAY} | changes))


def joins(cast: Cast, name: str = "Penyusun Tokyo Dua") -> Person:
    """One more drafter of Tokyo."""
    person = Person.objects.create_user(f"{name.lower().replace(' ', '.')}@test.example", name)
    Membership.objects.create(person=person, mission=cast.tokyo, role=Role.DRAFTER)
    return person


def leaves(cast: Cast, person: Person) -> None:
    """Moves from Tokyo to Jeddah."""
    Membership.objects.filter(person=person).delete()
    Membership.objects.create(person=person, mission=cast.jeddah, role=Role.HEAD)


def goes_out(post: Post) -> datetime:
    assert post.scheduled_at is not None
    return post.scheduled_at


def told(kind: Kind, way: Way) -> list[str]:
    """Whom it was said to this way, once for each message."""
    rows = Reminder.objects.filter(kind=kind, way=way, state=State.SENT)
    return sorted(rows.values_list("recipient__name", flat=True))


# A deputy who is not told --------------------------------------------------------------


def test_who_has_a_deputy_that_may_not_read_the_post_is_mailed_in_spite_of_being_away(cast: Cast) -> None:
    Membership.objects.create(person=cast.drafter_tokyo, mission=cast.jeddah, role=Role.DRAFTER)
    post = post_in(Status.APPROVED, cast)
    away(cast, deputy=cast.drafter_jeddah)
    outbox.tick(at=NOW)
    assert not plan.incomplete(NOW).exists()
    outbox.tick(at=goes_out(post))
    assert told(Kind.PUBLISH_NOW, Way.EMAIL) == [cast.drafter_tokyo.name]
    assert told(Kind.PUBLISH_NOW, Way.IN_APP) == [cast.drafter_tokyo.name]


def test_who_has_a_deputy_that_has_left_the_mission_is_mailed_in_spite_of_being_away(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    away(cast)
    leaves(cast, cast.head_tokyo)
    outbox.tick(at=NOW)
    outbox.tick(at=goes_out(post))
    assert told(Kind.PUBLISH_NOW, Way.EMAIL) == [cast.drafter_tokyo.name]


def test_who_has_a_deputy_that_is_told_is_not_mailed(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    away(cast)
    outbox.tick(at=goes_out(post))
    assert told(Kind.PUBLISH_NOW, Way.EMAIL) == [cast.head_tokyo.name]
    assert told(Kind.PUBLISH_NOW, Way.IN_APP) == [cast.head_tokyo.name, cast.drafter_tokyo.name]


# An absence that is declared when the reminders are written already --------------------


def test_the_deputy_is_asked_to_answer_comments_when_the_absence_begins_after_publishing(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    out = goes_out(post)
    publish(post, cast.drafter_tokyo, at=out)
    row = Reminder.objects.filter(kind=Kind.ANSWER_COMMENTS, recipient=cast.drafter_tokyo, way=Way.EMAIL).get()
    away(cast, at=out + HOUR, first=TODAY + timedelta(days=1), last=MONDAY)
    outbox.tick(at=row.due_at)
    assert cast.head_tokyo.name in told(Kind.ANSWER_COMMENTS, Way.EMAIL)
    assert cast.drafter_tokyo.name not in told(Kind.ANSWER_COMMENTS, Way.EMAIL)


def test_the_deputy_of_the_only_head_is_reminded_of_a_sign_off_that_waits(cast: Cast) -> None:
    post = post_in(Status.SIGNOFF, cast)
    away(cast, person=cast.head_tokyo, by=cast.head_tokyo, deputy=cast.drafter_tokyo, last=MONDAY)
    half = Reminder.objects.filter(post=post, kind=Kind.SIGNOFF_DUE, identity__contains="half").earliest("due_at")
    outbox.tick(at=half.due_at)
    assert cast.drafter_tokyo.name in told(Kind.SIGNOFF_DUE, Way.EMAIL)


def test_what_a_deputy_is_told_names_both_in_its_identity(cast: Cast) -> None:
    """Otherwise a reminder as a deputy would stand in the way of one in the deputy's own right."""
    post_in(Status.APPROVED, cast)
    away(cast)
    deputy, absent = cast.head_tokyo, cast.drafter_tokyo
    rows = Reminder.objects.filter(kind=Kind.PUBLISH_NOW, recipient=deputy)
    assert {row.identity.split(":")[-2] for row in rows} == {f"{deputy.pk}~{absent.pk}"}
    assert {row.stands_in_for for row in rows} == {absent}


# A deputy whose part changes -----------------------------------------------------------


def test_who_stood_in_for_two_still_stands_in_for_the_one_who_is_not_back(cast: Cast) -> None:
    second = joins(cast)
    post = post_in(Status.APPROVED, cast)
    first = away(cast)
    away(cast, person=second, by=cast.head_tokyo)
    absences.end(absence=first, by=cast.drafter_tokyo, at=NOW + HOUR)
    outbox.tick(at=goes_out(post))
    assert told(Kind.PUBLISH_NOW, Way.EMAIL) == [cast.head_tokyo.name, cast.drafter_tokyo.name]


@pytest.mark.parametrize("becomes_drafter", [True, False])
def test_who_stood_in_is_told_in_their_own_right_once_nobody_else_is_left(cast: Cast, *, becomes_drafter: bool) -> None:
    """The only drafter came back and then left: the deputy of those days takes over, or is asked as the head."""
    post = post_in(Status.APPROVED, cast)
    absences.end(absence=away(cast), by=cast.drafter_tokyo, at=NOW + HOUR)
    Person.objects.filter(pk=cast.drafter_tokyo.pk).update(is_active=False)
    if becomes_drafter:
        Membership.objects.create(person=cast.head_tokyo, mission=cast.tokyo, role=Role.DRAFTER)
    reminders.complete(at=NOW + 2 * HOUR)
    assert not plan.incomplete(NOW + 2 * HOUR).exists()
    outbox.tick(at=goes_out(post))
    assert told(Kind.PUBLISH_NOW, Way.IN_APP) == [cast.head_tokyo.name]
    assert told(Kind.PUBLISH_NOW, Way.EMAIL) == [cast.head_tokyo.name]


# "Saya tangani" of somebody who is not there -------------------------------------------


def deactivated(cast: Cast) -> None:
    Person.objects.filter(pk=cast.drafter_tokyo.pk).update(is_active=False)


def moved(cast: Cast) -> None:
    leaves(cast, cast.drafter_tokyo)


def on_leave(cast: Cast) -> None:
    away(cast, deputy=None)


def still_here(cast: Cast) -> None:
    """Nothing has changed."""


@pytest.mark.parametrize(
    ("becomes", "asked"), [(deactivated, True), (moved, True), (on_leave, True), (still_here, False)]
)
def test_somebody_else_is_asked_when_who_takes_care_is_gone(
    cast: Cast, becomes: Callable[[Cast], None], *, asked: bool
) -> None:
    """It may be said a day ahead."""
    post = post_in(Status.APPROVED, cast)
    said = {"schedule_version": post.schedule_version, "by": cast.drafter_tokyo, "way": Way.IN_APP, "at": NOW}
    acknowledgements.acknowledge(post=post, **said)
    becomes(cast)
    for minutes in (0, 16, 46):
        outbox.tick(at=goes_out(post) + minutes * MINUTE)
    assert Notification.objects.filter(kind=Kind.ESCALATED, recipient=cast.head_tokyo).exists() == asked
    assert Notification.objects.filter(kind=Kind.ESCALATED, recipient=cast.editor).exists() == asked
