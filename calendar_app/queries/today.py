"""What a person must do now (DESIGN §7): in a mission, in the queue, and over the week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, Count, IntegerField, Max, Q, QuerySet, When
from django.utils import formats
from django.utils.translation import gettext as _

from calendar_app import workflow
from calendar_app.access import posts_for
from calendar_app.models import GIVEN_UP, Hold, Post, Status, Theme
from calendar_app.queries import calendar, observances
from calendar_app.queries import items as item_queries
from calendar_app.queries.calendar import NetworkWeek, Range
from calendar_app.queries.days import MISSION, Days, jakarta
from calendar_app.queries.filters import PAST, Filters, late
from calendar_app.queries.history import entered_status_at
from calendar_app.queries.items import Item
from calendar_app.queries.posts import held_among
from calendar_app.queries.tallies import LETTERS
from missions.models import Mission, Person
from missions.roles import Permission, grants

# How many of a kind a page lists; the rest is counted.
MOST = 30
WAITING = 20
BOARD = 12
# A draft is a task once its time is this near.
NEAR = timedelta(days=7)
AHEAD = 14
# A draft that is submitted so long before its time is read in time.
ENOUGH = timedelta(days=2)
# The mix of themes looks back so far, and so far for the last post of a theme that is silent.
LATELY, LONG_AGO = timedelta(days=28), timedelta(days=182)


# In a mission --------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """One thing to do: the post, the verb, and the name of the page where it is done. `why` says what is asked."""

    post: Post
    why: str
    verb: str
    place: str
    is_late: bool
    is_held: bool

    @property
    def missed_at(self) -> datetime | None:
        """When a post that is due will count as missed."""
        due = self.post.status == Status.APPROVED and self.is_late and self.post.scheduled_at
        return due + workflow.grace() if due else None


@dataclass(frozen=True)
class Waits:
    """A post that waits for somebody else, since when."""

    post: Post
    who: str
    since: datetime


@dataclass(frozen=True)
class Coming:
    """A day worth a post that is near, with the theme that suits it."""

    date: date
    name: str
    theme: Theme | None


@dataclass(frozen=True)
class Board:
    """What goes out today, before now and after."""

    earlier: list[Item]
    later: list[Item]

    @property
    def total(self) -> int:
        return len(self.earlier) + len(self.later)


@dataclass(frozen=True)
class Silence:
    """A branch of themes without a post lately, when it had its `last` one, and the near day that would suit it."""

    name: str
    last: date | None
    day: Coming | None


@dataclass(frozen=True)
class Lately:
    """What was published in the last 28 days: by letter of theme, in all, and the branch that most wants a post."""

    themes: dict[str, int]
    total: int
    silence: Silence | None


@dataclass(frozen=True)
class Work:
    """What a drafter or head has before them. `more` tasks are not listed. `week` is absent with several missions,
    and `weeks` where there is one."""

    tasks: list[Task]
    more: int
    waits: list[Waits]
    week: Range | None
    weeks: NetworkWeek | None
    board: Board | None
    coming: list[Coming]
    lately: Lately


def work(person: Person, missions: list[Mission], at: datetime, holds: list[Hold]) -> Work:
    """All that a mission's person has before them. Some eleven queries beside the `holds` in force."""
    posts = posts_for(person).filter(mission__in=[mission.pk for mission in missions])
    tasks, more = _tasks(person, posts, at, holds)
    single = missions[0] if len(missions) == 1 else None
    zone = single.zone if single else jakarta()
    today = at.astimezone(zone).date()
    week = calendar.mission_week(person, single, today, Filters(), MISSION, at, holds=holds) if single else None
    weeks = None if single else calendar.network_week(person, today, Filters(), MISSION, at, holds=holds)
    near = coming(today)
    return Work(
        tasks=tasks,
        more=more,
        waits=_waits(person, posts),
        week=week,
        weeks=weeks,
        board=_split(next((day.items for day in week.days if day.today), []), at) if week else None,
        coming=near,
        lately=lately(posts, at, near),
    )


def _split(items: list[Item], at: datetime) -> Board | None:
    """At the line that says now; None for nothing at all."""
    if not items:
        return None
    return Board(
        [item for item in items if item.scheduled_at <= at], [item for item in items if item.scheduled_at > at]
    )


def _tasks(person: Person, posts: QuerySet[Post], at: datetime, holds: list[Hold]) -> tuple[list[Task], int]:
    held = grants(person)
    headed = [pk for pk in held.by_mission if Permission.SIGN_OFF in held.in_mission(pk)]
    kinds = [
        # as many as the number beside Today in the frame, but for those under a hold
        late(at) & Q(status=Status.APPROVED),
        late(at) & Q(status=Status.MISSED),
        Q(status=Status.SIGNOFF, mission__in=headed) & ~Q(submitted_by=person),
        Q(status=Status.CHANGES_REQUESTED),
        Q(status=Status.DRAFT, scheduled_at__gte=at - PAST, scheduled_at__lte=at + NEAR),
    ]
    order = Case(*(When(kind, then=place) for place, kind in enumerate(kinds)), output_field=IntegerField())
    wanted = posts.filter(kinds[0] | kinds[1] | kinds[2] | kinds[3] | kinds[4]).annotate(place=order)
    found = list(wanted.select_related("mission", "theme").order_by("place", "scheduled_at", "pk")[:MOST])
    more = wanted.count() - MOST if len(found) == MOST else 0
    entries = entered_status_at(found)
    covered = held_among(found, holds)
    # what is due but held can only be looked at: behind what can be done now
    held_place = 2.5
    late_ones = (Status.APPROVED, Status.MISSED)
    found.sort(key=lambda post: held_place if post.status in late_ones and post.pk in covered else post.place)
    tasks = []
    for post in found:
        entry = entries.get(post.pk)
        said = str(entry.data.get("comment", "")) if entry else ""
        by = entry.actor_name if entry else ""
        tasks.append(_task(post, at, by, said, post.pk in covered))
    return tasks, max(more, 0)


def _task(post: Post, at: datetime, by: str, said: str, is_held: bool) -> Task:
    late = post.scheduled_at is not None and post.scheduled_at <= at
    if is_held and post.status in (Status.APPROVED, Status.MISSED):
        return Task(post, _("Jangan tayangkan sampai penahanan dicabut."), _("Lihat"), "post", False, True)
    if post.status == Status.SIGNOFF:
        return Task(post, _("Diajukan %(by)s.") % {"by": by}, _("Baca dan paraf"), "post", late, is_held)
    if post.status == Status.APPROVED:
        return Task(post, _("Naskahnya sudah disetujui."), _("Tayangkan"), "post_publish", True, is_held)
    if post.status == Status.MISSED:
        why = _("Belum dikonfirmasi. Catat bila sudah tayang, atau pilih waktu baru.")
        return Task(post, why, _("Putuskan"), "post", True, is_held)
    if post.status == Status.CHANGES_REQUESTED:
        why = f"{by}: “{said}”" if said else _("Perlu diperbaiki, lalu diajukan lagi.")
        return Task(post, why, _("Perbaiki"), "post_edit", late, is_held)
    return Task(post, _until_when(post, at), _("Lengkapi"), "post_edit", late, is_held)


def _until_when(post: Post, at: datetime) -> str:
    """By which day a draft should be submitted."""
    if post.scheduled_at is None or post.scheduled_at <= at:
        return _("Waktunya sudah lewat: pilih waktu baru.")
    by = (post.local or post.scheduled_at) - ENOUGH
    if post.scheduled_at - ENOUGH <= at:
        return _("Ajukan hari ini supaya sempat ditinjau.")
    return _("Ajukan paling lambat %(day)s supaya sempat ditinjau.") % {"day": formats.date_format(by, "D, j M")}


def _waits(person: Person, posts: QuerySet[Post]) -> list[Waits]:
    held = grants(person)
    headed = [pk for pk in held.by_mission if Permission.SIGN_OFF in held.in_mission(pk)]
    elsewhere = Q(status=Status.IN_REVIEW) | Q(status=Status.SIGNOFF) & (
        ~Q(mission__in=headed) | Q(submitted_by=person)
    )
    found = list(posts.filter(elsewhere).select_related("mission", "theme").order_by("scheduled_at", "pk")[:WAITING])
    entries = entered_status_at(found)
    return [
        Waits(
            post,
            _("Tinjauan Pusat") if post.status == Status.IN_REVIEW else _("Kepala Perwakilan"),
            entries[post.pk].at if post.pk in entries else post.updated_at,
        )
        for post in found
    ]


def coming(today: date, most: int = 6) -> list[Coming]:
    """The days worth a post of the next two weeks. Two queries."""
    days = [today + timedelta(days=number) for number in range(AHEAD + 1)]
    found = [(day, occasion) for day, row in sorted(observances.on(days).items()) for occasion in row][:most]
    codes = {code for _day, occasion in found for code in occasion.themes}
    themes = {theme.code: theme for theme in Theme.objects.filter(code__in=codes, is_active=True)}
    return [
        Coming(day, occasion.name, next((themes[code] for code in occasion.themes if code in themes), None))
        for day, occasion in found
    ]


def lately(posts: QuerySet[Post], at: datetime, near: list[Coming]) -> Lately:
    """The mix of themes of what was published, and which branch is silent: one that a near day suits before the one
    that has been silent longest. One query."""
    recent = Q(scheduled_at__gte=at - LATELY)
    published = posts.filter(status=Status.PUBLISHED, scheduled_at__gte=at - LONG_AGO).order_by()
    counted = published.values_list("theme__letter").annotate(n=Count("pk", filter=recent), last=Max("scheduled_at"))
    found = {letter or "": (n, last) for letter, n, last in counted}
    themes = {letter: n for letter, (n, _last) in found.items() if n}
    total = sum(themes.values())
    days = {day.theme.letter: day for day in reversed(near) if day.theme}
    silent = [letter for letter in LETTERS if letter not in themes]
    # never in half a year is longer than any day in it
    silent.sort(key=lambda letter: (letter not in days, found[letter][1] if letter in found else at - LONG_AGO))
    silence = None
    if silent and total:
        letter = silent[0]
        last = found[letter][1].astimezone(jakarta()).date() if letter in found else None
        silence = Silence(str(Theme.Letter(letter).label), last, days.get(letter))
    return Lately(themes, total, silence)


# At headquarters -----------------------------------------------------------------------


@dataclass(frozen=True)
class Scarce:
    """The branch of themes that has the fewest posts in the week, and the day in it that would suit it."""

    theme: Theme
    number: int
    day: date | None
    occasion: str


@dataclass(frozen=True)
class Network:
    """The week over all missions, what goes out today, who has nothing, the branches of themes that nobody uses, and
    the one that has the fewest posts."""

    week: NetworkWeek
    today: calendar.Day
    quiet: list[tuple[str, calendar.Place]]
    silent: list[Theme]
    scarce: Scarce | None
    board: Board | None

    @property
    def waiting(self) -> int:
        """For the head or for headquarters."""
        return self.week.tally.looks.get("waiting", 0)


def network(person: Person, at: datetime, holds: list[Hold]) -> Network:
    """What headquarters looks at. Seven queries beside the `holds` in force."""
    today = at.astimezone(jakarta()).date()
    themes = list(Theme.objects.all())
    week = calendar.network_week(person, today, Filters(), MISSION, at, holds=holds, themes=themes)
    branches = [theme for theme in themes if theme.is_active and not theme.parent_id]
    return Network(
        week=week,
        today=next(day for day in week.days if day.today),
        quiet=[
            (group.name, row.mission)
            for group in week.regions
            for row in group.rows
            if not (row.tally.total or row.mission.silent)
        ],
        silent=[theme for theme in branches if not week.tally.themes.get(theme.letter)],
        scarce=_scarce(week, branches, themes),
        board=_board(person, today, at, holds),
    )


def _scarce(week: NetworkWeek, branches: list[Theme], themes: list[Theme]) -> Scarce | None:
    if not branches or not week.tally.total:
        return None
    branch = min(branches, key=lambda theme: week.tally.themes.get(theme.letter, 0))
    codes = {theme.code for theme in themes if theme.letter == branch.letter}
    near = [
        (day.date, occasion.name)
        for day in week.days
        if day.date >= week.today
        for occasion in day.occasions
        if codes.intersection(occasion.themes)
    ]
    day, occasion = near[0] if near else (None, "")
    return Scarce(branch, week.tally.themes.get(branch.letter, 0), day, occasion)


def _board(person: Person, today: date, at: datetime, holds: list[Hold]) -> Board | None:
    """What goes out today (WIB): from two hours ago on, and of what is earlier only the late."""
    days = Days(today, 1, jakarta())
    late = Q(status__in=(Status.APPROVED, Status.MISSED))
    posts = posts_for(person).filter(days.condition()).exclude(status__in=GIVEN_UP)
    posts = posts.filter(late | Q(scheduled_at__gte=at - timedelta(hours=2))).order_by("scheduled_at", "pk")
    return _split(item_queries.of(posts[:BOARD], days, person, at=at, holds=holds), at)
