"""What a post of the calendar carries so that it can be moved, and for whom."""

import re
from typing import Any

import pytest

from calendar_app.models import Status
from tests.cast import Cast, post_in

WEEK = "/calendar/?view=week&mission=kbri-tokyo&date=2026-11-26"


@pytest.fixture(autouse=True)
def now(frozen: None) -> None:
    pass


def tag_of(html: str, pk: int) -> str:
    """The opening tag of the post."""
    found = re.search(rf'<[^>]* data-post="{pk}"[^>]*>', html)
    assert found, "the post is not there"
    return found[0]


@pytest.mark.parametrize("view", ["week", "month", "list"])
def test_a_writer_finds_the_way_to_move_what_may_be_moved(cast: Cast, sign_in: Any, view: str) -> None:
    draft, waiting = post_in(Status.DRAFT, cast), post_in(Status.IN_REVIEW, cast)
    page = sign_in(cast.drafter_tokyo).get(WEEK.replace("view=week", f"view={view}")).content.decode()
    assert f'data-version="{draft.version}" data-movable="1"' in tag_of(page, draft.pk)
    assert 'data-at="2026-11-26T12:00" data-zone="Asia/Tokyo"' in tag_of(page, draft.pk)
    assert f'href="/posts/{draft.pk}/move/"' in page
    # dragged all the same, it says why it stays
    assert 'data-movable="0"' in tag_of(page, waiting.pk)
    assert f"/posts/{waiting.pk}/move/" not in page
    assert "data-move-dialog" in page


def test_who_only_reads_finds_none(cast: Cast, sign_in: Any) -> None:
    post = post_in(Status.DRAFT, cast)
    for person in (cast.editor, cast.manager, cast.admin):
        page = sign_in(person).get(WEEK).content.decode()
        assert "data-movable" not in tag_of(page, post.pk)
        assert "data-move-dialog" not in page
        assert "/move/" not in page


def test_a_waiting_sign_off_is_moved_by_the_head_alone(cast: Cast, sign_in: Any) -> None:
    post = post_in(Status.SIGNOFF, cast)
    for person, movable in ((cast.drafter_tokyo, 0), (cast.head_tokyo, 1)):
        page = sign_in(person).get(WEEK).content.decode()
        assert f'data-movable="{movable}"' in tag_of(page, post.pk)


def test_the_zone_of_the_page_goes_along(cast: Cast, sign_in: Any) -> None:
    post = post_in(Status.DRAFT, cast)
    page = sign_in(cast.drafter_tokyo).get(f"{WEEK}&tz=wib").content.decode()
    assert 'data-at="2026-11-26T10:00" data-zone="Asia/Jakarta"' in tag_of(page, post.pk)
    assert f'href="/posts/{post.pk}/move/?zone=Asia/Jakarta"' in page
