import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FILE = Path(__file__).parents[2] / "scripts" / "environment.py"


@pytest.fixture
def environment() -> ModuleType:
    spec = importlib.util.spec_from_file_location("environment", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_missing_piece_of_python_is_named_with_its_command(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None if name == missing else find(name))
    with pytest.raises(SystemExit) as ended:
        environment.make()
    assert f"lacks its '{missing}' module" in str(ended.value)
    assert "sudo apt install python3." in str(ended.value)


def test_an_old_python_without_a_newer_one_beside_it_is_refused(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment.sys, "version_info", (3, 10, 1))
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer"):
        environment.recent_python()


def test_installing_is_spared_until_the_file_changes(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[list[Any]] = []

    class Done:
        returncode = 0

    def run(command: list[Any], **options: Any) -> Done:
        calls.append(command)
        return Done()

    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "FOLDER", tmp_path)
    monkeypatch.setattr(environment, "works", lambda python: True)
    monkeypatch.setattr(environment.subprocess, "run", run)
    (tmp_path / "requirements.txt").write_text("django==5.2.19\n")
    environment.ready("requirements.txt")
    environment.ready("requirements.txt")
    assert len(calls) == 1
    assert "--require-hashes" in calls[0]
    (tmp_path / "requirements.txt").write_text("django==5.2.20\n")
    environment.ready("requirements.txt")
    assert len(calls) == 2
