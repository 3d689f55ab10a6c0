"""What a digest names: everything it stands for, nothing its recipient may not read, and one bad row stops no other."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from calendar_app.models import Hold, Kind, Notification, Post, Reminder, State, Status, Way
from calendar_app.queries import reminders as queries
from calendar_app.services import catch_up, claims, drafts, outbox, submissions
from missions.models import Membership, Person, Role
from tests.cast import NOW, Cast, post_in

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def goes_out(post: Post) -> datetime:
    assert post.scheduled_at is not None
    return post.scheduled_at


def news(post: Post, person: Person, number: int, **changes: Any) -> Reminder:
    """News of a moved post, due now and of use for a day."""
    row: dict[str, Any] = {"way": Way.EMAIL, "due_at": NOW, "valid_until": NOW + DAY}
    row |= {"data": {"at": None, "timezone": "Asia/Tokyo"}} | changes
    identity = f"moved:p{post.pk}:{number}:0:{person.pk}:{row['way']}"
    return Reminder.objects.create(identity=identity, kind=Kind.MOVED, post=post, recipient=person, **row)


def lapse(at: datetime) -> None:
    run = claims.Tick(at, None)
    while catch_up.lapse(run):
        pass


def letters(person: Person) -> list[str]:
    return [f"{letter.subject}\n{letter.body}" for letter in mail.outbox if letter.to == [person.email]]


# What may be read ----------------------------------------------------------------------


@pytest.mark.parametrize("has_left", [True, False])
def test_a_digest_is_silent_about_missions_that_its_recipient_has_left(cast: Cast, *, has_left: bool) -> None:
    """It may wait for a week."""
    post = post_in(Status.APPROVED, cast, title="Rahasia dapur Tokyo")
    Reminder.objects.filter(due_at__lte=NOW).update(state=State.SKIPPED)
    late = goes_out(post) + 4 * HOUR
    lapse(late)
    if has_left:
        Membership.objects.filter(person=cast.drafter_tokyo).delete()
        Membership.objects.create(person=cast.drafter_tokyo, mission=cast.jeddah, role=Role.DRAFTER)
    mail.outbox.clear()
    outbox.tick(at=late + 2 * MINUTE)
    told = "".join(letters(cast.drafter_tokyo))
    told += str(list(Notification.objects.filter(recipient=cast.drafter_tokyo).values_list("data", flat=True)))
    assert ("Rahasia dapur Tokyo" in told) == (not has_left)


def test_the_review_digest_leaves_out_what_its_editor_wrote_and_may_not_decide(cast: Cast, settings: Any) -> None:
    settings.DIGEST_FROM = 0  # every request is folded
    Membership.objects.create(person=cast.editor, mission=cast.tokyo, role=Role.HEAD)
    post = post_in(Status.SIGNOFF, cast, scheduled_local="2026-12-03T12:00")
    post = drafts.save(post=post, by=cast.editor, version=post.version, at=NOW, data={"title": "Diubah peninjau"})
    submissions.sign_off(post=post, by=cast.head_tokyo, version=post.version, at=NOW)
    assert post not in queries.came_in(cast.editor.pk, NOW + HOUR)
    assert post in queries.came_in(cast.editor2.pk, NOW + HOUR)


# What is in it -------------------------------------------------------------------------


def test_more_news_than_one_batch_holds_come_as_a_digest_all_the_same(
    cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DIGEST_FROM = 3
    monkeypatch.setattr(catch_up, "BATCH", 5)
    post = post_in(Status.APPROVED, cast)
    Reminder.objects.all().delete()
    for n in range(20):
        news(post, cast.drafter_tokyo, n)
    outbox.tick(at=NOW + SECOND)
    assert letters(cast.drafter_tokyo) == []
    outbox.tick(at=NOW + 2 * MINUTE)
    assert len(letters(cast.drafter_tokyo)) == 1


def test_a_review_digest_that_came_too_late_hands_on_the_posts_it_would_have_named(cast: Cast) -> None:
    post = post_in(Status.IN_REVIEW, cast, scheduled_local="2026-12-03T12:00", title="Pekan kopi")
    outbox.tick(at=NOW)
    end = NOW + HOUR
    asked = Reminder.objects.filter(kind=Kind.REVIEW_REQUESTED, post=post, recipient=cast.editor)
    asked.filter(way=Way.EMAIL).delete()
    Reminder.objects.create(
        identity=f"digest:review:{end:%Y%m%d%H}:0:{cast.editor.pk}:email",
        kind=Kind.DIGEST,
        way=Way.EMAIL,
        recipient=cast.editor,
        due_at=end,
        valid_until=end + DAY,
        data={"about": "review"},
    )
    lapse(end + DAY + SECOND)
    row = Reminder.objects.get(kind=Kind.DIGEST, recipient=cast.editor, way=Way.EMAIL, data__about="missed")
    assert "Pekan kopi" in [item.get("title") for item in row.data["items"]]
    assert all(item.get("title") for item in row.data["items"])


# One bad row ---------------------------------------------------------------------------


def test_a_row_that_cannot_be_summed_up_is_set_aside_and_everything_else_goes_on(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = post_in(Status.APPROVED, cast)
    Reminder.objects.all().delete()
    over = {"due_at": NOW - DAY, "valid_until": NOW - HOUR}
    poison, lapsed = news(post, cast.drafter_tokyo, 1, **over), news(post, cast.head_tokyo, 2, **over)
    due = news(post, cast.drafter_tokyo, 3, way=Way.IN_APP)
    told = catch_up._told

    def fails(row: Reminder) -> dict[str, Any]:
        if row.pk == poison.pk:
            raise ValueError("no words")
        return told(row)

    monkeypatch.setattr(catch_up, "_told", fails)
    outbox.tick(at=NOW)
    for row in (poison, lapsed, due):
        row.refresh_from_db()
    assert [row.state for row in (poison, lapsed, due)] == [State.FAILED, State.EXPIRED, State.SENT]
    assert "no words" in poison.error
    assert Reminder.objects.filter(kind=Kind.DIGEST, recipient=cast.head_tokyo).exists()


def test_a_lapsed_hold_without_the_name_of_its_scope_is_summed_up(cast: Cast) -> None:
    hold = Hold.objects.create(scope="all", reason="Duka nasional.", made_by=cast.editor, made_at=NOW - 2 * DAY)
    row = Reminder.objects.create(
        identity=f"held:h{hold.pk}:{hold.pk}:0:{cast.drafter_tokyo.pk}:in_app",
        kind=Kind.HELD,
        way=Way.IN_APP,
        recipient=cast.drafter_tokyo,
        occasion=hold.pk,
        due_at=NOW - DAY,
        valid_until=NOW - HOUR,
        data={"scope_name": None},
    )
    outbox.tick(at=NOW)
    row.refresh_from_db()
    assert row.state == State.EXPIRED
