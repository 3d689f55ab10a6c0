"""Two people at once, each with a connection of their own: one wins, the other is told who was first, and nobody sees
a deadlock or a broken constraint.

The tests marked `postgres` race on rows that are locked one by one; on SQLite the write transaction is the only lock,
and two of them show that it suffices.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from audit.models import Entry
from calendar_app.errors import Conflict
from calendar_app.models import (
    Acknowledgement,
    Decision,
    Hold,
    Outcome,
    Post,
    Publication,
    Reminder,
    Review,
    Revision,
    Status,
    Way,
)
from calendar_app.services import (
    absences,
    acknowledgements,
    drafts,
    holds,
    publishing,
    reference,
    reviews,
    schedules,
    submissions,
)
from missions.models import Absence, Membership, Person, Role
from tests import cast as cast_module
from tests.cast import NOW, Cast, post_in

TIMES = 12
SOON = NOW + timedelta(seconds=1)
LATER = NOW + timedelta(days=60)
AFTER_GRACE = datetime.fromisoformat("2026-11-26T12:00+09:00") + timedelta(hours=3)
CHANNELS = [{"network": "x"}, {"network": "instagram"}]
APPROVAL = {"primary_theme": "ekonomi-produk", "alignment": "strong", "note": "Selaras."}
WORDS = {"comment": "Sebut tenggatnya."}
Outcomes = list[Any]
Service = Callable[..., Any]


@pytest.fixture(scope="module")
def transactional_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """pytest-django's fixture for the whole file: emptied once at the end, since no race minds what others left."""
    with django_db_blocker.unblock():
        cast_module.load()
        yield
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture
def cast(transactional_db: None) -> Iterator[Cast]:
    cast = cast_module.read()
    yield cast
    for hold in Hold.objects.filter(lifted_at=None):  # of a race that failed
        holds.lift(hold=hold, by=cast.admin, at=SOON)


class Pair:
    """Two threads, each with its connection, that begin at the same instant."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(2)
        self.barrier = threading.Barrier(2)
        self.turn = 0

    def race(self, first: Callable[[], Any], second: Callable[[], Any]) -> Outcomes:
        """What each returned, or the exception it raised. Who is called first alternates."""
        self.turn += 1
        calls = [first, second] if self.turn % 2 else [second, first]
        futures = [self.pool.submit(self._run, call) for call in calls]
        outcomes = [future.result(timeout=30) for future in futures]
        return outcomes if self.turn % 2 else outcomes[::-1]

    def _run(self, call: Callable[[], Any]) -> Any:
        self.barrier.wait(timeout=30)
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - the test judges what came
            return error

    def close(self) -> None:
        # one call for each thread: both wait at the barrier until the other is there
        self.race(lambda: connection.close(), lambda: connection.close())
        self.pool.shutdown()


@pytest.fixture
def pair() -> Iterator[Pair]:
    pair = Pair()
    yield pair
    pair.close()


def step(service: Service, post: Post, by: Person, at: datetime = NOW, **arguments: Any) -> Callable[[], Any]:
    """A service called with what its page was opened with."""
    read = Post.objects.select_related("mission", "current_revision").get(pk=post.pk)
    if service is reviews.approve:
        assert read.current_revision is not None
        arguments |= {"content_hash": read.current_revision.content_hash}
    person = Person.objects.get(pk=by.pk)
    return lambda: service(post=read, by=person, version=read.version, at=at, **arguments)


def one_winner(outcomes: Outcomes) -> tuple[int, Conflict]:
    """Which of the two went through, and what the other was told. Anything but one winner and one conflict fails."""
    lost = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert len(lost) == 1, outcomes
    assert isinstance(lost[0], Conflict), outcomes
    return outcomes.index(lost[0]) ^ 1, lost[0]


def named(told: Conflict) -> str:
    """Who was first, as the one who came too late is told."""
    assert told.change is not None
    return told.change.actor_name


def rules_hold(post: Post) -> Post:
    """The rules of DESIGN §3 that a race could break, asked of the database; the post as it stands now."""
    now = Post.objects.get(pk=post.pk)
    versions = Entry.objects.filter(object_kind="post", object_id=post.pk).order_by("version")
    assert list(versions.values_list("version", flat=True)) == list(range(1, now.version + 1))
    assert versions.last().to_status == now.status  # type: ignore[union-attr]
    assert Review.objects.filter(post=now, closed_at=None).count() == (now.status == Status.IN_REVIEW)
    in_force = Decision.objects.filter(post=now, outcome=Outcome.APPROVE, in_force=True)
    goes_out = now.status in (Status.APPROVED, Status.MISSED, Status.PUBLISHED)
    assert [row.revision_id for row in in_force] == ([now.current_revision_id] if goes_out else [])
    assert now.approved_revision_id == (now.current_revision_id if goes_out else None)
    assert max(now.revisions.values_list("id", flat=True)) == now.current_revision_id
    return now


# Decisions -----------------------------------------------------------------------------


@pytest.mark.postgres
def test_of_two_editors_approving_one_decides(cast: Cast, pair: Pair) -> None:
    editors = [cast.editor, cast.editor2]
    for _n in range(TIMES):
        post = post_in(Status.IN_REVIEW, cast, jeddah=True)
        notes = ["Catatan satu.", "Catatan dua."]
        calls = [
            step(reviews.approve, post, by, **APPROVAL | {"note": note})
            for by, note in zip(editors, notes, strict=True)
        ]
        winner, told = one_winner(pair.race(*calls))
        assert editors[winner].name == named(told)
        assert told.mine["note"] == notes[winner ^ 1]
        assert rules_hold(post).status == Status.APPROVED
        assert Decision.objects.get(post=post).actor == editors[winner]


@pytest.mark.postgres
@pytest.mark.parametrize("service", [reviews.request_changes, reviews.decline])
def test_approval_and_refusal_exclude_each_other(cast: Cast, pair: Pair, service: Service) -> None:
    for _n in range(TIMES):
        post = post_in(Status.IN_REVIEW, cast, jeddah=True)
        approve, refuse = (
            step(reviews.approve, post, cast.editor, **APPROVAL),
            step(service, post, cast.editor2, **WORDS),
        )
        winner, told = one_winner(pair.race(approve, refuse))
        assert [cast.editor, cast.editor2][winner].name == named(told)
        assert told.mine.get("comment") == WORDS["comment"] if winner == 0 else told.mine["note"] == APPROVAL["note"]
        assert (rules_hold(post).status == Status.APPROVED) == (winner == 0)
        assert Decision.objects.filter(post=post).count() == 1


@pytest.mark.postgres
def test_an_approval_and_a_withdrawal_exclude_each_other(cast: Cast, pair: Pair) -> None:
    for _n in range(TIMES):
        post = post_in(Status.IN_REVIEW, cast, jeddah=True)
        calls = (
            step(reviews.approve, post, cast.editor, **APPROVAL),
            step(submissions.withdraw, post, cast.drafter_jeddah),
        )
        winner, told = one_winner(pair.race(*calls))
        assert [cast.editor, cast.drafter_jeddah][winner].name == named(told)
        assert rules_hold(post).status == [Status.APPROVED, Status.DRAFT][winner]


@pytest.mark.postgres
def test_a_save_from_before_the_approval_never_voids_it(cast: Cast, pair: Pair) -> None:
    for _n in range(TIMES):
        post = post_in(Status.IN_REVIEW, cast, jeddah=True)
        save = step(drafts.save, post, cast.drafter_jeddah, data={"purpose": "Tujuan lain."})
        winner, told = one_winner(pair.race(step(reviews.approve, post, cast.editor, **APPROVAL), save))
        assert winner == 0
        assert told.mine == {"purpose": "Tujuan lain."}
        assert told.theirs["purpose"] != "Tujuan lain."
        assert rules_hold(post).status == Status.APPROVED


@pytest.mark.postgres
def test_a_correction_and_a_sign_off_exclude_each_other(cast: Cast, pair: Pair) -> None:
    second = Person.objects.create_user(email="kepala.dua@test.example", name="Kepala Tokyo Dua")
    Membership.objects.create(person=second, mission=cast.tokyo, role=Role.HEAD)
    for _n in range(TIMES):
        post = post_in(Status.SIGNOFF, cast)
        save = step(drafts.save, post, cast.head_tokyo, data={"purpose": "Tujuan lain."})
        winner, told = one_winner(pair.race(save, step(submissions.sign_off, post, second)))
        assert [cast.head_tokyo, second][winner].name == named(told)
        assert rules_hold(post).status == [Status.SIGNOFF, Status.IN_REVIEW][winner]
        assert Revision.objects.filter(post=post).count() == [2, 1][winner]


# Writing -------------------------------------------------------------------------------


def two_saves(cast: Cast, pair: Pair) -> None:
    """Drafter and head save the same draft; on both databases."""
    post = post_in(Status.DRAFT, cast)
    titles = ["Judul penyusun", "Judul kepala"]
    people = [cast.drafter_tokyo, cast.head_tokyo]
    calls = [step(drafts.save, post, by, data={"title": title}) for by, title in zip(people, titles, strict=True)]
    winner, told = one_winner(pair.race(*calls))
    assert people[winner].name == named(told)
    assert (told.mine["title"], told.theirs["title"]) == (titles[winner ^ 1], titles[winner])
    now = rules_hold(post)
    assert (now.title, now.version, now.revisions.count()) == (titles[winner], 2, 2)


@pytest.mark.postgres
def test_of_two_saves_the_second_overwrites_nothing(cast: Cast, pair: Pair) -> None:
    for _n in range(TIMES):
        two_saves(cast, pair)


def test_of_two_saves_the_second_overwrites_nothing_on_any_database(cast: Cast, pair: Pair) -> None:
    for _n in range(5):
        two_saves(cast, pair)


@pytest.mark.postgres
def test_a_draft_is_submitted_or_deleted_but_not_both(cast: Cast, pair: Pair) -> None:
    for _n in range(TIMES):
        post = post_in(Status.DRAFT, cast)
        calls = step(submissions.submit, post, cast.drafter_tokyo), step(drafts.delete, post, cast.head_tokyo)
        winner, told = one_winner(pair.race(*calls))
        assert [cast.drafter_tokyo, cast.head_tokyo][winner].name == named(told)
        if winner == 0:
            assert rules_hold(post).status == Status.SIGNOFF
        else:
            assert not Post.objects.filter(pk=post.pk).exists()
            assert not Reminder.objects.filter(identity__contains=f":p{post.pk}:").exists()


@pytest.mark.postgres
def test_posts_that_come_in_together_share_one_digest(cast: Cast, pair: Pair) -> None:
    """Both write the same digest row to the same editors; neither waits for the other in a circle."""
    with override_settings(DIGEST_FROM=0):
        for n in range(TIMES):
            at = NOW - timedelta(hours=n + 1)  # a new digest each time
            digest = f"digest:review:{at + timedelta(hours=1):%Y%m%d%H}:"
            posts = [post_in(Status.DRAFT, cast, jeddah=True, at=at) for _two in range(2)]
            outcomes = pair.race(*(step(submissions.submit, post, cast.drafter_jeddah, at) for post in posts))
            assert [type(outcome) for outcome in outcomes] == [Post, Post]
            assert Reminder.objects.filter(identity__startswith=digest).count() == 2


# Going out -----------------------------------------------------------------------------


@pytest.mark.postgres
def test_a_channel_is_confirmed_once(cast: Cast, pair: Pair) -> None:
    people = [cast.drafter_tokyo, cast.head_tokyo]
    for _n in range(TIMES):
        post = post_in(Status.APPROVED, cast)
        calls = [step(publishing.mark_published, post, by, channels=CHANNELS) for by in people]
        winner, told = one_winner(pair.race(*calls))
        assert people[winner].name == named(told)
        assert rules_hold(post).status == Status.PUBLISHED
        assert (
            list(Publication.objects.filter(post=post).values_list("confirmed_by", flat=True))
            == [people[winner].pk] * 2
        )


@pytest.mark.postgres
def test_nothing_is_published_after_the_commit_of_a_hold(cast: Cast, pair: Pair) -> None:
    """Rule 8. Entries get their ids under the lock, so their order is that of the commits."""
    for n in range(TIMES):
        post = post_in(Status.APPROVED, cast)
        publish = step(publishing.mark_published, post, cast.drafter_tokyo, SOON, channels=CHANNELS)
        reason = f"Duka nasional {n}"
        outcomes = pair.race(lambda: holds.make(by=cast.editor, at=NOW, scope="all", reason=reason), publish)  # noqa: B023
        hold, published = outcomes
        assert isinstance(hold, Hold), outcomes
        made = Entry.objects.get(object_kind="hold", object_id=hold.pk)
        if isinstance(published, Post):
            assert Entry.objects.get(object_kind="post", object_id=post.pk, action="mark_published").pk < made.pk
        else:
            assert isinstance(published, Conflict), outcomes
            assert reason in published.message
        assert (rules_hold(post).status == Status.PUBLISHED) == isinstance(published, Post)
        assert Publication.objects.filter(post=post).exists() == isinstance(published, Post)
        holds.lift(hold=hold, by=cast.editor, at=SOON)


@pytest.mark.postgres
def test_what_went_out_before_a_hold_is_confirmed_whoever_is_first(cast: Cast, pair: Pair) -> None:
    for _n in range(TIMES):
        post = post_in(Status.APPROVED, cast, at=NOW - timedelta(hours=1))
        out = [channel | {"published_at": NOW - timedelta(minutes=5)} for channel in CHANNELS]
        publish = step(publishing.mark_published, post, cast.drafter_tokyo, SOON, channels=out)
        hold, published = pair.race(lambda: holds.make(by=cast.editor, at=NOW, scope="all", reason="Duka."), publish)
        assert isinstance(published, Post), published
        made = Entry.objects.get(object_kind="hold", object_id=hold.pk)
        held_first = made.pk < Entry.objects.get(object_id=post.pk, action="mark_published").pk
        assert set(Publication.objects.filter(post=post).values_list("before_hold", flat=True)) == {held_first}
        assert rules_hold(post).status == Status.PUBLISHED
        holds.lift(hold=hold, by=cast.editor, at=SOON)


@pytest.mark.postgres
def test_a_post_is_published_or_missed_but_loses_nothing(cast: Cast, pair: Pair) -> None:
    """The clock gives way silently; the person who comes after it finds a newer version."""
    publishing.expire_due(at=AFTER_GRACE)  # what earlier races left
    for _n in range(TIMES):
        post = post_in(Status.APPROVED, cast)
        publish = step(publishing.mark_published, post, cast.drafter_tokyo, AFTER_GRACE, channels=CHANNELS)
        published, missed = pair.race(publish, lambda: publishing.expire_due(at=AFTER_GRACE))
        now = rules_hold(post)
        if isinstance(published, Post):
            assert (missed, now.status) == (0, Status.PUBLISHED)
        else:
            assert isinstance(published, Conflict), published
            assert (missed, now.status) == (1, Status.MISSED)
            step(publishing.mark_published, now, cast.drafter_tokyo, AFTER_GRACE, channels=CHANNELS)()


@pytest.mark.postgres
def test_a_move_and_a_recall_exclude_each_other(cast: Cast, pair: Pair) -> None:
    for n in range(TIMES):
        post = post_in(Status.APPROVED, cast)
        # every other time so far away that the move ends the approval itself
        when = schedules.parse("2026-11-27T12:00" if n % 2 else "2026-12-20T12:00", "Asia/Tokyo")
        move = step(schedules.reschedule, post, cast.drafter_tokyo, when=when)
        winner, told = one_winner(pair.race(move, step(reviews.recall, post, cast.editor, **WORDS)))
        assert [cast.drafter_tokyo, cast.editor][winner].name == named(told)
        assert winner == 1 or told.mine == WORDS
        moved_to = Status.APPROVED if n % 2 else Status.IN_REVIEW
        assert rules_hold(post).status == [moved_to, Status.CHANGES_REQUESTED][winner]


@pytest.mark.postgres
def test_a_hold_is_lifted_once(cast: Cast, pair: Pair) -> None:
    people = [cast.editor, cast.admin]
    for _n in range(TIMES):
        hold = holds.make(by=cast.editor, at=NOW, scope="mission", code="kbri-tokyo", reason="Duka.")
        first, second = (lambda by=by: holds.lift(hold=Hold.objects.get(pk=hold.pk), by=by, at=SOON) for by in people)  # noqa: B023
        winner, told = one_winner(pair.race(first, second))
        assert people[winner].name == named(told)
        assert Hold.objects.get(pk=hold.pk).lifted_by == people[winner]
        assert Entry.objects.filter(object_kind="hold", object_id=hold.pk, action="hold_lifted").count() == 1


@pytest.mark.postgres
def test_a_new_zone_passes_by_what_left_meanwhile(cast: Cast, pair: Pair) -> None:
    """The administrator's edit succeeds, whatever becomes of one of the mission's posts in that moment."""
    zones, at = ("Asia/Tokyo", "Asia/Seoul"), LATER  # what earlier races left lies in the past
    for n in range(TIMES + TIMES % 2):  # even, so that Tokyo has its own zone in the end
        new = zones[1 - n % 2]
        post = post_in(Status.DRAFT, cast, at=at, scheduled_local="2027-02-01T12:00")
        ways = [
            step(drafts.save, post, cast.drafter_tokyo, at, data={"title": "Judul baru"}),
            step(drafts.delete, post, cast.drafter_tokyo, at),
            step(submissions.cancel, post, cast.head_tokyo, at, **WORDS),
        ]
        cast.tokyo.timezone = new
        left, moved = pair.race(ways[n % 3], partial(reference.save_mission, by=cast.admin, at=at, mission=cast.tokyo))
        assert isinstance(moved, int), moved
        assert left is None or isinstance(left, Post | Conflict), left
        if Post.objects.filter(pk=post.pk).exists():
            now = rules_hold(post)
            assert now.timezone == new or (now.status == Status.CANCELLED and moved == 0)
            if now.status == Status.DRAFT:
                step(drafts.delete, now, cast.drafter_tokyo, at)()


@pytest.mark.postgres
def test_nobody_is_away_twice_at_a_time(cast: Cast, pair: Pair) -> None:
    """Oneself and one's head enter it at once, and the head falls ill in that moment: no deadlock, no overlap."""
    drafter, head, first = cast.drafter_tokyo, cast.head_tokyo, LATER.date()
    for n in range(TIMES):
        first += timedelta(days=2)
        days = {"first": first, "last": first + timedelta(days=1)}
        calls = [
            partial(absences.declare, person=drafter, by=by, at=LATER, deputy=head, **days) for by in (drafter, head)
        ]
        if n % 2:
            calls[1] = partial(absences.declare, person=head, by=head, at=LATER, **days)
        outcomes = pair.race(*calls)
        lost = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert all(isinstance(outcome, ValidationError) for outcome in lost), outcomes
        # a head who was away first is refused as deputy; one who falls ill afterwards cannot be refused that
        assert len(lost) == 1 or n % 2
        for outcome in outcomes:
            if isinstance(outcome, Absence):
                absences.end(absence=outcome, by=head, at=LATER)


@pytest.mark.postgres
def test_pressed_twice_at_once_it_is_noted_once(cast: Cast, pair: Pair) -> None:
    """The button of the mail on the phone and the one of the page: both presses are answered with the same note."""
    for _n in range(TIMES):
        post = post_in(Status.APPROVED, cast, jeddah=True)
        press = partial(
            acknowledgements.acknowledge,
            post=post,
            schedule_version=post.schedule_version,
            by=cast.drafter_jeddah,
            at=NOW,
        )
        outcomes = pair.race(partial(press, way=Way.EMAIL), partial(press, way=Way.IN_APP))
        assert outcomes[0] == outcomes[1] == Acknowledgement.objects.get(post=post), outcomes
        assert Entry.objects.filter(action="acknowledge", object_name=str(post), data__post=post.pk).count() == 1
