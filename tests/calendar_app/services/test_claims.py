"""Who gets what, and in which order: lanes, turns between missions, quiet hours, leases."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.core import mail

from calendar_app.models import Hold, Kind, Notification, Reminder, State, Status, Way
from calendar_app.queries.reminders import LEASE
from calendar_app.services import claims, notices, outbox
from calendar_app.services.claims import Tick
from missions.models import Person
from tests.cast import NOW, Cast, post_in

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def only_notices(kind: Kind) -> None:
    """Leave the notices of one kind, due now."""
    Reminder.objects.exclude(kind=kind, way=Way.IN_APP).delete()
    Reminder.objects.update(due_at=NOW, valid_until=NOW + DAY)


def test_every_kind_is_in_one_lane() -> None:
    assert sorted(kind for lane in claims.LANES for kind in lane) == sorted(Kind)


def test_the_missions_take_turns(cast: Cast) -> None:
    for _n in range(6):
        post_in(Status.APPROVED, cast)
    post_in(Status.APPROVED, cast, jeddah=True)
    only_notices(Kind.DECIDED)
    # Tokyo's twelve are older than Jeddah's two
    Reminder.objects.filter(post__mission=cast.tokyo).update(due_at=NOW - HOUR)
    first = claims.claim(Tick(NOW, None), Way.IN_APP, NOW, most=4)
    missions = Reminder.objects.filter(pk__in=[pk for pk, _post in first]).values_list("post__mission__code", flat=True)
    assert sorted(missions) == ["kbri-tokyo", "kbri-tokyo", "kjri-jeddah", "kjri-jeddah"]


def test_a_lane_is_emptied_before_the_next(cast: Cast) -> None:
    post_in(Status.APPROVED, cast)
    Reminder.objects.filter(way=Way.EMAIL).delete()
    Reminder.objects.update(due_at=NOW, valid_until=NOW + DAY)
    run, order = Tick(NOW, None), []
    while taken := claims.claim(run, Way.IN_APP, NOW, most=50):
        order.append(set(Reminder.objects.filter(pk__in=[pk for pk, _post in taken]).values_list("kind", flat=True)))
    assert order[0] == {Kind.PUBLISH_NOW, Kind.PUBLISH_OVERDUE, Kind.ESCALATED}
    assert Kind.PUBLISH_SOON in order[1]
    assert order[-1] == {Kind.DECIDED, Kind.REVIEW_REQUESTED}


def test_a_claim_is_one_workers_alone_until_its_lease_ends(cast: Cast) -> None:
    post_in(Status.APPROVED, cast)
    only_notices(Kind.DECIDED)
    taken = claims.claim(Tick(NOW, None), Way.IN_APP, NOW, most=10)
    assert len(taken) == 2
    assert claims.claim(Tick(NOW, None), Way.IN_APP, NOW + LEASE - SECOND, most=10) == []
    assert claims.claim(Tick(NOW, None), Way.IN_APP, NOW + LEASE, most=10) == taken


def test_a_worker_that_lost_its_lease_writes_nothing(cast: Cast) -> None:
    post_in(Status.APPROVED, cast)
    only_notices(Kind.DECIDED)
    slow, quick = Tick(NOW, None), Tick(NOW, None)
    taken = claims.claim(slow, Way.IN_APP, NOW, most=10)
    claims.claim(quick, Way.IN_APP, NOW + LEASE, most=10)
    assert claims.take(slow, taken, NOW + LEASE) == []
    assert len(claims.take(quick, taken, NOW + LEASE)) == 2


def test_a_row_that_kills_its_workers_is_set_aside_and_the_others_are_not(cast: Cast) -> None:
    for _n in range(4):
        post_in(Status.APPROVED, cast)
    only_notices(Kind.DECIDED)
    poison = Reminder.objects.order_by("pk")[3].pk
    at = NOW
    for _n in range(20):
        run = Tick(at, None)
        while taken := claims.claim(run, Way.IN_APP, at, most=250):
            if any(pk == poison for pk, _post in taken):
                break  # the worker is dead
            notices.send(run, taken, at)
        at += LEASE
    assert Reminder.objects.get(pk=poison).state == State.FAILED
    assert set(Reminder.objects.exclude(pk=poison).values_list("state", flat=True)) == {State.SENT}
    assert Notification.objects.count() == 7


def test_a_hold_made_between_claim_and_sending_wins(cast: Cast) -> None:
    post_in(Status.APPROVED, cast)
    only_notices(Kind.PUBLISH_NOW)
    run = Tick(NOW, None)
    taken = claims.claim(run, Way.IN_APP, NOW, most=10)
    Hold.objects.create(scope="all", reason="Duka nasional.", made_by=cast.editor, made_at=NOW)
    assert claims.take(run, taken, NOW) == []
    assert Reminder.objects.get().state == State.PENDING
    assert claims.claim(run, Way.IN_APP, NOW, most=10) == []


# Quiet hours: NOW is 11.00 in Tokyo ------------------------------------------------------


@pytest.fixture
def quiet(cast: Cast) -> Person:
    """Tokyo's drafter does not want to be disturbed between 10.00 and 14.00."""
    Person.objects.filter(pk=cast.drafter_tokyo.pk).update(quiet_from=time(10), quiet_until=time(14))
    return Person.objects.get(pk=cast.drafter_tokyo.pk)


def mailed(person: Person) -> list[str]:
    return [str(letter.subject) for letter in mail.outbox if letter.to == [person.email]]


def test_news_by_mail_wait_for_the_end_of_quiet_hours_and_the_notice_does_not(cast: Cast, quiet: Person) -> None:
    post_in(Status.APPROVED, cast)
    outbox.tick(at=NOW)
    assert Notification.objects.filter(kind=Kind.DECIDED, recipient=quiet).count() == 1
    row = Reminder.objects.get(kind=Kind.DECIDED, recipient=quiet, way=Way.EMAIL)
    assert (row.state, row.deferred_until, row.attempts) == (State.PENDING, NOW + 3 * HOUR, 0)
    assert mailed(quiet) == []
    outbox.tick(at=NOW + 3 * HOUR - SECOND)
    assert "Disetujui" not in " ".join(mailed(quiet))
    outbox.tick(at=NOW + 3 * HOUR)
    assert "Disetujui" in " ".join(mailed(quiet))
    assert len(mailed(cast.head_tokyo)) >= 1


def test_saatnya_tayang_disturbs_all_the_same(cast: Cast, quiet: Person) -> None:
    post = post_in(Status.APPROVED, cast)
    assert post.scheduled_at is not None  # 12.00 in Tokyo
    outbox.tick(at=post.scheduled_at)
    assert "Saatnya tayang" in " ".join(mailed(quiet))


def test_what_would_be_too_late_after_quiet_hours_stays_in_the_product(cast: Cast, quiet: Person) -> None:
    post = post_in(Status.APPROVED, cast)
    assert post.scheduled_at is not None
    outbox.tick(at=post.scheduled_at - HOUR)  # 11.00; of use until 12.00
    row = Reminder.objects.filter(kind=Kind.PUBLISH_SOON, recipient=quiet, way=Way.EMAIL).latest("due_at")
    assert (row.state, row.error) == (State.SKIPPED, "quiet")
    assert Notification.objects.filter(kind=Kind.PUBLISH_SOON, recipient=quiet).exists()


def test_quiet_people_cost_no_query_each(cast: Cast, django_assert_max_num_queries: Any) -> None:
    Person.objects.update(quiet_from=time(10), quiet_until=time(14))
    for _n in range(5):
        post_in(Status.APPROVED, cast)
    Reminder.objects.exclude(kind=Kind.DECIDED, way=Way.EMAIL).delete()
    outbox.tick(at=NOW - MINUTE)
    with django_assert_max_num_queries(66):
        outbox.tick(at=NOW)
    assert set(Reminder.objects.values_list("deferred_until", flat=True)) == {NOW + 3 * HOUR}
