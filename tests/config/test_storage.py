from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from config.storage import StaticStorage


@pytest.fixture
def collected(tmp_path: Path, settings: Settings) -> Path:
    """A static folder of our own with two modules, collected into another."""
    source = tmp_path / "source"
    (source / "js").mkdir(parents=True)
    (source / "js" / "page.js").write_text('import { add } from "./sum.js";\n')
    (source / "js" / "sum.js").write_text("export const add = (a, b) => a + b;\n")
    (source / "css").mkdir()
    (source / "css" / "all.css").write_text('@import "tokens.css";\n@import "frame.css";\n')
    (source / "css" / "tokens.css").write_text("/* why */\n:root { --ink: #000; }\n")
    (source / "css" / "frame.css").write_text("body { color: var(--ink); }\n")
    settings.STATICFILES_DIRS = [source]
    settings.STATIC_ROOT = tmp_path / "collected"
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path / "collected"


def test_collected_files_carry_their_hash_also_in_imports(collected: Path) -> None:
    storage = StaticStorage()
    page, module = storage.stored_name("js/page.js"), storage.stored_name("js/sum.js")
    assert page != "js/page.js"
    assert Path(module).name in (collected / page).read_text()
    assert (collected / f"{page}.gz").exists() or (collected / page).stat().st_size < 200


def test_collected_sheets_are_one(collected: Path) -> None:
    call_command("collectstatic", interactive=False, verbosity=0)  # once more changes nothing
    sheet = (collected / StaticStorage().stored_name("css/all.css")).read_text()
    assert "".join(sheet.split()) == ":root{--ink:#000;}body{color:var(--ink);}"


def test_names_stay_plain_where_nothing_was_collected(tmp_path: Path, settings: Settings) -> None:
    settings.STATIC_ROOT = tmp_path
    assert StaticStorage().stored_name("js/page.js") == "js/page.js"
