"""What people and programs wrote: every acknowledged write is there, and no step was applied by half.

A step of a post is one transaction: its status and version, one audit entry, and with it the decision, the round and
the reminders that belong to it. Whatever crashed in between, all of that is there or none of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from drill.arrivals import Offence
from drill.evidence import Database, sure
from drill.oracle import World
from drill.timeline import Timeline

DECISIONS = {"approve": "approve", "request_changes": "request_changes", "decline": "decline"}
# Steps that the mission's people are told of, and as what.
TOLD = {"approve": "decided", "request_changes": "decided", "decline": "decided", "send_back": "decided"}
TOLD |= {"recall": "recalled", "reschedule": "moved"}
APPROVED = ("approved", "missed", "published")
WITHOUT_APPROVAL = ("draft", "signoff", "in_review", "changes_requested", "declined", "cancelled")


class Entry(NamedTuple):
    """A step of a post, as the audit has it."""

    post: int
    version: int
    action: str
    was: str
    became: str
    actor: int | None
    at: float


@dataclass
class Post:
    """A post and everything that hangs on it."""

    pk: int
    mission: int
    status: str
    version: int
    schedule_version: int
    revision: int | None
    approved: int | None
    urgent: bool
    is_dated: bool
    entries: list[Entry] = field(default_factory=list)
    # (outcome, in force, revision, number of primary themes)
    decisions: list[tuple[str, bool, int, int]] = field(default_factory=list)
    # (number, kind, revision, is open)
    rounds: list[tuple[int, str, int, bool]] = field(default_factory=list)
    authors: set[int] = field(default_factory=set)
    publications: int = 0
    # (kind, occasion, recipient) of each notice planned → its state
    reminders: dict[tuple[str, int, int], str] = field(default_factory=dict)


def judge(database: Database, line: Timeline, world: World, writes: Sequence[Mapping[str, Any]]) -> Iterator[Offence]:
    """What was acknowledged and is not there, and what is there by half."""
    posts = _posts(database, world)
    yield from _lost_writes(posts, writes)
    for post in posts.values():
        yield from _dropped(post, line, world)
        for words in _halves(post, world):
            last = post.entries[-1].at if post.entries else line.shown(line.ended)
            yield Offence("half_applied", line.real(last, 0), f"post {post.pk}: {words}")


# Acknowledged ------------------------------------------------------------------------------


def _lost_writes(posts: Mapping[int, Post], writes: Sequence[Mapping[str, Any]]) -> Iterator[Offence]:
    for write in writes:
        if write.get("post") is None or not 200 <= (write.get("status") or 0) < 300:
            continue
        about = f"{write['action']} of post {write['post']} to version {write['version']}"
        post = posts.get(write["post"])
        if post is None:
            yield Offence("lost_writes", write["t"], f"{about}: acknowledged, and the post is gone")
            continue
        entry = next((entry for entry in post.entries if entry.version == write["version"]), None)
        if entry is None or post.version < write["version"]:
            yield Offence("lost_writes", write["t"], f"{about}: acknowledged, and nothing of it is there")
        elif (entry.action, entry.became) != (write["action"], write["became"]):
            yield Offence("lost_writes", write["t"], f"{about}: acknowledged, and it became {entry.action}")


def _dropped(post: Post, line: Timeline, world: World) -> Iterator[Offence]:
    """News stay news, unless something newer happened to the post."""
    if not post.entries or post.entries[-1].at < world.t0:
        return
    for (kind, occasion, person), state in post.reminders.items():
        if kind in TOLD.values() and state == "skipped" and occasion == post.version:
            at = line.real(post.entries[-1].at, 0)
            yield Offence("lost", at, f"post {post.pk}: {kind} of version {occasion} to {person} was skipped")


# By half -----------------------------------------------------------------------------------


def _halves(post: Post, world: World) -> Iterator[str]:
    for check in CHECKS:
        yield from check(post, world)


def _steps(post: Post, world: World) -> Iterator[str]:
    """Each change of the post has its one entry, and the last one says where it stands."""
    versions = [entry.version for entry in post.entries]
    if versions != list(range(1, post.version + 1)):
        yield f"version {post.version}, and entries for {versions}"
    elif post.entries[-1].became != post.status:
        yield f"is {post.status}, and its last entry says {post.entries[-1].became}"
    for before, after in zip(post.entries, post.entries[1:], strict=False):
        if before.became != after.was:
            yield f"{before.action} led to {before.became}, and {after.action} began from {after.was}"


def _decisions(post: Post, world: World) -> Iterator[str]:
    """Each decision has its entry, each entry its decision, and an approval in force is that of the present text."""
    entries = Counter(DECISIONS[entry.action] for entry in post.entries if entry.action in DECISIONS)
    made = Counter(outcome for outcome, *_rest in post.decisions if outcome in DECISIONS.values())
    if entries != made:
        yield f"entries {dict(entries)}, and decisions {dict(made)}"
    in_force = [revision for outcome, holds, revision, _themes in post.decisions if outcome == "approve" and holds]
    if post.status in APPROVED and not post.urgent and in_force != [post.revision]:
        yield f"{post.status} at revision {post.revision}, and approvals in force of {in_force}"
    if post.status in APPROVED and not post.urgent and post.approved != post.revision:
        yield f"{post.status} at revision {post.revision}, approved is {post.approved}"
    if post.status in WITHOUT_APPROVAL and in_force:
        yield f"{post.status}, and an approval is in force"
    if any(outcome == "approve" and themes != 1 for outcome, _holds, _revision, themes in post.decisions):
        yield "an approval without its one primary theme"


def _rounds(post: Post, world: World) -> Iterator[str]:
    """A round is open exactly while the post is in review, and each time it came there one was opened."""
    before = [row for row in post.rounds if row[1] == "before"]
    still_open = [revision for _number, _kind, revision, is_open in before if is_open]
    if still_open != ([post.revision] if post.status == "in_review" else []):
        yield f"{post.status} at revision {post.revision}, and rounds open on {still_open}"
    came = sum(entry.became == "in_review" != entry.was for entry in post.entries)
    if came != len(before):
        yield f"came to review {came} times, and has {len(before)} rounds"


def _time(post: Post, world: World) -> Iterator[str]:
    """Every approval and every move raises the schedule version."""
    rises = sum(entry.action in ("approve", "reschedule") for entry in post.entries)
    if rises != post.schedule_version:
        yield f"approved or moved {rises} times, and schedule version {post.schedule_version}"


def _published(post: Post, world: World) -> Iterator[str]:
    if post.status == "published" and not (post.publications and post.is_dated):
        yield f"published, with {post.publications} channels confirmed"


def _reminders(post: Post, world: World) -> Iterator[str]:
    """Each step since T0 wrote the reminders that it causes."""
    if not post.entries or post.entries[-1].at < world.t0:
        return
    schedule_version, number = 0, 0
    members, drafters = world.of(post.mission, "drafter", "head"), world.of(post.mission, "drafter")
    for entry in post.entries:
        schedule_version += entry.action in ("approve", "reschedule")
        comes_to_review = entry.became == "in_review" != entry.was
        number += comes_to_review
        wanted: list[tuple[str, int, int]] = []
        if entry.action in TOLD:
            wanted += [(TOLD[entry.action], entry.version, person) for person in members if person != entry.actor]
        if comes_to_review:
            editors = (person for person in world.of(None, "editor") if person not in post.authors)
            wanted += [("review_requested", number, person) for person in editors]
        if entry.action in ("approve", "reschedule") and entry.became == "approved":
            wanted += [("publish_now", schedule_version, person) for person in drafters]
            wanted += [("publish_overdue", schedule_version, person) for person in members]
        lacks = [f"{row[0]} to {row[2]}" for row in wanted if row not in post.reminders]
        if entry.at >= world.t0 and lacks:
            yield f"{entry.action} to version {entry.version} without {', '.join(lacks[:3])} ({len(lacks)} in all)"


CHECKS: tuple[Callable[[Post, World], Iterator[str]], ...] = (
    _steps,
    _decisions,
    _rounds,
    _time,
    _published,
    _reminders,
)


# Reading -----------------------------------------------------------------------------------


def _posts(database: Database, world: World) -> dict[int, Post]:
    found = {
        pk: Post(pk, mission, status, version, planned, revision, approved, bool(urgent), published is not None)
        for pk, mission, status, version, planned, revision, approved, urgent, published in database.rows(
            "SELECT id, mission_id, status, version, schedule_version, current_revision_id, approved_revision_id,"
            " urgent, published_at FROM calendar_app_post ORDER BY id"
        )
    }
    for post, version, action, was, became, actor, at in database.rows(
        "SELECT object_id, version, action, from_status, to_status, actor_id, at FROM audit_entry"
        " WHERE object_kind = 'post' AND version IS NOT NULL ORDER BY object_id, version"
    ):
        if post in found:
            found[post].entries.append(Entry(post, version, action, was, became, actor, sure(at)))
    for post, outcome, in_force, revision, themes in database.rows(
        "SELECT d.post_id, d.outcome, d.in_force, d.revision_id, (SELECT count(*) FROM calendar_app_decisiontheme t"
        " WHERE t.decision_id = d.id AND t.is_primary) FROM calendar_app_decision d"
    ):
        found[post].decisions.append((outcome, bool(in_force), revision, themes))
    for post, number, kind, revision, closed in database.rows(
        "SELECT post_id, number, kind, revision_id, closed_at FROM calendar_app_review ORDER BY number"
    ):
        found[post].rounds.append((number, kind, revision, closed is None))
    for post, author in database.rows("SELECT DISTINCT post_id, author_id FROM calendar_app_revision"):
        found[post].authors.add(author)
    for post, count in database.rows("SELECT post_id, count(*) FROM calendar_app_publication GROUP BY post_id"):
        found[post].publications = count
    touched = [post.pk for post in found.values() if post.entries and post.entries[-1].at >= world.t0]
    for start in range(0, len(touched), 500):
        part = touched[start : start + 500]
        marks = ", ".join(["%s"] * len(part))
        for post, kind, occasion, person, state in database.rows(
            "SELECT post_id, kind, occasion, recipient_id, state FROM calendar_app_reminder"  # noqa: S608
            f" WHERE way = 'in_app' AND post_id IN ({marks})",
            *part,
        ):
            found[post].reminders[kind, occasion, person] = state
    return found
