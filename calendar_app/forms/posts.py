"""The composer: what a mission types, as the data that `services/drafts.py` takes. Rules are the service's alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.http import QueryDict
from django.utils import formats
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from calendar_app.models import Audience, Network, Post, Status, Theme
from calendar_app.networks import Count, count, fits
from calendar_app.queries import posts as queries
from calendar_app.queries.days import jakarta
from calendar_app.services import drafts, schedules
from missions.models import Mission

Branches = list[tuple[Theme, list[Theme]]]
Problems = Mapping[str, Iterable[str]]


class Codes(forms.MultipleChoiceField):
    """Several codes; which of them are known is the service's question, so that pages and API say the same."""

    def valid_value(self, value: str) -> bool:
        # PostgreSQL refuses to be asked for a text with NUL in it
        return "\0" not in value


class Selected(forms.CharField):
    """One code from a list, checked by the service."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Select, **kwargs)


class Verbatim(forms.CharField):
    """Text as it was typed, spaces and all."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, strip=False, widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}), **kwargs)


@dataclass(frozen=True)
class ChannelFields:
    """What the composer shows of one network. `main` is the text of channels that have none of their own."""

    network: Network
    is_on: bool
    text: BoundField
    title: BoundField | None
    main: str

    @property
    def is_own(self) -> bool:
        """Has the channel a text of its own?"""
        return bool(str(self.text.value() or "").strip())

    @property
    def says(self) -> str:
        return str(self.text.value()) if self.is_own else self.main

    @cached_property
    def count(self) -> Count | None:
        """The length as it stood when the page was made; None for a channel that is not chosen."""
        title = str(self.title.value() or "") if self.title else ""
        return count(self.network.limits, self.says, title) if self.is_on else None

    @property
    def over(self) -> int:
        """How much is above the limit, in the network's unit."""
        return max(0, self.count.length - self.count.limit) if self.count and self.count.limit else 0

    @property
    def fits(self) -> int | None:
        """Where the text is cut, in UTF-16 units; None for one that is within the limit."""
        return fits(self.network.limits, self.says) if self.count and not self.count.valid else None


@dataclass(frozen=True)
class Item:
    """A line of the checklist: where it leads, whether that part is complete (ok), open (no) or wrong (err), and a word
    or two on what is there."""

    name: str
    anchor: str
    label: str
    state: str
    detail: str = ""


class TimeForm(forms.Form):
    """Date and time in a zone, and which of the two where the clock there shows that time twice."""

    date = forms.CharField(
        label=gettext_lazy("Tanggal"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    time = forms.CharField(label=gettext_lazy("Jam"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    fold = forms.CharField(required=False)

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone

    @property
    def local(self) -> str | None:
        """The local time as the services take it; None while there is no date or no time."""
        date, time = (str(self[name].value() or "").strip() for name in ("date", "time"))
        return f"{date}T{time[:5]}" if date and time else None

    @property
    def which(self) -> int | None:
        value = self["fold"].value()
        return int(value) if str(value) in ("0", "1") else None

    @property
    def instant(self) -> datetime | None:
        """The instant that is typed, for showing it in WIB; None where there is none."""
        try:
            return schedules.parse(self.local, self.zone, self.which or 0).instant if self.local else None
        except ValidationError:
            return None

    @property
    def is_same_day(self) -> bool:
        """Is it the same date in Jakarta?"""
        instant = self.instant
        return instant is not None and (self.local or "").startswith(f"{instant.astimezone(jakarta()):%Y-%m-%d}T")

    @property
    def folds(self) -> list[tuple[str, str]]:
        """The two readings of a time that the clock shows twice, else nothing."""
        if self.local is None or self.instant is None:
            return []
        both = [schedules.parse(self.local, self.zone, fold).instant for fold in (0, 1)]
        if both[0] == both[1]:
            return []
        names = (_("yang pertama"), _("yang kedua"))
        return [
            (str(fold), f"{names[fold]} ({formats.date_format(instant, 'H.i')} UTC)")
            for fold, instant in enumerate(both)
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if bool(cleaned.get("date")) != bool(cleaned.get("time")):
            lacking = "time" if cleaned.get("date") else "date"
            self.add_error(lacking, _("Isi tanggal dan jamnya, atau kosongkan keduanya."))
        return cleaned

    def time_data(self) -> dict[str, Any]:
        return {"scheduled_local": self.local, "fold": self.which}

    def take(self, error: ValidationError) -> None:
        """Show what a service refused beside the fields."""
        if hasattr(error, "error_dict"):
            self.point_out(error.message_dict)
        else:
            self.point_out({"": error.messages})

    def point_out(self, problems: Problems) -> None:
        """Show problems (field of the API → messages) beside the fields, also of a form just opened."""
        for name, messages in problems.items():
            field = self.field_for(name)
            known = [str(text) for text in self.errors.get(field, [])]
            self.errors[field] = self.error_class([*known, *(text for text in messages if text not in known)])

    def field_for(self, name: str) -> str:
        """The field of this form that stands for a field of the API."""
        field = {"scheduled_local": "date", "timezone": "date"}.get(name, name)
        return field if field in self.fields else "__all__"


class ComposerForm(TimeForm):
    """Everything that a post says, and when. A draft may be incomplete; nothing here is required."""

    title = forms.CharField(
        label=gettext_lazy("Judul"),
        required=False,
        help_text=gettext_lazy("Nama untuk Anda dan Pusat; tidak ikut tayang."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    purpose = forms.CharField(
        label=gettext_lazy("Untuk siapa, untuk apa?"),
        required=False,
        help_text=gettext_lazy("Satu kalimat: setelah membaca, siapa akan tahu, merasa, atau berbuat apa."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "class": "big"}),
    )
    audience = Selected(label=gettext_lazy("Khalayak"))
    language = Selected(label=gettext_lazy("Bahasa naskah"))
    themes = Codes(label=gettext_lazy("Tema"), required=False)
    themes_order = forms.CharField(required=False, widget=forms.HiddenInput)
    first_theme = Selected(
        label=gettext_lazy("Tema pertama"),
        help_text=gettext_lazy("Dihitung di kalender sampai peninjau memutuskan."),
    )
    networks = Codes(label=gettext_lazy("Kanal"), required=False)
    main_text = Verbatim(label=gettext_lazy("Naskah induk"))
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    confirm = forms.BooleanField(required=False)

    def __init__(
        self,
        *args: Any,
        mission: Mission,
        networks: list[Network],
        audiences: list[Audience],
        languages: list[tuple[str, str]],
        branches: Branches,
        voids_approval: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.mission, self.offered, self.branches = mission, networks, branches
        self.voids_approval = voids_approval
        empty = ("", _("Pilih…"))
        _offer(self, "audience", [empty, *((row.code, row.name) for row in audiences)])
        _offer(self, "language", [empty, *languages])
        grouped = [(branch.name, [(theme.code, theme.name) for theme in themes]) for branch, themes in branches]
        _offer(self, "first_theme", [("", _("yang dipilih pertama")), *grouped])
        for network in networks:
            self.fields[f"text_{network.code}"] = Verbatim(label=_("Naskah %(network)s") % {"network": network.name})
            if network.has_title:
                self.fields[f"title_{network.code}"] = forms.CharField(
                    label=_("Judul %(network)s") % {"network": network.name},
                    required=False,
                    widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
                )

    def field_for(self, name: str) -> str:
        if name == "variants":
            return "networks"
        if name.startswith("variants."):
            return super().field_for(f"text_{name.removeprefix('variants.')}")
        return super().field_for(name)

    @cached_property
    def channels(self) -> list[ChannelFields]:
        """The networks, each with its fields."""
        chosen = set(self["networks"].value() or [])
        main = str(self["main_text"].value() or "")
        return [
            ChannelFields(
                network,
                network.code in chosen,
                self[f"text_{network.code}"],
                self[f"title_{network.code}"] if network.has_title else None,
                main,
            )
            for network in self.offered
        ]

    @property
    def chosen_themes(self) -> list[str]:
        """Codes of the themes as they are proposed: the first one, then the others as they were chosen."""
        chosen = list(self["themes"].value() or [])
        first = self["first_theme"].value()
        order = [code for code in str(self["themes_order"].value() or "").split(",") if code in chosen]
        return list(dict.fromkeys([*([first] if first else []), *order, *chosen]))

    @property
    def first(self) -> Theme | None:
        """The theme under which the calendar counts the post until a reviewer decides."""
        themes = {theme.code: theme for _branch, themes in self.branches for theme in themes}
        return next((themes[code] for code in self.chosen_themes if code in themes), None)

    def checklist(self, missing: Problems | None) -> list[Item]:
        """What a complete post needs, in the order of the page. `missing` is of the stored post, None for a new one."""
        on = [channel for channel in self.channels if channel.is_on]
        texts = [
            (
                f"variants.{channel.network.code}",
                channel.text.id_for_label if channel.is_own else "id_main_text",
                str(channel.text.label),
                _("%(n)s di atas batas") % {"n": formats.number_format(channel.over)} if channel.over else "",
            )
            for channel in on
        ]
        more = len(self.chosen_themes) - 1
        theme = self.first.name + (f" +{more}" if more else "") if self.first else ""
        parts = [
            ("purpose", "id_purpose", _("Tujuan"), ""),
            ("audience", "id_audience", _("Khalayak"), ""),
            ("language", "id_language", _("Bahasa naskah"), ""),
            ("themes", "f-tema", _("Tema"), theme),
            ("variants", "f-kanal", _("Kanal"), ", ".join(channel.network.name for channel in on)),
            *texts,
            ("scheduled_local", "id_date", _("Waktu tayang"), self._spoken),
        ]
        return [Item(name, anchor, label, self._state(name, missing), detail) for name, anchor, label, detail in parts]

    def _state(self, name: str, missing: Problems | None) -> str:
        if self.errors.get(self.field_for(name)) or any(
            name == f"variants.{channel.network.code}" and channel.count and not channel.count.valid
            for channel in self.channels
        ):
            return "err"
        if missing is None:
            return "ok" if self._has(name) else "no"
        return "no" if name in missing else "ok"

    @property
    def _spoken(self) -> str:
        """The local time in few words, as static/js/spoken.js says it."""
        try:
            local = datetime.fromisoformat(self.local or "")
        except ValueError:
            return ""
        return f"{formats.date_format(local, 'D, j M')}, {formats.time_format(local, _time_pattern())}"

    def _has(self, name: str) -> bool:
        """Is anything there? For a post that nobody has saved yet."""
        for channel in self.channels:
            if name == f"variants.{channel.network.code}":
                return bool(channel.says.strip()) and not (channel.title and not channel.title.value())
        return bool(self[self.field_for(name)].value())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.voids_approval and not cleaned.get("confirm"):
            self.add_error("confirm", _("Beri centang bahwa suntingan ini membatalkan persetujuan."))
        return cleaned

    def data_for_service(self) -> dict[str, Any]:
        """What was typed, with the field names of the API."""
        cleaned = self.cleaned_data
        return {
            "title": cleaned.get("title", ""),
            "purpose": cleaned.get("purpose", ""),
            "audience": cleaned.get("audience", ""),
            "language": cleaned.get("language", ""),
            "themes": self.chosen_themes,
            "main_text": cleaned.get("main_text", ""),
            "variants": [self._variant(code) for code in cleaned.get("networks", [])],
        } | self.time_data()

    def is_stale(self, post: Post) -> bool:
        """Was the form opened on another version of the post?"""
        return str(self["version"].value()) != str(post.version)

    def on_version(self, version: int) -> QueryDict:
        """What was typed, as if it had been typed on this version. A consent given on another one does not count."""
        data = QueryDict(mutable=True)
        data.update(self.data)
        data["version"] = str(version)
        data.pop("confirm", None)
        return data

    def without_complaints(self) -> ComposerForm:
        """The same form without errors: it was typed on something that changed meanwhile."""
        self.full_clean()
        self.errors.clear()
        return self

    def _variant(self, code: str) -> dict[str, str]:
        cleaned = self.cleaned_data
        own = cleaned.get(f"text_{code}", "")
        text = own if own.strip() else cleaned.get("main_text", "")
        return {"network": code, "text": text, "title": cleaned.get(f"title_{code}", "")}


def composer_for(
    mission: Mission, *, post: Post | None = None, data: QueryDict | None = None, initial: dict[str, Any] | None = None
) -> ComposerForm:
    """The composer of a mission, for a new post or an existing one. What the post has already is offered, too."""
    start = initial_of(post) if post else {}
    start |= initial or {}
    return ComposerForm(
        data,
        initial=start,
        mission=mission,
        zone=post.timezone if post else mission.timezone,
        networks=queries.networks(start.get("networks", [])),
        audiences=queries.audiences(),
        languages=queries.language_choices(mission),
        branches=queries.branches(start.get("themes", [])),
        voids_approval=post is not None and post.status in (Status.APPROVED, Status.MISSED),
    )


def _time_pattern() -> str:
    return "H:i" if (get_language() or "").startswith("en") else "H.i"


def _offer(form: forms.Form, name: str, choices: list[Any]) -> None:
    widget = form.fields[name].widget
    assert isinstance(widget, forms.Select)
    widget.choices = choices


def initial_of(post: Post) -> dict[str, Any]:
    """What the composer starts from: the post as it stands."""
    data = drafts.as_data(post)
    date, _t, time = (data["scheduled_local"] or "").partition("T")
    initial = {name: data[name] for name in ("title", "purpose", "audience", "language", "themes")}
    initial |= {"date": date, "time": time, "fold": str(post.fold), "version": post.version}
    initial |= {"themes_order": ",".join(data["themes"]), "networks": [row["network"] for row in data["variants"]]}
    main = data["main_text"]
    initial["main_text"] = main
    for row in data["variants"]:
        own = "" if row["text"] == main else row["text"]
        initial |= {f"text_{row['network']}": own, f"title_{row['network']}": row["title"]}
    return initial
