"""The administrator's site: who may enter is decided by `missions/roles.py`, who one is by the sign-in page."""

from functools import update_wrapper
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from missions.access import require
from missions.roles import Permission, can

# Signing in and out and passwords are the product's own pages; nothing here has a public address to look at.
NOT_HERE = {"logout", "password_change", "password_change_done", "view_on_site"}
# Other apps bring pages that know nothing of our roles (groups, addresses of django-allauth).
OURS = {"audit", "missions", "calendar_app"}

# The first page by what one comes for, not by app: group → model → what it is.
GROUPS: list[tuple[Any, dict[str, Any]]] = [
    (
        _("Siapa dan di mana"),
        {
            "Person": _("Undang orang, beri peran, nonaktifkan."),
            "Mission": _("Nama, zona waktu, akhir pekan, status, paraf."),
            "Region": _("Kelompok perwakilan di kalender dan daftar."),
            "Absence": _("Siapa tidak hadir, dan siapa penggantinya. Hanya dibaca."),
        },
    ),
    (
        _("Bahan menulis"),
        {
            "Theme": _("Panduan, tagar, dan pesan kunci tiap tema."),
            "Observance": _("Hari yang patut diisi unggahan."),
            "Audience": _("Pilihan khalayak di penyunting."),
            "Network": _("Batas panjang, gambar, dan tautan tiap kanal."),
        },
    ),
    (
        _("Catatan, hanya dibaca"),
        {
            "Post": _("Semua unggahan dari semua perwakilan."),
            "Hold": _("Apa yang ditahan, oleh siapa, sampai kapan."),
            "Holiday": _("Hari libur Indonesia dan negara setempat, diperbarui sendiri setiap hari."),
            "Reminder": _("Pengingat yang terkirim, menunggu, atau gagal."),
            "Entry": _("Setiap perubahan, dengan pelaku dan waktunya."),
        },
    ),
]


class SelarasAdminSite(admin.AdminSite):
    site_title = "Selaras"
    site_header = _("Selaras: administrasi")
    index_title = _("Administrasi")
    site_url = "/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(can(request.user, Permission.ADMINISTER))

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """The address that Django sends people to who are signed out: on to the product's own sign-in page."""
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Signed out: to the sign-in page; not an administrator: 403. Times are shown in the zone of headquarters."""
        inner = super().admin_view(view, cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            require(request.user, Permission.ADMINISTER)
            with timezone.override(settings.HQ_TIMEZONE):
                response = inner(request, *args, **kwargs)
                # Rendered here, while the zone is in force.
                return response.render() if hasattr(response, "render") else response

        return update_wrapper(guarded, view)

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        rows = model_or_iterable if isinstance(model_or_iterable, list | tuple) else [model_or_iterable]
        ours = [model for model in rows if model._meta.app_label in OURS]
        super().register(ours, admin_class, **options)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The models in GROUPS; those of one app as Django lists them."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        models = {model["object_name"]: model for app in apps for model in app["models"]}
        groups = []
        for name, known in GROUPS:
            rows = [models.pop(key) | {"what": what} for key, what in known.items() if key in models]
            groups.append({"name": name, "app_label": "", "app_url": "", "models": rows})
        if models:
            groups.append({"name": _("Lainnya"), "app_label": "", "app_url": "", "models": list(models.values())})
        return [group for group in groups if group["models"]]

    def get_urls(self) -> list[URLResolver | URLPattern]:
        return [url for url in super().get_urls() if getattr(url, "name", None) not in NOT_HERE]
