"""The database refuses by itself what DESIGN §3 forbids, whoever writes: raw SQL on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models.signals import post_migrate, pre_migrate

from audit import services as audit
from calendar_app import triggers
from calendar_app.models import Network, Post, Status
from calendar_app.services import drafts, holds
from tests.cast import NOW, Cast, post_in


def refused(sql: str, *values: Any) -> str:
    """Run raw SQL that must be refused; answer the database's words."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
        # constraints that wait for the end of the transaction
        connection.check_constraints()
    return str(caught.value)


def test_the_triggers_are_those_of_the_list(db: None) -> None:
    assert triggers.installed() == triggers.expected(connection.vendor)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("audit_entry", "action"),
        ("calendar_app_revision", "title"),
        ("calendar_app_variant", "text"),
        ("calendar_app_revisiontheme", "position"),
        ("calendar_app_decision", "comment"),
        ("calendar_app_publication", "url"),
    ],
)
@pytest.mark.parametrize("verb", ["UPDATE", "DELETE"])
def test_what_is_history_never_changes(cast: Cast, table: str, column: str, verb: str) -> None:
    post_in(Status.PUBLISHED, cast)
    value = "7" if column == "position" else "'lain'"
    sql = f"UPDATE {table} SET {column} = {value}" if verb == "UPDATE" else f"DELETE FROM {table}"
    assert refused(sql)


@pytest.mark.parametrize("target", ["approved", "published", "missed", "declined", "retracted", "in_review"])
def test_a_status_is_not_written_past_the_table(cast: Cast, target: str) -> None:
    post = post_in(Status.DRAFT, cast)
    assert refused("UPDATE calendar_app_post SET status = %s WHERE id = %s", target, post.pk)
    assert refused("UPDATE calendar_app_post SET status = %s, version = version + 1 WHERE id = %s", target, post.pk)


def test_even_with_an_audit_entry_a_draft_does_not_become_approved(cast: Cast) -> None:
    post = post_in(Status.DRAFT, cast)
    audit.record(
        at=NOW,
        action="approve",
        actor=None,
        kind="post",
        object_id=post.pk,
        name="",
        version=2,
        from_status="draft",
        to_status="approved",
    )
    message = refused(
        "UPDATE calendar_app_post SET status = 'approved', version = 2, approved_revision_id = current_revision_id, "
        "first_submitted_at = created_at WHERE id = %s",
        post.pk,
    )
    assert "guard" in message or "transition" in message or "approved" in message


def test_an_approved_post_does_not_get_another_text(cast: Cast) -> None:
    post, other = post_in(Status.APPROVED, cast), post_in(Status.DRAFT, cast, title="Lain")
    change = "UPDATE calendar_app_post SET current_revision_id = %s WHERE id = %s"
    assert refused(change, other.current_revision_id, post.pk)
    both = "UPDATE calendar_app_post SET current_revision_id = %s, approved_revision_id = %s WHERE id = %s"
    assert refused(both, other.current_revision_id, other.current_revision_id, post.pk)
    text = "INSERT INTO calendar_app_variant (revision_id, network_id, title, text) VALUES (%s, %s, '', 'diselipkan')"
    assert "no further text" in refused(text, post.current_revision_id, _other_network(post))


def test_a_post_inserted_as_approved_needs_its_approval(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    columns = [field.column for field in Post._meta.concrete_fields if field.column != "id"]
    listed = ", ".join(columns)
    assert refused(
        f"INSERT INTO calendar_app_post ({listed}) SELECT {listed} FROM calendar_app_post WHERE id = %s", post.pk
    )


def test_the_author_of_any_revision_does_not_decide(cast: Cast) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    review = post.reviews.get(closed_at=None)
    insert = (
        "INSERT INTO calendar_app_decision (review_id, post_id, revision_id, outcome, actor_id, at, comment, alignment,"
        " activity_only, in_force) VALUES (%s, %s, %s, 'approve', %s, %s, '', 'strong', %s, %s)"
    )
    values = [review.pk, post.pk, review.revision_id, cast.drafter_tokyo.pk, NOW, False, True]
    assert "only editors decide" in refused(insert, *values)
    cast.drafter_tokyo.memberships.create(role="editor")
    assert "nobody decides" in refused(insert, *values)


def test_one_open_round_and_one_approval_in_force(cast: Cast) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    columns = "number, kind, opened_at, due_at, opened_by_id, post_id, revision_id"
    assert refused(
        f"INSERT INTO calendar_app_review ({columns}) "
        "SELECT 9, kind, opened_at, due_at, opened_by_id, post_id, revision_id "
        "FROM calendar_app_review WHERE post_id = %s",
        post.pk,
    )
    post = post_in(Status.APPROVED, cast)
    assert refused("UPDATE calendar_app_decision SET in_force = %s WHERE post_id = %s", False, post.pk)


@pytest.mark.parametrize("status", [Status.SIGNOFF, Status.PUBLISHED, Status.CANCELLED])
def test_what_was_submitted_is_not_deleted(cast: Cast, status: Status) -> None:
    post = post_in(status, cast)
    assert refused("DELETE FROM calendar_app_post WHERE id = %s", post.pk)
    assert refused(
        "UPDATE calendar_app_post SET first_submitted_at = NULL WHERE id = %s AND first_submitted_at IS NOT NULL"
        if status != Status.CANCELLED
        else "DELETE FROM calendar_app_revision WHERE post_id = %s",
        post.pk,
    )


@pytest.mark.parametrize("scope", ["all", "region", "mission", "theme"])
def test_nothing_under_a_hold_is_published(cast: Cast, scope: str) -> None:
    post = post_in(Status.APPROVED, cast)
    code = {"all": "", "region": "asia-timur", "mission": "kbri-tokyo", "theme": "ekonomi"}[scope]
    holds.make(by=cast.editor, at=NOW, scope=scope, code=code, reason="Duka nasional.")
    variant = post.current_revision.variants.first()  # type: ignore[union-attr]
    insert = (
        "INSERT INTO calendar_app_publication (post_id, network_id, revision_id, url, published_at, given_up,"
        " confirmed_by_id, confirmed_at, before_hold) VALUES (%s, %s, %s, '', %s, '', %s, %s, %s)"
    )
    values = [post.pk, variant.network_id, post.current_revision_id, NOW, cast.drafter_tokyo.pk, NOW, False]
    assert "hold" in refused(insert, *values)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("audit_entry", "actor_name"),
        ("calendar_app_revision", "purpose"),
        ("calendar_app_post", "title"),
        ("calendar_app_publication", "url"),
        ("calendar_app_decision", "comment"),
        ("calendar_app_variant", "text"),
    ],
)
def test_a_row_is_not_replaced(cast: Cast, table: str, column: str) -> None:
    post_in(Status.PUBLISHED, cast)
    with connection.cursor() as cursor:
        names = [row.name for row in connection.introspection.get_table_description(cursor, table)]
    picked = ", ".join("'palsu'" if name == column else name for name in names)
    verb = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    assert refused(f"{verb} INTO {table} ({', '.join(names)}) SELECT {picked} FROM {table}")


def test_a_post_stays_with_its_mission_and_is_not_published_without_a_channel(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    assert refused("UPDATE calendar_app_post SET mission_id = %s WHERE id = %s", cast.jeddah.pk, post.pk)
    assert refused("UPDATE calendar_app_post SET schedule_version = 9 WHERE id = %s", post.pk)
    audit.record(
        at=NOW,
        action="mark_published",
        actor=None,
        kind="post",
        object_id=post.pk,
        name="",
        version=post.version + 1,
        from_status="approved",
        to_status="published",
    )
    sql = "UPDATE calendar_app_post SET status = 'published', published_at = %s, version = version + 1 WHERE id = %s"
    assert "went out somewhere" in refused(sql, NOW, post.pk)


def test_nothing_is_confirmed_as_out_before_it_was_approved(cast: Cast) -> None:
    waiting, approved = post_in(Status.IN_REVIEW, cast), post_in(Status.APPROVED, cast)
    insert = (
        "INSERT INTO calendar_app_publication (post_id, network_id, revision_id, url, published_at, given_up,"
        " confirmed_by_id, confirmed_at, before_hold) VALUES (%s, %s, %s, '', %s, '', %s, %s, %s)"
    )
    network = approved.current_revision.variants.first().network_id  # type: ignore[union-attr]
    rest = (cast.drafter_tokyo.pk, NOW, False)
    assert refused(insert, waiting.pk, network, waiting.current_revision_id, NOW, *rest)
    assert refused(insert, approved.pk, network, waiting.current_revision_id, NOW, *rest)
    assert refused(insert, approved.pk, network, approved.current_revision_id, NOW - timedelta(days=1), *rest)


def test_a_hold_is_neither_changed_nor_deleted(cast: Cast) -> None:
    hold = holds.make(by=cast.editor, at=NOW, scope="all", reason="Duka nasional.")
    assert refused("DELETE FROM calendar_app_hold WHERE id = %s", hold.pk)
    assert refused("UPDATE calendar_app_hold SET made_at = %s WHERE id = %s", NOW + timedelta(days=1), hold.pk)
    holds.lift(hold=hold, by=cast.editor, at=NOW)
    assert refused("UPDATE calendar_app_hold SET lifted_at = NULL WHERE id = %s", hold.pk)


@pytest.mark.postgres
def test_history_is_not_emptied_on_postgresql(cast: Cast) -> None:
    if connection.vendor != "postgresql":
        assert "guard_no_truncate_audit_entry" not in triggers.installed()
        return
    assert "never emptied" in refused("TRUNCATE audit_entry CASCADE")


def test_triggers_that_a_rebuilt_table_lost_are_back_after_migrate(db: None) -> None:
    triggers.drop()
    assert triggers.installed() == set()
    call_command("migrate", verbosity=0, interactive=False)
    assert triggers.installed() == triggers.expected(connection.vendor)


@pytest.mark.django_db(transaction=True)
def test_a_migration_may_rebuild_a_table_that_triggers_speak_of(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    app = apps.get_app_config("calendar_app")
    pre_migrate.send(app, app_config=app, using="default", plan=["a migration"], verbosity=0, interactive=False)
    with connection.schema_editor() as editor:
        if connection.vendor == "sqlite":
            editor._remake_table(Post)  # type: ignore[attr-defined]
    post_migrate.send(app, app_config=app, using="default", plan=[], verbosity=0, interactive=False)
    assert Post.objects.get().pk == post.pk
    assert triggers.installed() == triggers.expected(connection.vendor)


def test_triggers_stay_where_there_is_nothing_to_migrate(db: None) -> None:
    app = apps.get_app_config("calendar_app")
    pre_migrate.send(app, app_config=app, using="default", plan=[], verbosity=0, interactive=False)
    assert triggers.installed() == triggers.expected(connection.vendor)


def test_a_draft_never_submitted_goes_with_its_revisions(cast: Cast) -> None:
    post = post_in(Status.DRAFT, cast)
    drafts.delete(post=post, by=cast.drafter_tokyo, version=1, at=NOW)
    assert not Post.objects.filter(pk=post.pk).exists()


def _other_network(post: Post) -> int:
    used = post.current_revision.variants.values_list("network_id", flat=True)  # type: ignore[union-attr]
    return Network.objects.exclude(pk__in=used).values_list("pk", flat=True)[0]
