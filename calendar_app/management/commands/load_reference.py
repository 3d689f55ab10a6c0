"""Load missions, themes, networks and the other reference data; run it as often as you like."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from calendar_app import clock
from calendar_app.services import reference


class Command(BaseCommand):
    help = "Load the reference data of calendar_app/data/. What an administrator changed stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            changed = reference.load(clock.now())
        except reference.BadReferenceFileError as error:
            raise CommandError(str(error)) from None
        if not options["verbosity"]:
            return
        parts = [f"{file.removesuffix('.csv')} {number}" for file, number in changed.items() if number]
        self.stdout.write(
            _("Data acuan dimuat: %s.") % ", ".join(parts) if parts else _("Data acuan: tidak ada yang berubah.")
        )
