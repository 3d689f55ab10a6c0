"""Forms of the administrator's pages for people and their roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calendar_app.forms.reference import CheckedForm, ModelForm
from missions import services as missions
from missions.models import Membership, Person

if TYPE_CHECKING:
    BaseInlineFormSet = forms.BaseInlineFormSet[Any, Any, Any]
else:
    BaseInlineFormSet = forms.BaseInlineFormSet


def _may_leave(person: Person) -> None:
    if person.pk and not person.is_active:
        missions.check_nobody_stranded(
            list(person.memberships.filter(person__is_active=True).select_related("person")), field="is_active"
        )


class PersonForm(CheckedForm):
    check = staticmethod(_may_leave)
    is_active = forms.BooleanField(
        label=gettext_lazy("aktif"),
        required=False,
        initial=True,
        help_text=gettext_lazy(
            "Tanpa centang, orang ini langsung keluar dari semua perangkat dan tokennya dicabut; riwayatnya tetap. "
            "Bila diaktifkan lagi, ia menerima tautan untuk membuat kata sandi baru."
        ),
    )

    class Meta:
        model = Person
        fields = ("name", "email", "language", "is_active")


class MembershipFormSet(BaseInlineFormSet):
    """The roles of one person; refuses to end one that somebody has to hold."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].widget.attrs["aria-label"] = _("Cabut peran ini")

    def clean(self) -> None:
        super().clean()
        if any(self.errors) or self.instance.pk is None:
            return
        stored = list(Membership.objects.filter(person=self.instance).select_related("person", "mission"))
        kept = {
            (form.instance.mission_id, form.instance.role)
            for form in self.forms
            if form not in self.deleted_forms and (form.instance.pk or form.has_changed())
        }
        ending = [row for row in stored if row.person.is_active and (row.mission_id, row.role) not in kept]
        try:
            missions.check_nobody_stranded(ending)
        except ValidationError as error:
            raise ValidationError(error.messages) from None


class MembershipForm(ModelForm):
    class Meta:
        model = Membership
        fields: Any = ("role", "mission", "on_duty")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # In a table of forms only the column's head names a field, and that no one hears.
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = capfirst(str(field.label))
