"""The table of DESIGN §3: every status × action × role, run through the services."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404

from audit.models import Entry
from calendar_app import access, workflow
from calendar_app.errors import Conflict
from calendar_app.models import Post, Status
from calendar_app.services import drafts, publishing, reviews, schedules, submissions
from calendar_app.workflow import Action
from missions.models import Person
from tests.cast import NOW, Cast, post_in

S = Status
UNPUBLISHED = {S.DRAFT, S.SIGNOFF, S.IN_REVIEW, S.CHANGES_REQUESTED, S.APPROVED, S.MISSED}
MISSION, HEAD, EDITOR = {"drafter_tokyo", "head_tokyo"}, {"head_tokyo"}, {"editor"}
# Written down from DESIGN §3, not from the code: action → (from, who).
EXPECTED: dict[Action, list[tuple[set[Status], set[str]]]] = {
    Action.SAVE: [
        ({S.DRAFT, S.CHANGES_REQUESTED, S.APPROVED, S.MISSED}, MISSION),
        ({S.SIGNOFF}, HEAD),
    ],
    Action.SUBMIT: [({S.DRAFT, S.CHANGES_REQUESTED}, MISSION)],
    Action.SIGN_OFF: [({S.SIGNOFF}, HEAD)],
    Action.SEND_BACK: [({S.SIGNOFF}, HEAD)],
    Action.WITHDRAW: [({S.SIGNOFF, S.IN_REVIEW}, MISSION)],
    Action.APPROVE: [({S.IN_REVIEW}, EDITOR)],
    Action.REQUEST_CHANGES: [({S.IN_REVIEW}, EDITOR)],
    Action.DECLINE: [({S.IN_REVIEW}, EDITOR)],
    Action.RECALL: [({S.APPROVED, S.MISSED}, EDITOR)],
    Action.RESCHEDULE: [({S.APPROVED, S.MISSED}, MISSION)],
    Action.MARK_PUBLISHED: [({S.APPROVED, S.MISSED}, MISSION)],
    Action.PUBLISH_URGENT: [({S.DRAFT, S.CHANGES_REQUESTED, S.SIGNOFF, S.IN_REVIEW}, HEAD)],
    Action.REVIEW_AFTERWARDS: [(set(), EDITOR)],  # only what was published urgently: its own test below
    Action.CANCEL: [(UNPUBLISHED, MISSION | EDITOR)],
    Action.DELETE: [({S.DRAFT}, MISSION)],
    Action.RETRACT: [({S.PUBLISHED}, HEAD | EDITOR)],
}
ROLES = ("drafter_tokyo", "head_tokyo", "editor", "manager", "admin")
LATER = NOW + timedelta(hours=40)  # after the post's time and grace: the missed one is missed

CHANNELS = [{"network": "x"}, {"network": "instagram"}]


def perform(action: Action, post: Post, by: Person, at: Any) -> None:
    """The action with arguments that are right for it."""
    common: dict[str, Any] = {"post": post, "by": by, "version": post.version, "at": at}
    words = {"comment": "Alasan yang jelas."}
    content_hash = post.current_revision.content_hash  # type: ignore[union-attr]
    calls: dict[Action, Callable[[], Any]] = {
        Action.SAVE: lambda: drafts.save(**common, data={"title": "Judul baru"}),
        Action.SUBMIT: lambda: submissions.submit(**common),
        Action.SIGN_OFF: lambda: submissions.sign_off(**common),
        Action.SEND_BACK: lambda: submissions.send_back(**common, **words),
        Action.WITHDRAW: lambda: submissions.withdraw(**common),
        Action.APPROVE: lambda: reviews.approve(
            **common, content_hash=content_hash, primary_theme="ekonomi-produk", alignment="strong"
        ),
        Action.REQUEST_CHANGES: lambda: reviews.request_changes(**common, **words),
        Action.DECLINE: lambda: reviews.decline(**common, **words),
        Action.RECALL: lambda: reviews.recall(**common, **words),
        Action.RESCHEDULE: lambda: schedules.reschedule(
            **common, when=schedules.parse("2026-11-28T12:00", "Asia/Tokyo")
        ),
        Action.MARK_PUBLISHED: lambda: publishing.mark_published(**common, channels=CHANNELS),
        Action.PUBLISH_URGENT: lambda: publishing.publish_urgent(
            **common, theme="pelindungan-krisis", reason="Gempa kuat di Tokyo, WNI perlu tahu.", channels=CHANNELS
        ),
        Action.REVIEW_AFTERWARDS: lambda: reviews.review_afterwards(**common, outcome="retract", **words),
        Action.CANCEL: lambda: submissions.cancel(**common, **words),
        Action.DELETE: lambda: drafts.delete(**common),
        Action.RETRACT: lambda: publishing.retract(**common, **words),
    }
    calls[action]()


def test_the_expectation_covers_every_action_a_person_can_do() -> None:
    by_people = {row.action for row in workflow.TRANSITIONS if row.permission}
    assert set(EXPECTED) == by_people


@pytest.mark.parametrize("status", list(Status))
def test_every_action_and_role(cast: Cast, status: Status) -> None:
    # a time three days ahead, so that acting at LATER is in time where the post is not the missed one
    post = post_in(status, cast, scheduled_local="2026-11-26T12:00" if status == S.MISSED else "2026-11-28T09:00")
    at = LATER if status == S.MISSED else NOW
    wrong = []
    for action, rows in EXPECTED.items():
        for role in ROLES:
            allowed = any(status in sources and role in who for sources, who in rows)
            ever = any(role in who for _sources, who in rows)
            outcome = run(action, post.pk, getattr(cast, role), at)
            wanted = "done" if allowed else ("conflict" if ever else "forbidden")
            if outcome != wanted:
                wrong.append(f"{status} {action} by {role}: {outcome}, expected {wanted}")
    assert wrong == []


def run(action: Action, pk: int, person: Person, at: Any) -> str:
    """Perform and undo; answer what happened, and check that a refusal changed nothing."""
    before = Post.objects.get(pk=pk)
    entries = Entry.objects.count()
    sid = transaction.savepoint()
    try:
        perform(action, Post.objects.get(pk=pk), person, at)
    except PermissionDenied:
        outcome = "forbidden"
    except Conflict:
        outcome = "conflict"
    else:
        outcome = "done"
    new_entries = Entry.objects.count() - entries
    assert new_entries == (1 if outcome == "done" else 0), (action, new_entries)
    if outcome != "done":
        after = Post.objects.get(pk=pk)
        assert (after.status, after.version) == (before.status, before.version)
    transaction.savepoint_rollback(sid)
    return outcome


@pytest.mark.parametrize("status", [S.APPROVED, S.PUBLISHED, S.DRAFT])
def test_check_and_services_agree(cast: Cast, status: Status) -> None:
    """The buttons of a page say what the services do."""
    post = post_in(status, cast, scheduled_local="2026-11-28T09:00")
    for action in EXPECTED:
        for role in ROLES:
            person = getattr(cast, role)
            verdict = workflow.check(post, action, person, NOW)
            assert bool(verdict) == (run(action, post.pk, person, NOW) == "done"), (action, role)


def test_other_missions_see_nothing(cast: Cast) -> None:
    post = post_in(S.PUBLISHED, cast)
    for person in (cast.drafter_jeddah, cast.head_jeddah, cast.stranger):
        with pytest.raises(Http404):
            access.post_for(person, post.pk)


def test_what_went_out_urgently_is_reviewed_by_another(cast: Cast) -> None:
    post = post_in(S.DRAFT, cast)
    perform(Action.PUBLISH_URGENT, post, cast.head_tokyo, NOW)
    for role in ROLES:
        expected = "done" if role == "editor" else "forbidden"
        assert run(Action.REVIEW_AFTERWARDS, post.pk, getattr(cast, role), NOW) == expected


def test_the_submitter_does_not_sign_off(cast: Cast) -> None:
    cast.drafter_tokyo.memberships.create(mission=cast.tokyo, role="head")
    post = post_in(S.DRAFT, cast)
    # submitted while still a drafter only: their role as head came later
    cast.drafter_tokyo.memberships.filter(role="head").delete()
    person = Person.objects.get(pk=cast.drafter_tokyo.pk)
    post = submissions.submit(post=post, by=person, version=1, at=NOW)
    person.memberships.create(mission=cast.tokyo, role="head")
    person = Person.objects.get(pk=person.pk)
    assert not workflow.check(post, Action.SIGN_OFF, person, NOW)
    assert workflow.check(post, Action.SIGN_OFF, cast.head_tokyo, NOW)


def test_the_database_knows_the_same_pairs() -> None:
    assert (S.DRAFT, S.APPROVED) not in workflow.status_pairs()
    assert (S.IN_REVIEW, S.APPROVED) in workflow.status_pairs()
    assert not any(source in (S.DECLINED, S.CANCELLED, S.RETRACTED) for source, _target in workflow.status_pairs())
