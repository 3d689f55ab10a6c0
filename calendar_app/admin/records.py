"""Posts, holds, reminders, holidays and the audit trail: looked at here, changed only by their services."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from audit.models import Entry
from calendar_app.admin.base import Record, shown
from calendar_app.models import Hold, Holiday, Post, Reminder
from calendar_app.workflow import ACTION_NAMES
from missions.models import Mission, country_name

# What the administrator's services write into the audit trail, beside the actions of `workflow.py`.
ACTIONS = {
    **{str(action): name for action, name in ACTION_NAMES.items()},
    "add_mission": gettext_lazy("Tambah perwakilan"),
    "change_mission": gettext_lazy("Ubah perwakilan"),
    "add_theme": gettext_lazy("Tambah tema"),
    "change_theme": gettext_lazy("Ubah tema"),
    "add_region": gettext_lazy("Tambah kawasan"),
    "change_region": gettext_lazy("Ubah kawasan"),
    "add_network": gettext_lazy("Tambah jejaring"),
    "change_network": gettext_lazy("Ubah jejaring"),
    "add_audience": gettext_lazy("Tambah khalayak"),
    "change_audience": gettext_lazy("Ubah khalayak"),
    "add_observance": gettext_lazy("Tambah hari peringatan"),
    "change_observance": gettext_lazy("Ubah hari peringatan"),
    "load_reference": gettext_lazy("Muat data acuan"),
    "load_holidays": gettext_lazy("Muat hari libur"),
    "add_person": gettext_lazy("Tambah orang"),
    "change_person": gettext_lazy("Ubah orang"),
    "deactivate_person": gettext_lazy("Nonaktifkan orang"),
    "reactivate_person": gettext_lazy("Aktifkan orang"),
    "send_invitation": gettext_lazy("Kirim tautan kata sandi"),
    "add_membership": gettext_lazy("Beri peran"),
    "change_membership": gettext_lazy("Ubah peran"),
    "remove_membership": gettext_lazy("Cabut peran"),
    "change_profile": gettext_lazy("Ubah profil sendiri"),
    "declare_absence": gettext_lazy("Catat ketidakhadiran"),
    "end_absence": gettext_lazy("Akhiri ketidakhadiran"),
    "acknowledge": gettext_lazy("Saya tangani"),
    "hold_made": gettext_lazy("Buat penahanan"),
    "hold_lifted": gettext_lazy("Cabut penahanan"),
    "reminder_sent_again": gettext_lazy("Kirim pengingat lagi"),
    "reminder_accepted": gettext_lazy("Biarkan pengingat"),
    "reminders_reconciled": gettext_lazy("Cocokkan pengingat sesudah pemulihan"),
    "way_tried": gettext_lazy("Coba jalur kirim"),
    "sending_paused": gettext_lazy("Jeda pengiriman"),
    "sending_resumed": gettext_lazy("Lanjutkan pengiriman"),
    "make_token": gettext_lazy("Buat token"),
    "revoke_token": gettext_lazy("Cabut token"),
}
KINDS = {
    "post": gettext_lazy("unggahan"),
    "hold": gettext_lazy("penahanan"),
    "mission": gettext_lazy("perwakilan"),
    "person": gettext_lazy("orang"),
    "token": gettext_lazy("token"),
    "reminder": gettext_lazy("pengingat"),
    "breaker": gettext_lazy("jalur kirim"),
    "pause": gettext_lazy("jeda"),
    "theme": gettext_lazy("tema"),
    "region": gettext_lazy("kawasan"),
    "network": gettext_lazy("jejaring"),
    "audience": gettext_lazy("khalayak"),
    "observance": gettext_lazy("hari peringatan"),
    "reference": gettext_lazy("data acuan"),
}


class Named(admin.FieldListFilter):
    """A filter by a field that has no name for people in its model."""

    names: ClassVar[dict[str, Any]] = {
        "lifted_at": gettext_lazy("dicabut pada"),
        "state": gettext_lazy("keadaan"),
        "kind": gettext_lazy("jenis"),
        "way": gettext_lazy("cara"),
    }

    def __init__(self, field: Any, *args: Any, **more: Any) -> None:
        super().__init__(field, *args, **more)
        self.title = self.names[field.name]


class ByChoice(Named, admin.ChoicesFieldListFilter):
    pass


class ByEmptiness(Named, admin.EmptyFieldListFilter):
    pass


@admin.register(Post)
class PostRecord(Record):
    list_display = ("__str__", "mission", "status", "theme", "scheduled_at", "urgent")
    list_filter = ("status", "urgent", "mission__region", ("theme", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("mission", "theme")
    search_fields = ("=id", "title", "mission__code", "mission__name_id")
    ordering = ("-id",)
    fields: ClassVar[Any] = (
        *("mission", "title", "status", "urgent", "theme", "language"),
        *("local_date", "local_time", "timezone", "scheduled_at"),
        *(
            shown("version", gettext_lazy("nomor perubahan")),
            shown("created_by", gettext_lazy("dibuat oleh")),
            shown("created_at", gettext_lazy("dibuat pada")),
            shown("published_at", gettext_lazy("tayang pada")),
        ),
    )
    readonly_fields: ClassVar[Any] = fields[-4:]


@admin.register(Hold)
class HoldRecord(Record):
    list_display = (
        "__str__",
        "scope",
        shown("made_by", gettext_lazy("dibuat oleh")),
        shown("made_at", gettext_lazy("dibuat pada")),
        shown("lifted_by", gettext_lazy("dicabut oleh")),
        shown("lifted_at", gettext_lazy("dicabut pada")),
    )
    list_filter = ("scope", ("lifted_at", ByEmptiness))
    list_select_related = ("region", "mission", "theme", "made_by", "lifted_by")
    search_fields = ("reason",)
    fields: ClassVar[Any] = ("scope", "reason", "stops_urgent", *list_display[2:])
    readonly_fields: ClassVar[Any] = list_display[2:]


@admin.register(Reminder)
class ReminderRecord(Record):
    list_display = (
        shown("kind", gettext_lazy("jenis")),
        "to",
        shown("way", gettext_lazy("cara")),
        shown("post", gettext_lazy("unggahan")),
        shown("due_at", gettext_lazy("waktu")),
        shown("state", gettext_lazy("keadaan")),
        shown("attempts", gettext_lazy("percobaan")),
    )
    list_filter = (("state", ByChoice), ("kind", ByChoice), ("way", ByChoice))
    list_select_related = ("recipient", "webhook", "post")
    search_fields = ("=post__id", "recipient__name", "recipient__email", "webhook__name")
    ordering = ("-due_at",)
    fields: ClassVar[Any] = (
        *list_display,
        shown("device", gettext_lazy("perangkat")),
        shown("stands_in_for", gettext_lazy("menggantikan")),
        shown("mission", gettext_lazy("perwakilan")),
        shown("valid_until", gettext_lazy("berlaku sampai")),
        shown("not_before", gettext_lazy("tidak dicoba sebelum")),
        shown("deferred_until", gettext_lazy("ditunda jam tenang sampai")),
        shown("sent_at", gettext_lazy("terkirim pada")),
        shown("error", gettext_lazy("kesalahan")),
        shown("identity", gettext_lazy("identitas")),
    )
    readonly_fields: ClassVar[Any] = fields

    @admin.display(description=gettext_lazy("penerima"), ordering="recipient__name")
    def to(self, row: Reminder) -> str:
        """A person, or the chat bridge."""
        return str(row.recipient or row.webhook)


class ByCountry(admin.SimpleListFilter):
    """The countries that have holidays, by their names."""

    title, parameter_name = gettext_lazy("negara"), "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        codes = Holiday.objects.order_by().values_list("country", flat=True).distinct()
        return sorted(((code, country_name(code, code)) for code in codes), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Holiday]) -> QuerySet[Holiday]:
        return queryset.filter(country=self.value()) if self.value() else queryset


@admin.register(Holiday)
class HolidayRecord(Record):
    """Rows come from the library `holidays` and are renewed every day (`services/holidays.py`)."""

    list_display = ("date", "place", "name_id", "name_en", "name_local")
    # the short list above the long one
    list_filter = ("date", ByCountry)
    search_fields = ("=country", "name_id", "name_en", "name_local")
    search_help_text = gettext_lazy("Cari nama atau kode negara. Hari libur diperbarui sendiri setiap hari.")
    ordering = ("country", "date")
    fields = ("place", "date", "name_id", "name_en", "name_local")
    readonly_fields = ("place",)

    @admin.display(description=gettext_lazy("negara"), ordering="country")
    def place(self, row: Holiday) -> str:
        return country_name(row.country, row.country)


class Listed(admin.SimpleListFilter):
    """A filter over names known beforehand: asking the table for its values would read all of it."""

    names: dict[str, Any]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return sorted(((key, str(name)) for key, name in self.names.items()), key=lambda pair: pair[1].lower())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.value() else queryset


class ByAction(Listed):
    title, parameter_name, names = gettext_lazy("tindakan"), "action", ACTIONS


class ByKind(Listed):
    title, parameter_name, names = gettext_lazy("jenis objek"), "object_kind", KINDS


@admin.register(Entry)
class EntryRecord(Record):
    list_display = ("at", "actor_name", "what", "kind", "object_name", "mission")
    list_filter = (ByKind, ByAction, "at")
    search_fields = ("actor_name", "object_name", "=object_id", "=request_id")
    search_help_text = gettext_lazy("Cari pelaku, objek, nomor objek, atau nomor permintaan.")
    fields = readonly_fields = (
        *("at", "actor_name", "what", "kind", "object_id", "object_name", "mission"),
        *("version", "from_status", "to_status", "details", "request_id"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        codes = Mission.objects.filter(pk=OuterRef("mission_id")).values("code")
        rows: QuerySet[Any] = super().get_queryset(request).annotate(mission_code=Subquery(codes[:1]))
        return rows

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        return lookup == "object_id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("tindakan"), ordering="action")
    def what(self, row: Entry) -> str:
        return str(ACTIONS.get(row.action, row.action))

    @admin.display(description=gettext_lazy("jenis objek"), ordering="object_kind")
    def kind(self, row: Entry) -> str:
        return str(KINDS.get(row.object_kind, row.object_kind))

    @admin.display(description=gettext_lazy("perwakilan"))
    def mission(self, row: Any) -> str:
        return row.mission_code or "–"

    @admin.display(description=gettext_lazy("rincian"))
    def details(self, row: Entry) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(row.data, ensure_ascii=False, indent=2))
