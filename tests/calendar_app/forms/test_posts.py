"""The composer's form: from what a browser sends to what the services take, and back."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict

from calendar_app.forms.posts import ComposerForm, composer_for
from calendar_app.models import Status
from calendar_app.services import drafts
from tests import cast as make
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def filled(cast: Cast, **values: Any) -> ComposerForm:
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    form = composer_for(cast.tokyo, data=data)
    form.is_valid()
    return form


def test_opening_and_sending_back_changes_nothing(cast: Cast) -> None:
    post = make.post_in(Status.DRAFT, cast, themes=["publik-budaya", "ekonomi-produk"])
    opened = composer_for(post.mission, post=post)
    sent = QueryDict(mutable=True)
    for name, value in opened.initial.items():
        sent.setlist(name, [str(one) for one in value] if isinstance(value, list) else [str(value or "")])
    form = composer_for(post.mission, post=post, data=sent)
    assert form.is_valid()
    again, when = drafts.clean(form.data_for_service(), drafts.Content(), None, post.timezone)
    assert again.hash == drafts.content_of(post.current_revision).hash
    assert when is not None
    assert when.instant == post.scheduled_at


def test_first_theme_wins_then_the_order_of_choosing(cast: Cast) -> None:
    form = filled(cast, themes=["a", "b", "c"], themes_order="c,a", first_theme="b")
    assert form.chosen_themes == ["b", "c", "a"]
    assert filled(cast, themes=["a", "b"]).chosen_themes == ["a", "b"]
    # what was unchecked since is not proposed
    assert filled(cast, themes=["a"], themes_order="b,a").chosen_themes == ["a"]


def test_text_of_a_channel_that_is_not_chosen_is_not_sent(cast: Cast) -> None:
    form = filled(cast, networks=["x"], text_x="ada", text_instagram="tidak")
    assert [row["network"] for row in form.data_for_service()["variants"]] == ["x"]


def test_errors_of_services_stand_beside_their_fields(cast: Cast) -> None:
    form = filled(cast, networks=["x"])
    form.take(
        ValidationError(
            {
                "purpose": ["a"],
                "variants": ["b"],
                "variants.x": ["c"],
                "scheduled_local": ["d"],
                "fold": ["e"],
                "variants.friendster": ["f"],
            }
        )
    )
    assert set(form.errors) == {"purpose", "networks", "text_x", "date", "fold", "__all__"}


@pytest.mark.parametrize("seconds", ["12:00", "12:00:00"])
def test_browsers_that_send_seconds_are_understood(cast: Cast, seconds: str) -> None:
    form = filled(cast, date="2026-11-26", time=seconds)
    assert form.data_for_service()["scheduled_local"] == "2026-11-26T12:00"
    assert form.instant is not None
    assert f"{form.instant:%H:%M}" == "03:00"


def test_time_taken_away_is_sent_as_none(cast: Cast) -> None:
    assert filled(cast, date="", time="").data_for_service()["scheduled_local"] is None


def test_checklist_names_each_chosen_channel(cast: Cast) -> None:
    names = [item.name for item in filled(cast, networks=["x"], text_x="ada").checklist(None)]
    assert names == ["purpose", "audience", "language", "themes", "variants", "variants.x", "scheduled_local"]
