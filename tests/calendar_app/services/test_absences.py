"""Absences: who may enter them for whom, which days, which deputies, and what is written down."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from audit.models import Entry
from calendar_app.forms.absences import AbsenceForm
from calendar_app.models import Kind, Post, Reminder, Status, Way
from calendar_app.queries import absences as queries
from calendar_app.queries.reminders import with_void
from calendar_app.services import absences as services
from calendar_app.services import reminders
from missions.models import Absence, Membership, Person, Role
from missions.roles import Permission
from tests.cast import NOW, Cast, post_in

DAY = timedelta(days=1)
TODAY, MONDAY, FRIDAY = date(2026, 11, 25), date(2026, 11, 30), date(2026, 12, 4)


def declare(cast: Cast, **changes: Any) -> Absence:
    facts: dict[str, Any] = {"person": cast.drafter_tokyo, "by": cast.drafter_tokyo, "at": NOW}
    return services.declare(**(facts | {"first": MONDAY, "last": FRIDAY, "deputy": cast.head_tokyo} | changes))


def refused(act: Callable[[], object]) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        act()
    return dict(caught.value.message_dict)


# What is written -----------------------------------------------------------------------


def test_days_run_from_midnight_to_midnight_of_the_persons_zone(cast: Cast) -> None:
    absence = declare(cast)
    assert absence.starts_at == datetime(2026, 11, 29, 15, 0, tzinfo=UTC), "midnight in Tokyo"
    assert absence.ends_at == datetime(2026, 12, 4, 15, 0, tzinfo=UTC), "the midnight after the last day"
    assert (absence.deputy, absence.cancelled_at) == (cast.head_tokyo, None)
    Person.objects.filter(pk=cast.drafter_jeddah.pk).update(timezone="Europe/Berlin")
    there = Person.objects.get(pk=cast.drafter_jeddah.pk)
    other = declare(cast, person=there, by=there, deputy=None)
    assert other.starts_at == datetime(2026, 11, 29, 23, 0, tzinfo=UTC), "one's own zone comes first"


def test_it_leaves_an_entry_with_who_and_for_whom(cast: Cast) -> None:
    declare(cast, by=cast.head_tokyo, deputy=None)
    entry = Entry.objects.get(action="declare_absence")
    assert (entry.actor_id, entry.object_id, entry.at) == (cast.head_tokyo.pk, cast.drafter_tokyo.pk, NOW)
    assert entry.data == {"first": "2026-11-30", "last": "2026-12-04", "deputy": None}


def test_one_day_that_is_today(cast: Cast) -> None:
    absence = declare(cast, first=TODAY, last=TODAY)
    assert absence.starts_at < NOW < absence.ends_at
    away = queries.of([cast.drafter_tokyo], NOW)[cast.drafter_tokyo.pk]
    assert [(one.first, one.last, one.is_now) for one in away] == [(TODAY, TODAY, True)]


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (TODAY - DAY, FRIDAY, "first"),
        (FRIDAY, MONDAY, "last"),
        (TODAY + 367 * DAY, TODAY + 368 * DAY, "first"),
        (MONDAY, MONDAY + 366 * DAY, "last"),
    ],
)
def test_days_that_make_no_sense_are_refused(cast: Cast, first: date, last: date, field: str) -> None:
    assert list(refused(lambda: declare(cast, first=first, last=last))) == [field]
    assert not Absence.objects.exists()
    assert not Entry.objects.filter(action="declare_absence").exists()


def test_today_is_the_persons_own(cast: Cast) -> None:
    """At 16.00 UTC it is tomorrow in Tokyo, and today in Jeddah."""
    late = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
    assert "first" in refused(lambda: declare(cast, at=late, first=TODAY, last=FRIDAY))
    jeddah = cast.drafter_jeddah
    assert declare(cast, person=jeddah, by=jeddah, at=late, first=TODAY, last=TODAY, deputy=None).pk


@pytest.mark.parametrize(("first", "last"), [(MONDAY, MONDAY), (FRIDAY, FRIDAY + DAY), (MONDAY - DAY, FRIDAY + DAY)])
def test_no_two_at_the_same_time(cast: Cast, first: date, last: date) -> None:
    declare(cast)
    assert list(refused(lambda: declare(cast, first=first, last=last))) == ["first"]


def test_one_begins_where_another_ends(cast: Cast) -> None:
    declare(cast)
    assert declare(cast, first=FRIDAY + DAY, last=FRIDAY + DAY).pk
    assert declare(cast, first=MONDAY - DAY, last=MONDAY - DAY).pk


def test_not_without_end(cast: Cast) -> None:
    for number in range(services.MOST):
        declare(cast, first=MONDAY + number * DAY, last=MONDAY + number * DAY)
    day = MONDAY + services.MOST * DAY
    assert list(refused(lambda: declare(cast, first=day, last=day))) == ["first"]


# Deputies ------------------------------------------------------------------------------


def test_deputies_are_of_the_same_place(cast: Cast) -> None:
    assert [deputy for deputy, _roles in queries.candidates(cast.drafter_tokyo)] == [cast.head_tokyo]
    hq = [deputy for deputy, _roles in queries.candidates(cast.editor)]
    assert set(hq) == {cast.editor2, cast.manager, cast.admin}
    assert queries.candidates(cast.stranger) == []


def test_who_cannot_decide_is_known_beside_their_name(cast: Cast) -> None:
    people = [cast.editor2, cast.manager, cast.admin]
    lacks = {Permission.REVIEW}
    assert queries.cannot_decide(cast.editor, people) == {cast.manager.pk: lacks, cast.admin.pk: lacks}
    assert queries.cannot_decide(cast.manager, people) == {}
    assert queries.cannot_decide(cast.head_tokyo, [cast.drafter_tokyo]) == {
        cast.drafter_tokyo.pk: {Permission.SIGN_OFF}
    }
    assert queries.cannot_decide(cast.drafter_tokyo, [cast.head_tokyo]) == {}
    offered = dict(AbsenceForm(person=cast.editor, today=TODAY).fields["deputy"].choices)
    assert offered[str(cast.manager.pk)].endswith("): tidak dapat memutuskan tinjauan")
    assert offered[str(cast.editor2.pk)].endswith(")")


@pytest.mark.parametrize("who", ["drafter_jeddah", "editor", "stranger", "drafter_tokyo"])
def test_nobody_else_stands_in(cast: Cast, who: str) -> None:
    assert list(refused(lambda: declare(cast, deputy=getattr(cast, who)))) == ["deputy"]


def test_who_has_left_does_not_stand_in(cast: Cast) -> None:
    Person.objects.filter(pk=cast.head_tokyo.pk).update(is_active=False)
    assert list(refused(lambda: declare(cast))) == ["deputy"]


def test_a_deputy_is_not_away_then(cast: Cast) -> None:
    declare(cast, person=cast.head_tokyo, by=cast.head_tokyo, first=FRIDAY, last=FRIDAY, deputy=None)
    assert list(refused(lambda: declare(cast))) == ["deputy"]
    assert declare(cast, last=FRIDAY - DAY).pk, "they come back in time"


def test_a_deputy_who_falls_ill_later_is_shown(cast: Cast) -> None:
    declare(cast)
    ill = declare(cast, person=cast.head_tokyo, by=cast.admin, first=FRIDAY, last=FRIDAY, deputy=None)
    away = queries.concerning(cast.drafter_tokyo, NOW).own[0]
    assert away.lacks_deputy
    assert queries.meanwhile(cast.head_tokyo, ill, NOW) == [cast.drafter_tokyo]
    services.end(absence=ill, by=cast.head_tokyo, at=NOW)
    assert not queries.concerning(cast.drafter_tokyo, NOW).own[0].lacks_deputy


def test_a_person_of_two_missions_may_be_stood_in_for_from_both(cast: Cast) -> None:
    Membership.objects.create(person=cast.drafter_tokyo, mission=cast.jeddah, role=Role.DRAFTER)
    found = {deputy for deputy, _roles in queries.candidates(cast.drafter_tokyo)}
    assert found == {cast.head_tokyo, cast.drafter_jeddah, cast.head_jeddah}


# Who may enter it ----------------------------------------------------------------------


@pytest.mark.parametrize("who", ["drafter_tokyo", "head_tokyo", "admin"])
def test_oneself_the_head_and_administrators_may(cast: Cast, who: str) -> None:
    absence = declare(cast, by=getattr(cast, who))
    services.end(absence=absence, by=getattr(cast, who), at=NOW)


@pytest.mark.parametrize("who", ["drafter_jeddah", "head_jeddah", "editor", "manager", "stranger"])
def test_nobody_else_may(cast: Cast, who: str) -> None:
    with pytest.raises(PermissionDenied):
        declare(cast, by=getattr(cast, who))
    absence = declare(cast)
    with pytest.raises(PermissionDenied):
        services.end(absence=absence, by=getattr(cast, who), at=NOW)
    assert Absence.objects.get().cancelled_at is None


def test_of_headquarters_only_administrators_keep_them(cast: Cast) -> None:
    assert declare(cast, person=cast.editor, by=cast.admin, deputy=cast.editor2).pk
    with pytest.raises(PermissionDenied):
        declare(cast, person=cast.editor2, by=cast.editor, deputy=None)


def test_nothing_is_entered_for_who_has_left(cast: Cast) -> None:
    Person.objects.filter(pk=cast.drafter_tokyo.pk).update(is_active=False)
    with pytest.raises(ValidationError):
        declare(cast, by=cast.admin)


# Ending --------------------------------------------------------------------------------


def test_taken_back_it_is_kept_but_counts_no_more(cast: Cast) -> None:
    absence = declare(cast)
    for _time in range(2):
        services.end(absence=absence, by=cast.drafter_tokyo, at=NOW + DAY)
    assert Absence.objects.get().cancelled_at == NOW + DAY
    assert Entry.objects.get(action="end_absence").data == {"absence": absence.pk, "had_begun": False}
    assert queries.of([cast.drafter_tokyo], NOW) == {}
    assert declare(cast).pk, "the days are free again"


def test_what_is_over_cannot_be_ended(cast: Cast) -> None:
    absence = declare(cast, first=TODAY, last=TODAY)
    with pytest.raises(ValidationError):
        services.end(absence=absence, by=cast.drafter_tokyo, at=NOW + 2 * DAY)


# Reading -------------------------------------------------------------------------------


def test_few_queries_for_many(cast: Cast, django_assert_num_queries: Any) -> None:
    people = []
    for number in range(6):
        person = Person.objects.create_user(f"jauh.{number}@test.example", f"Penyusun {number}")
        Membership.objects.create(person=person, mission=cast.tokyo, role=Role.DRAFTER)
        declare(cast, person=person, by=person)
        people.append(person)
    with django_assert_num_queries(3):
        assert len(queries.of(people, NOW)) == 6
    with django_assert_num_queries(3):
        assert len(queries.of(people[:2], NOW)) == 2
    with django_assert_num_queries(1):
        assert queries.concerning(cast.editor, NOW) == queries.Concerning([], [])
    assert len(queries.concerning(cast.head_tokyo, NOW).others) == 6


def test_a_last_day_is_right_where_clocks_change(cast: Cast) -> None:
    """Berlin's 25 October 2026 has 25 hours, its 28 March 2027 has 23."""
    Person.objects.filter(pk=cast.drafter_tokyo.pk).update(timezone="Europe/Berlin")
    person = Person.objects.get(pk=cast.drafter_tokyo.pk)
    early = datetime(2026, 10, 1, tzinfo=UTC)
    for first, last in ((date(2026, 10, 25), date(2026, 10, 25)), (date(2027, 3, 27), date(2027, 3, 28))):
        declare(cast, person=person, by=person, at=early, first=first, last=last)
    away = queries.of([person], early)[person.pk]
    assert [(one.first, one.last) for one in away] == [
        (date(2026, 10, 25), date(2026, 10, 25)),
        (date(2027, 3, 27), date(2027, 3, 28)),
    ]


# What it does to reminders -------------------------------------------------------------


def standing_in(post: Post) -> set[tuple[str, str]]:
    """Recipient and way of the reminders to publish that stand because somebody stands in."""
    rows = with_void(Reminder.objects.filter(post=post, kind=Kind.PUBLISH_NOW, stands_in_for__isnull=False))
    return {(row.recipient.name, row.way) for row in rows.filter(void="") if row.recipient}


def test_the_deputy_hears_at_once_of_what_was_planned_before(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)  # tomorrow
    other = Person.objects.create_user("dua@test.example", "Penyusun Dua")
    Membership.objects.create(person=other, mission=cast.tokyo, role=Role.DRAFTER)
    reminders.complete(at=NOW)
    assert standing_in(post) == set()
    absence = declare(cast, first=TODAY, last=FRIDAY)
    assert standing_in(post) == {("Kepala Tokyo", Way.IN_APP), ("Kepala Tokyo", Way.EMAIL)}
    drafters = [cast.drafter_tokyo, other]
    mails = Reminder.objects.filter(post=post, kind=Kind.PUBLISH_NOW, way=Way.EMAIL, recipient__in=drafters)
    mails = with_void(mails)
    assert {row.recipient_id: row.void for row in mails} == {cast.drafter_tokyo.pk: "absent", other.pk: ""}
    services.end(absence=absence, by=cast.head_tokyo, at=NOW)
    assert standing_in(post) == set()


def test_without_a_deputy_mails_still_come(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    declare(cast, first=TODAY, last=FRIDAY, deputy=None)
    mails = Reminder.objects.filter(post=post, kind=Kind.PUBLISH_NOW, way=Way.EMAIL, recipient=cast.drafter_tokyo)
    assert [row.void for row in with_void(mails)] == [""]
