"""How many posts there are, by status and by theme, counted in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, Count, Q, QuerySet, Value, When

from calendar_app.models import Hold, Post, Status, Theme
from calendar_app.queries import filters as filter_queries
from calendar_app.queries.days import Days

# How a post is drawn, by shape (templates/frame/sprite.html) and never by colour alone: its status, or what is derived
# from it. A hold is drawn on what was ready to go out. Ended posts share one shape; the word tells.
LOOKS = ("published", "approved", "due", "waiting", "changes", "draft", "held", "missed", "stopped")
LOOK_OF: dict[str, str] = {
    Status.DRAFT: "draft",
    Status.SIGNOFF: "waiting",
    Status.IN_REVIEW: "waiting",
    Status.CHANGES_REQUESTED: "changes",
    Status.APPROVED: "approved",
    Status.PUBLISHED: "published",
    Status.MISSED: "missed",
    Status.DECLINED: "stopped",
    Status.CANCELLED: "stopped",
    Status.RETRACTED: "stopped",
}
STATUSES: tuple[str, ...] = tuple(Status.values)
LETTERS: tuple[str, ...] = tuple(Theme.Letter.values)


def look(status: str, *, due: bool, held: bool) -> str:
    """How a post is drawn; one of LOOKS."""
    if held and status in (Status.APPROVED, Status.MISSED):
        return "held"
    return "due" if due else LOOK_OF[status]


@dataclass(slots=True)
class Tally:
    """Counts of some posts. `statuses` are the stored ones and add up to `total`, as `looks` do; `due` and `held` tell
    how many of them are so. `themes` goes by letter, "" standing for none. What is zero is absent."""

    total: int = 0
    due: int = 0
    held: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)
    themes: dict[str, int] = field(default_factory=dict)

    def add(self, other: Tally) -> None:
        if not other.total:
            return
        self.total += other.total
        self.due += other.due
        self.held += other.held
        for mine, theirs in (
            (self.statuses, other.statuses),
            (self.looks, other.looks),
            (self.themes, other.themes),
        ):
            for key, value in theirs.items():
                mine[key] = mine.get(key, 0) + value

    def redraw(self, was: str, now: str, number: int) -> None:
        """Draw so many posts in another way than their status says, or as many as there are."""
        number = min(number, self.looks.get(was, 0))
        if not number:
            return
        self.looks[was] -= number
        if not self.looks[was]:
            del self.looks[was]
        self.looks[now] = self.looks.get(now, 0) + number


Key = tuple[int, int]


def by_mission_and_day(
    posts: QuerySet[Post], days: Days, *, at: datetime, holds: Sequence[Hold], themes: Sequence[Theme]
) -> dict[Key, Tally]:
    """(mission's key, number of the day) → tally; where there is nothing, the key is absent. Two queries."""
    return _tallies(posts, ("mission_id",), days, at=at, holds=holds, themes=themes)


def by_day(
    posts: QuerySet[Post], days: Days, *, at: datetime, holds: Sequence[Hold], themes: Sequence[Theme]
) -> dict[int, Tally]:
    """Number of the day → tally. Two queries."""
    found = _tallies(posts, (), days, at=at, holds=holds, themes=themes)
    return {number: tally for (_mission, number), tally in found.items()}


def _tallies(
    posts: QuerySet[Post],
    keys: tuple[str, ...],
    days: Days,
    *,
    at: datetime,
    holds: Sequence[Hold],
    themes: Sequence[Theme],
) -> dict[Key, Tally]:
    posts = posts.filter(days.condition()).annotate(day=days.expression()).order_by()
    # One row for each mission and day with a column for each status and letter: some 900 rows where a row for each
    # combination would make 15,000, and reading rows is what costs.
    columns: dict[str, Any] = {f"s_{s}": Count("status", filter=Q(status=s)) for s in STATUSES}
    for letter in LETTERS:
        # (a filter that nothing passes, such as of a letter without themes, Django does not write as SQL)
        if known := [theme.pk for theme in themes if theme.letter == letter]:
            columns[f"t_{letter}"] = Count("status", filter=Q(theme__in=known))
    found: dict[Key, Tally] = {}
    letters = [name[2:] for name in columns if name.startswith("t_")]
    # values() says what to group by; values_list() reads the same columns as plain rows
    counted = posts.values(*keys, "day").annotate(n=Count("*"), **columns)
    for row in counted.values_list(*(keys or ("day",)), "day", "n", *columns):
        found[row[0] if keys else 0, days.number(row[1])] = _tally(row[2], row[3:], letters)
    _derive(found, posts, keys, days, at=at, holds=holds)
    return found


def _tally(total: int, counts: tuple[int, ...], letters: list[str]) -> Tally:
    """`counts`: a number for each status, then for each letter."""
    statuses: dict[str, int] = {}
    looks: dict[str, int] = {}
    for status, number in zip(STATUSES, counts, strict=False):
        if number:
            drawn = LOOK_OF[status]
            statuses[status] = number
            looks[drawn] = looks.get(drawn, 0) + number
    themes = {letter: number for letter, number in zip(letters, counts[len(STATUSES) :], strict=True) if number}
    if rest := total - sum(themes.values()):
        themes[""] = rest
    return Tally(total, 0, 0, statuses, looks, themes)


def _derive(
    found: dict[Key, Tally],
    posts: QuerySet[Post],
    keys: tuple[str, ...],
    days: Days,
    *,
    at: datetime,
    holds: Sequence[Hold],
) -> None:
    """Add what is derived, due and held. A query of its own, over few rows: it needs columns that the index over days
    does not have."""
    due, held = filter_queries.due(at), filter_queries.held(holds)
    posts = posts.filter(due | held if holds else due).annotate(is_due=flag(due), is_held=flag(held, bool(holds)))
    for row in posts.values(*keys, "day", "status", "is_due", "is_held").annotate(n=Count("*")):
        # absent when it came between the two queries
        tally = found.get((row.get("mission_id", 0), days.number(row["day"])), Tally())
        number, status = row["n"], row["status"]
        tally.due += number if row["is_due"] else 0
        tally.held += number if row["is_held"] else 0
        drawn = look(status, due=row["is_due"], held=row["is_held"])
        if drawn != LOOK_OF[status]:
            tally.redraw(LOOK_OF[status], drawn, number)


def flag(condition: Q, possible: bool = True) -> Case | Value:
    """True where the condition holds, as a column."""
    if not possible:
        return Value(False, output_field=BooleanField())
    return Case(When(condition, then=True), default=False, output_field=BooleanField())
