"""Publishing by hand, and publishing in a crisis."""

from datetime import timedelta
from typing import Any

import pytest

from calendar_app import clock
from calendar_app.models import Post, Publication, Review, Status
from calendar_app.services import holds
from tests import cast as make
from tests.cast import NOW, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

DUE = NOW + timedelta(days=1, hours=2)  # five minutes past the post's time would do as well


def confirm(post: Post, network: str, **changes: Any) -> dict[str, Any]:
    values = {"version": post.version} | changes
    outcome = "given_up" if "given_up" in changes else "out"
    return {"network": network, "outcome": outcome} | {f"{network}-{key}": value for key, value in values.items()}


@pytest.fixture
def approved(cast: Cast) -> Post:
    # an hour ago: a channel may have gone out since
    return make.post_in(Status.APPROVED, cast, at=NOW - timedelta(hours=1))


def test_page_offers_exactly_the_approved_text(cast: Cast, sign_in: Any, approved: Post) -> None:
    page = sign_in(cast.drafter_tokyo).get(f"/posts/{approved.pk}/publish/").content.decode()
    assert ">Kopi Gayo kini bisa dipesan langsung. https://example.go.id/kopi</div>" in page
    assert 'href="https://x.com/intent/post?text=Kopi%20Gayo' in page
    assert 'rel="noopener noreferrer"' in page
    assert page.count("btn-primary") == 1


def test_channels_are_confirmed_one_after_the_other(cast: Cast, sign_in: Any, approved: Post) -> None:
    client, address = sign_in(cast.drafter_tokyo), f"/posts/{approved.pk}/publish/"
    with clock.fixed(DUE):
        answer = client.post(address, confirm(approved, "x", url="https://x.com/kbritokyo/status/1"))
        # on a phone the next channel is far down
        assert answer.headers["Location"] == f"{address}#kanal-instagram"
        approved.refresh_from_db()
        assert approved.status == Status.APPROVED
        page = client.get(address).content.decode()
        assert "<b>1 dari 2</b>" in page
        client.post(address, confirm(approved, "instagram", no_link="1"))
    approved.refresh_from_db()
    assert approved.status == Status.PUBLISHED
    assert [row.url for row in approved.publications.all()] == ["https://x.com/kbritokyo/status/1", ""]
    page = client.get(address).content.decode()
    assert "Selesai. Sudah tayang." in page
    # a day later, said to whom it reaches
    assert "Anda diingatkan menjawab komentar pada" in page
    assert "27 Nov 2026, 13.00" in page
    assert "Anda diingatkan" not in sign_in(cast.head_tokyo).get(address).content.decode()


def test_local_time_of_going_out_is_read_in_the_missions_zone(cast: Cast, sign_in: Any, approved: Post) -> None:
    client = sign_in(cast.drafter_tokyo)
    client.post(f"/posts/{approved.pk}/publish/", confirm(approved, "x", no_link="1", when="2026-11-25T10:30"))
    assert Publication.objects.get().published_at == NOW - timedelta(minutes=30)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Tempel tautannya"),
        ({"url": "bukan tautan"}, "URL"),
        ({"url": "https://contoh.example/p/1"}, "x.com"),
        ({"no_link": "1", "when": "2026-11-25T11:30"}, "masa depan"),
        ({"no_link": "1", "when": "kemarin"}, "YYYY-MM-DDTHH:MM"),
        ({"given_up": "  "}, "Tulis mengapa kanal ini dilepas."),
    ],
)
def test_what_cannot_be_is_refused_and_kept_in_the_form(
    cast: Cast, sign_in: Any, approved: Post, typed: dict[str, str], words: str
) -> None:
    answer = sign_in(cast.drafter_tokyo).post(f"/posts/{approved.pk}/publish/", confirm(approved, "x", **typed))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert typed.get("url", "") in page
    assert not Publication.objects.exists()


def test_channel_can_be_given_up_with_a_reason(cast: Cast, sign_in: Any, approved: Post) -> None:
    client, address = sign_in(cast.drafter_tokyo), f"/posts/{approved.pk}/publish/"
    client.post(address, confirm(approved, "x", given_up="Akun terkunci"))
    approved.refresh_from_db()
    last = client.post(address, confirm(approved, "instagram", given_up="Juga terkunci"))
    assert last.status_code == 422
    assert "Batalkan unggahan ini" in last.content.decode()
    assert Publication.objects.get().given_up == "Akun terkunci"


def test_hold_stops_publishing_in_clear_words(cast: Cast, sign_in: Any, approved: Post) -> None:
    holds.make(by=cast.editor, at=NOW, scope="all", reason="Berkabung nasional")
    client, address = sign_in(cast.drafter_tokyo), f"/posts/{approved.pk}/publish/"
    page = client.get(address).content.decode()
    assert "Jangan tayangkan dulu." in page
    assert "data-copy=" not in page
    refused = client.post(address, confirm(approved, "x", url="https://x.com/kbritokyo/status/1"))
    assert refused.status_code == 409
    assert "Berkabung nasional" in refused.content.decode()
    assert "https://x.com/kbritokyo/status/1" in refused.content.decode()
    # what went out before the hold may be told
    client.post(address, confirm(approved, "x", no_link="1", when="2026-11-25T10:30"))
    assert Publication.objects.get().before_hold


def test_channel_that_somebody_else_confirmed_is_a_conflict(cast: Cast, sign_in: Any, approved: Post) -> None:
    client, address = sign_in(cast.drafter_tokyo), f"/posts/{approved.pk}/publish/"
    client.post(address, confirm(approved, "x", no_link="1"))
    assert client.post(address, confirm(approved, "x", no_link="1")).status_code == 409
    # the other channel is not touched by that: the post itself has not changed
    assert client.post(address, confirm(approved, "instagram", no_link="1")).status_code == 302
    assert Publication.objects.count() == 2


def test_only_the_mission_publishes_and_only_what_is_approved(cast: Cast, sign_in: Any, approved: Post) -> None:
    address = f"/posts/{approved.pk}/publish/"
    assert sign_in(cast.editor).get(address).status_code == 403
    assert sign_in(cast.drafter_jeddah).get(address).status_code == 404
    draft = make.post_in(Status.DRAFT, cast)
    assert sign_in(cast.drafter_tokyo).get(f"/posts/{draft.pk}/publish/").status_code == 409


# In a crisis ---------------------------------------------------------------------------


def urgent(post: Post, **changes: Any) -> dict[str, Any]:
    return {
        "version": post.version,
        "theme": "pelindungan-krisis",
        "reason": "Gempa besar; WNI perlu nomor darurat sekarang.",
        "x-became": "out",
        "x-no_link": "1",
        "instagram-became": "given_up",
        "instagram-given_up": "Tidak sempat membuat gambar",
    } | changes


def test_head_publishes_urgently_and_headquarters_reviews_afterwards(cast: Cast, sign_in: Any) -> None:
    post = make.post_in(Status.DRAFT, cast)
    client, address = sign_in(cast.head_tokyo), f"/posts/{post.pk}/urgent/"
    assert "pelindungan-krisis" in client.get(address).content.decode()
    client.post(address, urgent(post))
    post.refresh_from_db()
    assert (post.status, post.urgent) == (Status.PUBLISHED, True)
    assert post.reviews.get().kind == Review.Kind.AFTERWARDS
    assert "mendesak" in client.get(f"/posts/{post.pk}/").content.decode()


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"reason": "Gempa"}, "reason"),
        ({"theme": "ekonomi-produk"}, "theme"),
        ({"theme": ""}, "theme"),
        ({"x-became": "given_up", "x-given_up": "Tidak sempat"}, "__all__"),
    ],
)
def test_urgent_needs_a_crisis_and_a_reason(cast: Cast, sign_in: Any, typed: dict[str, str], field: str) -> None:
    post = make.post_in(Status.DRAFT, cast)
    answer = sign_in(cast.head_tokyo).post(f"/posts/{post.pk}/urgent/", urgent(post, **typed))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    post.refresh_from_db()
    assert post.status == Status.DRAFT


def test_only_a_head_publishes_urgently(cast: Cast, sign_in: Any) -> None:
    post = make.post_in(Status.DRAFT, cast)
    for person in (cast.drafter_tokyo, cast.editor):
        assert sign_in(person).post(f"/posts/{post.pk}/urgent/", urgent(post)).status_code == 403


def test_page_shows_how_much_of_the_grace_is_gone(cast: Cast, sign_in: Any, approved: Post) -> None:
    address = f"/posts/{approved.pk}/publish/"
    with clock.fixed(approved.scheduled_at + timedelta(minutes=30)):
        page = sign_in(cast.drafter_tokyo).get(address)
    deadline = page.context["deadline"]
    assert (deadline.hours, deadline.minutes, deadline.percent) == (1, 30, 25.0)
    assert [
        f"{when.astimezone(approved.zone):%H.%M}" for when in (deadline.starts_at, deadline.middle, deadline.ends_at)
    ] == [
        "12.00",
        "13.00",
        "14.00",
    ]
    early = sign_in(cast.drafter_tokyo).get(address).content.decode()
    assert "Belum waktunya" in early
    assert "due-ax" not in early
