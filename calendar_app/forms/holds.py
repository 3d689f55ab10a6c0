"""The form of a new hold."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calendar_app.models import Hold
from calendar_app.queries.posts import branches
from calendar_app.services import holds as services
from missions.models import Mission, Region


class HoldForm(forms.Form):
    """A scope and, for all but "everything", which one: there is a list for each scope."""

    scope = forms.ChoiceField(
        label=gettext_lazy("Apa yang ditahan"),
        choices=Hold.Scope.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Pilih cakupannya.")},
    )
    region = forms.CharField(label=gettext_lazy("Kawasan"), required=False, widget=forms.Select)
    mission = forms.CharField(label=gettext_lazy("Perwakilan"), required=False, widget=forms.Select)
    theme = forms.CharField(label=gettext_lazy("Tema"), required=False, widget=forms.Select)
    reason = forms.CharField(
        label=gettext_lazy("Alasan"),
        max_length=500,
        error_messages={"required": gettext_lazy("Tulis alasannya; alasan ini tampil di setiap halaman yang terkena.")},
        help_text=gettext_lazy("Tampil di semua halaman perwakilan yang terkena."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    stops_urgent = forms.BooleanField(label=gettext_lazy("Tahan juga tayang mendesak"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = ("", _("Pilih…"))
        missions: dict[str, list[tuple[str, str]]] = {}
        for mission in Mission.objects.order_by("kind", "name_id"):
            missions.setdefault(mission.kind, []).append((mission.code, mission.name))
        self._offer("region", [first, *((row.code, row.name) for row in Region.objects.all())])
        self._offer("mission", [first, *missions.items()])
        self._offer("theme", [first, *((b.name, [(t.code, t.name) for t in themes]) for b, themes in branches())])

    def _offer(self, name: str, choices: list[Any]) -> None:
        widget = self.fields[name].widget
        assert isinstance(widget, forms.Select)
        widget.choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        scope = str(cleaned.get("scope", ""))
        self.code = str(cleaned.get(scope) or "")
        self.target = None
        try:
            if scope:
                self.target = services.target(scope, self.code)
        except ValidationError as error:
            self.add_error(scope, error.messages)
        return cleaned

    @property
    def hold(self) -> Hold:
        """The hold as it would be made, for counting what it covers."""
        scope = self.cleaned_data["scope"]
        fields: dict[str, Any] = {} if self.target is None else {scope: self.target}
        return Hold(scope=scope, reason=self.cleaned_data["reason"], **fields)

    @property
    def for_service(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {
            "scope": cleaned["scope"],
            "code": self.code,
            "reason": cleaned["reason"],
            "stops_urgent": cleaned["stops_urgent"],
        }

    def take(self, error: ValidationError) -> None:
        """Show what the service refused."""
        problems = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, texts in problems.items():
            field = str(self.cleaned_data.get("scope", "")) if name == "code" else name
            self.add_error(field if field in self.fields else None, ValidationError(texts))
