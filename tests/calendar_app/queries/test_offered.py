"""What filters may be set to."""

from typing import Any

from django.utils import translation

from calendar_app.models import Audience, Network, Theme
from calendar_app.queries.filters import Filters
from calendar_app.queries.offered import Offered
from missions.models import Mission, Region
from tests.cast import Cast

ADDRESS = {
    "region": "asia-timur",
    "mission": "kbri-tokyo",
    "theme": "ekonomi-produk",
    "network": "x",
    "audience": "diaspora",
}


def test_they_stand_in_their_order_with_their_names(cast: Cast) -> None:
    offered = Offered()
    assert offered.regions == [(row.code, row.name) for row in Region.objects.all()]
    assert offered.networks == [(row.code, row.name) for row in Network.objects.all()]
    assert offered.audiences == [(row.code, row.name) for row in Audience.objects.all()]
    assert offered.themes == list(Theme.objects.all())
    with translation.override("en"):
        assert Offered().regions == [(row.code, row.name_en) for row in Region.objects.all()]


def test_a_whole_address_is_checked_in_the_queries_that_its_choices_take(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    offered = Offered([cast.tokyo])
    with django_assert_num_queries(2):
        filters, errors = Filters.parse_leniently(ADDRESS, offered)
        assert all((offered.themes, offered.regions, offered.networks, offered.audiences))
    assert (filters.as_query(), errors) == (ADDRESS, {})


def test_what_is_not_there_is_not_known(cast: Cast) -> None:
    _filters, errors = Filters.parse_leniently(dict.fromkeys(ADDRESS, "mars"), Offered([cast.tokyo]))
    assert set(errors) == set(ADDRESS)
    elsewhere = Mission.objects.exclude(pk=cast.tokyo.pk)[0].code
    assert Offered([cast.tokyo]).knows("mission", elsewhere)
