"""A post brought through its whole life by the services, with the rules of DESIGN §3 along the way."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from audit.models import Entry
from calendar_app.errors import Conflict
from calendar_app.models import Decision, Post, Revision, Status
from calendar_app.services import drafts, holds, publishing, reviews, schedules, submissions
from tests.cast import NOW, Cast, approve, data, post_in, publish


@pytest.mark.parametrize("status", list(Status))
def test_every_status_can_be_reached_and_leaves_one_entry_per_version(cast: Cast, status: Status) -> None:
    post = post_in(status, cast)
    post.refresh_from_db()
    assert post.status == status
    entries = Entry.objects.filter(object_kind="post", object_id=post.pk).order_by("version")
    assert [entry.version for entry in entries] == list(range(1, post.version + 1))
    assert entries.last().to_status == status


def test_an_unchanged_save_writes_nothing(cast: Cast) -> None:
    post = post_in(Status.DRAFT, cast)
    saved = drafts.save(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, data=data())
    assert saved.version == post.version
    assert Revision.objects.filter(post=post).count() == 1


def test_a_changed_time_makes_a_version_but_no_revision(cast: Cast) -> None:
    post = post_in(Status.DRAFT, cast)
    new = {"scheduled_local": "2026-11-27T09:30"}
    saved = drafts.save(post=post, by=cast.drafter_tokyo, version=1, at=NOW, data=new)
    assert (saved.version, saved.local_date.isoformat(), saved.revisions.count()) == (2, "2026-11-27", 1)


def test_an_edit_voids_the_approval(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    new = {"purpose": "Tujuan lain."}
    saved = drafts.save(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, data=new)
    assert (saved.status, saved.approved_revision_id) == (Status.DRAFT, None)
    assert not Decision.objects.filter(post=post, in_force=True).exists()


def test_a_stale_save_is_refused_and_shows_both_texts(cast: Cast) -> None:
    post = post_in(Status.DRAFT, cast)
    drafts.save(post=post, by=cast.head_tokyo, version=1, at=NOW, data={"title": "Judul kepala"})
    with pytest.raises(Conflict) as caught:
        drafts.save(post=post, by=cast.drafter_tokyo, version=1, at=NOW, data={"title": "Judul penyusun"})
    assert caught.value.mine["title"] == "Judul penyusun"
    assert caught.value.theirs["title"] == "Judul kepala"
    assert caught.value.change is not None
    assert caught.value.change.actor_name == "Kepala Tokyo"


def test_submitting_lists_everything_that_is_missing(cast: Cast) -> None:
    post = drafts.create(mission=cast.tokyo, by=cast.drafter_tokyo, at=NOW, data={})
    with pytest.raises(ValidationError) as caught:
        submissions.submit(post=post, by=cast.drafter_tokyo, version=1, at=NOW)
    assert set(caught.value.message_dict) == {
        "purpose",
        "audience",
        "language",
        "themes",
        "variants",
        "scheduled_local",
    }


def test_a_head_who_submits_signs_off(cast: Cast) -> None:
    post = post_in(Status.DRAFT, cast)
    post = submissions.submit(post=post, by=cast.head_tokyo, version=1, at=NOW)
    assert post.status == Status.IN_REVIEW
    assert Entry.objects.get(object_kind="post", object_id=post.pk, version=2).data == {"signed_off": True}


def test_nobody_decides_on_what_they_wrote(cast: Cast) -> None:
    post = post_in(Status.SIGNOFF, cast)
    cast.head_tokyo.memberships.create(role="editor")
    post = drafts.save(post=post, by=cast.head_tokyo, version=post.version, at=NOW, data={"title": "Dibetulkan"})
    post = submissions.sign_off(post=post, by=cast.head_tokyo, version=post.version, at=NOW)
    cast.editor, editor = cast.head_tokyo, cast.editor
    del cast.editor._grants
    with pytest.raises(PermissionDenied):
        approve(post, cast)
    cast.editor = editor
    assert approve(post, cast).status == Status.APPROVED


def test_an_approval_names_the_hash_that_was_read(cast: Cast) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    with pytest.raises(Conflict):
        reviews.approve(
            post=post,
            by=cast.editor,
            version=post.version,
            at=NOW,
            content_hash="0" * 64,
            primary_theme="ekonomi-produk",
            alignment="strong",
        )


@pytest.mark.parametrize(("days", "status"), [(3, Status.APPROVED), (4, Status.IN_REVIEW)])
def test_a_move_keeps_the_approval_within_three_days(cast: Cast, days: int, status: Status) -> None:
    post = post_in(Status.APPROVED, cast)
    when = schedules.parse(f"2026-11-{26 + days}T12:00", "Asia/Tokyo")
    moved = schedules.reschedule(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, when=when)
    assert (moved.status, moved.schedule_version) == (status, 2)


def test_a_post_is_published_when_every_channel_is_done(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    version = post.version
    one = [{"network": "x", "url": "https://x.com/kbritokyo/status/1"}]
    post = publishing.mark_published(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, channels=one)
    assert (post.status, post.version) == (Status.APPROVED, version)
    with pytest.raises(Conflict):
        drafts.save(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, data={"title": "Lain"})
    other = [{"network": "instagram", "given_up": "Akun terkunci."}]
    post = publishing.mark_published(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, channels=other)
    assert (post.status, post.published_at) == (Status.PUBLISHED, NOW)


def test_urgent_publication_is_flagged_and_reviewed_afterwards(cast: Cast) -> None:
    post = urgent(cast)
    assert (post.status, post.urgent) == (Status.PUBLISHED, True)
    post = reviews.review_afterwards(
        post=post, by=cast.editor, version=post.version, at=NOW, outcome="retract", comment="Titik kumpul keliru."
    )
    assert post.status == Status.RETRACTED


def test_only_a_draft_that_was_never_submitted_is_deleted(cast: Cast) -> None:
    post = post_in(Status.DRAFT, cast)
    drafts.delete(post=post, by=cast.drafter_tokyo, version=1, at=NOW)
    assert not Post.objects.filter(pk=post.pk).exists()
    assert Entry.objects.filter(object_kind="post", object_id=post.pk).count() == 2
    post = post_in(Status.SIGNOFF, cast)
    post = submissions.withdraw(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW)
    with pytest.raises(Conflict):
        drafts.delete(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW)


def test_the_clock_marks_as_missed_what_is_past_its_grace(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    assert post.scheduled_at is not None
    assert publishing.expire_due(at=post.scheduled_at + timedelta(minutes=119)) == 0
    assert publishing.expire_due(at=post.scheduled_at + timedelta(minutes=120)) == 1
    post.refresh_from_db()
    assert publish(post, cast.drafter_tokyo, at=post.scheduled_at + timedelta(hours=3)).status == Status.PUBLISHED


def test_a_channel_given_up_is_open_again_with_another_text(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    by = {"by": cast.drafter_tokyo, "at": NOW}
    given_up = [{"network": "x", "given_up": "Akun terkunci."}]
    post = publishing.mark_published(post=post, version=post.version, channels=given_up, **by)
    only_x = {"variants": [{"network": "x", "text": "Kopi Gayo."}]}
    post = drafts.save(post=post, version=post.version, data=only_x, **by)
    post = submissions.submit(post=post, by=cast.head_tokyo, version=post.version, at=NOW)
    post = approve(post, cast)
    post = publishing.mark_published(post=post, version=post.version, channels=[{"network": "x"}], **by)
    assert post.status == Status.PUBLISHED


def test_a_move_to_the_same_time_changes_nothing(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    when = schedules.parse("2026-11-26T12:00", "Asia/Tokyo")
    same = schedules.reschedule(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, when=when)
    assert (same.version, same.schedule_version) == (post.version, post.schedule_version)


def test_one_post_that_cannot_expire_does_not_stop_the_others(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = post_in(Status.APPROVED, cast), post_in(Status.APPROVED, cast)
    expire = publishing._expire

    def fail_once(pk: int, at: datetime) -> int:
        if pk == bad.pk:
            raise RuntimeError("broken")
        return expire(pk, at)

    monkeypatch.setattr(publishing, "_expire", fail_once)
    assert publishing.expire_due(at=NOW + timedelta(days=3)) == 1
    good.refresh_from_db()
    assert good.status == Status.MISSED
    assert f"post {bad.pk}" in caplog.text


def test_a_hold_is_not_passed_by_with_an_earlier_time(cast: Cast) -> None:
    holds.make(by=cast.editor, at=NOW, scope="mission", code="kbri-tokyo", reason="Duka nasional.")
    later = NOW + timedelta(minutes=10)
    post = post_in(Status.APPROVED, cast, at=later)
    for when, refusal in ((NOW - timedelta(days=9), ValidationError), (later, Conflict)):
        with pytest.raises(refusal):
            publishing.mark_published(
                post=post,
                by=cast.drafter_tokyo,
                version=post.version,
                at=later,
                channels=[{"network": "x", "published_at": when.isoformat()}],
            )


def test_what_went_out_before_the_hold_is_confirmed_and_flagged(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    later = NOW + timedelta(minutes=30)
    holds.make(by=cast.editor, at=later, scope="all", reason="Duka nasional.")
    channels = [
        {"network": code, "published_at": (NOW + timedelta(minutes=5)).isoformat()} for code in ("x", "instagram")
    ]
    post = publishing.mark_published(
        post=post, by=cast.drafter_tokyo, version=post.version, at=later + timedelta(minutes=1), channels=channels
    )
    assert post.status == Status.PUBLISHED
    assert all(row.before_hold for row in post.publications.all())


def test_retracting_does_not_escape_the_review_afterwards(cast: Cast) -> None:
    post = urgent(cast)
    post = publishing.retract(post=post, by=cast.head_tokyo, version=post.version, at=NOW, comment="Keliru.")
    post = reviews.review_afterwards(
        post=post, by=cast.editor, version=post.version, at=NOW, outcome="retract", comment="Memang keliru."
    )
    assert post.status == Status.RETRACTED
    assert not post.reviews.filter(closed_at=None).exists()


def test_an_urgent_post_stands_on_the_calendar_where_it_went_out(cast: Cast) -> None:
    assert urgent(cast, scheduled_local=None).local_date == NOW.date()


@pytest.mark.parametrize(
    "time", ["9999-12-31T23:59", "1999-12-31T23:59", "0001-01-01T00:00", "٢٠٢٦-١١-٢٦T12:00", "2026-1-2T3:4"]
)
def test_times_that_nobody_means_are_refused(cast: Cast, time: str) -> None:
    with pytest.raises(ValidationError):
        post_in(Status.DRAFT, cast, scheduled_local=time)


@pytest.mark.parametrize(
    "zone", ["right/UTC", "localtime", "Factory", "posix/Asia/Tokyo", "Etc/GMT+5", "../etc/passwd"]
)
def test_zones_that_are_no_place_are_refused(cast: Cast, zone: str) -> None:
    with pytest.raises(ValidationError):
        post_in(Status.DRAFT, cast, timezone=zone)


def test_a_reason_of_invisible_characters_is_none(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        urgent(cast, reason="\u200b" * 30)


def test_a_draft_whose_mission_moved_can_still_be_deleted(cast: Cast) -> None:
    post = post_in(Status.DRAFT, cast)
    cast.tokyo.timezone = "Asia/Dubai"
    cast.tokyo.save()
    schedules.rezone(mission=cast.tokyo, old_zone="Asia/Tokyo", by=cast.admin, at=NOW)
    post.refresh_from_db()
    drafts.delete(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW)
    assert not Post.objects.filter(pk=post.pk).exists()


def urgent(cast: Cast, reason: str = "Gempa kuat, WNI perlu tahu titik kumpul.", **changes: Any) -> Post:
    post = post_in(Status.DRAFT, cast, **changes)
    return publishing.publish_urgent(
        post=post,
        by=cast.head_tokyo,
        version=1,
        at=NOW,
        theme="pelindungan-krisis",
        reason=reason,
        channels=[{"network": "x"}, {"network": "instagram"}],
    )
