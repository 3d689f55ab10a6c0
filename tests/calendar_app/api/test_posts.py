"""Drafts, saves, lists and history."""

from datetime import timedelta
from typing import Any

import pytest

from calendar_app import clock
from calendar_app.models import Network, Post, Status, Theme
from calendar_app.services import holds
from tests.cast import NOW, Cast, approve, data, post_in, publish


def listed(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_a_new_draft_says_everything_about_itself(cast: Cast, api: Any) -> None:
    caller = api(cast.drafter_tokyo)
    answer = caller.post("posts/", mission="kbri-tokyo", **data())
    assert answer.status_code == 201
    body = answer.json()
    assert body == caller.get(f"posts/{body['id']}/").json()
    assert (body["mission"], body["status"], body["version"], body["schedule_version"]) == ("kbri-tokyo", "draft", 1, 0)
    assert body["revision"]["number"] == 1
    assert body["revision"]["content_hash"] == Post.objects.get().current_revision.content_hash  # type: ignore[union-attr]
    assert body["revision"]["author"] == {"id": cast.drafter_tokyo.pk, "name": "Penyusun Tokyo"}
    assert (body["scheduled_local"], body["timezone"], body["fold"]) == ("2026-11-26T12:00", "Asia/Tokyo", 0)
    assert body["scheduled_at"] == "2026-11-26T12:00:00+09:00"
    assert [variant["network"] for variant in body["variants"]] == ["x", "instagram"]
    assert body["variants"][0]["count"]["limit"] == 280
    assert body["variants"][0]["media"] == []
    assert (body["due"], body["held"], body["holds"], body["missing"]) == (False, False, [], {})
    assert (body["theme"], body["themes"], body["decision"]) == ("ekonomi-produk", ["ekonomi-produk"], None)
    assert body["actions"]["submit"] is True
    assert body["actions"]["delete"] is True
    assert "peninjau" in body["actions"]["approve"]
    assert body["created_at"] == "2026-11-25T02:00:00Z"


def test_a_draft_needs_only_its_mission(cast: Cast, api: Any) -> None:
    body = api(cast.drafter_tokyo).post("posts/", mission="kbri-tokyo").json()
    assert set(body["missing"]) == {"purpose", "audience", "language", "themes", "variants", "scheduled_local"}
    assert (body["scheduled_at"], body["scheduled_local"], body["timezone"]) == (None, None, "Asia/Tokyo")


@pytest.mark.parametrize("year", ["0001", "1999", "2101", "9998"])
def test_a_year_that_nobody_means_is_refused(year: str, cast: Cast, api: Any) -> None:
    answer = api(cast.drafter_tokyo).post("posts/", mission="kbri-tokyo", scheduled_local=f"{year}-03-01T12:00")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["scheduled_local"]


@pytest.mark.parametrize("year", ["2000", "2025", "2100"])
def test_a_draft_may_have_a_time_that_is_past_or_far(year: str, cast: Cast, api: Any) -> None:
    caller = api(cast.drafter_tokyo)
    body = caller.post("posts/", mission="kbri-tokyo", scheduled_local=f"{year}-03-01T12:00").json()
    assert body["scheduled_local"] == f"{year}-03-01T12:00"
    assert body["scheduled_at"][-6:] == "+09:00" or body["scheduled_at"].endswith("+00:00")
    assert caller.get(f"posts/{body['id']}/").status_code == 200
    saved = caller.patch(f"posts/{body['id']}/", version=1, title="Lain")
    assert saved.json()["scheduled_local"] == f"{year}-03-01T12:00"


def test_a_time_that_happens_twice_asks_which(cast: Cast, api: Any) -> None:
    caller = api(cast.drafter_tokyo)
    twice = {"scheduled_local": "2026-10-25T02:30", "timezone": "Europe/Berlin"}
    asked = caller.post("posts/", mission="kbri-tokyo", **twice)
    assert (asked.status_code, list(asked.json()["errors"])) == (400, ["fold"])
    instants = [
        caller.post("posts/", mission="kbri-tokyo", fold=fold, **twice).json()["scheduled_at"] for fold in (0, 1)
    ]
    assert instants == ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]


def test_a_time_that_does_not_exist_names_the_nearest(cast: Cast, api: Any) -> None:
    body = {"scheduled_local": "2027-03-28T02:30", "timezone": "Europe/Berlin"}
    answer = api(cast.drafter_tokyo).post("posts/", mission="kbri-tokyo", **body)
    text = answer.json()["errors"]["scheduled_local"][0]
    assert "03.00" in text


def test_media_are_refused_with_a_clear_answer(cast: Cast, api: Any) -> None:
    caller = api(cast.drafter_tokyo)
    refused = caller.post("posts/", mission="kbri-tokyo", variants=[{"network": "x", "text": "a", "media": [7]}])
    assert refused.status_code == 400
    assert "media" in refused.json()["errors"]["variants"][0]
    accepted = caller.post("posts/", mission="kbri-tokyo", variants=[{"network": "x", "text": "a", "media": []}])
    assert accepted.status_code == 201


def test_a_save_changes_what_it_names_and_replaces_whole_lists(cast: Cast, api: Any) -> None:
    caller = api(cast.drafter_tokyo)
    post = post_in(Status.DRAFT, cast)
    changed = {"title": "Teh", "variants": [{"network": "facebook", "text": "Teh Jawa"}], "themes": ["ekonomi-jasa"]}
    body = caller.patch(f"posts/{post.pk}/", version=1, **changed).json()
    assert (body["title"], body["version"], body["revision"]["number"]) == ("Teh", 2, 2)
    assert [variant["network"] for variant in body["variants"]] == ["facebook"]
    assert body["themes"] == ["ekonomi-jasa"]
    assert body["purpose"] == data()["purpose"]
    same = caller.patch(f"posts/{post.pk}/", version=2, **changed).json()
    assert (same["version"], same["revision"]["number"]) == (2, 2)
    moved = caller.patch(f"posts/{post.pk}/", version=2, scheduled_local="2026-11-27T08:00").json()
    assert (moved["version"], moved["revision"]["number"]) == (3, 2)
    emptied = caller.patch(f"posts/{post.pk}/", version=3, scheduled_local=None, audience=None).json()
    assert (emptied["scheduled_at"], emptied["audience"]) == (None, None)


def test_saving_what_is_approved_voids_the_approval(cast: Cast, api: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    caller = api(cast.drafter_tokyo)
    assert caller.get(f"posts/{post.pk}/").json()["decision"]["primary_theme"] == "ekonomi-produk"
    body = caller.patch(f"posts/{post.pk}/", version=post.version, title="Lain").json()
    assert (body["status"], body["decision"]) == ("draft", None)


def test_only_a_draft_that_was_never_submitted_is_deleted(cast: Cast, api: Any) -> None:
    caller = api(cast.drafter_tokyo)
    draft, waiting = post_in(Status.DRAFT, cast), post_in(Status.IN_REVIEW, cast)
    assert caller.delete(f"posts/{draft.pk}/?version=2").status_code == 409
    with_body = caller.client.delete(
        f"/api/v1/posts/{draft.pk}/", {"version": 1}, content_type="application/json", headers=caller.headers
    )
    assert with_body.status_code == 204
    assert caller.get(f"posts/{draft.pk}/").status_code == 404
    assert caller.delete(f"posts/{waiting.pk}/?version={waiting.version}").status_code == 409


def test_a_mission_lists_its_own_posts_and_headquarters_all(cast: Cast, api: Any) -> None:
    tokyo, jeddah = post_in(Status.DRAFT, cast).pk, post_in(Status.DRAFT, cast, jeddah=True).pk
    assert listed(api(cast.drafter_tokyo).get("posts/")) == [tokyo]
    assert listed(api(cast.drafter_jeddah).get("posts/")) == [jeddah]
    for person in (cast.editor, cast.manager, cast.admin):
        assert listed(api(person).get("posts/")) == [jeddah, tokyo]
    assert listed(api(cast.stranger).get("posts/")) == []


def test_filters_narrow_the_list(cast: Cast, api: Any) -> None:
    tokyo = post_in(Status.DRAFT, cast, title="Kopi").pk
    jeddah = post_in(Status.IN_REVIEW, cast, jeddah=True, title="Umrah", language="ar", audience="diaspora",
                     themes=["pelindungan-layanan"], scheduled_local="2026-12-01T09:00",
                     variants=[{"network": "facebook", "text": "Layanan"}]).pk  # fmt: skip
    caller = api(cast.editor)
    for query, expected in (
        ({"mission": "kbri-tokyo"}, [tokyo]),
        ({"status": "in_review"}, [jeddah]),
        ({"theme": "pelindungan"}, [jeddah]),
        ({"network": "instagram"}, [tokyo]),
        ({"language": "ar"}, [jeddah]),
        ({"audience": "diaspora"}, [jeddah]),
        ({"region": "timur-tengah"}, [jeddah]),
        ({"from": "2026-11-27"}, [jeddah]),
        ({"to": "2026-11-26"}, [tokyo]),
        ({"from": "2026-11-26T12:00:00+09:00", "to": "2026-11-26T12:01:00+09:00"}, [tokyo]),
        ({"q": "umrah"}, [jeddah]),
        ({"q": "umrah", "status": "draft"}, []),
    ):
        assert listed(caller.get("posts/", **query)) == expected, query


def test_due_and_held_are_derived(cast: Cast, api: Any) -> None:
    post, other = post_in(Status.APPROVED, cast), post_in(Status.APPROVED, cast, jeddah=True)
    caller = api(cast.editor)
    holds.make(by=cast.editor, at=NOW, scope="mission", code="kjri-jeddah", reason="Duka nasional")
    assert listed(caller.get("posts/", status="held")) == [other.pk]
    assert listed(caller.get("posts/", status="due")) == []
    with clock.fixed(post.scheduled_at):  # type: ignore[arg-type]
        row = caller.get("posts/", status="due", mission="kbri-tokyo").json()["results"][0]
        assert (row["id"], row["due"], row["held"]) == (post.pk, True, False)
        body = caller.get(f"posts/{other.pk}/").json()
    assert body["held"] is True
    assert [hold["reason"] for hold in body["holds"]] == ["Duka nasional"]
    row = caller.get("posts/", mission="kjri-jeddah").json()["results"][0]
    assert row["held"] is True


def test_the_list_says_the_same_as_the_post(cast: Cast, api: Any) -> None:
    post_in(Status.APPROVED, cast)
    caller = api(cast.drafter_tokyo)
    row = caller.get("posts/").json()["results"][0]
    whole = caller.get(f"posts/{row['id']}/").json()
    assert row == {name: whole[name] for name in row}


def test_the_list_takes_as_many_queries_for_twice_the_rows(cast: Cast, api: Any) -> None:
    holds.make(by=cast.editor, at=NOW, scope="theme", code="ekonomi-produk", reason="Tunda")
    caller = api(cast.editor)
    for _ in range(3):
        post_in(Status.APPROVED, cast)
    few = caller.queries("posts/")
    for _ in range(3):
        post_in(Status.APPROVED, cast, jeddah=True)
    assert caller.queries("posts/") == few <= 14


def test_one_post_takes_as_many_queries_with_a_longer_life(cast: Cast, api: Any) -> None:
    caller = api(cast.drafter_tokyo)
    short, long = post_in(Status.APPROVED, cast), post_in(Status.CHANGES_REQUESTED, cast)
    for title in ("Satu", "Dua", "Tiga"):
        response = caller.patch(f"posts/{long.pk}/", version=Post.objects.get(pk=long.pk).version, title=title)
        assert response.status_code == 200
    for path in ("posts/{}/history/",):
        assert caller.queries(path.format(short.pk)) >= caller.queries(path.format(long.pk)) - 3


def test_history_tells_revisions_decisions_and_entries(cast: Cast, api: Any) -> None:
    post = post_in(Status.CHANGES_REQUESTED, cast)
    caller = api(cast.drafter_tokyo)
    version = caller.patch(f"posts/{post.pk}/", version=post.version, title="Baru").json()["version"]
    version = caller.post(f"posts/{post.pk}/submit/", version=version).json()["version"]
    api(cast.head_tokyo).post(f"posts/{post.pk}/sign_off/", version=version)
    post.refresh_from_db()
    publish(approve(post, cast), cast.drafter_tokyo)
    body = caller.get(f"posts/{post.pk}/history/").json()
    assert [revision["title"] for revision in body["revisions"]] == [data()["title"], "Baru"]
    assert body["revisions"][0]["variants"][0]["text"] == data()["variants"][0]["text"]
    assert [(row["outcome"], row["round"]) for row in body["decisions"]] == [("request_changes", 1), ("approve", 2)]
    actions = [entry["action"] for entry in body["entries"]]
    assert actions == ["create", "submit", "sign_off", "request_changes", "save", "submit", "sign_off", "approve",
                       "mark_published"]  # fmt: skip
    assert [entry["version"] for entry in body["entries"]] == list(range(1, 10))
    assert body["entries"][3]["actor"] == {"id": cast.editor.pk, "name": "Peninjau Satu"}


def test_times_in_answers_are_rfc_3339_with_offset(cast: Cast, api: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    with clock.fixed(NOW + timedelta(hours=1)):
        body = api(cast.drafter_tokyo).get(f"posts/{post.pk}/").json()
    for value in (body["created_at"], body["updated_at"], body["decision"]["at"], body["revision"]["created_at"]):
        assert value.endswith("Z")


def test_one_post_takes_as_many_queries_for_thirteen_channels_and_themes(cast: Cast, api: Any) -> None:
    codes = list(Network.objects.values_list("code", flat=True))
    themes = list(Theme.objects.filter(is_active=True).values_list("code", flat=True)[:10])
    assert len(codes) >= 13
    found = []
    for number in (1, len(codes)):
        variants = [{"network": code, "text": "Halo"} for code in codes[:number]]
        post = post_in(Status.DRAFT, cast, variants=variants, themes=themes[:number])
        caller = api(cast.drafter_tokyo)
        found.append(caller.queries(f"posts/{post.pk}/"))
        body = caller.get(f"posts/{post.pk}/").json()
        assert (len(body["variants"]), len(body["themes"])) == (number, min(number, 10))
    assert found[1] == found[0] <= 24
