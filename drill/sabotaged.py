"""The product's Celery application with one guard taken out (DRILL_WITHOUT): `celery -A drill.sabotaged worker`."""

from __future__ import annotations

import django

from config.celery import app
from drill import sabotage

__all__ = ["app"]

django.setup()
sabotage.patch(sabotage.chosen())
