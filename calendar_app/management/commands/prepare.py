"""Bring an installation up to date: tables, reference data, static files. Safe to run again."""

from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import BaseCommand, call_command

from calendar_app import triggers


class Command(BaseCommand):
    help = "Migrates, makes the cache table, loads reference data and holidays and collects the static files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--without-static", action="store_true", help="leave the static files: the image has them")

    def handle(self, *args: Any, **options: Any) -> None:
        quietly = {"verbosity": min(options["verbosity"], 1) - 1}
        try:
            call_command("migrate", interactive=False, **quietly)
        except BaseException:  # also when somebody presses Ctrl+C or stops the container
            triggers.after_migrate(apps.get_app_config("calendar_app"))
            raise
        if not settings.REDIS_URL:
            # without Redis the cache is a table
            call_command("createcachetable", **quietly)
        call_command("load_reference", **quietly)
        call_command("load_holidays", **quietly)
        if not options["without_static"]:
            call_command("collectstatic", interactive=False, **quietly)
