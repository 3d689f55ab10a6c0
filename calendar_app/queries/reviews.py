"""The review queue as its page shows it, and all that an editor reads before deciding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, QuerySet, When
from django.utils.translation import gettext as _

from audit.models import Entry
from calendar_app import workflow
from calendar_app.models import Decision, Network, Post, Review, Revision, RevisionTheme, Status, Theme, Variant
from calendar_app.queries import cursors, history, review_queue
from calendar_app.queries.days import jakarta
from calendar_app.queries.filters import Filters
from calendar_app.queries.history import Change
from calendar_app.workflow import Action, Facts
from missions.models import Person
from missions.roles import Denied

PAGE = 50
# The page's sort: what is public already comes before all.
ORDER = ("place", *review_queue.ORDER)
# What `due=` may say: the round is overdue, due by the end of today (WIB), within a week.
LATE, TODAY, WEEK = "now", "today", "week"


# The queue -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A post that waits. `is_late`: its round should have been decided. `is_past`: it should have gone out.
    `wrote`: the reader wrote part of it, so that somebody else decides."""

    post: Post
    round: Review
    networks: list[Network]
    is_late: bool
    wrote: bool
    is_past: bool

    @property
    def is_afterwards(self) -> bool:
        return self.round.kind == Review.Kind.AFTERWARDS

    @property
    def goes_out(self) -> datetime | None:
        """When it goes out, or went out."""
        return self.post.published_at if self.is_afterwards else self.post.scheduled_at

    @property
    def themes(self) -> list[Theme]:
        """The theme it went out under, else the proposed ones."""
        return _themes_of(self.post, self.post.current_revision, self.is_afterwards)


def _themes_of(post: Post, revision: Revision | None, is_afterwards: bool) -> list[Theme]:
    proposed = revision.ordered_themes if revision else []
    if not is_afterwards or post.theme is None:
        return proposed
    return [post.theme, *(theme for theme in proposed if theme.pk != post.theme_id)]


@dataclass(frozen=True)
class Page:
    """`urgent` are the reviews after an urgent publication, which come before all; `following` is a cursor."""

    urgent: list[Row]
    rows: list[Row]
    following: str


def due_by(word: str, at: datetime) -> datetime | None:
    """The instant that the filter's word stands for; None for no filter."""
    midnight = datetime.combine(at.astimezone(jakarta()).date(), time.min, tzinfo=jakarta())
    return {LATE: at, TODAY: midnight + timedelta(days=1), WEEK: midnight + timedelta(days=8)}.get(word)


def page(
    person: Person, filters: Filters, at: datetime, *, due: str = "", after: str = "", size: int | None = None
) -> Page:
    """One page, the round that is due first on top. Three queries, however many wait."""
    size = size or PAGE
    found = _in_order(review_queue.waiting(person, filters, at, due_by=due_by(due, at)))
    if cursor := cursors.read(after, "number", "time", "number"):
        found = found.filter(cursors.behind(ORDER, cursor))
    rows = _rows(found[: size + 1], person, at)
    more, rows = len(rows) > size, rows[:size]
    following = ""
    if more:
        last = rows[-1]
        following = cursors.written(int(not last.is_afterwards), last.round.due_at, last.post.pk)
    return Page([row for row in rows if row.is_afterwards], [row for row in rows if not row.is_afterwards], following)


@dataclass(frozen=True)
class Group:
    """Rows of the queue whose rounds are due at about the same time."""

    name: str
    rows: list[Row]
    is_late: bool = False


def groups(page: Page, at: datetime) -> list[Group]:
    """A page of the queue by the day on which each round is due (WIB); what is public already before all."""
    midnight = due_by(TODAY, at) or at
    monday = midnight + timedelta(days=7 - midnight.weekday()) if midnight.weekday() else midnight
    ends = [
        (_("Lewat tenggat"), at),
        (_("Tenggat hari ini"), midnight),
        (_("Tenggat besok"), midnight + timedelta(days=1)),
        (_("Tenggat pekan ini"), monday),
        (_("Nanti"), datetime.max.replace(tzinfo=UTC)),
    ]
    found, rest = [Group(_("Tayang mendesak"), page.urgent, is_late=True)], page.rows
    for place, (name, end) in enumerate(ends):
        mine = [row for row in rest if row.round.due_at <= end]
        found.append(Group(name, mine, is_late=place == 0))
        rest = rest[len(mine) :]
    return [group for group in found if group.rows]


@dataclass(frozen=True)
class Around:
    """The part of the queue in which a post stands. `place` counts from 1 and is 0 where it does not wait; `before` and
    `behind` are how many the part leaves out on either side; `previous` and `following` are the neighbours' keys."""

    groups: list[Group]
    place: int
    total: int
    before: int
    behind: int
    previous: int | None
    following: int | None


def around(person: Person, filters: Filters, at: datetime, post: Post, *, due: str = "", size: int) -> Around:
    """The queue beside a post, in parts of `size` so that walking on does not move the list. Three queries."""
    waiting = _in_order(review_queue.waiting(person, filters, at, due_by=due_by(due, at)))
    keys = list(waiting.values_list("pk", flat=True))
    found = keys.index(post.pk) if post.pk in keys else None
    # the last part is a full one too
    first = min((found or 0) // size * size, max(len(keys) - size, 0))
    rows = _rows(waiting.filter(pk__in=keys[first : first + size]), person, at)
    part = Page([row for row in rows if row.is_afterwards], [row for row in rows if not row.is_afterwards], "")
    behind = 0 if found is None else found + 1
    return Around(
        groups=groups(part, at),
        place=behind,
        total=len(keys),
        before=first,
        behind=max(len(keys) - first - size, 0),
        previous=keys[found - 1] if found else None,
        following=keys[behind] if behind < len(keys) else None,
    )


def next_after(person: Person, filters: Filters, at: datetime, decided: Post, *, due: str = "") -> Post | None:
    """Where an editor goes on: what is public already, else what follows in the queue, else what they had passed over;
    of all that only what they may decide. Two queries."""
    wrote = Revision.objects.filter(post=OuterRef("pk"), author=person)
    waiting = review_queue.waiting(person, filters, at, due_by=due_by(due, at)).exclude(pk=decided.pk)
    was_due = decided.reviews.order_by("-number").values_list("due_at", flat=True)[0]
    behind = cursors.behind(review_queue.ORDER, (was_due, decided.pk))
    turn = Case(When(urgent=True, then=0), When(behind, then=1), default=2)
    found = waiting.filter(~Exists(wrote)).annotate(turn=turn).order_by("turn", *review_queue.ORDER)
    following: Post | None = found.first()
    return following


def _in_order(posts: QuerySet[Any]) -> QuerySet[Any]:
    """What is public already comes before all."""
    posts = posts.annotate(place=Case(When(urgent=True, then=0), default=1))
    return posts.order_by(*ORDER)


def counts(at: datetime) -> dict[str, int]:
    """How many rounds are open (`waiting`), overdue (`late`), and of urgent publications (`urgent`). One query."""
    return Review.objects.filter(closed_at=None).aggregate(
        waiting=Count("pk"),
        late=Count("pk", filter=Q(due_at__lte=at)),
        urgent=Count("pk", filter=Q(kind=Review.Kind.AFTERWARDS)),
    )


def _rows(posts: QuerySet[Post], person: Person, at: datetime) -> list[Row]:
    """The posts as rows. Three queries."""
    proposed = RevisionTheme.objects.select_related("theme")
    found = list(
        posts.select_related("mission__region", "theme", "current_revision")
        .prefetch_related(Prefetch("current_revision__themes", proposed))
        .annotate(
            wrote=Exists(Revision.objects.filter(post=OuterRef("pk"), author=person)),
        )
    )
    networks: dict[int, list[Network]] = {}
    variants = Variant.objects.filter(revision__in=[post.current_revision_id for post in found])
    for variant in variants.select_related("network").defer("text").order_by("network__order"):
        networks.setdefault(variant.revision_id, []).append(variant.network)
    rows = []
    for post in found:
        told: Any = post
        own = networks.get(post.current_revision_id or 0, [])
        past = post.status == Status.IN_REVIEW and post.scheduled_at is not None and post.scheduled_at <= at
        rows.append(Row(post, told.round, own, told.round.due_at <= at, told.wrote, past))
    return rows


# One post ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pane:
    """One channel: its text, and how it differs from what was decided on last (None when it does not)."""

    variant: Variant
    changes: list[Change]

    @property
    def network(self) -> Network:
        return self.variant.network


@dataclass(frozen=True)
class Mix:
    """What a mission published lately: how many by letter of theme, in all, and only to show an activity."""

    themes: dict[str, int]
    total: int
    activities: int


@dataclass(frozen=True)
class Desk:
    """Everything an editor reads. `review` is the open round; `last` the decision of an earlier round; `refusal` why
    this person may not decide ("" when they may)."""

    post: Post
    revision: Revision
    review: Review | None
    panes: list[Pane]
    changes: list[Change]
    last: Decision | None
    is_unchanged: bool
    decisions: list[Decision]
    themes: list[Theme]
    refusal: str
    urgent_reason: str

    @property
    def is_afterwards(self) -> bool:
        return self.review is not None and self.review.kind == Review.Kind.AFTERWARDS

    @property
    def goes_out(self) -> datetime | None:
        """When it goes out, or went out."""
        return self.post.published_at or self.post.scheduled_at

    @property
    def earlier(self) -> list[Decision]:
        """The decisions before the one that the text is compared with, newest first."""
        return [decision for decision in reversed(self.decisions) if decision != self.last]

    @property
    def may_decide(self) -> bool:
        return self.review is not None and not self.refusal


def desk(post: Post, person: Person, at: datetime, facts: Facts) -> Desk:
    """Read it all, in a number of queries that does not grow with the post's life."""
    review = post.reviews.filter(closed_at=None).select_related("opened_by").first()
    revisions = post.revisions.select_related("author", "audience")
    revisions = revisions.prefetch_related("themes__theme", "variants__network")
    decisions = list(post.decisions.select_related("actor", "review", "revision").prefetch_related("themes__theme"))
    last = decisions[-1] if decisions else None
    wanted = {post.current_revision_id, last.revision_id if last else None}
    by_key = {revision.pk: revision for revision in revisions.filter(pk__in=[key for key in wanted if key])}
    revision = by_key[post.current_revision_id or 0]
    before = by_key[last.revision_id] if last and review else None
    changes = history.differences(before, revision) if before else []
    action = Action.REVIEW_AFTERWARDS if post.urgent else Action.APPROVE
    verdict = workflow.check(post, action, person, at, facts=facts)
    return Desk(
        post=post,
        revision=revision,
        review=review,
        panes=_panes(revision, changes),
        changes=[change for change in changes if "." not in change.field or not _has(revision, change.field)],
        last=last if review else None,
        is_unchanged=before is not None and before.content_hash == revision.content_hash,
        decisions=decisions,
        themes=_themes_of(post, revision, bool(review) and post.urgent),
        refusal=str(verdict.reason) if isinstance(verdict, Denied) else "",
        urgent_reason=_urgent_reason(post),
    )


def closed_by(post: Post) -> Decision | None:
    """The decision that closed the post's last round; None for one that is open, was withdrawn, or never was."""
    last = post.reviews.order_by("-number").first()
    return Decision.objects.filter(review=last).select_related("actor").first() if last else None


def _urgent_reason(post: Post) -> str:
    """Why the head published without review; "" for a post that went the usual way."""
    if not post.urgent:
        return ""
    entry = Entry.objects.filter(object_kind="post", object_id=post.pk, action=Action.PUBLISH_URGENT).last()
    return str(entry.data.get("reason", "")) if entry else ""


def _panes(revision: Revision, changes: Iterable[Change]) -> list[Pane]:
    variants = sorted(revision.variants.all(), key=lambda variant: variant.network.order)
    return [
        Pane(variant, [change for change in changes if change.field.partition(".")[2] == variant.network.code])
        for variant in variants
    ]


def _has(revision: Revision, field: str) -> bool:
    """Is this field shown in one of the channels?"""
    code = field.partition(".")[2]
    return any(variant.network.code == code for variant in revision.variants.all())


def mix_of_mission(post: Post, at: datetime) -> Mix:
    """What the post's mission published in the last 28 days. One query."""
    since = at - timedelta(days=28)
    published = Post.objects.filter(mission=post.mission_id, status=Status.PUBLISHED, scheduled_at__gte=since)
    only = Decision.objects.filter(post=OuterRef("pk"), in_force=True, activity_only=True)
    marked = published.annotate(only=Exists(only)).order_by()
    rows: Any = list(
        marked.values_list("theme__letter").annotate(n=Count("pk"), shown=Count("pk", filter=Q(only=True)))
    )
    return Mix(
        themes={letter or "": number for letter, number, _only in rows},
        total=sum(number for _letter, number, _only in rows),
        activities=sum(shown for _letter, _number, shown in rows),
    )
