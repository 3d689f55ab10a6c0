"""Reference data has the field names of the files it was loaded from."""

import csv
from typing import Any

import pytest

from calendar_app import networks
from calendar_app.models import Network
from calendar_app.services.reference import DATA
from missions.models import Person
from tests.cast import Cast


def everything(caller: Any, path: str) -> list[dict[str, Any]]:
    page = caller.get(path, page_size=100).json()
    rows = list(page["results"])
    while page["next"]:
        page = caller.get(page["next"]).json()
        rows += page["results"]
    return rows


@pytest.mark.parametrize("noun", ["missions", "themes", "networks", "observances", "regions", "audiences"])
@pytest.mark.parametrize("who", ["drafter_tokyo", "stranger"])
def test_everybody_reads_all_of_it(noun: str, who: str, cast: Cast, api: Any) -> None:
    with (DATA / f"{noun}.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    rows = everything(api(getattr(cast, who)), f"{noun}/")
    assert set(lines[0]) <= set(rows[0])
    key = "code" if "code" in lines[0] else "name_id"
    assert sorted(row[key] for row in rows) == sorted(line[key] for line in lines)
    known = {row[key]: row for row in rows}
    for line in lines:
        assert known[line[key]]["name_id" if "name_id" in line else "name"] == line.get("name_id", line.get("name"))


def test_lists_are_lists_and_numbers_are_numbers(cast: Cast, api: Any) -> None:
    caller = api(cast.editor)
    tokyo = caller.get("missions/kbri-tokyo/").json()
    assert tokyo["weekend"] == [6, 7]
    assert "ja" in tokyo["local_languages"]
    assert (tokyo["timezone"], tokyo["region"], tokyo["needs_signoff"]) == ("Asia/Tokyo", "asia-timur", True)
    x = next(row for row in everything(caller, "networks/") if row["code"] == "x")
    assert (x["max_chars"], x["hosts"]) == (280, ["x.com", "twitter.com"])
    theme = next(row for row in everything(caller, "themes/") if row["code"] == "ekonomi-produk")
    assert (theme["parent_code"], theme["letter"], theme["crisis"]) == ("ekonomi", "E", False)


@pytest.mark.parametrize(
    "text", ["", "halo", "https://example.go.id/kopi 日本 👩‍👩‍👧", "x" * 300, "#a #b " * 40, "y" * 120_000]
)
@pytest.mark.parametrize("code", ["x", "instagram", "bluesky", "youtube"])
def test_counting_is_the_check_that_submitting_uses(code: str, text: str, cast: Cast, api: Any) -> None:
    expected = networks.count(Network.objects.get(code=code).limits, text)
    answer = api(cast.drafter_tokyo).post(f"networks/{code}/count/", text=text).json()
    assert answer == {
        "length": expected.length,
        "limit": expected.limit,
        "unit": expected.unit,
        "valid": expected.valid,
        "errors": list(expected.errors),
    }


UNITS = {"x": "weighted", "bluesky": "graphemes", "instagram": "characters", "youtube": "bytes", "telegram": "utf16"}


@pytest.mark.parametrize("language", ["id", "en"])
def test_unit_is_the_same_word_in_every_language(language: str, cast: Cast, api: Any) -> None:
    Person.objects.filter(pk=cast.drafter_tokyo.pk).update(language=language)
    caller = api(Person.objects.get(pk=cast.drafter_tokyo.pk))
    assert {code: caller.post(f"networks/{code}/count/", text="x").json()["unit"] for code in UNITS} == UNITS


def test_counting_looks_at_the_title_too(cast: Cast, api: Any) -> None:
    answer = api(cast.drafter_tokyo).post("networks/youtube/count/", text="x", title="j" * 101).json()
    assert not answer["valid"]
    assert "101" in answer["errors"][0]


@pytest.mark.parametrize("body", [{}, {"text": None}, {"text": 1}, {"text": "x", "title": False}, {"txt": "x"}])
def test_counting_wants_a_text(body: dict[str, Any], cast: Cast, api: Any) -> None:
    assert api(cast.drafter_tokyo).post("networks/x/count/", **body).status_code == 400
