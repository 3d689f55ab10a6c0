"""Who is told what, and when, by each step of a post's life."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calendar_app.models import TO_PEOPLE, Kind, Post, Reminder, Review, Status, Theme, Way
from calendar_app.queries.reminders import MUTABLE_KINDS, void_reason
from calendar_app.services import (
    drafts,
    hold_notices,
    holds,
    publishing,
    reference,
    reminders,
    reviews,
    schedules,
    submissions,
)
from calendar_app.workflow import Action, grace
from missions.models import Membership, Mission, Person, Role
from tests.cast import NOW, Cast, approve, data, post_in, publish

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def told(post: Post | None, kind: str, way: str = Way.IN_APP) -> set[str]:
    """The names of those for whom a row was made."""
    rows = Reminder.objects.filter(post=post, kind=kind, way=way)
    return set(rows.values_list("recipient__name", flat=True))


def due(post: Post, kind: str, person: Person, **filters: Any) -> list[datetime]:
    rows = Reminder.objects.filter(post=post, kind=kind, recipient=person, way=Way.IN_APP, **filters)
    return [row.due_at for row in rows.order_by("due_at")]


def test_submitting_asks_the_head_and_later_reminds_drafter_too(cast: Cast) -> None:
    post = post_in(Status.SIGNOFF, cast)
    assert told(post, Kind.SIGNOFF_REQUESTED) == told(post, Kind.SIGNOFF_REQUESTED, Way.EMAIL) == {"Kepala Tokyo"}
    assert told(post, Kind.SIGNOFF_DUE) == {"Kepala Tokyo", "Penyusun Tokyo"}
    assert post.scheduled_at is not None
    left = post.scheduled_at - NOW
    assert due(post, Kind.SIGNOFF_DUE, cast.head_tokyo) == [NOW + left / 2, NOW + left * 3 / 4]
    assert due(post, Kind.SIGNOFF_DUE, cast.drafter_tokyo) == [NOW + left * 3 / 4]


def test_entering_review_asks_editors_and_later_reminds_managers(cast: Cast) -> None:
    post = post_in(Status.IN_REVIEW, cast, jeddah=True, scheduled_local="2026-11-30T12:00")
    assert told(post, Kind.REVIEW_REQUESTED) == {"Peninjau Satu", "Peninjau Dua"}
    assert post.scheduled_at is not None
    half, day_before = NOW + (post.scheduled_at - NOW) / 2, post.scheduled_at - DAY
    assert due(post, Kind.REVIEW_DUE, cast.editor) == [half, day_before]
    assert due(post, Kind.REVIEW_DUE, cast.manager) == [day_before]


def test_an_editor_who_wrote_part_of_it_is_not_asked_to_review(cast: Cast) -> None:
    Membership.objects.create(person=cast.editor, mission=cast.jeddah, role=Role.DRAFTER)
    post = drafts.create(mission=cast.jeddah, by=cast.editor, at=NOW, data=data())
    submissions.submit(post=post, by=cast.drafter_jeddah, version=post.version, at=NOW)
    assert told(post, Kind.REVIEW_REQUESTED) == {"Peninjau Dua"}


def test_approval_makes_every_reminder_to_publish(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast, scheduled_local="2026-11-28T12:00")
    time = post.scheduled_at
    assert time is not None
    assert told(post, Kind.DECIDED) == {"Penyusun Tokyo", "Kepala Tokyo"}
    assert due(post, Kind.PUBLISH_SOON, cast.drafter_tokyo) == [time - DAY, time - HOUR]
    assert due(post, Kind.PUBLISH_SOON, cast.head_tokyo) == [time - DAY, time - HOUR]
    assert due(post, Kind.PUBLISH_NOW, cast.drafter_tokyo) == [time]
    assert told(post, Kind.PUBLISH_NOW) == {"Penyusun Tokyo"}
    assert due(post, Kind.PUBLISH_OVERDUE, cast.head_tokyo) == [time + timedelta(minutes=30), time + grace()]
    assert due(post, Kind.PUBLISH_OVERDUE, cast.editor) == [time + grace()]
    assert due(post, Kind.PUBLISH_OVERDUE, cast.manager) == [time + grace()]
    versions = Reminder.objects.filter(post=post, kind__startswith="publish").values_list(
        "schedule_version", "occasion"
    )
    assert set(versions) == {(post.schedule_version, post.schedule_version)}


def test_an_approval_close_to_the_time_leaves_out_what_lies_behind(cast: Cast) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    assert post.scheduled_at is not None
    approve(post, cast, at=post.scheduled_at - timedelta(minutes=20))
    assert due(post, Kind.PUBLISH_SOON, cast.drafter_tokyo) == []
    assert due(post, Kind.PUBLISH_NOW, cast.drafter_tokyo) == [post.scheduled_at]


def test_an_approval_within_the_grace_is_due_at_once(cast: Cast) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    assert post.scheduled_at is not None
    late = post.scheduled_at + timedelta(minutes=45)
    approve(post, cast, at=late)
    assert due(post, Kind.PUBLISH_NOW, cast.drafter_tokyo) == [late]
    assert due(post, Kind.PUBLISH_OVERDUE, cast.drafter_tokyo) == [post.scheduled_at + grace()]


def test_an_approval_after_the_grace_says_so_when_the_clock_turns(cast: Cast) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    assert post.scheduled_at is not None
    late = post.scheduled_at + grace() + HOUR
    approve(post, cast, at=late)
    assert told(post, Kind.PUBLISH_NOW) == told(post, Kind.PUBLISH_OVERDUE) == set()
    publishing.expire_due(at=late + timedelta(seconds=15))
    assert told(post, Kind.PUBLISH_OVERDUE) == {
        "Penyusun Tokyo", "Kepala Tokyo", "Peninjau Satu", "Peninjau Dua", "Pimpinan"
    }  # fmt: skip


def test_expiring_does_not_repeat_what_the_approval_made(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    before = Reminder.objects.filter(kind=Kind.PUBLISH_OVERDUE).count()
    assert post.scheduled_at is not None
    publishing.expire_due(at=post.scheduled_at + 3 * HOUR)
    assert Reminder.objects.filter(kind=Kind.PUBLISH_OVERDUE).count() == before


def test_the_same_step_told_twice_makes_no_second_row(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    before = Reminder.objects.count()
    reminders.after(post, Action.APPROVE, by=cast.editor, at=NOW)
    assert Reminder.objects.count() == before
    assert Counter(Reminder.objects.values_list("identity", flat=True)).most_common(1)[0][1] == 1


def test_moving_an_approved_post_makes_new_rows_and_the_old_ones_void(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    old = list(Reminder.objects.filter(post=post, kind__startswith="publish"))
    when = schedules.parse("2026-11-27T09:00", "Asia/Tokyo")
    post = schedules.reschedule(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, when=when)
    assert {void_reason(row) for row in old} == {"superseded"}
    new = Reminder.objects.filter(post=post, kind__startswith="publish", schedule_version=post.schedule_version)
    assert {void_reason(row) for row in new} == {""}
    assert due(post, Kind.PUBLISH_NOW, cast.drafter_tokyo, schedule_version=post.schedule_version) == [when.instant]
    assert told(post, Kind.MOVED) == {"Kepala Tokyo"}  # whoever moved it knows
    moved = Reminder.objects.filter(post=post, kind=Kind.MOVED)[0]
    assert moved.data["at"] == when.instant.isoformat()
    assert moved.data["old_at"] == "2026-11-26T03:00:00+00:00"


def test_moving_far_opens_a_round_and_asks_the_editors_again(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    when = schedules.parse("2026-12-20T09:00", "Asia/Tokyo")
    post = schedules.reschedule(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, when=when)
    assert post.status == Status.IN_REVIEW
    rounds = Reminder.objects.filter(post=post, kind=Kind.REVIEW_REQUESTED, recipient=cast.editor, way=Way.IN_APP)
    assert [void_reason(row) for row in rounds.order_by("occasion")] == ["superseded", ""]


@pytest.mark.parametrize("status", [Status.SIGNOFF, Status.IN_REVIEW])
def test_withdrawing_makes_requests_void(cast: Cast, status: Status) -> None:
    post = drafts.create(mission=cast.tokyo, by=cast.drafter_tokyo, at=NOW, data=data())
    post = submissions.submit(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW)
    if status == Status.IN_REVIEW:
        post = submissions.sign_off(post=post, by=cast.head_tokyo, version=post.version, at=NOW)
    submissions.withdraw(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW)
    assert {void_reason(row) for row in Reminder.objects.filter(post=post)} == {"state"}


def test_a_second_submission_is_told_anew_and_the_first_stays_void(cast: Cast) -> None:
    post = drafts.create(mission=cast.tokyo, by=cast.drafter_tokyo, at=NOW, data=data())
    post = submissions.submit(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW)
    post = submissions.withdraw(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW)
    submissions.submit(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW + HOUR)
    for kind in (Kind.SIGNOFF_REQUESTED, Kind.SIGNOFF_DUE):
        rows = Reminder.objects.filter(post=post, kind=kind, recipient=cast.head_tokyo, way=Way.IN_APP)
        half = [row for row in rows.order_by("due_at", "pk") if row.data["offset"] != "late"]
        assert [void_reason(row) for row in half] == ["superseded", ""]


def test_a_head_who_moves_the_time_while_signing_moves_the_reminder_too(cast: Cast) -> None:
    post = drafts.create(mission=cast.tokyo, by=cast.drafter_tokyo, at=NOW, data=data())
    post = submissions.submit(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW)
    change = {"scheduled_local": "2026-11-30T12:00"}
    post = drafts.save(post=post, by=cast.head_tokyo, version=post.version, at=NOW + HOUR, data=change)
    rows = Reminder.objects.filter(post=post, kind=Kind.SIGNOFF_DUE, recipient=cast.drafter_tokyo, way=Way.IN_APP)
    assert [void_reason(row) for row in rows.order_by("due_at")] == ["superseded", ""]
    asked = Reminder.objects.get(post=post, kind=Kind.SIGNOFF_REQUESTED, way=Way.EMAIL)
    assert void_reason(asked) == ""


def test_recalling_makes_the_reminders_void_and_tells_the_mission(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    reviews.recall(post=post, by=cast.editor, version=post.version, at=NOW, comment="Ada arahan baru.")
    publish_rows = Reminder.objects.filter(post=post, kind__startswith="publish")
    assert {void_reason(row) for row in publish_rows} == {"state"}
    assert {void_reason(row) for row in Reminder.objects.filter(post=post, kind=Kind.DECIDED)} == {"state"}
    assert told(post, Kind.RECALLED) == {"Penyusun Tokyo", "Kepala Tokyo"}
    assert Reminder.objects.filter(kind=Kind.RECALLED)[0].data["comment"] == "Ada arahan baru."


def test_a_refusal_reaches_the_mission_with_its_reason(cast: Cast) -> None:
    post = post_in(Status.CHANGES_REQUESTED, cast)
    assert told(post, Kind.DECIDED) == {"Penyusun Tokyo", "Kepala Tokyo"}
    row = Reminder.objects.filter(post=post, kind=Kind.DECIDED)[0]
    assert row.data["comment"] == "Sebut tujuannya."
    assert row.data["by"] == "Peninjau Satu"


def test_sending_back_tells_the_drafter_and_not_the_head_who_did_it(cast: Cast) -> None:
    post = drafts.create(mission=cast.tokyo, by=cast.drafter_tokyo, at=NOW, data=data())
    post = submissions.submit(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW)
    submissions.send_back(post=post, by=cast.head_tokyo, version=post.version, at=NOW, comment="Perbaiki judul.")
    assert told(post, Kind.DECIDED) == {"Penyusun Tokyo"}


def test_cancelling_by_headquarters_is_news_to_the_mission_by_itself_not(cast: Cast) -> None:
    by_editor, by_drafter = post_in(Status.APPROVED, cast), post_in(Status.APPROVED, cast)
    Reminder.objects.filter(kind=Kind.DECIDED).delete()
    for post, person in ((by_editor, cast.editor), (by_drafter, cast.drafter_tokyo)):
        submissions.cancel(post=post, by=person, version=post.version, at=NOW, comment="Batal.")
    assert told(by_editor, Kind.DECIDED) == {"Penyusun Tokyo", "Kepala Tokyo"}
    assert told(by_drafter, Kind.DECIDED) == set()


def test_publishing_asks_for_an_answer_to_comments_a_day_later(cast: Cast) -> None:
    post = post_in(Status.PUBLISHED, cast)
    assert post.published_at is not None
    assert due(post, Kind.ANSWER_COMMENTS, cast.drafter_tokyo) == [post.published_at + DAY]
    assert told(post, Kind.ANSWER_COMMENTS) == {"Penyusun Tokyo"}
    rows = Reminder.objects.filter(post=post, kind__startswith="publish")
    assert {void_reason(row) for row in rows} == {"state"}


def test_confirming_one_of_two_channels_keeps_the_reminders(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    publishing.mark_published(
        post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, channels=[{"network": "x"}]
    )
    assert told(post, Kind.ANSWER_COMMENTS) == set()
    assert {void_reason(row) for row in Reminder.objects.filter(post=post, kind=Kind.PUBLISH_NOW)} == {""}


def test_urgent_publication_tells_headquarters_at_once_and_before_its_end(cast: Cast) -> None:
    post = drafts.create(mission=cast.tokyo, by=cast.drafter_tokyo, at=NOW, data=data())
    crisis = Theme.objects.filter(crisis=True, is_active=True)[0].code
    post = publishing.publish_urgent(
        post=post,
        by=cast.head_tokyo,
        version=post.version,
        at=NOW,
        theme=crisis,
        reason="Gempa besar, WNI perlu segera tahu titik kumpul.",
        channels=[{"network": "x"}, {"network": "instagram"}],
    )
    assert told(post, Kind.URGENT_PUBLISHED) == {"Peninjau Satu", "Peninjau Dua", "Pimpinan"}
    at_once, before_end = due(post, Kind.URGENT_PUBLISHED, cast.editor)
    assert at_once == NOW
    assert NOW < before_end < NOW + DAY
    reviews.review_afterwards(
        post=post, by=cast.editor, version=post.version, at=NOW + HOUR, outcome="keep", comment="Tepat.",
        primary_theme=crisis, alignment="strong",
    )  # fmt: skip
    rows = Reminder.objects.filter(post=post, kind=Kind.URGENT_PUBLISHED, recipient=cast.manager, way=Way.EMAIL)
    assert [void_reason(row) for row in rows.order_by("due_at")] == ["", "superseded"]


def test_a_changed_zone_moves_reminders_and_tells_owners_and_editors_in_one_mail(cast: Cast) -> None:
    first, second = (post_in(Status.APPROVED, cast, title=title) for title in ("Satu", "Dua"))
    mission = Mission.objects.get(pk=cast.tokyo.pk)
    mission.timezone = "Asia/Jakarta"
    reference.save_mission(by=cast.admin, at=NOW, mission=mission, fields=["timezone"])
    for post in (first, second):
        post.refresh_from_db()
        assert told(post, Kind.MOVED) == {"Penyusun Tokyo", "Kepala Tokyo"}
        assert told(post, Kind.MOVED, Way.EMAIL) == set()
        current = Reminder.objects.filter(post=post, kind=Kind.PUBLISH_NOW, schedule_version=post.schedule_version)
        assert {row.due_at for row in current} == {post.scheduled_at}
    digests = Reminder.objects.filter(kind=Kind.DIGEST, way=Way.EMAIL)
    assert {row.recipient.name for row in digests} == {
        "Penyusun Tokyo", "Kepala Tokyo", "Peninjau Satu", "Peninjau Dua"
    }  # fmt: skip
    assert [{item["title"] for item in row.data["items"]} for row in digests] == [{"Satu", "Dua"}] * 4


def test_a_muted_kind_is_not_mailed_but_still_noticed(cast: Cast) -> None:
    Person.objects.filter(pk=cast.drafter_tokyo.pk).update(muted_kinds=["publish_soon", "publish_now"])
    post = post_in(Status.APPROVED, cast, scheduled_local="2026-11-28T12:00")
    assert "Penyusun Tokyo" in told(post, Kind.PUBLISH_SOON)
    mails = Reminder.objects.filter(post=post, kind=Kind.PUBLISH_SOON, way=Way.EMAIL)
    stands = {row.recipient: void_reason(row) for row in mails}
    assert stands == {cast.drafter_tokyo: "muted", cast.head_tokyo: ""}
    # this one cannot be muted
    assert told(post, Kind.PUBLISH_NOW, Way.EMAIL) == {"Penyusun Tokyo"}


def test_what_cannot_be_muted() -> None:
    for kind in (Kind.PUBLISH_NOW, Kind.PUBLISH_OVERDUE, Kind.URGENT_PUBLISHED, Kind.HELD):
        assert kind not in MUTABLE_KINDS
    assert Kind.REVIEW_REQUESTED in MUTABLE_KINDS


def test_nobody_inactive_is_told(cast: Cast) -> None:
    Person.objects.filter(pk=cast.head_tokyo.pk).update(is_active=False)
    post = drafts.create(mission=cast.tokyo, by=cast.drafter_tokyo, at=NOW, data=data())
    submissions.submit(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW)
    assert not Reminder.objects.filter(recipient=cast.head_tokyo).exists()


def test_a_silent_mission_hears_nothing_but_headquarters_is_asked(cast: Cast) -> None:
    Mission.objects.filter(pk=cast.jeddah.pk).update(status=Mission.Status.DORMANT)
    cast.jeddah.refresh_from_db()
    post = post_in(Status.APPROVED, cast, jeddah=True)
    assert set(Reminder.objects.filter(post=post).values_list("kind", flat=True)) == {
        Kind.REVIEW_REQUESTED, Kind.REVIEW_DUE
    }  # fmt: skip


def test_a_person_with_both_roles_is_told_once(cast: Cast) -> None:
    Membership.objects.create(person=cast.drafter_tokyo, mission=cast.tokyo, role=Role.HEAD)
    post = post_in(Status.APPROVED, cast)
    rows = Reminder.objects.filter(post=post, kind=Kind.DECIDED, recipient=cast.drafter_tokyo)
    assert rows.count() == len(TO_PEOPLE)


# Holds ---------------------------------------------------------------------------------


def test_a_hold_gives_each_person_one_notice_about_all_their_posts(cast: Cast) -> None:
    posts = [post_in(Status.APPROVED, cast, title=f"Unggahan {n}") for n in range(3)]
    post_in(Status.DRAFT, cast)
    post_in(Status.PUBLISHED, cast)
    hold = holds.make(by=cast.editor, at=NOW, scope="mission", code="kbri-tokyo", reason="Duka nasional.")
    rows = Reminder.objects.filter(kind=Kind.HELD)
    assert {(row.recipient.name, row.way) for row in rows} == {
        (name, way) for name in ("Penyusun Tokyo", "Kepala Tokyo") for way in TO_PEOPLE
    }
    assert rows[0].data["count"] == 3
    assert set(rows[0].data["posts"]) == {post.pk for post in posts}
    assert (rows[0].data["reason"], rows[0].data["hold"]) == ("Duka nasional.", hold.pk)


def test_lifting_names_the_posts_whose_time_has_passed(cast: Cast) -> None:
    post_in(Status.APPROVED, cast, title="Besok")
    post_in(Status.APPROVED, cast, title="Lusa", scheduled_local="2026-11-27T12:00")
    hold = holds.make(by=cast.editor, at=NOW, scope="all", reason="Duka nasional.")
    held = Reminder.objects.filter(kind=Kind.HELD)
    assert {void_reason(row) for row in held} == {""}
    holds.lift(hold=hold, by=cast.editor, at=NOW + timedelta(hours=30))
    assert {void_reason(row) for row in held.all()} == {"lifted"}
    lifted = Reminder.objects.get(kind=Kind.LIFTED, recipient=cast.drafter_tokyo, way=Way.EMAIL)
    assert (lifted.data["count"], lifted.data["passed_count"], lifted.data["passed_titles"]) == (2, 1, ["Besok"])


def test_the_rows_of_a_large_hold_are_written_in_few_queries(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for _n in range(3):
        post_in(Status.APPROVED, cast)
    hold = holds.make(by=cast.editor, at=NOW, scope="all", reason="Duka nasional.")
    with django_assert_max_num_queries(4):
        hold_notices.after_lift(hold, at=NOW)


# Digest when many ----------------------------------------------------------------------


def test_many_requests_within_the_hour_become_one_mail(cast: Cast, settings: Any) -> None:
    settings.DIGEST_FROM = 3
    for n in range(5):
        post_in(Status.IN_REVIEW, cast, jeddah=True, at=NOW + timedelta(minutes=n))
    mails = Reminder.objects.filter(recipient=cast.editor, way=Way.EMAIL, kind=Kind.REVIEW_REQUESTED)
    assert mails.count() == 3
    digest = Reminder.objects.get(recipient=cast.editor, kind=Kind.DIGEST)
    assert digest.due_at == datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
    # notices stay single
    assert Reminder.objects.filter(recipient=cast.editor, way=Way.IN_APP, kind=Kind.REVIEW_REQUESTED).count() == 5


def test_what_goes_out_very_soon_is_mailed_singly_all_the_same(cast: Cast, settings: Any) -> None:
    settings.DIGEST_FROM = 2
    for _n in range(2):
        post_in(Status.IN_REVIEW, cast, jeddah=True)
    post = post_in(Status.IN_REVIEW, cast, jeddah=True, scheduled_local="2026-11-25T06:30")
    assert told(post, Kind.REVIEW_REQUESTED, Way.EMAIL) == {"Peninjau Satu", "Peninjau Dua"}


def test_a_digest_of_requests_is_void_when_nothing_waits_any_more(cast: Cast, settings: Any) -> None:
    settings.DIGEST_FROM = 2
    posts = [post_in(Status.IN_REVIEW, cast, jeddah=True) for _n in range(3)]
    digest = Reminder.objects.get(recipient=cast.editor, kind=Kind.DIGEST)
    assert void_reason(digest) == ""
    for post in posts:
        submissions.withdraw(post=post, by=cast.drafter_jeddah, version=post.version, at=NOW)
    assert Review.objects.filter(closed_at=None).count() == 0
    digest.__dict__.pop("void", None)
    assert void_reason(digest) == "superseded"


# Completeness --------------------------------------------------------------------------


def test_somebody_who_joins_the_mission_gets_the_reminders_of_what_is_approved(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast, scheduled_local="2026-11-25T18:00")
    Membership.objects.create(person=cast.stranger, mission=cast.tokyo, role=Role.DRAFTER)
    assert reminders.complete(at=NOW) == 1
    assert due(post, Kind.PUBLISH_NOW, cast.stranger) == [post.scheduled_at]
    assert reminders.complete(at=NOW) == 0
    publish(post, cast.drafter_tokyo)
    assert reminders.complete(at=NOW) == 0
