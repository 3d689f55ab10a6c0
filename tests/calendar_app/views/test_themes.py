"""The tree of themes and one theme."""

import html
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calendar_app.models import Status, Theme
from tests.cast import NOW, Cast, post_in

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.usefixtures("frozen")


def text_of(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


def counted(response: HttpResponse) -> dict[str, int]:
    branches = response.context["branches"]
    return {row.theme.code: row.posts for branch in branches for row in [branch, *branch.leaves] if row.posts}


def test_the_tree_counts_this_weeks_posts_that_the_reader_may_see(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.APPROVED, cast)
    post_in(Status.DRAFT, cast, jeddah=True, themes=["publik-budaya"])
    post_in(Status.DRAFT, cast, scheduled_local="2026-12-20T12:00")
    post_in(Status.CANCELLED, cast)
    assert counted(sign_in(cast.manager).get("/themes/")) == {
        "ekonomi": 1, "ekonomi-produk": 1, "publik": 1, "publik-budaya": 1,
    }  # fmt: skip
    assert counted(sign_in(cast.drafter_tokyo).get("/themes/")) == {"ekonomi": 1, "ekonomi-produk": 1}


def test_the_tree_has_six_branches_and_leaves_out_what_is_no_longer_used(cast: Cast, sign_in: SignIn) -> None:
    Theme.objects.filter(code="publik-budaya").update(is_active=False)
    response = sign_in(cast.stranger).get("/themes/")
    assert [branch.theme.letter for branch in response.context["branches"]] == list("EPKGDL")
    assert "Budaya Indonesia" not in text_of(response)


def test_a_theme_says_how_to_write_for_it(cast: Cast, sign_in: SignIn) -> None:
    Theme.objects.filter(code="ekonomi-produk").update(
        guidance="Sebut <pembelinya>.", hashtags=["#KopiIndonesia"], key_messages=["Kopi kami bisa dipesan."]
    )
    response = sign_in(cast.drafter_tokyo).get("/themes/ekonomi-produk/")
    assert "Sebut &lt;pembelinya&gt;." in response.content.decode()
    text = text_of(response)
    assert "#KopiIndonesia" in text
    assert 'data-copy="pesan-1"' in text
    assert "/posts/new/?theme=ekonomi-produk" in text
    assert "/admin/" not in text


def test_only_who_writes_is_invited_to_and_only_the_administrator_to_change_it(cast: Cast, sign_in: SignIn) -> None:
    theme = Theme.objects.get(code="ekonomi")
    text = text_of(sign_in(cast.admin).get("/themes/ekonomi/"))
    assert "/posts/new/" not in text
    assert f"/admin/calendar_app/theme/{theme.pk}/change/" in text


def test_a_branch_counts_its_themes(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.APPROVED, cast)
    assert sign_in(cast.editor).get("/themes/ekonomi/").context["tally"].total == 1
    assert sign_in(cast.editor).get("/themes/publik/").context["tally"].total == 0


def test_no_such_theme(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.editor).get("/themes/astrologi/").status_code == 404


def test_the_tree_does_not_ask_more_with_more_posts(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.manager)
    post_in(Status.DRAFT, cast)
    client.get("/themes/")
    with CaptureQueriesContext(connection) as few:
        client.get("/themes/")
    post_in(Status.DRAFT, cast, themes=["publik-budaya"])
    post_in(Status.DRAFT, cast, jeddah=True)
    with CaptureQueriesContext(connection) as many:
        client.get("/themes/")
    assert len(many) == len(few)


def test_a_theme_counts_what_was_published_in_the_last_28_days(cast: Cast, sign_in: SignIn) -> None:
    for scheduled, status in [
        ("2026-11-26T12:00", Status.PUBLISHED),  # confirmed before its time: not yet among the last days
        ("2026-11-25T12:00", Status.PUBLISHED),
        ("2026-11-25T15:00", Status.APPROVED),
    ]:
        post_in(status, cast, scheduled_local=scheduled)
    long_ago = NOW - timedelta(days=40)
    post_in(Status.PUBLISHED, cast, at=long_ago, scheduled_local="2026-10-28T12:00")
    post_in(Status.PUBLISHED, cast, jeddah=True, at=long_ago, scheduled_local="2026-10-29T12:00")
    leaves = {
        leaf.theme.code: (leaf.used, leaf.share)
        for branch in sign_in(cast.manager).get("/themes/").context["branches"]
        for leaf in branch.leaves
    }
    assert leaves["ekonomi-produk"] == (2, 100)
    assert leaves["publik-budaya"] == (0, 0)
    use = sign_in(cast.manager).get("/themes/ekonomi/").context["use"]
    assert (use.posts, use.missions) == (2, 2)
    assert sign_in(cast.drafter_tokyo).get("/themes/ekonomi/").context["use"].posts == 1


def test_silent_themes_are_counted_and_named(cast: Cast, sign_in: SignIn) -> None:
    total = Theme.objects.filter(parent__isnull=False).count()
    response = sign_in(cast.manager).get("/themes/")
    assert f"{total} dari {total} tema sepi" in text_of(response)
    assert text_of(response).count('<span class="thl-s">sepi</span>') == total


def test_what_is_not_written_is_said_once_and_offered_to_the_administrator(cast: Cast, sign_in: SignIn) -> None:
    assert "Tulis sekarang" in text_of(sign_in(cast.admin).get("/themes/ekonomi/"))
    text = text_of(sign_in(cast.drafter_tokyo).get("/themes/ekonomi/"))
    assert "Pusat belum menulis panduan" in text
    assert "Tulis sekarang" not in text
