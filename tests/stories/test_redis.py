"""The main job by API alone on what production has: PostgreSQL, Redis, SMTP, and web, worker and beat by themselves.

In the middle the worker dies without a word and Redis forgets everything. The reminder comes all the same, once.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import os
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import psycopg2
import pytest
import redis
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.product import BEAT, HOST, WORKER, Caller, Product, free_port, text_of, wait_for

pytestmark = pytest.mark.redis

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
TOKYO = ZoneInfo("Asia/Tokyo")
LINK = "https://x.com/kbritokyo/status/1790000000000000007"


class Letterbox:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.controller = Controller(self, hostname=HOST, port=free_port())

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        letter = email.message_from_bytes(bytes(envelope.content or b""), policy=email.policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 OK"

    def with_link(self, person: str, link: str) -> list[EmailMessage]:
        return [letter for letter in self.letters if letter["To"] == person and link in text_of(letter)]


@pytest.fixture
def letterbox() -> Iterator[Letterbox]:
    box = Letterbox()
    box.controller.start()
    yield box
    box.controller.stop()


@pytest.fixture
def database() -> Iterator[str]:
    """A PostgreSQL database of this test alone."""
    name = f"selaras_story_{os.getpid()}_{secrets.token_hex(3)}"
    try:
        connection = psycopg2.connect(POSTGRES_URL, connect_timeout=3)
    except psycopg2.OperationalError:
        if "TEST_POSTGRES_URL" in os.environ:
            raise
        pytest.skip("no PostgreSQL, and TEST_POSTGRES_URL does not name one")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
        yield urlunsplit(urlsplit(POSTGRES_URL)._replace(path=f"/{name}"))
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    connection.close()


@pytest.fixture
def forgetful() -> Iterator[redis.Redis]:
    """The Redis database that is for tests: 15, which may be emptied."""
    if urlsplit(REDIS_URL).path != "/15":
        pytest.skip("TEST_REDIS_URL must name database 15: this test empties it")
    client = redis.Redis.from_url(REDIS_URL, socket_timeout=3)
    try:
        client.ping()
    except redis.ConnectionError:
        client.close()
        if "TEST_REDIS_URL" in os.environ:
            raise
        pytest.skip("no Redis, and TEST_REDIS_URL does not name one")
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def product(
    tmp_path_factory: pytest.TempPathFactory, database: str, forgetful: redis.Redis, letterbox: Letterbox
) -> Iterator[Product]:
    """Settings as in production, without the proxy that ends TLS."""
    installed = Product(
        tmp_path_factory.mktemp("story") / "data",
        {
            "PRODUCTION": "1",
            "PLAIN_HTTP": "1",
            "NUM_PROXIES": "0",
            "ALLOWED_HOSTS": HOST,
            "DATABASE_URL": database,
            "REDIS_URL": REDIS_URL,
            "EMAIL_HOST": HOST,
            "EMAIL_PORT": str(letterbox.controller.port),
            "EMAIL_USE_TLS": "0",
            "WEB_CONCURRENCY": "2",
        },
    )
    try:
        installed.prepare()
        installed.start("web", "django", "start_web")
        installed.start("worker", *WORKER, "-c", "2")
        installed.start("beat", *BEAT)
        installed.wait_until_ready()
        yield installed
        assert "Traceback" not in installed.log("web")
    finally:
        installed.stop()


def test_the_story_survives_a_dead_worker_and_an_empty_redis(
    product: Product, database: str, forgetful: redis.Redis, letterbox: Letterbox
) -> None:
    drafter, head, editor, manager = (product.api(key) for key in ("drafter_tokyo", "head_tokyo", "editor", "manager"))
    goes_out = (datetime.now(UTC) + timedelta(seconds=140)).replace(second=0, microsecond=0)
    post = signed(drafter, head, goes_out)
    path = f"posts/{post['id']}/"
    to_review = f"{product.address}/review/{post['id']}/"
    wait_for(lambda: letterbox.with_link(product.people["editor"].email, to_review), "the mail review_requested", 30)
    post = approved(editor, post)

    product.kill("worker")
    rows = reminders(drafter, post["id"], "publish_now")
    assert {(row["way"], row["state"]) for row in rows} == {("in_app", "pending"), ("email", "pending")}
    assert {datetime.fromisoformat(row["due_at"]) for row in rows} == {goes_out}
    forgetful.flushdb()
    product.start("another-worker", *WORKER, "-c", "2")

    def noticed() -> list[dict[str, Any]]:
        return notices(drafter, post["id"])

    wait_for(noticed, "the notice publish_now", 180)
    assert datetime.now(UTC) >= goes_out
    link = f"{product.address}/{path}publish/"
    address = product.people["drafter_tokyo"].email
    wait_for(lambda: letterbox.with_link(address, link), "the mail publish_now", 30)

    post = drafter.get(path)
    assert post["due"] is True
    post = drafter.post(f"{path}mark_published/", version=post["version"], channels=[{"network": "x", "url": LINK}])
    assert post["status"] == "published"
    week = manager.get(f"calendar/?view=network&mission=kbri-tokyo&date={goes_out.astimezone(TOKYO):%Y-%m-%d}")
    assert week["tally"]["statuses"] == {"published": 1}

    # twenty ticks later it is still one of each, and no tick has opened a connection of its own
    before = sessions(database)
    time.sleep(11)
    assert sessions(database) - before < 10
    assert len(notices(drafter, post["id"])) == 1
    assert len(letterbox.with_link(address, link)) == 1
    assert {row["state"] for row in reminders(drafter, post["id"], "publish_now")} == {"sent"}
    assert {row["state"] for row in reminders(drafter, post["id"], "publish_overdue")} <= {"void", "skipped"}


def sessions(database: str) -> int:
    """How many connections were ever opened to the database."""
    with contextlib.closing(psycopg2.connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT sessions FROM pg_stat_database WHERE datname = current_database()")
        (number,) = cursor.fetchone() or (0,)
        return int(number)


def signed(drafter: Caller, head: Caller, goes_out: datetime) -> dict[str, Any]:
    """A post of Tokyo, drafted, submitted and signed."""
    post = drafter.post(
        "posts/",
        mission="kbri-tokyo",
        title="Kopi Gayo di Tokyo",
        purpose="Pelaku usaha Jepang tahu cara memesan kopi Gayo langsung dari koperasi.",
        audience="pelaku-usaha",
        language="id",
        themes=["ekonomi-produk"],
        scheduled_local=f"{goes_out.astimezone(TOKYO):%Y-%m-%dT%H:%M}",
        variants=[{"network": "x", "text": "Kopi Gayo kini bisa dipesan langsung."}],
    )
    path = f"posts/{post['id']}/"
    post = drafter.post(f"{path}submit/", version=post["version"])
    assert post["status"] == "signoff"
    return dict(head.post(f"{path}sign_off/", version=post["version"]))


def approved(editor: Caller, post: dict[str, Any]) -> dict[str, Any]:
    """The only post in the queue, approved as it was read there."""
    (waiting,) = editor.get("review-queue/")["results"]
    assert waiting["id"] == post["id"]
    decision = {"primary_theme": "ekonomi-produk", "alignment": "strong"}
    post = editor.post(
        f"posts/{post['id']}/approve/",
        version=waiting["version"],
        content_hash=waiting["revision"]["content_hash"],
        **decision,
    )
    assert post["status"] == "approved"
    return dict(post)


def reminders(caller: Caller, post: int, kind: str) -> list[dict[str, Any]]:
    """What stands in the table for the drafter."""
    rows = caller.get(f"reminders/?post={post}")["results"]
    return [row for row in rows if row["kind"] == kind and row["recipient"]["name"] == "Penyusun Tokyo"]


def notices(caller: Caller, post: int) -> list[dict[str, Any]]:
    rows = caller.get("notifications/")["results"]
    return [row for row in rows if row["kind"] == "publish_now" and row["post"] == post]
