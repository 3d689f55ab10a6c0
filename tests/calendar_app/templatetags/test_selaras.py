"""How pages say status, theme, network, time and fields."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from calendar_app.models import Network, Status, Theme
from calendar_app.templatetags import selaras

AT = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
TEMPLATES = Path(settings.BASE_DIR, "templates")


def render(source: str, **context: Any) -> str:
    return Template("{% load selaras %}" + source).render(Context(context))


@pytest.mark.parametrize("status", Status.values)
def test_every_status_has_a_shape_of_the_sprite_and_its_word(status: str) -> None:
    html = selaras.status_badge(status)
    shape = re.search(r'href="#(st-[a-z]+)"', html)
    assert shape
    assert f'id="{shape[1]}"' in (TEMPLATES / "frame/sprite.html").read_text()
    assert str(Status(status).label) in html


def test_a_hold_wins_over_due_and_touches_only_what_may_still_go_out() -> None:
    assert "Ditahan" in selaras.status_badge("approved", held=True, due=True)
    assert "Saatnya tayang" in selaras.status_badge("approved", due=True)
    assert "Draf" in selaras.status_badge("draft", held=True, due=True)
    assert "Tayang" in selaras.status_badge("published", held=True)


def test_themes_show_letter_and_name_and_escape_them() -> None:
    theme = Theme(code="x", letter="E", name_id="<b>Ekonomi</b>", name_en="Economy")
    for html in (selaras.theme_badge(theme), selaras.theme_letter(theme)):
        assert "th-e" in html
        assert "&lt;b&gt;Ekonomi&lt;/b&gt;" in html
        assert "<b>" not in html
    with translation.override("en"):
        assert "Economy" in selaras.theme_badge(theme)
    assert "Belum bertema" in selaras.theme_letter(None)


def test_networks_are_short_for_eyes_and_full_for_ears() -> None:
    html = selaras.network_code(Network(code="instagram", name="Instagram"))
    assert '<span aria-hidden="true">IG</span>' in html
    assert '<span class="vh">Instagram</span>' in html
    assert ">NE<" in selaras.network_code("new-network")


def test_every_network_of_the_reference_data_has_its_own_code(db: None) -> None:
    codes = {selaras.NETWORK_CODES[code] for code in Network.objects.values_list("code", flat=True)}
    assert len(codes) == Network.objects.count()


def test_times_are_said_in_the_zone_and_the_language() -> None:
    assert render('{{ at|in_zone:"Asia/Tokyo" }}', at=AT) == (
        '<time datetime="2026-11-25T07:30+09:00">Rab, 25 Nov 2026, 07.30</time>'
    )
    assert ">Rab, 25 Nov 2026, 05.30 WIB<" in render("{{ at|wib }}", at=AT)
    assert ">07.30<" in render('{{ at|hour_in:"Asia/Tokyo" }}', at=AT)
    with translation.override("en"):
        assert ">Wed, 25 Nov 2026, 07:30<" in render('{{ at|in_zone:"Asia/Tokyo" }}', at=AT)
        assert ">Wednesday, 25 November 2026<" in render("{{ day|long_day }}", day=date(2026, 11, 25))
    assert ">Rabu, 25 November 2026<" in render("{{ day|long_day }}", day=date(2026, 11, 25))


@pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_edges_of_all_years_break_no_page(moment: datetime) -> None:
    zones = ("Asia/Jakarta", "Pacific/Honolulu", "Asia/Tokyo", "UTC")
    for zone in zones:
        for filter_ in (selaras.in_zone, selaras.hour_in, selaras.day_in):
            assert filter_(moment, zone) == "—" or "<time" in filter_(moment, zone)
    assert {str(selaras.in_zone(moment, zone)) for zone in zones} >= {"—"}
    assert selaras.wib(moment) == "—" or "WIB" in selaras.wib(moment)
    assert "hari" in selaras.relative(moment, datetime(2026, 11, 25, tzinfo=UTC))


def test_no_time_is_said_as_nothing() -> None:
    assert render('{{ at|in_zone:"Asia/Tokyo" }}{{ at|wib }}{{ at|relative:now }}{{ at|day }}', at=None, now=AT) == ""


@pytest.mark.parametrize(
    ("away", "words"),
    [
        (timedelta(seconds=30), "sekarang"),
        (timedelta(minutes=5), "5 menit lagi"),
        (timedelta(hours=2, minutes=59), "2 jam lagi"),
        (timedelta(hours=-1), "1 jam lalu"),
        (timedelta(hours=-25), "1 hari lalu"),
        (timedelta(days=3), "3 hari lagi"),
    ],
)
def test_distances_name_the_largest_whole_unit(away: timedelta, words: str) -> None:
    assert selaras.distance(AT + away, AT) == words
    assert f">{words}<" in selaras.relative(AT + away, AT)


def test_zones_are_called_by_their_city() -> None:
    assert selaras.zone_label("Asia/Jakarta") == "WIB"
    assert selaras.zone_label("America/New_York") == "New York"


@pytest.mark.parametrize(
    ("home", "shown", "expected"),
    [
        ("Asia/Tokyo", "", [("Asia/Tokyo", "07.30", True), ("Asia/Jakarta", "05.30", False)]),
        ("Asia/Tokyo", "Asia/Jakarta", [("Asia/Tokyo", "07.30", False), ("Asia/Jakarta", "05.30", True)]),
        ("Asia/Jakarta", "", [("Asia/Jakarta", "05.30", True), ("UTC", "22.30", False)]),
        ("Asia/Jakarta", "Asia/Tokyo", [("Asia/Tokyo", "07.30", True), ("UTC", "22.30", False)]),
    ],
)
def test_two_clocks_say_which_zone_the_page_shows(home: str, shown: str, expected: list[tuple[str, str, bool]]) -> None:
    frame = SimpleNamespace(home_zone=home, other_zone="UTC")
    html = render("{% clocks %}", frame=frame, at=AT, shown_zone=shown)
    found = re.findall(r'class="clock( is-shown)?".*?data-zone="([^"]+)">([\d.]+)<', html)
    assert [(zone, text, bool(mark)) for mark, zone, text in found] == expected


class Sample(forms.Form):
    title = forms.CharField(label="Judul", help_text="Nama <dalam>.")
    note = forms.CharField(label="Catatan", required=False, widget=forms.Textarea)
    urgent = forms.BooleanField(label="Mendesak", required=False)
    themes = forms.MultipleChoiceField(label="Tema", choices=[("e", "Ekonomi")], widget=forms.CheckboxSelectMultiple)


def test_a_field_ties_its_hint_and_its_error_to_the_widget() -> None:
    html = selaras.field(Sample({"title": ""})["title"])
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_title_hint id_title_error"' in html
    assert 'id="id_title_error"' in html
    assert "Nama &lt;dalam&gt;." in html
    assert '<label for="id_title">' in html


def test_a_field_without_error_claims_none_and_optional_ones_say_so() -> None:
    html = selaras.field(Sample()["note"], rows=3)
    assert "aria-invalid" not in html
    assert "aria-describedby" not in html
    assert "(boleh kosong)" in html
    assert 'rows="3"' in html


def test_groups_are_fieldsets_with_their_error_and_boxes_stand_beside_their_label() -> None:
    group = selaras.field(Sample({"themes": []})["themes"])
    assert '<fieldset class="field" aria-describedby="id_themes_error">' in group
    assert "Ekonomi" in group
    box = selaras.field(Sample()["urgent"])
    assert re.search(r'<label class="check"><input type="checkbox"[^>]*> <span>Mendesak</span></label>', box)


def test_urlquery_changes_one_parameter_and_keeps_the_others() -> None:
    request = RequestFactory().get("/posts/?q=kopi+%26+teh&theme=e&theme=p&after=9")
    html = render('{% urlquery theme="k" after=None %}', request=request)
    assert html == "?q=kopi+%26+teh&amp;theme=k"
    assert render("{% urlquery q=None theme=None after=None %}", request=request) == "?"


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    sprite = (TEMPLATES / "frame/sprite.html").read_text()
    used = {name for path in TEMPLATES.rglob("*.html") for name in re.findall(r'{% icon "([\w-]+)"', path.read_text())}
    missing = {name for name in used if f'id="i-{name}"' not in sprite}
    assert used
    assert not missing
