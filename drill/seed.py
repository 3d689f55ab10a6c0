"""Fill a prepared database with people and approved posts, through the product's own services, and write down what was
made (`fixture.json`) for the oracle.

    python -m drill.seed SPEC.json         (the environment of the product; `manage.py prepare` has run)

Everything is made as of two days before T0. What lies before T0 is then closed, so that a run starts at T0 with
nothing waiting. A drill wants its reminders spread over the seconds of a minute, people give whole minutes: here alone
a post's time may have seconds.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import django

from drill.plan import Planned, Spec, posts

if TYPE_CHECKING:
    from calendar_app.models import Post
    from missions.models import Mission, Person

BEFORE = timedelta(days=2)
# Posts in one transaction: a commit for each would double the time.
BATCH = 25
DOMAIN = "drill.example"
# One drafter in so many wants no mail that a post goes out soon; one in so many is deactivated before the run.
MUTES_ONE_IN, LEAVES_ONE_IN = 8, 19
TOKEN_DAYS = 366
NEVER = 10**9
TEXT = {
    "purpose": "Pelaku usaha tahu cara memesan kopi Gayo langsung dari koperasi.",
    "audience": "pelaku-usaha",
    "language": "id",
    "themes": ["ekonomi-produk"],
    "variants": [{"network": "x", "text": "Kopi Gayo kini bisa dipesan langsung. https://example.go.id/kopi"}],
}
REASON = "Diganti arahan Pusat."


def say(words: str) -> None:
    """Progress, for people."""
    print(words, file=sys.stderr, flush=True)


def setup() -> None:
    """Load the product into this process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()


@contextlib.contextmanager
def made_for_the_drill() -> Iterator[None]:
    """Within the block a post's time may have seconds, and editors get single mails: two processes that add to one
    digest would wait for each other, and all of it is past."""
    from django.conf import settings

    from calendar_app.services import schedules

    def parse(value: str, zone: str, fold: int | None = None) -> schedules.When:
        return schedules.resolve(datetime.fromisoformat(value), zone, fold)

    before = schedules.parse, settings.DIGEST_FROM
    schedules.parse, settings.DIGEST_FROM = parse, NEVER  # type: ignore[assignment]
    try:
        yield
    finally:
        schedules.parse, settings.DIGEST_FROM = before


# People ------------------------------------------------------------------------------------


class Cast:
    """The missions of each group with their people, and headquarters. Made once, read by every process."""

    def __init__(self, spec: Spec) -> None:
        from missions.models import Mission, Person

        self.spec = spec
        self.groups = _missions(spec)
        everybody = Person.objects.filter(email__endswith=f"@{DOMAIN}").order_by("pk")
        self.people = {person.email.split("@")[0]: person for person in everybody}
        self.missions = {pk: Mission.objects.get(pk=pk) for keys in self.groups.values() for pk in keys}

    def mission(self, group: str, number: int) -> Mission:
        return self.missions[self.groups[group][number % len(self.groups[group])]]

    def drafter(self, mission: Mission) -> Person:
        return self.people[f"drafter0.{mission.code}"]

    def head(self, mission: Mission) -> Person:
        return self.people[f"head0.{mission.code}"]

    @property
    def editor(self) -> Person:
        return self.people["editor0"]


def _missions(spec: Spec) -> dict[str, list[int]]:
    """Group → ids of its missions; "live" are those of the live writer, "silent" one that gets no reminders."""
    from missions.models import Mission

    active = list(
        Mission.objects.exclude(status__in=Mission.SILENT).filter(needs_signoff=False).values_list("pk", flat=True)
    )
    found: dict[str, list[int]] = {}
    for group, count in ({"live": spec.live_missions, "silent": 1} | spec.groups).items():
        found[group], active = active[:count], active[count:]
    return found


def make_people(spec: Spec) -> None:
    """People of all missions of the run and of headquarters, and their roles."""
    from missions.models import Membership, Mission, Person, Role

    wanted: list[tuple[Person, int | None, str]] = []
    hq = (
        (Role.EDITOR, "editor", spec.editors),
        (Role.MANAGER, "manager", spec.managers),
        (Role.ADMIN, "admin", 1),
    )
    for role, name, count in hq:
        wanted += [(_person(f"{name}{number}", number), None, role) for number in range(count)]
    keys = [pk for group in _missions(spec).values() for pk in group]
    for mission in Mission.objects.filter(pk__in=keys).order_by("pk"):
        for role, name, count in ((Role.DRAFTER, "drafter", spec.drafters), (Role.HEAD, "head", spec.heads)):
            wanted += [(_person(f"{name}{n}.{mission.code}", n), mission.pk, role) for n in range(count)]
    for number, (person, _mission, held) in enumerate(wanted):
        if held == Role.DRAFTER and number % MUTES_ONE_IN == 1:
            person.muted_kinds = ["publish_soon"]
    Person.objects.bulk_create(person for person, _mission, _role in wanted)
    Membership.objects.bulk_create(Membership(person=p, mission_id=m, role=r) for p, m, r in wanted)


def _person(key: str, number: int) -> Person:
    from missions.models import Person

    language = Person.Language.ENGLISH if number % 3 == 2 else Person.Language.INDONESIAN
    # nobody signs in with a password here
    return Person(email=f"{key}@{DOMAIN}", name=f"Orang {key}", password="!", language=language)  # noqa: S106


def let_leave(cast: Cast) -> None:
    """Deactivate some drafters and put one mission to sleep, after their posts were approved."""
    from missions.models import Membership, Mission, Person, Role

    # the first of each mission writes its posts, those of the live missions stay, and the silent one hears nothing
    quiet = [*cast.groups["live"], *cast.groups["silent"]]
    own = Membership.objects.filter(role=Role.DRAFTER).exclude(mission__in=quiet)
    people = Person.objects.filter(pk__in=own.values("person"), email__endswith=f"@{DOMAIN}")
    leavers = [p.pk for p in people.exclude(email__startswith="drafter0").order_by("pk")][::LEAVES_ONE_IN]
    Person.objects.filter(pk__in=leavers).update(is_active=False)
    Mission.objects.filter(pk__in=cast.groups["silent"]).update(status=Mission.Status.DORMANT)
    for pk in cast.groups["silent"]:
        cast.missions[pk].refresh_from_db()


# Posts -------------------------------------------------------------------------------------


def make_posts(spec: Spec, part: int, parts: int) -> int:
    """Every `parts`-th planned post. Returns how many."""
    from django.db import transaction

    from calendar_app import clock

    cast = Cast(spec)
    at = spec.t0 - BEFORE
    mine = list(posts(spec))[part::parts]
    with made_for_the_drill(), clock.fixed(at):
        for start in range(0, len(mine), BATCH):
            with transaction.atomic():
                for planned in mine[start : start + BATCH]:
                    _make(cast, planned, at)
            done = start + BATCH
            if part == 0 and done % (BATCH * 20) == 0:
                say(f"seed: {min(done, len(mine)) * parts} of {len(mine) * parts} posts")
    return len(mine)


def _make(cast: Cast, planned: Planned, at: datetime) -> Post:
    from calendar_app.services import drafts, reviews, schedules, submissions

    group = "silent" if planned.fate == "silent" else planned.group
    mission = cast.mission(group, planned.mission)
    drafter = cast.drafter(mission)
    first = planned.first_at or planned.scheduled_at
    data = TEXT | {"title": f"{planned.slot}|{planned.fate}", "scheduled_local": _local(first, mission)}
    post = drafts.create(mission=mission, by=drafter, at=at, data=data)
    post = submissions.submit(post=post, by=drafter, version=post.version, at=at)
    revision = post.current_revision
    assert revision is not None
    post = reviews.approve(
        post=post,
        by=cast.editor,
        version=post.version,
        at=at,
        content_hash=revision.content_hash,
        primary_theme="ekonomi-produk",
        alignment="strong",
    )
    if planned.fate == "moved":
        when = schedules.parse(_local(planned.scheduled_at, mission), mission.timezone, 0)
        return schedules.reschedule(post=post, by=drafter, version=post.version, at=at, when=when)
    if planned.fate == "cancelled":
        return submissions.cancel(post=post, by=drafter, version=post.version, at=at, comment=REASON)
    if planned.fate == "recalled":
        return reviews.recall(post=post, by=cast.editor, version=post.version, at=at, comment=REASON)
    if planned.fate == "voided":
        return drafts.save(post=post, by=drafter, version=post.version, at=at, data={"purpose": "Agar warga tahu."})
    return post


def _local(instant: datetime, mission: Mission) -> str:
    return instant.astimezone(ZoneInfo(mission.timezone)).strftime("%Y-%m-%dT%H:%M:%S")


# What was made -----------------------------------------------------------------------------


def fixture(cast: Cast) -> dict[str, Any]:
    """All that the oracle needs to know."""
    from django.conf import settings

    from calendar_app.models import Post

    spec = cast.spec
    authors: dict[int, set[int]] = {}
    for post, author in Post.objects.values_list("pk", "revisions__author_id"):
        authors.setdefault(post, set()).add(author)
    return {
        "t0": spec.t0.isoformat(),
        "made_at": (spec.t0 - BEFORE).isoformat(),
        "seed": spec.seed,
        "grace_minutes": settings.GRACE_MINUTES,
        "base_url": settings.BASE_URL,
        "missions": [
            {
                "id": mission.pk,
                "code": mission.code,
                "timezone": mission.timezone,
                "status": mission.status,
                "group": next(name for name, keys in cast.groups.items() if mission.pk in keys),
            }
            for mission in cast.missions.values()
        ],
        "people": _people(),
        "posts": [
            {
                "id": post.pk,
                "mission": post.mission_id,
                "status": post.status,
                "scheduled_at": post.scheduled_at.isoformat() if post.scheduled_at else None,
                # when its reminders were made: at the approval or the last move
                "approved_at": (spec.t0 - BEFORE).isoformat(),
                "schedule_version": post.schedule_version,
                "version": post.version,
                "authors": sorted(authors[post.pk]),
                "slot": post.title.split("|")[0],
                "fate": post.title.split("|")[1],
            }
            for post in Post.objects.order_by("pk").iterator()
        ],
        "live": _live(cast),
    }


def _people() -> list[dict[str, Any]]:
    from missions.models import Membership, Person

    roles: dict[int, list[dict[str, Any]]] = {}
    for person, mission, role in Membership.objects.values_list("person_id", "mission_id", "role"):
        roles.setdefault(person, []).append({"mission": mission, "role": role})
    return [
        {
            "id": person.pk,
            "email": person.email,
            "language": person.language,
            "roles": roles.get(person.pk, []),
            "active": person.is_active,
            "muted": person.muted_kinds,
        }
        for person in Person.objects.order_by("pk")
    ]


def _live(cast: Cast) -> dict[str, Any]:
    """Tokens with which the live writer and the makers of holds speak to the API."""
    at = cast.spec.t0 - BEFORE
    return {
        "missions": [
            {
                "code": mission.code,
                "timezone": mission.timezone,
                "drafter": _token(cast.drafter(mission), at),
                "head": _token(cast.head(mission), at),
            }
            for mission in (cast.missions[pk] for pk in cast.groups["live"])
        ],
        "editors": [_token(cast.people[f"editor{number}"], at) for number in range(cast.spec.editors)],
        "admin": _token(cast.people["admin0"], at),
    }


def _token(person: Person, at: datetime) -> str:
    from missions import tokens

    return tokens.make(person=person, name="drill", scope="write", days=TOKEN_DAYS, at=at)[1]


# The run -----------------------------------------------------------------------------------


def seed(spec: Spec) -> dict[str, Any]:
    """Make it all. Returns counts and how long it took."""
    from django.db import connection

    from calendar_app.models import Post, Reminder
    from calendar_app.services import outbox

    began = time.monotonic()
    make_people(spec)
    cast = Cast(spec)
    # SQLite has one writer
    parts = spec.processes if connection.vendor == "postgresql" else 1
    if parts > 1:
        connection.close()
        _in_parallel([(_part, (spec, part, parts)) for part in range(parts)])
    else:
        make_posts(spec, 0, 1)
    made = time.monotonic() - began
    let_leave(cast)
    outbox.close_past(at=spec.t0)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # the planner has never seen these tables full
            cursor.execute("ANALYZE")
    Path(spec.folder, "fixture.json").write_text(json.dumps(fixture(cast)), encoding="utf-8")
    count = Post.objects.count()
    return {
        "posts": count,
        "reminders": Reminder.objects.count(),
        "waiting": Reminder.objects.filter(state="pending").count(),
        "seconds": round(time.monotonic() - began, 1),
        "posts_per_second": round(count / made, 1) if made else 0,
    }


def _part(spec: Spec, part: int, parts: int) -> None:
    setup()
    make_posts(spec, part, parts)


def _in_parallel(jobs: Iterable[tuple[Callable[..., None], tuple[Any, ...]]]) -> None:
    """Run each in a process of its own. Raises RuntimeError when one fails."""
    context = multiprocessing.get_context("spawn")
    running = [context.Process(target=function, args=arguments, daemon=True) for function, arguments in jobs]
    for process in running:
        process.start()
    for process in running:
        process.join()
    if any(process.exitcode for process in running):
        raise RuntimeError("seeding failed; the traceback is above")


def main(arguments: Sequence[str]) -> int:
    """Read the spec, seed, and print one line of JSON."""
    spec = Spec.read(json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    setup()
    print(json.dumps(seed(spec)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
