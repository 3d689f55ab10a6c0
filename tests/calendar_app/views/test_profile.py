"""My profile: who I am, what I am mailed, my tokens."""

import html
import re
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from audit.models import Entry
from calendar_app.models import Kind, Reminder
from missions import tokens
from missions.models import ApiToken, Person
from tests.cast import NOW, Cast

SignIn = Callable[[Any], Client]
pytestmark = pytest.mark.usefixtures("frozen")
ME = {
    "do": "person",
    "name": "Sari Wulandari",
    "language": "id",
    "timezone": "Asia/Tokyo",
    "appearance": "auto",
    "single_keys": "on",
}


def text_of(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


def test_name_language_and_zone_are_saved_with_an_entry(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.drafter_tokyo)
    response = client.post("/profile/", ME | {"language": "en"})
    assert response.status_code == 302
    assert response.cookies["django_language"].value == "en"
    person = Person.objects.get(pk=cast.drafter_tokyo.pk)
    assert (person.name, person.language, person.timezone) == ("Sari Wulandari", "en", "Asia/Tokyo")
    entry = Entry.objects.get(action="change_profile")
    assert (entry.actor_id, entry.at) == (person.pk, NOW)
    assert entry.data["changes"]["name"] == ["Penyusun Tokyo", "Sari Wulandari"]


def test_a_name_is_one_line_without_characters_that_turn_it_around(cast: Cast, sign_in: SignIn) -> None:
    sign_in(cast.drafter_tokyo).post("/profile/", ME | {"name": "Sari\r\n\u202eWulan\u2066dari\tP."})
    assert Person.objects.get(pk=cast.drafter_tokyo.pk).name == "Sari Wulandari P."


def test_saving_the_same_again_leaves_no_entry(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.drafter_tokyo)
    client.post("/profile/", ME)
    client.post("/profile/", ME)
    assert Entry.objects.filter(action="change_profile").count() == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("tokyo", "Asia/Tokyo"), ("new york", "America/New_York"), ("asia/jakarta", "Asia/Jakarta"), ("", "")],
)
def test_a_city_is_understood(typed: str, kept: str, cast: Cast, sign_in: SignIn) -> None:
    sign_in(cast.drafter_tokyo).post("/profile/", ME | {"timezone": typed})
    assert Person.objects.get(pk=cast.drafter_tokyo.pk).timezone == kept


def test_pages_look_and_act_as_the_person_chose(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.drafter_tokyo)
    before = text_of(client.get("/profile/"))
    assert 'data-theme="auto"' in before
    assert 'data-keys="on"' in before
    client.post("/profile/", {key: value for key, value in ME.items() if key != "single_keys"} | {"appearance": "dark"})
    after = text_of(client.get("/posts/"))
    assert 'data-theme="dark"' in after
    assert 'data-keys="off"' in after
    changes = Entry.objects.get(action="change_profile").data["changes"]
    assert (changes["appearance"], changes["single_keys"]) == (["auto", "dark"], [True, False])


def test_the_administration_looks_as_the_person_chose(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.admin)
    client.post("/profile/", ME | {"appearance": "light"})
    assert 'data-appearance="light"' in text_of(client.get("/admin/"))


@pytest.mark.django_db
def test_who_is_not_signed_in_sees_what_the_device_prefers(client: Client) -> None:
    assert 'data-theme="auto"' in text_of(client.get("/accounts/login/"))


@pytest.mark.parametrize(
    "changes",
    [
        {"timezone": "Atlantis"},
        {"name": " "},
        {"name": "\u202e"},
        {"language": "tlh"},
        {"timezone": "\0"},
        {"appearance": "sepia"},
    ],
)
def test_what_will_not_do_is_said_and_the_rest_stays(changes: dict[str, str], cast: Cast, sign_in: SignIn) -> None:
    response = sign_in(cast.drafter_tokyo).post("/profile/", ME | changes)
    assert response.status_code == 422
    assert 'class="error"' in text_of(response)
    assert Person.objects.get(pk=cast.drafter_tokyo.pk).name == "Penyusun Tokyo"


def test_kinds_are_kept_out_of_the_mailbox(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.drafter_tokyo)
    client.post("/profile/", {"do": "mails", "kinds": ["decided"]})
    muted = Person.objects.get(pk=cast.drafter_tokyo.pk).muted_kinds
    assert "publish_soon" in muted
    assert "decided" not in muted
    assert not {Kind.PUBLISH_NOW, Kind.PUBLISH_OVERDUE, Kind.URGENT_PUBLISHED, Kind.HELD} & set(muted)
    assert "review_requested" not in muted
    page = text_of(client.get("/profile/"))
    assert re.search(r'value="decided"[^>]*checked', page)
    assert not re.search(r'value="publish_soon"[^>]*checked', page)


def test_only_kinds_that_somebody_can_get_are_offered(cast: Cast, sign_in: SignIn) -> None:
    def offered(person: Person) -> tuple[set[str], str]:
        page = text_of(sign_in(person).get("/profile/"))
        always = re.search(r"Selalu dikirim: ([^<]*)\.", page)
        assert always is not None
        return set(re.findall(r'name="kinds" value="(\w+)"', page)), always[1]

    kinds, always = offered(cast.drafter_tokyo)
    assert {"signoff_requested", "publish_soon", "week_ahead"} <= kinds
    assert not {"review_requested", "review_due"} & kinds
    assert "tayang mendesak" not in always
    assert offered(cast.editor)[0] == {"review_requested", "review_due"}
    kinds, always = offered(cast.manager)
    assert kinds == {"review_requested", "review_due", "week_ahead"}
    assert "tayang mendesak" in always
    assert "saatnya tayang" not in always


def test_what_was_chosen_of_other_kinds_stays(cast: Cast, sign_in: SignIn) -> None:
    Person.objects.filter(pk=cast.drafter_tokyo.pk).update(muted_kinds=["review_due"])
    sign_in(cast.drafter_tokyo).post("/profile/", {"do": "mails", "kinds": ["decided"]})
    muted = Person.objects.get(pk=cast.drafter_tokyo.pk).muted_kinds
    assert "review_due" in muted
    assert "review_requested" not in muted


def test_each_link_of_the_page_is_named_as_what_it_leads_to(cast: Cast, sign_in: SignIn) -> None:
    page = text_of(sign_in(cast.drafter_tokyo).get("/profile/"))
    links = dict(
        re.findall(r'<a href="#([\w-]+)">([^<]+)</a>', page.partition('class="ms-nav"')[2].partition("</nav>")[0])
    )
    assert links
    for anchor, name in links.items():
        assert re.search(rf'<section id="{anchor}"[^>]*><h2>{name}</h2>', page), anchor


def test_what_is_always_mailed_cannot_be_chosen(cast: Cast, sign_in: SignIn) -> None:
    response = sign_in(cast.drafter_tokyo).post("/profile/", {"do": "mails", "kinds": ["publish_now"]})
    assert response.status_code == 422
    assert Person.objects.get(pk=cast.drafter_tokyo.pk).muted_kinds == []


def test_a_token_is_shown_once_and_works(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.drafter_tokyo)
    sent = {"do": "token", "token-name": "Skrip", "token-scope": "read", "token-days": "30"}
    response = client.post("/profile/", sent)
    found = re.search(r"sel_[\w-]{43}", text_of(response))
    assert found
    assert "no-store" in response["Cache-Control"]
    assert found[0] not in text_of(client.get("/profile/"))
    token = tokens.authenticate(found[0], NOW)
    assert token is not None
    assert (token.person, token.scope) == (cast.drafter_tokyo, "read")


@pytest.mark.parametrize(
    "changes", [{"token-name": ""}, {"token-days": "0"}, {"token-days": "4000"}, {"token-scope": "x"}]
)
def test_no_token_from_a_form_that_will_not_do(changes: dict[str, str], cast: Cast, sign_in: SignIn) -> None:
    sent = {"do": "token", "token-name": "Skrip", "token-scope": "read", "token-days": "30"} | changes
    assert sign_in(cast.drafter_tokyo).post("/profile/", sent).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_by_its_person_alone(cast: Cast, sign_in: SignIn) -> None:
    token, raw = tokens.make(person=cast.drafter_tokyo, name="Skrip", scope="read", days=3, at=NOW)
    assert sign_in(cast.head_tokyo).post(f"/profile/tokens/{token.pk}/revoke/").status_code == 404
    client = sign_in(cast.drafter_tokyo)
    assert "Skrip" in text_of(client.get("/profile/"))
    assert client.post(f"/profile/tokens/{token.pk}/revoke/").status_code == 302
    assert tokens.authenticate(raw, NOW) is None


def test_the_switch_of_language_is_kept_with_an_entry(cast: Cast, sign_in: SignIn) -> None:
    sign_in(cast.drafter_tokyo).post("/language/", {"language": "en", "next": "/"})
    assert Person.objects.get(pk=cast.drafter_tokyo.pk).language == "en"
    assert Entry.objects.filter(action="change_profile").count() == 1


QUIET = {"do": "quiet", "quiet_from": "21:00", "quiet_until": "06:30", "quiet_days_off": "on"}


def test_quiet_hours_are_saved_with_an_entry_and_named_in_ones_own_zone(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.drafter_tokyo)
    assert client.post("/profile/", QUIET)["Location"] == "/profile/#tenang"
    person = Person.objects.get(pk=cast.drafter_tokyo.pk)
    assert (person.quiet_from, person.quiet_until, person.quiet_days_off) == (time(21), time(6, 30), True)
    changes = Entry.objects.get(action="change_profile").data["changes"]
    assert changes == {
        "quiet_from": [None, "21:00"],
        "quiet_until": [None, "06:30"],
        "quiet_days_off": [False, True],
    }
    page = text_of(client.get("/profile/"))
    assert 'value="21:00"' in page
    assert "menurut waktu Tokyo" in page
    assert "Sabtu, Minggu, dan hari libur nasional Jepang." in page
    assert "menurut waktu WIB" in text_of(sign_in(cast.editor).get("/profile/"))


def test_what_was_put_off_is_free_when_the_quiet_hours_change(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.drafter_tokyo)
    client.post("/profile/", QUIET)
    facts = {
        "kind": "decided",
        "way": "email",
        "due_at": NOW - timedelta(hours=1),
        "valid_until": NOW + timedelta(days=7),
    }
    later = {"not_before": NOW + timedelta(hours=8), "deferred_until": NOW + timedelta(hours=8)}
    mine = Reminder.objects.create(identity="a", recipient=cast.drafter_tokyo, **facts, **later)
    other = Reminder.objects.create(identity="b", recipient=cast.editor, **facts, **later)
    again = {"not_before": NOW + timedelta(hours=8)}
    failing = Reminder.objects.create(identity="c", recipient=cast.drafter_tokyo, **facts, **again)
    client.post("/profile/", QUIET)
    mine.refresh_from_db()
    assert mine.deferred_until
    client.post("/profile/", QUIET | {"quiet_until": "06:00"})
    for row in (mine, other, failing):
        row.refresh_from_db()
    assert (mine.not_before, mine.deferred_until) == (None, None)
    assert other.deferred_until
    assert failing.not_before


def test_quiet_hours_are_emptied(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.drafter_tokyo)
    client.post("/profile/", QUIET)
    client.post("/profile/", {"do": "quiet", "quiet_from": "", "quiet_until": ""})
    person = Person.objects.get(pk=cast.drafter_tokyo.pk)
    assert (person.quiet_from, person.quiet_until, person.quiet_days_off) == (None, None, False)


def test_the_profile_says_until_when_it_is_quiet_now(cast: Cast, sign_in: SignIn) -> None:
    """It is 11.00 in Tokyo."""
    client = sign_in(cast.drafter_tokyo)
    client.post("/profile/", QUIET | {"quiet_from": "10:00", "quiet_until": "12:30"})
    assert "Sekarang waktu tenang Anda, sampai" in text_of(client.get("/profile/"))
    client.post("/profile/", QUIET)
    assert "Sekarang waktu tenang Anda" not in text_of(client.get("/profile/"))


@pytest.mark.parametrize(
    "changes", [{"quiet_from": ""}, {"quiet_until": ""}, {"quiet_until": "21:00"}, {"quiet_from": "25:00"}]
)
def test_quiet_hours_with_one_end_or_none_between_are_refused(
    changes: dict[str, str], cast: Cast, sign_in: SignIn
) -> None:
    response = sign_in(cast.drafter_tokyo).post("/profile/", QUIET | changes)
    assert response.status_code == 422
    assert 'class="error"' in text_of(response)
    assert Person.objects.get(pk=cast.drafter_tokyo.pk).quiet_from is None
