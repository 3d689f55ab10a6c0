"""What stands around every page, and the switch of language."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from calendar_app.models import Hold
from calendar_app.views.frame import Frame
from missions.models import Person
from missions.roles import grants
from tests.cast import NOW, Cast

SignIn = Callable[[Any], Client]


def page(person: Person) -> str:
    request = RequestFactory().get("/")
    request.user = person
    return render_to_string("base.html", {"at": NOW}, request=request)


def test_the_frame_reads_nothing_until_it_is_asked(cast: Cast) -> None:
    request = RequestFactory().get("/")
    request.user = cast.editor
    with CaptureQueriesContext(connection) as asked:
        Frame(request)
    assert len(asked) == 0


@pytest.mark.parametrize("who", ["drafter_tokyo", "editor", "admin", "stranger"])
def test_the_frame_costs_at_most_three_queries_beside_the_roles(who: str, cast: Cast) -> None:
    person = getattr(cast, who)
    grants(person)  # every view reads them, and keeps them
    with CaptureQueriesContext(connection) as asked:
        page(person)
    assert len(asked) <= 3, [query["sql"] for query in asked]


def test_only_editors_are_offered_the_review(cast: Cast) -> None:
    assert 'href="/review/"' in page(cast.editor)
    for person in (cast.drafter_tokyo, cast.manager, cast.admin):
        assert 'href="/review/"' not in page(person)


def test_only_administrators_are_offered_the_administration(cast: Cast) -> None:
    assert 'href="/admin/"' in page(cast.admin)
    assert 'href="/admin/"' not in page(cast.editor)


def test_it_says_where_i_am_and_shows_its_clock_beside_jakartas(cast: Cast) -> None:
    html = page(cast.drafter_tokyo)
    assert "KBRI Tokyo" in html
    assert html.index('data-zone="Asia/Tokyo">11.00') < html.index('data-zone="Asia/Jakarta">09.00')
    assert "Semua perwakilan" in page(cast.manager)


def test_a_hold_is_shown_to_those_it_touches(cast: Cast) -> None:
    Hold.objects.create(scope="mission", mission=cast.tokyo, reason="Gempa <besar>", made_by=cast.editor, made_at=NOW)
    for person in (cast.drafter_tokyo, cast.editor):
        assert "Gempa &lt;besar&gt;" in page(person)
    assert "Gempa" not in page(cast.drafter_jeddah)


def test_nothing_inline_and_no_other_host(cast: Cast) -> None:
    html = page(cast.admin)
    for forbidden in ("style=", "<style", "onclick", "javascript:", "https://", "http://www.w3.org/1999"):
        assert forbidden not in html
    assert html.count("<script") == html.count("<script src=") + html.count('<script type="module" src=')


def test_the_language_is_kept_in_the_profile_and_a_cookie(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in(cast.drafter_tokyo).post("/language/", {"language": "en", "next": "/posts/?q=a"})
    assert response.headers["Location"] == "/posts/?q=a"
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    cast.drafter_tokyo.refresh_from_db()
    assert cast.drafter_tokyo.language == "en"


def test_the_language_switch_never_leads_to_another_site_nor_to_an_unknown_language(client: Client, db: None) -> None:
    response = client.post("/language/", {"language": "xx", "next": "https://evil.example/"})
    assert response.headers["Location"] == "/"
    assert settings.LANGUAGE_COOKIE_NAME not in response.cookies
    assert client.get("/language/").status_code == 405


@pytest.mark.parametrize(("name", "section"), [("posts", "posts"), ("post_edit", "posts"), ("review_queue", "review")])
def test_the_rail_marks_the_section_of_every_page_below_it(name: str, section: str) -> None:
    request = RequestFactory().get("/")
    request.resolver_match = SimpleNamespace(url_name=name)  # type: ignore[assignment]
    assert Frame(request).section == section
