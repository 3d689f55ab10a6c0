"""What people hear when headquarters holds posts, and when it lets go again: one notice a person, however many posts.

As in `services/reminders.py`, only rows are written here, in the transaction of the hold.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from calendar_app.models import NOT_OUT, TO_PEOPLE, Hold, Kind, Post, Reminder, Status, Way, Webhook
from calendar_app.queries import holds as queries
from calendar_app.services.rows import NEWS_LASTS, write
from missions.models import Membership, Mission, Person

# Posts named in one notice; the rest are counted.
NAMED = 20
# Not gone out, and somebody beside its drafter knows of it.
ON_THEIR_WAY = tuple(status for status in NOT_OUT if status != Status.DRAFT)


def after_hold(hold: Hold, *, at: datetime) -> None:
    """One notice for each person whose mission has posts on their way that the new hold covers."""
    _write(hold, Kind.HELD, at)


def after_lift(hold: Hold, *, at: datetime) -> None:
    """One notice for each such person that the hold is gone, and which posts' time has passed meanwhile."""
    _write(hold, Kind.LIFTED, at)


def _write(hold: Hold, kind: Kind, at: datetime) -> None:
    covered = Post.objects.filter(queries.covered_by([hold]), status__in=ON_THEIR_WAY)
    by_mission: dict[int, list[Post]] = {}
    posts = covered.exclude(mission__status__in=Mission.SILENT).select_related("mission").order_by("scheduled_at", "pk")
    for post in posts.iterator():
        by_mission.setdefault(post.mission_id, []).append(post)
    theirs: dict[Person, list[Post]] = {}
    members = Membership.objects.filter(mission_id__in=by_mission, person__is_active=True).select_related("person")
    for person, mission_id in {(row.person, row.mission_id) for row in members}:
        theirs.setdefault(person, []).extend(by_mission[mission_id] if mission_id else [])
    made = []
    for person, mine in theirs.items():
        data = _data(hold, mine, at)
        made += [
            Reminder(
                identity=f"{kind}:h{hold.pk}:{hold.pk}:0:{person.pk}:{way}",
                kind=kind,
                way=way,
                recipient=person,
                occasion=hold.pk,
                due_at=at,
                valid_until=at + NEWS_LASTS,
                data=data,
            )
            for way in TO_PEOPLE
        ]
    write(made + _to_bridges(hold, kind, by_mission, at))


def _to_bridges(hold: Hold, kind: Kind, by_mission: dict[int, list[Post]], at: datetime) -> list[Reminder]:
    """To chat bridges in their own right, not as the echo of a notice: each person's names that person's posts."""
    everywhere = [post for posts in by_mission.values() for post in posts]
    found = []
    for bridge in Webhook.objects.filter(is_active=True):
        posts = by_mission.get(bridge.mission_id, []) if bridge.mission_id else everywhere
        if kind in bridge.kinds and posts:
            found.append(
                Reminder(
                    identity=f"{kind}:h{hold.pk}:{hold.pk}:0:w{bridge.pk}:{Way.WEBHOOK}",
                    kind=kind,
                    way=Way.WEBHOOK,
                    webhook=bridge,
                    occasion=hold.pk,
                    due_at=at,
                    valid_until=at + NEWS_LASTS,
                    data=_data(hold, posts, at),
                )
            )
    return found


def _data(hold: Hold, posts: list[Post], at: datetime) -> dict[str, Any]:
    posts = sorted(posts, key=lambda post: (post.scheduled_at or at, post.pk))
    passed = [
        post
        for post in posts
        if post.status in (Status.APPROVED, Status.MISSED) and post.scheduled_at and post.scheduled_at <= at
    ]
    target = hold.target
    return {
        "hold": hold.pk,
        "reason": hold.reason,
        "scope": hold.scope,
        # in both languages: the words are made when they are read
        "scope_name": {"id": target.name_id, "en": target.name_en} if target else {},
        "count": len(posts),
        "posts": [post.pk for post in posts[:NAMED]],
        "titles": [str(post) for post in posts[:NAMED]],
        "passed": [post.pk for post in passed[:NAMED]],
        "passed_titles": [str(post) for post in passed[:NAMED]],
        "passed_count": len(passed),
    }
