"""Where a page of a list begins, also when somebody wrote the address by hand."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

import pytest

from calendar_app.models import Kind, Notification, Post, Reminder, Status
from calendar_app.queries import cursors
from tests.cast import NOW, Cast, post_in

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=timezone(timedelta(hours=7)))
UNREADABLE = (
    "x",
    "~",
    "~1~",
    "2026-11-26~1",
    "2026-11-26T12:00:00~1",
    "2026-11-26T12:00:00Z~-1",
    "2026-11-26T12:00:00Z~²",
    "2026-11-26T12:00:00Z~9223372036854775808",
    "0001-01-01T00:00:00+14:00~1",
    "9999-12-31T23:59:59-14:00~1",
    "1~0001-01-01T00:00:00+14:00~1",
    "0~9999-12-31T23:59:59-14:00~1",
    "99999999999999999999",
    "\0~1",
)


def test_what_is_written_is_read_again() -> None:
    text = cursors.written(1, NOON, None, 7)
    assert text == "1~2026-11-26T05:00:00Z~~7"
    assert cursors.read(text, "number", "time", "time?", "number") == [1, NOON.astimezone(UTC), None, 7]
    assert cursors.read(text.replace("Z", " 00:00"), "number", "time", "time?", "number")
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert cursors.read(cursors.written(first, last), "time", "time") == [first, last]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_nobody_wrote_is_not_read(text: str) -> None:
    assert cursors.read(text, "time", "number") is None


@pytest.mark.parametrize("url", ["/posts/", "/review/", "/calendar/?view=list", "/notifications/"])
def test_a_cursor_made_by_hand_shows_the_first_page(url: str, cast: Cast, frozen: None, sign_in: Any) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    reminder = Reminder.objects.filter(post=post, recipient=cast.editor).first()
    Notification.objects.create(
        recipient=cast.editor, kind=Kind.REVIEW_REQUESTED, post=post, reminder=reminder, created_at=NOW
    )
    client = sign_in(cast.editor)
    names = ("after", "before") if url == "/posts/" else ("after",)
    for text in UNREADABLE:
        for name in names:
            response = client.get(f"{url}{'&' if '?' in url else '?'}{name}={quote(text)}")
            assert response.status_code == 200, (name, text)
            assert "Kopi Gayo" in response.content.decode(), (name, text)


def test_the_api_refuses_one(cast: Cast, frozen: None, sign_in: Any) -> None:
    for text in UNREADABLE[:-1]:
        answer = sign_in(cast.editor).get("/api/v1/posts/", {"cursor": text})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["cursor"])


@pytest.mark.parametrize("keys", [("scheduled_at", "pk"), ("-scheduled_at", "-pk"), ("-scheduled_at", "pk")])
def test_behind_each_row_are_the_ones_after_it(keys: tuple[str, ...], cast: Cast) -> None:
    for local in ("2026-11-26T12:00", "2026-11-27T12:00", "2026-11-26T12:00", None, None):
        post_in(Status.DRAFT, cast, scheduled_local=local)
    far = datetime(9000, 1, 1, tzinfo=UTC)
    signs = [-1 if key.startswith("-") else 1 for key in keys]
    in_order = sorted(
        Post.objects.all(), key=lambda post: (signs[0] * (post.scheduled_at or far).timestamp(), signs[1] * post.pk)
    )
    for place, post in enumerate(in_order):
        condition = cursors.behind(keys, (post.scheduled_at, post.pk), nullable=("scheduled_at",))
        assert set(Post.objects.filter(condition)) == set(in_order[place + 1 :])
    assert cursors.turned(cursors.turned(keys)) == list(keys)
