"""A worker that has gone deaf ends itself, and whoever supervises it starts a new one.

After its broker was away a worker may stay connected and hear nothing ever again (celery issues 8030, 8091, 10205).
Beat sends a task twice a second, so a worker that has heard none for a minute and a half, and is not busy, is deaf, or
there is nothing to hear; in both cases a fresh start does no harm. Reminders do not wait for it: `manage.py watch`
ticks.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable

from celery.signals import task_postrun, task_received, worker_ready

logger = logging.getLogger(__name__)

# Longer than the longest tick: a worker whose processes are all busy hears nothing meanwhile.
DEAF_AFTER = 90.0
# What it gets for an orderly end.
GRACE = 20.0


class Watchdog:
    """Calls `end` once nothing was heard for `after` seconds."""

    def __init__(self, end: Callable[[], None], after: float = DEAF_AFTER) -> None:
        self.end, self.after = end, after
        self.heard_at = time.monotonic()

    def hear(self, **_: object) -> None:
        """A task came in, or was done."""
        self.heard_at = time.monotonic()

    def look(self) -> bool:
        """End the worker if it is deaf; answers whether it is."""
        silent = time.monotonic() - self.heard_at
        if silent < self.after:
            return False
        logger.error("worker: no task heard for %.0f s; ending, to be started anew", silent)
        self.end()
        return True

    def run(self) -> None:
        """Look each second until the worker is deaf."""
        while not self.look():
            time.sleep(1)


def end_worker() -> None:
    """In an orderly way if it still can, otherwise at once."""
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)


def install() -> None:
    """Watch over the worker that is being started in this process."""
    watchdog = Watchdog(end_worker)
    task_received.connect(watchdog.hear, weak=False)
    task_postrun.connect(watchdog.hear, weak=False)

    def begin(**_: object) -> None:
        watchdog.hear()
        threading.Thread(target=watchdog.run, name="watchdog", daemon=True).start()

    worker_ready.connect(begin, weak=False)
