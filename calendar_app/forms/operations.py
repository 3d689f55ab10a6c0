"""The form by which sending is paused."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from calendar_app.services.operations import PAUSES

LASTS = {
    30: gettext_lazy("30 menit"),
    60: gettext_lazy("1 jam"),
    240: gettext_lazy("4 jam"),
    0: gettext_lazy("sampai dilanjutkan"),
}


class PauseForm(forms.Form):
    """Why, and for how long."""

    reason = forms.CharField(
        label=gettext_lazy("Alasan"),
        max_length=500,
        error_messages={"required": gettext_lazy("Tulis alasannya, supaya yang lain tahu.")},
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("Lamanya"), coerce=int, choices=[(number, LASTS[number]) for number in PAUSES]
    )
