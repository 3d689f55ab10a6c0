"""The administrator's pages: who may enter, that services write, and what cannot be done there."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.core import mail
from django.forms import BaseInlineFormSet
from django.test import Client
from django.urls import NoReverseMatch, reverse

from audit.models import Entry
from calendar_app import clock
from calendar_app.forms.people import MembershipFormSet
from calendar_app.models import (
    Audience,
    Hold,
    Holiday,
    Kind,
    Network,
    Observance,
    Post,
    Reminder,
    Status,
    Theme,
    Way,
    Webhook,
)
from config import admin as site
from missions import services
from missions.models import Membership, Mission, Person, Role
from tests.cast import NOW, Cast, post_in

pytestmark = pytest.mark.usefixtures("frozen")

LISTS = ["missions_mission", "missions_region", "missions_person", "calendar_app_theme", "calendar_app_network"]
LISTS += ["calendar_app_audience", "calendar_app_observance", "calendar_app_post", "calendar_app_hold"]
LISTS += ["calendar_app_reminder", "calendar_app_holiday", "audit_entry"]
READ_ONLY = ["calendar_app_post", "calendar_app_hold", "calendar_app_reminder", "calendar_app_holiday", "audit_entry"]


@pytest.fixture
def client(cast: Cast, sign_in: Any) -> Client:
    return sign_in(cast.admin)


def change_url(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def fill(client: Client, url: str, **changes: Any) -> dict[str, Any]:
    """What the form at `url` would send, with `changes`."""
    context = client.get(url).context
    data: dict[str, Any] = {}
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for field in form:
            value = field.value()
            if value is not None and value is not False:
                data[field.html_name] = value
    return {key: value for key, value in (data | changes).items() if value is not None}


def last_entry() -> Entry:
    return Entry.objects.order_by("-id")[0]


# Who may enter --------------------------------------------------------------------------


def test_signed_out_people_go_to_the_sign_in_page_of_the_product(cast: Cast) -> None:
    for path in ("/admin/missions/mission/", "/admin/login/?next=/admin/missions/mission/"):
        response = Client().get(path)
        assert response.status_code == 302
        assert response.headers["Location"] == f"{reverse('account_login')}?next=/admin/missions/mission/"


@pytest.mark.parametrize("who", ["editor", "manager", "head_tokyo", "drafter_tokyo", "stranger"])
@pytest.mark.parametrize(
    "path", ["", "missions/mission/", "missions/person/add/", "autocomplete/", "jsi18n/", "nowhere/"]
)
def test_only_administrators_enter(cast: Cast, sign_in: Any, who: str, path: str) -> None:
    assert sign_in(getattr(cast, who)).get(f"/admin/{path}").status_code == 403


def test_only_pages_of_ours_are_there(client: Client) -> None:
    assert {model._meta.app_label for model in admin.site._registry} == {"audit", "missions", "calendar_app"}
    for gone in ("logout", "password_change", "view_on_site", "missions_person_delete_selected"):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:{gone}")


@pytest.mark.parametrize("name", LISTS)
def test_every_list_opens_and_searches(cast: Cast, client: Client, name: str) -> None:
    post_in(Status.IN_REVIEW, cast)
    url = reverse(f"admin:{name}_changelist")
    assert client.get(url).status_code == 200
    assert client.get(url, {"q": "kopi"}).status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_every_filter_that_a_list_offers_works(cast: Cast, client: Client, name: str) -> None:
    post_in(Status.IN_REVIEW, cast)
    url = reverse(f"admin:{name}_changelist")
    page = client.get(url)
    offered = {
        choice["query_string"]
        for spec in page.context["cl"].filter_specs
        for choice in spec.choices(page.context["cl"])
        if choice.get("query_string")
    }
    assert [query for query in sorted(offered) if client.get(url + query).status_code != 200] == []


@pytest.mark.parametrize(
    "query",
    ["password__startswith=a", "password__regex=(", "password=", "email__regex=(", "memberships__person__password=a",
     "is_active__regex=(", "id__gt=0"],
)  # fmt: skip
def test_nothing_but_the_filters_of_a_list_can_be_asked_for(client: Client, query: str) -> None:
    assert client.get(f"/admin/missions/person/?{query}").status_code == 400


@pytest.mark.parametrize("name", LISTS)
def test_people_cannot_be_probed_from_any_list(client: Client, name: str) -> None:
    for field in ("recipient", "created_by", "made_by", "memberships__person"):
        response = client.get(reverse(f"admin:{name}_changelist"), {f"{field}__password__startswith": "a"})
        assert response.status_code == 400


def test_index_is_indonesian_and_leads_back(client: Client) -> None:
    page = client.get("/admin/").content.decode()
    assert "Siapa dan di mana" in page
    assert '<a href="/">Kembali ke Selaras</a>' in page
    assert "Recent actions" not in page


def test_every_entry_of_the_first_page_leads_somewhere(client: Client) -> None:
    listed = {model["object_name"] for group in client.get("/admin/").context["app_list"] for model in group["models"]}
    assert listed == {name for _group, known in site.GROUPS for name in known}


def test_holidays_are_listed_by_country_and_found(client: Client) -> None:
    for country, name in (("JP", "勤労感謝の日"), ("SA", "اليوم الوطني"), ("SA", "يوم التأسيس")):
        day = NOW.date() + timedelta(days=Holiday.objects.count())
        Holiday.objects.create(country=country, date=day, name_local=name)
    url = reverse("admin:calendar_app_holiday_changelist")
    shown = client.get(url, {"country": "JP"}).content.decode()
    assert "勤労感謝の日" in shown
    assert "اليوم الوطني" not in shown
    assert "Arab Saudi" in shown  # as a choice of the filter
    found = client.get(url, {"q": "تأسيس"})
    assert [row.name_local for row in found.context["cl"].result_list] == ["يوم التأسيس"]
    first = client.get(url).context["cl"].result_list[0]
    assert first.country == "JP"
    assert "Jepang" in client.get(change_url(first)).content.decode()


# What cannot be done --------------------------------------------------------------------


@pytest.mark.parametrize("name", READ_ONLY)
def test_records_are_only_looked_at(cast: Cast, client: Client, name: str) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    Hold.objects.create(scope="all", reason="Uji", made_by=cast.admin, made_at=NOW)
    Holiday.objects.create(country="JP", date=NOW.date(), name_local="勤労感謝の日")
    model = {f"{m._meta.app_label}_{m._meta.model_name}": m for m in (Post, Hold, Reminder, Holiday, Entry)}[name]
    row = model.objects.order_by("-pk")[0]
    before = list(model.objects.values().order_by("pk"))
    assert client.get(change_url(row)).status_code == 200
    assert client.post(change_url(row), {"status": "approved", "state": "sent", "action": "x"}).status_code == 403
    assert client.get(reverse(f"admin:{name}_add")).status_code == 403
    assert client.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    client.post(reverse(f"admin:{name}_changelist"), {"action": "delete_selected", "_selected_action": [row.pk]})
    assert list(model.objects.values().order_by("pk")) == before
    post.refresh_from_db()
    assert post.status == Status.IN_REVIEW


@pytest.mark.parametrize("name", LISTS)
def test_nothing_is_deleted(cast: Cast, client: Client, name: str) -> None:
    model = {f"{m._meta.app_label}_{m._meta.model_name}": m for m in admin.site._registry}[name]
    row = model.objects.order_by("pk").first()
    if row is None:
        return
    count = model.objects.count()
    assert client.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    client.post(reverse(f"admin:{name}_changelist"), {"action": "delete_selected", "_selected_action": [row.pk]})
    assert model.objects.count() == count


# Reference data -------------------------------------------------------------------------


def test_a_mission_is_changed_with_usable_fields_and_one_entry(cast: Cast, client: Client) -> None:
    url = change_url(cast.jeddah)
    data = fill(client, url, city="Jiddah", local_languages="ar, en; id", weekend=["4", "5"])
    before = Entry.objects.count()
    response = client.post(url, data)
    assert response.status_code == 302, response.context["errors"]
    stored = Mission.objects.get(pk=cast.jeddah.pk)
    assert (stored.city, stored.local_languages, stored.weekend) == ("Jiddah", ["ar", "en", "id"], [4, 5])
    assert Entry.objects.count() == before + 1
    entry = last_entry()
    assert (entry.action, entry.actor_id) == ("change_mission", cast.admin.pk)
    assert set(entry.data["changes"]) == {"city", "local_languages", "weekend"}


def test_saving_a_form_as_it_came_changes_nothing(cast: Cast, client: Client) -> None:
    rows = [cast.tokyo, Theme.objects.get(code="ekonomi-produk"), Network.objects.get(code="x")]
    rows += [Observance.objects.get(date="08-17"), Audience.objects.get(code="media"), cast.tokyo.region, cast.editor]
    before = Entry.objects.count()
    for row in rows:
        stored = type(row).objects.filter(pk=row.pk).values().get()
        response = client.post(change_url(row), fill(client, change_url(row)))
        assert response.status_code == 302, (row, response.context["errors"])
        assert type(row).objects.filter(pk=row.pk).values().get() == stored
    assert Entry.objects.count() == before


def test_a_change_of_zone_moves_the_posts_and_says_so(cast: Cast, client: Client) -> None:
    post = post_in(Status.DRAFT, cast)
    url = change_url(cast.tokyo)
    page = client.post(url, fill(client, url, timezone="Asia/Seoul"), follow=True).content.decode()
    assert "1 unggahan mendatang pindah ke Asia/Seoul" in page
    assert Post.objects.get(pk=post.pk).timezone == "Asia/Seoul"


def test_signoff_without_a_head_is_refused_beside_its_field(cast: Cast, client: Client) -> None:
    services.deactivate(by=cast.admin, at=NOW, person=cast.head_jeddah)
    url = change_url(cast.jeddah)
    response = client.post(url, fill(client, url, needs_signoff="on"))
    assert response.status_code == 200
    assert "needs_signoff" in response.context["adminform"].form.errors
    assert not Mission.objects.get(pk=cast.jeddah.pk).needs_signoff


def test_unknown_language_and_country_codes_are_refused(cast: Cast, client: Client) -> None:
    url = change_url(cast.tokyo)
    response = client.post(url, fill(client, url, local_languages="jp", concurrent_accreditation="Jepang"))
    assert set(response.context["adminform"].form.errors) == {"local_languages", "concurrent_accreditation"}


def test_a_code_is_set_once(cast: Cast, client: Client) -> None:
    url = change_url(cast.tokyo)
    client.post(url, fill(client, url, code="kbri-edo"))
    assert Mission.objects.get(pk=cast.tokyo.pk).code == "kbri-tokyo"


def test_a_theme_is_added_with_messages_by_line(cast: Cast, client: Client) -> None:
    url = reverse("admin:calendar_app_theme_add")
    parent = Theme.objects.get(code="ekonomi")
    names = {"code": "ekonomi-halal", "name_id": "Halal", "name_en": "Halal", "order": 99, "is_active": "on"}
    messages = "Halal, dan baik.\nMudah dibeli.\n"
    data = fill(client, url, **names, parent=parent.pk, letter="P", key_messages=messages, hashtags="#Halal, #ID")
    assert "letter" in client.post(url, data).context["adminform"].form.errors
    client.post(url, data | {"letter": "E"})
    theme = Theme.objects.get(code="ekonomi-halal")
    assert theme.key_messages == ["Halal, dan baik.", "Mudah dibeli."]
    assert theme.hashtags == ["#Halal", "#ID"]
    assert last_entry().action == "add_theme"


def test_an_observance_suggests_themes_by_name(cast: Cast, client: Client) -> None:
    row = Observance.objects.get(date="12-22")
    url = change_url(row)
    client.post(url, fill(client, url, suggested_theme=["publik-budaya"]))
    row.refresh_from_db()
    assert row.suggested_theme == ["publik-budaya"]
    response = client.post(url, fill(client, url, date="13-01"))
    assert "date" in response.context["adminform"].form.errors


# People ---------------------------------------------------------------------------------


def invite(client: Client, **changes: Any) -> Any:
    url = reverse("admin:missions_person_add")
    return client.post(
        url, fill(client, url, name="Penyusun Baru", email="Baru@Test.Example", language="id", **changes)
    )


def roles_of(person: Person) -> set[tuple[str | None, str]]:
    return set(Membership.objects.filter(person=person).values_list("mission__code", "role"))


def test_a_person_is_invited_with_a_role_and_a_letter(
    cast: Cast, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    role = {"memberships-TOTAL_FORMS": 1, "memberships-0-role": Role.DRAFTER, "memberships-0-mission": cast.tokyo.pk}
    with django_capture_on_commit_callbacks(execute=True):
        response = invite(client, **role)
    assert response.status_code == 302, response.context["errors"]
    person = Person.objects.get(email="baru@test.example")
    assert roles_of(person) == {("kbri-tokyo", "drafter")}
    assert not person.has_usable_password()
    assert [
        entry.action for entry in Entry.objects.filter(object_kind="person", object_id=person.pk).order_by("id")
    ] == [
        "add_person",
        "add_membership",
        "send_invitation",
    ]
    letter = mail.outbox[-1]
    assert letter.to == ["baru@test.example"]
    link = next(word for word in letter.body.split() if "/password/reset/key/" in word)
    guest = Client()
    page = guest.get(link.removeprefix("http://127.0.0.1:8000"), follow=True)
    assert page.status_code == 200
    guest.post(page.request["PATH_INFO"], {"password1": "kelapa-muda-2026", "password2": "kelapa-muda-2026"})
    assert Person.objects.get(pk=person.pk).check_password("kelapa-muda-2026")


def test_a_role_that_does_not_fit_its_place_is_refused(cast: Cast, client: Client) -> None:
    response = invite(client, **{"memberships-TOTAL_FORMS": 1, "memberships-0-role": Role.DRAFTER})
    assert response.status_code == 200
    assert not Person.objects.filter(email="baru@test.example").exists()


def test_a_taken_address_is_refused_beside_its_field(cast: Cast, client: Client) -> None:
    response = client.post(
        reverse("admin:missions_person_add"),
        fill(client, reverse("admin:missions_person_add"), name="X", email="EDITOR@test.example", language="id"),
    )
    assert "email" in response.context["adminform"].form.errors


def test_when_mail_fails_the_person_stays_and_the_administrator_is_told(
    cast: Cast, client: Client, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **options: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("calendar_app.services.people.send_mail", broken)
    with django_capture_on_commit_callbacks(execute=True):
        assert invite(client).status_code == 302
    assert Person.objects.filter(email="baru@test.example").exists()
    assert not Entry.objects.filter(action="send_invitation").exists()


def test_roles_change_and_end_on_the_page_of_the_person(cast: Cast, client: Client) -> None:
    url = change_url(cast.drafter_jeddah)
    client.post(url, fill(client, url, **{"memberships-0-role": Role.HEAD, "memberships-0-mission": cast.tokyo.pk}))
    assert roles_of(cast.drafter_jeddah) == {("kbri-tokyo", "head")}
    assert last_entry().action == "change_membership"
    client.post(url, fill(client, url, **{"memberships-0-DELETE": "on"}))
    assert roles_of(cast.drafter_jeddah) == set()
    assert last_entry().action == "remove_membership"


def test_duty_is_ticked_beside_the_role(cast: Cast, client: Client) -> None:
    url = change_url(cast.editor)
    client.post(url, fill(client, url, **{"memberships-0-on_duty": "on"}))
    assert cast.editor.memberships.get().on_duty
    assert "piket)" in client.get(reverse("admin:missions_person_changelist")).content.decode()
    client.post(url, fill(client, url, **{"memberships-0-on_duty": None}))
    assert not cast.editor.memberships.get().on_duty
    url = change_url(cast.head_jeddah)
    refused = client.post(url, fill(client, url, **{"memberships-0-on_duty": "on"}))
    assert "Hanya orang di kantor pusat yang dapat bertugas piket." in refused.content.decode()


@pytest.mark.parametrize(
    "change", [{"memberships-0-DELETE": "on"}, {"memberships-0-role": Role.DRAFTER}, {"is_active": None}]
)
def test_the_last_head_stays_with_a_reason(cast: Cast, client: Client, change: dict[str, Any]) -> None:
    url = change_url(cast.head_tokyo)
    response = client.post(url, fill(client, url, **change))
    assert response.status_code == 200
    assert "Kepala Perwakilan aktif terakhir" in response.content.decode()
    assert roles_of(cast.head_tokyo) == {("kbri-tokyo", "head")}
    assert Person.objects.get(pk=cast.head_tokyo.pk).is_active


def test_a_refusal_that_the_form_did_not_foresee_is_shown_and_undone(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else took the other head away between the check and the write."""
    monkeypatch.setattr(MembershipFormSet, "clean", BaseInlineFormSet.clean)
    url = change_url(cast.head_tokyo)
    data = fill(client, url, **{"name": "Nama Lain", "memberships-0-DELETE": "on"})
    page = client.post(url, data, follow=True)
    assert "Kepala Perwakilan aktif terakhir" in page.content.decode()
    assert Person.objects.get(pk=cast.head_tokyo.pk).name == "Kepala Tokyo"


def test_what_somebody_else_has_just_added_is_said_in_words(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both administrators passed the checks before either wrote."""
    for model in (Person, Membership):
        monkeypatch.setattr(model, "validate_unique", lambda *_, **__: None)
        monkeypatch.setattr(model, "validate_constraints", lambda *_, **__: None)
    monkeypatch.setattr(MembershipFormSet, "validate_unique", lambda *_: None)
    people = Person.objects.count()
    url = reverse("admin:missions_person_add")
    page = client.post(url, fill(client, url, name="X", email="editor@test.example", language="id"), follow=True)
    assert "orang lain baru saja menyimpan hal yang sama" in page.content.decode()
    assert Person.objects.count() == people
    url, held = change_url(cast.editor), {"memberships-1-role": Role.EDITOR, "memberships-1-mission": ""}
    page = client.post(url, fill(client, url, **{"name": "Lain", "memberships-TOTAL_FORMS": 2} | held), follow=True)
    assert "orang lain baru saja menyimpan hal yang sama" in page.content.decode()
    assert Person.objects.get(pk=cast.editor.pk).name != "Lain"


def test_unticking_active_shuts_out_and_ticking_mails_a_new_link(
    cast: Cast, client: Client, sign_in: Any, django_capture_on_commit_callbacks: Any
) -> None:
    theirs = sign_in(cast.editor)
    url = change_url(cast.editor)
    client.post(url, fill(client, url, is_active=None))
    assert not Person.objects.get(pk=cast.editor.pk).is_active
    assert theirs.get("/admin/").status_code == 302
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url, fill(client, url, is_active="on"))
    assert Person.objects.get(pk=cast.editor.pk).is_active
    assert mail.outbox[-1].to == [cast.editor.email]


def test_actions_work_on_many_and_name_who_stays(
    cast: Cast, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    url = reverse("admin:missions_person_changelist")
    chosen = [cast.editor.pk, cast.head_tokyo.pk]
    page = client.post(url, {"action": "deactivate", "_selected_action": chosen}, follow=True).content.decode()
    assert "Peninjau Satu dinonaktifkan" in page
    assert "Kepala Tokyo adalah Kepala Perwakilan aktif terakhir" in page
    assert [Person.objects.get(pk=pk).is_active for pk in chosen] == [False, True]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url, {"action": "reactivate", "_selected_action": chosen})
    assert Person.objects.get(pk=cast.editor.pk).is_active
    assert [letter.to for letter in mail.outbox] == [[cast.editor.email]]


def test_no_password_is_shown_or_taken(cast: Cast, client: Client) -> None:
    url = change_url(cast.editor)
    assert cast.editor.password not in client.get(url).content.decode()
    client.post(url, fill(client, url, password="x", is_demo="on"))
    stored = Person.objects.get(pk=cast.editor.pk)
    assert (stored.password, stored.is_demo) == (cast.editor.password, False)


# Audit ----------------------------------------------------------------------------------


def test_history_of_a_row_is_its_audit_trail(cast: Cast, client: Client) -> None:
    cast.jeddah.city = "Jiddah"
    services.save_mission(by=cast.admin, at=NOW, mission=cast.jeddah)
    url = reverse("admin:missions_mission_history", args=[cast.jeddah.pk])
    page = client.get(url, follow=True)
    assert page.status_code == 200
    assert list(page.context["cl"].queryset.values_list("action", flat=True)) == ["change_mission"]
    assert "25 Nov. 2026, 9.00" in page.content.decode()  # Jakarta's clock, where the database says 02.00 UTC


def test_audit_filters_by_action_and_kind(cast: Cast, client: Client) -> None:
    post_in(Status.IN_REVIEW, cast)
    url = reverse("admin:audit_entry_changelist")
    found = client.get(url, {"action": "submit", "object_kind": "post"}).context["cl"].queryset
    assert [entry.action for entry in found] == ["submit"]


@pytest.mark.parametrize(
    "name", ["calendar_app_post", "missions_person", "audit_entry", "calendar_app_reminder", "calendar_app_hold"]
)
def test_lists_cost_the_same_for_twice_the_rows(
    cast: Cast, client: Client, name: str, django_assert_max_num_queries: Any
) -> None:
    def more(number: int) -> None:
        for index in range(3):
            post = post_in(Status.DRAFT, cast, jeddah=bool(index % 2))
            person = services.invite(
                by=cast.admin,
                at=NOW,
                email=f"orang{number}{index}@test.example",
                name="Orang",
                memberships=[(cast.tokyo, Role.DRAFTER), (cast.jeddah, Role.DRAFTER)],
            )
            Hold.objects.create(scope="mission", mission=cast.tokyo, reason="Uji", made_by=person, made_at=NOW)
            Reminder.objects.create(
                identity=f"{number}-{index}",
                kind=Kind.PUBLISH_SOON,
                way=Way.IN_APP,
                post=post,
                recipient=person,
                due_at=NOW,
                valid_until=NOW + timedelta(days=1),
            )

    def cost() -> int:
        with clock.fixed(NOW), django_assert_max_num_queries(20) as queries:
            assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200
        return len(queries)

    more(1)
    first = cost()
    more(2)
    assert cost() == first


def test_fields_in_a_table_of_forms_are_named_for_those_who_listen(cast: Cast, client: Client) -> None:
    page = client.get(f"/admin/missions/person/{cast.head_tokyo.pk}/change/").content.decode()
    role = re.search(r'<select name="memberships-0-role"[^>]*>', page)
    assert role
    assert 'aria-label="Peran"' in role[0]
    assert 'aria-label="Cabut peran ini"' in page


def test_the_first_page_groups_by_purpose_and_leaves_nothing_out(client: Client) -> None:
    page = client.get("/admin/").content.decode()
    for model in admin.site._registry:
        assert f'href="/admin/{model._meta.app_label}/{model._meta.model_name}/"' in page
    assert "Undang orang, beri peran" in page


def test_a_reminder_to_a_chat_bridge_names_it(cast: Cast, client: Client) -> None:
    made = {"salt": "x", "made_by": cast.admin, "made_at": NOW}
    bridge = Webhook.objects.create(name="Jembatan piket", url="https://chat.example/x", **made)
    post = post_in(Status.APPROVED, cast)
    row = Reminder.objects.create(
        identity="x", kind=Kind.PUBLISH_NOW, way=Way.WEBHOOK, post=post, webhook=bridge, due_at=NOW, valid_until=NOW
    )
    assert "Jembatan piket" in client.get(reverse("admin:calendar_app_reminder_changelist")).content.decode()
    assert "Jembatan piket" in client.get(change_url(row)).content.decode()
    assert client.get(reverse("admin:calendar_app_reminder_changelist"), {"q": "piket"}).status_code == 200
