import os
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from calendar_app import triggers
from calendar_app.management.commands import start_web
from missions.models import Person

KEY = "k3y-of-ours-" * 5


class Static:
    """A static storage that has, or has not, been collected into."""

    def __init__(self, hashed_files: dict[str, str]) -> None:
        self.hashed_files = hashed_files


@pytest.fixture
def started(db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Settings fit for production; the answer lists the commands that took the place of this process."""
    for name, value in {
        "PRODUCTION": True,
        "DEBUG": False,
        "DEMO": False,
        "SECRET_KEY": KEY,
        "ALLOWED_HOSTS": ["selaras.example"],
        "EMAIL_HOST": "smtp.kemlu.example",
    }.items():
        setattr(settings, name, value)
    commands: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda program, command: commands.append(command))
    monkeypatch.setattr(start_web, "staticfiles_storage", Static({"js/page.js": "js/page.0.js"}))
    return commands


def test_it_becomes_gunicorn_when_nothing_is_wrong(started: list[list[str]]) -> None:
    call_command("start_web")
    assert [command[1:3] for command in started] == [["-m", "gunicorn"]]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET_KEY", "only-for-tests-and-for-building-the-image", "SECRET_KEY is missing or still the default"),
        ("SECRET_KEY", "short", "SECRET_KEY is too short"),
        ("SECRET_KEY", "a" * 60, "SECRET_KEY is too short or too simple"),
        ("DEBUG", True, "DEBUG is on"),
        ("PRODUCTION", False, "PRODUCTION is not set"),
        ("DEMO", True, "DEMO is on"),
        ("EMAIL_HOST", "", "EMAIL_HOST is not set"),
        ("ALLOWED_HOSTS", [], "ALLOWED_HOSTS does not say"),
        ("ALLOWED_HOSTS", ["*"], "ALLOWED_HOSTS does not say"),
    ],
)
def test_it_refuses_in_one_sentence(
    started: list[list[str]], settings: Settings, name: str, value: Any, said: str
) -> None:
    setattr(settings, name, value)
    with pytest.raises(CommandError, match=said) as refused:
        call_command("start_web")
    assert str(refused.value).count("\n") == 0
    assert started == []


def test_it_refuses_demo_accounts(started: list[list[str]]) -> None:
    Person.objects.create_user("admin@demo.example", "Administrator", is_demo=True)
    with pytest.raises(CommandError, match="demo accounts"):
        call_command("start_web")
    assert started == []


def test_it_refuses_static_files_that_were_not_collected(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start_web, "staticfiles_storage", Static({}))
    with pytest.raises(CommandError, match="static files are not collected"):
        call_command("start_web")
    assert started == []


def test_it_refuses_a_database_without_its_triggers(started: list[list[str]]) -> None:
    with triggers.lifted(), pytest.raises(CommandError, match="lacks triggers"):
        call_command("start_web")
    assert started == []
