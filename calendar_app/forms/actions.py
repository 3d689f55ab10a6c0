"""Forms of what is done to a post beside writing it: comments, reasons, a new time, channels that went out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calendar_app.models import Network, Theme
from calendar_app.services import schedules
from calendar_app.services.publishing import MIN_URGENT_REASON
from missions.models import Mission


class VersionForm(forms.Form):
    """The version of the post that the person was looking at."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def take(self, error: ValidationError) -> None:
        """Show what a service refused beside the fields, the rest on top of the form."""
        problems = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        for name, messages in problems.items():
            if name.startswith("channels."):  # said under "channels" too
                continue
            self.add_error(name if name in self.fields else None, ValidationError(messages))


class CommentForm(VersionForm):
    """A reason or a comment; how long it may be is the service's question."""

    comment = forms.CharField(
        strip=False,
        error_messages={"required": gettext_lazy("Tulis alasannya.")},
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto", "maxlength": 5000}),
    )


class ChannelForm(forms.Form):
    """What became of one channel: out with or without a link, or given up."""

    OUT, GIVEN_UP = "out", "given_up"

    url = forms.CharField(
        label=gettext_lazy("Tautan"),
        required=False,
        widget=forms.URLInput(attrs={"class": "input", "inputmode": "url"}),
    )
    no_link = forms.BooleanField(label=gettext_lazy("Tidak ada tautan"), required=False)
    when = forms.CharField(
        label=gettext_lazy("Tayang pada"),
        required=False,
        widget=forms.DateTimeInput(attrs={"class": "input", "type": "datetime-local"}),
    )
    given_up = forms.CharField(
        label=gettext_lazy("Mengapa kanal ini dilepas?"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"class": "input sm", "rows": 2, "dir": "auto", "maxlength": 500}),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        network: Network,
        zone: str,
        outcome: str = OUT,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, prefix=network.code, auto_id=f"%s_{outcome}", initial=initial)
        self.network, self.zone, self.outcome = network, zone, outcome
        if network.hosts:
            self.fields["url"].widget.attrs["placeholder"] = f"https://{network.hosts[0]}/…"

    def clean_when(self) -> datetime | None:
        """The instant of the local time that was typed; None when the field was left as it is: now."""
        text = self.cleaned_data["when"].strip()
        if not text:
            return None
        try:
            # of two readings the first: a time that has passed is told well enough by either
            return schedules.parse(text[:16], self.zone, 0).instant.astimezone(UTC)
        except ValidationError as error:
            raise ValidationError(error.messages) from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.outcome == self.GIVEN_UP:
            if not cleaned.get("given_up", "").strip():
                self.add_error("given_up", _("Tulis mengapa kanal ini dilepas."))
        elif not cleaned.get("url", "").strip() and not cleaned.get("no_link"):
            self.add_error("url", _("Tempel tautannya, atau beri centang “Tidak ada tautan”."))
        return cleaned

    def channel(self) -> dict[str, Any]:
        """The channel as `services/publishing.py` takes it."""
        cleaned = self.cleaned_data
        if self.outcome == self.GIVEN_UP:
            return {"network": self.network.code, "given_up": cleaned["given_up"].strip()}
        url = "" if cleaned.get("no_link") else cleaned["url"].strip()
        return {"network": self.network.code, "url": url, "published_at": cleaned["when"]}


class UrgentChannelForm(ChannelForm):
    """A channel of an urgent publication: all are told at once, so each says which of the two it is."""

    became = forms.ChoiceField(
        choices=[(ChannelForm.OUT, gettext_lazy("sudah tayang")), (ChannelForm.GIVEN_UP, gettext_lazy("dilepas"))],
        widget=forms.RadioSelect,
        initial=ChannelForm.OUT,
        label=gettext_lazy("Kanal ini"),
    )

    def clean(self) -> dict[str, Any]:
        self.outcome = self.cleaned_data.get("became", self.OUT)
        return super().clean()


class UrgentForm(VersionForm):
    """Why something goes out before anybody reviewed it, and under which crisis theme."""

    theme = forms.CharField(label=gettext_lazy("Tema krisis"), required=False, widget=forms.Select)
    reason = forms.CharField(
        label=gettext_lazy("Alasan"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "data-least": MIN_URGENT_REASON}),
    )

    def __init__(self, *args: Any, themes: list[Theme], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget = self.fields["theme"].widget
        assert isinstance(widget, forms.Select)
        widget.choices = [("", _("Pilih…")), *((theme.code, theme.name) for theme in themes)]


class MissionChoiceForm(forms.Form):
    """For which of several missions somebody writes."""

    mission = forms.ChoiceField(label=gettext_lazy("Perwakilan"))

    def __init__(self, *args: Any, missions: list[Mission], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["mission"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(mission.code, mission.name) for mission in missions]
