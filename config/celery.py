"""The Celery application: `celery -A config.celery worker`, and `beat`."""

import os
import sys
from pathlib import Path

from celery import Celery
from celery.signals import setup_logging, task_prerun, worker_init
from django.conf import settings
from django.db import close_old_connections
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


# Celery would hang up after every task, and the tick, twice a second, spend more on connecting than on looking. Instead
# connections live as long as those of web requests do, and are looked at before each task as there before each request.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize


@worker_init.connect
def keep_connections(**_: object) -> None:
    """Let a worker's tasks find a connection that is alive."""
    task_prerun.connect(_drop_dead_connections, weak=False)


def _drop_dead_connections(**_: object) -> None:
    close_old_connections()


# Of no effect but in a worker.
watchdog.install()

# Beat and the transport of files expect their folders to be there.
Path(settings.CELERY_BEAT_SCHEDULE_FILENAME).parent.mkdir(parents=True, exist_ok=True)
if settings.CELERY_BROKER_URL.startswith("filesystem:"):
    for name in ("data_folder_in", "control_folder", "processed_folder"):
        Path(str(settings.CELERY_BROKER_TRANSPORT_OPTIONS[name])).mkdir(parents=True, exist_ok=True)
