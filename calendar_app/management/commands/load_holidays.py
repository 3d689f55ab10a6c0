"""Load the public holidays of Indonesia and of the countries with missions; run it as often as you like."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from calendar_app import clock
from calendar_app.services import holidays


class Command(BaseCommand):
    help = "Load the public holidays from last year to three years ahead. The beat does so too, once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        changed = holidays.load(at=clock.now())
        if options["verbosity"]:
            self.stdout.write(_("Hari libur: %d hari berubah.") % changed)
