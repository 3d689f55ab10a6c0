"""What a mission and its country are called."""

from django.utils import translation

from missions.models import Mission

VIENNA = Mission(kind="KBRI", name_id="KBRI Wina", city="Vienna", country="Austria", country_iso2="AT")


def test_a_mission_goes_by_its_short_name_in_both_languages() -> None:
    assert str(VIENNA) == "KBRI Wina"
    with translation.override("en"):
        assert str(VIENNA) == "KBRI Vienna"


def test_a_country_is_called_as_the_reader_calls_it() -> None:
    manila = Mission(country="Philippines", country_iso2="PH")
    assert manila.country_name == "Filipina"
    with translation.override("en"):
        assert manila.country_name == "Philippines"


def test_a_country_without_a_known_code_keeps_its_name() -> None:
    assert Mission(country="Negeri Awan", country_iso2="QQ").country_name == "Negeri Awan"
