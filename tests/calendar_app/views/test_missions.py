"""All missions, and one."""

import html
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calendar_app.models import Holiday, Status
from missions.models import Mission
from tests.cast import Cast, post_in

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.usefixtures("frozen")


def text_of(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


def rows(response: HttpResponse) -> dict[str, Any]:
    return {row.mission.code: row for _region, group in response.context["regions"] for row in group}


def test_all_missions_stand_by_region_with_their_clock(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in(cast.stranger).get("/missions/")
    assert len(rows(response)) == 133
    regions = [region.order for region, _group in response.context["regions"]]
    assert regions == sorted(regions)
    assert '11.00</time></b> <span class="muted">Tokyo' in text_of(response)


def test_numbers_are_for_those_who_may_know_them(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.APPROVED, cast)
    manager = rows(sign_in(cast.manager).get("/missions/"))
    assert (manager["kbri-tokyo"].posts, manager["kjri-jeddah"].posts, manager["kbri-tokyo"].people) == (1, 0, None)
    drafter = rows(sign_in(cast.drafter_jeddah).get("/missions/"))
    assert (drafter["kbri-tokyo"].posts, drafter["kjri-jeddah"].posts) == (None, 0)
    assert rows(sign_in(cast.admin).get("/missions/"))["kbri-tokyo"].people == 2


def test_ones_own_mission_shows_its_week_and_its_people(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.APPROVED, cast)
    response = sign_in(cast.drafter_tokyo).get("/missions/kbri-tokyo/")
    text = text_of(response)
    assert response.context["week"].tally.total == 1
    assert "Kepala Tokyo" in text
    assert "kepala perwakilan" in text
    assert "Asia/Tokyo" in text
    assert "/admin/" not in text


def test_another_mission_shows_its_facts_alone(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in(cast.drafter_jeddah).get("/missions/kbri-tokyo/")
    assert response.status_code == 200
    text = text_of(response)
    assert "week" not in response.context
    assert "Kepala Tokyo" not in text
    assert "Asia/Tokyo" in text


def test_the_administrator_can_go_and_change_it(cast: Cast, sign_in: SignIn) -> None:
    text = text_of(sign_in(cast.admin).get("/missions/kbri-tokyo/"))
    assert f"/admin/missions/mission/{cast.tokyo.pk}/change/" in text


def test_a_dormant_mission_says_what_that_means(cast: Cast, sign_in: SignIn) -> None:
    Mission.objects.filter(pk=cast.tokyo.pk).update(status="dormant")
    assert "tidak dihitung kosong" in text_of(sign_in(cast.manager).get("/missions/kbri-tokyo/"))


def test_no_such_mission(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.admin).get("/missions/kbri-atlantis/").status_code == 404


@pytest.mark.parametrize("url", ["/missions/", "/missions/kbri-tokyo/"])
def test_they_do_not_ask_more_with_more_posts(url: str, cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.admin)
    post_in(Status.DRAFT, cast)
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    post_in(Status.DRAFT, cast)
    post_in(Status.APPROVED, cast, jeddah=True)
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few)


def test_working_days_with_nothing_are_counted_for_headquarters(cast: Cast, sign_in: SignIn) -> None:
    post_in(Status.APPROVED, cast)  # Thursday
    Holiday.objects.create(country="JP", date=date(2026, 11, 24), name_local="Hari libur")
    found = rows(sign_in(cast.manager).get("/missions/"))
    assert (found["kbri-tokyo"].gaps, found["kjri-jeddah"].gaps) == (3, 5)
    Mission.objects.filter(code="kbri-tokyo").update(status=Mission.Status.DORMANT)
    assert rows(sign_in(cast.manager).get("/missions/"))["kbri-tokyo"].gaps == 0
    assert rows(sign_in(cast.drafter_jeddah).get("/missions/"))["kbri-tokyo"].gaps is None


def test_headquarters_read_who_has_nothing_this_week(cast: Cast, sign_in: SignIn) -> None:
    Mission.objects.exclude(code__in=["kbri-tokyo", "kjri-jeddah"]).update(status=Mission.Status.DORMANT)
    post_in(Status.APPROVED, cast)
    text = text_of(sign_in(cast.manager).get("/missions/"))
    assert "1 dari 2 perwakilan yang bertugas belum punya unggahan pekan ini" in text
    assert 'href="#m-kjri-jeddah"' in text
    assert "belum punya unggahan" not in text_of(sign_in(cast.drafter_jeddah).get("/missions/"))


def test_a_mission_tells_its_next_holidays(cast: Cast, sign_in: SignIn) -> None:
    Holiday.objects.create(country="JP", date=date(2026, 12, 23), name_local="天皇誕生日", name_en="Birthday")
    Holiday.objects.create(country="SA", date=date(2026, 12, 24), name_local="Jauh dari Tokyo")
    Holiday.objects.create(country="JP", date=date(2026, 11, 24), name_local="Kemarin")
    text = text_of(sign_in(cast.stranger).get("/missions/kbri-tokyo/"))
    assert "Libur berikutnya" in text
    assert "Birthday" in text
    assert "Jauh dari Tokyo" not in text
    assert "Kemarin" not in text
