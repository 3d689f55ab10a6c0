"""Loading reference data: three-way, all or nothing, and loud about a bad file."""

import shutil
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from audit.models import Entry
from calendar_app.models import Audience, Network, Observance, Post, Status, Theme
from calendar_app.services import reference
from missions.models import Mission, Region
from tests.cast import NOW, Cast, post_in


@pytest.fixture
def folder(tmp_path: Path, cast: Cast) -> Path:
    """A copy of the files; the database holds what they say."""
    return Path(shutil.copytree(reference.DATA, tmp_path / "data"))


def edit(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_everything_is_there(cast: Cast) -> None:
    assert Mission.objects.count() == 133
    assert Region.objects.count() == 11
    assert Network.objects.count() == 13
    assert Audience.objects.count() == 11
    assert Observance.objects.count() == 60
    assert Theme.objects.filter(parent=None).count() == 6
    assert Theme.objects.get(code="pelindungan-krisis").crisis
    assert not Theme.objects.exclude(parent=None).exclude(letter__in="EPKGDL").exists()
    kabul = Mission.objects.get(code="kbri-kabul")
    assert (kabul.status, kabul.weekend, kabul.timezone) == ("limited", [4, 5], "Asia/Kabul")
    assert "Kamis-Jumat" in kabul.note
    assert cast.tokyo.region.code == "asia-timur"
    x = Network.objects.get(code="x")
    assert (x.max_chars, x.hosts, x.alt_text_supported) == (280, ["x.com", "twitter.com"], True)
    assert x.checked_on == date(2026, 11, 22)
    assert Network.objects.get(code="safe-travel").alt_text_supported is None
    assert Observance.objects.get(date="08-17").suggested_theme == ["kedaulatan-kebangsaan", "publik-budaya"]
    assert [network.code for network in Network.objects.all()][:3] == ["website", "x", "facebook"]


def test_loading_again_changes_nothing_in_few_queries(cast: Cast, django_assert_max_num_queries) -> None:
    entries = Entry.objects.count()
    with django_assert_max_num_queries(14):
        changed = reference.load(NOW)
    assert set(changed.values()) == {0}
    assert Entry.objects.count() == entries


def test_a_field_follows_its_file_while_nobody_touched_it(folder: Path) -> None:
    edit(folder, "audiences.csv", "publik-setempat,Publik setempat,", "publik-setempat,Publik di sana,")
    edit(folder, "networks.csv", "bluesky,Bluesky,300,", "bluesky,Bluesky,400,")
    changed = reference.load(NOW, folder)
    assert (changed["audiences.csv"], changed["networks.csv"], changed["missions.csv"]) == (1, 1, 0)
    assert Audience.objects.get(code="publik-setempat").name_id == "Publik di sana"
    assert Network.objects.get(code="bluesky").max_chars == 400
    assert Entry.objects.filter(action="load_reference").order_by("-id")[0].data == changed


def test_what_an_administrator_changed_is_never_overwritten(folder: Path, cast: Cast) -> None:
    tokyo = cast.tokyo
    tokyo.region = Region.objects.get(code="asean")
    tokyo.note = "Catatan Pusat"
    reference.save_mission(by=cast.admin, at=NOW, mission=tokyo)
    Network.objects.filter(code="bluesky").update(max_chars=None)
    edit(folder, "networks.csv", "bluesky,Bluesky,300,", "bluesky,Bluesky Social,400,")
    for _ in range(2):
        reference.load(NOW, folder)
        tokyo.refresh_from_db()
        assert (tokyo.region.code, tokyo.note) == ("asean", "Catatan Pusat")
        bluesky = Network.objects.get(code="bluesky")
        assert (bluesky.max_chars, bluesky.name) == (None, "Bluesky Social")


def test_rows_that_the_file_no_longer_has_stay(folder: Path) -> None:
    path = folder / "audiences.csv"
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    reference.load(NOW, folder)
    assert Audience.objects.filter(code="media").exists()


def test_a_row_made_by_hand_before_the_file_had_it_keeps_its_values(folder: Path) -> None:
    Audience.objects.create(code="investor", name_id="Penanam modal", name_en="Investors", order=99)
    with (folder / "audiences.csv").open("a", encoding="utf-8") as file:
        file.write("investor,Investor,Investor\n")
    assert reference.load(NOW, folder)["audiences.csv"] == 0
    assert Audience.objects.get(code="investor").name_id == "Penanam modal"


def test_a_branch_and_its_theme_may_come_in_one_file(folder: Path) -> None:
    with (folder / "themes.csv").open("a", encoding="utf-8") as file:
        file.write("layanan-anak,layanan-baru,L,no,Anak,Child,,,,\nlayanan-baru,,L,no,Baru,New,,,,\n")
    assert reference.load(NOW, folder)["themes.csv"] == 2
    assert Theme.objects.get(code="layanan-anak").parent == Theme.objects.get(code="layanan-baru")


@pytest.mark.parametrize(
    ("file", "old", "new", "place"),
    [
        ("missions.csv", "Tokyo,Japan,JP,Asia/Tokyo,", "Tokyo,Japan,JP,Asia/Edo,", "timezone: 'Asia/Edo'"),
        ("missions.csv", "kbri-tokyo,KBRI,", "kbri-tokyo,KEDUBES,", "kind"),
        ("missions_notes.csv", "kbri-sanaa,dormant,", "kbri-sanaa,asleep,", "missions_notes.csv:2: status"),
        ("missions_notes.csv", "kbri-kabul,", "kbri-kabel,", "missions_notes.csv:5: code"),
        ("networks.csv", "x,X,280,", "x,X,lots,", "networks.csv:3: max_chars: 'lots'"),
        ("themes.csv", "ekonomi-produk,ekonomi,E,", "ekonomi-produk,ekonom,E,", "themes.csv:3: parent_code"),
        ("themes.csv", "ekonomi-produk,ekonomi,E,", "ekonomi-produk,ekonomi,P,", "themes.csv:3: parent_code"),
        ("themes.csv", "ekonomi,,E,no,", "ekonomi,,E,maybe,", "themes.csv:2: crisis: 'maybe'"),
        ("observances.csv", "02-09,", "02-30,", "observances.csv:4: date: '02-30'"),
        ("observances.csv", "Hari Musik Nasional,National Music Day,observance,", "M,M,observance,x;", "no theme x"),
        ("audiences.csv", "diaspora,Diaspora,Diaspora", "diaspora,Diaspora", "audiences.csv:8: 3 cells"),
        ("audiences.csv", "diaspora,Diaspora", "media,Diaspora", "audiences.csv:12: media is there twice"),
        ("regions.csv", "code,name_id", "kode,name_id", "regions.csv:1: missing column: code"),
    ],
)
def test_a_bad_file_is_refused_by_name_and_line_before_anything_is_written(
    folder: Path, file: str, old: str, new: str, place: str
) -> None:
    edit(folder, "regions.csv", "ASEAN,ASEAN,1", "ASEAN baru,ASEAN,1")
    edit(folder, file, old, new)
    with pytest.raises(reference.BadReferenceFileError) as refusal:
        reference.load(NOW, folder)
    assert place in str(refusal.value)
    assert str(refusal.value).startswith(f"{file}:")
    assert Region.objects.get(code="asean").name_id == "ASEAN"


def test_command_says_what_changed_and_names_a_bad_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference.load, "__defaults__", (folder,))
    edit(folder, "regions.csv", "ASEAN,ASEAN,1", "Asia Tenggara,ASEAN,1")
    out = StringIO()
    call_command("load_reference", stdout=out)
    assert "regions 1" in out.getvalue()
    call_command("load_reference", stdout=out)
    assert "tidak ada yang berubah" in out.getvalue()
    edit(folder, "networks.csv", "x,X,280,", "x,X,lots,")
    with pytest.raises(CommandError, match=r"networks\.csv:3"):
        call_command("load_reference", stdout=out)


def test_future_posts_follow_the_zone_that_an_administrator_sets(cast: Cast) -> None:
    post = post_in(Status.DRAFT, cast, jeddah=True)
    cast.jeddah.timezone = "Asia/Dubai"
    assert reference.save_mission(by=cast.admin, at=NOW, mission=cast.jeddah) == 1
    moved = Post.objects.get(pk=post.pk)
    assert (moved.timezone, moved.local_time, moved.version) == ("Asia/Dubai", post.local_time, post.version + 1)
    assert moved.scheduled_at != post.scheduled_at


def test_future_posts_follow_the_zone_that_the_file_sets(folder: Path, cast: Cast) -> None:
    post = post_in(Status.DRAFT, cast)
    edit(folder, "missions.csv", "Tokyo,Japan,JP,Asia/Tokyo,", "Tokyo,Japan,JP,Asia/Seoul,")
    reference.load(NOW, folder)
    assert Post.objects.get(pk=post.pk).timezone == "Asia/Seoul"


def test_the_theme_tree_keeps_two_levels_and_its_letters(cast: Cast) -> None:
    branch, leaf = Theme.objects.get(code="ekonomi"), Theme.objects.get(code="pelindungan-pmi")
    branch.parent = Theme.objects.get(code="publik")
    with pytest.raises(ValidationError):
        reference.save_theme(by=cast.admin, at=NOW, theme=branch)
    leaf.parent = Theme.objects.get(code="ekonomi")
    with pytest.raises(ValidationError) as refusal:
        reference.save_theme(by=cast.admin, at=NOW, theme=leaf)
    assert "letter" in refusal.value.message_dict
    leaf.letter = "E"
    changes = reference.save_theme(by=cast.admin, at=NOW, theme=leaf)
    assert set(changes) == {"parent", "letter"}
    assert Entry.objects.filter(action="change_theme", object_id=leaf.pk).count() == 1
