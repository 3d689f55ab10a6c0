"""The form of a decision: which theme, how well aligned, a note; and the filter of the queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calendar_app.models import Alignment, Theme
from calendar_app.queries import posts as queries
from calendar_app.queries import reviews
from calendar_app.queries.offered import Offered

APPROVE, REQUEST_CHANGES, DECLINE = "approve", "request_changes", "decline"
KEEP, RETRACT = "keep", "retract"


@dataclass(frozen=True)
class Pick:
    """A theme to choose: how it stands in the form now."""

    theme: Theme
    is_primary: bool
    is_secondary: bool


class DecisionForm(forms.Form):
    """What an editor says of a post. Whether it will do is the service's question; here only its shape is read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    content_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)
    do = forms.ChoiceField(
        choices=[(word, word) for word in (APPROVE, REQUEST_CHANGES, DECLINE, KEEP, RETRACT)],
        error_messages={
            "required": gettext_lazy("Pilih keputusan."),
            "invalid_choice": gettext_lazy("Keputusan ini tidak dikenal."),
        },
    )
    primary_theme = forms.CharField(required=False, max_length=60)
    secondary_themes = forms.MultipleChoiceField(required=False)
    alignment = forms.ChoiceField(required=False, choices=Alignment.choices)
    activity_only = forms.BooleanField(required=False)
    note = forms.CharField(
        required=False, max_length=5000, strip=False, widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.branches = queries.branches()
        field = self.fields["secondary_themes"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(theme.code, theme.name) for _branch, themes in self.branches for theme in themes]

    def picks(self, proposed: Iterable[Theme]) -> tuple[list[Pick], list[tuple[Theme, list[Pick]]]]:
        """The proposed themes, and the others by branch."""
        first = [theme for theme in proposed if theme.is_active]
        codes = {theme.code for theme in first}
        others = [
            (branch, [self._pick(theme) for theme in themes if theme.code not in codes])
            for branch, themes in self.branches
        ]
        return [self._pick(theme) for theme in first], [(branch, picks) for branch, picks in others if picks]

    def _pick(self, theme: Theme) -> Pick:
        secondary = self["secondary_themes"].value() or []
        return Pick(theme, self["primary_theme"].value() == theme.code, theme.code in secondary)

    @property
    def is_elsewhere(self) -> bool:
        """Was a theme chosen, or typed wrongly, so that the list of all must be open?"""
        return self.is_bound and bool(self.errors.get("primary_theme") or self.errors.get("secondary_themes"))

    @property
    def typed(self) -> dict[str, Any]:
        """What a decision about themes needs."""
        names = ("primary_theme", "secondary_themes", "alignment", "activity_only", "note")
        return {name: self.cleaned_data[name] for name in names}

    def take(self, error: ValidationError) -> None:
        """Show what the service refused beside the fields."""
        problems = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, texts in problems.items():
            field = {"comment": "note", "outcome": "do"}.get(name, name)
            self.add_error(field if field in self.fields else None, ValidationError(texts))

    def on(self, version: int, content_hash: str) -> DecisionForm:
        """The same words on the newest version, which is still to be read."""
        data = QueryDict(mutable=True)
        for name in self.fields:
            data.setlist(name, self.data.getlist(name) if isinstance(self.data, QueryDict) else [])
        data["version"], data["content_hash"] = str(version), content_hash
        return DecisionForm(data)


class QueueForm(forms.Form):
    """The queue's filter, a sentence with choices in it."""

    def __init__(self, data: Mapping[str, Any], offered: Offered) -> None:
        super().__init__(data, auto_id="s_%s")
        self._offer("region", _("Kawasan"), _("semua kawasan"), offered.regions)
        themes = [(branch.name, [(theme.code, theme.name) for theme in rows]) for branch, rows in queries.branches()]
        self._offer("theme", _("Tema"), _("semua tema"), themes)
        due = [
            (reviews.LATE, _("sudah lewat tenggat")),
            (reviews.TODAY, _("hari ini")),
            (reviews.WEEK, _("dalam tujuh hari")),
        ]
        self._offer("due", _("Tenggat"), _("kapan saja"), due)

    def _offer(self, name: str, label: str, everything: str, choices: list[Any]) -> None:
        attrs = {"class": "is-set"} if self.data.get(name) else {}
        widget = forms.Select(attrs=attrs, choices=[("", everything), *choices])
        self.fields[name] = forms.CharField(label=label, required=False, widget=widget)
