"""The administrator's site: who may enter is decided by `missions/roles.py`, who one is by the sign-in page."""

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from missions.roles import Permission, can


class SelarasAdminSite(admin.AdminSite):
    site_title = "Selaras"
    site_header = _("Selaras: administrasi")
    index_title = _("Administrasi")

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(can(request.user, Permission.ADMINISTER))

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        """Send people who are signed out to the product's own sign-in page, with its rate limits; the others get 403."""
        if request.user.is_authenticated:
            raise PermissionDenied(str(can(request.user, Permission.ADMINISTER).reason))
        return redirect_to_login(request.GET.get("next", reverse("admin:index")))

    def logout(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("account_logout"))

    def password_change(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("account_change_password"))
