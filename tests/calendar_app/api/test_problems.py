"""Every refusal is a problem document that says what to do."""

import re
from typing import Any

import pytest
from django.db import OperationalError

from calendar_app.models import Post, Status
from calendar_app.services import drafts
from tests.cast import NOW, Cast, data, post_in


def check(answer: Any, status: int) -> Any:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == "about:blank"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


@pytest.fixture
def draft(cast: Cast) -> Post:
    return post_in(Status.DRAFT, cast)


def test_what_is_not_yours_looks_as_if_it_were_not_there(cast: Cast, api: Any, draft: Post) -> None:
    stranger = api(cast.drafter_jeddah)
    for method, tail in (("GET", ""), ("PATCH", ""), ("GET", "history/"), ("POST", "submit/"), ("POST", "approve/")):
        theirs = stranger.raw(method, f"posts/{draft.pk}/{tail}", b'{"version": 1}')
        absent = stranger.raw(method, f"posts/{draft.pk + 1000}/{tail}", b'{"version": 1}')
        check(theirs, 404)
        assert theirs.content == absent.content
    theirs = stranger.post("posts/", mission="kbri-tokyo")
    assert check(theirs, 404) == check(stranger.post("posts/", mission="no-such-mission"), 404)
    theirs = stranger.get("reminders/", post=draft.pk)
    assert check(theirs, 404) == check(stranger.get("reminders/", post=draft.pk + 1000), 404)


@pytest.mark.parametrize("pk", [0, 2**63 - 1, 2**63, 2**64, 10**30])
@pytest.mark.parametrize("path", ["posts/{}/", "posts/{}/history/", "reminders/?post={}"])
def test_an_id_that_no_row_can_have_is_absent(path: str, pk: int, cast: Cast, api: Any) -> None:
    status = 400 if "?" in path and pk >= 10**19 else 404
    check(api(cast.editor).get(path.format(pk)), status)


@pytest.mark.parametrize("path", ["holds/{}/lift/", "notifications/{}/read/", "posts/{}/approve/"])
def test_an_id_to_act_on_that_no_row_can_have_is_absent(path: str, cast: Cast, api: Any) -> None:
    check(api(cast.editor).post(path.format(2**64)), 404)


def test_an_address_that_does_not_exist(cast: Cast, api: Any) -> None:
    check(api(cast.editor).get("nothing/"), 404)
    check(api(cast.editor).get("missions/atlantis/"), 404)
    check(api(cast.editor).post("networks/myspace/count/", text="x"), 404)


def test_a_role_that_is_too_low_is_told_before_the_body_is_read(cast: Cast, api: Any, draft: Post) -> None:
    manager = api(cast.manager)
    assert "penyusun" in check(manager.post("posts/"), 403)["detail"]
    assert "peninjau" in check(manager.post(f"posts/{draft.pk}/approve/"), 403)["detail"]
    check(manager.patch(f"posts/{draft.pk}/"), 403)
    check(manager.delete(f"posts/{draft.pk}/"), 403)
    check(manager.post("holds/"), 403)
    check(manager.post("holds/1/lift/"), 403)
    check(api(cast.drafter_tokyo).get("review-queue/"), 403)
    check(api(cast.drafter_tokyo).post(f"posts/{draft.pk}/sign_off/", version=1), 403)


def test_a_method_that_is_not_served(cast: Cast, api: Any) -> None:
    answer = api(cast.editor).raw("PUT", "posts/", b"{}")
    check(answer, 405)
    assert {"GET", "POST"} <= set(answer["Allow"].split(", "))
    check(api(cast.editor).raw("OPTIONS", "posts/", b""), 405)


def test_an_answer_that_is_not_json_cannot_be_had(cast: Cast, api: Any) -> None:
    check(api(cast.editor).raw("GET", "posts/", b"", Accept="application/xml"), 406)


def test_a_body_that_is_not_json_is_refused(cast: Cast, api: Any) -> None:
    check(
        api(cast.drafter_tokyo).raw("POST", "posts/", b"mission=kbri-tokyo", "application/x-www-form-urlencoded"), 415
    )


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b"\xff\xfe", b"[" * 100_000, b'{"version": NaN}', b"9" * 5000, b"[]", b"null", b'"x"', b"1"],
)
def test_a_body_that_cannot_be_read(body: bytes, cast: Cast, api: Any, draft: Post) -> None:
    check(api(cast.drafter_tokyo).raw("POST", f"posts/{draft.pk}/submit/", body), 400)
    draft.refresh_from_db()
    assert draft.status == Status.DRAFT


def test_a_body_that_is_too_large(cast: Cast, api: Any, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    caller, body = api(cast.drafter_tokyo), b'{"title": "' + b"x" * 1000 + b'"}'
    check(caller.raw("POST", "posts/", body), 413)
    caller.headers = {}
    caller.client.force_login(cast.drafter_tokyo)
    check(caller.raw("POST", "posts/", body), 413)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = len(body)
    check(caller.raw("POST", "posts/", body), 400)


def test_unknown_fields_are_named(cast: Cast, api: Any, draft: Post) -> None:
    caller = api(cast.drafter_tokyo)
    body = check(caller.patch(f"posts/{draft.pk}/", version=1, titel="Kopi", status="approved"), 400)
    assert set(body["errors"]) == {"titel", "status"}
    body = check(caller.patch(f"posts/{draft.pk}/", version=1, variants=[{"network": "x", "txt": "a"}]), 400)
    assert set(body["errors"]) == {"variants.0.txt"}


def test_unknown_parameters_and_values_are_named(cast: Cast, api: Any) -> None:
    caller = api(cast.editor)
    assert set(check(caller.get("posts/?misson=kbri-tokyo"), 400)["errors"]) == {"misson"}
    assert set(check(caller.get("posts/?mission=atlantis&status=lost"), 400)["errors"]) == {"mission", "status"}
    assert set(check(caller.get("posts/?mission=kbri-tokyo&mission=kjri-jeddah"), 400)["errors"]) == {"mission"}
    assert set(check(caller.get("missions/?format=xml"), 400)["errors"]) == {"format"}
    assert set(check(caller.get("me/?x=1"), 400)["errors"]) == {"x"}
    assert set(check(caller.get("holds/?in_force=yes"), 400)["errors"]) == {"in_force"}


@pytest.mark.parametrize("version", [True, "1", 1.0, None, [1], {}])
def test_a_version_is_a_number_and_nothing_like_it(version: Any, cast: Cast, api: Any, draft: Post) -> None:
    body = check(api(cast.drafter_tokyo).post(f"posts/{draft.pk}/submit/", version=version), 400)
    assert list(body["errors"]) == ["version"]


def test_a_version_must_be_there(cast: Cast, api: Any, draft: Post) -> None:
    caller = api(cast.drafter_tokyo)
    for answer in (
        caller.patch(f"posts/{draft.pk}/", title="Baru"),
        caller.post(f"posts/{draft.pk}/submit/"),
        caller.delete(f"posts/{draft.pk}/"),
    ):
        assert list(check(answer, 400)["errors"]) == ["version"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", 1), ("title", None), ("purpose", ["x"]), ("audience", 5), ("audience", "nobody"), ("language", True),
        ("language", "xx"), ("themes", "ekonomi-produk"), ("themes", [1]), ("themes", ["no-such-theme"]),
        ("themes", {"a": 1}), ("scheduled_local", 20261126), ("scheduled_local", "besok"), ("fold", True), ("fold", 2),
        ("fold", "0"), ("timezone", "Mars/Olympus"), ("timezone", 9), ("variants", {}), ("variants", "x"),
        ("variants", [1]),
    ],
)  # fmt: skip
def test_wrong_types_and_unknown_codes_are_refused_by_field(
    field: str, value: Any, cast: Cast, api: Any, draft: Post
) -> None:
    caller = api(cast.drafter_tokyo)
    errors = check(caller.patch(f"posts/{draft.pk}/", version=1, **{field: value}), 400)["errors"]
    assert {name.split(".")[0] for name in errors} == {field}
    assert all(isinstance(text, str) and text for texts in errors.values() for text in texts)
    draft.refresh_from_db()
    assert draft.version == 1


@pytest.mark.parametrize("bad", ["\0", "a\0b", "\ud800", "\ud83dx"])
def test_characters_that_cannot_be_stored_break_nothing(bad: str, cast: Cast, api: Any, draft: Post) -> None:
    caller = api(cast.drafter_tokyo)
    path = f"posts/{draft.pk}/"
    # pasted into a text they are dropped
    saved = caller.patch(path, version=1, title=f"Kopi{bad}", variants=[{"network": "x", "text": f"Teh{bad}"}])
    assert saved.status_code == 200, saved.content
    assert "\0" not in saved.json()["title"]
    for body in ({"audience": bad}, {"themes": [bad]}, {"timezone": bad}, {bad: 1}, {"language": bad},
                 {"scheduled_local": bad}, {"variants": [{"network": bad}]}):  # fmt: skip
        check(caller.patch(path, version=2, **body), 400)
    check(caller.post("posts/", mission=bad), 400)
    check(caller.post(f"{path}cancel/", version=2, comment=f"x{bad}"), 400)
    check(api(cast.editor).post("holds/", scope="mission", code=bad, reason="x"), 400)
    assert caller.post("networks/x/count/", text=bad).status_code == 200


@pytest.mark.parametrize("parameter", ["q", "mission", "theme", "status", "language", "from", "cursor", "page_size"])
def test_a_nul_byte_in_the_address_is_refused(parameter: str, cast: Cast, api: Any) -> None:
    assert parameter in check(api(cast.editor).get(f"posts/?{parameter}=a%00"), 400)["errors"]


def test_an_old_version_answers_with_the_post_as_it_is_now(cast: Cast, api: Any, draft: Post) -> None:
    caller = api(cast.drafter_tokyo)
    drafts.save(post=draft, by=cast.head_tokyo, version=1, at=NOW, data={"title": "Dari kepala"})
    body = check(caller.patch(f"posts/{draft.pk}/", version=1, title="Dari penyusun"), 409)
    assert re.search(r"Kepala Tokyo, \w+, \d+ \w+ 2026, \d\d\.\d\d waktu Tokyo \(\d\d\.\d\d WIB\)\.$", body["detail"])
    assert body["post"] == caller.get(f"posts/{draft.pk}/").json()
    assert body["post"]["title"] == "Dari kepala"


def test_what_is_not_possible_now_answers_with_the_post(cast: Cast, api: Any, draft: Post) -> None:
    body = check(api(cast.drafter_tokyo).post(f"posts/{draft.pk}/withdraw/", version=1), 409)
    assert body["post"]["status"] == "draft"


def test_a_database_that_is_away_is_503(cast: Cast, api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_args: Any) -> None:
        raise OperationalError("server closed the connection to 10.0.0.7")

    monkeypatch.setattr("calendar_app.access.post_for", gone)
    answer = api(cast.drafter_tokyo).get("posts/1/")
    assert "10.0.0.7" not in check(answer, 503)["detail"]
    assert answer["Retry-After"] == "10"


def test_nothing_is_written_when_a_call_is_refused(cast: Cast, api: Any, draft: Post) -> None:
    caller = api(cast.drafter_tokyo)
    errors = check(caller.patch(f"posts/{draft.pk}/", version=1, title="Baru", language="xx"), 400)["errors"]
    assert set(errors) == {"language"}
    draft.refresh_from_db()
    assert (draft.title, draft.version) == (data()["title"], 1)
