"""How many calls a minute."""

from typing import Any

import pytest

from calendar_app.api import throttles
from tests.cast import Cast


@pytest.fixture(autouse=True)
def three_a_minute(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_CALLS_PER_MINUTE = 3
    monkeypatch.setattr(throttles.time, "time", lambda: 600_015)


def test_a_person_is_slowed_down_whatever_token_they_use(cast: Cast, api: Any) -> None:
    one, two = api(cast.editor), api(cast.editor)
    assert [one.get("me/").status_code, two.get("me/").status_code, one.get("me/").status_code] == [200] * 3
    answer = two.get("me/")
    assert answer.status_code == 429
    assert answer["Retry-After"] == "45"
    assert answer["Content-Type"] == "application/problem+json"
    assert api(cast.editor2).get("me/").status_code == 200


def test_the_next_minute_counts_anew(cast: Cast, api: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = api(cast.editor)
    assert [caller.get("me/").status_code for _ in range(4)][-1] == 429
    monkeypatch.setattr(throttles.time, "time", lambda: 600_060)
    assert caller.get("me/").status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sel_guess"}])
def test_an_address_without_a_sign_in_is_slowed_down(headers: dict[str, str], cast: Cast, api: Any) -> None:
    stranger = api(None)
    stranger.headers = headers
    assert [stranger.get("me/").status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    assert api(cast.editor).get("me/").status_code == 200


def test_each_address_behind_the_proxy_counts_for_itself(cast: Cast, api: Any, settings: Any) -> None:
    from rest_framework.settings import api_settings

    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}
    assert api_settings.NUM_PROXIES == 1
    calls = [api(None).raw("GET", "me/", b"", **{"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(5)]
    assert {answer.status_code for answer in calls} == {401}


def test_the_product_lets_through_what_the_contract_promises() -> None:
    from config.settings import API_CALLS_PER_MINUTE

    assert API_CALLS_PER_MINUTE >= 300
