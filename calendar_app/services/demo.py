"""Demo data: five weeks of posts, told as a story of events through the real services.

Each post is a small script of steps (draft, submit, sign off, decide, publish …) with an instant each. All steps are
played in order of time with the clock set back, so the history is real: revisions, decisions, audit entries and
reminders are what the services make of it. Reminders that lie in the past are closed without sending.

Facts, figures and names in the texts are invented; pages show a banner that says DATA CONTOH.
"""

from __future__ import annotations

import heapq
import json
import random
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from calendar_app import clock, networks
from calendar_app.models import Network, Post, Status
from calendar_app.services import drafts, holds, notices, outbox, publishing, reviews, schedules, submissions
from missions.models import HQ_ROLES, Membership, Mission, Person, Role

TEXTS = Path(__file__).resolve().parent.parent / "data" / "sample_posts.jsonl"
DOMAIN = "demo.example"
# Weeks from this one → posts in it. The weeks before are there for what pages count over 28 days.
POSTS = {-3: 60, -2: 90, -1: 170, 0: 330, 1: 150}
FATES = 25  # ways a post may go, see _script
# The accounts that `scripts/up` prints: e-mail → (name, mission, role), DESIGN §10.
ACCOUNTS = {
    "drafter.tokyo": ("Penyusun Tokyo", "kbri-tokyo", Role.DRAFTER),
    "head.tokyo": ("Kepala Perwakilan Tokyo", "kbri-tokyo", Role.HEAD),
    "drafter.jeddah": ("Penyusun Jeddah", "kjri-jeddah", Role.DRAFTER),
    "head.jeddah": ("Kepala Perwakilan Jeddah", "kjri-jeddah", Role.HEAD),
    "editor": ("Peninjau Satu", None, Role.EDITOR),
    "editor2": ("Peninjau Dua", None, Role.EDITOR),
    "manager": ("Pimpinan", None, Role.MANAGER),
    "admin": ("Administrator", None, Role.ADMIN),
}
WORLD_LANGUAGES = ("id", "en")  # texts in these suit any mission
NEXT_TO = ("x", "instagram", "facebook")  # networks that a text may also go to
FALLBACK_THEME = "publik-budaya"  # what a mission proposes with a post that only shows an activity
COMMENTS = (
    "Sebut apa yang bisa dilakukan pembaca, bukan hanya acaranya.",
    "Tambahkan tautan pendaftaran dan tenggatnya.",
    "Angka di paragraf kedua belum ada sumbernya.",
    "Kalimat pertama terlalu panjang untuk X; mulai dari manfaatnya.",
)


@dataclass
class Play:
    """One post on its way: its script, and the post once it is there."""

    mission: Mission
    drafter: Person
    head: Person
    data: dict[str, Any]
    activity_only: bool
    steps: list[tuple[datetime, Callable[[Play, datetime], Post]]]
    post: Post | None = None

    @property
    def now(self) -> Post:
        assert self.post is not None
        return self.post


@dataclass
class Stage:
    """What the plays draw from."""

    at: datetime
    chance: random.Random
    texts: list[dict[str, Any]]
    missions: list[Mission]
    networks: dict[str, Network]
    editors: list[Person]
    admin: Person
    drafters: dict[int, Person] = field(default_factory=dict)
    heads: dict[int, Person] = field(default_factory=dict)


def is_loaded() -> bool:
    """Are there demo accounts in this database?"""
    return Person.objects.filter(is_demo=True).exists()


def set_password(password: str) -> None:
    """Give all demo people this password from now on."""
    Person.objects.filter(is_demo=True).update(password=make_password(password))


def load(*, at: datetime, password: str, progress: Callable[[int, int], None], seed: int = 2026) -> int:
    """Make the demo people and posts as seen at `at`; return how many posts. `progress(done, all)` counts steps."""
    with transaction.atomic():
        stage = _stage(at, password, random.Random(seed))  # noqa: S311 - believable, not secret
        plays = list(_plays(stage))
    _perform(plays, stage, progress)
    with transaction.atomic():
        holds.make(
            by=stage.admin,
            at=at,
            scope="mission",
            code="kbri-beirut",
            reason="Situasi keamanan di Lebanon: unggahan menunggu arahan Pusat.",
        )
        # the last days' notices are there, the older ones of them read
        notices.as_if_sent(since=at - timedelta(days=2), before=at, read_until=at - timedelta(hours=8))
        outbox.close_past(at=at)
    return len(plays)


def _stage(at: datetime, password: str, chance: random.Random) -> Stage:
    missions = list(Mission.objects.exclude(status__in=Mission.SILENT).select_related("region"))
    hashed = make_password(password)  # once: a slow hash for each of 270 people would take minutes
    people = {key: _person(key, name, hashed) for key, (name, _code, _role) in ACCOUNTS.items()}
    by_code = {mission.code: mission for mission in missions}
    wanted = [(people[key], by_code[code] if code else None, role) for key, (_n, code, role) in ACCOUNTS.items()]
    for mission in missions:
        place = mission.code.split("-", 1)[1]
        if f"drafter.{place}" in ACCOUNTS and by_code[ACCOUNTS[f"drafter.{place}"][1] or ""] == mission:
            continue
        # two missions may sit in one city: the code tells them apart
        name = mission.name_id.split(" ", 1)[1]
        for role, words in ((Role.DRAFTER, "Penyusun"), (Role.HEAD, "Kepala Perwakilan")):
            person = _person(f"{role.value}.{mission.code}", f"{words} {name}", hashed)
            wanted.append((person, mission, role))
    Person.objects.bulk_create({id(person): person for person, _m, _r in wanted}.values())
    Membership.objects.bulk_create(Membership(person=p, mission=m, role=r) for p, m, r in wanted)
    # every third mission, and Tokyo, wants its head to sign off first
    signing = [mission for place, mission in enumerate(missions) if place % 3 == 0 or mission.code == "kbri-tokyo"]
    Mission.objects.filter(pk__in=[m.pk for m in signing if m.code != "kjri-jeddah"]).update(needs_signoff=True)
    for mission in missions:
        mission.refresh_from_db(fields=["needs_signoff"])
    lines = TEXTS.read_text(encoding="utf-8").splitlines()
    return Stage(
        at=at,
        chance=chance,
        texts=[json.loads(line) for line in lines if line],
        missions=missions,
        networks={network.code: network for network in Network.objects.all()},
        editors=[people["editor"], people["editor2"]],
        admin=people["admin"],
        drafters={m.pk: p for p, m, r in wanted if m and r == Role.DRAFTER},
        heads={m.pk: p for p, m, r in wanted if m and r == Role.HEAD},
    )


def _person(key: str, name: str, hashed: str) -> Person:
    return Person(email=f"{key}@{DOMAIN}", name=name, password=hashed, is_demo=True)


def _plays(stage: Stage) -> Iterator[Play]:
    today = stage.at.astimezone(zoneinfo.ZoneInfo(settings.HQ_TIMEZONE)).date()
    monday = today - timedelta(days=today.weekday())
    for week, count in POSTS.items():
        for number in range(count):
            # the same mission meets another fate each week
            yield _play(stage, monday + timedelta(weeks=week), number, fate=(number + 9 * week) % FATES)


def _play(stage: Stage, monday: date, number: int, fate: int) -> Play:
    text, mission = _text_and_mission(stage, number)
    weekday = stage.chance.choices(range(7), weights=(18, 18, 18, 17, 16, 6, 7))[0]
    minutes = stage.chance.choice((0, 0, 15, 30, 45))
    local = datetime.combine(monday + timedelta(days=weekday), time.fromisoformat(text["local_time"])) + timedelta(
        minutes=minutes
    )
    when = schedules.nearest(local, mission.timezone)
    play = Play(
        mission=mission,
        drafter=stage.drafters[mission.pk],
        head=stage.heads[mission.pk],
        data=_data(stage, text, when),
        activity_only=text["activity_only"],
        steps=[],
    )
    play.steps = [step for step in _script(stage, play, when.instant, fate) if step[0] <= stage.at]
    if not play.steps:
        # a post for next week that would be begun later: begun today instead
        play.steps = [(stage.at - timedelta(hours=stage.chance.uniform(1, 30)), _draft)]
    return play


def _text_and_mission(stage: Stage, number: int) -> tuple[dict[str, Any], Mission]:
    """Each text first for the mission it was written for; then those that suit any mission, for one after another
    whose public reads the language."""
    by_code = {mission.code: mission for mission in stage.missions}
    own = [text for text in stage.texts if text["mission_code"] in by_code]
    if number < len(own):
        return own[number], by_code[own[number]["mission_code"]]
    anywhere = [text for text in stage.texts if text.get("anywhere")]
    text = anywhere[number % len(anywhere)]
    # the two missions whose accounts are printed have something in every week (13: of every fate, see _script)
    if number % 13 == 0:
        return text, by_code["kbri-tokyo" if number % 26 == 0 else "kjri-jeddah"]
    readers = [m for m in stage.missions if text["language"] in (*WORLD_LANGUAGES, *m.local_languages)]
    return text, stage.chance.choice(readers)


def _data(stage: Stage, text: dict[str, Any], when: schedules.When) -> dict[str, Any]:
    variants = [_variant(stage, text["network"], text)]
    for code in NEXT_TO:
        fits = networks.count(stage.networks[code].limits, text["text"]).valid
        if code != text["network"] and fits and stage.chance.random() < 0.45:
            variants.append(_variant(stage, code, text))
    return {
        "title": text["title"],
        "purpose": text["purpose"],
        "audience": text["audience"],
        "language": text["language"],
        "themes": text["theme_codes"] or [FALLBACK_THEME],
        "scheduled_local": f"{when.local_date}T{when.local_time:%H:%M}",
        "fold": when.fold,
        "variants": variants,
    }


def _variant(stage: Stage, code: str, text: dict[str, Any]) -> dict[str, Any]:
    title = text["title"] if stage.networks[code].has_title else ""
    return {"network": code, "title": title, "text": text["text"]}


# The scripts -----------------------------------------------------------------------------------


def _script(  # noqa: C901 - a story told in order
    stage: Stage, play: Play, goes_out: datetime, fate: int
) -> list[tuple[datetime, Callable[[Play, datetime], Post]]]:
    """What happens to a post that goes out at an instant, step by step; steps after now have not happened yet."""
    chance = stage.chance
    begun = goes_out - timedelta(days=chance.uniform(4, 7))
    submitted = begun + timedelta(hours=chance.uniform(1, 20))
    signed = submitted + timedelta(hours=chance.uniform(1, 12))
    # headquarters works through its queue within two days: a few posts are late, most are not
    decided = signed + timedelta(hours=chance.uniform(3, 44))
    published = goes_out + timedelta(minutes=chance.uniform(0, 25))
    editor = chance.choice(stage.editors)
    steps: list[tuple[datetime, Callable[[Play, datetime], Post]]] = [(begun, _draft)]
    if fate == 0:
        return [*steps, (submitted, _cancel)]
    if fate in (1, 2):
        return steps  # a draft that nobody submitted
    steps.append((submitted, _submit))
    if play.mission.needs_signoff:
        if fate == 3:
            return steps  # still with the head
        steps.append((signed, _sign_off))
    if fate == 4:
        return [*steps, (decided, _decline(editor))]
    if fate in (5, 6):
        comment = chance.choice(COMMENTS)
        steps.append((signed + timedelta(hours=3), _ask_for_changes(editor, comment)))
        if fate == 5:
            return steps
        steps.append((signed + timedelta(hours=9), _improve))
        steps.append((signed + timedelta(hours=10), _submit))
        if play.mission.needs_signoff:
            steps.append((signed + timedelta(hours=11), _sign_off))
        decided = max(decided, signed + timedelta(hours=14))
    steps.append((decided, _approve(editor)))
    if fate == 7:
        return [*steps, (goes_out + timedelta(minutes=125), _expire)]
    steps.append((published, _publish))
    if fate == 8:
        steps.append((published + timedelta(hours=5), _retract))
    return steps


def _draft(play: Play, at: datetime) -> Post:
    return drafts.create(mission=play.mission, by=play.drafter, at=at, data=play.data)


def _submit(play: Play, at: datetime) -> Post:
    return submissions.submit(post=play.now, by=play.drafter, version=play.now.version, at=at)


def _sign_off(play: Play, at: datetime) -> Post:
    if play.now.status != Status.SIGNOFF:
        return play.now
    return submissions.sign_off(post=play.now, by=play.head, version=play.now.version, at=at)


def _cancel(play: Play, at: datetime) -> Post:
    reason = "Acara ditunda oleh tuan rumah."
    return submissions.cancel(post=play.now, by=play.drafter, version=play.now.version, at=at, comment=reason)


def _improve(play: Play, at: datetime) -> Post:
    data = {"purpose": play.data["purpose"].rstrip(".") + ", dengan satu langkah yang jelas."}
    return drafts.save(post=play.now, by=play.drafter, version=play.now.version, at=at, data=data)


def _ask_for_changes(editor: Person, comment: str) -> Callable[[Play, datetime], Post]:
    def step(play: Play, at: datetime) -> Post:
        return reviews.request_changes(post=play.now, by=editor, version=play.now.version, at=at, comment=comment)

    return step


def _decline(editor: Person) -> Callable[[Play, datetime], Post]:
    def step(play: Play, at: datetime) -> Post:
        reason = "Topik ini sudah diumumkan Pusat; bagikan unggahan Pusat saja."
        return reviews.decline(post=play.now, by=editor, version=play.now.version, at=at, comment=reason)

    return step


def _approve(editor: Person) -> Callable[[Play, datetime], Post]:
    def step(play: Play, at: datetime) -> Post:
        revision = play.now.current_revision
        assert revision is not None
        themes = play.data["themes"]
        return reviews.approve(
            post=play.now,
            by=editor,
            version=play.now.version,
            at=at,
            content_hash=revision.content_hash,
            primary_theme=themes[0],
            secondary_themes=themes[1:],
            alignment="partial" if play.activity_only else "strong",
            activity_only=play.activity_only,
            note="",
        )

    return step


def _expire(play: Play, at: datetime) -> Post:
    publishing.expire_due(at=at)
    play.now.refresh_from_db()
    return play.now


def _publish(play: Play, at: datetime) -> Post:
    channels = []
    for variant in play.data["variants"]:
        network = Network.objects.get(code=variant["network"])
        url = f"https://{network.hosts[0]}/contoh/{play.now.pk}" if network.hosts else ""
        channels.append({"network": variant["network"], "url": url})
    return publishing.mark_published(post=play.now, by=play.drafter, version=play.now.version, at=at, channels=channels)


def _retract(play: Play, at: datetime) -> Post:
    reason = "Tanggal di dalam naskah keliru."
    return publishing.retract(post=play.now, by=play.head, version=play.now.version, at=at, comment=reason)


# Playing them ----------------------------------------------------------------------------------

BATCH = 40  # steps in one transaction: a commit for each would double the time


def _perform(plays: list[Play], stage: Stage, progress: Callable[[int, int], None]) -> None:
    queue = [(at, number, place) for number, play in enumerate(plays) for place, (at, _step) in enumerate(play.steps)]
    heapq.heapify(queue)
    whole = len(queue)
    while queue:
        with transaction.atomic():
            for _turn in range(min(BATCH, len(queue))):
                at, number, place = heapq.heappop(queue)
                play = plays[number]
                with clock.fixed(at.astimezone(UTC)):
                    play.post = play.steps[place][1](play, at)
        progress(whole - len(queue), whole)


def accounts() -> list[tuple[str, str]]:
    """E-mail and role of the accounts that a person who tries the product signs in with."""
    return [(f"{key}@{DOMAIN}", name) for key, (name, _code, _role) in ACCOUNTS.items()]


assert all((code is None) == (role in HQ_ROLES) for _name, code, role in ACCOUNTS.values())
