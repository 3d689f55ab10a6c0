"""What is done to a post on pages that ask: reasons, times, and who may."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from calendar_app.models import Post, Status
from tests import cast as make
from tests.cast import NOW, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

# action → who, from which status, to which (None: gone)
STEPS = [
    ("post_submit", "drafter_tokyo", Status.DRAFT, Status.SIGNOFF),
    ("post_sign_off", "head_tokyo", Status.SIGNOFF, Status.IN_REVIEW),
    ("post_send_back", "head_tokyo", Status.SIGNOFF, Status.CHANGES_REQUESTED),
    ("post_withdraw", "drafter_tokyo", Status.IN_REVIEW, Status.DRAFT),
    ("post_recall", "editor", Status.APPROVED, Status.CHANGES_REQUESTED),
    ("post_cancel", "drafter_tokyo", Status.APPROVED, Status.CANCELLED),
    ("post_retract", "head_tokyo", Status.PUBLISHED, Status.RETRACTED),
    ("post_delete", "drafter_tokyo", Status.DRAFT, None),
]
WITH_REASON = {"post_send_back", "post_recall", "post_cancel", "post_retract"}


@pytest.mark.parametrize(("name", "who", "status", "target"), STEPS, ids=[step[0] for step in STEPS])
def test_page_asks_and_then_does_it(
    cast: Cast, sign_in: Any, name: str, who: str, status: Status, target: Status | None
) -> None:
    post = make.post_in(status, cast)
    client, address = sign_in(getattr(cast, who)), reverse(name, args=[post.pk])
    page = client.get(address)
    assert page.status_code == 200
    assert f'name="version" value="{post.version}"' in page.content.decode()
    assert client.post(address, {"version": post.version, "comment": "Ada yang keliru."}).status_code == 302
    found = Post.objects.filter(pk=post.pk).first()
    assert (found.status if found else None) == target


@pytest.mark.parametrize("name", sorted(WITH_REASON))
def test_reason_is_needed(cast: Cast, sign_in: Any, name: str) -> None:
    who, status = next((step[1], step[2]) for step in STEPS if step[0] == name)
    post = make.post_in(status, cast)
    for empty in ("", "  \n "):
        answer = sign_in(getattr(cast, who)).post(
            reverse(name, args=[post.pk]), {"version": post.version, "comment": empty}
        )
        assert answer.status_code == 422
        assert answer.context["form"].errors["comment"]
    assert Post.objects.get(pk=post.pk).status == status


@pytest.mark.parametrize(("name", "who", "status", "target"), STEPS, ids=[step[0] for step in STEPS])
def test_other_roles_and_strangers_are_refused(
    cast: Cast, sign_in: Any, name: str, who: str, status: Status, target: Status | None
) -> None:
    post = make.post_in(status, cast)
    address = reverse(name, args=[post.pk])
    for person, code in ((cast.manager, 403), (cast.drafter_jeddah, 404), (cast.stranger, 404)):
        assert sign_in(person).get(address).status_code == code
        assert sign_in(person).post(address, {"version": post.version, "comment": "Coba"}).status_code == code
    assert Post.objects.get(pk=post.pk).version == post.version


def test_not_possible_in_this_status_is_409_with_the_words_typed(cast: Cast, sign_in: Any) -> None:
    post = make.post_in(Status.DRAFT, cast)
    client, address = sign_in(cast.head_tokyo), reverse("post_send_back", args=[post.pk])
    assert client.get(address).status_code == 409
    answer = client.post(address, {"version": post.version, "comment": "Tujuannya belum jelas."})
    assert answer.status_code == 409
    assert "Tujuannya belum jelas." in answer.content.decode()


def test_old_version_is_409(cast: Cast, sign_in: Any) -> None:
    post = make.post_in(Status.APPROVED, cast)
    answer = sign_in(cast.drafter_tokyo).post(
        reverse("post_cancel", args=[post.pk]), {"version": post.version - 1, "comment": "Batal"}
    )
    assert answer.status_code == 409
    assert Post.objects.get(pk=post.pk).status == Status.APPROVED


def test_form_without_version_does_nothing(cast: Cast, sign_in: Any) -> None:
    post = make.post_in(Status.DRAFT, cast)
    for version in ("", "satu"):
        answer = sign_in(cast.drafter_tokyo).post(reverse("post_delete", args=[post.pk]), {"version": version})
        assert answer.status_code == 422
    assert Post.objects.filter(pk=post.pk).exists()


def test_submitting_what_is_incomplete_leads_to_the_fields(cast: Cast, sign_in: Any) -> None:
    post = make.post_in(Status.DRAFT, cast, purpose="")
    answer = sign_in(cast.drafter_tokyo).post(reverse("post_submit", args=[post.pk]), {"version": 1})
    assert answer.headers["Location"] == f"/posts/{post.pk}/edit/?periksa=1"


def test_sign_off_after_its_time_says_so(cast: Cast, sign_in: Any) -> None:
    post = make.post_in(Status.SIGNOFF, cast, at=NOW - timedelta(days=2), scheduled_local="2026-11-24T12:00")
    answer = sign_in(cast.head_tokyo).post(reverse("post_sign_off", args=[post.pk]), {"version": post.version})
    assert answer.status_code == 422
    assert "Waktunya sudah lewat" in answer.content.decode()
