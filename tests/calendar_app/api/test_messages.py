"""Reminders and notices by API."""

from typing import Any

from calendar_app.models import Notification, Reminder, Status, Webhook
from calendar_app.services import outbox
from tests.cast import NOW, Cast, post_in


def reminders(caller: Any, **query: Any) -> list[dict[str, Any]]:
    answer = caller.get("reminders/", page_size=100, **query)
    assert answer.status_code == 200, answer.content
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def test_reminders_tell_who_is_told_what_and_when(cast: Cast, api: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    rows = reminders(api(cast.drafter_tokyo), post=post.pk)
    now = next(row for row in rows if row["kind"] == "publish_now" and row["way"] == "in_app")
    assert now["due_at"] == "2026-11-26T03:00:00Z"
    assert now["recipient"]["email"] == cast.drafter_tokyo.email
    assert (now["post"], now["state"], now["schedule_version"]) == (post.pk, "pending", post.schedule_version)
    assert [row["due_at"] for row in rows] == sorted(row["due_at"] for row in rows)


def test_a_move_makes_the_old_ones_void(cast: Cast, api: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    caller = api(cast.drafter_tokyo)
    moved = caller.post(f"posts/{post.pk}/reschedule/", version=post.version, scheduled_local="2026-11-27T12:00").json()
    states = {
        (row["schedule_version"], row["state"])
        for row in reminders(caller, post=post.pk)
        if row["kind"] == "publish_now"
    }
    assert states == {(post.schedule_version, "void"), (moved["schedule_version"], "pending")}


def test_a_mission_reads_the_reminders_of_its_own_posts(cast: Cast, api: Any) -> None:
    tokyo, jeddah = post_in(Status.APPROVED, cast), post_in(Status.APPROVED, cast, jeddah=True)
    assert {row["post"] for row in reminders(api(cast.drafter_tokyo))} == {tokyo.pk}
    assert {row["post"] for row in reminders(api(cast.manager))} >= {tokyo.pk, jeddah.pk}
    assert reminders(api(cast.stranger)) == []
    assert api(cast.drafter_tokyo).get("reminders/", post="x").status_code == 400


def test_the_lists_take_as_many_queries_for_twice_the_rows(cast: Cast, api: Any) -> None:
    caller = api(cast.editor)
    post_in(Status.APPROVED, cast)
    outbox.tick(at=NOW)
    few = caller.queries("reminders/"), caller.queries("notifications/")
    for _ in range(2):
        post_in(Status.APPROVED, cast, jeddah=True)
    outbox.tick(at=NOW)
    assert (caller.queries("reminders/"), caller.queries("notifications/")) == few


def test_notices_are_read_once(cast: Cast, api: Any) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    outbox.tick(at=NOW)
    caller = api(cast.editor)
    rows = caller.get("notifications/").json()["results"]
    assert rows
    notice = rows[0]
    assert (notice["kind"], notice["post"], notice["read_at"]) == ("review_requested", post.pk, None)
    assert post.title in notice["text"]
    assert notice["url"] == f"http://testserver/review/{post.pk}/"
    read = caller.post(f"notifications/{notice['id']}/read/").json()
    assert read["read_at"] == "2026-11-25T02:00:00Z"
    assert caller.post(f"notifications/{notice['id']}/read/").json() == read
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)


def test_nobody_reads_the_notices_of_others(cast: Cast, api: Any) -> None:
    post_in(Status.IN_REVIEW, cast)
    outbox.tick(at=NOW)
    theirs = Notification.objects.filter(recipient=cast.editor).first()
    assert theirs is not None
    caller = api(cast.editor2)
    absent = caller.post(f"notifications/{theirs.pk + 1000}/read/")
    assert caller.post(f"notifications/{theirs.pk}/read/").content == absent.content
    assert absent.status_code == 404
    assert theirs.pk not in [row["id"] for row in caller.get("notifications/").json()["results"]]


def test_taking_care_by_api(cast: Cast, api: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    assert post.scheduled_at is not None
    outbox.tick(at=post.scheduled_at)
    caller = api(cast.drafter_tokyo)
    rows = {row["kind"]: row for row in caller.get("notifications/").json()["results"]}
    now, news = rows["publish_now"], rows["decided"]
    assert (now["can_acknowledge"], now["acknowledged_by"]) == (True, [])
    assert news["can_acknowledge"] is False
    answer = caller.post(f"notifications/{now['id']}/acknowledge/").json()
    mine = {"person": {"id": cast.drafter_tokyo.pk, "name": "Penyusun Tokyo"}, "at": "2026-11-25T02:00:00Z"}
    assert answer["acknowledged_by"] == [mine | {"way": "in_app"}]
    assert (answer["can_acknowledge"], answer["read_at"]) == (False, "2026-11-25T02:00:00Z")
    assert caller.post(f"notifications/{now['id']}/acknowledge/").json() == answer
    refused = caller.post(f"notifications/{news['id']}/acknowledge/")
    assert (refused.status_code, refused.json()["post"]["id"]) == (409, post.pk)


def test_a_reminder_to_a_chat_bridge_names_it(cast: Cast, api: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    bridge = Webhook.objects.create(
        name="Piket", url="https://chat.example/x", salt="x", made_by=cast.admin, made_at=NOW
    )
    Reminder.objects.create(
        identity="x", kind="publish_now", way="webhook", post=post, webhook=bridge, due_at=NOW, valid_until=NOW
    )
    (row,) = [row for row in reminders(api(cast.drafter_tokyo), post=post.pk) if row["way"] == "webhook"]
    assert (row["recipient"], row["webhook"]) == (None, {"id": bridge.pk, "name": "Piket"})
