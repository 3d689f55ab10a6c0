"""`manage.py load_demo`: demo people and three weeks of posts, once."""

import os
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from calendar_app import clock
from calendar_app.services import demo


class Command(BaseCommand):
    help = "Loads demo data (DATA CONTOH) into a database that has none. The password comes from DEMO_PASSWORD."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=2026, help="another seed makes other posts")

    def handle(self, *args: Any, **options: Any) -> None:
        password = os.environ.get("DEMO_PASSWORD", "")
        if not password:
            raise CommandError("Set DEMO_PASSWORD to the password of the demo accounts.")
        if demo.is_loaded():
            demo.set_password(password)
            self.stdout.write("Data contoh sudah ada; kata sandinya dari DEMO_PASSWORD.")
            return
        started = time.monotonic()
        count = demo.load(at=clock.now(), password=password, progress=self.show, seed=options["seed"])
        self.stdout.write(f"\nData contoh: {count} unggahan dalam {time.monotonic() - started:.0f} detik.")

    def show(self, done: int, whole: int) -> None:
        """Progress: a line that grows in a terminal, a line for each tenth elsewhere."""
        if sys.stdout.isatty():
            self.stdout.write(f"\r  data contoh {100 * done // whole:3d} %", ending="")
        elif done == whole or (10 * done // whole) != (10 * max(0, done - 40) // whole):
            self.stdout.write(f"  data contoh {100 * done // whole} %")
        self.stdout.flush()
