"""Pages by key."""

from typing import Any

import pytest

from calendar_app.models import Status
from tests.cast import Cast, post_in


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_all_rows_come_once_in_both_directions(cast: Cast, api: Any) -> None:
    made = [post_in(Status.DRAFT, cast).pk for _ in range(7)][::-1]
    caller = api(cast.drafter_tokyo)
    first = caller.get("posts/", page_size=3)
    assert first.json()["previous"] is None
    second = caller.get(first.json()["next"])
    third = caller.get(second.json()["next"])
    assert ids(first) + ids(second) + ids(third) == made
    assert third.json()["next"] is None
    back = caller.get(third.json()["previous"])
    assert back.json()["results"] == second.json()["results"]
    front = caller.get(back.json()["previous"])
    assert ids(front) == ids(first)
    assert front.json()["previous"] is None
    assert ids(caller.get(front.json()["next"])) == ids(second)


def test_rows_added_meanwhile_neither_repeat_nor_hide_others(cast: Cast, api: Any) -> None:
    made = [post_in(Status.DRAFT, cast).pk for _ in range(4)][::-1]
    caller = api(cast.drafter_tokyo)
    first = caller.get("posts/", page_size=2)
    newer = post_in(Status.DRAFT, cast).pk
    second = caller.get(first.json()["next"])
    assert ids(second) == made[2:]
    back = caller.get(second.json()["previous"])
    assert ids(back) == made[:2]
    assert ids(caller.get(back.json()["previous"])) == [newer]


def test_rows_deleted_meanwhile_break_nothing(cast: Cast, api: Any) -> None:
    made = [post_in(Status.DRAFT, cast).pk for _ in range(4)][::-1]
    caller = api(cast.drafter_tokyo)
    first = caller.get("posts/", page_size=2).json()
    for pk in made[1:]:
        assert caller.delete(f"posts/{pk}/?version=1").status_code == 204
    assert caller.get(first["next"]).json() == {"next": None, "previous": None, "results": []}


def test_links_are_absolute_and_keep_the_filters(cast: Cast, api: Any) -> None:
    for _ in range(2):
        post_in(Status.DRAFT, cast)
        post_in(Status.DRAFT, cast, jeddah=True)
    caller = api(cast.editor)
    link = caller.get("posts/", mission="kbri-tokyo", page_size=1).json()["next"]
    assert link.startswith("http://testserver/api/v1/posts/?")
    rows = caller.get(link).json()["results"]
    assert [row["mission"] for row in rows] == ["kbri-tokyo"]


@pytest.mark.parametrize("cursor", ["", "x", "WzEsIDJd", "W2ZhbHNlLFsxXV0:1:2"])
def test_a_cursor_of_somebodys_own_making_is_refused(cursor: str, cast: Cast, api: Any) -> None:
    answer = api(cast.editor).get("posts/", cursor=cursor)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["cursor"]


def test_a_cursor_of_another_list_is_refused(cast: Cast, api: Any) -> None:
    caller = api(cast.editor)
    cursor = caller.get("missions/", page_size=1).json()["next"].split("cursor=")[1]
    assert caller.get(f"/api/v1/themes/?cursor={cursor}").status_code == 400


@pytest.mark.parametrize("size", ["0", "101", "-1", "x", "1.5", "²", ""])
def test_a_page_has_one_to_a_hundred_rows(size: str, cast: Cast, api: Any) -> None:
    answer = api(cast.editor).get("missions/", page_size=size)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["page_size"]


def test_a_page_has_fifty_rows_unless_asked(cast: Cast, api: Any) -> None:
    caller = api(cast.editor)
    page, seen = caller.get("missions/").json(), []
    sizes = [len(page["results"])]
    seen += page["results"]
    while page["next"]:
        page = caller.get(page["next"]).json()
        sizes.append(len(page["results"]))
        seen += page["results"]
    assert sizes == [50, 50, 33]
    assert [row["code"] for row in seen] == sorted(row["code"] for row in seen)
    assert len({row["code"] for row in seen}) == 133
