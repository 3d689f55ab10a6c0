"""Acknowledged writes that vanished, and steps that were applied by half, in made-up runs that hold just that."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drill.runs import DRAFTER, HEAD, LIFE, MINUTE, REAL, T0, Run, offences, stored

DUE = T0 + MINUTE
LIVE = 200


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """One post whose time comes a minute after T0: four messages, all of which arrived."""
    made = Run(tmp_path / "run")
    made.deliver()
    return made


# Writes ------------------------------------------------------------------------------------


def acknowledged(run: Run, action: str, version: int, became: str, pk: int = LIVE) -> None:
    run.writes.append(
        {"t": REAL + 5, "status": 200, "action": action, "post": pk, "version": version, "became": became}
    )


def test_acknowledged_writes_that_are_there(run: Run) -> None:
    run.live(LIVE, *LIFE)
    for version, (action, _was, became) in enumerate(LIFE, 1):
        acknowledged(run, action, version, became)
    verdict = run.judge()
    assert offences(verdict) == {}
    assert verdict.writes == 3


def test_acknowledged_write_that_vanished(run: Run) -> None:
    run.live(LIVE, *LIFE[:2])
    for version, (action, _was, became) in enumerate(LIFE, 1):
        acknowledged(run, action, version, became)
    acknowledged(run, "create", 1, "draft", pk=LIVE + 1)
    assert offences(run.judge()) == {"lost_writes": 2}


def test_unacknowledged_write_may_have_happened_or_not(run: Run) -> None:
    run.live(LIVE, *LIFE[:2])
    run.writes.append({"t": REAL, "status": 200, "action": "submit", "post": LIVE, "version": 2, "became": "in_review"})
    run.writes.append({"t": REAL, "status": None, "action": "approve", "post": LIVE})
    run.writes.append({"t": REAL, "status": 500, "action": "approve", "post": LIVE})
    assert offences(run.judge()) == {}


def test_writer_that_was_never_answered_shows_nothing(run: Run) -> None:
    run.writes.append({"t": REAL, "status": None, "action": "approve", "post": LIVE})
    assert "acknowledged" in run.judge().missed[0]
    run.writes = []
    assert run.judge().ok
    run.event("phase", 190, at="begin", name="postgres")
    assert "acknowledged" in run.judge().missed[0]


def test_more_crashes_than_writes_show_nothing(run: Run) -> None:
    run.event("phase", 2, at="begin", name="postgres")
    run.live(LIVE, *LIFE[:1])
    acknowledged(run, "create", 1, "draft")
    run.event("outage", 10, at="begin", of="postgres")
    run.event("outage", 11, at="end", of="postgres")
    verdict = run.judge()
    assert verdict.ok
    assert verdict.phases["postgres"].writes == 1
    run.event("outage", 20, at="begin", of="postgres")
    run.event("outage", 21, at="end", of="postgres")
    assert run.judge().missed == ["postgres: 1 writes were acknowledged, at least 2 wanted"]


# Halves ------------------------------------------------------------------------------------


def halves(run: Run) -> list[str]:
    verdict = run.judge()
    assert set(offences(verdict)) == {"half_applied"}
    return verdict.details["half_applied"]


def without(run: Run, table: str, **values: object) -> None:
    rows = run.tables[table]
    left = [row for row in rows if any(row[name] != value for name, value in values.items())]
    assert len(left) < len(rows)
    run.tables[table] = left


def test_status_without_its_entry(run: Run) -> None:
    run.live(LIVE, *LIFE)
    without(run, "audit_entry", object_id=LIVE, version=3)
    assert "entries for [1, 2]" in halves(run)[0]


def test_entry_without_its_status(run: Run) -> None:
    run.live(LIVE, *LIFE)
    run.tables["calendar_app_post"][-1]["status"] = "missed"
    assert "its last entry says approved" in halves(run)[0]


def test_entry_that_does_not_follow_the_one_before(run: Run) -> None:
    run.live(LIVE, *LIFE[:1], ("submit", "signoff", "in_review"))
    assert "submit began from signoff" in halves(run)[0]


def test_approval_without_its_decision(run: Run) -> None:
    run.live(LIVE, *LIFE)
    without(run, "calendar_app_decision", post_id=LIVE)
    told = halves(run)
    assert "decisions {}" in told[0]
    assert "approvals in force of []" in told[1]


def test_decision_without_its_approval(run: Run) -> None:
    run.live(LIVE, *LIFE[:2])
    run.decide(LIVE, "approve")
    assert len(halves(run)) == 2


def test_approval_without_its_theme(run: Run) -> None:
    run.live(LIVE, *LIFE)
    without(run, "calendar_app_decisiontheme", decision_id=2)
    assert "primary theme" in halves(run)[0]


def test_approval_of_another_text(run: Run) -> None:
    run.live(LIVE, *LIFE)
    run.tables["calendar_app_post"][-1] |= {"current_revision_id": 999, "approved_revision_id": 999}
    assert "approvals in force of [200]" in halves(run)[0]


@pytest.mark.parametrize("kind", ["decided", "publish_now", "publish_overdue", "review_requested"])
def test_approval_without_its_reminders(run: Run, kind: str) -> None:
    run.live(LIVE, *LIFE)
    rows = run.tables["calendar_app_reminder"]
    gone = {row["id"] for row in rows if row["kind"] == kind and row["post_id"] == LIVE}
    run.tables["calendar_app_reminder"] = [row for row in rows if row["id"] not in gone]
    notices = run.tables["calendar_app_notification"]
    run.tables["calendar_app_notification"] = [one for one in notices if one["reminder_id"] not in gone]
    assert f"without {kind}" in halves(run)[0]


def test_review_without_its_round(run: Run) -> None:
    run.live(LIVE, *LIFE[:2])
    without(run, "calendar_app_review", post_id=LIVE)
    assert len(halves(run)) == 2


def test_round_left_open(run: Run) -> None:
    run.live(LIVE, *LIFE)
    next(row for row in run.tables["calendar_app_review"] if row["post_id"] == LIVE)["closed_at"] = None
    assert "rounds open on [200]" in halves(run)[0]


def test_move_without_its_schedule_version(run: Run) -> None:
    run.live(LIVE, *LIFE)
    run.tables["calendar_app_post"][-1]["schedule_version"] = 2
    assert "schedule version 2" in halves(run)[0]


def test_publication_without_its_channel(run: Run) -> None:
    run.live(LIVE, *LIFE, ("mark_published", "approved", "published"))
    run.tables["calendar_app_post"][-1] |= {"approved_revision_id": LIVE, "published_at": stored(T0)}
    run.tables["calendar_app_decision"][-1]["in_force"] = 1
    assert "0 channels" in halves(run)[0]


def test_notice_without_its_row_and_row_without_its_notice(run: Run) -> None:
    run.find("publish_now", DRAFTER, "in_app")["state"] = "claimed"
    assert "a notice, and the row is claimed" in halves(run)[0]
    row = run.find("publish_now", DRAFTER, "in_app")
    run.forget(row, state="sent", sent_at=stored(DUE))
    verdict = run.judge()
    assert (verdict.half_applied, verdict.lost) == (1, 1)


def test_news_that_were_dropped(run: Run) -> None:
    run.live(LIVE, *LIFE)
    row = run.find("decided", HEAD, "in_app")
    run.forget(row, state="skipped")
    assert offences(run.judge()) == {"lost": 1}


def test_news_that_wait_for_ever(run: Run) -> None:
    run.live(LIVE, *LIFE)
    run.forget(run.find("decided", HEAD, "in_app"))
    assert offences(run.judge()) == {"lost": 1}


def digest_of(run: Run, who: int, kinds: tuple[str, ...], about: str = "many") -> None:
    items = [{"post": LIVE, "kind": kind} for kind in kinds]
    data = {"about": about, "items": items}
    run.row("digest", None, who, way="email", occasion=len(run.letters), due=T0 + 65, data=data)


def test_news_that_were_many_are_in_a_digest(run: Run) -> None:
    run.live(LIVE, *LIFE)
    run.row("decided", LIVE, HEAD, way="email", occasion=3, due=T0 + 5, state="skipped", error="in digest")
    assert offences(run.judge()) == {"lost": 1}
    digest_of(run, HEAD, ("moved",))
    assert offences(run.judge()) == {"lost": 1}
    digest_of(run, HEAD, ("decided",))
    assert offences(run.judge()) == {}


def test_news_that_came_too_late_are_in_a_digest(run: Run) -> None:
    run.live(LIVE, *LIFE)
    run.row("decided", LIVE, HEAD, way="email", occasion=3, due=T0 + 5, until=T0 + 30, state="expired")
    assert offences(run.judge()) == {"lost": 1}
    digest_of(run, HEAD, ("decided",), about="missed")
    assert offences(run.judge()) == {}
