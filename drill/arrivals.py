"""What arrived: notices and letters put beside the rows they came from, and judged one by one.

Nothing is believed that the product says of itself where there is another witness: letters are those that the mail
server was given, and a notice arrived when PostgreSQL committed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from drill.evidence import Evidence, Letter, Row
from drill.oracle import PUBLISH_KINDS, Due, Key, World
from drill.timeline import Timeline

# What a mail that was just being handed over may take after a hold was made, or after its last sensible moment.
ON_ITS_WAY, STILL_HANDED_OVER = 5.0, 30.0
# A notice is written and committed within this.
COMMITTED_WITHIN = 5.0
# How long before and after a letter something must have happened that could leave its fate unknown.
BEFORE_FAULT, AFTER_FAULT = 2.0, 5.0
# The watcher writes to administrators that something is wrong, and in a drill it is: these are no reminders.
ALARMS = "<alarm-"


class Arrival(NamedTuple):
    """One message at its person: when, on the real clock, and the row and letter it came from."""

    at: float
    row: Row
    letter: Letter | None


class Offence(NamedTuple):
    """Something that must not happen: what kind, when (real), and which message."""

    what: str
    at: float
    about: str


@dataclass
class Arrivals:
    """All arrivals by message. For posts of the fixture a message has one key, whatever the row says its occasion is;
    for others the occasion tells two messages of one kind apart."""

    by_key: dict[tuple[Key, str], list[Arrival]] = field(default_factory=dict)
    offences: list[Offence] = field(default_factory=list)
    # letters that came a second time as they may
    repeats: int = 0
    # keys of rows that a letter or notice belongs to
    rows: set[int] = field(default_factory=set)

    def of(self, key: Key) -> list[Arrival]:
        """What came of a message about a post of the fixture, in order."""
        return self.by_key.get((key, ""), [])


def key_of(row: Row) -> Key:
    """The message that a row stands for."""
    return Key(row.person or 0, row.kind, row.offset, row.post or 0, row.way)


def collect(evidence: Evidence, line: Timeline, world: World, wanted: Mapping[Key, Due]) -> Arrivals:
    """Put everything that came beside its row, and say what is wrong with it."""
    found = Arrivals()
    ours = {post["id"] for post in world.posts}
    for arrival in [*_notices(evidence, line, found), *_letters(evidence, world, found)]:
        key = key_of(arrival.row)
        found.by_key.setdefault((key, occasion_of(arrival.row, ours)), []).append(arrival)
        found.rows.add(arrival.row.pk)
        _judge_time(found, line, world, wanted, key, arrival)
    for (key, _occasion), arrivals in found.by_key.items():
        arrivals.sort(key=lambda arrival: arrival.at)
        _judge_number(found, line, key, arrivals)
    _judge_unwanted(found, wanted, ours)
    return found


def occasion_of(row: Row, ours: set[int]) -> str:
    """What tells two messages of one key apart; nothing for those that the oracle names."""
    if row.kind in PUBLISH_KINDS and row.post in ours:
        return ""
    return str(row.occasion) if row.post else row.identity


# Notices -----------------------------------------------------------------------------------


def _notices(evidence: Evidence, line: Timeline, found: Arrivals) -> Iterable[Arrival]:
    told: set[int] = set()
    for notice in evidence.notices:
        row = evidence.rows.get(notice.row)
        if row is None or row.way != "in_app":
            found.offences.append(Offence("uncalled", line.real(notice.created, 0), f"notice {notice.pk}: no such row"))
            continue
        at = notice.committed
        if at is None:
            at = line.real(notice.created, line.first_real(row.due))
        if (notice.person, notice.kind, notice.post) != (row.person, row.kind, row.post):
            found.offences.append(Offence("wrong", at, f"notice {notice.pk} is not what its row says: {row.identity}"))
        if row.state != "sent":
            found.offences.append(Offence("half_applied", at, f"{row.identity}: a notice, and the row is {row.state}"))
        told.add(row.pk)
        yield Arrival(at, row, None)
    for row in evidence.rows.values():
        if row.way == "in_app" and row.state == "sent" and row.pk not in told:
            about = f"{row.identity}: sent, and no notice"
            found.offences.append(Offence("half_applied", line.real(row.sent_at or row.due, 0), about))


# Letters -----------------------------------------------------------------------------------


def _letters(evidence: Evidence, world: World, found: Arrivals) -> Iterable[Arrival]:
    rows: dict[str, Row] = {}
    for row in evidence.rows.values():
        if row.way == "email" and row.message_id:
            rows.setdefault(row.message_id, row)
    addresses = {person["email"].lower(): pk for pk, person in world.people.items()}
    for letter in evidence.letters:
        if not letter.arrived or letter.to not in addresses:
            continue
        mine = rows.get(letter.message_id)
        if mine is None and letter.message_id.startswith(ALARMS):
            continue
        if mine is None:
            about = f"{letter.message_id} to {letter.to}: {letter.subject}"
            found.offences.append(Offence("uncalled", letter.at, about))
            continue
        if mine.person != addresses[letter.to]:
            found.offences.append(Offence("wrong", letter.at, f"{mine.identity} went to {letter.to}"))
        if mine.post and not _links_to(mine.post, letter):
            found.offences.append(Offence("wrong", letter.at, f"{mine.identity}: no link to its post"))
        yield Arrival(letter.at, mine, letter)


def _links_to(post: int, letter: Letter) -> bool:
    """The post itself, or for editors its page in the review queue."""
    return any(f"/{page}/{post}/" in link for link in letter.links for page in ("posts", "review"))


# Each by itself ------------------------------------------------------------------------------


def _judge_time(
    found: Arrivals, line: Timeline, world: World, wanted: Mapping[Key, Due], key: Key, arrival: Arrival
) -> None:
    due = wanted.get(key) or Due(arrival.row.due, arrival.row.until)
    identity, at = arrival.row.identity, arrival.at
    if line.latest_shown(at, 1.0) < due.at:
        early = due.at - line.shown(at)
        found.offences.append(Offence("early", at, f"{identity}: {early:.3f} s early"))
    slack = STILL_HANDED_OVER if arrival.letter else COMMITTED_WITHIN
    if line.earliest_shown(at, slack) > due.until:
        found.offences.append(Offence("pretending", at, f"{identity}: {line.shown(at) - due.until:.0f} s too late"))
    if arrival.row.kind in PUBLISH_KINDS:
        slack = ON_ITS_WAY if arrival.letter else 0.0
        code = world.mission_code(key.post)
        for hold in line.holds:
            if hold.covers(code) and hold.since + slack < at < hold.until:
                found.offences.append(Offence("sent_under_hold", at, f"{identity}: {at - hold.since:.1f} s into it"))


def _judge_number(found: Arrivals, line: Timeline, key: Key, arrivals: list[Arrival]) -> None:
    """A message comes once; a letter may come twice when nobody could know that it had come."""
    if len(arrivals) == 1:
        return
    if key.way == "in_app":
        found.offences += [
            Offence("duplicated_inapp", extra.at, f"{extra.row.identity}, {len(arrivals)} times")
            for extra in arrivals[1:]
        ]
        return
    extra = arrivals[1:]
    if _may_repeat(line, arrivals[0], arrivals[1]):
        found.repeats += 1
        extra = arrivals[2:]
    found.offences += [
        Offence("duplicated_email", one.at, f"{one.row.identity}, {len(arrivals)} times") for one in extra
    ]


def _may_repeat(line: Timeline, first: Arrival, second: Arrival) -> bool:
    """Inside the unknown window: the same Message-ID, said to be a repeat, written down as uncertain, and something
    had happened that left the first one's fate unknown."""
    assert first.letter is not None
    assert second.letter is not None
    same = first.letter.message_id == second.letter.message_id and first.row.pk == second.row.pk
    unknown = first.letter.outcome != "250" or line.is_near_fault(first.at, BEFORE_FAULT, AFTER_FAULT)
    return same and unknown and second.letter.repeat and second.row.repeat


def _judge_unwanted(found: Arrivals, wanted: Mapping[Key, Due], ours: set[int]) -> None:
    """Whoever was told to publish a post of the fixture must have been meant to be."""
    for (key, _occasion), arrivals in found.by_key.items():
        if key.kind in PUBLISH_KINDS and key.post in ours and key not in wanted:
            found.offences.append(Offence("uncalled", arrivals[0].at, arrivals[0].row.identity))
