"""Missions, themes, networks and the other reference data."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, ngettext

from calendar_app import clock
from calendar_app.admin.base import Guarded, Page, TabularInline, me
from calendar_app.forms.reference import MissionForm, NetworkForm, ObservanceForm, ThemeForm
from calendar_app.models import Audience, Network, Observance, Theme
from calendar_app.services import reference
from missions.models import Membership, Mission, Region


class MissionPeople(Guarded, TabularInline):
    """Who works there; roles are given on the person's page."""

    model = Membership
    may_write = False
    extra = 0
    fields = readonly_fields = ("who", "role", "active")
    verbose_name_plural = gettext_lazy("orang di perwakilan ini")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("person", "mission").order_by("role", "person__name")

    @admin.display(description=gettext_lazy("orang"))
    def who(self, row: Membership) -> SafeString:
        url = reverse("admin:missions_person_change", args=[row.person_id])
        return format_html('<a href="{}">{}</a>', url, row.person)

    @admin.display(description=gettext_lazy("aktif"), boolean=True)
    def active(self, row: Membership) -> bool:
        return row.person.is_active


@admin.register(Mission)
class MissionPage(Page):
    form = MissionForm
    list_display = ("name_id", "country", "region", "timezone", "status", "needs_signoff", "code")
    list_filter = ("status", "kind", "needs_signoff", "region")
    list_select_related = ("region",)
    search_fields = ("code", "name_id", "name_en", "city", "country")
    search_help_text = gettext_lazy("Cari nama, kota, negara, atau kode.")
    ordering = ("kind", "name_id")
    set_once = ("code",)
    inlines = (MissionPeople,)
    fieldsets = (
        (None, {"fields": ("code", "kind", "name_id", "name_en", "region", "status", "note")}),
        (gettext_lazy("Tempat dan waktu"), {"fields": ("city", "country", "country_iso2", "timezone", "weekend")}),
        (gettext_lazy("Bahasa dan rangkapan"), {"fields": ("local_languages", "concurrent_accreditation")}),
        (gettext_lazy("Alur kerja"), {"fields": ("needs_signoff",)}),
    )

    def write(self, request: HttpRequest, row: Mission, fields: list[str] | None) -> None:
        moved = reference.save_mission(by=me(request), at=clock.now(), mission=row, fields=fields)
        if moved:
            text = ngettext(
                "%(count)d unggahan mendatang pindah ke %(zone)s, jam setempatnya tetap; pemiliknya diberi tahu.",
                "%(count)d unggahan mendatang pindah ke %(zone)s, jam setempatnya tetap; pemiliknya diberi tahu.",
                moved,
            )
            self.message_user(request, text % {"count": moved, "zone": row.timezone})


@admin.register(Theme)
class ThemePage(Page):
    form = ThemeForm
    list_display = ("indented", "letter", "parent", "crisis", "is_active", "order")
    list_filter = ("is_active", "crisis", "letter")
    list_select_related = ("parent",)
    search_fields = ("code", "name_id", "name_en", "description_id", "description_en")
    set_once = ("code",)
    fieldsets = (
        (None, {"fields": ("code", "parent", "letter", "name_id", "name_en", "order", "is_active", "crisis")}),
        (
            gettext_lazy("Arti"),
            {"fields": ("description_id", "description_en", "guidance", "key_messages", "hashtags")},
        ),
        (gettext_lazy("Kata kunci"), {"fields": ("sample_keywords_id", "sample_keywords_en")}),
    )

    @admin.display(description=gettext_lazy("tema"), ordering="order")
    def indented(self, row: Theme) -> str:
        return f"— {row.name}" if row.parent_id else row.name

    def write(self, request: HttpRequest, row: Theme, fields: list[str] | None) -> None:
        reference.save_theme(by=me(request), at=clock.now(), theme=row, fields=fields)


@admin.register(Network)
class NetworkPage(Page):
    form = NetworkForm
    list_display = ("name", "code", "max_chars", "max_hashtags", "max_images", "checked_on", "is_active")
    list_filter = ("is_active", "checked_on")
    search_fields = ("code", "name")
    set_once = ("code",)
    fieldsets = (
        (None, {"fields": ("code", "name", "order", "is_active", "checked_on", "source_note")}),
        (gettext_lazy("Teks"), {"fields": ("max_chars", "counting_rule", "max_hashtags")}),
        (
            gettext_lazy("Gambar dan video"),
            {"fields": ("max_images", "image_formats", "max_image_mb", "max_video_seconds", "max_video_mb")},
        ),
        (
            gettext_lazy("Tampilan dan tautan"),
            {"fields": ("aspect_ratios", "alt_text_supported", "link_in_caption_clickable", "hosts", "compose_url")},
        ),
    )


@admin.register(Region, Audience)
class NamedPage(Page):
    list_display = ("name_id", "name_en", "code", "order")
    search_fields = ("code", "name_id", "name_en")
    set_once = ("code",)
    fields = ("code", "name_id", "name_en", "order")


@admin.register(Observance)
class ObservancePage(Page):
    form = ObservanceForm
    list_display = ("date", "name_id", "kind", "suggested")
    list_display_links = ("date", "name_id")
    list_filter = ("kind",)
    search_fields = ("name_id", "name_en", "date")
    fields = ("date", "name_id", "name_en", "kind", "suggested_theme")

    @admin.display(description=gettext_lazy("tema yang disarankan"))
    def suggested(self, row: Observance) -> str:
        return ", ".join(row.suggested_theme)
