"""The calendar's pages: whose, which view, what stands in them, and that no reader's address breaks them."""

import gzip
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calendar_app.models import Holiday, Status
from calendar_app.services import holds
from missions.models import Mission
from tests import crowd
from tests.cast import NOW, Cast, post_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

URL = "/calendar/"


def test_headquarters_begins_with_all_missions_and_a_mission_with_its_week(cast: Cast, sign_in: Any) -> None:
    assert "Pekan semua perwakilan" in sign_in(cast.manager).get(URL).content.decode()
    week = sign_in(cast.drafter_tokyo).get(URL).content.decode()
    assert "Pekan KBRI Tokyo" in week
    assert "23–29 November 2026" in week
    assert "tengah malam waktu Tokyo" in week


@pytest.mark.parametrize("view", ["network", "week", "month", "list"])
def test_every_view_has_an_empty_state_for_who_has_no_mission(cast: Cast, sign_in: Any, view: str) -> None:
    assert sign_in(cast.stranger).get(URL, {"view": view}).status_code == 200


@pytest.mark.parametrize("view", ["network", "week", "month", "list"])
def test_another_missions_calendar_is_not_found(cast: Cast, sign_in: Any, view: str) -> None:
    client = sign_in(cast.drafter_tokyo)
    assert client.get(URL, {"view": view, "mission": "kjri-jeddah"}).status_code == 404
    assert client.get(URL, {"view": "network", "cell": "kjri-jeddah:2026-11-25"}).status_code == 404
    assert client.get(URL, {"view": view, "mission": "kbri-tokyo"}).status_code == 200


def test_posts_of_others_are_neither_shown_nor_counted(cast: Cast, sign_in: Any) -> None:
    post_in(Status.DRAFT, cast, jeddah=True, title="Rahasia Jeddah")
    post_in(Status.DRAFT, cast, title="Milik Tokyo")
    client = sign_in(cast.drafter_tokyo)
    for view in ("network", "week", "month", "list"):
        page = client.get(URL, {"view": view}).content.decode()
        assert "Rahasia" not in page
        assert "2 unggahan" not in page
    assert "Rahasia Jeddah" in sign_in(cast.manager).get(URL, {"view": "list"}).content.decode()


def test_a_post_stands_in_its_week_with_both_times_and_a_link(cast: Cast, sign_in: Any) -> None:
    post = post_in(Status.DRAFT, cast, title="معرض القهوة", language="ar", scheduled_local="2026-11-26T07:05")
    page = sign_in(cast.drafter_tokyo).get(URL).content.decode()
    chip = re.search(r"<article.*?</article>", page, re.DOTALL)
    assert chip
    assert f'href="/posts/{post.pk}/"' in chip[0]
    assert 'dir="auto" lang="ar"' in chip[0]
    assert ">07.05<" in chip[0]
    assert ">05.05<" in chip[0]
    assert "s-draft th-e" in chip[0]


def test_a_cell_opens_without_scripts_and_as_a_part(cast: Cast, sign_in: Any) -> None:
    post_in(Status.APPROVED, cast, title="Kopi Gayo")
    client = sign_in(cast.manager)
    address = "cell=kbri-tokyo:2026-11-26"
    grid = client.get(URL).content.decode()
    assert f'{address}" aria-label="KBRI Tokyo, Kamis 26 November: 1 unggahan: 1 disetujui"' in grid
    assert "Kopi Gayo" not in grid
    whole = client.get(f"{URL}?{address}").content.decode()
    assert "Kopi Gayo" in whole
    assert whole.count('aria-current="true"') == 1
    part = client.get(f"{URL}?{address}", headers={"HX-Request": "true", "HX-Target": "panel"}).content.decode()
    assert part.startswith("<aside")
    assert "Kopi Gayo" in part
    assert len(part) < 6000
    # the same address answers in two ways: a cache must know by what
    assert {"HX-Request", "HX-Target"} <= set(client.get(URL).headers["Vary"].split(", "))
    assert "hidden" in client.get(URL, headers={"HX-Request": "true", "HX-Target": "panel"}).content.decode()


def test_legend_counts_and_filters(cast: Cast, sign_in: Any) -> None:
    post_in(Status.APPROVED, cast, at=NOW - timedelta(days=1), scheduled_local="2026-11-25T10:30")
    post_in(Status.DRAFT, cast, themes=["publik-budaya"])
    client = sign_in(cast.manager)
    context = client.get(URL).context
    assert {entry.label: entry.number for entry in context["by_status"] if entry.number} == {
        "Disetujui": 1,
        "Saatnya tayang": 1,
        "Draf": 1,
    }
    links = {entry.mark: entry.href for entry in context["by_theme"]}
    assert client.get(URL + links["D"]).context["week"].tally.total == 1
    assert client.get(URL + links["E"]).context["week"].tally.total == 1
    assert client.get(URL + links["K"]).context["week"].tally.total == 0
    status = next(entry for entry in context["by_status"] if entry.label == "Draf")
    filtered = client.get(URL + status.href)
    assert filtered.context["week"].tally.statuses == {"draft": 1}
    again = next(entry for entry in filtered.context["by_status"] if entry.label == "Draf")
    assert again.chosen
    assert client.get(URL + again.href).context["week"].tally.total == 2


def test_what_was_given_up_is_shown_only_when_asked_for(cast: Cast, sign_in: Any) -> None:
    post_in(Status.CANCELLED, cast, title="Acara batal")
    client = sign_in(cast.drafter_tokyo)
    assert "Acara batal" not in client.get(URL).content.decode()
    assert "Acara batal" in client.get(URL, {"status": "cancelled"}).content.decode()


@pytest.mark.parametrize("view", ["network", "week", "month", "list"])
@pytest.mark.parametrize(
    "query",
    [
        "date=2026-02-30", "date=9999-12-31", "date=0001-01-01", "date=2100-12-31", "date=2000-01-01", "date=%00",
        "tz=moon", "mission=%00", "region=%00&theme=x&status=x&network=x&language=x&audience=x",
        "q=" + "x" * 300, "cell=x", "cell=kbri-tokyo", "cell=kbri-tokyo:2026-99-99", "after=x_y", "from=x&to=x",
    ],
)  # fmt: skip
def test_nonsense_is_told_and_breaks_nothing(cast: Cast, sign_in: Any, view: str, query: str) -> None:
    assert sign_in(cast.drafter_tokyo).get(f"{URL}?view={view}&{query}").status_code == 200


def test_an_unknown_cell_is_not_found(cast: Cast, sign_in: Any) -> None:
    assert sign_in(cast.manager).get(URL, {"cell": "kbri-atlantis:2026-11-25"}).status_code == 404
    assert sign_in(cast.manager).get(URL + "?cell=%00:2026-11-25").status_code == 404


def test_nonsense_is_named_to_the_reader(cast: Cast, sign_in: Any) -> None:
    page = sign_in(cast.manager).get(URL, {"date": "kemarin", "view": "x"}).content.decode()
    assert "“kemarin” bukan tanggal" in page
    assert "“x” tidak dikenal" in page


def test_words_typed_in_filters_are_escaped(cast: Cast, sign_in: Any) -> None:
    for view in ("network", "week", "month", "list"):
        page = (
            sign_in(cast.manager).get(URL, {"view": view, "mission": "kbri-tokyo", "q": '"><script>'}).content.decode()
        )
        assert "<script>" not in page.replace("<script type", "")


def test_times_of_the_page_follow_the_zone_asked_for(cast: Cast, sign_in: Any) -> None:
    # half past midnight on the 27th in Tokyo is the 26th in Jakarta
    post_in(Status.DRAFT, cast, scheduled_local="2026-11-27T00:30")
    client = sign_in(cast.manager)
    for tz, day in (("mission", "2026-11-27"), ("wib", "2026-11-26"), ("mine", "2026-11-26")):
        week = client.get(URL, {"tz": tz}).context["week"]
        assert [found.date.isoformat() for found in week.days if found.tally.total] == [day]
        assert str(client.get(URL, {"tz": tz, "cell": f"kbri-tokyo:{day}"}).context["cell"].tally.total) == "1"


def test_steps_lead_to_the_period_beside(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.drafter_tokyo)
    context = client.get(URL, {"view": "month", "date": "2026-01-31", "theme": "ekonomi"}).context
    assert "date=2026-02-01" in context["steps"]["after"]
    assert "date=2025-12-01" in context["steps"]["before"]
    assert "theme=ekonomi" in context["steps"]["now"]
    assert client.get(URL + context["steps"]["now"]).context["asked"].day == date(2026, 11, 25)


@pytest.mark.parametrize("view", ["network", "week", "month", "list"])
def test_queries_of_a_page_do_not_grow(cast: Cast, sign_in: Any, view: str) -> None:
    client = sign_in(cast.manager)
    query = {"view": view} | ({"mission": "kbri-tokyo"} if view == "week" else {})
    missions = [cast.tokyo, cast.jeddah]
    crowd.posts(cast.editor, missions, 60, first=date(2026, 11, 23))
    client.get(URL, query)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(URL, query).status_code == 200
        return len(captured)

    few = count()
    crowd.posts(cast.editor, [*missions, *Mission.objects.all()[:20]], 120, first=date(2026, 11, 23), seed=2)
    assert count() == few
    assert few <= 15


@pytest.mark.parametrize(
    ("who", "query", "budget"),
    [
        ("drafter_tokyo", "view=week", 12),
        ("manager", "view=week&mission=kbri-tokyo", 12),
        ("editor", "view=week&mission=kbri-tokyo", 12),
        ("editor", "view=network", 13),
        ("drafter_tokyo", "view=list", 15),
        ("manager", "view=month", 13),
        ("manager", "view=week&mission=kbri-tokyo&region=asia-timur&theme=ekonomi&network=x&audience=diaspora", 12),
        ("manager", "view=network&region=asia-timur&theme=ekonomi&network=x&audience=diaspora", 12),
    ],
)
def test_a_page_stays_within_its_queries(who: str, query: str, budget: int, cast: Cast, sign_in: Any) -> None:
    """DESIGN §11, session and user included, under a hold; the clock is frozen here and is one more."""
    post_in(Status.APPROVED, cast)
    holds.make(by=cast.editor, at=NOW, scope="mission", code="kjri-jeddah", reason="Duka cita")
    client = sign_in(getattr(cast, who))
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"{URL}?{query}").status_code == 200
    assert len(asked) + 1 <= budget, [found["sql"][:90] for found in asked]


def test_the_figures_lead_to_the_missions_they_speak_of(cast: Cast, sign_in: Any) -> None:
    post_in(Status.DRAFT, cast)
    Mission.objects.filter(code="kbri-suva").update(status="dormant")
    client = sign_in(cast.manager)
    figures = {entry.mark: entry for entry in client.get(URL).context["figures"]}
    quiet = client.get(URL + figures["quiet"].href)
    shown = [row.mission.code for _region, rows in quiet.context["regions"] for row in rows]
    assert len(shown) == figures["quiet"].number == quiet.context["week"].quiet
    assert "kbri-tokyo" not in shown
    assert "kbri-suva" not in shown, "a dormant mission is not expected to say anything"
    assert "7 dari 8 perwakilan" in quiet.content.decode(), "Tokyo's region, without Tokyo"
    chosen = {entry.mark: entry for entry in quiet.context["figures"]}
    assert chosen["quiet"].chosen
    assert "only" not in chosen["quiet"].href
    assert "only=quiet" in quiet.context["address"]
    gaps = client.get(URL, {"only": "gaps"})
    assert "kbri-tokyo" in [row.mission.code for _region, rows in gaps.context["regions"] for row in rows]


def test_where_nobody_is_silent_the_page_says_so(cast: Cast, sign_in: Any) -> None:
    post_in(Status.DRAFT, cast)
    page = sign_in(cast.drafter_tokyo).get(URL, {"view": "network", "only": "quiet"}).content.decode()
    assert "Tidak ada perwakilan yang diam pekan ini" in page
    assert "tidak dikenal" in sign_in(cast.manager).get(URL, {"only": "loud"}).content.decode()


def test_holidays_are_said_where_they_matter(cast: Cast, sign_in: Any) -> None:
    Holiday.objects.create(country="JP", date=date(2026, 11, 23), name_local="x", name_id="Hari Syukur Buruh")
    Holiday.objects.create(country="ID", date=date(2026, 11, 27), name_local="Hari Uji")
    client = sign_in(cast.manager)
    grid = client.get(URL).content.decode()
    assert 'aria-label="KBRI Tokyo, Senin 23 November: libur (Hari Syukur Buruh), kosong"' in grid
    assert 'aria-label="KJRI Jeddah, Jumat 27 November: libur (Hari Uji), kosong"' in grid
    assert "Libur di JP" in grid
    assert 'title="JP Hari Syukur Buruh"' in grid
    week = client.get(URL, {"view": "week", "mission": "kbri-tokyo"}).content.decode()
    assert '<b class="cc">JP</b>' in week
    assert "· libur" in week
    part = client.get(f"{URL}?cell=kbri-tokyo:2026-11-23", headers={"HX-Request": "true", "HX-Target": "panel"})
    assert "Hari Syukur Buruh" in part.content.decode()


def test_an_opened_cell_is_part_of_the_link_to_the_view(cast: Cast, sign_in: Any) -> None:
    page = sign_in(cast.manager).get(URL, {"cell": "kbri-tokyo:2026-11-26", "theme": "ekonomi", "tz": "wib"})
    address = (
        "http://testserver/calendar/?view=network&date=2026-11-25&theme=ekonomi&tz=wib&cell=kbri-tokyo%3A2026-11-26"
    )
    assert page.context["address"] == address
    assert client_day(sign_in(cast.manager).get(address)) == client_day(page)


def client_day(response: Any) -> tuple[str, date]:
    cell = response.context["cell"]
    return cell.mission.code, cell.date


def test_what_is_rarely_asked_for_is_open_where_it_is_set(cast: Cast, sign_in: Any) -> None:
    client = sign_in(cast.drafter_tokyo)
    assert '<details class="say-more">' in client.get(URL).content.decode()
    for query in ({"network": "x"}, {"language": "id"}, {"q": "kopi"}):
        assert '<details class="say-more" open>' in client.get(URL, query).content.decode()


def test_more_posts_than_fit_into_a_day_of_the_month_open_that_day(cast: Cast, sign_in: Any) -> None:
    for number in range(6):
        post_in(Status.DRAFT, cast, scheduled_local=f"2026-11-26T{10 + number}:00", title=f"Kiriman {number}")
    client = sign_in(cast.drafter_tokyo)
    page = client.get(URL, {"view": "month", "date": "2026-11-26"}).content.decode()
    assert page.count("2 lagi") == 2, "in the grid, and below the month for phones"
    assert '?view=list&amp;date=2026-11-26#h20261126"' in page
    day = client.get(URL, {"view": "list", "date": "2026-11-26"}).content.decode()
    assert 'id="h20261126"' in day
    assert day.count("Kiriman") >= 6


@pytest.mark.parametrize(("query", "budget"), [("view=network", 60_000), ("view=week&mission=kbri-tokyo", 40_000)])
def test_a_full_week_weighs_little(query: str, budget: int, cast: Cast, sign_in: Any) -> None:
    """DESIGN §11, compressed: every cell of the grid is taken, and Tokyo has as many posts as of 20,000 fall to one."""
    crowd.posts(cast.editor, list(Mission.objects.all()), 3000, first=date(2026, 11, 23))
    crowd.posts(cast.editor, [cast.tokyo], 150, first=date(2026, 11, 23), seed=2)
    page = sign_in(cast.manager).get(f"{URL}?{query}").content
    assert page.count(b"<svg") > 150, "the week is full"
    assert len(gzip.compress(page, 6)) < budget
