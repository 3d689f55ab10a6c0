"""What the search finds by name."""

import pytest
from django.utils import translation

from calendar_app.models import Theme
from calendar_app.queries import search
from missions.models import Mission
from tests.cast import Cast


def missions(found: search.Found) -> list[str]:
    return [row.mission.code for row in found.missions]


@pytest.mark.parametrize("text", ["Tokyo", "tokyo", "kbri tok", "TOKYO Japan", "Tokyo kbri"])
def test_a_mission_is_found_by_any_part_of_its_names(text: str, cast: Cast) -> None:
    assert missions(search.by_name(cast.drafter_tokyo, text)) == ["kbri-tokyo"]


def test_every_word_must_be_in_a_name(cast: Cast) -> None:
    assert not search.by_name(cast.editor, "Tokyo Jeddah")
    assert not search.by_name(cast.editor, "%")


def test_a_theme_is_found_in_both_languages_whatever_the_reader_speaks(cast: Cast) -> None:
    with translation.override("en"):
        assert [theme.code for theme in search.by_name(cast.editor, "pariwisata").themes] == ["ekonomi-pariwisata"]
    assert [theme.code for theme in search.by_name(cast.editor, "tourism").themes] == ["ekonomi-pariwisata"]


def test_a_theme_that_is_no_longer_used_is_not_found(cast: Cast) -> None:
    Theme.objects.filter(code="ekonomi-pariwisata").update(is_active=False)
    assert not search.by_name(cast.editor, "pariwisata")


def test_ones_own_week_is_readable_and_everybody_elses_to_headquarters(cast: Cast) -> None:
    for person, readable in [(cast.drafter_tokyo, False), (cast.drafter_jeddah, True), (cast.manager, True)]:
        assert [row.is_readable for row in search.by_name(person, "Jeddah").missions] == [readable]


def test_at_most_so_many_with_the_shortest_names_first(cast: Cast) -> None:
    found = search.by_name(cast.editor, "KBRI")
    assert len(found.missions) == search.MOST
    shortest = min(len(row.name_id) for row in Mission.objects.filter(name_id__contains="KBRI"))
    assert len(found.missions[0].mission.name_id) == shortest


def test_no_question_without_words(cast: Cast, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert not search.by_name(cast.editor, "  ")
    search.by_name(cast.editor, "Tokyo")  # roles are read once
    with django_assert_num_queries(2):  # type: ignore[operator]
        search.by_name(cast.editor, "Tokyo")
