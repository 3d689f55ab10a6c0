"""What happened to a post: its revisions with what changed between them, its decisions, and its audit entries.

`history()` reads all three in a number of queries that does not grow, and ties them together: one event for each audit
entry, with the revision it wrote and the decision it stands for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from difflib import SequenceMatcher

import regex
from django.utils.translation import gettext as _

from audit.models import Entry
from calendar_app.languages import LANGUAGES
from calendar_app.models import Decision, Network, Outcome, Post, Reminder, Revision, Status
from calendar_app.queries.tallies import LOOK_OF
from calendar_app.workflow import HAPPENED, TAKEN, Action

# Comparing takes quadratic time; a text with more words than this is shown before and after instead.
MAX_WORDS = 1_500
# A word with the white space after it; scripts that do not part their words are compared by character.
_UNPARTED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_WORD = regex.compile(rf"{_UNPARTED}\p{{M}}*\s*|(?:(?!{_UNPARTED})\S)+\s*|\s+")


@dataclass(frozen=True)
class Piece:
    """A run of text that stayed ("same"), went ("gone") or came ("new")."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """One field that differs between two revisions. `pieces` is empty where the texts are too long to compare."""

    field: str
    label: str
    before: str
    after: str
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class Step:
    """A revision, and what it changed in the one before it (nothing for the first)."""

    revision: Revision
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Event:
    """Something that happened: its audit entry, the revision it wrote and the decision it stands for."""

    entry: Entry
    step: Step | None = None
    decision: Decision | None = None

    @property
    def name(self) -> str:
        """What happened, in the reader's language."""
        return str(HAPPENED.get(self.entry.action, self.entry.action))

    @property
    def moved(self) -> tuple[datetime | None, datetime | None] | None:
        """From when to when the post was moved; None when it was not."""
        if self.entry.action not in (Action.RESCHEDULE, Action.REZONE):
            return None
        before, after = (self.entry.data.get(name) for name in ("from", "to"))
        return (_instant(before), _instant(after))

    @property
    def changed_status(self) -> bool:
        return bool(self.entry.to_status) and self.entry.from_status != self.entry.to_status

    @property
    def shape(self) -> str:
        """How the status that it led to is drawn; "" where the status stayed."""
        return LOOK_OF.get(self.entry.to_status, "") if self.changed_status else ""

    @property
    def becomes(self) -> str:
        """The word for that status, unless it says no more than what happened."""
        word = str(Status(self.entry.to_status).label) if self.shape else ""
        return word if word.casefold() != self.name.casefold() else ""

    @property
    def comment(self) -> str:
        """What the person wrote: the reason of an urgent publication, or a comment that no decision carries."""
        data = self.entry.data
        return str(data.get("comment") or data.get("reason") or (self.decision.comment if self.decision else ""))


@dataclass(frozen=True)
class History:
    """Everything about a post, oldest first; `events` ties it together, with who took care of publishing it."""

    revisions: list[Step]
    decisions: list[Decision]
    entries: list[Entry]
    events: list[Event] = field(default_factory=list)

    @property
    def approval(self) -> Decision | None:
        """The approval in force."""
        return next((row for row in self.decisions if row.in_force and row.outcome == Outcome.APPROVE), None)

    @property
    def newest_first(self) -> list[Event]:
        return self.events[::-1]


def history(post: Post) -> History:
    """The post's revisions, decisions and audit entries. Eleven queries, however long its life was."""
    related = ("themes__theme", "variants__network")
    rows = post.revisions.select_related("author", "audience").prefetch_related(*related)
    steps = steps_of(rows)
    decisions = list(
        post.decisions.select_related("actor", "review", "revision").prefetch_related("themes__theme").order_by("pk")
    )
    entries = list(Entry.objects.filter(object_kind="post", object_id=post.pk).order_by("pk"))
    # who said that they take care of it: noted of the reminder that was answered
    asked = Reminder.objects.filter(post=post).order_by().values("pk")
    taken = Entry.objects.filter(object_kind="reminder", object_id__in=asked, action=TAKEN)
    happened = sorted([*entries, *taken.order_by()], key=lambda entry: entry.pk)
    return History(steps, decisions, entries, _events(happened, steps, decisions))


def steps_of(revisions: Iterable[Revision]) -> list[Step]:
    """Each revision with what it changed in the one before it."""
    steps: list[Step] = []
    before: Revision | None = None
    for revision in revisions:
        steps.append(Step(revision, tuple(differences(before, revision)) if before else ()))
        before = revision
    return steps


def _events(entries: list[Entry], steps: list[Step], decisions: list[Decision]) -> list[Event]:
    by_number = {step.revision.number: step for step in steps}
    deciding = {Action.APPROVE, Action.REQUEST_CHANGES, Action.DECLINE, Action.REVIEW_AFTERWARDS}
    # one decision for each such entry, in the same order: both are written in one transaction
    waiting = iter(decisions)
    events = []
    told: set[int] = set()
    for entry in entries:
        number = 1 if entry.action == Action.CREATE else entry.data.get("revision")
        step = by_number.get(number) if isinstance(number, int) and number not in told else None
        if step:
            told.add(step.revision.number)
        events.append(Event(entry, step, next(waiting, None) if entry.action in deciding else None))
    return events


def entered_status_at(posts: Iterable[Post]) -> dict[int, Entry]:
    """Post id → the entry with which it came to its present status. One query for all of them."""
    status = {post.pk: post.status for post in posts}
    found: dict[int, Entry] = {}
    rows = Entry.objects.filter(object_kind="post", object_id__in=list(status), version__isnull=False).order_by("pk")
    for entry in rows.only("object_id", "at", "from_status", "to_status", "actor_name", "action", "data"):
        if entry.from_status != entry.to_status and entry.to_status == status[entry.object_id]:
            found[entry.object_id] = entry
    return found


def _instant(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


# What differs --------------------------------------------------------------------------


def differences(before: Revision, after: Revision) -> list[Change]:
    """What `after` says differently, field by field. Reads both revisions' themes and texts unless prefetched."""
    old, new = _fields(before), _fields(after)
    changes = []
    for name in [*old, *(name for name in new if name not in old)]:
        (label, was), (_label, now) = old.get(name) or (new[name][0], ""), new.get(name) or (old[name][0], "")
        if was != now:
            changes.append(Change(name, label, was, now, pieces(was, now)))
    return changes


def _fields(revision: Revision) -> dict[str, tuple[str, str]]:
    """Field → its name and its text, in the reader's language."""
    language = str(LANGUAGES.get(revision.language, revision.language))
    fields = {
        "title": (_("Judul"), revision.title),
        "purpose": (_("Tujuan"), revision.purpose),
        "audience": (_("Khalayak"), str(revision.audience or "")),
        "language": (_("Bahasa"), language),
        "themes": (_("Tema"), ", ".join(theme.name for theme in revision.ordered_themes)),
    }
    for variant in revision.variants.all():
        network: Network = variant.network
        if network.has_title:
            fields[f"title.{network.code}"] = (_("Judul %(network)s") % {"network": network.name}, variant.title)
        fields[f"variants.{network.code}"] = (_("Naskah %(network)s") % {"network": network.name}, variant.text)
    return fields


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """The way from one text to the other, word by word; empty when they are too long to compare."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if len(old) > MAX_WORDS or len(new) > MAX_WORDS:
        return ()
    result: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            result.append(Piece("same", "".join(old[a:b])))
            continue
        if b > a:
            result.append(Piece("gone", "".join(old[a:b])))
        if d > c:
            result.append(Piece("new", "".join(new[c:d])))
    return tuple(result)
