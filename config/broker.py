"""The queue of `scripts/up`: files in a folder, as kombu has it, but safe while several processes write and read.

Kombu makes a message's file visible before it has written it, and a reader that is quick finds it empty and dies.
Here a file gets its name when it is whole, and one that cannot be read is put aside.
"""

from __future__ import annotations

import os
import uuid
from contextlib import suppress
from pathlib import Path
from queue import Empty
from time import time_ns
from typing import Any

import structlog
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

log = structlog.get_logger("selaras.broker")


class Channel(filesystem.Channel):
    """Messages appear and disappear by renaming, which a file system does at once."""

    def _put(self, queue: str, payload: Any, **_more: Any) -> None:  # type: ignore[override]  # kombu's own name
        """Put a message onto the queue."""
        final = Path(self.data_folder_out, f"{time_ns() // 1_000_000:013}_{uuid.uuid4()}.{queue}.msg")
        # Readers look for names that end in `.msg`.
        unfinished = final.with_name(f"{final.name}.new")
        unfinished.write_text(dumps(payload))
        unfinished.replace(final)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """The oldest message of the queue, taken off it. Raises Empty."""
        for file in sorted(Path(self.data_folder_in).iterdir()):
            if file.name.partition(".")[2] != f"{queue}.msg":
                continue
            mine = file.with_name(f"{file.name}.taken")
            try:
                file.rename(mine)
                content = mine.read_bytes()
                mine.unlink()
            except OSError:
                continue  # another reader was first
            try:
                message = loads(content.decode())
                message["properties"]["delivery_info"]
            except (ValueError, LookupError, TypeError) as error:
                log.warning("unreadable message dropped", file=file.name, error=str(error))
                continue
            return message
        raise Empty

    def _queue_bind(self, exchange: str, routing_key: str | None, pattern: str | None, queue: str) -> None:
        """Write down that the queue gets what is sent to the exchange; the list is there, and whole, from the start."""
        file = self.control_folder / f"{exchange}.exchange"
        if not file.exists():
            self.control_folder.mkdir(exist_ok=True)
            unfinished = file.with_name(f"{file.name}.{uuid.uuid4()}.new")
            unfinished.write_text("[]")
            with suppress(FileExistsError):
                os.link(unfinished, file)
            unfinished.unlink()
        super()._queue_bind(exchange, routing_key or "", pattern or "", queue)


class Transport(filesystem.Transport):
    """`filesystem://`, registered in `config/celery.py`."""

    Channel = Channel
