"""Every action, and the whole story by API alone."""

from datetime import timedelta
from typing import Any

import pytest

from calendar_app import clock
from calendar_app.models import Post, Status
from calendar_app.services import holds
from calendar_app.workflow import TRANSITIONS, Action
from tests.cast import NOW, Cast, data, post_in

CHANNELS = [
    {"network": "x", "url": "https://x.com/kbritokyo/status/1"},
    {"network": "instagram", "given_up": "Akun terkunci."},
]


def test_the_whole_story(cast: Cast, api: Any) -> None:
    drafter, head, editor = api(cast.drafter_tokyo), api(cast.head_tokyo), api(cast.editor)
    post = drafter.post("posts/", mission="kbri-tokyo", **data()).json()
    path = f"posts/{post['id']}/"
    post = drafter.post(f"{path}submit/", version=post["version"]).json()
    assert (post["status"], post["version"]) == ("signoff", 2)
    assert drafter.post(f"{path}sign_off/", version=2).status_code == 403
    post = head.post(f"{path}sign_off/", version=2).json()
    assert (post["status"], post["review"]["number"]) == ("in_review", 1)
    queue = editor.get("review-queue/").json()["results"]
    assert [row["id"] for row in queue] == [post["id"]]
    approval = {"content_hash": queue[0]["revision"]["content_hash"], "primary_theme": "ekonomi-produk"}
    approval |= {"secondary_themes": ["ekonomi-kreatif"], "alignment": "strong", "note": "Bagus."}
    post = editor.post(f"{path}approve/", version=queue[0]["version"], **approval).json()
    assert post["status"] == "approved"
    assert (post["decision"]["primary_theme"], post["decision"]["secondary_themes"]) == (
        "ekonomi-produk", ["ekonomi-kreatif"])  # fmt: skip
    kinds = {row["kind"] for row in drafter.get("reminders/", post=post["id"]).json()["results"]}
    assert {"publish_soon", "publish_now", "publish_overdue", "decided"} <= kinds
    with clock.fixed(NOW + timedelta(days=1, hours=2)):
        assert drafter.get(path).json()["due"] is True
        post = drafter.post(f"{path}mark_published/", version=post["version"], channels=CHANNELS).json()
        assert post == drafter.get(path).json()
    assert (post["status"], post["version"]) == ("published", 5)
    assert [(row["network"], row["url"], row["given_up"]) for row in post["publications"]] == [
        ("x", "https://x.com/kbritokyo/status/1", ""), ("instagram", "", "Akun terkunci.")]  # fmt: skip
    week = editor.get("calendar/", view="network", mission="kbri-tokyo", date="2026-11-26").json()
    assert week["tally"]["statuses"] == {"published": 1}


# action → the status it is done in, who does it, the fields beside the version, the status it leads to
WAYS: dict[str, tuple[Status, str, dict[str, Any], str]] = {
    "submit": (Status.DRAFT, "drafter_tokyo", {}, "signoff"),
    "sign_off": (Status.SIGNOFF, "head_tokyo", {}, "in_review"),
    "send_back": (Status.SIGNOFF, "head_tokyo", {"comment": "Sebut tujuannya."}, "changes_requested"),
    "withdraw": (Status.IN_REVIEW, "drafter_tokyo", {}, "draft"),
    "approve": (Status.IN_REVIEW, "editor", {"primary_theme": "ekonomi-produk", "alignment": "partial"}, "approved"),
    "request_changes": (Status.IN_REVIEW, "editor", {"comment": "Lebih singkat."}, "changes_requested"),
    "decline": (Status.IN_REVIEW, "editor", {"comment": "Bukan untuk kanal resmi."}, "declined"),
    "recall": (Status.APPROVED, "editor", {"comment": "Ada perubahan."}, "changes_requested"),
    "reschedule": (Status.APPROVED, "drafter_tokyo", {"scheduled_local": "2026-11-27T12:00"}, "approved"),
    "mark_published": (Status.APPROVED, "drafter_tokyo", {"channels": CHANNELS}, "published"),
    "publish_urgent": (
        Status.DRAFT,
        "head_tokyo",
        {"theme": "pelindungan-krisis", "reason": "Gempa besar di Tokyo pagi ini.", "channels": CHANNELS},
        "published",
    ),
    "cancel": (Status.APPROVED, "drafter_tokyo", {"comment": "Acara batal."}, "cancelled"),
    "retract": (Status.PUBLISHED, "head_tokyo", {"comment": "Salah gambar."}, "retracted"),
}


def in_status(status: Status, cast: Cast) -> Post:
    if status != Status.SIGNOFF:
        return post_in(status, cast)
    post = post_in(Status.DRAFT, cast)
    from calendar_app.services import submissions

    return submissions.submit(post=post, by=cast.drafter_tokyo, version=1, at=NOW)


def body_of(action: str, post: Post) -> dict[str, Any]:
    fields = dict(WAYS[action][2])
    if action == "approve":
        assert post.current_revision is not None
        fields["content_hash"] = post.current_revision.content_hash
    return fields | {"version": post.version}


def test_every_action_of_the_table_has_its_call() -> None:
    asked = {row.action.value for row in TRANSITIONS if row.permission}
    assert asked - {Action.SAVE, Action.DELETE} == {*WAYS, "review_afterwards"}


@pytest.mark.parametrize("action", WAYS)
def test_an_action_answers_with_the_post(action: str, cast: Cast, api: Any) -> None:
    status, who, _fields, leads_to = WAYS[action]
    post = in_status(status, cast)
    caller = api(getattr(cast, who))
    before = caller.get(f"posts/{post.pk}/").json()
    assert before["actions"][action] is True
    answer = caller.post(f"posts/{post.pk}/{action}/", **body_of(action, post))
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert body == caller.get(f"posts/{post.pk}/").json()
    assert body["status"] == leads_to
    assert body["version"] == post.version + 1


@pytest.mark.parametrize("action", WAYS)
def test_an_old_version_is_a_conflict(action: str, cast: Cast, api: Any) -> None:
    status, who, _fields, _leads_to = WAYS[action]
    post = in_status(status, cast)
    body = body_of(action, post) | {"version": post.version + 1}
    answer = api(getattr(cast, who)).post(f"posts/{post.pk}/{action}/", **body)
    assert answer.status_code == 409, answer.content
    assert answer.json()["post"]["version"] == post.version


@pytest.mark.parametrize("action", WAYS)
def test_another_status_is_a_conflict(action: str, cast: Cast, api: Any) -> None:
    post = post_in(Status.DECLINED, cast)
    body = body_of(action, post)
    answer = api(getattr(cast, WAYS[action][1])).post(f"posts/{post.pk}/{action}/", **body)
    assert answer.status_code == 409, answer.content
    assert answer.json()["post"]["status"] == "declined"


@pytest.mark.parametrize(
    ("action", "field"),
    [(action, field) for action, way in WAYS.items() for field in way[2] if field != "secondary_themes"],
)
def test_each_field_must_be_there_and_right(action: str, field: str, cast: Cast, api: Any) -> None:
    status, who, _fields, _leads_to = WAYS[action]
    post = in_status(status, cast)
    body = body_of(action, post)
    caller = api(getattr(cast, who))
    for wrong in (None, "", 7, True):
        answer = caller.post(f"posts/{post.pk}/{action}/", **body | {field: wrong})
        assert answer.status_code == 400, (wrong, answer.content)
        assert {name.split(".")[0] for name in answer.json()["errors"]} == {field}
    del body[field]
    assert list(caller.post(f"posts/{post.pk}/{action}/", **body).json()["errors"]) == [field]


def test_what_is_missing_is_told_field_by_field(cast: Cast, api: Any) -> None:
    caller = api(cast.drafter_tokyo)
    post = caller.post("posts/", mission="kbri-tokyo", variants=[{"network": "x", "text": "y" * 300}]).json()
    answer = caller.post(f"posts/{post['id']}/submit/", version=1)
    assert answer.status_code == 400
    assert answer.json()["errors"] == post["missing"]
    assert "variants.x" in post["missing"]


def test_approving_another_text_than_the_one_read_is_a_conflict(cast: Cast, api: Any) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    body = body_of("approve", post) | {"content_hash": "0" * 64}
    assert api(cast.editor).post(f"posts/{post.pk}/approve/", **body).status_code == 409


@pytest.mark.parametrize("theme", ["no-such-theme", "", "\0"])
def test_an_approval_needs_an_active_theme(theme: str, cast: Cast, api: Any) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    answer = api(cast.editor).post(f"posts/{post.pk}/approve/", **body_of("approve", post) | {"primary_theme": theme})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["primary_theme"])


def test_of_two_editors_the_second_is_told_who_decided(cast: Cast, api: Any) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    body = body_of("approve", post)
    assert api(cast.editor).post(f"posts/{post.pk}/approve/", **body).status_code == 200
    answer = api(cast.editor2).post(f"posts/{post.pk}/decline/", version=post.version, comment="Jangan.")
    assert answer.status_code == 409
    assert "Peninjau Satu" in answer.json()["detail"]
    assert answer.json()["post"]["status"] == "approved"


def test_far_away_a_move_goes_back_to_review(cast: Cast, api: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    moved = api(cast.drafter_tokyo).post(
        f"posts/{post.pk}/reschedule/", version=post.version, scheduled_local="2026-12-24T12:00"
    )
    assert moved.json()["status"] == "in_review"
    assert moved.json()["schedule_version"] == post.schedule_version + 1
    past = post_in(Status.APPROVED, cast)
    answer = api(cast.drafter_tokyo).post(
        f"posts/{past.pk}/reschedule/", version=past.version, scheduled_local="2026-11-20T12:00"
    )
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["scheduled_local"])


@pytest.mark.parametrize(
    "channel",
    [
        {"network": "tiktok"},
        {"network": "x", "url": "https://evil.example/1"},
        {"network": "x", "url": "javascript:alert(1)"},
        {"network": "x", "published_at": "2026-11-25T11:00"},
        {"network": "x", "published_at": "2026-11-25T02:00:01Z"},
        {"network": "x", "published_at": "yesterday"},
        {"network": "x", "published_at": "0001-01-01T00:00:00+14:00"},
        {"network": "x", "given_up": "z" * 501},
    ],
)
def test_a_channel_that_cannot_be_confirmed_is_refused(channel: dict[str, Any], cast: Cast, api: Any) -> None:
    post = post_in(Status.APPROVED, cast)
    answer = api(cast.drafter_tokyo).post(f"posts/{post.pk}/mark_published/", version=post.version, channels=[channel])
    assert answer.status_code == 400, answer.content
    assert "channels" in answer.json()["errors"]


def test_under_a_hold_only_what_went_out_before_is_confirmed(cast: Cast, api: Any) -> None:
    post = post_in(Status.APPROVED, cast, at=NOW - timedelta(hours=1))
    holds.make(by=cast.editor, at=NOW, scope="all", reason="Duka nasional")
    caller = api(cast.drafter_tokyo)
    with clock.fixed(NOW + timedelta(hours=1)):
        refused = caller.post(f"posts/{post.pk}/mark_published/", version=post.version, channels=CHANNELS)
        assert refused.status_code == 409
        assert "Duka nasional" in refused.json()["detail"]
        earlier = [{"network": code, "published_at": "2026-11-25T01:59:00Z"} for code in ("x", "instagram")]
        accepted = caller.post(f"posts/{post.pk}/mark_published/", version=post.version, channels=earlier)
    assert accepted.status_code == 200
    assert [row["before_hold"] for row in accepted.json()["publications"]] == [True, True]


@pytest.mark.parametrize(("outcome", "leads_to"), [("keep", "published"), ("retract", "retracted")])
def test_what_went_out_urgently_is_reviewed_afterwards(outcome: str, leads_to: str, cast: Cast, api: Any) -> None:
    post = post_in(Status.DRAFT, cast)
    urgent = api(cast.head_tokyo).post(f"posts/{post.pk}/publish_urgent/", **body_of("publish_urgent", post)).json()
    assert (urgent["urgent"], urgent["review"]["kind"]) == (True, "afterwards")
    editor = api(cast.editor)
    assert [row["id"] for row in editor.get("review-queue/").json()["results"]] == [post.pk]
    body = {
        "version": urgent["version"],
        "outcome": outcome,
        "comment": "Sesuai.",
        "primary_theme": "pelindungan-krisis",
    }
    wrong = editor.post(f"posts/{post.pk}/review_afterwards/", **body | {"outcome": "maybe"})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["outcome"])
    answer = editor.post(f"posts/{post.pk}/review_afterwards/", **body, alignment="strong")
    assert answer.status_code == 200, answer.content
    assert answer.json()["status"] == leads_to
    assert editor.get("review-queue/").json()["results"] == []


def test_nobody_decides_on_what_they_wrote(cast: Cast, api: Any) -> None:
    from missions.models import Membership, Role

    post = post_in(Status.IN_REVIEW, cast)
    Membership.objects.create(person=cast.drafter_tokyo, role=Role.EDITOR)
    caller = api(cast.drafter_tokyo)
    for action in ("approve", "request_changes", "decline"):
        assert caller.post(f"posts/{post.pk}/{action}/", **body_of(action, post)).status_code == 403
    assert isinstance(caller.get(f"posts/{post.pk}/").json()["actions"]["approve"], str)
