"""Servers of the test's own that stand for the world outside: they note what reached them, and answer as told."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "127.0.0.1"


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes


Reply = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Receiver:
    """A server. `reply` answers a request, whose body has been read; it may be exchanged while it runs."""

    port: int
    reply: Reply
    requests: list[Request] = field(default_factory=list)
    # how many connections were made, and whether one may be used again
    connections: int = 0
    keeps: bool = False

    @property
    def name(self) -> str:
        """As OUTBOUND_PRIVATE_HOSTS has it."""
        return f"{HOST}:{self.port}"

    def url(self, path: str = "/hook") -> str:
        return f"http://{self.name}{path}"


def says(status: int, body: bytes = b"", **headers: str) -> Reply:
    """Answer this, with a length and the headers given (`Retry_After` for Retry-After)."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def sleeps(seconds: float) -> Reply:
    """Answer nothing for so long, or until the other side has gone."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.settimeout(seconds)
        try:
            handler.connection.recv(1)
        except OSError:
            return

    return reply


def drips(seconds: float) -> Reply:
    """A header of one byte now and then, so that no single wait is long."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        until = time.monotonic() + seconds
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while time.monotonic() < until:
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    return reply


def pours(status: int = 500) -> Reply:
    """A body without end."""

    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 %d Poured\r\nContent-Type: text/plain\r\n\r\n" % status)
        for _block in range(2000):
            handler.wfile.write(b"x" * 65536)

    return reply


@contextmanager
def receiver(reply: Reply | None = None) -> Iterator[Receiver]:
    """A server on a port of its own, ended and joined at the end."""
    here: dict[str, Receiver] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            here["it"].requests.append(Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.close_connection = not here["it"].keeps
            here["it"].reply(self)

        def setup(self) -> None:
            here["it"].connections += 1
            self.timeout = 5
            super().setup()

        def log_message(self, *args: Any) -> None:
            """Not into the test's output."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        address_family = socket.AF_INET

        def handle_error(self, *args: Any) -> None:
            """A caller that hangs up early is what some tests are about."""

    with Server((HOST, 0), Handler) as server:
        here["it"] = Receiver(server.server_port, reply or says(204))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield here["it"]
        finally:
            server.shutdown()
            thread.join(5)
