"""Holidays come from the library into the table, and stay what the library says."""

from datetime import date, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import translation

from audit.models import Entry
from calendar_app.models import Holiday
from calendar_app.services import holidays
from missions.models import Mission
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def test_every_host_country_and_indonesia_have_the_years_around(cast: Cast) -> None:
    assert holidays.load(at=NOW) == Holiday.objects.count() > 5000
    hosts = set(Mission.objects.values_list("country_iso2", flat=True))
    for year in (2025, 2026, 2029):
        there = set(Holiday.objects.filter(date__year=year).values_list("country", flat=True))
        # Ukraine has no days off under martial law; Sri Lanka announces its moons year by year
        assert {*hosts, "ID"} - there <= ({"UA", "LK"} if year > 2026 else {"UA"})
    assert not Holiday.objects.filter(date__year__in=(2024, 2030)).exists()
    thanks = Holiday.objects.get(country="JP", date=date(2026, 11, 23))
    assert (thanks.name_local, thanks.name_id, thanks.name_en) == (
        "勤労感謝の日", "Hari Syukur Buruh", "Labor Thanksgiving Day")  # fmt: skip
    with translation.override("en"):
        assert thanks.name == "Labor Thanksgiving Day"
    nyepi = Holiday.objects.get(country="ID", date=date(2026, 3, 19))
    assert (nyepi.name, nyepi.name_en) == ("Hari Suci Nyepi", "Day of Silence")
    assert Holiday.objects.get(country="ZA", date=date(2026, 5, 1)).name_en == "Workers' Day", "no translation, English"


def test_what_nobody_put_into_indonesian_is_shown_in_english(cast: Cast) -> None:
    holidays.load(at=NOW)
    nanak = Holiday.objects.get(country="IN", date=date(2026, 11, 24))
    assert (nanak.name_id, nanak.name) == ("", nanak.name_en)


def test_an_estimate_stays_one_in_indonesian() -> None:
    assert holidays._indonesian("Eid al-Fitr (observed, estimated)") == "Idulfitri (pengganti, perkiraan)"
    assert holidays._indonesian("Nobody's Day (estimated)") == ""


def test_loading_again_changes_nothing(cast: Cast) -> None:
    holidays.load(at=NOW)
    before, entries = list(Holiday.objects.values_list("pk", flat=True)), Entry.objects.count()
    assert holidays.load(at=NOW) == 0
    assert list(Holiday.objects.values_list("pk", flat=True)) == before
    assert Entry.objects.count() == entries


def test_the_table_follows_the_library_and_keeps_other_years(cast: Cast) -> None:
    holidays.load(at=NOW)
    old = Holiday.objects.create(country="JP", date=date(2019, 10, 22), name_local="即位礼正殿の儀")
    wrong = Holiday.objects.create(country="JP", date=date(2026, 11, 24), name_local="x")
    Holiday.objects.filter(country="JP", date=date(2026, 11, 23)).update(name_en="Something else")
    Holiday.objects.filter(country="JP", date=date(2026, 11, 3)).delete()
    holidays.load(at=NOW)
    assert Holiday.objects.filter(pk=old.pk).exists()
    assert not Holiday.objects.filter(pk=wrong.pk).exists()
    assert Holiday.objects.get(country="JP", date=date(2026, 11, 23)).name_en == "Labor Thanksgiving Day"
    assert Holiday.objects.get(country="JP", date=date(2026, 11, 3)).name_id == "Hari Budaya"
    entry = Entry.objects.filter(action="load_holidays").order_by("-id")[0]
    assert entry.data == {"added": 2, "removed": 2}


def test_a_later_year_adds_the_one_that_comes_near(cast: Cast) -> None:
    holidays.load(at=NOW)
    holidays.load(at=datetime(2027, 1, 1, tzinfo=NOW.tzinfo))
    assert Holiday.objects.filter(country="JP", date__year=2030).exists()
    assert Holiday.objects.filter(country="JP", date__year=2025).exists()


def test_a_country_that_the_library_does_not_know_is_left_out(cast: Cast) -> None:
    Mission.objects.filter(code="kbri-tokyo").update(country_iso2="ZZ")
    holidays.load(at=NOW)
    assert not Holiday.objects.filter(country="ZZ").exists()
    assert Holiday.objects.filter(country="JP").exists(), "Osaka is in Japan, too"


def test_the_command_says_how_many_days_changed(cast: Cast) -> None:
    for expected in (str(holidays.load(at=NOW)), "0"):
        out = StringIO()
        if expected != "0":
            Holiday.objects.all().delete()
        call_command("load_holidays", stdout=out)
        assert f"{expected} hari" in out.getvalue()
