"""The rules that never break (DESIGN §3), whatever several people, the clock and raw SQL do in whatever order.

A Hypothesis state machine drives the services with a random actor, an old or present version and a random instant,
throws in raw writes, and asks the database after each step whether every rule still holds.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from audit.models import Entry
from calendar_app import workflow
from calendar_app.errors import Conflict
from calendar_app.models import Decision, DecisionTheme, Hold, Post, Publication, Review, Revision, Status
from calendar_app.queries import holds as hold_queries
from calendar_app.services import drafts, holds, publishing, reviews, schedules, submissions
from missions.models import Person
from tests.cast import NOW, Cast, post_in, read

REFUSALS = (PermissionDenied, ValidationError, Conflict)
# every other time the person whose task it is, else anybody
people = st.one_of(
    st.just("right"),
    st.sampled_from(["drafter_tokyo", "head_tokyo", "editor", "editor2", "manager", "admin", "stranger"]),
)
managers = st.sampled_from(["editor", "admin", "manager", "head_tokyo"])
RIGHT = {"sign_off": "head_tokyo", "send_back": "head_tokyo", "retract": "head_tokyo"} | dict.fromkeys(
    ("approve", "request_changes", "decline", "recall", "review_afterwards"), "editor"
)
starts = st.sampled_from(
    [Status.IN_REVIEW, Status.APPROVED, Status.SIGNOFF, Status.DRAFT, Status.CHANGES_REQUESTED, Status.APPROVED]
)
texts = st.sampled_from(["Kopi Gayo.", "Rempah.", "Batik.", "Tenun."])
comments = st.sampled_from(["Perbaiki tujuan.", "Sebut tenggat.", "x" * 30, "  "])
ages = st.sampled_from([0, 0, 0, 0, 0, 1])  # how many versions behind the form is
# what went through, over all examples: the machine is blind where this stays empty
DONE: Counter[str] = Counter()
HISTORY = ("audit_entry", "calendar_app_revision", "calendar_app_variant", "calendar_app_decision")


class LifeOfPosts(RuleBasedStateMachine):
    """Two posts of Tokyo, everybody at once."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.at: datetime = NOW
        self.cast: Cast = read()
        self.fingerprints: dict[tuple[str, int], Any] = {}
        self.approved_hashes: dict[int, str] = {}
        self.published_before_hold: set[int] = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # What people do -------------------------------------------------------------------------

    @initialize(statuses=st.tuples(starts, starts))
    def two_posts(self, statuses: tuple[Status, Status]) -> None:
        for title, status in zip(("Satu", "Dua"), statuses, strict=True):
            post_in(status, self.cast, at=self.at, title=title)

    @rule(which=st.integers(0, 1), choice=st.integers(0, 5))
    def proceed(self, which: int, choice: int) -> None:
        """One of the things the right person may do now, so that deep states are met often."""
        post = self.pick(which)
        if post is None or post.current_revision is None:
            return
        approval = {
            "content_hash": post.current_revision.content_hash,
            "primary_theme": "ekonomi-produk",
            "alignment": "strong",
        }
        words = {"comment": "Sebut tenggatnya."}
        tomorrow = schedules.parse(f"{(self.at + timedelta(days=1)).date()}T15:00", "Asia/Tokyo")
        out = (publishing.mark_published, {"channels": [{"network": "x"}]})
        steps: dict[Status, list[tuple[Any, dict[str, Any]]]] = {
            Status.DRAFT: [(submissions.submit, {})],
            Status.CHANGES_REQUESTED: [(submissions.submit, {}), (drafts.save, {"data": {"title": "Dibetulkan"}})],
            Status.SIGNOFF: [(submissions.sign_off, {}), (submissions.send_back, words), (submissions.withdraw, {})],
            Status.IN_REVIEW: [
                (reviews.approve, approval),
                (reviews.approve, approval),
                (reviews.request_changes, words),
            ],
            Status.APPROVED: [out, (schedules.reschedule, {"when": tomorrow}), (reviews.recall, words)],
            Status.MISSED: [out, (schedules.reschedule, {"when": tomorrow}), (reviews.recall, words)],
        }
        possible = steps.get(Status(post.status))
        if possible:
            service, arguments = possible[choice % len(possible)]
            self.attempt(service, which, "right", 0, **arguments)

    # A rule is drawn as often as any other; what people mostly do should come up mostly.
    @rule(which=st.integers(0, 1), choice=st.integers(0, 5))
    def proceed_again(self, which: int, choice: int) -> None:
        self.proceed(which, choice)

    @rule(which=st.integers(0, 1), choices=st.lists(st.integers(0, 5), min_size=3, max_size=5))
    def a_good_day(self, which: int, choices: list[int]) -> None:
        for choice in choices:
            self.proceed(which, choice)

    def someone(self, name: str) -> Person:
        person: Person = Person.objects.get(pk=getattr(self.cast, name).pk)
        return person

    def pick(self, which: int) -> Post | None:
        return Post.objects.order_by("pk")[which : which + 1].first()

    def attempt(self, service: Any, which: int, who: str, age: int, **arguments: Any) -> None:
        """Call a service; a refusal must leave nothing behind."""
        post = self.pick(which)
        if post is None:
            return
        who = RIGHT.get(service.__name__, "drafter_tokyo") if who == "right" else who
        entries, version, status = Entry.objects.count(), post.version, post.status
        try:
            with transaction.atomic():
                service(post=post, by=self.someone(who), version=version - age, at=self.at, **arguments)
        except REFUSALS:
            post = Post.objects.get(pk=post.pk)
            assert (post.version, post.status, Entry.objects.count()) == (version, status, entries)
        else:
            assert age == 0, "a stale form went through"
            DONE[service.__name__] += 1

    @rule(which=st.integers(0, 1), who=people, age=ages, text=texts)
    def save(self, which: int, who: str, age: int, text: str) -> None:
        self.attempt(drafts.save, which, who, age, data={"variants": [{"network": "x", "text": text}]})

    @rule(which=st.integers(0, 1), who=people, age=ages)
    def submit(self, which: int, who: str, age: int) -> None:
        self.attempt(submissions.submit, which, who, age)

    @rule(which=st.integers(0, 1), who=people, age=ages)
    def sign_off(self, which: int, who: str, age: int) -> None:
        self.attempt(submissions.sign_off, which, who, age)

    @rule(which=st.integers(0, 1), who=people, age=ages, comment=comments)
    def leave(self, which: int, who: str, age: int, comment: str) -> None:
        self.attempt(submissions.send_back, which, who, age, comment=comment)

    @rule(which=st.integers(0, 1), who=people, age=ages)
    def withdraw(self, which: int, who: str, age: int) -> None:
        self.attempt(submissions.withdraw, which, who, age)

    @rule(which=st.integers(0, 1), who=people, age=ages, current=st.booleans(), theme=st.sampled_from(["ekonomi", ""]))
    def approve(self, which: int, who: str, age: int, current: bool, theme: str) -> None:
        post = self.pick(which)
        if post is None or post.current_revision is None:
            return
        content_hash = post.current_revision.content_hash if current else "0" * 64
        self.attempt(
            reviews.approve, which, who, age, content_hash=content_hash, primary_theme=theme, alignment="strong"
        )

    @rule(which=st.integers(0, 1), who=people, age=ages, comment=comments, final=st.booleans())
    def refuse(self, which: int, who: str, age: int, comment: str, final: bool) -> None:
        # a decline ends a post's life, so it is rare
        service = reviews.decline if final and comment.startswith("x") else reviews.request_changes
        self.attempt(service, which, who, age, comment=comment)

    @rule(which=st.integers(0, 1), who=people, age=ages, comment=comments)
    def recall(self, which: int, who: str, age: int, comment: str) -> None:
        self.attempt(reviews.recall, which, who, age, comment=comment)

    @rule(which=st.integers(0, 1), who=people, age=ages, days=st.integers(0, 8))
    def reschedule(self, which: int, who: str, age: int, days: int) -> None:
        day = (self.at + timedelta(days=days)).date()
        when = schedules.parse(f"{day}T15:00", "Asia/Tokyo")
        self.attempt(schedules.reschedule, which, who, age, when=when)

    @rule(
        which=st.integers(0, 1), who=people, age=ages, networks=st.sets(st.sampled_from(["x", "instagram"]), min_size=1)
    )
    def mark_published(self, which: int, who: str, age: int, networks: set[str]) -> None:
        self.attempt(publishing.mark_published, which, who, age, channels=[{"network": n} for n in sorted(networks)])

    @rule(
        which=st.integers(0, 1),
        who=st.sampled_from(["head_tokyo", "drafter_tokyo"]),
        theme=st.sampled_from(["pelindungan-krisis", "ekonomi"]),
    )
    def publish_urgent(self, which: int, who: str, theme: str) -> None:
        post = self.pick(which)
        if post is None or post.current_revision is None or self.at < NOW + timedelta(hours=20):
            return  # seldom: it ends the ordinary life of a post
        channels = [{"network": v.network.code} for v in post.current_revision.variants.select_related("network")]
        self.attempt(
            publishing.publish_urgent, which, who, 0, theme=theme, reason="Gempa, WNI perlu tahu.", channels=channels
        )

    @rule(which=st.integers(0, 1), who=people, outcome=st.sampled_from(["keep", "retract"]), comment=comments)
    def after_publication(self, which: int, who: str, outcome: str, comment: str) -> None:
        self.attempt(reviews.review_afterwards, which, who, 0, outcome=outcome, comment=comment)
        if outcome == "retract":
            self.attempt(publishing.retract, which, who, 0, comment=comment)

    @rule(who=managers, scope=st.sampled_from([("all", ""), ("mission", "kbri-tokyo"), ("theme", "ekonomi")]))
    def hold(self, who: str, scope: tuple[str, str]) -> None:
        try:
            with transaction.atomic():
                holds.make(by=self.someone(who), at=self.at, scope=scope[0], code=scope[1], reason="Duka nasional.")
        except REFUSALS:
            assert who not in ("editor", "editor2", "admin")

    @rule(who=managers)
    def lift(self, who: str) -> None:
        for hold in Hold.objects.filter(lifted_at=None):
            try:
                with transaction.atomic():
                    holds.lift(hold=hold, by=self.someone(who), at=self.at)
            except REFUSALS:
                assert who not in ("editor", "editor2", "admin")

    @rule(hours=st.sampled_from([1, 5, 20]))
    def time_passes(self, hours: int) -> None:
        self.at += timedelta(hours=hours)
        publishing.expire_due(at=self.at)

    # What nobody should do ------------------------------------------------------------------

    @rule(which=st.integers(0, 1), status=st.sampled_from(list(Status)), table=st.sampled_from(HISTORY))
    def raw_writes(self, which: int, status: Status, table: str) -> None:
        self.raw_status(which, status)
        self.raw_history(table)
        self.raw_text(which)

    def raw_status(self, which: int, status: Status) -> None:
        post = self.pick(which)
        if post is not None and status != post.status:
            self.raw("UPDATE calendar_app_post SET status = %s WHERE id = %s", status.value, post.pk)
            self.raw(
                "UPDATE calendar_app_post SET status = %s, version = version + 1 WHERE id = %s", status.value, post.pk
            )

    def raw_history(self, table: str) -> None:
        first = f"(SELECT MIN(id) FROM {table})"
        if table == "calendar_app_decision" and not Decision.objects.exists():
            return
        column = {"audit_entry": "action", "calendar_app_variant": "text", "calendar_app_decision": "comment"}.get(
            table, "title"
        )
        self.raw(f"UPDATE {table} SET {column} = 'palsu' WHERE id = {first}")

    def raw_text(self, which: int) -> None:
        post, other = self.pick(which), self.pick(1 - which)
        if post and other and post.current_revision_id != other.current_revision_id:
            self.raw(
                "UPDATE calendar_app_post SET current_revision_id = %s, version = version + 1 WHERE id = %s",
                other.current_revision_id,
                post.pk,
            )

    def raw(self, sql: str, *values: Any) -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql, values)
        except DatabaseError:
            return
        raise AssertionError(f"the database let this through: {sql} {values}")

    # What must hold after each step ---------------------------------------------------------

    @invariant()
    def what_goes_out_is_what_was_approved(self) -> None:
        for post in Post.objects.filter(status__in=["approved", "missed", "published"], urgent=False):
            approval = Decision.objects.get(post=post, outcome="approve", in_force=True)
            assert post.approved_revision_id == post.current_revision_id == approval.revision_id
            assert approval.themes.filter(is_primary=True).count() == 1
            assert drafts.content_of(post.current_revision).hash == approval.revision.content_hash
        for publication in Publication.objects.filter(published_at__isnull=False, post__urgent=False):
            assert Decision.objects.filter(outcome="approve", revision=publication.revision_id).exists()

    @invariant()
    def revisions_never_change(self) -> None:
        for revision in Revision.objects.all():
            content = drafts.content_of(revision)
            assert self.fingerprints.setdefault(("revision", revision.pk), content) == content
            assert content.hash == revision.content_hash

    @invariant()
    def nobody_decided_on_what_they_wrote(self) -> None:
        for decision in Decision.objects.all():
            assert not Revision.objects.filter(post=decision.post_id, author=decision.actor_id).exists()

    @invariant()
    def one_decision_a_round_and_one_open_round(self) -> None:
        for post in Post.objects.all():
            waits = post.status == Status.IN_REVIEW
            assert Review.objects.filter(post=post, closed_at=None, kind="before").count() == (1 if waits else 0)
        assert not DecisionTheme.objects.filter(wording={}).exists()

    @invariant()
    def one_audit_entry_for_each_version(self) -> None:
        for post in Post.objects.all():
            entries = list(Entry.objects.filter(object_kind="post", object_id=post.pk).order_by("id"))
            # confirming one channel of several changes neither content, time nor status, and has no version
            versions = [entry.version for entry in entries if entry.version is not None]
            assert versions == list(range(1, post.version + 1))
            assert entries[-1].to_status == post.status
            pairs = {(entry.from_status, entry.to_status) for entry in entries[1:]}
            assert all(a == b or (Status(a), Status(b)) in workflow.status_pairs() for a, b in pairs)

    @invariant()
    def a_hold_wins(self) -> None:
        for hold in Hold.objects.all():
            covered = Post.objects.filter(hold_queries.covered_by([hold]), urgent=False)
            during = Publication.objects.filter(post__in=covered, published_at__gt=hold.made_at)
            if hold.lifted_at:
                during = during.filter(confirmed_at__lt=hold.lifted_at)
            # a post may have come into the scope of a theme's hold after it went out
            assert hold.scope == "theme" or not during.filter(confirmed_at__gt=hold.made_at).exists()

    @invariant()
    def nothing_submitted_disappears(self) -> None:
        submitted = set(Entry.objects.filter(action="submit").values_list("object_id", flat=True))
        assert submitted <= set(Post.objects.values_list("pk", flat=True))


@pytest.mark.django_db
def test_the_rules_hold_whatever_happens(cast: Cast) -> None:
    run_state_machine_as_test(
        LifeOfPosts,
        settings=settings(
            max_examples=30,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )
    everything = {
        "save",
        "submit",
        "sign_off",
        "send_back",
        "withdraw",
        "approve",
        "request_changes",
        "recall",
        "reschedule",
        "mark_published",
    }
    assert everything <= set(DONE), f"never done: {everything - set(DONE)}"
