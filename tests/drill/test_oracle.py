"""The oracle computes by itself what must arrive, and the product agrees with it."""

from __future__ import annotations

import ast
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calendar_app.models import Reminder
from calendar_app.services import outbox
from drill import evidence, seed
from drill.oracle import Due, Key, World, expected
from drill.plan import DISTANCE, Slot, Spec, posts, yields
from drill.timeline import Timeline
from tests.drill.runs import (
    DRAFTER,
    DRAFTER_TOO,
    EDITOR,
    HEAD,
    HOUR,
    MANAGER,
    MINUTE,
    T0,
    OpenDatabase,
    Run,
    iso,
    person,
    post,
)

JUDGES = ("oracle", "timeline", "evidence", "arrivals", "halves", "verdict")
THEIRS = {"psycopg2"}
DRILL = Path(__file__).resolve().parents[2] / "drill"


@pytest.mark.parametrize("module", JUDGES)
def test_judges_import_nothing_of_the_product(module: str) -> None:
    """Only the standard library, the PostgreSQL driver and each other: also inside functions."""
    imported: set[str] = set()
    for node in ast.walk(ast.parse((DRILL / f"{module}.py").read_text())):
        if isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported |= {f"drill.{name.name}" for name in node.names} if node.module == "drill" else {str(node.module)}
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert "import" not in called
    foreign = {name for name in imported if name.split(".")[0] not in sys.stdlib_module_names | THEIRS}
    assert foreign <= {f"drill.{judge}" for judge in JUDGES}


# The rules, written out ----------------------------------------------------------------------


def world(tmp_path: Path, **changes: object) -> World:
    return World.read(Run(tmp_path / "run", **changes).fixture)  # type: ignore[arg-type]


def told(found: dict[Key, Due]) -> set[tuple[str, str, float, float, frozenset[int], frozenset[int]]]:
    """(kind, offset, minutes from T0 to due, and to its end, who by notice, who by mail)."""
    people: dict[tuple[str, str, float, float], dict[str, set[int]]] = {}
    for key, due in found.items():
        whole = (key.kind, key.offset, (due.at - T0) / MINUTE, (due.until - T0) / MINUTE)
        people.setdefault(whole, {"in_app": set(), "email": set()})[key.way].add(key.person)
    return {(*whole, frozenset(ways["in_app"]), frozenset(ways["email"])) for whole, ways in people.items()}


def test_reminders_of_one_post(tmp_path: Path) -> None:
    """Written out by hand from docs/reminders.md, for a post 25 hours after T0."""
    drafters, members = frozenset({DRAFTER, DRAFTER_TOO}), frozenset({DRAFTER, DRAFTER_TOO, HEAD})
    everybody = members | {EDITOR, MANAGER}
    heads, desk = frozenset({HEAD}), frozenset({EDITOR})
    time, day = 25 * 60, 24 * 60
    assert told(expected(world(tmp_path, posts=[post(at=T0 + 25 * HOUR)]))) == {
        ("publish_soon", "24h", time - day, time - 60, members, members),
        ("publish_soon", "1h", time - 60, time, members, members),
        ("publish_now", "0", time, time + 120, drafters, drafters),
        ("escalated", "head", time + 15, time + 120, heads, heads),
        ("publish_overdue", "30min", time + 30, time + 120, members, members),
        ("escalated", "desk", time + 45, time + 120, desk, desk),
        ("publish_overdue", "grace", time + 120, time + 120 + day, everybody, everybody),
    }


def test_what_was_due_before_t0_is_past(tmp_path: Path) -> None:
    found = told(expected(world(tmp_path, posts=[post(at=T0 - 40 * MINUTE)])))
    assert {(kind, offset) for kind, offset, *_rest in found} == {("escalated", "desk"), ("publish_overdue", "grace")}


def test_what_lay_behind_at_the_approval_was_never_made(tmp_path: Path) -> None:
    late = post(at=T0 + 40 * MINUTE, approved_at=iso(T0 + 45 * MINUTE))
    found = told(expected(world(tmp_path, posts=[late])))
    assert {(kind, offset, due) for kind, offset, due, *_rest in found} == {
        ("publish_now", "0", 45),  # at once
        ("escalated", "head", 55),
        ("publish_overdue", "30min", 70),
        ("escalated", "desk", 85),
        ("publish_overdue", "grace", 160),
    }


def test_head_publishes_where_nobody_drafts(tmp_path: Path) -> None:
    people = [person(DRAFTER, "drafter", active=False), person(HEAD, "head")]
    found = told(expected(world(tmp_path, people=people)))
    assert ("publish_now", "0", 1, 121, frozenset({HEAD}), frozenset({HEAD})) in found


@pytest.mark.parametrize("status", ["draft", "in_review", "cancelled", "changes_requested"])
def test_what_is_not_approved_has_none(tmp_path: Path, status: str) -> None:
    assert expected(world(tmp_path, posts=[post(status=status)])) == {}


@pytest.mark.parametrize("status", ["dormant", "preparing"])
def test_silent_missions_have_none(tmp_path: Path, status: str) -> None:
    assert expected(world(tmp_path, status=status)) == {}


def test_muting_stops_only_mails_that_may_be_muted(tmp_path: Path) -> None:
    people = [person(DRAFTER, "drafter", muted=["publish_soon", "publish_now"])]
    found = expected(world(tmp_path, people=people, posts=[post(at=T0 + 25 * HOUR)]))
    by_mail = {key.kind for key in found if key.way == "email"}
    assert by_mail == {"publish_now", "publish_overdue"}
    assert {key.kind for key in found if key.way == "in_app"} == {"publish_soon", "publish_now", "publish_overdue"}


# The two clocks ------------------------------------------------------------------------------


def line(*events: dict[str, object]) -> Timeline:
    bounds = [{"t": 0.5, "what": "sending", "at": "begin"}, {"t": 1000, "what": "sending", "at": "end"}]
    return Timeline.read([{"t": 0, "what": "clock", "offset": 5000}, *bounds, *events])


def test_first_moment_a_clock_shows() -> None:
    jumped = line({"t": 100, "what": "clock", "offset": 6000}, {"t": 200, "what": "clock", "offset": 5000})
    assert jumped.first_real(5050) == 50
    assert jumped.first_real(5500) == 100  # jumped over
    assert jumped.first_real(6150) == 150
    assert jumped.first_real(4000) == 0.5  # nobody sends before the beginning
    assert jumped.first_real(6500) == 1500
    assert [jumped.shown(at) for at in (99, 100, 199, 200)] == [5099, 6100, 6199, 5200]
    assert jumped.real(5205, 150) == 205
    assert jumped.real(6150, 0) == 150


def test_how_long_something_could_be_sent() -> None:
    calm = line(
        {"t": 10, "what": "outage", "of": "mail", "at": "begin"}, {"t": 40, "what": "outage", "of": "mail", "at": "end"}
    )
    assert calm.open_for("in_app", 5000, 5100) == 99.5
    assert calm.open_for("email", 5000, 5100) == 69.5
    assert calm.open_for("in_app", 5900, 9000) == 100  # until the end
    assert calm.open_for("in_app", 5000, 5100, [(30, 2000)]) == 29.5
    assert calm.outage_at("email", 20) == (10, 40)
    assert calm.outage_at("email", 40) is None
    assert calm.outage_at("in_app", 20) is None


def test_jump_that_nobody_saw_makes_nobody_wait() -> None:
    jump = {"t": 15, "what": "clock", "offset": 50000}
    assert line(jump).jumps == [(15, 80)]
    assert line(jump, {"t": 40, "what": "outage", "of": "all", "at": "begin"}).jumps == [(15, 40)]
    stopped = ({"t": at, "what": "outage", "of": "all", "at": what} for at, what in ((10, "begin"), (20, "end")))
    away = line(jump, *stopped)
    assert away.jumps == []
    assert away.returns == [20]


# The load ------------------------------------------------------------------------------------


def spec(*slots: Slot, **changes: object) -> Spec:
    whole = {"folder": "", "t0": datetime.fromtimestamp(T0, UTC), "seed": 1, "missions": 3, "drafters": 2, "heads": 1}
    return Spec(slots=slots, **(whole | {"editors": 1, "live_missions": 1} | changes))  # type: ignore[arg-type]


def test_slots_are_filled_and_read_back() -> None:
    wanted = spec(Slot("steady", 10, 60, 300), Slot("burst", 100, 0, 200), Slot("hold", 5, 5, 20, missions="held"))
    assert Spec.read(wanted.as_json()) == wanted
    for slot in wanted.slots:
        begins = wanted.t0 + timedelta(seconds=slot.at)
        rows = 0
        for made in (one for one in posts(wanted) if one.slot == slot.name and not one.fate):
            # the distance that puts one of its reminders into the slot
            kind = next(
                kind
                for kind, after in DISTANCE.items()
                if begins <= made.scheduled_at - after <= begins + timedelta(seconds=slot.span)
            )
            rows += yields(wanted, kind)
            assert made.group == slot.missions
        assert slot.reminders <= rows <= slot.reminders + 20
    fates = {one.fate for one in posts(wanted)}
    assert {"moved", "cancelled", "recalled"} <= fates


# The product agrees --------------------------------------------------------------------------


@pytest.fixture
def seeded(db: None, tmp_path: Path) -> None:
    """A small world, made by the seeder in this process."""
    slots = (Slot("near", 5, 60, 150), Slot("later", 7200, 0, 300))
    seed.seed(spec(*slots, folder=str(tmp_path), processes=1))


@pytest.mark.usefixtures("seeded")
def test_product_plans_what_the_oracle_expects(tmp_path: Path) -> None:
    """Row by row, each with its time, for everything that is not void."""
    found = evidence.read(tmp_path, OpenDatabase())
    wanted = expected(World.read(found.fixture))
    versions = {post["id"]: post["schedule_version"] for post in found.fixture["posts"] if post["status"] == "approved"}
    active = {person["id"] for person in found.fixture["people"] if person["active"]}
    silent = {mission["id"] for mission in found.fixture["missions"] if mission["status"] == "dormant"}
    quiet = {post["id"] for post in found.fixture["posts"] if post["mission"] in silent}
    # rows of what somebody has muted are there, and void
    muted = {(person["id"], kind) for person in found.fixture["people"] for kind in person["muted"]}
    planned = {
        Key(row.person or 0, row.kind, row.offset, row.post or 0, row.way): Due(row.due, row.until)
        for row in found.rows.values()
        if row.person in active and versions.get(row.post or 0) == row.schedule_version and row.post not in quiet
        and not (row.way == "email" and (row.person, row.kind) in muted)
    }
    assert planned == wanted
    assert {post["fate"] for post in found.fixture["posts"]} >= {"", "moved", "cancelled"}
    assert len(active) < len(found.fixture["people"])


@pytest.mark.usefixtures("seeded")
def test_seeder_leaves_nothing_from_before(tmp_path: Path) -> None:
    at = datetime.fromtimestamp(T0, UTC)
    assert not Reminder.objects.filter(due_at__lt=at, state="pending").exists()
    assert outbox.tick(at=at - timedelta(seconds=1)) == outbox.Summary()
