"""The form of a chat bridge."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calendar_app.forms.profile import Taking
from calendar_app.models import Kind, Webhook
from calendar_app.queries.webhooks import missions
from calendar_app.services.webhooks import KINDS
from missions.models import Mission, Person

# What a team wants to see in its room, without being told everything.
USUAL = (Kind.PUBLISH_NOW, Kind.PUBLISH_OVERDUE, Kind.ESCALATED, Kind.URGENT_PUBLISHED, Kind.HELD, Kind.LIFTED)
# Chosen, not left empty: nobody is told about all missions by mistake.
EVERYWHERE = "pusat"


class WebhookForm(Taking):
    """Shape only; whether an address may be called is for the service to say."""

    name = forms.CharField(
        label=gettext_lazy("Nama"),
        max_length=80,
        help_text=gettext_lazy("Misalnya ruang obrolan tujuannya."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    url = forms.CharField(
        label=gettext_lazy("Alamat"),
        max_length=500,
        help_text=gettext_lazy("Alamat https penerima. Siapa pun yang memegangnya mungkin dapat menulis ke ruang itu."),
        widget=forms.URLInput(attrs={"inputmode": "url", "autocomplete": "off", "placeholder": "https://"}),
    )
    mission = forms.CharField(
        label=gettext_lazy("Tentang"),
        error_messages={"required": gettext_lazy("Pilih satu perwakilan, atau semuanya.")},
        help_text=gettext_lazy("Satu perwakilan, atau semuanya seperti yang diberitahukan kepada kantor pusat."),
        widget=forms.Select,
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Jenis pengingat"),
        choices=[(kind.value, kind.label) for kind in KINDS],
        initial=[kind.value for kind in USUAL],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Pilih paling sedikit satu jenis pengingat.")},
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Bahasa pesan"),
        choices=Person.Language.choices,
        initial=Person.Language.INDONESIAN,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_code = {mission.code: mission for mission in missions()}
        groups: dict[str, list[tuple[str, str]]] = {}
        for mission in self.by_code.values():
            groups.setdefault(mission.kind, []).append((mission.code, mission.name))
        widget = self.fields["mission"].widget
        assert isinstance(widget, forms.Select)
        widget.choices = [("", _("Pilih…")), (EVERYWHERE, _("Semua perwakilan (kantor pusat)")), *groups.items()]

    def clean_mission(self) -> Mission | None:
        """The mission with this code; None for headquarters."""
        code = self.cleaned_data["mission"]
        if code != EVERYWHERE and code not in self.by_code:
            raise ValidationError(_("Perwakilan “%(code)s” tidak ada.") % {"code": code})
        return self.by_code.get(code)

    @property
    def kind_names(self) -> list[str]:
        """The chosen kinds in words."""
        return [capfirst(str(kind.label)) for kind in KINDS if kind.value in self.cleaned_data.get("kinds", [])]


def of(webhook: Webhook) -> dict[str, Any]:
    """What the form starts with when a bridge is changed."""
    return {
        "name": webhook.name,
        "url": webhook.url,
        "mission": webhook.mission.code if webhook.mission else EVERYWHERE,
        "kinds": webhook.kinds,
        "language": webhook.language,
    }
