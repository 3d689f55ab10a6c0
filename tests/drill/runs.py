"""Made-up runs: the files and the database that a run leaves, with whatever went wrong put in by hand."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection

from drill.evidence import Database
from drill.oracle import World, expected
from drill.verdict import OFFENCES, Verdict, judge

T0 = datetime(2026, 11, 25, 2, 0, tzinfo=UTC).timestamp()
# The drill begins long after, on the real clock.
REAL = T0 + 1_000_000.0
MINUTE, HOUR = 60.0, 3600.0
DRAFTER, DRAFTER_TOO, HEAD, EDITOR, MANAGER, GONE = 1, 2, 3, 4, 5, 6
MISSION = 7
POST = 100

TABLES = {
    "calendar_app_reminder": "id, identity, kind, way, post_id, recipient_id, occasion, schedule_version, due_at,"
    " valid_until, state, sent_at, message_id, error, deferred_until, data",
    "calendar_app_notification": "id, reminder_id, recipient_id, kind, post_id, created_at",
    "calendar_app_post": "id, mission_id, status, version, schedule_version, current_revision_id,"
    " approved_revision_id, urgent, published_at",
    "audit_entry": "object_kind, object_id, version, action, from_status, to_status, actor_id, at",
    "calendar_app_decision": "id, post_id, outcome, in_force, revision_id",
    "calendar_app_decisiontheme": "decision_id, is_primary",
    "calendar_app_review": "post_id, number, kind, revision_id, closed_at",
    "calendar_app_revision": "post_id, author_id",
    "calendar_app_publication": "post_id",
}
# The life of a post that was approved two days before T0.
LIFE = (("create", "", "draft"), ("submit", "draft", "in_review"), ("approve", "in_review", "approved"))
BEFORE = T0 - 48 * HOUR


def iso(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat()


def stored(instant: float) -> str:
    """As SQLite keeps it."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def person(pk: int, role: str, **more: Any) -> dict[str, Any]:
    mission = MISSION if role in ("drafter", "head") else None
    roles = [{"mission": mission, "role": role}]
    return {
        "id": pk,
        "email": f"p{pk}@drill.example",
        "language": "id",
        "roles": roles,
        "active": True,
        "muted": [],
    } | more


def post(pk: int = POST, at: float = T0 + MINUTE, **more: Any) -> dict[str, Any]:
    return {
        "id": pk,
        "mission": MISSION,
        "status": "approved",
        "scheduled_at": iso(at),
        "approved_at": iso(BEFORE),
        "schedule_version": 1,
        "version": 3,
        "authors": [DRAFTER],
    } | more


@dataclass
class Run:
    """A run that went well, until a test changes something. `real` is the real clock when the database shows T0."""

    folder: Path
    posts: list[dict[str, Any]] = field(default_factory=lambda: [post()])
    people: list[dict[str, Any]] = field(
        default_factory=lambda: [
            person(DRAFTER, "drafter"),
            person(DRAFTER_TOO, "drafter"),
            person(HEAD, "head"),
            person(EDITOR, "editor"),
            person(MANAGER, "manager"),
            person(GONE, "drafter", active=False),
        ]
    )
    lasts: float = 200.0
    status: str = "active"
    events: list[dict[str, Any]] = field(default_factory=list)
    letters: list[dict[str, Any]] = field(default_factory=list)
    writes: list[dict[str, Any]] = field(default_factory=list)
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in TABLES})

    def __post_init__(self) -> None:
        self.event("clock", 0, offset=T0 - REAL)
        self.event("sending", 0, at="begin")
        self.event("phase", 0, at="begin", name="quiet")
        self.event("sending", self.lasts, at="end")

    # Making --------------------------------------------------------------------------------

    def event(self, what: str, after: float, **facts: Any) -> dict[str, Any]:
        """An event so many real seconds after the beginning."""
        self.events.append({"t": REAL + after, "what": what, **facts})
        return self.events[-1]

    @property
    def fixture(self) -> dict[str, Any]:
        return {
            "t0": iso(T0),
            "grace_minutes": 120,
            "missions": [{"id": MISSION, "code": "kbri-satu", "timezone": "Asia/Tokyo", "status": self.status}],
            "people": self.people,
            "posts": self.posts,
        }

    def live(self, pk: int, *steps: tuple[str, str, str], at: float = T0 + 5) -> None:
        """A post that lives through these steps, each with all that belongs to it. Steps at `at` or before T0."""
        status, approvals, rounds, moves = "draft", 0, 0, 0
        for version, (action, was, became) in enumerate(steps, 1):
            self.entry(pk, version, action, was, became, at)
            status = became
            moves += action in ("approve", "reschedule")
            if became == "in_review" != was:
                rounds += 1
                closed = stored(at) if version < len(steps) else None
                self.add(
                    "calendar_app_review", post_id=pk, number=rounds, kind="before", revision_id=pk, closed_at=closed
                )
                self.row("review_requested", pk, EDITOR, occasion=rounds, due=at)
            if action == "approve":
                approvals += 1
                self.decide(pk, "approve", in_force=status == "approved")
            if action in ("request_changes", "decline"):
                self.decide(pk, action)
            kind = {"approve": "decided", "request_changes": "decided", "recall": "recalled", "reschedule": "moved"}
            if action in kind and at >= T0:
                for who in (DRAFTER, DRAFTER_TOO, HEAD):
                    self.row(kind[action], pk, who, occasion=version, due=at)
            if became == "approved" and action in ("approve", "reschedule") and at >= T0:
                self.plan(pk, moves, at)
        self.add("calendar_app_revision", post_id=pk, author_id=DRAFTER)
        approved = pk if status in ("approved", "missed") else None
        self.add(
            "calendar_app_post", id=pk, mission_id=MISSION, status=status, version=len(steps), schedule_version=moves,
            current_revision_id=pk, approved_revision_id=approved, urgent=0, published_at=None,
        )  # fmt: skip

    def plan(self, pk: int, version: int, at: float) -> None:
        for who in (DRAFTER, DRAFTER_TOO):
            self.row("publish_now", pk, who, occasion=version, due=at + 480 * HOUR, state="pending")
        for who in (DRAFTER, DRAFTER_TOO, HEAD):
            self.row("publish_overdue", pk, who, occasion=version, due=at + 482 * HOUR, state="pending")

    def entry(self, pk: int, version: int, action: str, was: str, became: str, at: float) -> None:
        self.add(
            "audit_entry", object_kind="post", object_id=pk, version=version, action=action, from_status=was,
            to_status=became, actor_id=EDITOR if action == "approve" else None, at=stored(at),
        )  # fmt: skip

    def decide(self, pk: int, outcome: str, *, in_force: bool = True) -> None:
        number = len(self.tables["calendar_app_decision"]) + 1
        self.add(
            "calendar_app_decision", id=number, post_id=pk, outcome=outcome, in_force=int(in_force), revision_id=pk
        )
        if outcome == "approve":
            self.add("calendar_app_decisiontheme", decision_id=number, is_primary=1)

    def add(self, table: str, **values: Any) -> dict[str, Any]:
        self.tables[table].append(values)
        return values

    def row(
        self, kind: str, about: int | None, who: int, *, way: str = "in_app", offset: str = "0", occasion: int = 1,
        due: float, until: float | None = None, state: str = "sent", **more: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """A reminder and, when it is sent, what arrived of it a second after it was due."""
        identity = f"{kind}:p{about}:{occasion}:{offset}:{who}:{way}"
        data = {"offset": offset} | more.pop("data", {})
        arrives = more.pop("arrives", due + 1)
        values = {
            "id": len(self.tables["calendar_app_reminder"]) + 1, "identity": identity, "kind": kind, "way": way,
            "post_id": about, "recipient_id": who, "occasion": occasion, "schedule_version": occasion,
            "due_at": stored(due), "valid_until": stored(due + 24 * HOUR if until is None else until), "state": state,
            "sent_at": stored(arrives) if state == "sent" else None, "message_id": "", "error": "",
            "deferred_until": None, "data": json.dumps(data),
        } | more  # fmt: skip
        if way == "email":
            values["message_id"] = f"<{hashlib.sha256(identity.encode()).hexdigest()[:40]}@drill>"
        self.add("calendar_app_reminder", **values)
        if state == "sent":
            self.arrive(values, arrives)
        return values

    def arrive(self, row: dict[str, Any], at: float, *, offset: float = T0 - REAL, **more: Any) -> None:
        """Its notice or letter, when the database's clock shows `at`."""
        if row["way"] == "email":
            self.letters.append(
                {
                    "t": at - offset,
                    "message_id": row["message_id"],
                    "to": f"p{row['recipient_id']}@drill.example",
                    "subject": row["kind"],
                    "repeat": False,
                    "outcome": "250",
                    "links": [f"http://127.0.0.1:8000/posts/{row['post_id']}/publish/"],
                }
                | more
            )
            return
        self.add(
            "calendar_app_notification", id=len(self.tables["calendar_app_notification"]) + 1, reminder_id=row["id"],
            recipient_id=row["recipient_id"], kind=row["kind"], post_id=row["post_id"], created_at=stored(at),
        )  # fmt: skip

    def deliver(self, **more: Any) -> list[dict[str, Any]]:
        """Everything that the oracle wants and that comes due in the run arrives a second later. Answers the rows."""
        rows = []
        for one in self.posts:
            if one["status"] == "approved":
                self.live(one["id"], *LIFE, at=BEFORE)
        wanted = expected(World.read(json.loads(json.dumps(self.fixture))))
        for key, due in sorted(wanted.items()):
            comes = due.at < T0 + self.lasts - 5
            state = {"state": "sent" if comes else "pending"} | more
            rows.append(
                self.row(
                    key.kind, key.post, key.person, way=key.way, offset=key.offset, due=due.at, until=due.until, **state
                )
            )
        return rows

    # Asking --------------------------------------------------------------------------------

    def find(self, kind: str, who: int, way: str) -> dict[str, Any]:
        """The row of one message."""
        return next(
            row
            for row in self.tables["calendar_app_reminder"]
            if (row["kind"], row["recipient_id"], row["way"]) == (kind, who, way)
        )

    def forget(self, row: dict[str, Any], **changes: Any) -> None:
        """It never arrived, and the row says so."""
        self.letters = [
            letter for letter in self.letters if letter["message_id"] != row["message_id"] or not row["message_id"]
        ]
        notices = self.tables["calendar_app_notification"]
        self.tables["calendar_app_notification"] = [one for one in notices if one["reminder_id"] != row["id"]]
        row |= {"state": "pending", "sent_at": None} | changes

    def judge(self) -> Verdict:
        """Write it all down and have it judged."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / "fixture.json").write_text(json.dumps(self.fixture))
        for name in ("events", "letters", "writes"):
            lines = "".join(json.dumps(line) + "\n" for line in getattr(self, name))
            (self.folder / f"{name}.jsonl").write_text(lines)
        path = self.folder / "run.sqlite3"
        path.unlink(missing_ok=True)
        connection = sqlite3.connect(path)
        for table, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {table} ({columns})")
            for values in self.tables[table]:
                marks = ", ".join("?" for _value in values)
                connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))
        connection.commit()
        connection.close()
        return judge(self.folder, f"sqlite:///{path}")


class OpenDatabase(Database):
    """The database of the tests, read as the drill reads its own."""

    def __init__(self) -> None:
        self.is_sqlite = connection.vendor == "sqlite"
        self.connection = connection

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(query, values)
            return list(cursor.fetchall())


def offences(verdict: Verdict) -> dict[str, int]:
    """What it counted, without the zeros."""
    counts = {name: getattr(verdict, name) for name in OFFENCES if getattr(verdict, name)}
    assert verdict.ok == (not counts), verdict.missed
    assert {name: len(told) for name, told in verdict.details.items()} == counts
    return counts
