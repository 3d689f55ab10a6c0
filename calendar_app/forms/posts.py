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
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calendar_app.models import Audience, Network, Post, Status, Theme
from calendar_app.networks import Count, count
from calendar_app.queries import posts as queries
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
    """What the composer shows of one network."""

    network: Network
    is_on: bool
    text: BoundField
    title: BoundField | None

    @property
    def count(self) -> Count | None:
        """The length as it stood when the page was made; None for a channel that is not chosen."""
        title = str(self.title.value() or "") if self.title else ""
        return count(self.network.limits, str(self.text.value() or ""), title) if self.is_on else None


@dataclass(frozen=True)
class Item:
    """A line of the checklist: where it leads, and whether that part is complete (ok), open (no) or wrong (err)."""

    name: str
    anchor: str
    label: str
    state: str


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

    @property
    def channels(self) -> list[ChannelFields]:
        """The networks, each with its fields."""
        chosen = set(self["networks"].value() or [])
        return [
            ChannelFields(
                network,
                network.code in chosen,
                self[f"text_{network.code}"],
                self[f"title_{network.code}"] if network.has_title else None,
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

    def checklist(self, missing: Problems | None) -> list[Item]:
        """What a complete post needs, in the order of the page. `missing` is of the stored post, None for a new one."""
        texts = [
            (f"variants.{channel.network.code}", channel.text.id_for_label, str(channel.text.label))
            for channel in self.channels
            if channel.is_on
        ]
        parts = [
            ("purpose", "f-tujuan", _("Tujuan")),
            ("audience", "f-khalayak", _("Khalayak")),
            ("language", "f-khalayak", _("Bahasa naskah")),
            ("themes", "f-tema", _("Tema")),
            ("variants", "f-kanal", _("Kanal")),
            *texts,
            ("scheduled_local", "f-waktu", _("Waktu tayang")),
        ]
        return [Item(name, anchor, label, self._state(name, missing)) for name, anchor, label in parts]

    def _state(self, name: str, missing: Problems | None) -> str:
        field = self.field_for(name)
        if self.errors.get(field):
            return "err"
        if missing is None:
            return "ok" if self[field].value() else "no"
        return "no" if name in missing else "ok"

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
        return {"network": code, "text": cleaned.get(f"text_{code}", ""), "title": cleaned.get(f"title_{code}", "")}


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
    for row in data["variants"]:
        initial |= {f"text_{row['network']}": row["text"], f"title_{row['network']}": row["title"]}
    return initial
