"""What the watcher compares: what should have happened by now, and what did (`docs/operations.md`).

Each function is one or two SQL statements whose work is bounded: by an index that it names, or by a limit. `measure()`
reads them all; the watcher, `/readyz`, `/metrics` and the page of operations show the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Q, QuerySet

from calendar_app.models import Alarm, Breaker, Heartbeat, Hold, Pause, Reminder, State, Way
from calendar_app.queries import plan, reminders
from missions.models import Membership, Person, Role

# Names of the signs of life (`services/pulse.py` writes them).
TICK, CLOCK, WATCHER = "tick", "clock", "watcher"
# A reminder that could have been sent and was not, so long after its time, is overdue.
OVERDUE = timedelta(seconds=60)
# Counting ends here: more than that is one and the same trouble.
MOST = 1000
# Lateness is that of what was sent in so long; looked for among that many of the reminders that fell due last.
LATELY, AMONG = timedelta(minutes=15), 20_000
ALL = "all"
# What fell due in so long is added up by state.
BALANCE = timedelta(hours=1)
# The key of a row's `data` by which an administrator has said that they have seen it.
ACCEPTED = "accepted"
# One that is still to be handed over once more carries the time from which on that may happen, or is in hand.
_FOR_GOOD = Q(not_before__isnull=True, lease_until__isnull=True)


@dataclass(frozen=True)
class Lateness:
    """How long after its time what went one way was sent, in seconds: half of it within `p50`, 99 % within `p99`."""

    way: str
    count: int
    p50: float
    p99: float
    worst: float


@dataclass(frozen=True)
class Trouble:
    """Rows that somebody has to look at: set aside after their last attempt; nobody knows whether they arrived, and of
    those the ones that are never handed over again by themselves."""

    set_aside: int
    uncertain: int
    for_good: int


@dataclass(frozen=True)
class Measures:
    """Everything at one instant. Ages in seconds, None when it never happened or nobody knows."""

    at: datetime
    tick_age: float | None
    clock_age: float | None
    watcher_age: float | None
    overdue: int
    trouble: Trouble
    lateness: list[Lateness]
    balance: dict[str, int]
    breakers: list[Breaker]
    pauses: Sequence[Pause]
    # the database's clock minus this machine's
    skew: float
    # of the balance, what came too late to be sent at all; not what a hold kept back, or what was made too late
    expired: int = 0

    @property
    def whole(self) -> Lateness | None:
        """Lateness over all ways; None when nothing was sent lately."""
        return next((one for one in self.lateness if one.way == ALL), None)


def measure(at: datetime, *, pauses: Sequence[Pause], skew: float) -> Measures:
    """All numbers at `at`. `pauses` in force come from `services.pulse`, `skew` from `clock`. Seven queries."""
    beats = {row.name: row for row in heartbeats()}
    broken = breakers()
    balanced, expired = balance(at)
    return Measures(
        at=at,
        tick_age=age(beats.get(TICK), at),
        clock_age=age(beats.get(CLOCK), at),
        watcher_age=age(beats.get(WATCHER), at),
        overdue=overdue(at, broken),
        trouble=trouble(),
        lateness=lateness(at),
        balance=balanced,
        expired=expired,
        breakers=broken,
        pauses=pauses,
        skew=skew,
    )


@dataclass(frozen=True)
class Glance:
    """What Today shows an administrator."""

    tick_age: float | None
    watcher_age: float | None
    overdue: int
    trouble: Trouble
    alarms: list[Alarm]
    breakers: list[Breaker]


def glance(at: datetime, holds: Sequence[Hold]) -> Glance:
    """A few of the numbers. `holds`: those in force. Five queries."""
    beats = {row.name: row for row in heartbeats()}
    broken = breakers()
    return Glance(
        tick_age=age(beats.get(TICK), at),
        watcher_age=age(beats.get(WATCHER), at),
        overdue=overdue(at, broken, holds),
        trouble=trouble(),
        alarms=alarms_open(),
        breakers=broken,
    )


def heartbeats() -> list[Heartbeat]:
    """The signs of life: a handful of rows."""
    return list(Heartbeat.objects.order_by("name"))


def age(beat: Heartbeat | None, at: datetime) -> float | None:
    """Seconds since a sign of life; None without one, or when it lies ahead: then the clock was set back."""
    if beat is None or beat.at > at + timedelta(seconds=2):
        return None
    return max((at - beat.at).total_seconds(), 0.0)


def breakers() -> list[Breaker]:
    """The ways that do not work at present; a row each, gone when it works again."""
    return list(Breaker.objects.order_by("since", "key"))


def overdue(at: datetime, broken: Sequence[Breaker] = (), holds: Sequence[Hold] | None = None) -> int:
    """How many reminders a tick could have taken more than a minute ago: due, free, standing, and on a way that works
    (`broken` ways have an alarm of their own). At most `MOST`. Index `reminder_waits`. `holds`: those in force, read
    unless they are given."""
    rows = reminders.with_void(Reminder.objects.filter(reminders.claimable(at - OVERDUE)), holds)
    standing = rows.filter(~goes_by(broken)).filter(Q(void=""))
    return int(standing.order_by().values("pk")[:MOST].count())


def goes_by(broken: Sequence[Breaker]) -> Q:
    """The rows whose way is one of these; a breaker's key is "email", "push:<host>" or "webhook:<id>"."""
    found = Q(pk__in=())
    for way, _colon, which in (row.key.partition(":") for row in broken):
        if way == Way.PUSH and which:
            found |= Q(way=way, device__host=which)
        elif way == Way.WEBHOOK and which.isdecimal():
            found |= Q(way=way, webhook=int(which))
        else:
            found |= Q(way=way)
    return found


def incomplete(at: datetime) -> frozenset[str]:
    """The approved posts of the next hours that lack a reminder they should have ("p<id>"), and the reminders that wait
    for another time than they should ("r<id>"); at most 100 of each. Index `post_time` and the one of identities."""
    lacking = plan.incomplete(at).values_list("pk", flat=True)[:100]
    misplaced = plan.misplaced(at).values_list("pk", flat=True)[:100]
    return frozenset([*(f"p{pk}" for pk in lacking), *(f"r{pk}" for pk in misplaced)])


def set_aside() -> QuerySet[Reminder]:
    """Rows that failed for good and that nobody has looked at. Index `reminder_trouble`."""
    return Reminder.objects.filter(state=State.FAILED).exclude(data__has_key=ACCEPTED)


def uncertain_for_good() -> QuerySet[Reminder]:
    """Rows that may or may not have arrived, are never handed over again by themselves, and that nobody has looked at.
    Index `reminder_trouble`."""
    return Reminder.objects.filter(_FOR_GOOD, state=State.UNCERTAIN).exclude(data__has_key=ACCEPTED)


def trouble() -> Trouble:
    """Counts over the index `reminder_trouble`, which holds failed and uncertain rows only."""
    rows = Reminder.objects.filter(state__in=(State.FAILED, State.UNCERTAIN)).exclude(data__has_key=ACCEPTED)
    counted = rows.order_by().aggregate(
        set_aside=Count("pk", filter=Q(state=State.FAILED)),
        uncertain=Count("pk", filter=Q(state=State.UNCERTAIN)),
        for_good=Count("pk", filter=_FOR_GOOD & Q(state=State.UNCERTAIN)),
    )
    return Trouble(**counted)


def lateness(at: datetime) -> list[Lateness]:
    """By way, and for `ALL` of them together, how late the reminders were that went out in the last quarter of an
    hour. What quiet hours put off is late only after their end. Index `reminder_time`, read from the newest on, at most
    `AMONG` rows."""
    seconds = (
        "EXTRACT(EPOCH FROM (sent_at - COALESCE(deferred_until, due_at)))"
        if connection.vendor == "postgresql"
        else "(julianday(sent_at) - julianday(COALESCE(deferred_until, due_at))) * 86400.0"
    )
    table = connection.ops.quote_name(Reminder._meta.db_table)
    # Both databases know cume_dist(), and the least value at which it reaches 0.99 is the 99th percentile.
    statement = f"""
        WITH due AS (
            SELECT way, sent_at, due_at, deferred_until FROM {table}
            WHERE due_at <= %s ORDER BY due_at DESC, id DESC LIMIT {AMONG}
        ), sent AS (
            SELECT way, {seconds} AS late FROM due WHERE sent_at > %s AND sent_at <= %s
        ), grouped AS (
            SELECT way, late FROM sent UNION ALL SELECT '{ALL}', late FROM sent
        ), ranked AS (
            SELECT way, late, CUME_DIST() OVER (PARTITION BY way ORDER BY late) AS share FROM grouped
        )
        SELECT way, COUNT(*), MIN(CASE WHEN share >= 0.5 THEN late END), MIN(CASE WHEN share >= 0.99 THEN late END),
               MAX(late)
        FROM ranked GROUP BY way ORDER BY way
    """  # noqa: S608 - made of our own words
    moments = [connection.ops.adapt_datetimefield_value(moment) for moment in (at, at - LATELY, at)]
    with connection.cursor() as cursor:
        cursor.execute(statement, moments)
        rows = cursor.fetchall()
    return [
        Lateness(way, count, *(max(round(float(value), 3), 0.0) for value in values)) for way, count, *values in rows
    ]


def balance(at: datetime) -> tuple[dict[str, int], int]:
    """What fell due in the last hour, by state: nothing vanishes, every row is in one of them. And of those how many
    have expired for no better reason than that they came too late. Index `reminder_time`."""
    rows = Reminder.objects.filter(due_at__gt=at - BALANCE, due_at__lte=at).order_by()
    without_reason = Count("pk", filter=Q(state=State.EXPIRED, error=""))
    found = list(rows.values_list("state").annotate(n=Count("pk"), late=without_reason).order_by("state"))
    return {state: number for state, number, _late in found}, sum(late for *_both, late in found)


def alarms_open() -> list[Alarm]:
    """What the watcher finds wrong at present. Index `alarm_open_once`."""
    return list(Alarm.objects.filter(ended_at=None).order_by("began_at"))


def administrators() -> list[str]:
    """The addresses of those who run the installation, where no duty address is named."""
    admins = Membership.objects.filter(role=Role.ADMIN, mission=None).values("person")
    people = Person.objects.filter(pk__in=admins, is_active=True).order_by("email")
    return list(people.values_list("email", flat=True))
