"""The fixed cast that tests act with: drafter and head of Tokyo and of Jeddah, headquarters, and a stranger.

Tokyo wants sign-off, Jeddah does not. Everything is loaded once per test database; tests that empty it load it again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from calendar_app.models import Post, Status
from calendar_app.services import drafts, publishing, reference, reviews, submissions
from missions.models import Membership, Mission, Person, Role

NOW = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # Wednesday: 11.00 in Tokyo, 09.00 WIB, 05.00 in Jeddah
PASSWORD = "kata-sandi-untuk-uji"

PEOPLE = {
    "drafter_tokyo": ("Penyusun Tokyo", [("kbri-tokyo", Role.DRAFTER)]),
    "head_tokyo": ("Kepala Tokyo", [("kbri-tokyo", Role.HEAD)]),
    "drafter_jeddah": ("Penyusun Jeddah", [("kjri-jeddah", Role.DRAFTER)]),
    "head_jeddah": ("Kepala Jeddah", [("kjri-jeddah", Role.HEAD)]),
    "editor": ("Peninjau Satu", [(None, Role.EDITOR)]),
    "editor2": ("Peninjau Dua", [(None, Role.EDITOR)]),
    "manager": ("Pimpinan", [(None, Role.MANAGER)]),
    "admin": ("Administrator", [(None, Role.ADMIN)]),
    "stranger": ("Tanpa Peran", []),
}


@dataclass
class Cast:
    tokyo: Mission
    jeddah: Mission
    drafter_tokyo: Person
    head_tokyo: Person
    drafter_jeddah: Person
    head_jeddah: Person
    editor: Person
    editor2: Person
    manager: Person
    admin: Person
    stranger: Person


def load() -> None:
    """Reference data and the cast, unless they are there."""
    if Person.objects.filter(email="stranger@test.example").exists():
        return
    reference.load(at=NOW - timedelta(days=30))
    for key, (name, roles) in PEOPLE.items():
        person = Person.objects.create_user(email=f"{key.replace('_', '.')}@test.example", name=name, password=PASSWORD)
        for code, role in roles:
            mission = Mission.objects.get(code=code) if code else None
            Membership.objects.create(person=person, mission=mission, role=role)
    Mission.objects.filter(code="kbri-tokyo").update(needs_signoff=True)


def read() -> Cast:
    """The cast as it stands in the database: fresh objects for each test."""
    people = {person.email.split("@")[0].replace(".", "_"): person for person in Person.objects.all()}
    return Cast(
        tokyo=Mission.objects.get(code="kbri-tokyo"),
        jeddah=Mission.objects.get(code="kjri-jeddah"),
        **{key: people[key] for key in PEOPLE},
    )


def data(**changes: Any) -> dict[str, Any]:
    """A complete post as the API takes it: tomorrow noon in the mission's zone."""
    return {
        "title": "Kopi Gayo di Tokyo",
        "purpose": "Pelaku usaha Jepang tahu cara memesan kopi Gayo langsung dari koperasi.",
        "audience": "pelaku-usaha",
        "language": "id",
        "themes": ["ekonomi-produk"],
        "scheduled_local": "2026-11-26T12:00",
        "variants": [
            {"network": "x", "text": "Kopi Gayo kini bisa dipesan langsung. https://example.go.id/kopi"},
            {"network": "instagram", "text": "Kopi Gayo dari Aceh Tengah. #KopiIndonesia"},
        ],
    } | changes


def post_in(status: Status, cast: Cast, *, jeddah: bool = False, at: datetime = NOW, **changes: Any) -> Post:
    """A post of Tokyo (or Jeddah) brought to a status through the services, at `at`."""
    mission = cast.jeddah if jeddah else cast.tokyo
    drafter = cast.drafter_jeddah if jeddah else cast.drafter_tokyo
    head = cast.head_jeddah if jeddah else cast.head_tokyo
    post = drafts.create(mission=mission, by=drafter, at=at, data=data(**changes))
    if status == Status.DRAFT:
        return post
    if status == Status.CANCELLED:
        return submissions.cancel(post=post, by=drafter, version=post.version, at=at, comment="Acara batal.")
    post = submissions.submit(post=post, by=drafter, version=post.version, at=at)
    if post.status == status:
        return post
    if post.status == Status.SIGNOFF:
        post = submissions.sign_off(post=post, by=head, version=post.version, at=at)
    if status in (Status.IN_REVIEW, Status.SIGNOFF):
        return post
    if status == Status.CHANGES_REQUESTED:
        return reviews.request_changes(
            post=post, by=cast.editor, version=post.version, at=at, comment="Sebut tujuannya."
        )
    if status == Status.DECLINED:
        return reviews.decline(
            post=post, by=cast.editor, version=post.version, at=at, comment="Bukan untuk kanal resmi."
        )
    post = approve(post, cast, at=at)
    if status == Status.APPROVED:
        return post
    if status == Status.MISSED:
        assert post.scheduled_at is not None
        publishing.expire_due(at=post.scheduled_at + timedelta(hours=3))
        post.refresh_from_db()
        return post
    post = publish(post, drafter, at=at)
    if status == Status.RETRACTED:
        return publishing.retract(post=post, by=head, version=post.version, at=at, comment="Salah gambar.")
    return post


def approve(post: Post, cast: Cast, *, at: datetime = NOW, **changes: Any) -> Post:
    """The editor approves what the post says now."""
    assert post.current_revision is not None
    fields = {"primary_theme": "ekonomi-produk", "alignment": "strong"} | changes
    return reviews.approve(
        post=post,
        by=cast.editor,
        version=post.version,
        at=at,
        content_hash=post.current_revision.content_hash,
        **fields,
    )


def publish(post: Post, by: Person, *, at: datetime = NOW) -> Post:
    """Confirm every channel without a link."""
    assert post.current_revision is not None
    channels = [{"network": variant.network.code} for variant in post.current_revision.variants.all()]
    return publishing.mark_published(post=post, by=by, version=post.version, at=at, channels=channels)
