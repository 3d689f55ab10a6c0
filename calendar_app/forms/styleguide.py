"""A form with a field of every kind, for the page of components."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

CHOICES = [("satu", _("Satu")), ("dua", _("Dua"))]


class Sample(forms.Form):
    """Nothing of it is ever saved. Bound to `{"filled": …}`, `wrong` shows its error."""

    empty = forms.CharField(label=_("Kosong"), required=False)
    filled = forms.CharField(label=_("Terisi"))
    helped = forms.CharField(label=_("Dengan bantuan"), required=False, help_text=_("Satu kalimat."))
    wrong = forms.CharField(label=_("Dengan kesalahan"), error_messages={"required": _("Isi dulu bagian ini.")})
    text = forms.CharField(label=_("Teks panjang"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    choice = forms.ChoiceField(label=_("Pilihan"), choices=CHOICES)
    many = forms.MultipleChoiceField(
        label=_("Beberapa pilihan"), choices=CHOICES, required=False, widget=forms.CheckboxSelectMultiple
    )
    box = forms.BooleanField(label=_("Centang"), required=False)
