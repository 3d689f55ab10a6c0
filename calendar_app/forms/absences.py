"""The form of an absence."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calendar_app.forms.profile import Taking
from calendar_app.queries import absences as queries
from missions.models import Person
from missions.roles import Permission


def _offered(text: str, lacking: set[Permission]) -> str:
    if Permission.REVIEW in lacking:
        return _("%(deputy)s: tidak dapat memutuskan tinjauan") % {"deputy": text}
    if lacking:
        return _("%(deputy)s: tidak dapat memaraf") % {"deputy": text}
    return text


class AbsenceForm(Taking):
    """From which day to which, and who stands in; `person` is whom it is about."""

    first = forms.DateField(
        label=gettext_lazy("Hari pertama"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )
    last = forms.DateField(
        label=gettext_lazy("Hari terakhir"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )
    deputy = forms.ChoiceField(label=gettext_lazy("Pengganti"), required=False)

    prefix = "absence"

    def __init__(self, *args: Any, person: Person, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = queries.candidates(person)
        self._deputies = {str(deputy.pk): deputy for deputy, _roles in found}
        lacking = queries.cannot_decide(person, [deputy for deputy, _roles in found])
        offered = [
            (str(deputy.pk), _offered(f"{deputy.name} ({', '.join(roles)})", lacking.get(deputy.pk, set())))
            for deputy, roles in found
        ]
        field = self.fields["deputy"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Tanpa pengganti")), *offered]
        for name in ("first", "last"):
            self.fields[name].widget.attrs["min"] = today.isoformat()

    @property
    def for_service(self) -> dict[str, Any]:
        """What `services.absences.declare()` takes."""
        cleaned = self.cleaned_data
        return {
            "first": cleaned["first"],
            "last": cleaned["last"],
            "deputy": self._deputies.get(cleaned["deputy"]),
        }
