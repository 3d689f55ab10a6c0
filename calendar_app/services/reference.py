"""Reference data: loaded from the files in `calendar_app/data/`, kept by the administrator.

Loading is three-way. Each row remembers what the file said last (`loaded_values`); a field follows the file only while
its present value is that one. So what an administrator changed is never overwritten, and rows that the file no longer
has are left alone.
"""

from __future__ import annotations

import csv
import zoneinfo
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from audit import services as audit
from calendar_app.models import Audience, Network, Observance, Theme
from calendar_app.services import schedules
from missions.models import Mission, Person, Region
from missions.services import Changes, save_record
from missions.services import save_mission as save_mission_alone

DATA = Path(__file__).resolve().parent.parent / "data"


# What the administrator writes ---------------------------------------------------------


def save_mission(*, by: Person, at: datetime, mission: Mission, fields: Collection[str] | None = None) -> int:
    """Add or change a mission; when its zone changes, its future posts follow. Returns how many posts moved.

    Raises PermissionDenied, ValidationError.
    """
    with transaction.atomic():
        changes = save_mission_alone(by=by, at=at, mission=mission, fields=fields)
        if "timezone" not in changes:
            return 0
        return schedules.rezone(mission=mission, old_zone=changes["timezone"][0], by=by, at=at)


def save_theme(*, by: Person, at: datetime, theme: Theme, fields: Collection[str] | None = None) -> Changes:
    """Add or change a theme. Raises PermissionDenied, ValidationError."""
    check_theme(theme)
    return save_record(by=by, at=at, record=theme, kind="theme", fields=fields)


def check_theme(theme: Theme) -> None:
    """Raise ValidationError when the tree would get a third level, or a theme another letter than its branch."""
    if theme.parent is None:
        return
    if theme.pk and theme.children.exists():
        raise ValidationError({"parent": [_("Tema ini sendiri sebuah cabang: pindahkan dahulu tema di bawahnya.")]})
    if theme.letter != theme.parent.letter:
        raise ValidationError({"letter": [_("Huruf tema sama dengan huruf cabangnya: %s.") % theme.parent.letter]})


def save(*, by: Person, at: datetime, record: models.Model, fields: Collection[str] | None = None) -> Changes:
    """Add or change a region, network, audience or observance. Raises PermissionDenied, ValidationError."""
    return save_record(by=by, at=at, record=record, kind=str(record._meta.model_name), fields=fields)


# What the files say --------------------------------------------------------------------


class BadReferenceFileError(Exception):
    """A file in the data folder does not hold what it should; the message names file and line."""


# field → how its text is read
Columns = dict[str, Callable[[str], Any]]


@dataclass(frozen=True)
class Source:
    """One file and the rows it describes. Of a `foreign` field it gives the code of the other row."""

    file: str
    model: type[models.Model]
    columns: Columns
    key: tuple[str, ...] = ("code",)
    renamed: tuple[tuple[str, str], ...] = ()
    foreign: tuple[str, ...] = ()
    ordered: bool = False

    def column(self, field: str) -> str:
        """The name of the field's column in the file."""
        return dict(self.renamed).get(field, field)


@dataclass(frozen=True)
class Row:
    where: str  # file:line
    values: dict[str, Any]  # field → value in a form that JSON can hold


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(";") if word.strip()]


def _number(text: str) -> int | None:
    return int(text) if text else None


def _flag(text: str) -> bool | None:
    return {"yes": True, "no": False, "": None}[text]


def _yes(text: str) -> bool:
    return {"yes": True, "no": False}[text]


def _weekdays(text: str) -> list[int]:
    days = [int(word) for word in _words(text)]
    if any(not 1 <= day <= 7 for day in days):
        raise ValueError("a weekday is a number from 1 (Monday) to 7")
    return days


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _month_day(text: str) -> str:
    # 2024 is a leap year: 02-29 is a day, too
    return date.fromisoformat(f"2024-{text}").strftime("%m-%d")


def _code(text: str) -> str | None:
    return text or None


NAMES: Columns = {"name_id": str, "name_en": str}
MISSION: Columns = {
    "code": str,
    "kind": str,
    **NAMES,
    "city": str,
    "country": str,
    "country_iso2": str,
    "timezone": str,
    "region": str,
    "local_languages": _words,
    "weekend": _weekdays,
    "concurrent_accreditation": _words,
}
THEME: Columns = {
    "code": str,
    "parent": _code,
    "letter": str,
    "crisis": _yes,
    **NAMES,
    "description_id": str,
    "description_en": str,
    "sample_keywords_id": _words,
    "sample_keywords_en": _words,
}
NETWORK: Columns = {
    "code": str,
    "name": str,
    "max_chars": _number,
    "counting_rule": str,
    "max_hashtags": _number,
    "max_images": _number,
    "image_formats": _words,
    "max_image_mb": _number,
    "max_video_seconds": _number,
    "max_video_mb": _number,
    "aspect_ratios": str,
    "alt_text_supported": _flag,
    "link_in_caption_clickable": _flag,
    "hosts": _words,
    "compose_url": str,
    "checked_on": _day,
    "source_note": str,
}
OBSERVANCE: Columns = {"date": _month_day, **NAMES, "kind": str, "suggested_theme": _words}

REGIONS = Source("regions.csv", Region, {"code": str, **NAMES, "order": int})
MISSIONS = Source("missions.csv", Mission, MISSION, foreign=("region",))
THEMES = Source("themes.csv", Theme, THEME, renamed=(("parent", "parent_code"),), foreign=("parent",), ordered=True)
NETWORKS = Source("networks.csv", Network, NETWORK, ordered=True)
AUDIENCES = Source("audiences.csv", Audience, {"code": str, **NAMES}, ordered=True)
OBSERVANCES = Source("observances.csv", Observance, OBSERVANCE, key=("date", "name_id"))
NOTES = "missions_notes.csv"


def load(at: datetime, folder: Path = DATA) -> dict[str, int]:
    """Bring the database up to the files. Returns file → number of rows that were added or changed.

    All or nothing: raises BadReferenceFileError, naming file and line, before anything is written.
    """
    files = {source.file: _read(folder, source) for source in (REGIONS, MISSIONS, THEMES, NETWORKS, AUDIENCES)}
    files[OBSERVANCES.file] = _read(folder, OBSERVANCES)
    _add_notes(folder, files[MISSIONS.file])
    _check_references(files)
    with transaction.atomic():
        zones = dict(Mission.objects.values_list("code", "timezone"))
        changed = {REGIONS.file: _merge(REGIONS, files[REGIONS.file], {})}
        changed[MISSIONS.file] = _merge(MISSIONS, files[MISSIONS.file], {"region": _ids(Region)})
        branches = [row for row in files[THEMES.file] if row.values["parent"] is None]
        leaves = [row for row in files[THEMES.file] if row.values["parent"] is not None]
        changed[THEMES.file] = sum(_merge(THEMES, rows, {"parent": _ids(Theme)}) for rows in (branches, leaves) if rows)
        for source in (NETWORKS, AUDIENCES, OBSERVANCES):
            changed[source.file] = _merge(source, files[source.file], {})
        if any(changed.values()):
            _move_posts(zones, at)
            audit.record(
                at=at, action="load_reference", actor=None, kind="reference", object_id=0, name="data", data=changed
            )
    return changed


def _read(folder: Path, source: Source) -> list[Row]:
    rows: list[Row] = []
    seen: set[tuple[Any, ...]] = set()
    for where, cells in _lines(folder / source.file, {source.column(field) for field in source.columns}):
        values = {}
        for field, parse in source.columns.items():
            column = source.column(field)
            try:
                values[field] = parse(cells[column].strip())
            except (ValueError, KeyError) as error:
                raise BadReferenceFileError(f"{where}: {column}: {cells[column]!r}: {error}") from None
        if source.ordered:
            values["order"] = len(rows) + 1
        row = Row(where, values)
        _check_row(source, row)
        key = tuple(values[field] for field in source.key)
        if key in seen:
            raise BadReferenceFileError(f"{where}: {', '.join(key)} is there twice")
        seen.add(key)
        rows.append(row)
    return rows


def _lines(path: Path, columns: set[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row of the file with the place where it stands."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = columns - set(reader.fieldnames or ())
        if missing:
            raise BadReferenceFileError(f"{path.name}:1: missing column: {', '.join(sorted(missing))}")
        for cells in reader:
            where = f"{path.name}:{reader.line_num}"
            if None in cells or None in cells.values():
                raise BadReferenceFileError(f"{where}: {len(reader.fieldnames or ())} cells were expected")
            yield where, cells


def _check_row(source: Source, row: Row) -> None:
    # check_zone reads the list of zones from disk each time, too slow for 133 rows: `_check_references` has it once.
    left_out = [*source.foreign, "timezone", "loaded_values"]
    own = {field: value for field, value in row.values.items() if field not in source.foreign}
    try:
        source.model(**own).clean_fields(exclude=left_out)
    except ValidationError as error:
        raise BadReferenceFileError(f"{row.where}: {error.message_dict}") from None


def _add_notes(folder: Path, missions: list[Row]) -> None:
    """Lay the status and the note of `missions_notes.csv` over the missions."""
    by_code = {row.values["code"]: row for row in missions}
    for row in missions:
        row.values.update(status=Mission.Status.ACTIVE.value, note="")
    for where, cells in _lines(folder / NOTES, {"code", "status", "note"}):
        if cells["code"] not in by_code:
            raise BadReferenceFileError(f"{where}: code: no mission {cells['code']!r}")
        if cells["status"] not in Mission.Status.values:
            raise BadReferenceFileError(f"{where}: status: {cells['status']!r}")
        by_code[cells["code"]].values.update(status=cells["status"], note=cells["note"])


def _check_references(files: dict[str, list[Row]]) -> None:
    """Refuse codes of regions and themes that the files do not have, and zones that do not exist."""
    regions = {row.values["code"] for row in files[REGIONS.file]}
    branches = {row.values["code"]: row.values for row in files[THEMES.file] if row.values["parent"] is None}
    themes = {row.values["code"] for row in files[THEMES.file]}
    zones = zoneinfo.available_timezones()
    for row in files[MISSIONS.file]:
        if row.values["timezone"] not in zones:
            raise BadReferenceFileError(f"{row.where}: timezone: {row.values['timezone']!r} is no IANA zone")
        if row.values["region"] not in regions:
            raise BadReferenceFileError(f"{row.where}: region: no region {row.values['region']!r}")
    for row in files[THEMES.file]:
        parent = row.values["parent"]
        if parent and (parent not in branches or branches[parent]["letter"] != row.values["letter"]):
            raise BadReferenceFileError(f"{row.where}: parent_code: no branch {parent!r} with this letter")
    for row in files[OBSERVANCES.file]:
        unknown = set(row.values["suggested_theme"]) - themes
        if unknown:
            raise BadReferenceFileError(f"{row.where}: suggested_theme: no theme {', '.join(sorted(unknown))}")


# Three-way loading ---------------------------------------------------------------------


def _ids(model: type[models.Model]) -> dict[str, int]:
    return dict(model._default_manager.values_list("code", "pk"))


def _merge(source: Source, rows: list[Row], foreign: dict[str, dict[str, int]]) -> int:
    """Add the rows that are new, change the fields that nobody else changed. Returns how many rows that were."""
    codes = {field: {pk: code for code, pk in ids.items()} for field, ids in foreign.items()}
    present = {
        tuple(getattr(row, field) for field in source.key): row
        for row in source.model._default_manager.select_for_update()
    }
    new: list[models.Model] = []
    changed: list[models.Model] = []
    remembered: list[models.Model] = []
    for row in rows:
        record: Any = present.get(tuple(row.values[field] for field in source.key))
        if record is None:
            record = source.model(loaded_values=row.values)
            _set(record, row.values, foreign)
            new.append(record)
        elif record.loaded_values != row.values:
            theirs = _untouched(record, row.values, codes)
            _set(record, theirs, foreign)
            record.loaded_values = row.values
            (changed if theirs else remembered).append(record)
    source.model._default_manager.bulk_create(new)
    if changed or remembered:
        fields = {*source.columns, *(rows[0].values), "loaded_values"}
        source.model._default_manager.bulk_update([*changed, *remembered], sorted(fields))
    return len(new) + len(changed)


def _untouched(record: Any, values: dict[str, Any], codes: dict[str, dict[int, str]]) -> dict[str, Any]:
    """Those of the file's values that differ from the present ones and stand in fields nobody else changed."""
    last = record.loaded_values
    result = {}
    for field, value in values.items():
        present = _present(record, field, codes)
        # Where the file never gave this field before, what a new row would have counts as what it said.
        if present != value and last and present == last.get(field, _default(record, field)):
            result[field] = value
    return result


def _present(record: Any, field: str, codes: dict[str, dict[int, str]]) -> Any:
    if field in codes:
        return codes[field].get(getattr(record, f"{field}_id"))
    value = getattr(record, field)
    return value.isoformat() if isinstance(value, date) else value


def _default(record: Any, field: str) -> Any:
    return record._meta.get_field(field).get_default()


def _set(record: Any, values: dict[str, Any], foreign: dict[str, dict[str, int]]) -> None:
    for field, value in values.items():
        if field in foreign:
            setattr(record, f"{field}_id", foreign[field][value] if value else None)
        else:
            setattr(record, field, value)


def _move_posts(zones: dict[str, str], at: datetime) -> None:
    """Let the posts of missions whose zone the file changed follow, as they do when the administrator changes it."""
    for mission in Mission.objects.filter(code__in=zones):
        if mission.timezone != zones[mission.code]:
            schedules.rezone(mission=mission, old_zone=zones[mission.code], by=None, at=at)
