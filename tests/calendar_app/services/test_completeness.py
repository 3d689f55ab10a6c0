"""Everybody has the reminders they should have: people who join, kinds that are wanted again, a grace that changes, and
one post that cannot be completed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction

from calendar_app.models import Kind, Post, Reminder, State, Status, Way
from calendar_app.queries import plan
from calendar_app.queries.reminders import with_void
from calendar_app.services import outbox, profile, reminders
from calendar_app.services.watch import Watcher
from missions.models import Membership, Person, Role
from tests.cast import NOW, Cast, post_in

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def goes_out(post: Post) -> datetime:
    assert post.scheduled_at is not None
    return post.scheduled_at


def joins(cast: Cast, number: int = 0) -> Person:
    """One more drafter of Tokyo."""
    person = Person.objects.create_user(f"penyusun{number}@test.example", f"Penyusun {number}")
    Membership.objects.create(person=person, mission=cast.tokyo, role=Role.DRAFTER)
    return person


def test_a_kind_that_is_wanted_again_is_mailed_for_posts_approved_meanwhile_too(cast: Cast) -> None:
    choice: dict[str, Any] = {"at": NOW, "kind": Kind.PUBLISH_SOON, "through": "mail"}
    profile.want(person=cast.drafter_tokyo, wanted=False, **choice)
    post = post_in(Status.APPROVED, cast)
    mails = Reminder.objects.filter(kind=Kind.PUBLISH_SOON, way=Way.EMAIL, recipient=cast.drafter_tokyo)
    assert {row.void for row in with_void(mails)} == {"muted"}
    profile.want(person=Person.objects.get(pk=cast.drafter_tokyo.pk), wanted=True, **choice)
    outbox.tick(at=NOW)
    mail.outbox.clear()
    outbox.tick(at=goes_out(post) - HOUR)
    assert [letter for letter in mail.outbox if letter.to == [cast.drafter_tokyo.email]]


@pytest.mark.parametrize("minutes", [60, 240])
def test_reminders_of_approved_posts_follow_a_grace_that_is_changed(cast: Cast, settings: Any, minutes: int) -> None:
    post = post_in(Status.APPROVED, cast)
    settings.GRACE_MINUTES = minutes
    before = goes_out(post) - HOUR
    assert plan.misplaced(before).exists()
    reminders.complete(at=before)
    assert not plan.misplaced(before).exists()
    last = Reminder.objects.filter(post=post, kind=Kind.PUBLISH_OVERDUE, data__offset="grace")
    assert set(last.values_list("due_at", flat=True)) == {goes_out(post) + minutes * MINUTE}
    assert set(last.values_list("state", flat=True)) == {State.PENDING}


def test_people_who_join_one_after_the_other_and_are_completed_raise_no_alarm(cast: Cast) -> None:
    """The watcher looks right after somebody has joined, and the check of each minute comes half a minute later."""
    watcher, found = Watcher(), []
    soon = {"scheduled_local": "2026-11-26T05:00"}
    missions = [post_in(Status.APPROVED, cast, jeddah=jeddah, **soon).mission for jeddah in (False, True)]
    for n in range(4):
        at = NOW + n * MINUTE
        person = Person.objects.create_user(f"penyusun{n}@test.example", f"Penyusun {n}")
        Membership.objects.create(person=person, mission=missions[n % 2], role=Role.DRAFTER)
        found += watcher._complete(at)
        assert watcher.incomplete
        reminders.complete(at=at + 30 * SECOND)
    assert found == []


def test_one_post_that_cannot_be_completed_stops_no_other(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    poison, other = post_in(Status.APPROVED, cast), post_in(Status.APPROVED, cast)
    person = joins(cast)
    real: Callable[..., Any] = reminders._to_publish

    def fails(post: Post, *rest: Any) -> Any:
        if post.pk == poison.pk:
            raise ValueError("no words")
        return real(post, *rest)

    monkeypatch.setattr(reminders, "_to_publish", fails)
    reminders.complete(at=NOW)
    theirs = Reminder.objects.filter(recipient=person, kind=Kind.PUBLISH_NOW)
    assert set(theirs.values_list("post", flat=True)) == {other.pk}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_completing_waits_for_no_mission_that_is_being_edited(cast: Cast) -> None:
    """Who edits a mission wants its posts next: one of the two would be ended as a deadlock."""
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: real concurrent connections")
    post_in(Status.APPROVED, cast)
    person = joins(cast)

    def complete() -> int:
        try:
            return reminders.complete(at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        cast.tokyo.save()
        assert pool.submit(complete).result(timeout=20) == 1
    assert Reminder.objects.filter(recipient=person, kind=Kind.PUBLISH_NOW).exists()
