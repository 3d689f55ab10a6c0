"""Many random posts, written past the services: for counting, not for living."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F

from calendar_app import triggers
from calendar_app.models import Network, Post, Revision, Status, Theme, Variant
from missions.models import Mission, Person
from tests.cast import NOW


def posts(
    author: Person, missions: Sequence[Mission], number: int, *, first: date, days: int = 7, seed: int = 1
) -> None:
    """So many posts of these missions, in every status, at any minute of these days of their own calendars."""
    rng = random.Random(seed)
    themes = [None, *Theme.objects.all()]
    networks = list(Network.objects.all()[:4])
    made = [_post(rng, author, rng.choice(missions), rng.choice(themes), first, days) for _ in range(number)]
    with triggers.lifted():
        made = Post.objects.bulk_create(made)
        revisions = Revision.objects.bulk_create(
            [
                Revision(
                    post=post,
                    number=1,
                    content_hash="0" * 64,
                    author=author,
                    created_at=NOW,
                    title=post.title,
                    language=post.language,
                    purpose="Agar warga tahu.",
                )
                for post in made
            ]
        )
        Variant.objects.bulk_create(
            Variant(revision=revision, network=network, text="Halo")
            for revision in revisions
            for network in rng.sample(networks, 2)
        )
        for post, revision in zip(made, revisions, strict=True):
            post.current_revision = revision
        Post.objects.bulk_update(made, ["current_revision"], batch_size=500)
        ready = Post.objects.filter(status="draft", first_submitted_at__isnull=False)
        for status in Status.values:
            changes = (
                {"approved_revision": F("current_revision")} if status in ("approved", "missed", "published") else {}
            )
            if status in ("published", "retracted"):
                changes["published_at"] = F("scheduled_at")
            ready.filter(pk__in=[p.pk for p in made if p.wanted == status]).update(status=status, **changes)


def _post(rng: random.Random, author: Person, mission: Mission, theme: Theme | None, first: date, days: int) -> Post:
    day, clock = first + timedelta(days=rng.randrange(days)), time(rng.randrange(24), rng.randrange(60))
    post = Post(
        mission=mission,
        status="draft",
        local_date=day,
        local_time=clock,
        timezone=mission.timezone,
        scheduled_at=datetime.combine(day, clock, tzinfo=ZoneInfo(mission.timezone)).astimezone(UTC),
        created_by=author,
        created_at=NOW,
        updated_at=NOW,
        first_submitted_at=NOW,
        title=f"Unggahan {rng.randrange(10**6)}",
        language=rng.choice(["id", "en", "ar"]),
        theme=theme,
    )
    post.wanted = rng.choice(Status.values)
    return post
