"""People and what they may do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

import structlog
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calendar_app import clock
from calendar_app.admin.base import Guarded, Page, Record, TabularInline, me, shown
from calendar_app.forms.people import MembershipForm, MembershipFormSet, PersonForm
from calendar_app.queries import absences as queries
from calendar_app.services import people
from missions import services as missions
from missions.models import Absence, Membership, Person

log = structlog.get_logger("selaras.admin")


def _role(row: Membership) -> dict[str, Any]:
    """What a row of the form says."""
    return {"mission": row.mission, "role": row.role, "on_duty": row.on_duty}


class Roles(Guarded, TabularInline):
    model = Membership
    form = MembershipForm
    formset = MembershipFormSet
    extra = 0
    autocomplete_fields = ("mission",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("person", "mission")


@admin.register(Person)
class PersonPage(Page):
    form = PersonForm
    list_display = ("name", "email", "roles", "language", "is_active", "last_login")
    list_filter = ("is_active", "memberships__role", "memberships__on_duty", "memberships__mission__region", "language")
    search_fields = ("name", "email", "memberships__mission__name_id", "memberships__mission__code")
    search_help_text = gettext_lazy("Cari nama, surel, atau perwakilan.")
    readonly_fields = ("last_login", "date_joined", "absences")
    inlines = (Roles,)
    actions = ("deactivate", "reactivate", "send_link")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        rows = Prefetch("memberships", Membership.objects.select_related("mission").order_by("mission__code", "role"))
        return super().get_queryset(request).prefetch_related(rows)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("name", "email", "language", *(("is_active", "absences", "last_login", "date_joined") if obj else ()))

    @admin.display(description=gettext_lazy("hak akses"))
    def roles(self, row: Person) -> str:
        held = row.memberships.all()
        places = [(role.get_role_display(), role.mission or _("Pusat"), role.on_duty) for role in held]
        return ", ".join(f"{role} ({place}{', ' + _('piket') if on_duty else ''})" for role, place, on_duty in places)

    @admin.display(description=gettext_lazy("ketidakhadiran"))
    def absences(self, row: Person) -> str:
        """The present and coming ones in words, and the way to the page where they are entered."""
        if not row.is_active:
            return "–"
        away = queries.of([row], clock.now()).get(row.pk, [])
        days = "; ".join(f"{date_format(one.first, 'j M Y')} – {date_format(one.last, 'j M Y')}" for one in away)
        verb = _("Catat atau batalkan")
        return format_html('{} <a href="{}">{}</a>', days or _("tidak ada"), reverse("absences", args=[row.pk]), verb)

    def save_model(self, request: HttpRequest, obj: Person, form: Any, change: bool) -> None:
        by, at = me(request), clock.now()
        if not change:
            added = missions.invite(by=by, at=at, email=obj.email, name=obj.name, language=obj.language)
            # The page goes on with the row it made the form for.
            obj.__dict__.update(added.__dict__)
            self.mail_link(request, obj, at)
            return
        missions.save_person(
            by=by, at=at, person=obj, fields=[field for field in form.changed_data if field != "is_active"]
        )
        if "is_active" in form.changed_data and obj.is_active:
            missions.reactivate(by=by, at=at, person=obj)
            self.mail_link(request, obj, at)
        elif "is_active" in form.changed_data:
            missions.deactivate(by=by, at=at, person=obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Give new roles before old ones end, so that moving a role leaves nobody without it in between."""
        by, at = me(request), clock.now()
        formset.save(commit=False)
        for row in formset.new_objects:
            missions.add_membership(by=by, at=at, person=form.instance, **_role(row))
        for row, _fields in formset.changed_objects:
            missions.change_membership(by=by, at=at, membership=row, **_role(row))
        for row in formset.deleted_objects:
            missions.remove_membership(by=by, at=at, membership=row)

    def mail_link(self, request: HttpRequest, person: Person, at: datetime) -> None:
        """Mail the link to set a password once the change is safe in the database, and say how it went."""

        def send() -> None:
            try:
                people.send_invitation(person, at, by=me(request))
            except OSError as error:  # also SMTPException; the person stays, the link can be sent again
                log.warning("invitation not sent", person=person.pk, error=str(error))
                text = _("Surel ke %(email)s gagal dikirim. Coba lagi dengan tindakan “Kirim tautan kata sandi”.")
                self.message_user(request, text % {"email": person.email}, messages.ERROR)
            else:
                text = _("Tautan untuk membuat kata sandi dikirim ke %(email)s.")
                self.message_user(request, text % {"email": person.email})

        transaction.on_commit(send)

    def for_each(self, request: HttpRequest, chosen: QuerySet[Person], do: Callable[[Person], None]) -> None:
        for person in chosen:
            try:
                do(person)
            except ValidationError as error:
                self.message_user(request, " ".join(error.messages), messages.ERROR)

    @admin.action(description=gettext_lazy("Nonaktifkan"))
    def deactivate(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        at = clock.now()

        def do(person: Person) -> None:
            missions.deactivate(by=me(request), at=at, person=person)
            self.message_user(request, _("%(name)s dinonaktifkan.") % {"name": person})

        self.for_each(request, queryset.filter(is_active=True), do)

    @admin.action(description=gettext_lazy("Aktifkan lagi dan kirim tautan kata sandi"))
    def reactivate(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        at = clock.now()

        def do(person: Person) -> None:
            missions.reactivate(by=me(request), at=at, person=person)
            self.mail_link(request, person, at)

        self.for_each(request, queryset.filter(is_active=False), do)

    @admin.action(description=gettext_lazy("Kirim tautan kata sandi"))
    def send_link(self, request: HttpRequest, queryset: QuerySet[Person]) -> None:
        at = clock.now()
        self.for_each(request, queryset.filter(is_active=True), lambda person: self.mail_link(request, person, at))


@admin.register(Absence)
class AbsenceRecord(Record):
    """Entered and ended on the pages of the product (`services/absences.py`)."""

    list_display = (
        "person",
        "starts_at",
        "ends_at",
        "deputy",
        shown("cancelled_at", gettext_lazy("diakhiri pada")),
    )
    list_filter = ("starts_at", "person__memberships__mission__region")
    list_select_related = ("person", "deputy")
    search_fields = ("person__name", "deputy__name", "person__memberships__mission__code")
    ordering = ("-starts_at",)
    fields: ClassVar[Any] = list_display
    readonly_fields: ClassVar[Any] = list_display[-1:]
