"""Single posts as the calendar shows them: what, when, whose, where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import QuerySet

from calendar_app.models import Hold, Post, Variant
from calendar_app.queries import filters as filter_queries
from calendar_app.queries.days import Days, jakarta
from calendar_app.queries.moves import Mover
from calendar_app.queries.tallies import Tally, flag, look
from missions.models import Person


@dataclass(slots=True)
class Item:
    """A post on a calendar. `local` is its time in the zone shown, `own` in the post's own, `wib` in Jakarta."""

    id: int
    version: int
    mission: str
    mission_name: str
    title: str
    purpose: str
    language: str
    status: str
    look: str
    due: bool
    held: bool
    urgent: bool
    theme: str
    theme_name: str
    letter: str
    scheduled_at: datetime
    local: datetime
    own: datetime
    wib: datetime
    zone: str
    # may the reader move it: now; False: not as it stands; None: never, they do not write for that mission
    movable: bool | None
    networks: list[str] = field(default_factory=list)

    @property
    def date(self) -> date:
        return self.local.date()

    @property
    def minute(self) -> int:
        """Minutes since midnight, as the clock shows them."""
        return self.local.hour * 60 + self.local.minute


FIELDS = (
    "version", "title", "language", "status", "urgent", "scheduled_at", "local_date", "local_time", "timezone", "fold",
    "mission__code", "mission__name_id", "mission__name_en", "theme__code", "theme__letter", "theme__name_id",
    "theme__name_en", "current_revision__purpose",
)  # fmt: skip


def of(posts: QuerySet[Post], days: Days, person: Person, *, at: datetime, holds: Sequence[Hold]) -> list[Item]:
    """The posts as items that this person reads, in their order. Two queries."""
    rows = (
        posts.select_related("mission", "theme", "current_revision")
        .only(*FIELDS)
        .annotate(
            is_due=flag(filter_queries.due(at)),
            is_held=flag(filter_queries.held(holds), bool(holds)),
        )
    )
    wib, mover = jakarta(), Mover(person)
    items: list[Item] = []
    by_revision: dict[int, Item] = {}
    for post in rows:
        assert post.scheduled_at is not None
        due, held, theme, revision = post.is_due, post.is_held, post.theme, post.current_revision
        item = Item(
            id=post.pk,
            version=post.version,
            mission=post.mission.code,
            mission_name=post.mission.name,
            title=post.title,
            purpose=revision.purpose if revision else "",
            language=post.language,
            status=post.status,
            look=look(post.status, due=due, held=held),
            due=due,
            held=held,
            urgent=post.urgent,
            theme=theme.code if theme else "",
            theme_name=theme.name if theme else "",
            letter=theme.letter if theme else "",
            scheduled_at=post.scheduled_at,
            local=days.local(post),
            own=post.local or post.scheduled_at,
            wib=post.scheduled_at.astimezone(wib),
            zone=str(days.zone or post.timezone),
            movable=mover.may_move(post.mission_id, post.status),
        )
        items.append(item)
        if revision:
            by_revision[revision.pk] = item
    variants = Variant.objects.filter(revision__in=list(by_revision)).order_by("revision", "network__order")
    for key, code in variants.values_list("revision_id", "network__code"):
        by_revision[key].networks.append(code)
    return items


def tallies_of(items: Iterable[Item], days: Days) -> dict[int, Tally]:
    """Number of the day → tally, as `tallies.by_day` counts them in the database: for days that list all they have."""
    numbers = {day: number for number, day in enumerate(days.dates)}
    found: dict[int, Tally] = {}
    for item in items:
        one = Tally(1, item.due, item.held, {item.status: 1}, {item.look: 1}, {item.letter: 1})
        found.setdefault(numbers[item.date], Tally()).add(one)
    return found
