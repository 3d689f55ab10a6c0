"""Every address. Pages are listed in `calendar_app/views/urls.py`, the API in `calendar_app/api/urls.py`."""

from allauth.account import views as account
from django.contrib import admin
from django.urls import include, path, re_path

from calendar_app.views import health, metrics

# Of django-allauth only these: no sign-up, no page to change one's address (an administrator does that).
accounts = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("accounts/", include(accounts)),
    path("admin/", admin.site.urls),
    path("api/", include("calendar_app.api.urls")),
    path("", include("calendar_app.views.urls")),
]

handler400 = "calendar_app.views.errors.bad_request"
handler403 = "calendar_app.views.errors.permission_denied"
handler404 = "calendar_app.views.errors.not_found"
handler500 = "calendar_app.views.errors.server_error"
# not Django's: django-allauth asks for it when its rate limits are reached
handler429 = "calendar_app.views.errors.too_many"
