"""Make the first administrator, or help one who is locked out: prints a one-time link to set a password."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError
from django.db import transaction

from calendar_app import clock
from calendar_app.services import people
from missions import services
from missions.models import Person, Role


class Command(BaseCommand):
    help = "Makes an administrator (or finds one) and prints a one-time link to set the password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--name", default="Administrator", help="how the person is called (Administrator)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            person = administrator(options["email"], options["name"])
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from None
        self.stdout.write(f"{person.name} <{person.email}>")
        self.stdout.write(f"Set a password here (the link works once): {people.invitation_link(person)}")


def administrator(email: str, name: str) -> Person:
    """The person with this address, who from now on is an administrator. Raises ValidationError."""
    at = clock.now()
    with transaction.atomic():
        person = Person.objects.filter(email=email.strip().lower()).first()
        if person is None:
            return services.invite(by=None, at=at, email=email, name=name, memberships=[(None, Role.ADMIN)])
        if not person.is_active:
            raise ValidationError(f"{person.email} is deactivated; an administrator has to let them in again.")
        if not person.memberships.filter(role=Role.ADMIN).exists():
            services.add_membership(by=None, at=at, person=person, mission=None, role=Role.ADMIN)
        return person
