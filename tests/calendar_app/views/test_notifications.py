"""A person's notices: newest first, read by opening."""

import html
import re
from collections.abc import Callable
from datetime import timedelta
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


def rows_of(response: Any) -> list[Notification]:
    """All notices of the page in their order, those that are folded in, too."""
    threads = [thread for _day, threads in response.context["days"] for thread in threads]
    return [one.row.notice for thread in threads for one in (thread.newest, *thread.older)]


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
    assert [row.kind for row in rows_of(response)] == [Kind.PUBLISH_NOW, Kind.DECIDED]
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
    assert [row.kind for row in rows_of(page)] == [Kind.DIGEST]
    assert page.context["frame"].unread == 1
    assert client.post(f"/notifications/{of_post.pk}/open/").status_code == 404
    answer = client.get("/api/v1/notifications/").json()["results"]
    assert [row["kind"] for row in answer] == [Kind.DIGEST]
    client.post("/notifications/read/")
    of_post.refresh_from_db()
    assert of_post.read_at is None
    rows = rows_of(sign_in(cast.editor).get("/notifications/"))
    assert rows == [of_editor]


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
    assert [row.pk for row in rows_of(first)] == told[:0:-1]
    second = client.get("/notifications/" + first.context["next"])
    assert [row.pk for row in rows_of(second)] == told[:1]
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


# By the same post, and taken care of ----------------------------------------------------


def test_notices_about_the_same_post_stand_together(cast: Cast, sign_in: SignIn) -> None:
    one, other = post_in(Status.APPROVED, cast, title="Kopi"), post_in(Status.APPROVED, cast, title="Teh")
    told = [tell(cast.drafter_tokyo, kind, post) for kind, post in (
        (Kind.DECIDED, one), (Kind.PUBLISH_SOON, other), (Kind.PUBLISH_SOON, one), (Kind.HELD, None), (Kind.HELD, None)
    )]  # fmt: skip
    client = sign_in(cast.drafter_tokyo)
    response = client.get("/notifications/")
    (_day, threads) = response.context["days"][0]
    keys = [[row.row.notice.pk for row in (thread.newest, *thread.older)] for thread in threads]
    assert keys == [[told[4].pk], [told[3].pk], [told[2].pk, told[0].pk], [told[1].pk]]
    assert "1 pemberitahuan sebelumnya tentang unggahan ini" in text_of(response)
    client.post(f"/notifications/{told[2].pk}/open/")
    unread = Notification.objects.filter(recipient=cast.drafter_tokyo, read_at=None)
    assert set(unread.values_list("pk", flat=True)) == {told[1].pk, told[3].pk, told[4].pk}


def approved(cast: Cast, **more: Any) -> Post:
    return post_in(Status.APPROVED, cast, **more)


def test_one_press_takes_care_and_everybody_sees_who(cast: Cast, sign_in: SignIn) -> None:
    post = approved(cast, title="Kopi")
    mine, theirs = tell(cast.drafter_tokyo, Kind.PUBLISH_NOW, post), tell(cast.head_tokyo, Kind.PUBLISH_SOON, post)
    Reminder.objects.filter(identity__startswith="t").update(schedule_version=post.schedule_version)
    client = sign_in(cast.drafter_tokyo)
    assert "Saya tangani" in text_of(client.get("/notifications/"))
    response = client.post(f"/notifications/{mine.pk}/acknowledge/", follow=True)
    assert response.redirect_chain == [(f"/notifications/#n-{mine.pk}", 302)]
    text = text_of(response)
    assert "Tercatat: Anda menangani “Kopi”." in text
    assert "Saya tangani" not in text
    head = sign_in(cast.head_tokyo)
    text = re.sub(r"<[^>]+>", "", text_of(head.get("/notifications/")))
    assert "Ditangani oleh Penyusun Tokyo, hari ini 11.00" in text
    assert "Saya tangani" in text  # who else takes care may say so
    assert head.post(f"/notifications/{mine.pk}/acknowledge/").status_code == 404
    assert theirs.pk


def test_nothing_is_to_be_taken_care_of_once_it_has_another_time(cast: Cast, sign_in: SignIn) -> None:
    post = approved(cast)
    old, news = tell(cast.drafter_tokyo, Kind.PUBLISH_NOW, post), tell(cast.drafter_tokyo, Kind.DECIDED, post)
    client = sign_in(cast.drafter_tokyo)
    assert "Saya tangani" not in text_of(client.get("/notifications/"))
    for row, words in ((old, "waktu tayangnya sudah berubah"), (news, "tidak minta ditangani")):
        assert words in text_of(client.post(f"/notifications/{row.pk}/acknowledge/", follow=True))


def test_whom_to_call_stands_with_what_nobody_answers(cast: Cast, sign_in: SignIn) -> None:
    tell(cast.editor, Kind.ESCALATED, approved(cast), offset="desk")
    text = text_of(sign_in(cast.editor).get("/notifications/"))
    assert "KBRI Tokyo belum menanggapi" in text
    assert "Penyusun Tokyo, penyusun: drafter.tokyo@test.example" in text
    assert "Kepala Tokyo, kepala perwakilan: head.tokyo@test.example" in text


def test_who_stands_in_reads_for_whom_and_what_came_late_says_so(cast: Cast, sign_in: SignIn) -> None:
    row = tell(cast.head_tokyo, Kind.PUBLISH_NOW, approved(cast))
    Reminder.objects.filter(pk=row.reminder_id).update(
        stands_in_for=cast.drafter_tokyo, due_at=NOW - timedelta(minutes=40)
    )
    text = text_of(sign_in(cast.head_tokyo).get("/notifications/"))
    assert "Anda menggantikan Penyusun Tokyo" in text
    assert "Terlambat sampai karena gangguan atau penahanan; seharusnya Rabu, 25 November 2026, 10.20" in text
    assert "Waktunya sudah tiba" in text


def test_taking_care_asks_no_more_with_more_rows(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.editor)
    counts = []
    for _round in range(2):
        for number in range(3):
            post = approved(cast, jeddah=number % 2 == 0)
            tell(cast.editor, Kind.ESCALATED, post)
            tell(cast.editor, Kind.PUBLISH_OVERDUE, post)
        client.get("/notifications/")
        with CaptureQueriesContext(connection) as asked:
            client.get("/notifications/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


# The number beside the bell -------------------------------------------------------------


def test_the_number_and_what_is_new(cast: Cast, sign_in: SignIn) -> None:
    post = approved(cast, title="Kopi")
    client = sign_in(cast.drafter_tokyo)
    assert client.get("/notifications/count/").json()["label"] == "Pemberitahuan"
    first = tell(cast.drafter_tokyo, Kind.PUBLISH_SOON, post)
    answer = client.get("/notifications/count/", {"since": int(NOW.timestamp())}).json()
    assert (answer["unread"], answer["newest"], answer["label"]) == (1, first.pk, "Pemberitahuan, 1 baru")
    assert answer["new"] == [
        {"id": first.pk, "title": "Tayang dalam 24 jam: Kopi", "step": "Lihat unggahan",
         "open": f"/notifications/{first.pk}/open/"}
    ]  # fmt: skip
    assert client.get("/notifications/count/", {"since": int(NOW.timestamp()) + 1}).json()["new"] == []
    later = tell(cast.drafter_tokyo, Kind.PUBLISH_NOW, post)
    answer = client.get("/notifications/count/", {"after": first.pk}).json()
    assert [row["id"] for row in answer["new"]] == [later.pk]


@pytest.mark.parametrize("query", [{"after": "x"}, {"since": "9" * 20}, {"after": "-1"}, {}])
def test_strange_questions_are_answered_with_the_number(cast: Cast, sign_in: SignIn, query: dict[str, str]) -> None:
    tell(cast.drafter_tokyo, Kind.PUBLISH_NOW, approved(cast))
    answer = sign_in(cast.drafter_tokyo).get("/notifications/count/", query).json()
    assert (answer["unread"], answer["new"]) == (1, [])


def test_while_nothing_changes_it_costs_one_question(cast: Cast, sign_in: SignIn) -> None:
    tell(cast.drafter_tokyo, Kind.PUBLISH_NOW, approved(cast))
    client = sign_in(cast.drafter_tokyo)
    first = client.get("/notifications/count/")
    with CaptureQueriesContext(connection) as asked:
        same = client.get("/notifications/count/", headers={"If-None-Match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    # the session, the person and their roles come with every request
    assert len(asked) == 4
    Notification.objects.update(read_at=NOW)
    assert client.get("/notifications/count/", headers={"If-None-Match": first["ETag"]}).json()["unread"] == 0


def test_the_number_needs_a_sign_in(client: Client, cast: Cast) -> None:
    assert client.get("/notifications/count/").status_code == 302
