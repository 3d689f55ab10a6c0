"""Twice the rows take no more queries: the lists that have no such test beside their other tests."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calendar_app.models import Network, Status
from calendar_app.services import holds
from missions import tokens
from missions.models import Membership, Mission, Person, Role
from tests.cast import NOW, Cast, data, post_in

N = 3
Grow = Callable[[Cast, int], object]


def hold(cast: Cast, number: int) -> None:
    """One in force and one lifted, of every scope in turn."""
    scope, code = [("all", ""), ("region", "asia-timur"), ("mission", "kbri-tokyo"), ("theme", "ekonomi")][number % 4]
    for lifts in (False, True):
        made = holds.make(by=cast.editor, at=NOW, scope=scope, code=code, reason=f"Alasan {number}")
        if lifts:
            holds.lift(hold=made, by=cast.admin, at=NOW + timedelta(minutes=1))


def token(cast: Cast, number: int) -> None:
    tokens.make(person=cast.drafter_tokyo, name=f"program {number}", scope="read", days=30, at=NOW)


def member(cast: Cast, number: int) -> None:
    """One more person of Tokyo."""
    person = Person.objects.create_user(email=f"orang{number}@test.example", name=f"Orang {number}")
    for role in (Role.DRAFTER, Role.HEAD):
        Membership.objects.create(person=person, mission=cast.tokyo, role=role)


def mine(cast: Cast, number: int) -> None:
    """One more mission that the drafter of Tokyo writes for."""
    mission = Mission.objects.exclude(memberships__person=cast.drafter_tokyo).order_by("code")[number]
    Membership.objects.create(person=cast.drafter_tokyo, mission=mission, role=Role.DRAFTER)


def approved(cast: Cast, number: int) -> None:
    post_in(Status.APPROVED, cast, jeddah=number % 2 == 1, title=f"Unggahan {number}")


# name: who, the address, and what makes one row more
LISTS: dict[str, tuple[str, str, Grow]] = {
    "holds, to manage": ("editor", "/holds/", hold),
    "holds, to read": ("drafter_tokyo", "/holds/", hold),
    "the banner of holds": ("drafter_tokyo", "/missions/", hold),
    "posts under holds": ("editor", "/posts/?status=held", lambda cast, n: (hold(cast, n), approved(cast, n))),
    "queue under holds": ("editor", "/review/", lambda cast, n: (hold(cast, n), post_in(Status.IN_REVIEW, cast))),
    "API: holds": ("editor", "/api/v1/holds/", hold),
    "API: posts under holds": ("editor", "/api/v1/posts/", lambda cast, n: (hold(cast, n), approved(cast, n))),
    "tokens": ("drafter_tokyo", "/profile/", token),
    "people of a mission": ("head_tokyo", "/missions/kbri-tokyo/", member),
    "missions to choose from": ("drafter_tokyo", "/posts/new/", mine),
    "API: me": ("drafter_tokyo", "/api/v1/me/", mine),
    "the posts behind a cell": ("manager", "/calendar/?view=network&cell=kbri-tokyo:2026-11-26", approved),
}
REFERENCE = ("regions", "missions", "themes", "audiences", "observances", "networks")


@pytest.fixture(autouse=True)
def fresh_limits(frozen: None) -> None:
    cache.clear()


@pytest.mark.parametrize("name", LISTS)
def test_twice_the_rows_take_no_more_queries(name: str, cast: Cast, sign_in: Any) -> None:
    who, path, grow = LISTS[name]
    client = sign_in(getattr(cast, who))
    for number in range(N):
        grow(cast, number)
    client.get(path)  # the first call may fill caches
    few, short = asked(client, path)
    for number in range(N, 2 * N):
        grow(cast, number)
    many, long = asked(client, path)
    assert len(many) == len(few), "\n".join(sorted(set(many) - set(few)))
    assert long > short, "the rows are not shown: this test is blind"


@pytest.mark.parametrize("name", REFERENCE)
def test_a_longer_page_of_reference_data_takes_no_more_queries(name: str, cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.editor)
    client.get(f"/api/v1/{name}/")
    few, _short = asked(client, f"/api/v1/{name}/?page_size={N}")
    many, _long = asked(client, f"/api/v1/{name}/?page_size={2 * N}")
    assert len(many) == len(few)


@pytest.mark.parametrize("page", ["", "publish/", "edit/"])
def test_more_channels_take_no_more_queries(page: str, cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.drafter_tokyo)
    codes = list(Network.objects.exclude(code__in=["website", "youtube"]).values_list("code", flat=True))
    counts = []
    for number in (N, N, 2 * N):
        variants = [{"network": code, "text": "Kopi Gayo."} for code in codes[:number]]
        post = post_in(Status.APPROVED, cast, **data(variants=variants))
        counts.append(len(asked(client, f"/posts/{post.pk}/{page}")[0]))
    assert counts[1] == counts[2]


def asked(client: Any, path: str) -> tuple[list[str], int]:
    """The queries that a page takes, without their values, and its length."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
    assert response.status_code == 200
    return [query["sql"].split(" WHERE ")[0][:300] for query in captured], len(response.content)
