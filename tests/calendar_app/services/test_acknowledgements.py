"""Taking care of a post: who may, once, while it waits; and what that stops."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied

from audit.models import Entry
from calendar_app.errors import Conflict
from calendar_app.models import Acknowledgement, Kind, Notification, Post, Reminder, Status, Way
from calendar_app.queries import acknowledgements as queries
from calendar_app.queries.reminders import void_reason
from calendar_app.services import acknowledgements, outbox, schedules
from missions.models import Membership, Person, Role
from tests.cast import NOW, Cast, post_in, publish


@pytest.fixture
def post(cast: Cast) -> Post:
    return post_in(Status.APPROVED, cast)


def say(post: Post, by: Person, way: Way = Way.IN_APP, at: datetime = NOW) -> Acknowledgement:
    return acknowledgements.acknowledge(post=post, schedule_version=post.schedule_version, by=by, way=way, at=at)


def row_of(post: Post, kind: Kind, person: Person, way: Way = Way.EMAIL, offset: str = "") -> Reminder:
    rows = Reminder.objects.filter(post=post, kind=kind, recipient=person, way=way)
    found = (rows.filter(data__offset=offset) if offset else rows).first()
    assert found is not None
    return found


def token_of(reminder: Reminder) -> str:
    return acknowledgements.link(reminder).split("/")[-2]


def test_it_is_kept_once_with_an_audit_entry(post: Post, cast: Cast) -> None:
    first = say(post, cast.drafter_tokyo, Way.EMAIL)
    assert say(post, cast.drafter_tokyo, Way.PUSH, NOW + timedelta(hours=1)) == first
    assert (first.at, first.way) == (NOW, Way.EMAIL)
    entry = Entry.objects.get(action="acknowledge")
    assert (entry.object_kind, entry.actor_id) == ("reminder", cast.drafter_tokyo.pk)
    assert Reminder.objects.get(pk=entry.object_id).recipient == cast.drafter_tokyo
    assert entry.data == {"post": post.pk, "schedule_version": post.schedule_version, "way": "email"}


def test_it_ends_the_escalation_of_that_time_and_nothing_else(post: Post, cast: Cast) -> None:
    asked = [row_of(post, Kind.ESCALATED, cast.head_tokyo), row_of(post, Kind.ESCALATED, cast.editor)]
    still = row_of(post, Kind.PUBLISH_OVERDUE, cast.drafter_tokyo)
    assert [void_reason(row) for row in asked] == ["", ""]
    say(post, cast.drafter_tokyo)
    asked = [Reminder.objects.get(pk=row.pk) for row in asked]
    assert [void_reason(row) for row in asked] == ["acknowledged", "acknowledged"]
    assert void_reason(Reminder.objects.get(pk=still.pk)) == ""


@pytest.mark.parametrize("is_answered", [False, True])
def test_the_clock_asks_the_head_and_the_desk_only_when_nobody_answers(cast: Cast, is_answered: bool) -> None:
    """Through all ways: the notice, the mail, and what follows them."""
    post = post_in(Status.APPROVED, cast)
    assert post.scheduled_at is not None
    outbox.tick(at=post.scheduled_at)
    mail.outbox.clear()
    if is_answered:
        say(post, cast.drafter_tokyo, Way.EMAIL, post.scheduled_at + timedelta(minutes=1))
    outbox.tick(at=post.scheduled_at + timedelta(minutes=15))
    outbox.tick(at=post.scheduled_at + timedelta(minutes=45))
    told = {row.recipient for row in Notification.objects.filter(post=post, kind=Kind.ESCALATED)}
    mailed = {letter.to[0] for letter in mail.outbox if "menanggapi" in letter.subject}
    asked = set() if is_answered else {cast.head_tokyo, cast.editor, cast.editor2}
    assert told == asked
    assert mailed == {person.email for person in asked}


def test_a_move_asks_anew(post: Post, cast: Cast) -> None:
    say(post, cast.drafter_tokyo)
    old = post.schedule_version
    later = schedules.parse("2026-11-26T15:00", "Asia/Tokyo")
    post = schedules.reschedule(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, when=later)
    assert queries.of([post.pk]) == {}
    with pytest.raises(Conflict, match="waktu tayangnya sudah berubah"):
        acknowledgements.acknowledge(post=post, schedule_version=old, by=cast.head_tokyo, way=Way.EMAIL, at=NOW)
    say(post, cast.drafter_tokyo)
    assert [row.person for row in queries.of([post.pk])[post.pk]] == [cast.drafter_tokyo]


@pytest.mark.parametrize("who", ["drafter_tokyo", "head_tokyo", "editor"])
def test_who_publishes_and_the_desk_may(post: Post, cast: Cast, who: str) -> None:
    """Nobody is on duty, so that editors are asked."""
    say(post, getattr(cast, who))


@pytest.mark.parametrize("who", ["drafter_jeddah", "manager", "admin", "stranger"])
def test_others_may_not(post: Post, cast: Cast, who: str) -> None:
    with pytest.raises(PermissionDenied):
        say(post, getattr(cast, who))
    assert not Acknowledgement.objects.exists()


def test_where_somebody_is_on_duty_editors_are_not_asked_but_whoever_was(post: Post, cast: Cast) -> None:
    """`editor` has a reminder of before; `editor2` is given a role after it."""
    Membership.objects.filter(person=cast.admin).update(on_duty=True)
    say(post, cast.admin)
    say(post, cast.editor)
    late = Person.objects.create_user(email="late@test.example", name="Peninjau Tiga")
    Membership.objects.create(person=late, role=Role.EDITOR)
    with pytest.raises(PermissionDenied):
        say(post, late)


def test_what_is_out_or_given_up_needs_nobody(cast: Cast) -> None:
    out = publish(post_in(Status.APPROVED, cast), cast.drafter_tokyo)
    with pytest.raises(Conflict, match="sudah tayang"):
        say(out, cast.head_tokyo)
    with pytest.raises(Conflict, match="tidak menunggu tayang"):
        say(post_in(Status.CANCELLED, cast), cast.head_tokyo)


def test_to_answer_is_to_have_read(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    assert post.scheduled_at is not None
    outbox.tick(at=post.scheduled_at)
    mine = Notification.objects.filter(recipient=cast.drafter_tokyo, post=post)
    assert mine.filter(kind=Kind.PUBLISH_NOW, read_at=None).exists()
    say(post, cast.drafter_tokyo, Way.EMAIL, post.scheduled_at)
    assert not mine.filter(kind__in=queries.KINDS, read_at=None).exists()
    assert mine.filter(kind=Kind.DECIDED, read_at=None).exists()


# The signed address -------------------------------------------------------------------


def test_the_address_names_post_time_person_and_way(post: Post, cast: Cast, settings: object) -> None:
    row = row_of(post, Kind.PUBLISH_NOW, cast.drafter_tokyo)
    assert acknowledgements.link(row).startswith("http://127.0.0.1:8000/acknowledge/")
    asked = acknowledgements.read(token_of(row))
    assert asked is not None
    assert (asked.post, asked.person, asked.way) == (post, cast.drafter_tokyo, Way.EMAIL)
    assert asked.schedule_version == post.schedule_version


def test_only_what_asks_for_it_has_an_address(post: Post, cast: Cast) -> None:
    assert acknowledgements.link(row_of(post, Kind.DECIDED, cast.drafter_tokyo)) == ""
    assert acknowledgements.link(row_of(post, Kind.PUBLISH_OVERDUE, cast.drafter_tokyo, offset="grace")) == ""
    assert acknowledgements.link(row_of(post, Kind.PUBLISH_OVERDUE, cast.drafter_tokyo, offset="30min"))
    assert acknowledgements.link(Reminder(kind=Kind.PUBLISH_NOW, way=Way.WEBHOOK, post=post)) == ""


@pytest.mark.parametrize("spoil", ["x{}", "{}x", "1-1-1-email.{}", "", ".", "1-2-3-email"])
def test_a_forged_address_stands_for_nothing(post: Post, cast: Cast, spoil: str) -> None:
    token = token_of(row_of(post, Kind.PUBLISH_NOW, cast.drafter_tokyo))
    assert acknowledgements.read(spoil.format(token)) is None


def test_somebody_elses_number_does_not_fit_the_signature(post: Post, cast: Cast) -> None:
    what, _dot, signature = token_of(row_of(post, Kind.PUBLISH_NOW, cast.drafter_tokyo)).rpartition(".")
    parts = what.split("-")
    for place, other in ((0, post.pk + 1), (1, 99), (2, cast.head_tokyo.pk)):
        changed = [*parts[:place], str(other), *parts[place + 1 :]]
        assert acknowledgements.read(f"{'-'.join(changed)}.{signature}") is None


def test_the_address_of_who_has_left_stands_for_nothing(post: Post, cast: Cast) -> None:
    token = token_of(row_of(post, Kind.PUBLISH_NOW, cast.drafter_tokyo))
    memberships = cast.drafter_tokyo.memberships
    memberships.update(mission=cast.jeddah)
    assert acknowledgements.read(token) is None
    memberships.update(mission=cast.tokyo)
    assert acknowledgements.read(token) is not None
    Person.objects.filter(pk=cast.drafter_tokyo.pk).update(is_active=False)
    assert acknowledgements.read(token) is None
