"""What the list of posts, the composer, the post's page and the publish page show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from calendar_app import workflow
from calendar_app.languages import LANGUAGES
from calendar_app.models import (
    ENDED,
    Audience,
    Hold,
    Kind,
    Network,
    Outcome,
    Post,
    Publication,
    Reminder,
    Review,
    Status,
    Theme,
    Variant,
)
from calendar_app.queries import cursors
from calendar_app.queries import holds as hold_queries
from calendar_app.queries.filters import is_due
from calendar_app.queries.history import entered_status_at
from calendar_app.workflow import Action, Facts
from missions.models import Membership, Mission, Person, Region, Role
from missions.roles import Allowed, Denied, Verdict

PAGE = 50

# The list ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A post in the list, with what the list says of it."""

    post: Post
    networks: list[Network]
    since: datetime
    is_held: bool
    is_due: bool


@dataclass(frozen=True)
class Page:
    """Some of the posts, latest time first and those without a time before all; cursors of the pages beside it."""

    rows: list[Row]
    previous: str
    next: str


def page(posts: QuerySet[Post], *, at: datetime, holds: list[Hold], after: str = "", before: str = "") -> Page:
    """The page after (or before) a cursor; a cursor that cannot be read shows the first. `holds`: those in force.
    Four queries at most."""
    cursor = cursors.read(before or after, "time?", "number")
    backwards = bool(before) and cursor is not None
    if cursor:
        keys = ("scheduled_at", "pk") if backwards else ("-scheduled_at", "-pk")
        posts = posts.filter(cursors.behind(keys, cursor, nullable=("scheduled_at",)))
    order = (
        (F("scheduled_at").asc(nulls_last=True), "pk")
        if backwards
        else (F("scheduled_at").desc(nulls_first=True), "-pk")
    )
    found = list(posts.select_related("mission", "theme").order_by(*order)[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    if backwards:
        found.reverse()
    has_previous = more if backwards else cursor is not None
    has_next = True if backwards else more
    return Page(
        rows=_rows(found, at, holds),
        previous=_cursor(found[0]) if found and has_previous else "",
        next=_cursor(found[-1]) if found and has_next else "",
    )


def _rows(posts: list[Post], at: datetime, holds: list[Hold]) -> list[Row]:
    networks = _networks_of(posts)
    since = entered_status_at(posts)
    held = held_among(posts, holds)
    return [
        Row(
            post=post,
            networks=networks.get(post.current_revision_id or 0, []),
            since=since[post.pk].at if post.pk in since else post.created_at,
            is_held=post.pk in held,
            is_due=is_due(post, at),
        )
        for post in posts
    ]


def _networks_of(posts: Iterable[Post]) -> dict[int, list[Network]]:
    revisions = [post.current_revision_id for post in posts if post.current_revision_id]
    result: dict[int, list[Network]] = {}
    rows = Variant.objects.filter(revision__in=revisions).select_related("network").defer("text")
    for row in rows.order_by("network__order"):
        result.setdefault(row.revision_id, []).append(row.network)
    return result


def held_among(posts: Iterable[Post], holds: list[Hold] | None = None) -> set[int]:
    """The keys of those that a hold in force (of `holds`, where they have been read) covers. Two queries at most."""
    holds = hold_queries.in_force() if holds is None else holds
    if not holds:
        return set()
    condition = hold_queries.covered_by(holds)
    return set(Post.objects.filter(condition, pk__in=[post.pk for post in posts]).values_list("pk", flat=True))


def _cursor(post: Post) -> str:
    return cursors.written(post.scheduled_at, post.pk)


# Reference data that forms offer --------------------------------------------------------


def networks(also: Iterable[str] = ()) -> list[Network]:
    """The networks that a text may be written for, in their order; those of `also` even when no longer in use."""
    return list(Network.objects.filter(Q(is_active=True) | Q(code__in=list(also))))


def networks_of(codes: Iterable[str]) -> dict[str, Network]:
    """Networks by their code; codes that nobody knows are absent. One query."""
    # PostgreSQL refuses to be asked for a text with NUL in it
    known = [code for code in codes if "\0" not in code]
    return {network.code: network for network in Network.objects.filter(code__in=known)}


def theme_of(code: str) -> Theme | None:
    """One theme with its branch, by its code."""
    return None if "\0" in code else Theme.objects.select_related("parent").filter(code=code).first()


def audiences() -> list[Audience]:
    """For whom a post can be, in the order of forms. One query."""
    return list(Audience.objects.all())


def regions() -> list[Region]:
    """All regions, in their order. One query."""
    return list(Region.objects.all())


def branches(also: Iterable[str] = ()) -> list[tuple[Theme, list[Theme]]]:
    """Each branch of the theme tree with itself and its active themes (those of `also` in any case). One query."""
    wanted = Q(is_active=True) | Q(code__in=list(also))
    rows = list(Theme.objects.filter(wanted).select_related("parent").order_by("order", "pk"))
    order = {theme.pk: place for place, theme in enumerate(rows)}
    rows.sort(key=lambda theme: (order.get(theme.parent_id or theme.pk, 0), theme.parent_id is not None, theme.order))
    grouped = groupby(rows, key=lambda theme: theme.parent or theme)
    return [(branch, list(themes)) for branch, themes in grouped]


def crisis_themes() -> list[Theme]:
    """The themes under which a post may go out urgently."""
    return list(Theme.objects.filter(is_active=True, crisis=True))


def language_choices(mission: Mission | None) -> list[tuple[str, str]]:
    """Languages by code and name: Indonesian, English and the mission's own first, then the others by name."""
    first = dict.fromkeys(["id", *(mission.local_languages if mission else []), "en"])
    rest = sorted((code for code in LANGUAGES if code not in first), key=lambda code: str(LANGUAGES[code]))
    return [(code, str(LANGUAGES[code])) for code in [*first, *rest] if code in LANGUAGES]


def names_of(data: Mapping[str, Any]) -> dict[str | None, str]:
    """The names of the codes in a post's data (as the API takes it), in the reader's language."""
    themes = Theme.objects.filter(code__in=data.get("themes") or [])
    audiences = Audience.objects.filter(code=data.get("audience"))
    names: dict[str | None, str] = {row.code: row.name for row in [*themes, *audiences]}
    codes = [row["network"] for row in data.get("variants") or []]
    names |= dict(Network.objects.filter(code__in=codes).values_list("code", "name"))
    language = data.get("language")
    return names | ({language: str(LANGUAGES[language])} if language in LANGUAGES else {})


# One post ------------------------------------------------------------------------------

# Where a person does each action; the order is the one in which buttons stand. The rest happens on other pages.
OFFERED = (
    Action.SUBMIT,
    Action.SIGN_OFF,
    Action.MARK_PUBLISHED,
    Action.SAVE,
    Action.APPROVE,
    Action.REVIEW_AFTERWARDS,
    Action.RESCHEDULE,
    Action.SEND_BACK,
    Action.WITHDRAW,
    Action.RECALL,
    Action.PUBLISH_URGENT,
    Action.RETRACT,
    Action.CANCEL,
    Action.DELETE,
)


@dataclass(frozen=True)
class Offer:
    """An action, and whether the person may do it now."""

    action: Action
    verdict: Verdict

    @property
    def name(self) -> str:
        return str(workflow.ACTION_NAMES[self.action])

    @property
    def reason(self) -> str:
        return str(self.verdict.reason) if isinstance(self.verdict, Denied) else ""


def offers(post: Post, person: Person, at: datetime, facts: Facts) -> tuple[list[Offer], list[Offer]]:
    """What this person may do with the post now, and what not, with the reasons."""
    everything = [Offer(action, workflow.check(post, action, person, at, facts=facts)) for action in OFFERED]
    possible = [offer for offer in everything if isinstance(offer.verdict, Allowed)]
    return possible, [offer for offer in everything if not offer.verdict]


@dataclass(frozen=True)
class Channel:
    """A text of a revision with, once confirmed, what became of it."""

    variant: Variant
    publication: Publication | None

    @property
    def network(self) -> Network:
        return self.variant.network

    @property
    def is_out(self) -> bool:
        return self.publication is not None and self.publication.published_at is not None


def channels(post: Post) -> list[Channel]:
    """The channels of what the post says now, in the order of networks. Two queries."""
    if post.current_revision is None:
        return []
    done = {row.network_id: row for row in Publication.objects.standing(post).select_related("confirmed_by")}
    variants = post.current_revision.variants.select_related("network").order_by("network__order")
    return [Channel(variant, done.get(variant.network_id)) for variant in variants]


@dataclass(frozen=True)
class Waiting:
    """For whom or what a post waits, why, and since when. `comment` is what the last person wrote to the next."""

    text: str
    since: datetime | None = None
    comment: str = ""
    by: str = ""
    due_at: datetime | None = None


def waiting(post: Post, at: datetime, facts: Facts) -> Waiting:
    """Where the post stands. Three queries at most beside those of `facts`."""
    entry = entered_status_at([post]).get(post.pk)
    since = entry.at if entry else post.created_at
    comment = str(entry.data.get("comment", "")) if entry else ""
    by = entry.actor_name if entry else ""
    review = facts.open_review if post.status in (Status.IN_REVIEW, Status.PUBLISHED) else None
    return Waiting(_waits_for(post, at, facts, review), since, comment, by, review.due_at if review else None)


def _waits_for(post: Post, at: datetime, facts: Facts, review: Review | None) -> str:
    if post.status == Status.SIGNOFF:
        heads = ", ".join(_heads(post.mission_id))
        return _("Menunggu paraf Kepala Perwakilan: %(names)s.") % {"names": heads}
    if post.status == Status.IN_REVIEW:
        return _("Menunggu keputusan peninjau Pusat, putaran %(number)d.") % {"number": review.number if review else 1}
    if post.status == Status.PUBLISHED and review is not None and review.kind == Review.Kind.AFTERWARDS:
        return _("Sudah tayang mendesak. Pusat meninjaunya sesudah tayang.")
    if post.status in (Status.APPROVED, Status.MISSED) and facts.holds:
        return _("Ditahan. Jangan ditayangkan sampai penahanan dicabut.")
    if post.status == Status.APPROVED and facts.is_out:
        return _("Sebagian kanal sudah tayang. Menunggu penyusun mengonfirmasi kanal lainnya.")
    if is_due(post, at):
        return _("Saatnya tayang. Menunggu penyusun menayangkan dan mengonfirmasi.")
    return str(WAITS_FOR[Status(post.status)]())


WAITS_FOR = {
    Status.DRAFT: lambda: _("Menunggu penyusun melengkapi dan mengajukan."),
    Status.SIGNOFF: lambda: _("Menunggu paraf Kepala Perwakilan."),
    Status.IN_REVIEW: lambda: _("Menunggu keputusan peninjau Pusat."),
    Status.CHANGES_REQUESTED: lambda: _("Menunggu penyusun memperbaiki, lalu mengajukan lagi."),
    Status.APPROVED: lambda: _("Sudah disetujui. Menunggu waktu tayangnya."),
    Status.PUBLISHED: lambda: _("Sudah tayang. Tidak ada yang ditunggu."),
    Status.MISSED: lambda: _("Waktunya lewat tanpa konfirmasi. Tandai tayang, atau jadwalkan ulang."),
    Status.DECLINED: lambda: _("Ditolak. Tidak ada yang ditunggu."),
    Status.CANCELLED: lambda: _("Dibatalkan. Tidak ada yang ditunggu."),
    Status.RETRACTED: lambda: _("Sudah ditarik dari kanal. Tidak ada yang ditunggu."),
}


def now_waiting(post: Post) -> str:
    """Where a post has just gone, for the person who sent it there."""
    if post.status == Status.SIGNOFF:
        return _("Diajukan. Sekarang menunggu paraf Kepala Perwakilan.")
    return _("Diajukan. Sekarang menunggu tinjauan Pusat.")


def _heads(mission_id: int) -> list[str]:
    rows = Membership.objects.filter(mission=mission_id, role=Role.HEAD, person__is_active=True)
    return list(rows.order_by("person__name").values_list("person__name", flat=True))


def approval(post: Post) -> tuple[str, datetime] | None:
    """Who approved what goes out, and when."""
    rows = post.decisions.filter(outcome=Outcome.APPROVE, in_force=True)
    return rows.values_list("actor__name", "at").first()


def holds_over(post: Post, facts: Facts) -> list[Hold]:
    """The holds that keep the post from going out: none once it is out or given up."""
    return facts.holds if post.status not in ENDED else []


@dataclass(frozen=True)
class Deadline:
    """How long an approved post may still go out, for the publish page's countdown: `percent` of the grace from
    `starts_at` to `ends_at` is gone."""

    is_due: bool
    starts_at: datetime
    ends_at: datetime
    hours: int
    minutes: int
    percent: float

    @property
    def middle(self) -> datetime:
        return self.starts_at + (self.ends_at - self.starts_at) / 2


def deadline(post: Post, at: datetime) -> Deadline | None:
    """Until its time, then until its grace ends; None for a post that is not waiting for its time."""
    if post.status != Status.APPROVED or post.scheduled_at is None:
        return None
    due = post.scheduled_at <= at
    ends_at = post.scheduled_at + workflow.grace() if due else post.scheduled_at
    left = max(0, int((ends_at - at).total_seconds() // 60))
    gone = (at - post.scheduled_at) / workflow.grace() if due else 0.0
    return Deadline(due, post.scheduled_at, ends_at, left // 60, left % 60, min(100.0, round(gone * 100, 1)))


def comments_at(post: Post, person: Person) -> datetime | None:
    """When this person is reminded to answer the comments; None for somebody who is not."""
    rows = Reminder.objects.filter(post=post, kind=Kind.ANSWER_COMMENTS, recipient=person).order_by("due_at")
    return rows.values_list("due_at", flat=True).first()
