"""A person's notices: newest first, read by opening."""

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calendar_app.models import Kind, Notification, Post, Reminder, State, Status, Way
from missions.models import Person
from tests.cast import NOW, Cast, post_in

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.usefixtures("frozen")


def text_of(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


def rows_of(response: Any) -> list[Any]:
    return [row for _day, rows in response.context["days"] for row in rows]


def tell(person: Person, kind: Kind, post: Post | None, **data: Any) -> Notification:
    number = Reminder.objects.count()
    reminder = Reminder.objects.create(
        identity=f"t{number}", kind=kind, way=Way.IN_APP, post=post, recipient=person, due_at=NOW, valid_until=NOW,
        state=State.SENT, sent_at=NOW, data=data,
    )  # fmt: skip
    return Notification.objects.create(
        recipient=person, kind=kind, post=post, reminder=reminder, data=data, created_at=NOW
    )


def test_they_stand_newest_first_in_words_with_the_next_step(cast: Cast, sign_in: SignIn) -> None:
    post = post_in(Status.CHANGES_REQUESTED, cast, title="Kopi")
    tell(
        cast.drafter_tokyo, Kind.DECIDED, post, action="request_changes", by="Peninjau Satu", comment="Sebut hasilnya."
    )
    tell(cast.drafter_tokyo, Kind.PUBLISH_NOW, post)
    tell(cast.drafter_jeddah, Kind.PUBLISH_NOW, post)
    response = sign_in(cast.drafter_tokyo).get("/notifications/")
    assert [row.kind for row, _words in rows_of(response)] == [Kind.PUBLISH_NOW, Kind.DECIDED]
    text = text_of(response)
    assert "Perlu perbaikan: Kopi" in text
    assert "Sebut hasilnya." in text
    assert "Belum dibaca:" in text


def test_opening_reads_it_and_goes_where_it_leads(cast: Cast, sign_in: SignIn) -> None:
    post = post_in(Status.APPROVED, cast)
    row = tell(cast.drafter_tokyo, Kind.PUBLISH_NOW, post)
    client = sign_in(cast.drafter_tokyo)
    assert client.get(f"/notifications/{row.pk}/open/").status_code == 405
    response = client.post(f"/notifications/{row.pk}/open/")
    assert response["Location"] == f"/posts/{post.pk}/publish/"
    row.refresh_from_db()
    assert row.read_at == NOW


def test_anothers_notice_is_not_there(cast: Cast, sign_in: SignIn) -> None:
    row = tell(cast.drafter_tokyo, Kind.PUBLISH_NOW, post_in(Status.APPROVED, cast))
    assert sign_in(cast.head_tokyo).post(f"/notifications/{row.pk}/open/").status_code == 404
    row.refresh_from_db()
    assert row.read_at is None


def test_who_left_a_mission_reads_no_more_of_its_posts(cast: Cast, sign_in: SignIn) -> None:
    """Titles are read when the page is: without this, those of today would still reach them."""
    of_post = tell(cast.drafter_tokyo, Kind.PUBLISH_NOW, post_in(Status.APPROVED, cast, title="Rahasia"))
    tell(cast.drafter_tokyo, Kind.DIGEST, None, items=[])
    of_editor = tell(cast.editor, Kind.DECIDED, of_post.post)
    assert "Rahasia" in text_of(sign_in(cast.drafter_tokyo).get("/notifications/"))
    cast.drafter_tokyo.memberships.all().delete()
    client = sign_in(Person.objects.get(pk=cast.drafter_tokyo.pk))
    page = client.get("/notifications/")
    assert "Rahasia" not in text_of(page)
    assert [row.kind for row, _words in rows_of(page)] == [Kind.DIGEST]
    assert page.context["frame"].unread == 1
    assert client.post(f"/notifications/{of_post.pk}/open/").status_code == 404
    answer = client.get("/api/v1/notifications/").json()["results"]
    assert [row["kind"] for row in answer] == [Kind.DIGEST]
    client.post("/notifications/read/")
    of_post.refresh_from_db()
    assert of_post.read_at is None
    rows = rows_of(sign_in(cast.editor).get("/notifications/"))
    assert [row for row, _words in rows] == [of_editor]


def test_all_are_read_at_once_but_nobody_elses(cast: Cast, sign_in: SignIn) -> None:
    post = post_in(Status.APPROVED, cast)
    mine, theirs = tell(cast.drafter_tokyo, Kind.PUBLISH_NOW, post), tell(cast.head_tokyo, Kind.PUBLISH_SOON, post)
    client = sign_in(cast.drafter_tokyo)
    assert "Tandai semua dibaca" in text_of(client.get("/notifications/"))
    response = client.post("/notifications/read/", follow=True)
    assert "1 ditandai sudah dibaca" in text_of(response)
    assert "Tandai semua dibaca" not in text_of(response)
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.read_at, theirs.read_at) == (NOW, None)


def test_older_ones_are_on_the_next_page(cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calendar_app.views.notifications.PAGE", 2)
    post = post_in(Status.APPROVED, cast)
    told = [tell(cast.drafter_tokyo, Kind.PUBLISH_NOW, post).pk for _ in range(3)]
    client = sign_in(cast.drafter_tokyo)
    first = client.get("/notifications/")
    assert [row.pk for row, _words in rows_of(first)] == told[:0:-1]
    second = client.get("/notifications/" + first.context["next"])
    assert [row.pk for row, _words in rows_of(second)] == told[:1]
    assert second.context["next"] is None


@pytest.mark.parametrize("after", ["x", "-1", "9" * 40, "²"])
def test_a_strange_page_is_the_first(after: str, cast: Cast, sign_in: SignIn) -> None:
    tell(cast.drafter_tokyo, Kind.PUBLISH_NOW, post_in(Status.APPROVED, cast))
    assert len(rows_of(sign_in(cast.drafter_tokyo).get("/notifications/", {"after": after}))) == 1


def test_nothing_yet(cast: Cast, sign_in: SignIn) -> None:
    assert "Belum ada pemberitahuan" in text_of(sign_in(cast.stranger).get("/notifications/"))


def test_they_do_not_ask_more_with_more_rows(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.editor)
    tell(cast.editor, Kind.REVIEW_REQUESTED, post_in(Status.IN_REVIEW, cast))
    client.get("/notifications/")
    with CaptureQueriesContext(connection) as few:
        client.get("/notifications/")
    for _ in range(4):
        tell(cast.editor, Kind.REVIEW_REQUESTED, post_in(Status.IN_REVIEW, cast, jeddah=True))
    with CaptureQueriesContext(connection) as many:
        client.get("/notifications/")
    assert len(many) == len(few)


def test_they_stand_by_the_days_of_ones_own_mission(cast: Cast, sign_in: SignIn) -> None:
    late = tell(cast.drafter_tokyo, Kind.PUBLISH_NOW, post_in(Status.APPROVED, cast))
    # 16.00 UTC on the 23rd is the 24th in Tokyo
    Notification.objects.filter(pk=late.pk).update(created_at=NOW.replace(day=23, hour=16))
    tell(cast.drafter_tokyo, Kind.PUBLISH_NOW, late.post)
    response = sign_in(cast.drafter_tokyo).get("/notifications/")
    assert [f"{day:%d}" for day, _rows in response.context["days"]] == ["25", "24"]
    text = text_of(response)
    assert "Hari ini, " in text
    assert "Kemarin, " in text
