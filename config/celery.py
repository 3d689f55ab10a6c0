"""The Celery application: `celery -A config.celery worker`, and `beat`."""

import os
from pathlib import Path

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

from config import watchdog

# Kombu's own transport of files loses its reader when a message is just being written.
TRANSPORT_ALIASES["filesystem"] = "config.broker:Transport"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("selaras")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_: object) -> None:
    """Celery leaves logging alone when somebody answers this signal; `settings.LOGGING` is in force already."""


# Of no effect but in a worker.
watchdog.install()

# Beat and the transport of files expect their folders to be there.
Path(settings.CELERY_BEAT_SCHEDULE_FILENAME).parent.mkdir(parents=True, exist_ok=True)
if settings.CELERY_BROKER_URL.startswith("filesystem:"):
    for name in ("data_folder_in", "control_folder", "processed_folder"):
        Path(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS[name])).mkdir(parents=True, exist_ok=True)
