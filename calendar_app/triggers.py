"""The rules of DESIGN §3 that the database itself refuses to break, on SQLite and PostgreSQL alike.

Each `Guard` says in SQL what must not happen to a row. The triggers are made anew after every migration, since SQLite
drops them when it rebuilds a table; `tests/calendar_app/test_triggers.py` compares them with this list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

from calendar_app import workflow

POST, REVISION = "calendar_app_post", "calendar_app_revision"
VARIANT, REVISION_THEME = "calendar_app_variant", "calendar_app_revisiontheme"
REVIEW, DECISION, DECISION_THEME = "calendar_app_review", "calendar_app_decision", "calendar_app_decisiontheme"
PUBLICATION, HOLD, ENTRY = "calendar_app_publication", "calendar_app_hold", "audit_entry"


@dataclass(frozen=True)
class Guard:
    """`offence`: a condition over NEW and OLD that both databases understand; when it holds, `event` is refused."""

    name: str
    table: str
    event: str  # INSERT, UPDATE or DELETE
    offence: str
    message: str
    only: str = ""  # the one database that needs it


def _differs(*columns: str) -> str:
    """One of the columns changes; NULL is a value here. (Old SQLite has no IS DISTINCT FROM.)"""
    return " OR ".join(f"(OLD.{c} <> NEW.{c} OR (OLD.{c} IS NULL) <> (NEW.{c} IS NULL))" for c in columns)


def _pairs() -> str:
    return ", ".join(f"'{a.value}>{b.value}'" for a, b in sorted(workflow.status_pairs()))


GOES_OUT = "NEW.status IN ('approved', 'missed', 'published') AND NOT NEW.urgent"
# An approval of exactly this revision, in force, with a primary theme (rules 1 and 5).
NO_APPROVAL = f"""{GOES_OUT} AND NOT EXISTS (
    SELECT 1 FROM {DECISION} d JOIN {DECISION_THEME} t ON t.decision_id = d.id AND t.is_primary
    WHERE d.post_id = NEW.id AND d.revision_id = NEW.approved_revision_id AND d.outcome = 'approve' AND d.in_force)"""
FOREIGN_REVISION = f"""NEW.current_revision_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM {REVISION} r WHERE r.id = NEW.current_revision_id AND r.post_id = NEW.id)"""
URGENT_WITHOUT_REVIEW = f"""NEW.urgent AND NEW.status IN ('published', 'retracted') AND NOT EXISTS (
    SELECT 1 FROM {REVIEW} r WHERE r.post_id = NEW.id AND r.kind = 'afterwards')"""
VERSIONED = (
    "status",
    "approved_revision_id",
    "local_date",
    "local_time",
    "timezone",
    "fold",
    "scheduled_at",
    "urgent",
    "published_at",
    "schedule_version",
    "title",
    "language",
    "submitted_by_id",
)
# The revision is, or was, what its post says; revisions get larger ids as time goes on.
FROZEN = f"""EXISTS (SELECT 1 FROM {REVISION} r JOIN {POST} p ON p.id = r.post_id
    WHERE r.id = NEW.revision_id AND p.current_revision_id >= r.id)"""
SUBMITTED_ONCE = f"""EXISTS (SELECT 1 FROM {REVISION} r JOIN {POST} p ON p.id = r.post_id
    WHERE r.id = OLD.revision_id AND (p.first_submitted_at IS NOT NULL OR p.status <> 'draft'))"""
HELD = f"""NEW.published_at IS NOT NULL AND EXISTS (
    SELECT 1 FROM {HOLD} h JOIN {POST} p ON p.id = NEW.post_id JOIN missions_mission m ON m.id = p.mission_id
    WHERE h.lifted_at IS NULL AND h.made_at <= NEW.published_at AND (h.stops_urgent OR NOT p.urgent)
    AND (h.scope = 'all' OR h.region_id = m.region_id OR h.mission_id = m.id
      OR (h.scope = 'theme' AND EXISTS (
        SELECT 1 FROM calendar_app_theme t WHERE (t.id = h.theme_id OR t.parent_id = h.theme_id) AND (
          t.id = p.theme_id
          OR EXISTS (SELECT 1 FROM {REVISION_THEME} x
            WHERE x.revision_id = p.current_revision_id AND x.theme_id = t.id)
          OR EXISTS (SELECT 1 FROM {DECISION_THEME} y JOIN {DECISION} d ON d.id = y.decision_id
            WHERE d.post_id = p.id AND d.in_force AND y.theme_id = t.id))))))"""

# What is confirmed is the approved text, at a time when it was approved; or it went out urgently (rules 1 and 8).
NOT_APPROVED_THEN = f"""NOT EXISTS (SELECT 1 FROM {POST} p WHERE p.id = NEW.post_id AND (
    (p.urgent AND p.status = 'published' AND p.current_revision_id = NEW.revision_id)
    OR (p.status IN ('approved', 'missed') AND p.approved_revision_id = NEW.revision_id AND EXISTS (
      SELECT 1 FROM {DECISION} d WHERE d.post_id = p.id AND d.revision_id = NEW.revision_id
      AND d.outcome = 'approve' AND d.in_force AND (NEW.published_at IS NULL OR d.at <= NEW.published_at)))))"""
NOTHING_WENT_OUT = f"""NEW.status = 'published' AND OLD.status IN ('approved', 'missed') AND NOT EXISTS (
    SELECT 1 FROM {PUBLICATION} x WHERE x.post_id = NEW.id AND x.published_at IS NOT NULL)"""
NO_ENTRY = f"""NEW.status <> 'draft' AND NOT EXISTS (SELECT 1 FROM {ENTRY} e WHERE e.object_kind = 'post'
    AND e.object_id = NEW.id AND e.version = NEW.version AND e.to_status = NEW.status)"""
NOT_AN_EDITOR = """NOT EXISTS (SELECT 1 FROM missions_membership m
    WHERE m.person_id = NEW.actor_id AND m.role = 'editor')"""

NEVER = "1 = 1"


def _irreplaceable() -> list[Guard]:
    """SQLite fires no DELETE trigger for the row that INSERT OR REPLACE takes away, so such an INSERT is refused."""
    keys = {
        ENTRY: "id = NEW.id OR (object_kind = 'post' AND NEW.object_kind = 'post' AND object_id = NEW.object_id"
        " AND version = NEW.version)",
        REVISION: "id = NEW.id OR (post_id = NEW.post_id AND number = NEW.number)",
        VARIANT: "id = NEW.id OR (revision_id = NEW.revision_id AND network_id = NEW.network_id)",
        REVISION_THEME: "id = NEW.id OR (revision_id = NEW.revision_id AND"
        " (theme_id = NEW.theme_id OR position = NEW.position))",
        REVIEW: "id = NEW.id OR (post_id = NEW.post_id AND"
        " (number = NEW.number OR (closed_at IS NULL AND NEW.closed_at IS NULL)))",
        DECISION: "id = NEW.id OR review_id = NEW.review_id OR (post_id = NEW.post_id AND in_force AND NEW.in_force"
        " AND outcome = 'approve' AND NEW.outcome = 'approve')",
        DECISION_THEME: "id = NEW.id OR (decision_id = NEW.decision_id AND"
        " (theme_id = NEW.theme_id OR (is_primary AND NEW.is_primary)))",
        PUBLICATION: "id = NEW.id OR (post_id = NEW.post_id AND network_id = NEW.network_id AND"
        " (revision_id = NEW.revision_id OR (published_at IS NOT NULL AND NEW.published_at IS NOT NULL)))",
        POST: "id = NEW.id",
        HOLD: "id = NEW.id",
    }
    return [
        Guard(
            f"{table.split('_')[-1]}_no_replace",
            table,
            "INSERT",
            f"EXISTS (SELECT 1 FROM {table} WHERE {key})",
            "this row is there already",
            only="sqlite",
        )
        for table, key in keys.items()
    ]


def _unchangeable(table: str, name: str, *, delete: str = NEVER) -> list[Guard]:
    return [
        Guard(f"{name}_no_update", table, "UPDATE", NEVER, f"{name} rows never change"),
        Guard(f"{name}_no_delete", table, "DELETE", delete, f"{name} rows are never deleted"),
    ]


def guards() -> list[Guard]:
    """Every guard, in a fixed order."""
    return [
        *_unchangeable(ENTRY, "audit"),
        *_unchangeable(
            REVISION,
            "revision",
            delete=f"""EXISTS (SELECT 1 FROM {POST} p WHERE p.id = OLD.post_id
                AND (p.first_submitted_at IS NOT NULL OR p.status <> 'draft'))""",
        ),
        *_unchangeable(VARIANT, "variant", delete=SUBMITTED_ONCE),
        *_unchangeable(REVISION_THEME, "revision_theme", delete=SUBMITTED_ONCE),
        Guard("variant_frozen", VARIANT, "INSERT", FROZEN, "a revision in use gets no further text"),
        Guard("revision_theme_frozen", REVISION_THEME, "INSERT", FROZEN, "a revision in use gets no further theme"),
        *_unchangeable(PUBLICATION, "publication"),
        *_unchangeable(DECISION_THEME, "decision_theme"),
        *_irreplaceable(),
        Guard("publication_approved", PUBLICATION, "INSERT", NOT_APPROVED_THEN, "only what was approved went out"),
        Guard("publication_held", PUBLICATION, "INSERT", HELD, "a hold covers this post"),
        Guard(
            "review_pinned",
            REVIEW,
            "UPDATE",
            f"OLD.closed_at IS NOT NULL OR {_differs('post_id', 'revision_id', 'number', 'kind', 'opened_by_id')}",
            "a round stays as it was opened, and closed once closed",
        ),
        Guard("review_no_delete", REVIEW, "DELETE", NEVER, "rounds are never deleted"),
        Guard(
            "review_of_its_post",
            REVIEW,
            "INSERT",
            f"NOT EXISTS (SELECT 1 FROM {REVISION} r WHERE r.id = NEW.revision_id AND r.post_id = NEW.post_id)",
            "a round is about a revision of its own post",
        ),
        Guard(
            "decision_four_eyes",
            DECISION,
            "INSERT",
            f"EXISTS (SELECT 1 FROM {REVISION} r WHERE r.post_id = NEW.post_id AND r.author_id = NEW.actor_id)",
            "nobody decides on what they wrote",
        ),
        Guard("decision_by_editor", DECISION, "INSERT", NOT_AN_EDITOR, "only editors decide"),
        Guard(
            "decision_in_open_round",
            DECISION,
            "INSERT",
            f"""NOT EXISTS (SELECT 1 FROM {REVIEW} r WHERE r.id = NEW.review_id AND r.post_id = NEW.post_id
                AND r.revision_id = NEW.revision_id AND r.closed_at IS NULL)""",
            "a decision is about the revision of an open round",
        ),
        Guard(
            "decision_only_leaves_force",
            DECISION,
            "UPDATE",
            _differs(
                "review_id",
                "post_id",
                "revision_id",
                "outcome",
                "actor_id",
                "at",
                "comment",
                "alignment",
                "activity_only",
                "scheduled_at",
            )
            + " OR (NEW.in_force AND NOT OLD.in_force)",
            "a decision only leaves force",
        ),
        Guard(
            "decision_in_use",
            DECISION,
            "UPDATE",
            f"""OLD.in_force AND NOT NEW.in_force AND EXISTS (SELECT 1 FROM {POST} p WHERE p.id = OLD.post_id
                AND p.status IN ('approved', 'missed', 'published') AND NOT p.urgent
                AND p.approved_revision_id = OLD.revision_id AND OLD.outcome = 'approve')""",
            "the approval of a post that goes out stays in force",
        ),
        Guard("decision_no_delete", DECISION, "DELETE", NEVER, "decisions are never deleted"),
        Guard(
            "decision_theme_active",
            DECISION_THEME,
            "INSERT",
            f"""NOT EXISTS (SELECT 1 FROM calendar_app_theme t WHERE t.id = NEW.theme_id AND t.is_active)
                OR NOT EXISTS (SELECT 1 FROM {DECISION} d JOIN {REVIEW} r ON r.id = d.review_id
                    WHERE d.id = NEW.decision_id AND r.closed_at IS NULL)""",
            "a decision takes active themes, while its round is open",
        ),
        Guard(
            "post_no_delete",
            POST,
            "DELETE",
            "OLD.first_submitted_at IS NOT NULL OR OLD.status <> 'draft'",
            "only a draft that was never submitted is deleted",
        ),
        Guard("post_published_out", POST, "UPDATE", NOTHING_WENT_OUT, "what is published went out somewhere"),
        Guard("post_inserted_audited", POST, "INSERT", NO_ENTRY, "each change of a post has its audit entry"),
        Guard(
            "post_stays",
            POST,
            "UPDATE",
            _differs("id", "mission_id", "created_by_id", "created_at"),
            "a post stays with its mission and its author",
        ),
        Guard("hold_no_delete", HOLD, "DELETE", NEVER, "holds are never deleted"),
        Guard(
            "hold_only_lifted",
            HOLD,
            "UPDATE",
            "OLD.lifted_at IS NOT NULL OR "
            + _differs(
                "scope", "region_id", "mission_id", "theme_id", "reason", "stops_urgent", "made_by_id", "made_at"
            ),
            "a hold is only lifted, once",
        ),
        Guard("post_approval_insert", POST, "INSERT", NO_APPROVAL, "what goes out is what was approved"),
        Guard("post_approval", POST, "UPDATE", NO_APPROVAL, "what goes out is what was approved"),
        Guard("post_urgent_insert", POST, "INSERT", URGENT_WITHOUT_REVIEW, "urgent posts are reviewed afterwards"),
        Guard("post_urgent", POST, "UPDATE", URGENT_WITHOUT_REVIEW, "urgent posts are reviewed afterwards"),
        Guard("post_own_revision", POST, "UPDATE", FOREIGN_REVISION, "a post says what its own revision says"),
        Guard(
            "post_urgent_stays",
            POST,
            "UPDATE",
            "(OLD.urgent AND NOT NEW.urgent) OR (NEW.urgent AND NOT OLD.urgent AND NEW.status <> 'published')",
            "the urgent flag is set by urgent publication and stays",
        ),
        Guard(
            "post_submitted_stays",
            POST,
            "UPDATE",
            f"OLD.first_submitted_at IS NOT NULL AND ({_differs('first_submitted_at')})",
            "the first submission is remembered",
        ),
        Guard(
            "post_versioned",
            POST,
            "UPDATE",
            f"(NEW.version <> OLD.version AND NEW.version <> OLD.version + 1)"
            # a new post gets its first revision as version 1
            f" OR (NEW.version = OLD.version AND ({_differs(*VERSIONED)}"
            f" OR (OLD.current_revision_id IS NOT NULL AND ({_differs('current_revision_id')}))))",
            "the version rises by one with each change",
        ),
        Guard(
            "post_audited",
            POST,
            "UPDATE",
            f"""NEW.version <> OLD.version AND NOT EXISTS (SELECT 1 FROM {ENTRY} e WHERE e.object_kind = 'post'
                AND e.object_id = NEW.id AND e.version = NEW.version
                AND e.from_status = OLD.status AND e.to_status = NEW.status)""",
            "each change of a post has its audit entry",
        ),
        Guard(
            "post_known_transition",
            POST,
            "UPDATE",
            f"NEW.status <> OLD.status AND (OLD.status || '>' || NEW.status) NOT IN ({_pairs()})",
            "no such transition",
        ),
    ]


# On PostgreSQL a TRUNCATE passes row triggers by.
NO_TRUNCATE = (ENTRY, REVISION, VARIANT, REVISION_THEME, DECISION, DECISION_THEME, REVIEW, PUBLICATION, POST, HOLD)
PREFIX = "guard_"


def _create(cursor: Any, vendor: str, guard: Guard) -> None:
    name = PREFIX + guard.name
    if vendor == "sqlite":
        cursor.execute(
            f"CREATE TRIGGER {name} BEFORE {guard.event} ON {guard.table} FOR EACH ROW WHEN {guard.offence} "
            f"BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
        )
        return
    row = "OLD" if guard.event == "DELETE" else "NEW"
    cursor.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {guard.offence} THEN RAISE EXCEPTION '{guard.message}' USING ERRCODE = 'integrity_constraint_violation'; "
        f"END IF; RETURN {row}; END $$"
    )
    cursor.execute(
        f"CREATE TRIGGER {name} BEFORE {guard.event} ON {guard.table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def expected(vendor: str) -> set[str]:
    """The names of all triggers that must be there."""
    names = {PREFIX + guard.name for guard in guards() if guard.only in ("", vendor)}
    return names if vendor == "sqlite" else names | {f"{PREFIX}no_truncate_{table}" for table in NO_TRUNCATE}


def installed(using: str = DEFAULT_DB_ALIAS) -> set[str]:
    """The names of our triggers that are there."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard\\_%' ESCAPE '\\'"
            )
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND starts_with(tgname, 'guard_')")
        return {row[0] for row in cursor.fetchall()}


def drop(using: str = DEFAULT_DB_ALIAS) -> None:
    """Take all our triggers away."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in installed(using):
                cursor.execute(f"DROP TRIGGER {name}")
            return
        cursor.execute(
            "SELECT tgname, tgrelid::regclass::text FROM pg_trigger "
            "WHERE NOT tgisinternal AND starts_with(tgname, 'guard_')"
        )
        for name, table in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name} ON {table}")


def create(using: str = DEFAULT_DB_ALIAS) -> None:
    """Make all triggers anew."""
    drop(using)
    connection = connections[using]
    with connection.cursor() as cursor:
        for guard in guards():
            if guard.only not in ("", connection.vendor):
                continue
            _create(cursor, connection.vendor, guard)
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION guard_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "RAISE EXCEPTION 'this table is never emptied' USING ERRCODE = 'integrity_constraint_violation'; END $$"
            )
            for table in NO_TRUNCATE:
                cursor.execute(
                    f"CREATE TRIGGER guard_no_truncate_{table} BEFORE TRUNCATE ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION guard_no_truncate()"
                )


def before_migrate(sender: Any, plan: Sequence[Any] = (), using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Receiver of pre_migrate: SQLite rebuilds a table by renaming another to its name, and refuses that while triggers
    of other tables speak of it. `prepare` brings them back when a migration fails; until then neither `start_web` nor
    `/readyz` lets the database be served."""
    if sender.name == "calendar_app" and plan and connections[using].vendor == "sqlite":
        drop(using)


def after_migrate(sender: Any, using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Receiver of post_migrate: make the triggers once all tables are there."""
    if sender.name != "calendar_app":
        return
    tables = set(connections[using].introspection.table_names())
    if {guard.table for guard in guards()} <= tables:
        create(using)


@contextmanager
def lifted(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Without the triggers, for the test suite's flush and nothing else."""
    drop(using)
    try:
        yield
    finally:
        create(using)
