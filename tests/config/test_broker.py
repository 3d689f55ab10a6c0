"""The queue in a folder: nothing is lost, and nothing kills a reader, while several processes write and read."""

import subprocess
import sys
from pathlib import Path
from queue import Empty
from threading import Barrier, Thread
from typing import Any

import pytest
from kombu import Connection

from config.broker import Channel, Transport
from config.celery import app

WRITERS, EACH = 3, 700
WRITE = """
import sys
from pathlib import Path
from kombu import Connection
from config.broker import Transport
folder, writer, each = sys.argv[1], sys.argv[2], int(sys.argv[3])
options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder + "/control"}
with Connection("filesystem://", transport=Transport, transport_options=options) as connection:
    queue = connection.SimpleQueue("work")
    for number in range(each):
        queue.put(f"{writer}-{number}")
"""


def connect(folder: Path) -> Connection:
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": str(folder / "control")}
    return Connection("filesystem://", transport=Transport, transport_options=options)


def channel_of(connection: Connection) -> Channel:
    made = connection.channel()
    assert isinstance(made, Channel)
    return made


@pytest.fixture
def channel(tmp_path: Path) -> Channel:
    return channel_of(connect(tmp_path))


def test_celery_uses_it() -> None:
    with app.connection_for_write("filesystem://localhost//") as connection:
        assert isinstance(connection.transport, Transport)


def test_many_writers_and_readers_lose_nothing_and_none_dies(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITE, str(tmp_path), str(number), str(EACH)], cwd=Path(__file__).parents[2]
        )
        for number in range(WRITERS)
    ]
    got: list[str] = []
    died: list[BaseException] = []

    def read() -> None:
        with connect(tmp_path) as connection:
            reader = channel_of(connection)
            while any(writer.poll() is None for writer in writers) or reader._size("work"):
                try:
                    got.append(reader._get("work")["body"])
                except Empty:
                    continue
                except Exception as error:  # noqa: BLE001 - whatever it is, the worker would be dead
                    died.append(error)

    readers = [Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(120)
    assert [writer.wait(5) for writer in writers] == [0] * WRITERS
    assert died == []
    assert len(got) == len(set(got)) == WRITERS * EACH
    assert [file.name for file in tmp_path.iterdir()] == ["control"]


@pytest.mark.parametrize("content", [b"", b'{"body":', b"\xff", b"null", b'"text"', b"{}"])
def test_a_file_that_is_no_message_is_dropped_and_the_next_one_read(
    channel: Channel, tmp_path: Path, content: bytes
) -> None:
    message: dict[str, Any] = {"body": "x", "properties": {"delivery_info": {}}}
    (tmp_path / "0_broken.work.msg").write_bytes(content)
    (tmp_path / "1_other.elsewhere.msg").write_bytes(content)
    channel._put("work", message)
    assert channel._get("work") == message
    with pytest.raises(Empty):
        channel._get("work")
    assert [file.name for file in tmp_path.glob("*.msg*")] == ["1_other.elsewhere.msg"]


def test_binding_at_the_same_moment_keeps_every_queue(tmp_path: Path) -> None:
    ready, died = Barrier(8), []

    def bind(number: int) -> None:
        channel = channel_of(connect(tmp_path))
        ready.wait()
        try:
            for times in range(20):
                channel._queue_bind("news", "", "", f"queue-{number}-{times}")
                channel.get_table("news")
        except Exception as error:  # noqa: BLE001
            died.append(error)

    threads = [Thread(target=bind, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert died == []
    assert len(channel_of(connect(tmp_path)).get_table("news")) == 160
