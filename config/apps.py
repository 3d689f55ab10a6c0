from django.contrib.admin.apps import AdminConfig


class SelarasAdminConfig(AdminConfig):
    """Django's admin, opened by the roles of Selaras (`config/admin.py`) in place of is_staff."""

    default_site = "config.admin.SelarasAdminSite"
