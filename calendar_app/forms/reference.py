"""Forms of the administrator's pages for reference data: lists as text, weekdays as boxes, zones to choose from."""

from __future__ import annotations

import re
import zoneinfo
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calendar_app.languages import LANGUAGES
from calendar_app.models import Network, Observance, Theme
from calendar_app.services import reference
from missions import services as missions
from missions.models import Mission

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Any]
    ModelMultipleChoiceField = forms.ModelMultipleChoiceField[Any]
else:
    ModelForm, ModelMultipleChoiceField = forms.ModelForm, forms.ModelMultipleChoiceField

COMMAS = gettext_lazy("Pisahkan dengan koma.")
LINES = gettext_lazy("Satu per baris.")


class ListField(forms.Field):
    """A list of words, typed with commas between them or, `by_line`, one in each line."""

    def __init__(self, *, by_line: bool = False, **options: Any) -> None:
        self.by_line = by_line
        options.setdefault("required", False)
        options.setdefault("help_text", LINES if by_line else COMMAS)
        rows = 5 if by_line else 2
        options.setdefault("widget", forms.Textarea(attrs={"rows": rows, "class": "vLargeTextField"}))
        super().__init__(**options)

    def to_python(self, value: str | None) -> list[str]:
        words = re.split(r"[\r\n]+" if self.by_line else r"[,;\r\n]+", value or "")
        # dict: each once, in the order typed
        return list(dict.fromkeys(word.strip() for word in words if word.strip()))

    def prepare_value(self, value: list[str] | str | None) -> str:
        return value if isinstance(value, str) else ("\n" if self.by_line else ", ").join(value or [])

    def has_changed(self, initial: list[str] | None, data: str | None) -> bool:
        return (initial or []) != self.to_python(data)


class ThemeCodesField(ModelMultipleChoiceField):
    """Themes to choose from, kept as a list of their codes."""

    def clean(self, value: Any) -> list[str]:  # type: ignore[override]
        return [theme.code for theme in super().clean(value)]


@cache
def zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """All IANA zones, grouped by their continent."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(zoneinfo.available_timezones()):
        continent, slash, place = name.partition("/")
        if slash and continent not in ("Etc", "SystemV"):
            groups.setdefault(continent, []).append((name, f"{name} ({place.replace('_', ' ')})"))
    return [*groups.items(), ("UTC", [("UTC", "UTC")])]


class CheckedForm(ModelForm):
    """A form that asks the service's own check while its fields can still show what is wrong."""

    check: ClassVar[Any] = None  # a function of the instance that raises ValidationError

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Django does this for the fields it makes itself.
        for field in self.fields.values():
            field.label = capfirst(field.label)

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        check = type(self).check
        if check is None or self.errors:
            return
        try:
            check(self.instance)
        except ValidationError as error:
            self.add_error(None, error)


class MissionForm(CheckedForm):
    check = staticmethod(missions.check_signoff)
    timezone = forms.ChoiceField(
        label=gettext_lazy("zona waktu"),
        choices=zone_choices,
        help_text=gettext_lazy("Unggahan yang akan datang ikut pindah zona dan tetap pada jam setempatnya."),
    )
    weekend = forms.TypedMultipleChoiceField(
        label=gettext_lazy("akhir pekan"),
        choices=[(number + 1, name) for number, name in WEEKDAYS.items()],
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    local_languages = ListField(
        label=gettext_lazy("bahasa setempat"),
        help_text=gettext_lazy("Kode bahasa, misalnya ar, en, zh-Hans. Pisahkan dengan koma."),
    )
    concurrent_accreditation = ListField(
        label=gettext_lazy("negara rangkapan"),
        help_text=gettext_lazy("Kode negara dua huruf, misalnya BJ, GH. Pisahkan dengan koma."),
    )

    class Meta:
        model = Mission
        fields: Any = ("code", "kind", "name_id", "name_en", "city", "country", "country_iso2", "timezone", "region")
        fields += ("local_languages", "weekend", "concurrent_accreditation", "status", "note", "needs_signoff")

    def clean_local_languages(self) -> list[str]:
        codes: list[str] = self.cleaned_data["local_languages"]
        _refuse_unknown([code for code in codes if code not in LANGUAGES])
        return codes

    def clean_concurrent_accreditation(self) -> list[str]:
        codes: list[str] = [code.upper() for code in self.cleaned_data["concurrent_accreditation"]]
        _refuse_unknown([code for code in codes if not re.fullmatch("[A-Z]{2}", code)])
        return codes


def _refuse_unknown(codes: list[str]) -> None:
    if codes:
        raise ValidationError(_("Kode tidak dikenal: %s.") % ", ".join(codes))


class ThemeForm(CheckedForm):
    check = staticmethod(reference.check_theme)
    parent = forms.ModelChoiceField(
        Theme.objects.filter(parent=None),
        label=gettext_lazy("cabang"),
        required=False,
        help_text=gettext_lazy("Kosong untuk sebuah cabang."),
    )
    hashtags = ListField(label=gettext_lazy("tagar"))
    key_messages = ListField(label=gettext_lazy("pesan kunci"), by_line=True)
    sample_keywords_id = ListField(label=gettext_lazy("contoh kata kunci"))
    sample_keywords_en = ListField(label=gettext_lazy("contoh kata kunci Inggris"))

    class Meta:
        model = Theme
        fields: Any = (
            "code",
            "parent",
            "letter",
            "crisis",
            "name_id",
            "name_en",
            "description_id",
            "description_en",
            "guidance",
        )
        fields += ("hashtags", "key_messages", "sample_keywords_id", "sample_keywords_en", "is_active")
        fields += ("order",)


class NetworkForm(CheckedForm):
    image_formats = ListField(label=gettext_lazy("format gambar"))
    hosts = ListField(
        label=gettext_lazy("alamat situs"),
        help_text=gettext_lazy("Tautan bukti tayang harus dari salah satu alamat ini. Pisahkan dengan koma."),
    )

    class Meta:
        model = Network
        fields: Any = ("code", "name", "max_chars", "counting_rule", "max_hashtags", "max_images", "image_formats")
        fields += ("max_image_mb", "max_video_seconds", "max_video_mb", "aspect_ratios", "alt_text_supported")
        fields += (
            "link_in_caption_clickable",
            "hosts",
            "compose_url",
            "checked_on",
            "source_note",
            "is_active",
            "order",
        )


class ObservanceForm(CheckedForm):
    date = forms.RegexField(
        r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$",
        label=gettext_lazy("tanggal (bulan-hari)"),
        help_text=gettext_lazy("Misalnya 08-17. Berulang setiap tahun."),
    )
    suggested_theme = ThemeCodesField(
        Theme.objects.all(),
        label=gettext_lazy("tema yang disarankan"),
        to_field_name="code",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Observance
        fields: Any = ("date", "name_id", "name_en", "kind", "suggested_theme")
