"""The list's filter, a sentence with choices in it. What the choices mean is `queries/filters.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calendar_app.models import Status
from calendar_app.queries import posts as queries
from calendar_app.queries.filters import DUE, HELD
from missions.models import Mission


class FilterForm(forms.Form):
    """Choices as they stand in the address. Each of them may be empty."""

    q = forms.CharField(
        label=gettext_lazy("berisi"), required=False, widget=forms.TextInput(attrs={"type": "search", "maxlength": 200})
    )

    def __init__(self, data: Mapping[str, Any], *, missions: list[Mission]) -> None:
        super().__init__(data, auto_id="s_%s")
        statuses = [(DUE, _("Saatnya tayang")), (HELD, _("Ditahan"))]
        self._offer("status", _("Status"), _("semua status"), [*Status.choices, *statuses])
        if len(missions) > 1:
            self._offer("mission", _("Perwakilan"), _("semua perwakilan"), [(row.code, row.name) for row in missions])
        if len({mission.region_id for mission in missions}) > 1:
            regions = {row.region.code: row.region for row in missions}
            ordered = sorted(regions.values(), key=lambda region: region.order)
            self._offer("region", _("Kawasan"), _("semua kawasan"), [(row.code, row.name) for row in ordered])
        themes = [
            (branch.name, [(theme.code, theme.name) for theme in themes]) for branch, themes in queries.branches()
        ]
        self._offer("theme", _("Tema"), _("semua tema"), themes)
        networks = [(network.code, network.name) for network in queries.networks()]
        self._offer("network", _("Kanal"), _("semua kanal"), networks)
        self._offer("language", _("Bahasa"), _("semua bahasa"), queries.language_choices(None))
        audiences = [(row.code, row.name) for row in queries.audiences()]
        self._offer("audience", _("Khalayak"), _("semua khalayak"), audiences)
        for name, label in (("from", _("Dari tanggal")), ("to", _("Sampai tanggal"))):
            self.fields[name] = forms.CharField(
                label=label, required=False, widget=forms.DateInput(attrs={"type": "date"})
            )

    def _offer(self, name: str, label: str, everything: str, choices: list[Any]) -> None:
        attrs = {"class": "is-set"} if self.data.get(name) else {}
        widget = forms.Select(attrs=attrs, choices=[("", everything), *choices])
        self.fields[name] = forms.CharField(label=label, required=False, widget=widget)

    @property
    def more(self) -> list[forms.BoundField]:
        """What stands behind "Saringan lain"."""
        return [self[name] for name in ("language", "audience", "from", "to")]

    @property
    def has_more(self) -> bool:
        return any(self.data.get(name) for name in ("language", "audience", "from", "to"))
