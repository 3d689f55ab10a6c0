"""Forms of the profile page: who I am, what I want mailed, and tokens for programs."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calendar_app.queries import received
from calendar_app.queries.reminders import MUTABLE_KINDS
from missions.models import ApiToken, Person
from missions.tokens import MOST_DAYS


class Taking(forms.Form):
    """A form that shows what a service refuses."""

    def take(self, error: ValidationError) -> None:
        """Beside the fields, and on top of the form where there is none of that name."""
        problems = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, texts in problems.items():
            self.add_error(name if name in self.fields else None, ValidationError(texts))


class ProfileForm(Taking):
    name = forms.CharField(
        label=gettext_lazy("Nama"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    language = forms.ChoiceField(label=gettext_lazy("Bahasa"), choices=Person.Language.choices)
    timezone = forms.CharField(
        label=gettext_lazy("Zona waktu saya"),
        required=False,
        help_text=gettext_lazy(
            "Ketik nama kota, misalnya Tokyo. Kalender dapat menunjukkan waktu ini di samping waktu perwakilan."
        ),
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    appearance = forms.ChoiceField(
        label=gettext_lazy("Tampilan"),
        choices=[(choice.value, capfirst(choice.label)) for choice in Person.Appearance],
        widget=forms.RadioSelect,
    )
    single_keys = forms.BooleanField(
        label=gettext_lazy("Pintasan satu tombol"),
        required=False,
        help_text=gettext_lazy(
            "Misalnya M untuk memindahkan unggahan di kalender. Matikan bila Anda mendikte atau tombolnya mengganggu."
        ),
    )

    def clean_timezone(self) -> str:
        """The IANA name; a city alone is understood when only one zone has it."""
        text = str(self.cleaned_data["timezone"]).strip()
        if not text:
            return ""
        wanted = text.replace(" ", "_").casefold()
        exact = [zone for zone in zones() if zone.casefold() == wanted]
        found = exact or [zone for zone in zones() if zone.rsplit("/", 1)[-1].casefold() == wanted]
        if len(found) != 1:
            raise ValidationError(_("Pilih salah satu dari daftar, misalnya Asia/Tokyo."))
        return found[0]


class MailsForm(Taking):
    """A box for each kind of reminder that the person can get and may keep out of the mailbox."""

    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Kirim lewat surel dan ke perangkat"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [kind for kind in received.kinds_of(person) if kind in MUTABLE_KINDS]
        field = self.fields["kinds"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(kind.value, kind.label) for kind in offered]
        # what they chose of the others stays, for the day they have another role
        self._kept = [kind for kind in mailed_to(person) if kind not in offered]

    @property
    def wanted(self) -> list[str]:
        """What `services.profile.choose_mails()` takes."""
        return [*self.cleaned_data["kinds"], *self._kept]


class QuietForm(Taking):
    """Hours of each day, perhaps over midnight, and days off."""

    quiet_from = forms.TimeField(
        label=gettext_lazy("Tenang mulai"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M"],
    )
    quiet_until = forms.TimeField(
        label=gettext_lazy("Tenang sampai"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M"],
    )
    quiet_days_off = forms.BooleanField(label=gettext_lazy("Tenang juga pada hari libur"), required=False)


def always_mailed(person: Person) -> list[str]:
    """The names of the kinds that come to them by mail whatever they choose."""
    return [str(kind.label) for kind in received.kinds_of(person) if kind not in MUTABLE_KINDS]


class TokenForm(Taking):
    name = forms.CharField(
        label=gettext_lazy("Nama"),
        max_length=80,
        help_text=gettext_lazy("Untuk apa token ini, supaya nanti Anda tahu mana yang dicabut."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("Cakupan"), choices=ApiToken.Scope.choices, widget=forms.RadioSelect, initial="read"
    )
    days = forms.IntegerField(label=gettext_lazy("Berlaku (hari)"), min_value=1, max_value=MOST_DAYS, initial=90)

    prefix = "token"


def mailed_to(person: Person) -> list[str]:
    """The kinds that the person did not keep out of the mailbox."""
    return [kind.value for kind in MUTABLE_KINDS if kind not in person.muted_kinds]


def zones() -> list[str]:
    """The zones to choose from: those named after a place, by name."""
    areas = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
    return [*sorted(zone for zone in zoneinfo.available_timezones() if zone.startswith(areas)), "UTC"]
