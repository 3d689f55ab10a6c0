"""The verdict on a run: `judge(folder, dsn)`. Strict, and unable to pass because nothing happened.

Every message that the oracle names must have arrived once, in time, by its way. One that did not is lost, unless the
product shows it as uncertain, or could not have sent it while it made sense and has told its recipient so afterwards.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drill import arrivals, halves
from drill.arrivals import Arrivals, Offence
from drill.evidence import Database, Evidence, Row, read
from drill.oracle import PUBLISH_KINDS, SILENT, WAYS, Due, Key, World, expected
from drill.timeline import Span, Timeline

# What must never happen; each is a count of a verdict.
OFFENCES = (
    "lost",
    "duplicated_inapp",
    "duplicated_email",
    "early",
    "late",
    "half_applied",
    "lost_writes",
    "pretending",
    "sent_under_hold",
    "uncalled",
    "wrong",
)
# How many of each kind are told one by one.
EXAMPLES = 20
# A message that could have been sent for this long, and was not, has no excuse.
MUST = 120.0
# What was due in the last moments of a run need not have come.
AT_THE_END = 5.0
# Seconds after which a message is late: usually, where a worker died with it in its hands (a lease and what comes after
# it), and counted from the end of an outage.
LATE, LATE_AFTER_FAULT, LATE_AFTER_OUTAGE = 60.0, 240.0, 300.0
# Phase → (which seconds, of what share of the messages, at most).
GOALS: dict[str, tuple[tuple[str, float, float], ...]] = {
    "steady": (("latenesses", 0.5, 1.0), ("latenesses", 0.99, 5.0)),
    "burst": (("latenesses", 1.0, 60.0),),
    "redis": (("latenesses", 1.0, 60.0),),
    "six_hours": (("fresh", 1.0, 15.0),),
}
# Phases in which somebody writes through the API: there must be acknowledged writes to look for.
WRITTEN_IN = ("kills", "postgres")
# Phases without a goal of their own: that nothing went wrong in them says something only if there was something.
NOT_EMPTY = ("beats", "mail", "all_killed", "hold", "clock")
# A batch of mails may be lost sight of, and one of a hundred where much is killed; a mail is repeated once, so that
# hardly any never comes.
VANISHED = 25
# What digests are about: messages that came after their time, and news that were many at once.
MISSED, MANY = "missed", "many"
FOLDED = "in digest"
# How long before and after its time something must have happened that can leave a mail uncertain of which nothing came.
UNSURE_BEFORE, UNSURE_AFTER = 60.0, 240.0


@dataclass
class PhaseVerdict:
    """The counts of one phase. `latenesses` are of what was due while it could be sent, `delayed` of what was due in an
    outage, counted from its end; `fresh` of what was due after everything had been away; all in seconds."""

    reminders: int = 0
    lost: int = 0
    duplicated_inapp: int = 0
    duplicated_email: int = 0
    uncertain: int = 0
    early: int = 0
    late: int = 0
    half_applied: int = 0
    lost_writes: int = 0
    pretending: int = 0
    sent_under_hold: int = 0
    uncalled: int = 0
    wrong: int = 0
    expired: int = 0
    withheld: int = 0
    digests_per_person_max: int = 0
    # acknowledged ones, all of which were looked for
    writes: int = 0
    latenesses: list[float] = field(default_factory=list)
    delayed: list[float] = field(default_factory=list)
    fresh: list[float] = field(default_factory=list)


@dataclass
class Verdict(PhaseVerdict):
    """The same for the whole run, with its phases, examples of each offence, and what makes it fail."""

    repeats: int = 0
    phases: dict[str, PhaseVerdict] = field(default_factory=dict)
    details: dict[str, list[str]] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Nothing was missed."""
        return not self.missed

    @property
    def figures(self) -> dict[str, int | float]:
        """The counts and the lateness, ready for JSON."""
        counts = {name: getattr(self, name) for name in ("reminders", *OFFENCES, "uncertain", "expired", "repeats")}
        shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
        return counts | {f"lateness_{name}_s": percentile(self.latenesses, share) for name, share in shares.items()}


def percentile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed; 0 for none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)], 3)


def judge(folder: Path, dsn: str) -> Verdict:
    """Read what a run left and say what is wrong with it. Raises ValueError when the events cannot be understood."""
    database = Database(dsn)
    try:
        return judge_in(folder, database)
    finally:
        database.close()


def judge_in(folder: Path, database: Database) -> Verdict:
    """The same with a database that is open already."""
    evidence = read(folder, database)
    line = Timeline.read(evidence.events)
    world = World.read(evidence.fixture)
    offences = list(halves.judge(database, line, world, evidence.writes))
    return Judge(evidence, line, world).judge(offences)


class Judge:
    """One run before its judge."""

    def __init__(self, evidence: Evidence, line: Timeline, world: World) -> None:
        self.evidence, self.line, self.world = evidence, line, world
        self.verdict = Verdict(phases={name: PhaseVerdict() for _at, name in line.phases})
        self.wanted = expected(world)
        self.found: Arrivals = arrivals.collect(evidence, line, world, self.wanted)
        self.rows: dict[Key, list[Row]] = {}
        versions = {post["id"]: post["schedule_version"] for post in world.posts}
        for row in evidence.rows.values():
            # what a post's earlier time made is no witness for its present one
            if row.kind not in PUBLISH_KINDS or row.schedule_version == versions.get(row.post or 0):
                self.rows.setdefault(arrivals.key_of(row), []).append(row)
        self.letters = {letter.message_id for letter in evidence.letters if letter.arrived}
        self.told = {about: self._digests(about) for about in (MISSED, MANY)}
        # called uncertain, and never seen
        self.vanished = 0

    def judge(self, offences: list[Offence]) -> Verdict:
        """Count everything."""
        for offence in [*offences, *self.found.offences]:
            self._offend(offence)
        for key, due in self.wanted.items():
            self._judge_wanted(key, due)
        for row in self.evidence.rows.values():
            self._judge_row(row)
        self._judge_holds()
        self._count_digests()
        self.verdict.repeats = self.found.repeats
        for write in self.evidence.writes:
            if 200 <= (write.get("status") or 0) < 300:
                self._count("writes", write["t"])
        self.verdict.missed = list(self._missed())
        return self.verdict

    def _offend(self, offence: Offence) -> None:
        self._count(offence.what, offence.at)
        told = self.verdict.details.setdefault(offence.what, [])
        if len(told) < EXAMPLES:
            told.append(f"{offence.about} [{self.line.phase(offence.at)} {offence.at:.1f}]")

    def _count(self, what: str, at: float) -> None:
        for verdict in (self.verdict, self.verdict.phases.get(self.line.phase(at))):
            if verdict is not None:
                setattr(verdict, what, getattr(verdict, what) + 1)

    # What had to arrive --------------------------------------------------------------------

    def _judge_wanted(self, key: Key, due: Due) -> None:
        real = self.line.first_real(due.at)
        if real > self.line.ended - AT_THE_END:
            return
        self._count("reminders", real)
        self._judge_rows(key, due, real)
        came = self.found.of(key)
        if came:
            self._judge_lateness(key, due, real, came[0].at)
        elif self._is_uncertain(key, real):
            self.vanished += 1  # shown as such; counted with the rows
        elif self._is_withheld(key, due):
            self._count("withheld", real)
        elif self._is_excused(key, due):
            self._count("expired", real)
            if not self._was_told(key):
                self._offend(Offence("lost", real, f"{key}: too late to send, and nobody was told"))
        else:
            states = ", ".join(f"{row.state} {row.error}".strip() for row in self.rows.get(key, ())) or "no row"
            self._offend(Offence("lost", real, f"{key}: {states}"))

    def _is_uncertain(self, key: Key, real: float) -> bool:
        """It is shown as a mail of which nobody knows, and something happened that can be the reason."""
        shown = key.way == "email" and any(row.state == "uncertain" for row in self.rows.get(key, ()))
        return shown and self.line.is_near_fault(real, UNSURE_BEFORE, UNSURE_AFTER)

    def _judge_rows(self, key: Key, due: Due, real: float) -> None:
        """The product's own times are those of the rules, and nobody in the fixture has quiet hours."""
        current = [row for row in self.rows.get(key, ()) if row.state != "skipped"]
        for row in current:
            off = max(abs(row.due - due.at), abs(row.until - due.until))
            if off > 1 or row.deferred is not None:
                self._offend(Offence("wrong", real, f"{row.identity}: due or valid {off:.0f} s off, {row.deferred}"))

    def _judge_lateness(self, key: Key, due: Due, real: float, at: float) -> None:
        # what comes due between two phases counts for the whole run alone
        nobodys = not self.line.is_in_phase(real)
        phase = PhaseVerdict() if nobodys else self.verdict.phases.get(self.line.phase(real), PhaseVerdict())
        outage = self.line.outage_at(key.way, real)
        if self._held_at(key, real) or any(since <= real <= until for since, until in self.line.jumps):
            return
        if outage:
            lateness, limit = max(at - outage[1], 0.0), LATE_AFTER_OUTAGE
            self.verdict.delayed.append(lateness)
            phase.delayed.append(lateness)
        else:
            lateness = at - real
            limit = LATE_AFTER_FAULT if self.line.is_near_fault(real, LATE, LATE) else LATE
            self.verdict.latenesses.append(lateness)
            phase.latenesses.append(lateness)
            if self.line.is_fresh(real):
                phase.fresh.append(lateness)
        if lateness > limit:
            self._offend(Offence("late", real, f"{key}: {lateness:.1f} s"))

    def _holds(self, key: Key) -> list[Span]:
        code = self.world.mission_code(key.post)
        return [(hold.since, hold.until) for hold in self.line.holds if hold.covers(code)]

    def _held_at(self, key: Key, real: float) -> bool:
        return any(since <= real <= until for since, until in self._holds(key))

    def _is_withheld(self, key: Key, due: Due) -> bool:
        """A hold was in the way of it for all but moments, and when that ended it made no sense any more, or that has
        not ended."""
        spans = self._holds(key)
        if not spans or self.line.open_for(key.way, due.at, due.until, spans) >= MUST:
            return False
        over = self.line.first_real(due.until)
        return any(since <= over <= until or until >= self.line.ended for since, until in spans)

    def _is_excused(self, key: Key, due: Due) -> bool:
        """It makes no sense any more, and there was hardly a moment to send it while it did."""
        is_over = self.line.first_real(due.until) <= self.line.ended
        return is_over and self.line.open_for(key.way, due.at, due.until) < MUST

    # Told afterwards -----------------------------------------------------------------------

    def _digests(self, about: str) -> dict[tuple[int, str], list[int]]:
        """(person, way) → digests about this that arrived, or that are still to come."""
        found: dict[tuple[int, str], list[int]] = {}
        end = self.line.shown(self.line.ended)
        for pk, digest in self.evidence.digests.items():
            row = self.evidence.rows.get(pk)
            if row is None or digest.about != about:
                continue
            comes = (row.state == "pending" and row.due > end) or row.state == "uncertain"
            if comes or pk in self.found.rows:
                found.setdefault((row.person or 0, row.way), []).append(pk)
        return found

    def _was_told(self, key: Key) -> bool:
        """That it came too late: in a digest, or by what is said when a post was missed."""
        if self._is_in_digest(key, MISSED):
            return True
        missed = Key(key.person, "publish_overdue", "grace", key.post, key.way)
        return missed != key and bool(self.found.of(missed))

    def _is_in_digest(self, key: Key, about: str) -> bool:
        digests = [self.evidence.digests[pk] for pk in self.told[about].get((key.person, key.way), ())]
        return any(digest.more or (key.post, key.kind) in digest.items for digest in digests)

    def _count_digests(self) -> None:
        """How many digests of what came too late one person got by one way."""
        counts: Counter[tuple[str, int, str]] = Counter()
        for (person, way), pks in self.told[MISSED].items():
            self.verdict.digests_per_person_max = max(self.verdict.digests_per_person_max, len(pks))
            for pk in pks:
                counts[self.line.phase(self.line.first_real(self.evidence.rows[pk].due)), person, way] += 1
        for (phase, _person, _way), count in counts.items():
            if phase in self.verdict.phases:
                verdict = self.verdict.phases[phase]
                verdict.digests_per_person_max = max(verdict.digests_per_person_max, count)

    # Everything else that was due ------------------------------------------------------------

    def _judge_row(self, row: Row) -> None:
        """Whatever row there is must have come to an end, and `sent` must be true."""
        real = self.line.first_real(row.due)
        if row.way not in ("in_app", "email") or real > self.line.ended - AT_THE_END:
            return
        if row.state == "uncertain" or row.repeat:
            self._count("uncertain", real)
        if row.state == "sent" and row.way == "email" and row.message_id not in self.letters:
            self._offend(Offence("lost", real, f"{row.identity}: said to be sent, and no letter came"))
        key = arrivals.key_of(row)
        if key in self.wanted or row.kind in PUBLISH_KINDS:
            return  # judged above, or not wanted
        waits = row.state in ("pending", "claimed", "sending") and row.until > self.line.shown(self.line.ended)
        left_out = (
            (row.state == "expired" and row.kind != "digest" and not self._is_in_digest(key, MISSED))
            or (row.state == "skipped" and row.error == FOLDED and not self._is_in_digest(key, MANY))
            or row.state == "failed"
        )
        if left_out or (waits and self.line.open_for(row.way, row.due, row.until) >= MUST):
            self._offend(Offence("lost", real, f"{row.identity}: {row.state} {row.error}".strip()))

    def _judge_holds(self) -> None:
        """Everybody whose mission has approved posts under a hold is told of it, and that it is over."""
        there = {(row.kind, row.occasion, row.person, row.way) for row in self.evidence.rows.values()}
        writing = {post["mission"] for post in self.world.posts if post["status"] == "approved"}
        for hold in self.line.holds:
            kinds = ("held", "lifted") if hold.until < self.line.ended else ("held",)
            for mission in writing:
                about = self.world.missions[mission]
                people = self.world.of(mission, "drafter", "head")
                if about["status"] in SILENT or not hold.covers(about["code"]):
                    continue
                for wanted in itertools.product(kinds, (hold.pk,), people, WAYS):
                    if wanted not in there:
                        self._offend(Offence("lost", hold.since, f"{wanted}: no row"))

    # The goals -------------------------------------------------------------------------------

    def _missed(self) -> Iterator[str]:
        verdict = self.verdict
        for what in OFFENCES:
            count = getattr(verdict, what)
            if count:
                yield f"{what}: {count} instead of 0, for example {verdict.details[what][0]}"
        yield from self._missed_in_phases()
        if not self.wanted or not verdict.reminders:
            yield "nothing was judged: no reminder fell due in this run"
        ways = Counter(key.way for key in self.wanted)
        for way in ("in_app", "email"):
            if verdict.reminders and not ways[way]:
                yield f"nothing was judged by the way {way}"
        if not self.evidence.letters and ways["email"]:
            yield "no letter was ever seen"
        most = max(ways["email"] // 100, VANISHED)
        if self.vanished > most:
            yield f"{self.vanished} mails are called uncertain and never came, at most {most} can be explained"
        if "kills" in verdict.phases and not self.line.kills:
            yield "kills: nothing was killed"
        if self.evidence.writes and not verdict.writes:
            yield "somebody wrote, and no write was ever acknowledged"

    def _missed_in_phases(self) -> Iterator[str]:
        for name, phase in self.verdict.phases.items():
            if name in NOT_EMPTY and not phase.reminders:
                yield f"{name}: no reminder fell due in it"
            for values, share, most in GOALS.get(name, ()):
                found = percentile(getattr(phase, values), share)
                if not getattr(phase, values):
                    yield f"{name}: nothing came due that {values} could be judged by"
                elif found > most:
                    yield f"{name}: {values} of {share:.0%} up to {found} s, at most {most} s wanted"
            crashes = sum(self.line.phase(at) == name for at in self.line.crashes)
            if name in WRITTEN_IN and phase.writes < max(crashes, 1):
                yield f"{name}: {phase.writes} writes were acknowledged, at least {max(crashes, 1)} wanted"
            if name == "six_hours" and phase.digests_per_person_max != 1:
                yield f"six_hours: {phase.digests_per_person_max} digests for one person by one way, 1 wanted"


def main(arguments: list[str]) -> int:
    """`python -m drill.verdict FOLDER DSN`: judge once more what a run left."""
    verdict = judge(Path(arguments[0]), arguments[1])
    for what, examples in verdict.details.items():
        for example in examples:
            print(f"{what}: {example}", file=sys.stderr)
    phases: Mapping[str, Any] = {name: phase_figures(phase) for name, phase in verdict.phases.items()}
    print(json.dumps(verdict.figures | {"phases": phases, "missed": verdict.missed}))
    return 0 if verdict.ok else 1


def phase_figures(phase: PhaseVerdict) -> dict[str, int | float]:
    """The counts of a phase that are not 0, and its lateness."""
    counts = {name: value for name, value in vars(phase).items() if isinstance(value, int) and value}
    shown: dict[str, int | float] = {**counts}
    for name, values in (("lateness", phase.latenesses), ("delay", phase.delayed)):
        if values:
            shown |= {f"{name}_p50_s": percentile(values, 0.5), f"{name}_p99_s": percentile(values, 0.99)}
            shown |= {f"{name}_max_s": percentile(values, 1.0)}
    return shown


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
