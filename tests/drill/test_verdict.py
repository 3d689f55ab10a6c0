"""The verdict finds each offence that a run may hold, in made-up runs that hold just that one."""

from __future__ import annotations

from pathlib import Path

import pytest

from drill.verdict import Verdict
from tests.drill.runs import (
    BEFORE,
    DRAFTER,
    DRAFTER_TOO,
    EDITOR,
    GONE,
    HEAD,
    HOUR,
    LIFE,
    MINUTE,
    POST,
    REAL,
    T0,
    Run,
    offences,
    person,
    post,
    stored,
)

DUE = T0 + MINUTE
LIVE = 200


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """One post whose time comes a minute after T0: four messages, all of which arrived."""
    made = Run(tmp_path / "run")
    made.deliver()
    return made


def test_good_run_passes(run: Run) -> None:
    verdict = run.judge()
    assert offences(verdict) == {}
    assert (verdict.reminders, verdict.latenesses) == (4, [1.0] * 4)
    assert verdict.phases["quiet"].reminders == 4


# Lost --------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["in_app", "email"])
@pytest.mark.parametrize("state", ["pending", "skipped", "failed", "expired", "claimed"])
def test_message_that_never_came_is_lost(run: Run, way: str, state: str) -> None:
    run.forget(run.find("publish_now", DRAFTER, way), state=state)
    assert offences(run.judge()) == {"lost": 1}


def test_message_without_a_row_is_lost(run: Run) -> None:
    row = run.find("publish_now", DRAFTER_TOO, "email")
    run.forget(row)
    run.tables["calendar_app_reminder"].remove(row)
    assert offences(run.judge()) == {"lost": 1}


def test_letter_that_was_refused_did_not_come(run: Run) -> None:
    run.letters[0]["outcome"] = "refused"
    verdict = run.judge()
    assert verdict.lost == 2  # as wanted, and as a row that says it was sent
    assert not verdict.ok


def test_uncertain_mail_is_shown_and_not_lost(run: Run) -> None:
    run.forget(run.find("publish_now", DRAFTER, "email"), state="uncertain")
    run.event("kill", MINUTE + 2, of="worker", pid=1)
    verdict = run.judge()
    assert offences(verdict) == {}
    assert verdict.uncertain == 1


def test_nothing_is_uncertain_without_a_reason(run: Run) -> None:
    run.forget(run.find("publish_now", DRAFTER, "email"), state="uncertain")
    run.event("kill", MINUTE + 2, of="beat", pid=1)
    assert offences(run.judge()) == {"lost": 1}


def test_uncertain_notice_is_lost(run: Run) -> None:
    run.forget(run.find("publish_now", DRAFTER, "in_app"), state="uncertain")
    assert run.judge().lost == 1


def test_nobody_else_is_told(run: Run) -> None:
    """Of what the mission's inactive drafter would have got nothing is missed, and what comes is one too many."""
    run.row("publish_now", POST, GONE, due=DUE, until=DUE + 2 * HOUR)
    assert offences(run.judge()) == {"uncalled": 1}


def test_muted_mail_is_not_missed_where_it_may_be_muted(tmp_path: Path) -> None:
    run = Run(tmp_path / "run", posts=[post(at=T0 + HOUR + MINUTE)])
    run.people[1] = person(DRAFTER_TOO, "drafter", muted=["publish_soon", "publish_now"])
    run.deliver()
    verdict = run.judge()
    assert offences(verdict) == {}
    assert verdict.reminders == 5  # the reminder an hour before: three notices, two mails


def test_silent_mission_hears_nothing(tmp_path: Path) -> None:
    run = Run(tmp_path / "run", status="dormant")
    run.deliver()
    run.row("publish_now", POST, DRAFTER, due=DUE, until=DUE + 2 * HOUR)
    assert run.judge().uncalled == 1


# Twice -------------------------------------------------------------------------------------


def test_second_notice_is_one_too_many(run: Run) -> None:
    run.arrive(run.find("publish_now", DRAFTER, "in_app"), DUE + 2)
    assert offences(run.judge()) == {"duplicated_inapp": 1}


def test_second_row_of_the_same_message_is_one_too_many(run: Run) -> None:
    """As when the identity is no longer unique, or says something that it should not."""
    run.row("publish_now", POST, DRAFTER, due=DUE, until=DUE + 2 * HOUR)
    run.row("publish_now", POST, HEAD - 1, way="email", due=DUE, until=DUE + 2 * HOUR)
    assert offences(run.judge()) == {"duplicated_inapp": 1, "duplicated_email": 1}


def repeat(run: Run, *, outcome: str = "250", second: bool = True, recorded: bool = True, **more: object) -> None:
    """The mail of the first drafter comes a second time after a lease."""
    row = run.find("publish_now", DRAFTER, "email")
    if recorded:
        row["data"] = '{"offset": "0", "repeat": true}'
    run.letters[0]["outcome"] = outcome
    assert run.letters[0]["message_id"] == row["message_id"]
    run.arrive(row, DUE + 65, **({"repeat": second} | more))


def test_repeat_inside_the_unknown_window_is_allowed_once(run: Run) -> None:
    repeat(run, outcome="died_after_data")
    verdict = run.judge()
    assert offences(verdict) == {}
    assert (verdict.uncertain, verdict.repeats) == (1, 1)
    run.arrive(run.find("publish_now", DRAFTER, "email"), DUE + 130, repeat=True)
    assert offences(run.judge()) == {"duplicated_email": 1}


def test_worker_killed_just_then_opens_the_window(run: Run) -> None:
    repeat(run)
    run.event("kill", MINUTE + 1.2, of="worker", pid=1)
    assert offences(run.judge()) == {}


@pytest.mark.parametrize("of", ["beat", "web", "watch"])
def test_death_of_those_who_do_not_send_opens_none(run: Run, of: str) -> None:
    repeat(run)
    run.event("kill", MINUTE + 1.2, of=of, pid=1)
    assert offences(run.judge()) == {"duplicated_email": 1}


def test_repeat_outside_the_unknown_window_is_a_duplicate(run: Run) -> None:
    repeat(run)
    assert offences(run.judge()) == {"duplicated_email": 1}


def test_repeat_that_does_not_say_so_is_a_duplicate(run: Run) -> None:
    repeat(run, outcome="died_after_data", second=False)
    assert offences(run.judge()) == {"duplicated_email": 1}


def test_repeat_that_was_not_recorded_is_a_duplicate(run: Run) -> None:
    repeat(run, outcome="died_after_data", recorded=False)
    assert offences(run.judge()) == {"duplicated_email": 1}


def test_repeat_with_another_id_was_called_for_by_nobody(run: Run) -> None:
    repeat(run, outcome="died_after_data", message_id="<other@drill>")
    assert offences(run.judge()) == {"uncalled": 1}


# When --------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["in_app", "email"])
def test_early_message(run: Run, way: str) -> None:
    row = run.find("publish_now", DRAFTER, way)
    run.forget(row, state="sent", sent_at=stored(DUE - 2))
    run.arrive(row, DUE - 2)
    assert offences(run.judge()) == {"early": 1}


def test_late_message(run: Run) -> None:
    row = run.find("publish_now", DRAFTER, "in_app")
    run.forget(row, state="sent", sent_at=stored(DUE))
    run.arrive(row, DUE + 61)
    verdict = run.judge()
    assert offences(verdict) == {"late": 1}
    assert max(verdict.latenesses) == 61


def test_message_after_its_last_sensible_moment_pretends(tmp_path: Path) -> None:
    run = Run(tmp_path / "run", posts=[post(at=T0 + MINUTE)], lasts=3 * HOUR)
    run.deliver()
    row = run.find("publish_now", DRAFTER, "in_app")
    run.forget(row, state="sent", sent_at=stored(DUE))
    run.arrive(row, DUE + 2 * HOUR + 10)
    found = offences(run.judge())
    assert found == {"pretending": 1, "late": 1}


def test_row_with_another_time_than_the_rules_is_wrong(run: Run) -> None:
    run.find("publish_now", DRAFTER, "in_app")["due_at"] = stored(DUE - 30)
    assert offences(run.judge()) == {"wrong": 1}


def test_steady_phase_has_to_be_on_time(run: Run) -> None:
    run.event("phase", 10, at="begin", name="steady")
    assert run.judge().ok
    for letter in run.letters:
        letter["t"] += 3
    verdict = run.judge()
    assert offences_of(verdict, "steady")
    assert verdict.late == 0


def test_what_comes_due_after_a_phase_is_not_its_own(run: Run) -> None:
    run.event("phase", 10, at="begin", name="steady")
    run.event("phase", 59, at="end", name="steady")
    verdict = run.judge()
    assert (verdict.phases["steady"].latenesses, len(verdict.latenesses)) == ([], 4)


def offences_of(verdict: Verdict, phase: str) -> list[str]:
    return [goal for goal in verdict.missed if goal.startswith(f"{phase}:")]


# The clock ---------------------------------------------------------------------------------


def test_clock_set_forward_makes_due(tmp_path: Path) -> None:
    """What comes due by a jump is as late as the jump is old."""
    run = Run(tmp_path / "run", posts=[post(at=T0 + 600)])
    run.event("clock", 100, offset=T0 - REAL + 550)
    run.deliver(state="pending")
    for row in run.tables["calendar_app_reminder"]:
        if row["kind"] == "publish_now":
            row |= {"state": "sent", "sent_at": stored(T0 + 652)}
            run.arrive(row, T0 + 652, offset=T0 - REAL + 550)
    verdict = run.judge()
    assert offences(verdict) == {}
    assert [round(value) for value in verdict.latenesses] == [2] * 4


def test_clock_set_back_makes_nothing_early(run: Run) -> None:
    run.event("clock", 61.5, offset=T0 - REAL - HOUR)
    assert offences(run.judge()) == {}


def test_message_sent_on_a_clock_that_was_set_back_is_early(run: Run) -> None:
    run.event("clock", 50, offset=T0 - REAL - HOUR)
    found = run.judge()
    # when a notice came, only a database that keeps the times of commits can tell
    assert found.early == 2
    assert not found.ok


# Outages -----------------------------------------------------------------------------------


def away(tmp_path: Path) -> Run:
    """Everything stops ten seconds after T0, the clock goes on for six hours, everything comes back."""
    run = Run(tmp_path / "run", posts=[post(at=T0 + MINUTE)])
    run.event("phase", 1, at="begin", name="six_hours")
    run.event("outage", 10, at="begin", of="all")
    run.event("clock", 11, offset=T0 - REAL + 6 * HOUR)
    run.event("outage", 20, at="end", of="all")
    run.deliver(state="expired")
    return run


def sum_up(run: Run, who: int, way: str, kinds: tuple[str, ...], at: float, **more: object) -> None:
    items = [{"post": POST, "kind": kind} for kind in kinds]
    run.row("digest", None, who, way=way, due=at, state="pending", data={"about": "missed", "items": items} | more)
    row = run.tables["calendar_app_reminder"][-1]
    row |= {
        "state": "sent",
        "sent_at": stored(at),
        "identity": f"digest:missed:1:{len(run.tables['calendar_app_reminder'])}",
    }
    if way == "email":
        row["message_id"] = f"<{row['identity']}>"
    run.arrive(row, at + 1, offset=T0 - REAL + 6 * HOUR)


ALL = ("publish_now", "publish_overdue", "escalated")


def well_summed_up(run: Run) -> None:
    back = T0 + 6 * HOUR + 20
    for who in (DRAFTER, DRAFTER_TOO, HEAD, EDITOR):
        for way in ("in_app", "email"):
            sum_up(run, who, way, ALL, back + 60)
    for row in run.tables["calendar_app_reminder"]:
        if row["kind"] == "publish_overdue" and row["identity"].split(":")[3] == "grace":
            row |= {"state": "sent", "sent_at": stored(back + 2)}
            run.arrive(row, back + 2, offset=T0 - REAL + 6 * HOUR)


def test_what_came_too_late_may_be_summed_up(tmp_path: Path) -> None:
    run = away(tmp_path)
    well_summed_up(run)
    run.posts.append(post(101, at=T0 + 6 * HOUR + 40))
    for who in (DRAFTER, DRAFTER_TOO):
        for way in ("in_app", "email"):
            run.row("publish_now", 101, who, way=way, due=T0 + 6 * HOUR + 40, until=T0 + 8 * HOUR + 40, state="pending")
            row = run.tables["calendar_app_reminder"][-1]
            row |= {"state": "sent", "sent_at": stored(T0)}
            run.arrive(row, T0 + 6 * HOUR + 42, offset=T0 - REAL + 6 * HOUR)
    run.live(101, *LIFE, at=BEFORE)
    verdict = run.judge()
    late = [goal for goal in verdict.missed if "lost" not in goal]
    assert late == []
    assert verdict.phases["six_hours"].digests_per_person_max == 1
    assert verdict.expired > 0
    # the hour before and the day before of the new post were not put in: found as lost
    assert all("post=101" in told for told in verdict.details.get("lost", []))


def test_silence_about_what_came_too_late_is_a_loss(tmp_path: Path) -> None:
    run = away(tmp_path)
    verdict = run.judge()
    assert verdict.lost == verdict.expired + 10  # the last reminder still makes sense, and did not come either
    assert verdict.expired > 0


def test_digest_that_leaves_somebody_out_is_found(tmp_path: Path) -> None:
    run = away(tmp_path)
    well_summed_up(run)
    assert run.judge().lost == 0
    digest = next(row for row in run.tables["calendar_app_reminder"] if row["kind"] == "digest")
    digest["data"] = '{"about": "missed", "items": [], "more": 0}'
    # told nevertheless: the report that the post was missed came
    assert run.judge().lost == 0
    run.forget(next(row for row in run.tables["calendar_app_reminder"] if ":grace:1:in_app" in row["identity"]))
    assert run.judge().lost > 1


def test_second_digest_after_one_outage_is_found(tmp_path: Path) -> None:
    run = away(tmp_path)
    well_summed_up(run)
    sum_up(run, DRAFTER, "in_app", ALL, T0 + 6 * HOUR + 90)
    verdict = run.judge()
    assert verdict.digests_per_person_max == 2
    assert any("2 digests" in goal for goal in verdict.missed)


def test_outage_excuses_nothing_that_still_made_sense_after_it(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    run.event("outage", 50, at="begin", of="all")
    run.event("outage", 70, at="end", of="all")
    run.deliver(state="expired")
    assert run.judge().lost == 4


def test_mail_outage_delays_mail_only(run: Run) -> None:
    run.event("outage", 50, at="begin", of="mail")
    run.event("outage", 60.5, at="end", of="mail")
    verdict = run.judge()
    assert offences(verdict) == {}
    assert (len(verdict.latenesses), len(verdict.delayed)) == (2, 2)


def test_redis_is_no_excuse(run: Run) -> None:
    run.event("phase", 1, at="begin", name="redis")
    run.event("outage", 10, at="begin", of="redis")
    run.event("outage", 190, at="end", of="redis")
    assert run.judge().ok
    row = run.find("publish_now", DRAFTER, "in_app")
    run.forget(row, state="sent", sent_at=stored(DUE))
    run.arrive(row, DUE + 61)
    verdict = run.judge()
    assert verdict.late == 1
    assert offences_of(verdict, "redis")


# Holds -------------------------------------------------------------------------------------


def hold(run: Run, since: float, until: float | None = None, scope: str = "mission") -> None:
    """A hold on the mission (or on all), of which everybody is told."""
    run.event("hold", since, at="begin", scope=scope, code="kbri-satu", id=1)
    tell(run, "held", since)
    if until is not None:
        run.event("hold", until, at="end", scope=scope, code="kbri-satu", id=1)
        tell(run, "lifted", until)


def tell(run: Run, kind: str, after: float) -> None:
    for who in (DRAFTER, DRAFTER_TOO, HEAD):
        for way in ("in_app", "email"):
            run.row(kind, None, who, way=way, due=T0 + after)


def test_reminder_sent_under_a_hold(run: Run) -> None:
    hold(run, 58, 190)
    assert offences(run.judge()) == {"sent_under_hold": 2}  # the mails may have been on their way for a moment
    for letter in run.letters:
        letter["t"] += 10 if letter["subject"] == "publish_now" else 0
    assert offences(run.judge()) == {"sent_under_hold": 4}


def test_who_is_not_told_of_a_hold(run: Run) -> None:
    hold(run, 70, 190)
    run.tables["calendar_app_reminder"] = [
        row for row in run.tables["calendar_app_reminder"] if (row["kind"], row["way"]) != ("lifted", "email")
    ]
    run.letters = [letter for letter in run.letters if letter["subject"] != "lifted"]
    assert offences(run.judge()) == {"lost": 3}


def test_hold_elsewhere_stops_nothing(run: Run) -> None:
    run.event("hold", 10, at="begin", scope="mission", code="kbri-dua", id=1)
    assert offences(run.judge()) == {}


def test_what_a_hold_stopped_for_good_is_withheld(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    hold(run, 20, scope="all")
    run.deliver(state="pending")
    verdict = run.judge()
    assert offences(verdict) == {}
    assert verdict.withheld == 4


def test_what_still_makes_sense_after_a_hold_has_to_come(tmp_path: Path) -> None:
    run = Run(tmp_path / "run", lasts=600)
    hold(run, 20, 300)
    run.deliver(state="pending")
    assert run.judge().lost == 4


# Letters -----------------------------------------------------------------------------------


def test_letter_to_somebody_else(run: Run) -> None:
    run.letters[0]["to"] = f"p{HEAD}@drill.example"
    assert offences(run.judge()) == {"wrong": 1}


def test_letter_without_a_link_to_its_post(run: Run) -> None:
    run.letters[0]["links"] = [f"http://127.0.0.1:8000/posts/{POST}0/"]
    assert offences(run.judge()) == {"wrong": 1}


def test_letter_to_editors_may_lead_to_the_review(run: Run) -> None:
    run.letters[0]["links"] = [f"http://127.0.0.1:8000/review/{POST}/"]
    assert offences(run.judge()) == {}


def test_alarm_is_no_reminder(run: Run) -> None:
    run.letters.append(run.letters[0] | {"message_id": "<alarm-1@drill>"})
    assert offences(run.judge()) == {}


def test_letter_that_no_row_knows(run: Run) -> None:
    run.letters.append(run.letters[0] | {"message_id": "<unknown@drill>"})
    assert offences(run.judge()) == {"uncalled": 1}


# Nothing passes by accident ------------------------------------------------------------------


def test_empty_run_does_not_pass(tmp_path: Path) -> None:
    run = Run(tmp_path / "run", posts=[])
    assert "nothing was judged" in run.judge().missed[0]


def test_run_whose_reminders_are_still_to_come_does_not_pass(tmp_path: Path) -> None:
    run = Run(tmp_path / "run", posts=[post(at=T0 + 400 * HOUR)])
    run.deliver()
    assert "nothing was judged" in run.judge().missed[0]


def test_run_without_mails_does_not_pass(run: Run) -> None:
    run.letters = []
    assert any("no letter" in goal for goal in run.judge().missed)


@pytest.mark.parametrize("what", ["clock", "sending"])
def test_run_that_does_not_say_when_is_no_run(run: Run, what: str) -> None:
    run.events = [event for event in run.events if event["what"] != what]
    with pytest.raises(ValueError, match=what):
        run.judge()


def test_phase_with_a_goal_and_nothing_in_it_does_not_pass(run: Run) -> None:
    run.event("phase", 199, at="begin", name="burst")
    assert offences_of(run.judge(), "burst")
