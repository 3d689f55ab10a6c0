"""`manage.py check_posts`: compare what posts repeat with where it comes from."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calendar_app.queries import consistency


class Command(BaseCommand):
    help = (
        "Lists posts whose copied columns or derived instants do not agree with their source; fails if there are any."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(consistency.faults())
        for pk, fault in found:
            self.stdout.write(f"post {pk}: {fault}")
        if found:
            raise CommandError(f"{len(found)} faults")
        self.stdout.write("All posts agree with their source.")
