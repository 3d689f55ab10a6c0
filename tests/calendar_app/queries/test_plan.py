"""Each approved post has exactly the reminders of the plan, whoever joins, leaves, or is away."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Q

from calendar_app.models import Kind, Post, Reminder, Status, Way
from calendar_app.queries import plan
from calendar_app.queries.reminders import PUBLISH, void_reason, with_void
from calendar_app.services import reminders, schedules
from missions.models import Absence, Membership, Mission, Person, Role
from tests.cast import NOW, Cast, post_in, publish

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON = "2026-11-25T18:00"


def publish_rows(post: Post) -> Any:
    return Reminder.objects.filter(post=post, kind__in=PUBLISH)


def told(post: Post, kind: str, offset: str, way: str = Way.IN_APP) -> set[str]:
    """The names of those for whom a row was made that stands."""
    rows = with_void(Reminder.objects.filter(post=post, kind=kind, data__offset=offset, way=way))
    return {row.recipient.name for row in rows.select_related("recipient") if row.recipient and not void_reason(row)}


def away(person: Person, deputy: Person | None) -> Absence:
    return Absence.objects.create(person=person, deputy=deputy, starts_at=NOW - DAY, ends_at=NOW + 5 * DAY)


def test_nothing_is_lacking_after_an_approval(cast: Cast) -> None:
    post_in(Status.APPROVED, cast, scheduled_local="2026-11-25T18:00")
    post_in(Status.IN_REVIEW, cast, scheduled_local="2026-11-25T18:00")
    assert list(plan.incomplete(NOW)) == []


@pytest.mark.parametrize("kind", [Kind.PUBLISH_NOW, Kind.PUBLISH_OVERDUE, Kind.ESCALATED])
def test_a_lost_row_is_noticed_and_made_again(cast: Cast, kind: Kind) -> None:
    post = post_in(Status.APPROVED, cast, scheduled_local="2026-11-25T18:00")
    before = set(publish_rows(post).values_list("identity", flat=True))
    Reminder.objects.filter(post=post, kind=kind).delete()
    assert list(plan.incomplete(NOW)) == [post]
    reminders.complete(at=NOW)
    assert list(plan.incomplete(NOW)) == []
    assert set(publish_rows(post).values_list("identity", flat=True)) == before


def test_rows_of_an_older_time_do_not_count(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast, scheduled_local="2026-11-25T18:00")
    when = schedules.parse("2026-11-25T19:00", "Asia/Tokyo")
    post = schedules.reschedule(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, when=when)
    assert list(plan.incomplete(NOW)) == []
    Reminder.objects.filter(post=post, schedule_version=post.schedule_version).delete()
    assert list(plan.incomplete(NOW)) == [post]


def test_silent_missions_past_posts_and_published_ones_lack_nothing(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast, scheduled_local="2026-11-25T18:00")
    out = publish(post_in(Status.APPROVED, cast, scheduled_local="2026-11-25T18:00"), cast.drafter_tokyo)
    Reminder.objects.filter(Q(post=post) | Q(post=out)).delete()
    assert list(plan.incomplete(NOW)) == [post]
    assert list(plan.incomplete(NOW + timedelta(days=1))) == []
    Mission.objects.filter(pk=cast.tokyo.pk).update(status=Mission.Status.PREPARING)
    assert list(plan.incomplete(NOW)) == []


def test_a_head_who_joins_lacks_what_heads_get(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast, scheduled_local="2026-11-25T18:00")
    Membership.objects.create(person=cast.stranger, mission=cast.tokyo, role=Role.HEAD)
    assert list(plan.incomplete(NOW)) == [post]
    reminders.complete(at=NOW)
    kinds = set(Reminder.objects.filter(recipient=cast.stranger).values_list("kind", flat=True))
    assert kinds == {Kind.PUBLISH_SOON, Kind.ESCALATED, Kind.PUBLISH_OVERDUE}


def test_a_row_that_waits_for_another_time_than_the_plan_says_is_found(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast, scheduled_local=SOON)
    assert list(plan.misplaced(NOW)) == []
    row = publish_rows(post).filter(kind=Kind.PUBLISH_NOW)[0]
    Reminder.objects.filter(pk=row.pk).update(due_at=row.due_at + HOUR)
    assert list(plan.misplaced(NOW)) == [row]


def test_the_head_and_then_the_desk_are_asked_when_nobody_answers(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast, scheduled_local=SOON)
    assert post.scheduled_at is not None
    assert told(post, Kind.ESCALATED, "head") == {"Kepala Tokyo"}
    assert told(post, Kind.ESCALATED, "desk") == {"Peninjau Satu", "Peninjau Dua"}
    rows = Reminder.objects.filter(kind=Kind.ESCALATED)
    after = {row.data["offset"]: row.due_at - post.scheduled_at for row in rows}
    assert after == {"head": timedelta(minutes=15), "desk": timedelta(minutes=45)}


def test_where_somebody_is_on_duty_the_editors_are_left_alone(cast: Cast) -> None:
    Membership.objects.filter(person=cast.manager).update(on_duty=True)
    post = post_in(Status.APPROVED, cast, scheduled_local=SOON)
    assert told(post, Kind.ESCALATED, "desk") == {"Pimpinan"}
    assert list(plan.incomplete(NOW)) == []


def test_who_goes_on_duty_later_lacks_what_comes_from_then_on(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast, scheduled_local=SOON)
    Membership.objects.filter(person=cast.manager).update(on_duty=True)
    assert list(plan.incomplete(NOW)) == [post]
    reminders.complete(at=NOW)
    assert "Pimpinan" in told(post, Kind.ESCALATED, "desk")


@pytest.mark.parametrize("first", ["absence", "approval"])
def test_who_is_away_is_stood_in_for(cast: Cast, first: str) -> None:
    if first == "absence":
        away(cast.drafter_tokyo, cast.head_tokyo)
    post = post_in(Status.APPROVED, cast, scheduled_local=SOON)
    if first == "approval":
        away(cast.drafter_tokyo, cast.head_tokyo)
        assert list(plan.incomplete(NOW)) == [post]
        reminders.complete(at=NOW)
    assert list(plan.incomplete(NOW)) == []
    # the notice stays in the product for the one who is away, the mail goes to the deputy
    assert told(post, Kind.PUBLISH_NOW, "0") == {"Penyusun Tokyo", "Kepala Tokyo"}
    assert told(post, Kind.PUBLISH_NOW, "0", Way.EMAIL) == {"Kepala Tokyo"}
    row = Reminder.objects.get(kind=Kind.PUBLISH_NOW, recipient=cast.head_tokyo, way=Way.EMAIL)
    assert row.stands_in_for == cast.drafter_tokyo


def test_without_a_deputy_the_mail_comes_all_the_same(cast: Cast) -> None:
    away(cast.drafter_tokyo, None)
    post = post_in(Status.APPROVED, cast, scheduled_local=SOON)
    assert told(post, Kind.PUBLISH_NOW, "0", Way.EMAIL) == {"Penyusun Tokyo"}


def test_a_deputy_who_falls_ill_stands_in_for_nobody(cast: Cast) -> None:
    away(cast.drafter_tokyo, cast.head_tokyo)
    away(cast.head_tokyo, cast.drafter_tokyo)
    post = post_in(Status.APPROVED, cast, scheduled_local=SOON)
    assert told(post, Kind.PUBLISH_NOW, "0", Way.EMAIL) == {"Penyusun Tokyo"}
    assert list(plan.incomplete(NOW)) == []


def test_an_absence_that_is_over_or_was_cancelled_asks_for_nothing(cast: Cast) -> None:
    for days in (-30, -10, 30):
        absence = away(cast.drafter_tokyo, cast.editor)
        Absence.objects.filter(pk=absence.pk).update(starts_at=NOW + days * DAY, ends_at=NOW + (days + 5) * DAY)
    Absence.objects.filter(pk=away(cast.drafter_tokyo, cast.editor).pk).update(cancelled_at=NOW)
    away(cast.drafter_tokyo, cast.head_tokyo)
    post_in(Status.APPROVED, cast, scheduled_local=SOON)
    assert list(plan.incomplete(NOW)) == []


def test_who_stands_in_for_two_is_told_once_also_when_one_comes_back(cast: Cast) -> None:
    other = Person.objects.create_user("dua@test.example", "Penyusun Dua")
    Membership.objects.create(person=other, mission=cast.tokyo, role=Role.DRAFTER)
    first, _second = away(cast.drafter_tokyo, cast.head_tokyo), away(other, cast.head_tokyo)
    post = post_in(Status.APPROVED, cast, scheduled_local=SOON)
    assert list(plan.incomplete(NOW)) == []

    def mails() -> list[str]:
        rows = with_void(Reminder.objects.filter(post=post, kind=Kind.PUBLISH_NOW, way=Way.EMAIL))
        return [str(row.recipient) for row in rows if not void_reason(row)]

    assert mails() == ["Kepala Tokyo"]
    Absence.objects.filter(pk=first.pk).update(cancelled_at=NOW)
    assert sorted(mails()) == ["Kepala Tokyo", "Penyusun Tokyo"]


def test_an_administrator_may_stand_in_for_an_editor(cast: Cast) -> None:
    away(cast.editor, cast.admin)
    post = post_in(Status.APPROVED, cast, scheduled_local=SOON)
    assert list(plan.incomplete(NOW)) == []
    assert told(post, Kind.ESCALATED, "desk", Way.EMAIL) == {"Peninjau Dua", "Administrator"}


def test_who_comes_back_early_is_told_again_and_the_deputy_is_not(cast: Cast) -> None:
    absence = away(cast.drafter_tokyo, cast.head_tokyo)
    post = post_in(Status.APPROVED, cast, scheduled_local=SOON)
    Absence.objects.filter(pk=absence.pk).update(cancelled_at=NOW)
    assert told(post, Kind.PUBLISH_NOW, "0") == {"Penyusun Tokyo"}
    assert told(post, Kind.PUBLISH_NOW, "0", Way.EMAIL) == {"Penyusun Tokyo"}


def test_a_deputy_who_is_told_anyway_is_told_once(cast: Cast) -> None:
    away(cast.drafter_tokyo, cast.head_tokyo)
    post = post_in(Status.APPROVED, cast, scheduled_local=SOON)
    rows = Reminder.objects.filter(post=post, kind=Kind.PUBLISH_SOON, recipient=cast.head_tokyo, way=Way.EMAIL)
    assert rows.count() == 1  # the one an hour before
