"""When a post goes out: every mission's zone, every change of clocks, zones that change, and moving a post."""

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Entry
from calendar_app.errors import Conflict
from calendar_app.models import Kind, Post, Reminder, Status, Way
from calendar_app.queries import calendar
from calendar_app.queries.filters import Filters
from calendar_app.services import drafts, holds, reference, schedules
from calendar_app.services.schedules import When
from missions.models import Mission
from tests.cast import NOW, Cast, data, post_in, publish

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
minutes = st.integers(0, (END - BEGIN) // MINUTE).map(lambda n: BEGIN + n * MINUTE)

with (reference.DATA / "missions.csv").open(encoding="utf-8") as file:
    ZONES = sorted({row["timezone"] for row in csv.DictReader(file)})


def offset(instant: datetime, zone: str) -> timedelta:
    found = instant.astimezone(ZoneInfo(zone)).utcoffset()
    assert found is not None
    return found


def transitions() -> list[tuple[str, datetime, timedelta, timedelta]]:
    """Every change of clocks in the years of END − BEGIN: zone, instant, offset before and after."""
    found = []
    for zone in ZONES:
        day = BEGIN
        while day < END:
            before, after = offset(day, zone), offset(day + DAY, zone)
            if before != after:
                low, high = 0, 24 * 60
                while high - low > 1:
                    middle = (low + high) // 2
                    low, high = (middle, high) if offset(day + middle * MINUTE, zone) == before else (low, middle)
                found.append((zone, day + high * MINUTE, before, after))
            day += DAY
    return found


TRANSITIONS = transitions()
GAPS = [row for row in TRANSITIONS if row[3] > row[2]]
OVERLAPS = [row for row in TRANSITIONS if row[3] < row[2]]


def naive(instant: datetime, zone_offset: timedelta) -> datetime:
    return (instant + zone_offset).replace(tzinfo=None)


def refused(field: str, resolve: Callable[[], Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        resolve()
    assert list(caught.value.message_dict) == [field]
    return str(caught.value.message_dict[field][0])


# Local time and instant ----------------------------------------------------------------


def test_the_years_and_zones_have_changes_of_clocks_of_every_sort() -> None:
    assert len(ZONES) > 100
    assert len(GAPS) > 100
    assert len(OVERLAPS) > 100
    assert {"Africa/Cairo", "America/New_York", "Europe/London", "Pacific/Auckland"} <= {row[0] for row in GAPS}


@given(zone=st.sampled_from(ZONES), clock=minutes, fold=st.sampled_from([None, 0, 1]))
def test_what_is_resolved_reads_the_same_on_the_clock_there(zone: str, clock: datetime, fold: int | None) -> None:
    local = clock.replace(tzinfo=None)
    try:
        when = schedules.resolve(local, zone, fold)
    except ValidationError:
        assert any(row[0] == zone and abs(row[1] - clock) < DAY for row in TRANSITIONS), "refused far from any change"
        return
    shown = when.instant.astimezone(ZoneInfo(zone))
    assert shown.replace(tzinfo=None, fold=0) == local == datetime.combine(when.local_date, when.local_time)
    assert (when.timezone, when.fold, when.instant.tzinfo) == (zone, shown.fold, UTC)


@given(zone=st.sampled_from(ZONES), instant=minutes)
def test_every_instant_can_be_written_down(zone: str, instant: datetime) -> None:
    shown = instant.astimezone(ZoneInfo(zone))
    assert schedules.resolve(shown.replace(tzinfo=None, fold=0), zone, shown.fold).instant == instant


def test_a_skipped_time_is_refused_with_the_two_nearest() -> None:
    for zone, instant, before, after in GAPS:
        begins, ends = naive(instant, before), naive(instant, after)
        earlier, later = begins - MINUTE, ends
        for local in (begins, begins + (ends - begins) / 2, ends - MINUTE):
            for fold in (None, 0, 1):
                said = refused("scheduled_local", lambda: schedules.resolve(local, zone, fold))  # noqa: B023
                named = said.split("Yang terdekat: ")[1].rstrip(".")
                assert named == f"{clock(earlier, local)} atau {clock(later, local)}", (zone, local)
        # both can be had, and a minute of real time lies between them
        assert schedules.resolve(later, zone).instant - schedules.resolve(earlier, zone).instant == MINUTE


def clock(shown: datetime, local: datetime) -> str:
    return f"{shown:%H.%M}" if shown.date() == local.date() else f"{shown:%d-%m-%Y %H.%M}"


def test_a_gap_at_midnight_names_the_day_before() -> None:
    """In Cairo the clock goes from 23.59 to 01.00."""
    said = refused("scheduled_local", lambda: schedules.parse("2027-04-30T00:30", "Africa/Cairo"))
    assert "29-04-2027 23.59 atau 01.00" in said


def test_a_time_shown_twice_asks_which() -> None:
    for zone, instant, before, after in OVERLAPS:
        begins, ends = naive(instant, after), naive(instant, before)
        for local in (begins, begins + (ends - begins) / 2, ends - MINUTE):
            said = refused("fold", lambda: schedules.resolve(local, zone))  # noqa: B023
            first, second = (schedules.resolve(local, zone, fold) for fold in (0, 1))
            assert f"{first.instant:%H.%M} UTC" in said
            assert f"{second.instant:%H.%M} UTC" in said
            assert second.instant - first.instant == before - after
            for when in (first, second):
                assert when.instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0) == local
        for local in (begins - MINUTE, ends):
            assert schedules.resolve(local, zone).fold == 0


def test_a_zone_that_skips_the_time_gets_the_first_one_after_it() -> None:
    for zone, instant, before, after in GAPS:
        begins, ends = naive(instant, before), naive(instant, after)
        for local in (begins, begins + (ends - begins) / 2, ends - MINUTE):
            for fold in (0, 1):
                when = schedules.nearest(local, zone, fold)
                assert (when.instant, datetime.combine(when.local_date, when.local_time)) == (instant, ends)


@pytest.mark.parametrize("text", ["2026-11-25T09:00+09:00", "2026-11-25", "25-11-2026T09:00", "2026-02-30T09:00", ""])
def test_only_local_times_without_offset_are_read(text: str) -> None:
    refused("scheduled_local", lambda: schedules.parse(text, "Asia/Tokyo"))


@pytest.mark.parametrize("zone", ["Tokyo", "GMT+25", "../etc/passwd", "", "Asia/Tokyo\0"])
def test_an_unknown_zone_is_named(zone: str) -> None:
    refused("timezone", lambda: schedules.parse("2026-11-25T09:00", zone))


def test_the_ends_of_the_calendar_are_refused() -> None:
    refused("scheduled_local", lambda: schedules.parse("0001-01-01T00:00", "Asia/Tokyo"))
    refused("scheduled_local", lambda: schedules.parse("9999-12-31T23:59", "America/Los_Angeles"))


@pytest.mark.parametrize(
    ("code", "clock_time", "in_jakarta"),
    [
        ("kbri-suva", "23:30", 25),
        ("kbri-suva", "00:30", 24),
        ("kbri-wellington", "23:30", 25),
        ("kbri-wellington", "00:30", 24),
        ("kjri-los-angeles", "23:30", 26),
        ("kjri-los-angeles", "00:30", 25),
    ],
)
def test_a_post_near_midnight_stays_on_its_own_day(cast: Cast, code: str, clock_time: str, in_jakarta: int) -> None:
    """On both sides of the date line, where the day in Jakarta may be another."""
    mission = Mission.objects.get(code=code)
    mission.memberships.create(person=cast.drafter_tokyo, role="drafter")
    day = date(2026, 11, 25)
    new = data(scheduled_local=f"{day}T{clock_time}")
    post = drafts.create(mission=mission, by=cast.drafter_tokyo, at=NOW - 7 * DAY, data=new)
    assert (post.local_date, post.local_time, post.timezone) == (day, time.fromisoformat(clock_time), mission.timezone)
    for tz, expected in (("mission", day), ("wib", date(2026, 11, in_jakarta))):
        week = calendar.mission_week(cast.manager, mission, day, Filters(), tz, NOW)
        assert [shown.date for shown in week.days if shown.items] == [expected]


# Moving --------------------------------------------------------------------------------


@pytest.fixture
def approved(cast: Cast) -> Post:
    """Approved for 10 December, noon in Tokyo."""
    return post_in(Status.APPROVED, cast, scheduled_local="2026-12-10T12:00")


def move(post: Post, cast: Cast, local: str, at: datetime = NOW) -> Post:
    when = schedules.parse(local, "Asia/Tokyo")
    return schedules.reschedule(post=post, by=cast.drafter_tokyo, version=post.version, at=at, when=when)


@pytest.mark.parametrize(
    ("local", "status"),
    [
        ("2026-12-13T12:00", Status.APPROVED),
        ("2026-12-13T12:01", Status.IN_REVIEW),
        ("2026-12-07T12:00", Status.APPROVED),
        ("2026-12-07T11:59", Status.IN_REVIEW),
    ],
)
def test_a_move_keeps_the_approval_up_to_three_days(approved: Post, cast: Cast, local: str, status: Status) -> None:
    moved = move(approved, cast, local)
    assert moved.status == status
    assert moved.schedule_version == 2
    assert (moved.approved_revision_id is not None) == (status == Status.APPROVED)
    assert moved.decisions.filter(in_force=True).exists() == (status == Status.APPROVED)


def test_moves_are_measured_from_the_time_that_was_approved(approved: Post, cast: Cast) -> None:
    """Two days and two more are four; two days and back are none."""
    there = move(approved, cast, "2026-12-12T12:00")
    back = move(there, cast, "2026-12-08T12:00")
    assert back.status == Status.APPROVED
    assert move(back, cast, "2026-12-14T12:00").status == Status.IN_REVIEW


def test_under_a_hold_every_move_goes_back_to_review(approved: Post, cast: Cast) -> None:
    holds.make(by=cast.editor, at=NOW, scope="mission", code="kbri-tokyo", reason="Duka nasional.")
    assert schedules.window(approved) is None
    assert move(approved, cast, "2026-12-10T12:01").status == Status.IN_REVIEW


def test_a_post_is_not_moved_into_the_past(approved: Post, cast: Cast) -> None:
    assert approved.scheduled_at is not None
    refused("scheduled_local", lambda: move(approved, cast, "2026-12-10T12:00", at=approved.scheduled_at))
    just_before = approved.scheduled_at - timedelta(seconds=1)
    assert move(approved, cast, "2026-12-10T12:00", at=just_before).status == Status.APPROVED


def test_a_stale_move_keeps_the_time_that_was_typed(approved: Post, cast: Cast) -> None:
    old = Post.objects.get(pk=approved.pk)
    move(approved, cast, "2026-12-11T12:00")
    with pytest.raises(Conflict) as caught:
        move(old, cast, "2026-12-12T09:30")
    assert caught.value.mine == {"scheduled_local": "2026-12-12T09:30", "timezone": "Asia/Tokyo"}
    assert caught.value.change is not None
    assert caught.value.change.actor_name == "Penyusun Tokyo"


# Zones that change ---------------------------------------------------------------------


def told(post: Post) -> set[tuple[str, str]]:
    """Who is told that this post moved, and how: (person, way)."""
    rows = Reminder.objects.filter(kind=Kind.MOVED, post=post).select_related("recipient")
    return {(row.recipient.name, row.way) for row in rows}


def give_zone(cast: Cast, zone: str, at: datetime = NOW) -> int:
    cast.tokyo.timezone = zone
    return reference.save_mission(by=cast.admin, at=at, mission=cast.tokyo)


def test_a_missions_new_zone_takes_its_future_posts_along(cast: Cast) -> None:
    approved, draft = post_in(Status.APPROVED, cast), post_in(Status.DRAFT, cast)
    untimed = drafts.create(mission=cast.tokyo, by=cast.drafter_tokyo, at=NOW, data={})
    stay = [
        post_in(Status.DRAFT, cast, scheduled_local="2026-11-25T10:59"),  # past: it is eleven
        post_in(Status.DRAFT, cast, timezone="Asia/Jakarta"),  # meant in another zone
        post_in(Status.DRAFT, cast, jeddah=True),
        post_in(Status.CANCELLED, cast),
        publish(post_in(Status.APPROVED, cast), cast.drafter_tokyo),
    ]
    before = list(Post.objects.filter(pk__in=[post.pk for post in stay]).order_by("pk").values())
    assert give_zone(cast, "Asia/Jakarta") == 3
    for post in (approved, draft):
        old = post.scheduled_at
        post.refresh_from_db()
        assert post.scheduled_at == old + 2 * HOUR
        assert (post.timezone, f"{post.local_date}T{post.local_time:%H:%M}") == ("Asia/Jakarta", "2026-11-26T12:00")
        entry = Entry.objects.get(object_kind="post", object_id=post.pk, version=post.version)
        assert (entry.action, entry.actor_id, entry.data["timezone"]) == ("rezone", cast.admin.pk, "Asia/Jakarta")
    assert (approved.status, approved.schedule_version) == (Status.APPROVED, 2)
    untimed.refresh_from_db()
    assert (untimed.timezone, untimed.scheduled_at) == ("Asia/Jakarta", None)
    assert list(Post.objects.filter(pk__in=[post.pk for post in stay]).order_by("pk").values()) == before


def test_a_missions_new_zone_is_told_to_owners_and_editors(cast: Cast) -> None:
    approved, draft = post_in(Status.APPROVED, cast), post_in(Status.DRAFT, cast)
    untimed = drafts.create(mission=cast.tokyo, by=cast.drafter_tokyo, at=NOW, data={})
    give_zone(cast, "Asia/Jakarta")
    owners = {("Penyusun Tokyo", Way.IN_APP), ("Kepala Tokyo", Way.IN_APP)}
    assert told(approved) == told(draft) == owners
    assert told(untimed) == set()  # it had no time to move
    digests = Reminder.objects.filter(kind=Kind.DIGEST, identity__contains="moved").select_related("recipient")
    posts = {(row.recipient.name, row.way): {item["post"] for item in row.data["items"]} for row in digests}
    both, one = {approved.pk, draft.pk}, {approved.pk}
    assert posts == {
        ("Penyusun Tokyo", Way.EMAIL): both,
        ("Kepala Tokyo", Way.EMAIL): both,
        ("Peninjau Satu", Way.IN_APP): one,
        ("Peninjau Satu", Way.EMAIL): one,
        ("Peninjau Dua", Way.IN_APP): one,
        ("Peninjau Dua", Way.EMAIL): one,
    }


def test_a_new_zone_with_the_same_offset_tells_nobody(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    assert give_zone(cast, "Asia/Seoul") == 1
    post.refresh_from_db()
    assert post.timezone == "Asia/Seoul"
    assert told(post) == set()


def test_a_time_that_the_new_zone_skips_becomes_the_next_one(cast: Cast) -> None:
    post = post_in(Status.DRAFT, cast, scheduled_local="2027-03-28T02:30")
    assert give_zone(cast, "Europe/Berlin") == 1
    post.refresh_from_db()
    assert f"{post.local_date}T{post.local_time:%H:%M}" == "2027-03-28T03:00"


def test_instants_follow_new_zone_data(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """These posts were written when the zone's data put Tokyo an hour further west."""
    real = schedules.resolve

    def old_data(local: datetime, zone: str, fold: int | None = None) -> When:
        when = real(local, zone, fold)
        return replace(when, instant=when.instant + HOUR)

    with monkeypatch.context() as patch:
        patch.setattr(schedules, "resolve", old_data)
        approved = post_in(Status.APPROVED, cast)
        past = post_in(Status.DRAFT, cast, scheduled_local="2026-11-25T09:30")
        cancelled = post_in(Status.CANCELLED, cast)
    right = post_in(Status.APPROVED, cast)
    assert schedules.rederive(at=NOW) == 1
    for post, instant in (
        (approved, "2026-11-26T12:00+09:00"),
        (right, "2026-11-26T12:00+09:00"),
        (past, "2026-11-25T10:30+09:00"),
        (cancelled, "2026-11-26T13:00+09:00"),
    ):
        post.refresh_from_db()
        assert post.scheduled_at == datetime.fromisoformat(instant)
    entry = Entry.objects.get(object_kind="post", object_id=approved.pk, version=approved.version)
    assert (entry.action, entry.actor_id) == ("rezone", None)
    assert told(approved) == {("Penyusun Tokyo", Way.IN_APP), ("Kepala Tokyo", Way.IN_APP)}
    now = Reminder.objects.get(kind=Kind.PUBLISH_NOW, way=Way.IN_APP, post=approved, occasion=approved.schedule_version)
    assert now.due_at == approved.scheduled_at
    assert schedules.rederive(at=NOW) == 0
