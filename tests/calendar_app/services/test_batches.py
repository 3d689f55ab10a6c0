"""What happens to the rest of a batch while one of its letters is being handed over: holds, deaths, a server that
asks everybody to come later."""

import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend

from calendar_app import clock
from calendar_app.models import Kind, Post, Reminder, Slot, State, Status, Way
from calendar_app.services import claims, handover, holds, notices, outbox, submissions, webhooks
from calendar_app.services.couriers.base import Accepted, Refused, Result
from calendar_app.services.couriers.email import EmailCourier
from missions.models import Membership, Person, Role
from tests.cast import NOW, Cast, post_in

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DEAD = 70 * SECOND  # after so long a dead worker's lease is over
Answer = Callable[[EmailCourier, Reminder, datetime], Result]


@pytest.fixture
def post(cast: Cast) -> Post:
    """An approved post of Tokyo, of which four drafters will be mailed when it goes out, and all before is done."""
    for n in range(3):
        person = Person.objects.create_user(f"penyusun{n}@test.example", f"Penyusun {n}")
        Membership.objects.create(person=person, mission=cast.tokyo, role=Role.DRAFTER)
    post = post_in(Status.APPROVED, cast)
    outbox.tick(at=goes_out(post) - MINUTE)
    assert len(mails()) == 4
    return post


def goes_out(post: Post) -> datetime:
    assert post.scheduled_at is not None
    return post.scheduled_at


def mails() -> list[Reminder]:
    """The mails that say that it is time."""
    return list(Reminder.objects.filter(kind=Kind.PUBLISH_NOW, way=Way.EMAIL).order_by("pk"))


def states() -> list[str]:
    return [row.state for row in mails()]


def tick_through(start: datetime, end: datetime, step: timedelta) -> None:
    while start < end:
        outbox.tick(at=start)
        start += step


# What is held or cancelled meanwhile ---------------------------------------------------


def hold(cast: Cast, post: Post, at: datetime) -> None:
    holds.make(by=cast.editor, at=at, scope="all", reason="Berkabung nasional hari ini.")


def cancel(cast: Cast, post: Post, at: datetime) -> None:
    now = Post.objects.get(pk=post.pk)
    submissions.cancel(post=now, by=cast.head_tokyo, version=now.version, at=at, comment="Acaranya batal.")


@pytest.mark.parametrize(("step", "left"), [(hold, State.PENDING), (cancel, State.SKIPPED)])
def test_nothing_leaves_after_a_hold_or_a_cancellation_in_the_middle_of_a_batch(
    cast: Cast, post: Post, monkeypatch: pytest.MonkeyPatch, step: Callable[[Cast, Post, datetime], None], left: State
) -> None:
    handed: list[int] = []
    hand_over = EmailCourier.hand_over

    def and_then(self: EmailCourier, row: Reminder, at: datetime) -> Result:
        if row.kind == Kind.PUBLISH_NOW:
            handed.append(row.pk)
            if len(handed) == 1:
                step(cast, post, at)
        return hand_over(self, row, at)

    monkeypatch.setattr(EmailCourier, "hand_over", and_then)
    outbox.tick(at=goes_out(post))
    outbox.tick(at=goes_out(post) + SECOND)
    assert len(handed) == 1
    assert sorted(states()) == sorted([State.SENT] + [left] * 3)


# Deaths --------------------------------------------------------------------------------


class Killed(BaseException):
    """Nothing in the worker may catch this."""


def test_letters_that_were_never_handed_over_are_sent_after_two_deaths(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of a batch are uncertain when its worker dies; the second death may cost the one letter it had in hand."""
    handed: list[int] = []

    def dies(self: EmailCourier, row: Reminder, at: datetime) -> Result:
        handed.append(row.pk)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(EmailCourier, "hand_over", dies)
        for n in range(2):
            with pytest.raises(Killed):
                outbox.tick(at=goes_out(post) + n * DEAD)
            Slot.objects.update(lease_until=None)
    tick_through(goes_out(post) + 2 * DEAD, goes_out(post) + 15 * DEAD, DEAD)
    assert {row.state for row in mails() if row.pk not in handed} == {State.SENT}
    assert states().count(State.UNCERTAIN) <= 1


def test_refusals_do_not_count_as_deaths_of_a_bridges_message(cast: Cast, post: Post) -> None:
    """A bridge waits out more refusals than a worker may die with one row."""
    url = "https://chat.example.org/x"
    hook, _secret = webhooks.make(
        by=cast.admin, at=NOW, mission=cast.tokyo, name="Ruang", url=url, kinds=["publish_now"], language="id"
    )
    at = goes_out(post)
    row = Reminder.objects.create(
        identity=f"publish_now:p{post.pk}:1:0:w{hook.pk}:webhook",
        kind=Kind.PUBLISH_NOW,
        way=Way.WEBHOOK,
        webhook=hook,
        post=post,
        schedule_version=post.schedule_version,
        due_at=at,
        valid_until=at + 2 * HOUR,
        attempts=3,
    )
    assert claims.claim(claims.Tick(at, None), Way.WEBHOOK, at, most=10)  # the worker dies with it
    again = claims.claim(claims.Tick(at + DEAD, None), Way.WEBHOOK, at + DEAD, most=10)
    row.refresh_from_db()
    assert (row.state, again) == (State.CLAIMED, [(row.pk, post.pk)])


def test_what_may_have_arrived_stays_uncertain_when_its_repeat_cannot_be_prepared(post: Post) -> None:
    """Set aside, it could be sent by hand without the words that it may be a repeat."""
    run, row = claims.Tick(goes_out(post), None), mails()[0]
    ours = {"not_before": goes_out(post), "attempts": 3, "claimed_by": run.worker}
    Reminder.objects.filter(pk=row.pk).update(state=State.UNCERTAIN, **ours)
    notices.poison(run, (row.pk, post.pk), goes_out(post), ValueError("no words"))
    row.refresh_from_db()
    assert row.state == State.UNCERTAIN


def test_the_lease_begins_when_the_locks_are_had(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    now, left = [goes_out(post)], []
    take = claims.take

    def waits(run: claims.Tick, taken: Any, at: datetime) -> list[Reminder]:
        now[0] += 45 * SECOND
        return take(run, taken, at)

    def notes(self: EmailCourier, row: Reminder, at: datetime) -> Result:
        lease = Reminder.objects.get(pk=row.pk).lease_until
        assert lease is not None
        left.append(lease - now[0])
        return Accepted()

    monkeypatch.setattr(clock, "now", lambda: now[0])
    monkeypatch.setattr(claims, "take", waits)
    monkeypatch.setattr(EmailCourier, "hand_over", notes)
    handover.send(claims.Tick(None, None), Way.EMAIL)
    assert len(left) == 4
    assert min(left) > 40 * SECOND


# A server that asks to come later ------------------------------------------------------


@pytest.mark.parametrize("letters", [1, 4])
def test_a_server_that_asks_for_patience_for_minutes_gets_every_mail_afterwards(
    post: Post, monkeypatch: pytest.MonkeyPatch, letters: int
) -> None:
    """As greylisting does with whoever it does not know."""
    out = goes_out(post)
    Reminder.objects.filter(pk__in=[row.pk for row in mails()[letters:]]).delete()

    def later(self: EmailBackend, letters: Any) -> int:
        raise smtplib.SMTPDataError(451, b"4.3.0 try again later")

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", later)
        tick_through(out, out + 10 * MINUTE, 30 * SECOND)
    assert set(states()) == {State.PENDING}
    tick_through(out + 10 * MINUTE, out + 20 * MINUTE, MINUTE)
    assert set(states()) == {State.SENT}


@pytest.mark.parametrize("others", [0, 1, 3])
def test_letters_at_their_last_attempt_wait_for_a_server_that_asks_for_patience(
    post: Post, monkeypatch: pytest.MonkeyPatch, others: int
) -> None:
    Reminder.objects.filter(pk__in=[row.pk for row in mails()[others + 1 :]]).delete()
    Reminder.objects.filter(pk__in=[row.pk for row in mails()]).update(attempts=2)
    monkeypatch.setattr(EmailCourier, "hand_over", lambda *_: Refused("451", is_passing=True))
    tick_through(goes_out(post), goes_out(post) + 20 * MINUTE, MINUTE)
    assert states() == [State.PENDING] * (others + 1)
