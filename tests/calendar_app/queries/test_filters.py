"""Reading the query string, and which posts pass."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from calendar_app.models import ENDED, GIVEN_UP, NOT_OUT, Post, Status
from calendar_app.queries.filters import Filters, due, is_due
from calendar_app.services import holds
from tests.cast import NOW, Cast, post_in

pytestmark = pytest.mark.django_db


def ids(query: str, at: datetime = NOW) -> set[int]:
    found = Filters.parse(QueryDict(query)).apply(Post.objects.all(), at=at)
    return set(found.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("region=mars", "region"),
        ("mission=kbri-atlantis", "mission"),
        ("theme=zzz", "theme"),
        ("status=done", "status"),
        ("network=myspace", "network"),
        ("language=tlh", "language"),
        ("audience=alien", "audience"),
        ("q=%00", "q"),
        ("mission=kbri-tokyo%00", "mission"),
        ("q=" + "a" * 201, "q"),
        ("from=kemarin", "from"),
        ("from=20261125", "from"),
        ("from=2026-W48-1", "from"),
        ("to=2026-02-30", "to"),
        ("to=0001-01-01", "to"),
        ("to=9999-12-31T23:59:59-12:00", "to"),
        ("from=2026-11-25T10:00:00", "from"),
        ("from=2026-11-25T25:00:00Z", "from"),
        ("from=2026-11-25T10:00:00%2B99:00", "from"),
        ("from=2026-11-26&to=2026-11-25", "to"),
    ],
)
def test_what_is_not_known_is_named_and_left_out_by_pages(cast: Cast, query: str, param: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Filters.parse(QueryDict(query))
    assert list(refusal.value.message_dict) == [param]
    found, errors = Filters.parse_leniently(QueryDict(f"{query}&cell=&unrelated=1"))
    assert list(errors) == [param]
    assert param not in found.as_query()


def test_a_link_made_from_filters_reads_back_the_same(cast: Cast) -> None:
    query = {
        "region": "asia-timur",
        "mission": "kbri-tokyo",
        "theme": "ekonomi",
        "status": "due",
        "network": "x",
        "language": "pt-BR",
        "audience": "diaspora",
        "q": "100% kopi_",
        "from": "2026-11-25",
        "to": "2026-11-26T01:02:03+09:00",
    }
    found = Filters.parse(query)
    assert found.as_query() == query
    assert Filters.parse(found.as_query()) == found
    assert not Filters.parse({}).is_set


def test_instants_are_understood_also_where_the_address_lost_its_plus(cast: Cast) -> None:
    found = Filters.parse(QueryDict("from=2026-11-25T10:00:00+07:00&to=2026-11-25T04:00Z"))
    assert found.since == datetime(2026, 11, 25, 3, tzinfo=UTC)
    assert found.until == datetime(2026, 11, 25, 4, tzinfo=UTC)
    assert Filters.parse({"from": "2026-11-25"}).since == date(2026, 11, 25)


def test_a_branch_takes_its_leaves_along(cast: Cast) -> None:
    post = post_in(Status.DRAFT, cast, themes=["ekonomi-produk", "publik-budaya"])
    assert ids("theme=ekonomi") == ids("theme=ekonomi-produk") == {post.pk}
    assert ids("theme=ekonomi-jasa") == ids("theme=publik") == set()


def test_place_content_and_words(cast: Cast) -> None:
    tokyo = post_in(Status.DRAFT, cast)
    jeddah = post_in(Status.DRAFT, cast, jeddah=True, title="100% halal", audience="diaspora", language="ar",
                     variants=[{"network": "facebook", "text": "أهلا Gudang"}])  # fmt: skip
    assert ids("region=asia-timur") == ids("mission=kbri-tokyo") == ids("audience=pelaku-usaha") == {tokyo.pk}
    assert ids("network=instagram") == ids("language=id") == {tokyo.pk}
    assert ids("network=facebook") == ids("language=ar") == ids("audience=diaspora") == {jeddah.pk}
    assert ids("q=gayo+tokyo") == ids("q=Aceh") == ids(f"q=%23{tokyo.pk}") == {tokyo.pk}
    assert ids("q=koperasi") == {tokyo.pk, jeddah.pk}, "both purposes"
    assert ids("q=100%25") == ids("q=أهلا") == {jeddah.pk}, "a percent sign is no wildcard"
    assert ids("q=100_halal") == ids("q=" + "9" * 40) == ids("q=aceh+gudang") == set()
    assert ids("q=" + "+".join("kopi" for _ in range(30))) == set()


def test_text_of_an_older_revision_is_not_found(cast: Cast) -> None:
    from calendar_app.services import drafts

    post = post_in(Status.DRAFT, cast)
    drafts.save(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW,
                data={"variants": [{"network": "x", "text": "Teh"}]})  # fmt: skip
    assert ids("q=Aceh") == ids("network=instagram") == set()
    assert ids("q=teh&network=x") == {post.pk}


def test_dates_take_the_missions_midnight_and_instants_exclude_the_end(cast: Cast) -> None:
    # 00.30 on the 27th in Tokyo is still the 26th in Jakarta
    post = post_in(Status.DRAFT, cast, scheduled_local="2026-11-27T00:30")
    assert ids("from=2026-11-27&to=2026-11-27") == {post.pk}
    assert ids("to=2026-11-26") == ids("from=2026-11-28") == set()
    assert ids("from=2026-11-26T15:30:00Z") == {post.pk}
    assert ids("to=2026-11-26T15:30:00Z") == set()
    assert ids("to=2026-11-26T15:30:01Z") == {post.pk}


def test_due_and_held_are_derived(cast: Cast) -> None:
    approved = post_in(Status.APPROVED, cast, scheduled_local="2026-11-25T12:00")
    draft = post_in(Status.DRAFT, cast)
    published = post_in(Status.PUBLISHED, cast)
    time = datetime(2026, 11, 25, 3, tzinfo=UTC)
    assert ids("status=due", time - timedelta(seconds=1)) == set()
    assert ids("status=due", time) == {approved.pk}
    assert ids("status=held", time) == set()
    holds.make(by=cast.editor, at=NOW, scope="mission", code="kbri-tokyo", reason="Duka cita")
    assert ids("status=held", time) == {approved.pk, draft.pk}
    assert ids("status=due", time) == ids("status=approved", time) == {approved.pk}
    assert ids("status=published") == {published.pk}


def test_due_means_the_same_in_the_database_and_of_a_post_at_hand(cast: Cast) -> None:
    for status in (Status.DRAFT, Status.IN_REVIEW, Status.MISSED, Status.APPROVED):
        post_in(status, cast)
    for at in (NOW, NOW + timedelta(days=1, minutes=59), NOW + timedelta(days=1, hours=1)):
        asked = set(Post.objects.filter(due(at)))
        assert asked == {post for post in Post.objects.all() if is_due(post, at)}
    assert asked


def test_every_status_is_over_or_may_still_go_out() -> None:
    assert set(ENDED) | set(NOT_OUT) == set(Status)
    assert not set(ENDED) & set(NOT_OUT)
    assert set(GIVEN_UP) == set(ENDED) - {Status.PUBLISHED}
