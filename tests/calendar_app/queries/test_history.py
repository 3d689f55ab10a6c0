"""The timeline of a post: revisions with their differences, decisions and audit entries, tied together."""

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calendar_app.models import Post, Status, Way
from calendar_app.queries.history import Piece, history, pieces
from calendar_app.services import acknowledgements, drafts, submissions
from tests import cast as make
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def test_events_carry_the_revision_and_the_decision_they_stand_for(cast: Cast) -> None:
    post = make.post_in(Status.CHANGES_REQUESTED, cast)
    drafter = cast.drafter_tokyo
    post = drafts.save(post=post, by=drafter, version=post.version, at=NOW, data={"purpose": "Tujuan yang jelas"})
    post = submissions.submit(post=post, by=drafter, version=post.version, at=NOW)
    post = submissions.sign_off(post=post, by=cast.head_tokyo, version=post.version, at=NOW)
    make.approve(post, cast)
    found = history(Post.objects.get(pk=post.pk))
    assert [event.entry.action for event in found.events] == [
        "create",
        "submit",
        "sign_off",
        "request_changes",
        "save",
        "submit",
        "sign_off",
        "approve",
    ]
    numbers = {event.entry.action: event.step.revision.number for event in found.events if event.step}
    assert numbers == {"create": 1, "save": 2}
    assert [event.decision.outcome for event in found.events if event.decision] == ["request_changes", "approve"]
    assert found.events[3].comment == "Sebut tujuannya."
    assert [change.field for change in found.revisions[1].changes] == ["purpose"]


def test_who_took_it_on_is_told(cast: Cast) -> None:
    post, other = make.post_in(Status.APPROVED, cast), make.post_in(Status.APPROVED, cast)
    for one, by in ((post, cast.drafter_tokyo), (other, cast.head_tokyo)):
        version = one.schedule_version
        acknowledgements.acknowledge(post=one, schedule_version=version, by=by, way=Way.EMAIL, at=NOW)
    make.publish(post, cast.drafter_tokyo)
    found = history(Post.objects.get(pk=post.pk))
    taken = [event for event in found.events if event.entry.action == "acknowledge"]
    assert [(event.name, event.entry.actor_name) for event in taken] == [("Ditangani", cast.drafter_tokyo.name)]
    assert found.events.index(taken[0]) < len(found.events) - 1
    assert "acknowledge" not in {entry.action for entry in found.entries}


def test_time_alone_makes_no_revision(cast: Cast) -> None:
    post = make.post_in(Status.DRAFT, cast)
    drafts.save(post=post, by=cast.drafter_tokyo, version=1, at=NOW, data={"scheduled_local": "2026-11-27T09:00"})
    found = history(post)
    assert len(found.revisions) == 1
    assert [event.step is not None for event in found.events] == [True, False]


def test_channel_that_came_or_went_is_a_change(cast: Cast) -> None:
    post = make.post_in(Status.DRAFT, cast)
    only_x = [{"network": "x", "text": "Kopi"}, {"network": "website", "title": "Judul", "text": "Panjang"}]
    drafts.save(post=post, by=cast.drafter_tokyo, version=1, at=NOW, data={"variants": only_x})
    changes = {change.field: (change.before, change.after) for change in history(post).revisions[1].changes}
    assert changes["variants.instagram"] == ("Kopi Gayo dari Aceh Tengah. #KopiIndonesia", "")
    assert changes["title.website"] == ("", "Judul")


def test_queries_do_not_grow_with_revisions(cast: Cast) -> None:
    post = make.post_in(Status.DRAFT, cast)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            history(post)
        return len(queries)

    few = count()
    for number in range(5):
        post = drafts.save(
            post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, data={"title": f"Judul {number}"}
        )
    assert count() <= few + 0


def test_pieces_lead_from_one_text_to_the_other() -> None:
    found = pieces("Kopi Gayo dari Aceh", "Kopi Gayo enak dari Aceh Tengah")
    assert "".join(piece.text for piece in found if piece.kind != "new") == "Kopi Gayo dari Aceh"
    assert "".join(piece.text for piece in found if piece.kind != "gone") == "Kopi Gayo enak dari Aceh Tengah"
    assert found[1] == Piece("new", "enak ")


def test_scripts_without_spaces_are_compared_by_character() -> None:
    assert [piece.text for piece in pieces("東京のコーヒー", "東京の珈琲") if piece.kind == "same"] == ["東京の"]


def test_arabic_words_stay_whole() -> None:
    assert [piece.text for piece in pieces("أهلا وسهلا بكم", "أهلا بكم") if piece.kind == "gone"] == ["وسهلا "]


def test_long_texts_are_not_compared_word_by_word() -> None:
    started = time.perf_counter()
    assert pieces("a " * 50_000, "b " * 50_000) == ()
    assert time.perf_counter() - started < 5


def test_an_event_says_what_became_of_the_post_unless_its_name_says_so(cast: Cast) -> None:
    found = history(make.post_in(Status.APPROVED, cast))
    assert [(event.shape, event.becomes) for event in found.events] == [
        ("draft", "Draf"),
        ("waiting", "Menunggu paraf"),
        ("waiting", "Menunggu tinjauan"),
        ("approved", ""),
    ]
