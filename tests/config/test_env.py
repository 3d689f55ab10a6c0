import re
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("value", ["maybe", "2", "tru"])
def test_a_flag_that_is_neither_yes_nor_no_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DEBUG", value)
    with pytest.raises(ImproperlyConfigured, match=f"DEBUG='{value}'"):
        env.flag("DEBUG")


@pytest.mark.parametrize("value", ["ten", "-1", "1.5"])
def test_a_number_out_of_range_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("NUM_PROXIES", value)
    with pytest.raises(ImproperlyConfigured, match="NUM_PROXIES"):
        env.number("NUM_PROXIES", 0)


def test_a_word_that_is_not_on_the_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    with pytest.raises(ImproperlyConfigured, match="DEBUG, INFO"):
        env.one_of("LOG_LEVEL", ("DEBUG", "INFO"), "INFO")


def test_values_are_read_without_the_space_around_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", " a.example, ,b.example ")
    monkeypatch.setenv("DEBUG", " Yes ")
    assert env.words("ALLOWED_HOSTS") == ["a.example", "b.example"]
    assert env.flag("DEBUG") is True


def test_every_variable_is_in_the_example_file_and_the_other_way_round() -> None:
    read = set()
    for file in [*ROOT.glob("config/*.py"), *ROOT.glob("scripts/*")]:
        if file.is_file():
            read |= set(re.findall(r'(?:env\.\w+|environ\.get)\(\s*"([A-Z_]+)"', file.read_text()))
    read |= set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    documented = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(documented) == sorted(read - {"CI"})
