"""Start the web server of a production installation, unless something about it must not go out into the world."""

import os
import sys
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError, connection

from calendar_app import triggers
from missions.models import Person

# Django's own recommendation (`check --deploy`, security.W009).
SHORTEST_KEY = 50


class Command(BaseCommand):
    help = "Starts gunicorn, after refusing settings that are not fit for production."
    # The refusals below come first, in one sentence each, before anything else complains at length.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> NoReturn:
        reason = refusal()
        if reason:
            raise CommandError(reason)
        command = [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn", "config.wsgi"]
        os.execv(sys.executable, command)  # noqa: S606 - our own interpreter and our own words


def refusal() -> str:
    """Why this installation must not start, as one sentence; empty when it may."""
    return _unfit_settings() or _unfit_data()


def _unfit_settings() -> str:
    if settings.DEBUG:
        return "DEBUG is on, which shows settings and data to whoever meets an error; unset it."
    if not settings.PRODUCTION:
        return "PRODUCTION is not set, so cookies and redirects are not secured; set PRODUCTION=1."
    if settings.SECRET_KEY == settings.INSECURE_SECRET_KEY:
        return "SECRET_KEY is missing or still the default; set it to 50 or more random characters."
    if len(settings.SECRET_KEY) < SHORTEST_KEY or len(set(settings.SECRET_KEY)) < 5:
        return f"SECRET_KEY is too short or too simple; set it to {SHORTEST_KEY} or more random characters."
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        return "ALLOWED_HOSTS does not say under which names this installation is reached; list them."
    if not settings.EMAIL_HOST:
        return "EMAIL_HOST is not set, so no invitation or reminder would leave this machine; name the mail server."
    if settings.DEMO:
        return "DEMO is on, and demo accounts have a known password; unset it."
    return ""


def _unfit_data() -> str:
    if not staticfiles_storage.hashed_files:  # type: ignore[attr-defined]
        return "The static files are not collected; run manage.py collectstatic (or manage.py prepare) first."
    try:
        if Person.objects.filter(is_demo=True).exists():
            return "The database holds demo accounts; use a database that was never loaded with demo data."
        if not triggers.expected(connection.vendor) <= triggers.installed():
            return "The database lacks triggers that guard it, as after a migration that failed; run manage.py prepare."
    except DatabaseError as problem:
        why = str(problem).splitlines()[0]
        return f"The database cannot be used ({why}); check DATABASE_URL and run manage.py prepare."
    return ""
