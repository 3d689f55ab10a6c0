"""One predicate for tick, API and pages: it says the same for one row as for many, and why."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q

from calendar_app.models import Hold, Kind, Post, Reminder, State, Status, Way
from calendar_app.queries import reminders as queries
from calendar_app.queries.reminders import shown_state, void_reason, with_void
from calendar_app.services import holds, reminders, reviews
from calendar_app.workflow import grace
from missions.models import Membership, Mission, Role
from tests.cast import NOW, Cast, post_in, publish

HOUR = timedelta(hours=1)


def publish_rows(post: Post) -> Any:
    return Reminder.objects.filter(post=post, kind__in=queries.PUBLISH)


@pytest.mark.parametrize(
    ("scope", "code"), [("all", ""), ("region", None), ("mission", "kbri-tokyo"), ("theme", "ekonomi")]
)
def test_a_hold_of_each_scope_covers_the_rows_to_publish_and_no_others(cast: Cast, scope: str, code: str) -> None:
    post = post_in(Status.APPROVED, cast)
    code = cast.tokyo.region.code if code is None else code
    holds.make(by=cast.editor, at=NOW, scope=scope, code=code, reason="Duka nasional.")
    rows = with_void(Reminder.objects.filter(post=post))
    assert {void_reason(row) for row in rows.filter(kind__in=queries.PUBLISH)} == {"held"}
    assert {void_reason(row) for row in rows.filter(kind=Kind.DECIDED)} == {""}


def test_a_hold_elsewhere_covers_nothing(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    holds.make(by=cast.editor, at=NOW, scope="mission", code="kjri-jeddah", reason="Duka nasional.")
    assert {void_reason(row) for row in publish_rows(post)} == {""}


def test_what_is_void_for_another_reason_is_not_called_held(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    holds.make(by=cast.editor, at=NOW, scope="all", reason="Duka nasional.")
    reviews.recall(post=post, by=cast.editor, version=post.version, at=NOW, comment="Arahan baru.")
    assert {void_reason(row) for row in publish_rows(post)} == {"state"}


def test_one_row_and_many_get_the_same_answer(cast: Cast) -> None:
    for status in (Status.SIGNOFF, Status.IN_REVIEW, Status.APPROVED, Status.MISSED, Status.PUBLISHED):
        post_in(status, cast)
    holds.make(by=cast.editor, at=NOW, scope="theme", code="ekonomi-produk", reason="Duka nasional.")
    many = {row.pk: void_reason(row) for row in with_void(Reminder.objects.all())}
    assert {row.pk: void_reason(row) for row in Reminder.objects.all()} == many
    assert set(many.values()) == {"", "state", "held"}


def test_only_a_waiting_row_is_shown_as_void(cast: Cast) -> None:
    post = post_in(Status.PUBLISHED, cast)
    row = publish_rows(post)[0]
    assert shown_state(row) == "void"
    for state in (State.SENT, State.UNCERTAIN, State.FAILED, State.SKIPPED, State.EXPIRED):
        row.state = state
        assert shown_state(row) == state


def test_the_reasons_of_many_rows_take_two_queries(cast: Cast, django_assert_num_queries: Any) -> None:
    for _n in range(3):
        post_in(Status.APPROVED, cast)
    with django_assert_num_queries(2):
        assert all(shown_state(row) for row in with_void(Reminder.objects.all()))


def test_the_holds_can_be_given(cast: Cast, django_assert_num_queries: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    with django_assert_num_queries(1):
        rows = list(with_void(publish_rows(post), [Hold(scope=Hold.Scope.ALL)]))
    assert {void_reason(row) for row in rows} == {"held"}


def test_the_tick_looks_at_what_is_due_and_live_or_ended(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    assert post.scheduled_at is not None
    row = Reminder.objects.get(kind=Kind.PUBLISH_NOW, way=Way.EMAIL)

    def looked_at(at: Any) -> bool:
        return with_void(Reminder.objects.filter(pk=row.pk)).filter(queries.live_q(at)).exists()

    assert not looked_at(post.scheduled_at - timedelta(seconds=1))
    assert looked_at(post.scheduled_at)
    holds.make(by=cast.editor, at=NOW, scope="all", reason="Duka nasional.")
    assert not looked_at(post.scheduled_at)
    assert looked_at(post.scheduled_at + grace() + HOUR)


@pytest.mark.parametrize(
    ("state", "lease", "taken"),
    [
        (State.PENDING, None, True),
        (State.PENDING, HOUR, False),
        (State.CLAIMED, HOUR, False),
        (State.CLAIMED, -HOUR, True),
        (State.SENDING, -HOUR, False),
        (State.UNCERTAIN, -HOUR, True),
        (State.UNCERTAIN, HOUR, False),
        (State.UNCERTAIN, None, False),
        (State.FAILED, None, False),
        (State.EXPIRED, None, False),
        (State.SKIPPED, None, False),
    ],
)
def test_what_may_be_taken(cast: Cast, state: str, lease: timedelta | None, taken: bool) -> None:
    post_in(Status.APPROVED, cast)
    row = Reminder.objects.filter(kind=Kind.DECIDED)[0]
    Reminder.objects.filter(pk=row.pk).update(state=state, lease_until=None if lease is None else NOW + lease)
    assert Reminder.objects.filter(queries.claimable(NOW), pk=row.pk).exists() is taken


# Completeness --------------------------------------------------------------------------


def test_nothing_is_lacking_after_an_approval(cast: Cast) -> None:
    post_in(Status.APPROVED, cast, scheduled_local="2026-11-25T18:00")
    post_in(Status.IN_REVIEW, cast, scheduled_local="2026-11-25T18:00")
    assert list(queries.incomplete(NOW)) == []


@pytest.mark.parametrize("kind", [Kind.PUBLISH_NOW, Kind.PUBLISH_OVERDUE])
def test_a_lost_row_is_noticed_and_made_again(cast: Cast, kind: Kind) -> None:
    post = post_in(Status.APPROVED, cast, scheduled_local="2026-11-25T18:00")
    before = set(publish_rows(post).values_list("identity", flat=True))
    Reminder.objects.filter(post=post, kind=kind).delete()
    assert list(queries.incomplete(NOW)) == [post]
    reminders.complete(at=NOW)
    assert list(queries.incomplete(NOW)) == []
    assert set(publish_rows(post).values_list("identity", flat=True)) == before


def test_rows_of_an_older_time_do_not_count(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast, scheduled_local="2026-11-25T18:00")
    Reminder.objects.filter(post=post).update(schedule_version=post.schedule_version - 1)
    assert list(queries.incomplete(NOW)) == [post]


def test_silent_missions_past_posts_and_published_ones_lack_nothing(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast, scheduled_local="2026-11-25T18:00")
    out = publish(post_in(Status.APPROVED, cast, scheduled_local="2026-11-25T18:00"), cast.drafter_tokyo)
    Reminder.objects.filter(Q(post=post) | Q(post=out)).delete()
    assert list(queries.incomplete(NOW)) == [post]
    assert list(queries.incomplete(NOW + timedelta(days=1))) == []
    Mission.objects.filter(pk=cast.tokyo.pk).update(status=Mission.Status.PREPARING)
    assert list(queries.incomplete(NOW)) == []


def test_a_head_who_joins_lacks_what_heads_get(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast, scheduled_local="2026-11-25T18:00")
    Membership.objects.create(person=cast.stranger, mission=cast.tokyo, role=Role.HEAD)
    assert list(queries.incomplete(NOW)) == [post]
    reminders.complete(at=NOW)
    kinds = set(Reminder.objects.filter(recipient=cast.stranger).values_list("kind", flat=True))
    assert kinds == {Kind.PUBLISH_SOON, Kind.PUBLISH_OVERDUE}


def test_what_is_still_to_come_is_told_once_for_each_person_and_only_while_it_stands(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    assert post.scheduled_at is not None
    found = queries.ahead(post, NOW, [])
    assert [(row.kind, row.due_at) for row in found][:2] == [
        (Kind.PUBLISH_SOON, post.scheduled_at - 24 * HOUR),
        (Kind.PUBLISH_SOON, post.scheduled_at - HOUR),
    ]
    assert found[0].names == ["Kepala Tokyo", "Penyusun Tokyo"]
    hold = holds.make(by=cast.editor, at=NOW, scope="all", reason="Duka nasional.")
    assert not [row for row in queries.ahead(post, NOW, [hold]) if row.kind in queries.PUBLISH]


def test_what_is_due_is_no_longer_ahead(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    assert post.scheduled_at is not None
    assert Kind.PUBLISH_SOON not in [row.kind for row in queries.ahead(post, post.scheduled_at - HOUR, [])]
