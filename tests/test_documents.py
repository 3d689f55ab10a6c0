"""What the documents name is there."""

import re
from pathlib import Path

import pytest

from missions.roles import PERMISSIONS, Permission, Role

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    text = document.read_text()
    named = re.findall(r"`((?:audit|missions|calendar_app|config|scripts|static|templates|tests|docs)/[\w./-]*)", text)
    linked = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    missing = [path for path in named if not (ROOT / path).exists()]
    missing += [link for link in linked if not (document.parent / link).exists()]
    assert missing == []


def test_the_table_of_permissions_is_the_one_in_force() -> None:
    _before, _head, rest = (ROOT / "docs" / "permissions.md").read_text().partition("| permission |")
    head, _rule, *rows = rest.split("\n\n")[0].splitlines()
    roles = [Role(cell.strip()) for cell in head.split("|")[:-1]]
    said = {}
    for row in rows:
        name, *cells = row.split("|")[1:-1]
        holds = dict(zip(roles, (bool(cell.strip()) for cell in cells), strict=True))
        said[Permission(name.split("`")[1])] = {role for role in roles if holds[role]}
    assert said == {permission: {role for role in Role if permission in PERMISSIONS[role]} for permission in Permission}
