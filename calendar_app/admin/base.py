"""What all of the administrator's pages have in common: who may enter, and that the services write.

The pages only show and ask. Every write is a service's, and every service leaves an audit entry.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from calendar_app import clock
from calendar_app.services import reference
from missions.models import Person
from missions.roles import Permission, can

if TYPE_CHECKING:
    BaseModelAdmin = admin.options.BaseModelAdmin[Any]
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    BaseModelAdmin, ModelAdmin, TabularInline = admin.options.BaseModelAdmin, admin.ModelAdmin, admin.TabularInline


def me(request: HttpRequest) -> Person:
    """Who is at the page; `config/admin.py` lets in nobody but administrators."""
    return cast("Person", request.user)


def shown(field: str, label: Any) -> Callable[[models.Model], Any]:
    """A column, or a line of a page, that shows a field under a name of its own."""

    def column(row: Any) -> Any:
        display = getattr(row, f"get_{field}_display", None)
        value = display() if display else getattr(row, field)
        if isinstance(value, datetime):
            return date_format(localtime(value), "DATETIME_FORMAT")
        return "–" if value in (None, "") else value

    column.__name__ = field
    return admin.display(description=label, ordering=field)(column)


# What Django's filters of lists append to the name of their field.
FILTER_LOOKUPS = {f"__{end}" for end in ("exact", "id__exact", "code__exact", "isnull", "isempty", "gte", "lt")}


def filter_name(offered: Any) -> str:
    """The field, or for a filter that asks for no field the parameter, of an entry of `list_filter`."""
    if isinstance(offered, str):
        return offered
    return str(offered[0] if isinstance(offered, tuple | list) else offered.parameter_name)


class Guarded(BaseModelAdmin):
    """Whoever may administer may look and, where the page allows it, add and change; nobody deletes."""

    may_write = True

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(can(request.user, Permission.ADMINISTER))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write and self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_write and self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Without the small add and change buttons beside each choice: those have pages of their own."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field


class Page(Guarded, ModelAdmin):
    """One kind of thing the administrator looks after."""

    view_on_site = False
    show_full_result_count = False
    list_per_page = 50
    # fields that say who a row is: set once
    set_once: tuple[str, ...] = ()

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        """Only what the page's own filters ask for. Django would let any field of the row be probed in the address,
        also those that no page shows."""
        offered = self.get_list_filter(request) if request else self.list_filter
        return any(
            lookup == name or (lookup.startswith(name) and lookup.removeprefix(name) in FILTER_LOOKUPS)
            for name in map(filter_name, offered)
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = tuple(super().get_readonly_fields(request, obj))
        return (*fields, *self.set_once) if obj else fields

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form asks the services' checks first; what they still refuse was changed by somebody meanwhile."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as error:
            refused = " ".join(error.messages)
        except IntegrityError:
            # Between the checks and the write somebody else added the same address, code or role.
            refused = _("Tidak disimpan: orang lain baru saja menyimpan hal yang sama. Periksa dahulu, lalu coba lagi.")
        self.message_user(request, refused, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        self.write(request, obj, form.changed_data if change else None)

    def write(self, request: HttpRequest, row: Any, fields: list[str] | None) -> None:
        reference.save(by=me(request), at=clock.now(), record=row, fields=fields)

    # The service has written its audit entry; Django's own log would be a second one that can be deleted.
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None: ...  # type: ignore[override]

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None: ...  # type: ignore[override]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The audit entries of this object."""
        query = urlencode({"object_kind": self.opts.model_name, "object_id__exact": object_id})
        return HttpResponseRedirect(f"{reverse('admin:audit_entry_changelist')}?{query}")


class Record(Page):
    """Something to look at only."""

    may_write = False
    actions = None
