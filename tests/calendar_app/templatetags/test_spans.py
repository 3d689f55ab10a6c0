"""Durations and near days in few words."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from calendar_app.templatetags import spans
from calendar_app.templatetags.texts import is_rtl

AT = datetime(2026, 12, 8, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "full", "brief"),
    [
        (0, "0 mnt", "0 mnt"),
        (15, "15 mnt", "15 mnt"),
        (60, "1 j", "1 j"),
        (150, "2 j 30 mnt", "2 j 30 mnt"),
        (19 * 60 + 30, "19 j 30 mnt", "19 j"),
        (33 * 60 + 5, "33 j", "33 j"),
        (51 * 60, "2 hari 3 j", "2 hari"),
        (48 * 60, "2 hari", "2 hari"),
        (9 * 24 * 60 + 300, "9 hari", "9 hari"),
    ],
)
def test_a_duration_says_what_somebody_acts_on(minutes: int, full: str, brief: str) -> None:
    gap = timedelta(minutes=minutes)
    assert (spans.in_words(gap), spans.in_words(-gap)) == (full, full)
    assert spans.in_words(gap, is_brief=True) == brief


def test_what_has_passed_counts_down_below_zero() -> None:
    assert ">−15 mnt<" in spans.countdown(AT - timedelta(minutes=15), AT)
    assert ">30 mnt<" in spans.countdown(AT + timedelta(minutes=30), AT)
    assert spans.countdown(None, AT) == spans.span(None, AT) == spans.brief(None, AT) == ""


@pytest.mark.parametrize(
    ("hours", "zone", "text", "day"),
    [
        (1, "Asia/Tokyo", "hari ini 17.30", "Hari ini"),
        (16, "Asia/Tokyo", "besok 08.30", "Besok"),
        (-17, "Asia/Jakarta", "kemarin 21.30", "Kemarin"),
        # still today in Honolulu
        (16, "Pacific/Honolulu", "besok 13.30", "Besok"),
        (72, "Asia/Tokyo", "Jum, 11 Des 16.30", "Jum, 11 Des"),
        (24 * 30, "Asia/Jakarta", "Kam, 7 Jan 2027 14.30", "Kam, 7 Jan 2027"),
    ],
)
def test_a_near_day_is_called_by_its_word(hours: int, zone: str, text: str, day: str) -> None:
    moment = AT + timedelta(hours=hours)
    assert f">{text}<" in spans.near(moment, zone, AT)
    assert f">{day}<" in spans.near_day(moment, zone, AT)


def test_the_exact_time_is_told_in_wib() -> None:
    with translation.override("id"):
        assert 'title="Sel, 8 Des 2026, 15.00 WIB"' in spans.span(AT + timedelta(minutes=30), AT)


def test_the_last_day_of_all_years_breaks_nothing() -> None:
    assert spans.near(datetime.max.replace(tzinfo=UTC), "Asia/Tokyo", AT)


@pytest.mark.parametrize(
    ("text", "rtl"),
    [("قهوة غايو", True), ("Kopi غايو", False), ("12 ☕ שלום", True), ("コーヒー", False), ("☕ 12", False)],
)
def test_the_first_letter_says_which_way_a_text_runs(text: str, rtl: bool) -> None:
    assert is_rtl(text) is rtl
