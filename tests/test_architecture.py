"""The layout of DESIGN §8, as code: who may import whom, who may write a status, who may fetch an object."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [
    path
    for folder in ("audit", "missions", "calendar_app", "config")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "migrations" not in path.parts
]

# From the lowest layer to the highest; a module imports from its own layer and those below. The longest prefix counts.
LAYERS = [
    ["audit"],
    ["missions"],
    ["calendar_app.networks", "calendar_app.clock", "calendar_app.languages"],
    ["calendar_app.models"],
    [
        "calendar_app.errors",
        "calendar_app.access",
        "calendar_app.workflow",
        "calendar_app.triggers",
        "calendar_app.queries",
    ],
    ["calendar_app.services", "calendar_app.messages"],
    ["calendar_app.forms", "calendar_app.tasks", "calendar_app.apps"],
    [
        "calendar_app.views",
        "calendar_app.api",
        "calendar_app.admin",
        "calendar_app.templatetags",
        "calendar_app.management",
    ],
    ["config"],
]
# Settings and the environment are read everywhere; they import nothing of the product.
EVERYWHERE = {"config.env", "config.settings"}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> int | None:
    found = [
        (len(prefix), place)
        for place, prefixes in enumerate(LAYERS)
        for prefix in prefixes
        if module == prefix or module.startswith(prefix + ".")
    ]
    return max(found)[1] if found else None


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@pytest.mark.parametrize("document", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_documents_draw_the_same_layers(document: str) -> None:
    drawn = " < ".join(", ".join(name.removeprefix("calendar_app.") for name in layer) for layer in LAYERS)
    assert drawn in " ".join((ROOT / document).read_text(encoding="utf-8").split())


def test_every_module_has_its_layer() -> None:
    lost = [module_of(path) for path in SOURCES if layer_of(module_of(path)) is None]
    assert [module for module in lost if module != "calendar_app"] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    own = layer_of(module_of(path))
    if own is None:
        return
    upwards = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for line, name in imports_of(path)
        if name.split(".")[0] in {"audit", "missions", "calendar_app", "config"}
        and name not in EVERYWHERE
        and (layer_of(name) or 0) > own
    ]
    # the application's start connects the triggers to post_migrate
    assert [text for text in upwards if not text.startswith("calendar_app/apps.py")] == []


def test_only_the_workflow_writes_a_posts_status() -> None:
    writers = []
    for path in SOURCES:
        if module_of(path) == "calendar_app.workflow":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Assign):
                targets = [t for t in node.targets if isinstance(t, ast.Attribute) and t.attr == "status"]
                names = [t.value.id for t in targets if isinstance(t.value, ast.Name)]
                if any("post" in name for name in names):
                    writers.append(f"{path}:{node.lineno}")
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                writes = node.func.attr in {"update", "create", "bulk_create", "update_or_create"}
                if (
                    writes
                    and "Post.objects" in ast.unparse(node.func)
                    and any(k.arg == "status" for k in node.keywords)
                ):
                    writers.append(f"{path}:{node.lineno}")
    assert writers == []


def test_pages_and_api_fetch_objects_through_access() -> None:
    fetched = [
        f"{path.relative_to(ROOT)}: {found}"
        for path in SOURCES
        if module_of(path).startswith(("calendar_app.views", "calendar_app.api"))
        for found in re.findall(r"get_object_or_404|\.objects\b[^\n]*", path.read_text(encoding="utf-8"))
    ]
    assert fetched == []


def test_a_view_is_short() -> None:
    long = []
    for path in SOURCES:
        if not module_of(path).startswith(("calendar_app.views", "calendar_app.api")):
            continue
        long += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 45
        ]
    assert long == []


def test_queries_take_the_time_as_an_argument() -> None:
    asked = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if module_of(path).startswith(("calendar_app.queries", "calendar_app.services", "missions", "audit"))
        # a tick reads the database's clock again for each batch it claims
        and module_of(path) != "calendar_app.services.claims"
        and re.search(r"timezone\.now\(|clock\.(?:now|column)\(|datetime\.now\(", path.read_text(encoding="utf-8"))
    ]
    assert asked == []


def test_every_environment_variable_is_documented() -> None:
    read = set()
    for path in [*SOURCES, ROOT / "scripts" / "up"]:
        text = path.read_text(encoding="utf-8")
        read |= set(re.findall(r"env\.(?:text|flag|number|words|one_of)\(\s*\"([A-Z_]+)\"", text))
    documented = set(re.findall(r"^#?\s?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert read - documented == set()
    others = "".join(
        (ROOT / name).read_text(encoding="utf-8") for name in ("scripts/up", "scripts/test", "docker-compose.yml")
    )
    assert {name for name in documented - read if name not in others} == set()


def test_nobody_marks_peoples_text_as_safe() -> None:
    marked = [
        str(path.relative_to(ROOT))
        for path in [*SOURCES, *(ROOT / "templates").rglob("*.html")]
        if re.search(r"\|\s*safe\b|mark_safe\(|autoescape off", path.read_text(encoding="utf-8"))
    ]
    assert marked == []
