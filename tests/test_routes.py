"""Who may open what: every address × every role, from the URL resolver. An address missing from the table fails.

Addresses of objects name one of Tokyo's; the drafter of Jeddah and a stranger find nothing there.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from audit.models import Entry
from calendar_app.models import Audience, Hold, Holiday, Network, Observance, Post, Reminder, Theme
from calendar_app.queries.mail import latest
from missions.models import Absence, Region
from tests.cast import NOW, Cast
from tests.routes import NOBODYS, ROLES, Address, addresses, client_of, objects

Rule = dict[str, str]

# What a role meets: "ok" (the view itself answers), "sign in" (sent to the sign-in page; 401 from the API), 403 or 404.


def only(*ok: str, others: str = "403", elsewhere: str = "") -> Rule:
    """These roles may; signed out one is asked to sign in; the rest meet `others`, those of no or another mission
    `elsewhere`."""
    rule = dict.fromkeys(ROLES, others) | {"anonymous": "sign in"}
    rule |= dict.fromkeys(("stranger", "drafter_jeddah"), elsewhere or others)
    return rule | dict.fromkeys(ok, "ok")


def of_tokyo(*ok: str) -> Rule:
    """A post of Tokyo: unknown outside the mission and headquarters, and forbidden to those whose role is too low."""
    return only(*ok, elsewhere="404")


EVERYBODY = dict.fromkeys(ROLES, "ok")
SIGNED_IN = only(*ROLES[1:])
READ = of_tokyo("drafter_tokyo", "head_tokyo", "editor", "manager", "admin")
WRITE = of_tokyo("drafter_tokyo", "head_tokyo")
SIGN_OFF = of_tokyo("head_tokyo")
CANCEL = of_tokyo("drafter_tokyo", "head_tokyo", "editor")
RETRACT = of_tokyo("head_tokyo", "editor")
REVIEW = of_tokyo("editor")
READ_REVIEW = of_tokyo("editor", "manager", "admin")
DRAFT = only("drafter_tokyo", "head_tokyo", "drafter_jeddah")
HQ = only("editor", "manager", "admin")
HOLDS = only("editor", "admin")
MINE = only("drafter_tokyo", others="404")
ADMIN = only("admin")
KEEP_ABSENCES = of_tokyo("drafter_tokyo", "head_tokyo", "admin")


@dataclass
class Route:
    """`on`: the object in the address (`tests/routes.py`); the rule for each method that is served; what is sent."""

    on: str = ""
    GET: Rule = field(default_factory=dict)
    POST: Rule = field(default_factory=dict)
    PATCH: Rule = field(default_factory=dict)
    DELETE: Rule = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def rules(self) -> dict[str, Rule]:
        return {method: rule for method in METHODS if (rule := getattr(self, method, None))}


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
R = Route

PAGES = {
    "today": R(GET=SIGNED_IN),
    "calendar": R(GET=SIGNED_IN),
    "posts": R(GET=SIGNED_IN),
    "post_new": R(GET=DRAFT, POST=DRAFT),
    "post_count": R(POST=SIGNED_IN, body={"networks": "x", "main_text": "Halo"}),
    "post_week": R(GET=DRAFT),
    "post": R("in_review", GET=READ),
    "post_edit": R("draft", GET=WRITE, POST=WRITE),
    "post_publish": R("published", GET=WRITE, POST=WRITE),
    "post_acknowledge": R("approved", POST=CANCEL),  # who may publish, and who is on duty: nobody, so editors are
    "post_urgent": R("draft", GET=SIGN_OFF, POST=SIGN_OFF),
    "post_submit": R("draft", GET=WRITE, POST=WRITE),
    "post_sign_off": R("signoff", GET=SIGN_OFF, POST=SIGN_OFF),
    "post_send_back": R("signoff", GET=SIGN_OFF, POST=SIGN_OFF),
    "post_withdraw": R("in_review", GET=WRITE, POST=WRITE),
    "post_recall": R("approved", GET=REVIEW, POST=REVIEW),
    "post_move": R("approved", GET=WRITE, POST=WRITE),
    "post_cancel": R("in_review", GET=CANCEL, POST=CANCEL),
    "post_delete": R("draft", GET=WRITE, POST=WRITE),
    "post_retract": R("published", GET=RETRACT, POST=RETRACT),
    "review_queue": R(GET=HQ),
    "review": R("in_review", GET=READ_REVIEW, POST=REVIEW),
    "themes": R(GET=SIGNED_IN),
    "theme": R("theme", GET=SIGNED_IN),
    "missions": R(GET=SIGNED_IN),
    "mission": R("mission", GET=SIGNED_IN),
    "holds": R(GET=SIGNED_IN, POST=HOLDS),
    "hold_lift": R("hold", GET=HOLDS, POST=HOLDS),
    "notifications": R(GET=SIGNED_IN),
    "notifications_read_all": R(POST=SIGNED_IN),
    "notification_open": R("notice", POST=MINE),
    "notification_acknowledge": R("notice", POST=MINE),
    "notifications_count": R(GET=SIGNED_IN),
    "acknowledge": R("acknowledge", GET=EVERYBODY, POST=EVERYBODY),
    "profile": R(GET=SIGNED_IN, POST=SIGNED_IN),
    "token_revoke": R("token", POST=MINE),
    "device_add": R(POST=SIGNED_IN),
    "device_end": R("device", POST=MINE),
    "service_worker": R(GET=EVERYBODY),
    "webhooks": R(GET=ADMIN),
    "webhook_new": R(GET=ADMIN, POST=ADMIN),
    "webhook": R("webhook", GET=ADMIN),
    "webhook_edit": R("webhook", GET=ADMIN, POST=ADMIN),
    "webhook_rotate": R("webhook", POST=ADMIN),
    "webhook_switch": R("webhook", POST=ADMIN),
    "webhook_test": R("webhook", POST=ADMIN),
    "webhook_resend": R("webhook_call", POST=ADMIN),
    "absences": R("person", GET=KEEP_ABSENCES, POST=KEEP_ABSENCES),
    "absence_end": R("absence", POST=KEEP_ABSENCES),
    "unsubscribe": R("unsubscribe", GET=EVERYBODY, POST=EVERYBODY),
    "mail": R(GET=ADMIN),
    "mail_message": R("mail", GET=ADMIN),
    "operations": R(GET=ADMIN),
    "operations_numbers": R(GET=ADMIN),
    "operations_pause": R(POST=ADMIN),
    "operations_resume": R("pause", POST=ADMIN),
    "operations_try": R("breaker", POST=ADMIN),
    "operations_send_all": R(POST=ADMIN),
    "operations_send": R("reminder", POST=ADMIN),
    "operations_accept_all": R(POST=ADMIN),
    "operations_accept": R("reminder", POST=ADMIN),
    "styleguide": R(GET=SIGNED_IN),
    "set_language": R(POST=EVERYBODY),
    "healthz": R(GET=EVERYBODY),
    "readyz": R(GET=dict.fromkeys(ROLES, "503")),  # no broker runs here
    "metrics": R(GET=dict.fromkeys(ROLES, "404") | {"admin": "ok"}),  # a token is set, so this machine must show it
}

SIGN_IN = {
    "account_login": R(GET=EVERYBODY, POST=EVERYBODY),
    "account_logout": R(GET=EVERYBODY, POST=EVERYBODY),
    "account_inactive": R(GET=EVERYBODY),
    "account_change_password": R(GET=SIGNED_IN, POST=SIGNED_IN),
    "account_reset_password": R(GET=EVERYBODY, POST=EVERYBODY),
    "account_reset_password_done": R(GET=EVERYBODY),
    "account_reset_password_from_key": R("key", GET=EVERYBODY, POST=EVERYBODY),
    "account_reset_password_from_key_done": R(GET=EVERYBODY),
}

API = {
    "api_schema": R(GET=SIGNED_IN),
    "api_docs": R(GET=SIGNED_IN),
    "api_me": R(GET=SIGNED_IN),
    "api_regions": R(GET=SIGNED_IN),
    "api_missions": R(GET=SIGNED_IN),
    "api_mission": R("mission", GET=SIGNED_IN),
    "api_themes": R(GET=SIGNED_IN),
    "api_audiences": R(GET=SIGNED_IN),
    "api_observances": R(GET=SIGNED_IN),
    "api_networks": R(GET=SIGNED_IN),
    "api_count": R("network", POST=SIGNED_IN),
    "api_posts": R(
        GET=SIGNED_IN,
        POST=only("drafter_tokyo", "head_tokyo") | {"drafter_jeddah": "404"},
        body={"mission": "kbri-tokyo"},
    ),
    "api_post": R("draft", GET=READ, PATCH=WRITE, DELETE=WRITE),
    "api_post_history": R("in_review", GET=READ),
    "api_submit": R("draft", POST=WRITE),
    "api_sign_off": R("signoff", POST=SIGN_OFF),
    "api_send_back": R("signoff", POST=SIGN_OFF),
    "api_withdraw": R("in_review", POST=WRITE),
    "api_approve": R("in_review", POST=REVIEW),
    "api_request_changes": R("in_review", POST=REVIEW),
    "api_decline": R("in_review", POST=REVIEW),
    "api_recall": R("approved", POST=REVIEW),
    "api_reschedule": R("approved", POST=WRITE),
    "api_mark_published": R("approved", POST=WRITE),
    "api_publish_urgent": R("draft", POST=SIGN_OFF),
    "api_review_afterwards": R("urgent", POST=REVIEW),
    "api_cancel": R("in_review", POST=CANCEL),
    "api_retract": R("published", POST=RETRACT),
    "api_review_queue": R(GET=HQ),
    "api_holds": R(GET=SIGNED_IN, POST=HOLDS),
    "api_hold_lift": R("hold", POST=HOLDS),
    "api_calendar": R(GET=SIGNED_IN, body={"view": "network", "date": "2026-11-26"}),
    "api_reminders": R(GET=SIGNED_IN),
    "api_notifications": R(GET=SIGNED_IN),
    "api_notification_read": R("notice", POST=MINE),
    "api_notification_acknowledge": R("notice", POST=MINE),
}

# Django's admin, for administrators only. What they meet there: nobody deletes, and records are only looked at.
NOT_EVEN_ADMIN = only()
AUTOCOMPLETE = {"app_label": "missions", "model_name": "membership", "field_name": "mission", "term": "tok"}
LOOK, WRITE_ROWS = "look", "write"
ADMIN_MODELS = {
    "missions_person": WRITE_ROWS,
    "missions_mission": WRITE_ROWS,
    "missions_absence": LOOK,
    "missions_region": WRITE_ROWS,
    "calendar_app_theme": WRITE_ROWS,
    "calendar_app_network": WRITE_ROWS,
    "calendar_app_audience": WRITE_ROWS,
    "calendar_app_observance": WRITE_ROWS,
    "calendar_app_post": LOOK,
    "calendar_app_hold": LOOK,
    "calendar_app_reminder": LOOK,
    "calendar_app_holiday": LOOK,
    "audit_entry": LOOK,
}


def admin_routes() -> dict[str, Route]:
    routes = {
        "admin:index": R(GET=ADMIN),
        "admin:login": R(GET=dict.fromkeys(ROLES, "sign in")),
        "admin:autocomplete": R(GET=ADMIN, body=AUTOCOMPLETE),
        "admin:jsi18n": R(GET=ADMIN),
        "admin:app_list": R("app", GET=ADMIN),
        "admin/<url>": R("url", GET=only(others="403") | {"admin": "404"}),
    }
    for model, kind in ADMIN_MODELS.items():
        writes = ADMIN if kind == WRITE_ROWS else NOT_EVEN_ADMIN
        app, _underscore, noun = model.rpartition("_")
        routes |= {
            f"admin:{model}_changelist": R(GET=ADMIN, POST=ADMIN),
            f"admin:{model}_add": R(GET=writes, POST=writes),
            f"admin:{model}_change": R(model, GET=ADMIN, POST=writes),
            f"admin:{model}_history": R(model, GET=ADMIN),
            f"admin:{model}_delete": R(model, GET=NOT_EVEN_ADMIN, POST=NOT_EVEN_ADMIN),
            f"admin/{app}/{noun}/<object_id>/": R(model, GET=ADMIN),  # an old address: on to the change page
        }
    return routes


TABLE = PAGES | SIGN_IN | API | admin_routes()
ADDRESSES = {address.name: address for address in addresses()}
EXEMPT = {
    "healthz",
    "readyz",
    "metrics",
    "service_worker",
    "set_language",
    "unsubscribe",
    "acknowledge",
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "admin:login",
}


@pytest.fixture
def values(cast: Cast, frozen: None, settings: Any, tmp_path: Path) -> dict[str, dict[str, Any]]:
    """What stands in the addresses, by `Route.on`."""
    settings.MAIL_DIR = settings.EMAIL_FILE_PATH = tmp_path
    settings.METRICS_TOKEN = "for-the-collector"
    # the folder of a broker that another test may have started is not ours
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_out": str(tmp_path / "nobody")}
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    made = objects(cast)
    rows: dict[str, Any] = {
        "missions_person": cast.drafter_tokyo,
        "missions_mission": cast.tokyo,
        "missions_absence": Absence.objects.all()[0],
        "missions_region": Region.objects.all()[0],
        "calendar_app_theme": Theme.objects.all()[0],
        "calendar_app_network": Network.objects.all()[0],
        "calendar_app_audience": Audience.objects.all()[0],
        "calendar_app_observance": Observance.objects.all()[0],
        "calendar_app_post": Post.objects.all()[0],
        "calendar_app_hold": Hold.objects.all()[0],
        "calendar_app_reminder": Reminder.objects.all()[0],
        "calendar_app_holiday": Holiday.objects.create(country="JP", date=NOW.date(), name_local="勤労感謝の日"),
        "audit_entry": Entry.objects.all()[0],
    }
    made |= {name: {"object_id": row.pk} for name, row in rows.items()}
    return made | {"app": {"app_label": "missions"}, "url": {"url": "nothing/"}, "mail": {"name": latest()[0].key}}


def call(client: Client, method: str, address: Address, route: Route, values: dict[str, Any]) -> HttpResponse:
    """One request, undone afterwards: signing out, too."""
    cookies = client.cookies.copy()
    path = address.path(**values)
    arguments: dict[str, Any] = {"data": route.body or None}
    if path.startswith("/api/") and method != "GET":
        arguments = {"data": route.body, "content_type": "application/json"}
    with transaction.atomic():
        response: HttpResponse = getattr(client, method.lower())(path, **arguments)
        transaction.set_rollback(True)
    client.cookies = cookies
    return response


def outcome(response: HttpResponse, method: str) -> str:
    status = response.status_code
    if status == 401 or (status == 302 and "/login/?next=" in response.headers["Location"]):
        return "sign in"
    ok = {200, 302} if method == "GET" else {200, 201, 204, 302, 400, 409, 422}
    return "ok" if status in ok else str(status)


def unsafe(response: HttpResponse) -> list[str]:
    """What is missing among the headers that every answer, and every page, must carry."""
    wanted = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY"}
    wanted |= {"Cross-Origin-Opener-Policy": "same-origin"}
    bad = [name for name, value in wanted.items() if response.headers.get(name) != value]
    policy = response.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "unsafe" in policy or "*" in policy or "data:" in policy:
        bad.append(f"Content-Security-Policy {policy!r}")
    if response.headers.get("Content-Type", "").startswith("text/html"):
        text = response.content.decode()
        bad += re.findall(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=\"|javascript:", text)
    return bad


def test_every_address_is_in_the_table() -> None:
    assert set(ADDRESSES) - set(TABLE) == set(), "say in the table who may open these"
    assert set(TABLE) - set(ADDRESSES) == set(), "these addresses are gone"


@pytest.mark.parametrize("role", ROLES)
def test_every_address_answers_each_role_as_the_table_says(cast: Cast, values: dict[str, Any], role: str) -> None:
    client = client_of(cast, role)
    wrong = []
    for name, route in TABLE.items():
        for method, rule in route.rules.items():
            response = call(client, method, ADDRESSES[name], route, values[route.on])
            got = outcome(response, method)
            if got != rule[role]:
                wrong.append(f"{method} {name}: {got} ({response.status_code}), expected {rule[role]}")
            wrong += [f"{method} {name}: {fault}" for fault in unsafe(response)]
            if role != "anonymous" and "no-store" not in response.headers.get("Cache-Control", ""):
                wrong.append(f"{method} {name}: a proxy may keep it")
    assert not wrong, "\n".join(wrong)


def test_no_other_method_is_served(cast: Cast, values: dict[str, Any]) -> None:
    client = client_of(cast, "admin")
    served = []
    for name, route in (PAGES | API).items():
        for method in set(METHODS) - set(route.rules):
            response = call(client, method, ADDRESSES[name], route, values[route.on])
            if response.status_code != 405:
                served.append(f"{method} {name}: {response.status_code}")
    assert not served, "\n".join(served)


def test_only_these_addresses_answer_without_a_sign_in() -> None:
    """Those of the API refuse by themselves (401, as the table says), so that programs get a problem document."""
    exempt = {name for name, address in ADDRESSES.items() if not getattr(address.view, "login_required", True)}
    assert {name for name in exempt if not name.startswith("api_")} == EXEMPT


def test_what_is_not_yours_looks_like_what_does_not_exist(cast: Cast, values: dict[str, Any]) -> None:
    """Word for word, but for the number in the address."""
    client = client_of(cast, "drafter_jeddah")
    told, compared = [], 0
    for name, route in TABLE.items():
        for method, rule in route.rules.items():
            pk = values[route.on].get("pk")
            if rule["drafter_jeddah"] != "404" or pk is None:
                continue
            theirs = call(client, method, ADDRESSES[name], route, {"pk": pk})
            nothing = call(client, method, ADDRESSES[name], route, {"pk": NOBODYS})
            compared += 1
            if (theirs.status_code, body(theirs, pk)) != (nothing.status_code, body(nothing, NOBODYS)):
                told.append(f"{method} {name}")
    assert not told, "\n".join(told)
    assert compared > 40


def body(response: HttpResponse, pk: int) -> str:
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    text = re.sub(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b", "", text)  # the request's id
    return text.replace(f"/{pk}/", "/N/").replace(f"%2F{pk}%2F", "%2FN%2F")


def test_numbers_too_large_for_the_database_are_not_found(cast: Cast, values: dict[str, Any]) -> None:
    client = client_of(cast, "admin")
    for name, route in (PAGES | API).items():
        for method in route.rules:
            if ADDRESSES[name].is_numbered:
                response = call(client, method, ADDRESSES[name], route, {"pk": 10**30})
                assert response.status_code in (403, 404), (method, name)
