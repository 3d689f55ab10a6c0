"""What a mission writes: new drafts, saves, and deleting a draft that was never submitted.

Data comes as a dict with the field names of the API (`POST posts/`); the composer's form makes the same dict. A draft
needs only its mission: what is incomplete is saved and listed as missing (`queries/completeness.py`). Refused are only
unknown codes, wrong types, impossible local times and what is larger than the caps below.

`main_text` never goes out and is in no hash. It is where the composer keeps the text that channels share, so that
nothing typed is lost before a channel takes it; it is saved like the rest of the form.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from calendar_app import networks, workflow
from calendar_app.errors import Conflict
from calendar_app.languages import LANGUAGES
from calendar_app.models import Audience, Network, Post, Revision, RevisionTheme, Status, Theme, Variant
from calendar_app.services import reminders, rounds, schedules
from calendar_app.services.schedules import When
from calendar_app.workflow import Action
from missions.access import require
from missions.models import Mission, Person
from missions.roles import Permission

MAX_TITLE, MAX_PURPOSE, MAX_THEMES = 200, 500, 10
CONTENT_FIELDS = ("title", "purpose", "audience", "language", "themes", "variants")
TIME_FIELDS = ("scheduled_local", "timezone", "fold")
VOIDED_BY_EDITS = (Status.APPROVED, Status.MISSED)
FIELDS = (*CONTENT_FIELDS, *TIME_FIELDS)


@dataclass(frozen=True)
class Text:
    """What is said on one network."""

    network: str
    title: str = ""
    text: str = ""


@dataclass(frozen=True)
class Content:
    """All that a revision says, by codes. Two contents are the same when their hashes are."""

    title: str = ""
    purpose: str = ""
    audience: str | None = None
    language: str = ""
    themes: tuple[str, ...] = ()
    variants: tuple[Text, ...] = ()

    @property
    def hash(self) -> str:
        """SHA-256 over the content as canonical JSON. The order of themes counts, that of networks does not."""
        whole = asdict(self) | {"variants": sorted((asdict(v) for v in self.variants), key=lambda v: v["network"])}
        text = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def content_of(revision: Revision | None) -> Content:
    """The content of a stored revision; empty for None. Reads its themes and texts."""
    if revision is None:
        return Content()
    return Content(
        title=revision.title,
        purpose=revision.purpose,
        audience=revision.audience.code if revision.audience else None,
        language=revision.language,
        themes=tuple(row.theme.code for row in revision.themes.select_related("theme")),
        variants=tuple(
            Text(row.network.code, row.title, row.text) for row in revision.variants.select_related("network")
        ),
    )


def create(*, mission: Mission, by: Person, at: datetime, data: Mapping[str, Any]) -> Post:
    """Write a new draft of a mission. Raises PermissionDenied and ValidationError (all fields at once)."""
    require(by, Permission.WRITE_POST, mission)
    content, when = clean(data, Content(), None, mission.timezone)
    with transaction.atomic():
        post = Post.objects.create(
            mission=mission,
            created_by=by,
            created_at=at,
            updated_at=at,
            main_text=_body(data["main_text"]) if "main_text" in data else None,
            **_columns(content),
            **(when.fields() if when else {"timezone": _zone(data, mission.timezone)}),
        )
        workflow.record_creation(post, by, at)
        revision = _write_revision(post, content, by=by, at=at)
        # the first revision belongs to version 1, which has just been recorded
        workflow.attach_first_revision(post, revision)
        return post


def save(*, post: Post, by: Person, version: int, at: datetime, data: Mapping[str, Any]) -> Post:
    """Save the fields of `data` (those absent stay). What changes nothing writes nothing.

    A change of content makes a new revision; a change of an approved or missed post voids its approval and makes it a
    draft. Raises ValidationError, PermissionDenied, and Conflict with `mine` and `theirs` for an old version.
    """
    with transaction.atomic():
        post = workflow.lock(post.pk)
        revision = post.current_revision
        base = content_of(revision)
        try:
            workflow.require(post, Action.SAVE, by, at, version=version, mine=dict(data))
        except Conflict as conflict:
            conflict.theirs = as_data(post, base)
            raise
        content, when = clean(data, base, schedules.when_of(post), post.timezone)
        changes: dict[str, Any] = when.fields() if when else _no_time(data, post)
        same_time = all(getattr(post, name) == value for name, value in changes.items())
        main_text = main_text_of(post, base)
        given = _body(data["main_text"]) if "main_text" in data else main_text
        if content.hash == base.hash and same_time and given == main_text:
            return post
        if "main_text" in data:
            changes |= {"main_text": given}
        if content.hash != base.hash:
            revision = _write_revision(post, content, by=by, at=at)
            changes |= _columns(content) | {"current_revision": revision}
        was = Status(post.status)
        if was in VOIDED_BY_EDITS:
            changes |= {"approved_revision": None, "theme": _first_theme(content)}
        workflow.move(
            post,
            Action.SAVE,
            actor=by,
            at=at,
            version=version,
            data={"revision": revision.number if revision else None, "time_changed": not same_time},
            **changes,
        )
        if was != post.status:
            rounds.void_approval(post)
        reminders.after(post, Action.SAVE, by=by, at=at)
        return post


def delete(*, post: Post, by: Person, version: int, at: datetime) -> None:
    """Delete a draft that was never submitted. Raises PermissionDenied and Conflict."""
    with transaction.atomic():
        workflow.erase(workflow.lock(post.pk), actor=by, at=at, version=version)


def as_data(post: Post, content: Content | None = None) -> dict[str, Any]:
    """The post as `save()` takes it: what a form starts from, and the other side of a conflict."""
    content = content or content_of(post.current_revision)
    local = f"{post.local_date:%Y-%m-%d}T{post.local_time:%H:%M}" if post.local_date and post.local_time else None
    return asdict(content) | {
        "themes": list(content.themes),
        "variants": [asdict(variant) for variant in content.variants],
        "scheduled_local": local,
        "timezone": post.timezone,
        "fold": post.fold,
        "main_text": main_text_of(post, content),
    }


def main_text_of(post: Post, content: Content) -> str:
    """The text that channels share: the one kept by the composer ("" where it was left empty). For a post that was not
    written there it is what most of its channels say, of several the first; "" where a channel is still empty, which
    must not begin to speak because somebody saved something else."""
    if post.main_text is not None:
        return post.main_text
    texts = [variant.text for variant in content.variants]
    counted = Counter(texts)
    return max(counted, key=counted.__getitem__) if texts and all(text.strip() for text in texts) else ""


def clean(data: Mapping[str, Any], base: Content, when: When | None, zone: str) -> tuple[Content, When | None]:
    """The content and time that `data` makes of `base` and `when`. Raises ValidationError, field by field."""
    errors: dict[str, list[str]] = {}
    values: dict[str, Any] = {}
    cleaners = {
        "title": lambda value: _line(value, MAX_TITLE),
        "purpose": lambda value: _line(value, MAX_PURPOSE),
        "audience": _audience,
        "language": _language,
        "themes": lambda value: _themes(value, base.themes),
        "variants": _variants,
        "main_text": _body,
    }
    for name, cleaner in cleaners.items():
        if name in data:
            try:
                values[name] = cleaner(data[name])
            except ValidationError as error:
                errors[name] = error.messages
    if any(name in data for name in TIME_FIELDS):
        try:
            when = _clean_time(data, when, zone)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                errors.setdefault(name, []).extend(messages)
    if errors:
        raise ValidationError(errors)
    values.pop("main_text", None)  # no part of a content
    return Content(**(_as_fields(base) | values)), when


def _as_fields(content: Content) -> dict[str, Any]:
    return {name: getattr(content, name) for name in CONTENT_FIELDS}


def _clean_time(data: Mapping[str, Any], when: When | None, zone: str) -> When | None:
    local = data.get("scheduled_local", f"{when.local_date}T{when.local_time:%H:%M}" if when else None)
    zone = _zone(data, zone)
    fold = data.get("fold")
    if fold not in (None, 0, 1):
        raise ValidationError({"fold": _("Isi 0 (yang pertama) atau 1 (yang kedua).")})
    if local in (None, ""):
        return None
    if not isinstance(local, str):
        raise ValidationError({"scheduled_local": _("Tulis tanggal dan jam sebagai teks.")})
    if fold is None and when and local == f"{when.local_date}T{when.local_time:%H:%M}" and zone == when.timezone:
        fold = when.fold
    return schedules.parse(local, zone, fold)


def _zone(data: Mapping[str, Any], default: str) -> str:
    zone = data.get("timezone") or default
    if not isinstance(zone, str):
        raise ValidationError({"timezone": _("Tulis zona waktu sebagai teks, misalnya Asia/Tokyo.")})
    # any time resolves the zone or says why not
    schedules.resolve(datetime(2026, 1, 1, 12), zone, 0)  # noqa: DTZ001 - local times are naive here
    return zone


def _no_time(data: Mapping[str, Any], post: Post) -> dict[str, Any]:
    """The columns when no time results: as they are, or emptied when the time was taken away."""
    if post.scheduled_at is None:
        return {"timezone": _zone(data, post.timezone)} if data.get("timezone") else {}
    empty = dict.fromkeys(("local_date", "local_time", "scheduled_at")) | {"fold": 0}
    return empty if "scheduled_local" in data else {}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValidationError(_("Harus berupa teks."))
    return networks.normalise(value)


def _line(value: Any, longest: int) -> str:
    text = " ".join(_text(value).split())
    if len(text) > longest:
        raise ValidationError(
            _("Terlalu panjang: %(length)d karakter, paling banyak %(limit)d.")
            % {"length": len(text), "limit": longest}
        )
    return text


def _body(value: Any, name: str = "") -> str:
    """A text of any length that is counted; `name` is the channel it is for."""
    text = _text(value)
    if len(text) > networks.MAX_TEXT:
        raise ValidationError(
            _("%(name)s: naskah melebihi %(limit)d karakter.")
            % {"name": name or _("Naskah induk"), "limit": networks.MAX_TEXT}
        )
    return text


def _audience(value: Any) -> str | None:
    if value in (None, ""):
        return None
    if not isinstance(value, str) or not Audience.objects.filter(code=value).exists():
        raise ValidationError(_("Khalayak “%(code)s” tidak dikenal.") % {"code": value})
    return value


def _language(value: Any) -> str:
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or value not in LANGUAGES:
        raise ValidationError(_("Bahasa “%(code)s” tidak dikenal.") % {"code": value})
    return value


def _codes(value: Any) -> list[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(code, str) for code in value):
        raise ValidationError(_("Harus berupa daftar kode."))
    return list(dict.fromkeys(value))


def _themes(value: Any, before: Iterable[str]) -> tuple[str, ...]:
    codes = _codes(value or [])
    if len(codes) > MAX_THEMES:
        raise ValidationError(_("Paling banyak %(limit)d tema.") % {"limit": MAX_THEMES})
    # a theme retired since may stay where it was, it is no longer offered anew
    known = set(Theme.objects.filter(code__in=codes, is_active=True).values_list("code", flat=True)) | set(before)
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise ValidationError(_("Tema tidak dikenal atau tidak aktif: %(codes)s.") % {"codes": ", ".join(unknown)})
    return tuple(codes)


def _variants(value: Any) -> tuple[Text, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in value):
        raise ValidationError(_("Harus berupa daftar kanal dengan naskahnya."))
    known = dict(Network.objects.values_list("code", "name"))
    result: dict[str, Text] = {}
    for row in value:
        code = row.get("network")
        if not isinstance(code, str) or code not in known:
            raise ValidationError(_("Kanal “%(code)s” tidak dikenal.") % {"code": code})
        if code in result:
            raise ValidationError(_("Kanal “%(name)s” disebut dua kali.") % {"name": known[code]})
        if row.get("media"):
            raise ValidationError(
                _("%(name)s: media belum dapat dilampirkan; kirim naskah saja.") % {"name": known[code]}
            )
        text = _body(row.get("text"), known[code])
        result[code] = Text(code, _line(row.get("title"), 300), text)
    order = list(known)
    return tuple(sorted(result.values(), key=lambda variant: order.index(variant.network)))


def _first_theme(content: Content) -> Theme | None:
    return Theme.objects.filter(code=content.themes[0]).first() if content.themes else None


def _columns(content: Content) -> dict[str, Any]:
    """What the post repeats of its current revision."""
    return {"title": content.title, "language": content.language, "theme": _first_theme(content)}


def _write_revision(post: Post, content: Content, *, by: Person, at: datetime) -> Revision:
    last = post.revisions.order_by("-number").values_list("number", flat=True).first() or 0
    revision = Revision.objects.create(
        post=post,
        number=last + 1,
        content_hash=content.hash,
        author=by,
        created_at=at,
        title=content.title,
        purpose=content.purpose,
        audience=Audience.objects.get(code=content.audience) if content.audience else None,
        language=content.language,
    )
    ids = dict(Theme.objects.filter(code__in=content.themes).values_list("code", "pk"))
    RevisionTheme.objects.bulk_create(
        RevisionTheme(revision=revision, theme_id=ids[code], position=place)
        for place, code in enumerate(content.themes)
    )
    ids = dict(Network.objects.values_list("code", "pk"))
    Variant.objects.bulk_create(
        Variant(revision=revision, network_id=ids[row.network], title=row.title, text=row.text)
        for row in content.variants
    )
    return revision
