"""Moving a post: what it would mean in every status, and that it does just that."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from audit.models import Entry
from calendar_app.errors import Conflict
from calendar_app.models import Post, Status
from calendar_app.services import holds, moves, publishing, schedules
from calendar_app.services.moves import Kind
from calendar_app.workflow import Action
from tests.cast import NOW, Cast, post_in

NEAR, FAR, PAST = "2026-11-28T09:00", "2026-12-24T09:00", "2026-11-24T09:00"


def when(local: str, zone: str = "Asia/Tokyo") -> schedules.When:
    return schedules.parse(local, zone)


def meaning(post: Post, by: Any, local: str, **at: Any) -> moves.Meaning:
    return moves.meaning(post=post, by=by, at=at.get("at", NOW), when=when(local, post.timezone))


def move(post: Post, by: Any, local: str, *, agreed: bool = False, version: int = 0, at: Any = NOW) -> moves.Moved:
    return moves.move(
        post=post, by=by, version=version or post.version, at=at, when=when(local, post.timezone), agreed=agreed
    )


LIFE = {
    # status: who, what a near and a far move mean
    Status.DRAFT: ("drafter_tokyo", Kind.STAYS, Kind.STAYS),
    Status.CHANGES_REQUESTED: ("drafter_tokyo", Kind.STAYS, Kind.STAYS),
    Status.SIGNOFF: ("head_tokyo", Kind.STAYS, Kind.STAYS),
    Status.IN_REVIEW: ("head_tokyo", Kind.REFUSED, Kind.REFUSED),
    Status.APPROVED: ("drafter_tokyo", Kind.STAYS, Kind.REVIEW),
    Status.MISSED: ("drafter_tokyo", Kind.STAYS, Kind.REVIEW),
    Status.PUBLISHED: ("head_tokyo", Kind.REFUSED, Kind.REFUSED),
    Status.DECLINED: ("head_tokyo", Kind.REFUSED, Kind.REFUSED),
    Status.CANCELLED: ("head_tokyo", Kind.REFUSED, Kind.REFUSED),
    Status.RETRACTED: ("head_tokyo", Kind.REFUSED, Kind.REFUSED),
}


def test_every_status_is_in_the_table() -> None:
    assert set(LIFE) == set(Status)


@pytest.mark.parametrize("status", LIFE)
@pytest.mark.parametrize("local", [NEAR, FAR])
def test_a_move_does_what_it_was_said_to_mean(cast: Cast, status: Status, local: str) -> None:
    who, near, far = LIFE[status]
    by, post = getattr(cast, who), post_in(status, cast)
    version = post.version
    said = meaning(post, by, local)
    assert said.kind == (near if local == NEAR else far)
    assert said.text
    if said.kind == Kind.REFUSED:
        with pytest.raises(Conflict) as caught:
            move(post, by, local, agreed=True)
        assert said.text in caught.value.message
        assert Post.objects.get(pk=post.pk).version == version
        return
    moved = move(post, by, local, agreed=True)
    assert moved.kind == said.kind
    assert schedules.when_of(Post.objects.get(pk=post.pk)) == when(local)
    stays = Status.APPROVED if status == Status.MISSED else status
    assert moved.post.status == (Status.IN_REVIEW if said.kind == Kind.REVIEW else stays)
    assert moved.post.version == version + 1
    entry = Entry.objects.filter(object_id=post.pk).latest("id")
    assert entry.action == (Action.RESCHEDULE if status in (Status.APPROVED, Status.MISSED) else Action.SAVE)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.SIGNOFF, Status.CHANGES_REQUESTED])
def test_a_move_makes_no_new_revision(cast: Cast, status: Status) -> None:
    post = post_in(status, cast)
    moved = move(post, cast.head_tokyo, NEAR)
    assert moved.post.current_revision_id == post.current_revision_id
    assert post.revisions.count() == 1


def test_a_move_that_ends_the_approval_needs_agreement(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    with pytest.raises(schedules.NotAgreedError):
        move(post, cast.drafter_tokyo, FAR)
    assert Post.objects.get(pk=post.pk).status == Status.APPROVED
    assert move(post, cast.drafter_tokyo, FAR, agreed=True).post.status == Status.IN_REVIEW


def test_a_hold_made_meanwhile_makes_the_move_ask(cast: Cast) -> None:
    """What was true when the person looked is asked again when it is done."""
    post = post_in(Status.APPROVED, cast)
    assert meaning(post, cast.drafter_tokyo, NEAR).kind == Kind.STAYS
    holds.make(by=cast.editor, at=NOW, scope="mission", code="kbri-tokyo", reason="Duka nasional.")
    said = meaning(post, cast.drafter_tokyo, NEAR)
    assert said.kind == Kind.REVIEW
    assert "Duka nasional." in said.text
    with pytest.raises(schedules.NotAgreedError):
        move(post, cast.drafter_tokyo, NEAR)


@pytest.mark.parametrize("status", [Status.DRAFT, Status.SIGNOFF, Status.CHANGES_REQUESTED, Status.APPROVED])
def test_nothing_is_moved_into_the_past(cast: Cast, status: Status) -> None:
    post = post_in(status, cast)
    said = meaning(post, cast.head_tokyo, PAST)
    assert (said.kind, said.text) == (Kind.REFUSED, "Waktunya sudah lewat. Pilih waktu yang akan datang.")
    with pytest.raises(ValidationError):
        move(post, cast.head_tokyo, PAST, agreed=True)
    assert Post.objects.get(pk=post.pk).version == post.version


def test_the_time_it_has_already_writes_nothing(cast: Cast) -> None:
    for status in (Status.DRAFT, Status.APPROVED):
        post = post_in(status, cast)
        assert meaning(post, cast.drafter_tokyo, "2026-11-26T12:00").kind == Kind.SAME
        moved = move(post, cast.drafter_tokyo, "2026-11-26T12:00")
        assert (moved.kind, moved.back, moved.post.version) == (Kind.SAME, None, post.version)


def test_a_waiting_post_says_that_it_can_be_withdrawn(cast: Cast) -> None:
    signoff, review = post_in(Status.SIGNOFF, cast), post_in(Status.IN_REVIEW, cast)
    for post in (signoff, review):
        said = meaning(post, cast.drafter_tokyo, NEAR)
        assert (said.kind, said.instead) == (Kind.REFUSED, Action.WITHDRAW)
    assert "atau minta Kepala Perwakilan" in meaning(signoff, cast.drafter_tokyo, NEAR).text
    assert meaning(post_in(Status.PUBLISHED, cast), cast.drafter_tokyo, NEAR).instead is None


def test_once_a_channel_is_out_the_time_stands(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    publishing.mark_published(
        post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, channels=[{"network": "x"}]
    )
    said = meaning(post, cast.drafter_tokyo, NEAR)
    assert (said.kind, said.text[:29]) == (Kind.REFUSED, "Salah satu kanal sudah tayang")
    with pytest.raises(Conflict):
        move(post, cast.drafter_tokyo, NEAR)


def test_others_do_not_move_posts(cast: Cast) -> None:
    post = post_in(Status.DRAFT, cast)
    for person in (cast.editor, cast.manager, cast.drafter_jeddah):
        with pytest.raises(PermissionDenied):
            move(post, person, NEAR)


def test_a_stale_move_tells_who_was_first(cast: Cast) -> None:
    for status in (Status.DRAFT, Status.APPROVED):
        post = post_in(status, cast)
        version = post.version
        move(post, cast.head_tokyo, "2026-11-27T10:00")
        with pytest.raises(Conflict) as caught:
            move(post, cast.drafter_tokyo, NEAR, version=version)
        assert caught.value.change is not None
        assert caught.value.change.actor_name == "Kepala Tokyo"
        assert caught.value.mine["scheduled_local"] == NEAR


# The way back --------------------------------------------------------------------------


@pytest.mark.parametrize("status", [Status.DRAFT, Status.APPROVED])
def test_undoing_leads_to_the_very_same_time(cast: Cast, status: Status) -> None:
    post = post_in(status, cast)
    before = schedules.when_of(post)
    moved = move(post, cast.drafter_tokyo, NEAR)
    assert moved.back == before
    undone = moves.move(
        post=post, by=cast.drafter_tokyo, version=moved.post.version, at=NOW, when=moved.back, agreed=False
    )
    assert (schedules.when_of(undone.post), undone.post.status) == (before, status)


def test_a_move_to_review_is_not_undone(cast: Cast) -> None:
    assert move(post_in(Status.APPROVED, cast), cast.drafter_tokyo, FAR, agreed=True).back is None


def test_a_time_that_has_passed_is_no_way_back(cast: Cast) -> None:
    missed = post_in(Status.MISSED, cast)
    later = NOW + timedelta(days=2)
    assert move(missed, cast.drafter_tokyo, "2026-11-28T09:00", at=later).back is None
    late = post_in(Status.DRAFT, cast, scheduled_local="2026-11-24T09:00")
    assert move(late, cast.drafter_tokyo, NEAR).back is None


def test_a_post_without_a_time_is_given_one(cast: Cast) -> None:
    post = post_in(Status.DRAFT, cast, scheduled_local=None)
    moved = move(post, cast.drafter_tokyo, NEAR)
    assert (schedules.when_of(moved.post), moved.back) == (when(NEAR), None)
