"""One predicate for tick, API and pages: it says the same for one row as for many, and why."""

from datetime import timedelta
from typing import Any

import pytest

from calendar_app.models import Hold, Kind, Post, Reminder, State, Status, Way, Webhook
from calendar_app.queries import reminders as queries
from calendar_app.queries.reminders import shown_state, void_reason, with_void
from calendar_app.services import holds, reviews
from calendar_app.workflow import grace
from tests.cast import NOW, Cast, post_in

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


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


def test_the_tick_looks_at_what_is_due_and_stands(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    assert post.scheduled_at is not None
    row = Reminder.objects.get(kind=Kind.PUBLISH_NOW, way=Way.EMAIL)

    def looked_at(at: Any) -> bool:
        return Reminder.objects.filter(queries.live_q(at), pk=row.pk).exists()

    def lapsed(at: Any) -> bool:
        return Reminder.objects.filter(queries.lapsed_q(at), pk=row.pk).exists()

    assert not looked_at(post.scheduled_at - timedelta(seconds=1))
    assert looked_at(post.scheduled_at)
    holds.make(by=cast.editor, at=NOW, scope="all", reason="Duka nasional.")
    assert not looked_at(post.scheduled_at)
    assert not lapsed(post.scheduled_at + grace())
    assert lapsed(post.scheduled_at + grace() + HOUR)


@pytest.mark.parametrize(
    ("state", "lease", "not_before", "taken"),
    [
        (State.PENDING, None, None, True),
        (State.PENDING, None, HOUR, False),
        (State.PENDING, None, -HOUR, True),
        (State.CLAIMED, MINUTE, None, False),
        (State.CLAIMED, -HOUR, None, True),
        # longer than any lease: written before the clock was set back
        (State.CLAIMED, HOUR, None, True),
        (State.SENDING, -HOUR, None, False),
        (State.UNCERTAIN, None, -HOUR, True),
        (State.UNCERTAIN, MINUTE, -HOUR, False),
        (State.UNCERTAIN, None, HOUR, False),
        (State.UNCERTAIN, None, None, False),
        (State.FAILED, None, None, False),
        (State.EXPIRED, None, None, False),
        (State.SKIPPED, None, None, False),
    ],
)
def test_what_may_be_taken(
    cast: Cast, state: str, lease: timedelta | None, not_before: timedelta | None, taken: bool
) -> None:
    post_in(Status.APPROVED, cast)
    row = Reminder.objects.filter(kind=Kind.DECIDED)[0]
    Reminder.objects.filter(pk=row.pk).update(
        state=state,
        lease_until=None if lease is None else NOW + lease,
        not_before=None if not_before is None else NOW + not_before,
    )
    assert Reminder.objects.filter(queries.claimable(NOW), pk=row.pk).exists() is taken


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


def test_a_chat_bridge_is_named_among_who_is_told(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    made = {"salt": "x", "made_by": cast.admin, "made_at": NOW}
    bridge = Webhook.objects.create(name="Jembatan piket", url="https://chat.example/x", **made)
    row = Reminder.objects.filter(post=post, kind=Kind.PUBLISH_NOW).first()
    assert row is not None
    row.pk, row.identity, row.way, row.recipient, row.webhook = None, "x", Way.WEBHOOK, None, bridge
    row.save(force_insert=True)
    (now,) = [found for found in queries.ahead(post, NOW, []) if found.kind == Kind.PUBLISH_NOW]
    assert now.names == ["Jembatan piket", "Penyusun Tokyo"]


def test_what_is_due_is_no_longer_ahead(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    assert post.scheduled_at is not None
    assert Kind.PUBLISH_SOON not in [row.kind for row in queries.ahead(post, post.scheduled_at - HOUR, [])]
