"""Sending: once, on time, never early; under holds, with dying workers and a mail server that misbehaves."""

import smtplib
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calendar_app import clock, messages
from calendar_app.models import TO_PEOPLE, Heartbeat, Kind, Notification, Post, Reminder, State, Status, Way
from calendar_app.queries.reminders import LEASE as A_LEASE
from calendar_app.queries.reminders import shown_state
from calendar_app.services import claims, holds, notices, outbox, publishing, reviews, schedules, submissions
from calendar_app.workflow import grace
from missions.models import Mission, Person
from tests.cast import NOW, Cast, post_in

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEASE = A_LEASE + timedelta(seconds=1)


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def approved(cast: Cast) -> Post:
    """A post of Tokyo for tomorrow noon, and nothing left over from the way there."""
    post = post_in(Status.APPROVED, cast)
    outbox.tick(at=NOW)
    outbox.tick(at=NOW + 2 * HOUR)  # a day before
    mail.outbox.clear()
    Notification.objects.all().delete()
    return post


def time_of(post: Post) -> Any:
    assert post.scheduled_at is not None
    return post.scheduled_at


def rows(kind: str, way: str = Way.EMAIL, **filters: Any) -> list[Reminder]:
    return list(Reminder.objects.filter(kind=kind, way=way, **filters).order_by("due_at", "pk"))


def states(kind: str, way: str = Way.EMAIL, **filters: Any) -> list[str]:
    return [row.state for row in rows(kind, way, **filters)]


def one_row(cast: Cast, kind: str = Kind.PUBLISH_NOW, way: str = Way.EMAIL) -> Reminder:
    """The drafter's row; of several of a kind the last one."""
    mine = Reminder.objects.filter(kind=kind, way=way, recipient=cast.drafter_tokyo)
    return mine.order_by("-due_at")[0]


def subjects() -> list[str]:
    return [str(letter.subject) for letter in mail.outbox]


# On time -------------------------------------------------------------------------------


def test_what_is_due_reaches_the_drafter_by_both_ways(approved: Post, cast: Cast) -> None:
    summary = outbox.tick(at=time_of(approved))
    assert Notification.objects.filter(kind=Kind.PUBLISH_NOW, recipient=cast.drafter_tokyo).count() == 1
    letter = next(letter for letter in mail.outbox if "Saatnya tayang" in str(letter.subject))
    assert letter.to == [cast.drafter_tokyo.email]
    assert f"/posts/{approved.pk}/publish/" in letter.body
    assert states(Kind.PUBLISH_NOW) == states(Kind.PUBLISH_NOW, Way.IN_APP) == [State.SENT]
    assert summary.notices >= 1
    assert summary.mails >= 1


def test_nothing_is_sent_early(approved: Post) -> None:
    outbox.tick(at=time_of(approved) - timedelta(seconds=1))
    assert states(Kind.PUBLISH_NOW) == [State.PENDING]
    assert not any("Saatnya" in subject for subject in subjects())


def test_a_second_tick_sends_nothing_again(approved: Post) -> None:
    outbox.tick(at=time_of(approved))
    sent = len(mail.outbox), Notification.objects.count()
    assert str(outbox.tick(at=time_of(approved) + timedelta(seconds=5))) == "nothing"
    assert (len(mail.outbox), Notification.objects.count()) == sent


def test_what_must_be_done_now_goes_before_the_rest(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    outbox.tick(at=time_of(post), limit=1)
    assert Notification.objects.get().kind == Kind.PUBLISH_NOW


def test_a_tick_leaves_word_for_monitoring_even_when_idle(db: None) -> None:
    outbox.tick(at=NOW)
    assert Heartbeat.objects.get(name="tick").at == NOW


def test_an_idle_tick_asks_the_database_very_little(db: None, django_assert_max_num_queries: Any) -> None:
    outbox.tick(at=NOW)
    with django_assert_max_num_queries(4):
        outbox.tick(at=NOW)


def test_a_mail_says_nothing_of_the_posts_text(approved: Post) -> None:
    outbox.tick(at=time_of(approved))
    for letter in mail.outbox:
        assert "Gayo kini bisa dipesan" not in letter.message().as_string()
        assert len(str(letter.subject).splitlines()) == 1


# Void ----------------------------------------------------------------------------------


def test_a_moved_post_is_reminded_of_at_its_new_time_only(approved: Post, cast: Cast) -> None:
    old = time_of(approved)
    when = schedules.parse("2026-11-27T09:00", "Asia/Tokyo")
    schedules.reschedule(post=approved, by=cast.drafter_tokyo, version=approved.version, at=NOW, when=when)
    outbox.tick(at=old)
    assert sorted(states(Kind.PUBLISH_NOW)) == [State.PENDING, State.SKIPPED]
    outbox.tick(at=when.instant)
    assert sorted(states(Kind.PUBLISH_NOW)) == [State.SENT, State.SKIPPED]


def test_a_recalled_post_is_not_published(approved: Post, cast: Cast) -> None:
    reviews.recall(post=approved, by=cast.editor, version=approved.version, at=NOW, comment="Arahan baru.")
    outbox.tick(at=time_of(approved))
    assert states(Kind.PUBLISH_NOW) == states(Kind.PUBLISH_NOW, Way.IN_APP) == [State.SKIPPED]


def test_a_request_that_was_withdrawn_is_skipped(cast: Cast) -> None:
    post = post_in(Status.IN_REVIEW, cast, jeddah=True)
    submissions.withdraw(post=post, by=cast.drafter_jeddah, version=post.version, at=NOW)
    outbox.tick(at=NOW)
    assert set(states(Kind.REVIEW_REQUESTED)) == {State.SKIPPED}
    assert mail.outbox == []


@pytest.mark.parametrize("change", ["inactive", "silent", "left"])
def test_who_no_longer_belongs_hears_nothing(approved: Post, cast: Cast, change: str) -> None:
    if change == "inactive":
        Person.objects.filter(pk=cast.drafter_tokyo.pk).update(is_active=False)
    elif change == "silent":
        Mission.objects.filter(pk=cast.tokyo.pk).update(status=Mission.Status.DORMANT)
    else:
        cast.drafter_tokyo.memberships.all().delete()
    outbox.tick(at=time_of(approved))
    assert one_row(cast).state == one_row(cast, way=Way.IN_APP).state == State.SKIPPED


def test_muting_counts_from_now_on_also_for_rows_made_before(approved: Post, cast: Cast) -> None:
    Person.objects.filter(pk=cast.drafter_tokyo.pk).update(muted_kinds=[Kind.PUBLISH_SOON, Kind.PUBLISH_NOW])
    outbox.tick(at=time_of(approved) - HOUR)
    assert one_row(cast, Kind.PUBLISH_SOON).state == State.SKIPPED
    assert one_row(cast, Kind.PUBLISH_SOON, Way.IN_APP).state == State.SENT
    outbox.tick(at=time_of(approved))
    assert one_row(cast).state == State.SENT


# Holds ---------------------------------------------------------------------------------


def test_under_a_hold_nobody_is_told_to_publish_and_the_row_waits(approved: Post, cast: Cast) -> None:
    holds.make(by=cast.editor, at=NOW, scope="theme", code="ekonomi", reason="Duka nasional.")
    outbox.tick(at=time_of(approved))
    assert [row.state for row in (one_row(cast), one_row(cast, way=Way.IN_APP))] == [State.PENDING] * 2
    assert shown_state(one_row(cast)) == "void"
    assert states(Kind.HELD) == [State.SENT, State.SENT]


def test_a_hold_lifted_in_time_lets_the_reminder_go(approved: Post, cast: Cast) -> None:
    hold = holds.make(by=cast.editor, at=NOW, scope="all", reason="Duka nasional.")
    outbox.tick(at=time_of(approved))
    later = time_of(approved) + timedelta(minutes=50)
    holds.lift(hold=hold, by=cast.editor, at=later)
    outbox.tick(at=later)
    row = one_row(cast)
    assert (row.state, row.sent_at) == (State.SENT, later)


def test_a_hold_that_lasts_ends_the_reminder_without_a_digest(approved: Post, cast: Cast) -> None:
    hold = holds.make(by=cast.editor, at=NOW, scope="all", reason="Duka nasional.")
    late = time_of(approved) + grace() + HOUR
    outbox.tick(at=late)
    assert one_row(cast).state == State.EXPIRED
    assert one_row(cast).error == "held"
    holds.lift(hold=hold, by=cast.editor, at=late)
    outbox.tick(at=late + timedelta(minutes=2))
    assert rows(Kind.DIGEST) == rows(Kind.DIGEST, Way.IN_APP) == []
    lifted = next(letter for letter in mail.outbox if "Penahanan dicabut" in str(letter.subject))
    assert "Kopi Gayo di Tokyo" in lifted.body
    assert "pilih waktu baru" in lifted.body


# Too late ------------------------------------------------------------------------------


def test_after_an_outage_each_person_gets_one_digest(cast: Cast) -> None:
    for n in range(4):
        post_in(Status.APPROVED, cast, title=f"Unggahan {n}")
    outbox.tick(at=NOW)
    mail.outbox.clear()
    back = NOW + timedelta(hours=30)  # the posts were due after 25 hours, their grace ended after 27
    publishing.expire_due(at=back)
    outbox.tick(at=back)
    outbox.tick(at=back + timedelta(minutes=2))
    digests = Reminder.objects.filter(kind=Kind.DIGEST, recipient=cast.drafter_tokyo)
    assert sorted(row.way for row in digests) == [Way.EMAIL, Way.IN_APP]
    assert {row.state for row in digests} == {State.SENT}
    items = digests[0].data["items"]
    assert {item["title"] for item in items} == {f"Unggahan {n}" for n in range(4)}
    letters = [letter for letter in mail.outbox if letter.to == [cast.drafter_tokyo.email]]
    assert len([letter for letter in letters if "Ringkasan" in str(letter.subject)]) == 1
    assert not any("Saatnya tayang" in str(letter.subject) for letter in letters)
    # what is still true is told singly: the posts were missed
    assert len([letter for letter in letters if "Terlewat" in str(letter.subject)]) == 4


def test_what_is_void_is_in_no_digest(approved: Post, cast: Cast) -> None:
    submissions.cancel(post=approved, by=cast.drafter_tokyo, version=approved.version, at=NOW, comment="Batal.")
    outbox.tick(at=NOW + 5 * DAY)
    assert rows(Kind.DIGEST) == []


def test_closing_the_past_sends_nothing(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    closed = outbox.close_past(at=time_of(post) + DAY)
    assert closed == Reminder.objects.count()
    assert set(Reminder.objects.values_list("state", flat=True)) <= {State.EXPIRED, State.SKIPPED}
    assert str(outbox.tick(at=time_of(post) + 2 * DAY)) == "nothing"
    assert (mail.outbox, Notification.objects.count()) == ([], 0)


def test_closing_the_past_leaves_the_future(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    outbox.close_past(at=NOW + timedelta(minutes=1))
    assert set(states(Kind.PUBLISH_NOW, post=post)) == {State.PENDING}


# Workers that die ----------------------------------------------------------------------


def test_a_row_taken_by_a_dead_worker_is_taken_again_when_its_lease_ends(approved: Post, cast: Cast) -> None:
    at = time_of(approved)
    Reminder.objects.filter(kind=Kind.PUBLISH_NOW).update(
        state=State.CLAIMED, claimed_by="dead", lease_until=at + A_LEASE
    )
    outbox.tick(at=at)
    assert set(states(Kind.PUBLISH_NOW)) == {State.CLAIMED}
    outbox.tick(at=at + LEASE)
    assert set(states(Kind.PUBLISH_NOW) + states(Kind.PUBLISH_NOW, Way.IN_APP)) == {State.SENT}
    assert Notification.objects.filter(kind=Kind.PUBLISH_NOW).count() == 1


def test_a_mail_in_a_dead_workers_hands_is_repeated_once_and_says_so(approved: Post, cast: Cast) -> None:
    at = time_of(approved)
    outbox.tick(at=at - timedelta(minutes=30))
    mail.outbox.clear()
    row = one_row(cast)
    Reminder.objects.filter(pk=row.pk).update(
        state=State.SENDING, claimed_by="dead", lease_until=at + A_LEASE, attempts=1, message_id="<kept@test>"
    )
    outbox.tick(at=at + LEASE)
    letter = next(letter for letter in mail.outbox if "Saatnya" in str(letter.subject))
    assert str(letter.subject).startswith("(mungkin terulang)")
    assert "mungkin terulang" in letter.body
    assert one_row(cast).state == State.SENT


class DyingBackend(BaseEmailBackend):
    """Takes the mail, and the connection breaks before the answer."""

    accepted: list[Any] = []

    def send_messages(self, email_messages: Any) -> int:
        self.accepted += email_messages
        raise smtplib.SMTPServerDisconnected("connection closed after DATA")


def test_a_mail_that_may_have_arrived_is_never_sent_a_third_time(approved: Post, cast: Cast, settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.DyingBackend"
    DyingBackend.accepted = []
    at = time_of(approved)
    for minute in range(0, 60, 2):
        outbox.tick(at=at + timedelta(minutes=minute))
    ours = [letter for letter in DyingBackend.accepted if "Saatnya" in str(letter.subject)]
    assert len(ours) == 2
    assert ours[0].extra_headers["Message-ID"] == ours[1].extra_headers["Message-ID"]
    assert "mungkin terulang" not in str(ours[0].subject)
    assert "mungkin terulang" in str(ours[1].subject)
    assert one_row(cast).state == State.UNCERTAIN
    # the notice does not wait for the mail
    assert one_row(cast, way=Way.IN_APP).state == State.SENT


def test_a_worker_that_dies_twice_leaves_the_row_uncertain_for_good(approved: Post, cast: Cast) -> None:
    at = time_of(approved)
    Reminder.objects.filter(pk=one_row(cast).pk).update(
        state=State.SENDING, claimed_by="dead", lease_until=at, attempts=2, data={"repeat": True}
    )
    outbox.tick(at=at + LEASE)
    assert not any("Saatnya" in subject for subject in subjects())
    assert one_row(cast).state == State.UNCERTAIN


# Trouble -------------------------------------------------------------------------------


class RefusingBackend(BaseEmailBackend):
    """Says no to one address."""

    address = "drafter.tokyo@test.example"
    said_no = 0

    def send_messages(self, email_messages: Any) -> int:
        for letter in email_messages:
            if self.address in letter.to:
                type(self).said_no += 1
                raise smtplib.SMTPRecipientsRefused({self.address: (550, b"no such user")})
        mail.outbox.extend(email_messages)
        return len(email_messages)


def test_a_refused_mail_is_tried_three_times_and_set_aside_while_others_go(
    approved: Post, cast: Cast, settings: Any
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    RefusingBackend.said_no = 0
    at = time_of(approved) - HOUR
    outbox.tick(at=at)
    assert one_row(cast, Kind.PUBLISH_SOON).state == State.PENDING  # waits before it tries again
    outbox.tick(at=at + timedelta(seconds=5))
    assert RefusingBackend.said_no == 1
    for minute in (1, 4, 8, 12):
        outbox.tick(at=at + timedelta(minutes=minute))
    assert RefusingBackend.said_no == 3
    row = one_row(cast, Kind.PUBLISH_SOON)
    assert (row.state, row.attempts) == (State.FAILED, 3)
    assert "no such user" in row.error
    assert [letter.to for letter in mail.outbox] == [[cast.head_tokyo.email]]


class FlakyBackend(BaseEmailBackend):
    """Loses its connection at the first mail of all; without a new one it takes nothing more."""

    lost_once = False
    connected = False

    def open(self) -> bool:
        self.connected = True
        return True

    def send_messages(self, email_messages: Any) -> int:
        if not type(self).lost_once:
            type(self).lost_once = True
            self.connected = False
        if not self.connected:
            raise smtplib.SMTPServerDisconnected("please run connect() first")
        mail.outbox.extend(email_messages)
        return len(email_messages)


def test_a_lost_connection_leaves_one_mail_uncertain_and_not_the_rest(cast: Cast, settings: Any) -> None:
    for n in range(4):
        post_in(Status.APPROVED, cast, title=f"Unggahan {n}")
    Reminder.objects.exclude(kind=Kind.DECIDED, way=Way.EMAIL).delete()
    settings.EMAIL_BACKEND = f"{__name__}.FlakyBackend"
    FlakyBackend.lost_once = False
    outbox.tick(at=NOW)
    assert sorted(states(Kind.DECIDED)) == [State.SENT] * 7 + [State.UNCERTAIN]
    outbox.tick(at=NOW + LEASE)
    assert states(Kind.DECIDED) == [State.SENT] * 8
    assert len([subject for subject in subjects() if "mungkin terulang" in subject]) == 1


def test_a_poison_row_in_the_second_look_does_not_stop_the_rest(
    approved: Post, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = claims.take

    def fails_for_the_drafter(run: Any, taken: Any, now: Any) -> Any:
        live = look(run, taken, now)
        if any(row.recipient_id == cast.drafter_tokyo.pk for row in live):
            raise ValueError("poison")
        return live

    monkeypatch.setattr(claims, "take", fails_for_the_drafter)
    at = time_of(approved) - HOUR
    for minute in (0, 1, 4, 8):
        outbox.tick(at=at + timedelta(minutes=minute))
    assert {one_row(cast, Kind.PUBLISH_SOON, way).state for way in TO_PEOPLE} == {State.FAILED}
    assert [letter.to for letter in mail.outbox] == [[cast.head_tokyo.email]]


class UnreachableBackend(BaseEmailBackend):
    def open(self) -> bool:
        raise TimeoutError("timed out")


def test_while_the_mail_server_is_out_of_reach_mails_wait_and_notices_go(
    approved: Post, cast: Cast, settings: Any
) -> None:
    at, working = time_of(approved), settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.UnreachableBackend"
    outbox.tick(at=at)
    assert one_row(cast, way=Way.IN_APP).state == State.SENT
    assert (one_row(cast).state, one_row(cast).attempts) == (State.PENDING, 0)
    settings.EMAIL_BACKEND = working
    outbox.tick(at=at + timedelta(minutes=40))
    assert one_row(cast).state == State.SENT


def test_a_poison_mail_is_set_aside_and_the_rest_go_on(
    approved: Post, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = messages.mail

    def fails_for_the_drafter(reminder: Reminder, *args: Any, **kwargs: Any) -> Any:
        if reminder.recipient_id == cast.drafter_tokyo.pk:
            raise KeyError("no words")
        return write(reminder, *args, **kwargs)

    monkeypatch.setattr(messages, "mail", fails_for_the_drafter)
    at = time_of(approved) - HOUR
    for minute in (0, 1, 4, 8):
        outbox.tick(at=at + timedelta(minutes=minute))
    assert one_row(cast, Kind.PUBLISH_SOON).state == State.FAILED
    assert [letter.to for letter in mail.outbox] == [[cast.head_tokyo.email]]


def test_a_poison_notice_is_set_aside_and_the_rest_go_on(
    approved: Post, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = notices._write

    def fails_for_the_drafter(batch: list[Reminder], now: Any) -> int:
        if any(row.recipient_id == cast.drafter_tokyo.pk for row in batch):
            raise ValueError("poison")
        return write(batch, now)

    monkeypatch.setattr(notices, "_write", fails_for_the_drafter)
    at = time_of(approved) - HOUR
    for minute in (0, 1, 4, 8):
        outbox.tick(at=at + timedelta(minutes=minute))
    row = one_row(cast, Kind.PUBLISH_SOON, Way.IN_APP)
    assert (row.state, row.attempts) == (State.FAILED, 3)
    assert list(Notification.objects.values_list("recipient__name", flat=True)) == ["Kepala Tokyo"]


# Digest when many ----------------------------------------------------------------------


def test_the_digest_of_requests_names_what_still_waits(cast: Cast, settings: Any) -> None:
    settings.DIGEST_FROM = 2
    posts = [post_in(Status.IN_REVIEW, cast, jeddah=True, title=f"Unggahan {n}") for n in range(5)]
    outbox.tick(at=NOW)
    submissions.withdraw(post=posts[3], by=cast.drafter_jeddah, version=posts[3].version, at=NOW)
    mail.outbox.clear()
    outbox.tick(at=NOW + HOUR)
    letters = [letter for letter in mail.outbox if letter.to == [cast.editor.email]]
    assert len(letters) == 1
    assert ["Unggahan 2" in letters[0].body, "Unggahan 4" in letters[0].body] == [True, True]
    for told_singly_or_gone in ("Unggahan 0", "Unggahan 1", "Unggahan 3"):
        assert told_singly_or_gone not in letters[0].body


# Many at once --------------------------------------------------------------------------


def test_queries_do_not_grow_with_the_rows_of_a_batch(cast: Cast) -> None:
    outbox.tick(at=NOW)  # its first sign of life
    counts = []
    for posts in (4, 8):
        for _n in range(posts):
            post_in(Status.APPROVED, cast)
        Reminder.objects.filter(way=Way.EMAIL).delete()
        with CaptureQueriesContext(connection) as queries:
            assert outbox.tick(at=NOW).notices == 2 * posts
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_ticks_at_once_send_everything_once(cast: Cast) -> None:
    for n in range(12):
        post_in(Status.APPROVED, cast, title=f"Unggahan {n}")
    waiting = Reminder.objects.filter(due_at__lte=NOW).count()
    barrier, errors = threading.Barrier(4), []

    def work() -> None:
        try:
            barrier.wait()
            for second in range(3):
                outbox.tick(at=NOW + timedelta(seconds=2 * second))
        except Exception as error:  # noqa: BLE001 - a thread's failure must fail the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    handled = Reminder.objects.filter(due_at__lte=NOW)
    assert set(handled.values_list("state", flat=True)) <= {State.SENT, State.SKIPPED}
    assert handled.count() == waiting
    sent = handled.filter(state=State.SENT)
    assert Notification.objects.count() == sent.filter(way=Way.IN_APP).count()
    ids = [letter.extra_headers["Message-ID"] for letter in mail.outbox]
    assert len(ids) == len(set(ids)) == sent.filter(way=Way.EMAIL).count()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_post_that_somebody_is_changing_is_left_for_the_next_moment(cast: Cast) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: real concurrent connections")
    post = post_in(Status.APPROVED, cast)
    outbox.tick(at=NOW)
    locked, go_on = threading.Event(), threading.Event()

    def change() -> None:
        from django.db import transaction

        with transaction.atomic():
            Post.objects.select_for_update().get(pk=post.pk)
            locked.set()
            go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=change)
    thread.start()
    assert locked.wait(20)
    at = time_of(post)
    outbox.tick(at=at)  # does not wait for the lock
    assert set(states(Kind.PUBLISH_NOW)) == {State.PENDING}
    go_on.set()
    thread.join()
    outbox.tick(at=at + timedelta(seconds=2))
    assert set(states(Kind.PUBLISH_NOW)) == {State.SENT}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_tick_waits_for_a_hold_that_is_being_made(cast: Cast) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: real concurrent connections")
    post = post_in(Status.APPROVED, cast)
    outbox.tick(at=NOW)
    at, made, done = time_of(post), threading.Event(), threading.Event()

    def hold() -> None:
        from django.db import transaction

        with transaction.atomic():
            holds.make(by=cast.editor, at=at, scope="all", reason="Duka nasional.")
            made.set()
            done.wait(1)  # the tick has claimed by now and waits for the commit
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert made.wait(20)
    with clock.fixed(at):
        outbox.tick(at=at)
    thread.join()
    assert set(states(Kind.PUBLISH_NOW) + states(Kind.PUBLISH_NOW, Way.IN_APP)) == {State.PENDING}
