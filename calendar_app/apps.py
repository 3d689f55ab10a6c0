from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class CalendarConfig(AppConfig):
    name = "calendar_app"
    verbose_name = _("Kalender")

    def ready(self) -> None:
        from calendar_app import triggers

        pre_migrate.connect(triggers.before_migrate, dispatch_uid="calendar_app.triggers")
        # SQLite drops a table's triggers when a migration rebuilds it, so they are made anew after each migrate.
        post_migrate.connect(triggers.after_migrate, dispatch_uid="calendar_app.triggers")
