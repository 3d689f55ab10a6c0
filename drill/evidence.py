"""What is left after a run: letters, writes and events as they were written down, and the database, in plain SQL.

Instants of the database are seconds on its own clock, everything else is in real seconds.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import psycopg2


class Row(NamedTuple):
    """A reminder as the product keeps it."""

    pk: int
    identity: str
    kind: str
    way: str
    post: int | None
    person: int | None
    occasion: int
    schedule_version: int
    due: float
    until: float
    state: str
    sent_at: float | None
    message_id: str
    error: str
    deferred: float | None
    offset: str
    repeat: bool


class Notice(NamedTuple):
    """A notice in the product. `committed` is real time, None where the database does not keep it."""

    pk: int
    row: int
    person: int
    kind: str
    post: int | None
    created: float
    committed: float | None


class Digest(NamedTuple):
    """What a digest sums up: (post, kind) of each item, and how many more it only counts."""

    row: int
    about: str
    items: frozenset[tuple[int, str]]
    more: int


class Letter(NamedTuple):
    """A letter that the mail server was given whole. `outcome`: see `Letter.arrived`."""

    at: float
    message_id: str
    to: str
    subject: str
    repeat: bool
    links: tuple[str, ...]
    outcome: str

    @property
    def arrived(self) -> bool:
        """It was taken, whether or not anybody heard so; what was refused was not."""
        return self.outcome in ("250", "died_after_data")


@dataclass
class Evidence:
    """Everything the verdict reads."""

    fixture: dict[str, Any]
    events: list[dict[str, Any]]
    writes: list[dict[str, Any]] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    rows: dict[int, Row] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    digests: dict[int, Digest] = field(default_factory=dict)
    keeps_commit_times: bool = False


class Database:
    """The run's database, read only: `postgres://…` or `sqlite:///path`."""

    def __init__(self, dsn: str) -> None:
        self.is_sqlite = dsn.startswith("sqlite")
        self.connection: Any
        if self.is_sqlite:
            path = unquote(urlsplit(dsn).path)
            # sqlite:////abs and sqlite:///abs both name a file by its whole path
            self.connection = sqlite3.connect(f"file:/{path.lstrip('/')}?mode=ro", uri=True, timeout=30)
        else:
            self.connection = psycopg2.connect(dsn)
            self.connection.set_session(readonly=True, isolation_level="REPEATABLE READ")

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query, with `%s` for values."""
        with contextlib.closing(self.connection.cursor()) as cursor:
            cursor.execute(query.replace("%s", "?") if self.is_sqlite else query, values)
            return list(cursor.fetchall())

    def text_of(self, column: str, key: str) -> str:
        """SQL for a text in a JSON column; NULL where it is not there."""
        return f"json_extract({column}, '$.{key}')" if self.is_sqlite else f"{column} ->> '{key}'"

    def close(self) -> None:
        self.connection.close()

    def keeps_commit_times(self) -> bool:
        """Does it remember when each transaction was committed?"""
        return not self.is_sqlite and self.rows("SHOW track_commit_timestamp") == [("on",)]


def instant(value: Any) -> float | None:
    """A column of the database as seconds; None for NULL. SQLite keeps UTC as text."""
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    found: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
    return found.timestamp()


def sure(value: Any) -> float:
    """A column that is never NULL as seconds."""
    found = instant(value)
    assert found is not None
    return found


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a JSON-lines file; nothing when it is not there. A last line that was cut off is left out."""
    if not path.exists():
        return
    content = path.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(content):
        try:
            if line:
                yield json.loads(line)
        except ValueError:
            # only what a killed writer left unfinished may be cut off
            if number < len(content) - 1:
                raise


def read(folder: Path, database: Database) -> Evidence:
    """All that a run left in its folder and its database."""
    fixture = json.loads((folder / "fixture.json").read_text(encoding="utf-8"))
    found = Evidence(fixture, list(lines(folder / "events.jsonl")), list(lines(folder / "writes.jsonl")))
    found.letters = [_letter(line) for line in lines(folder / "letters.jsonl")]
    found.letters.sort(key=lambda letter: letter.at)
    found.rows = {row.pk: row for row in _reminders(database, fixture["t0"])}
    found.keeps_commit_times = database.keeps_commit_times()
    found.notices = list(_notices(database, found.keeps_commit_times))
    found.digests = {digest.row: digest for digest in _digests(database)}
    return found


def _letter(line: dict[str, Any]) -> Letter:
    return Letter(
        float(line["t"]),
        line["message_id"].strip(),
        line["to"].strip().lower(),
        line["subject"],
        bool(line["repeat"]),
        tuple(line["links"]),
        line["outcome"],
    )


def _reminders(database: Database, t0: str) -> Iterator[Row]:
    """All rows but those that the seeder closed."""
    offset, repeat = database.text_of("data", "offset"), database.text_of("data", "repeat")
    query = (
        "SELECT id, identity, kind, way, post_id, recipient_id, occasion, schedule_version, due_at, valid_until, state,"  # noqa: S608
        f" sent_at, message_id, error, deferred_until, {offset}, {repeat} FROM calendar_app_reminder"
        " WHERE due_at >= %s OR state NOT IN ('expired', 'skipped')"
    )
    # SQLite compares text: the same form as the one that is stored
    since = datetime.fromisoformat(t0).astimezone(UTC)
    for row in database.rows(query, since.strftime("%Y-%m-%d %H:%M:%S") if database.is_sqlite else since):
        times = sure(row[8]), sure(row[9]), row[10], instant(row[11])
        marks = instant(row[14]), str(row[15] or ""), row[16] in ("true", 1, True)
        yield Row._make((*row[:8], *times, *row[12:14], *marks))


def _notices(database: Database, keeps_commit_times: bool) -> Iterator[Notice]:
    committed = "pg_xact_commit_timestamp(xmin)" if keeps_commit_times else "NULL"
    query = f"SELECT id, reminder_id, recipient_id, kind, post_id, created_at, {committed}"
    for row in database.rows(f"{query} FROM calendar_app_notification ORDER BY id"):
        yield Notice._make((*row[:5], sure(row[5]), instant(row[6])))


def _digests(database: Database) -> Iterator[Digest]:
    for pk, data in database.rows("SELECT id, data FROM calendar_app_reminder WHERE kind = 'digest'"):
        known = json.loads(data) if isinstance(data, str) else data
        items = frozenset((item.get("post") or 0, item.get("kind", "")) for item in known.get("items", ()))
        yield Digest(pk, known.get("about", ""), items, int(known.get("more", 0)))
