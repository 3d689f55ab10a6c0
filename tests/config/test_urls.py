import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse


@pytest.mark.parametrize("name", ["account_signup", "account_email", "admin:logout", "admin:password_change"])
def test_what_nobody_may_do_here_has_no_address(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize("path", ["/accounts/signup/", "/accounts/email/"])
def test_nobody_signs_up(client: Client, db: None, path: str) -> None:
    assert client.get(path).status_code in (302, 404)


def test_the_strict_policy_is_on_every_answer(client: Client, db: None) -> None:
    for path in ("/healthz", "/accounts/login/", "/no/such/page"):
        policy = client.get(path).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
