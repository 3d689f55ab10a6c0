"""The only door through which this product calls others on its own: pushes to browsers and messages to chat bridges.

People and administrators say where these go, so an address may be meant to reach what only we can reach. Therefore:
https on port 443 of a public host, its name resolved once, and refused when any of the answers is not public; the
connection goes to an address that was checked, while the name is what the certificate must show; nobody is followed
anywhere else, little of the answer is read, and everything together ends after ten seconds. Hosts of the ministry's
own network are called only when the installation names them (`OUTBOUND_PRIVATE_HOSTS`).

The environment's proxies are not used: they would resolve the name once more. OWASP ASVS 5.0, 1.3.6.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings

TIMEOUT = 10.0
# Status line, headers and what is read of the body; the rest is left unread.
MOST_BYTES = 32 * 1024
MOST_BODY = 2 * 1024
MOST_URL = 1000
PORT = 443
# Lookups cannot be broken off. So many may hang at once in a process.
_lookups = threading.BoundedSemaphore(16)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# What `is_global` lets through, or has learned to refuse only lately, and what carries an IPv4 address within.
NEVER = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "100.64.0.0/10", "224.0.0.0/3"),
        *("64:ff9b::/96", "64:ff9b:1::/48", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
# All that is public in IPv6 (RFC 4291, as assigned by IANA)
PUBLIC_6 = ipaddress.ip_network("2000::/3")

# The characters of RFC 3986 and no others; a fragment never reaches a server.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(?:\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?)"
)
_USERINFO = re.compile(r"https?://[^/?#]*@")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# A last label of digits, or 0x…, is another way to write an IPv4 address.
_TOP = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")


class Forbidden(Exception):  # noqa: N818 - it says what the address is
    """An address that must not be called. `reason` is one of: url, userinfo, scheme, port, host, push, private."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


class NotReached(Exception):  # noqa: N818 - it says what has happened
    """No request was sent: name not found, connection refused, no valid certificate."""


class NoAnswer(Exception):  # noqa: N818 - it says what has happened
    """The request was sent, wholly or in part, and no answer came. `is_slow`: time ran out."""

    def __init__(self, detail: str, *, is_slow: bool) -> None:
        super().__init__(detail)
        self.is_slow = is_slow


@dataclass(frozen=True)
class Target:
    """An address taken apart. `is_private`: the installation names this host and port."""

    scheme: str
    host: str
    port: int
    path: str
    is_private: bool

    @property
    def origin(self) -> str:
        """Scheme, host and, where it is not the usual one, port."""
        usual = {"https": 443, "http": 80}[self.scheme]
        return f"{self.scheme}://{self.host}" + ("" if self.port == usual else f":{self.port}")


@dataclass(frozen=True)
class Answer:
    """What came back: the status, where a redirect points, and how long it took. `text`: the beginning of what was
    said, unless it was a yes."""

    status: int
    text: str
    location: str
    milliseconds: int

    @property
    def is_yes(self) -> bool:
        return 200 <= self.status < 300


# What may be called ----------------------------------------------------------------------


def check(url: str) -> Target:
    """The address taken apart, if it may be called as far as its text says. Raises Forbidden."""
    if len(url) > MOST_URL:
        raise Forbidden("url", f"longer than {MOST_URL} characters")
    found = _URL.fullmatch(url)
    if found is None:
        if _USERINFO.match(url):
            raise Forbidden("userinfo", "a name or password before the host")
        raise Forbidden("url", "not an address of the form https://host/path")
    scheme, host = found["scheme"], found["host"].lower()
    port = int(found["port"] or {"https": 443, "http": 80}[scheme])
    path = found["target"] if found["target"].startswith("/") else "/" + found["target"]
    if f"{host}:{port}" in {name.lower() for name in settings.OUTBOUND_PRIVATE_HOSTS}:
        return Target(scheme, host, port, path, is_private=True)
    if scheme != "https":
        raise Forbidden("scheme", "only https")
    if port != PORT:
        raise Forbidden("port", f"only port {PORT}")
    labels = host.split(".")
    if len(host) > 253 or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise Forbidden("host", "not a name of the public internet")
    if not _TOP.fullmatch(labels[-1]):
        raise Forbidden("host", "a number instead of a name")
    return Target(scheme, host, port, path, is_private=False)


def check_push(url: str) -> Target:
    """The same for an address that a browser gave for its pushes: only at its vendor's (`PUSH_HOSTS`).

    Raises Forbidden.
    """
    target = check(url)
    for allowed in (name.lower() for name in settings.PUSH_HOSTS):
        if target.host == allowed or (allowed.startswith("*.") and target.host.endswith(allowed[1:])):
            return target
    raise Forbidden("push", f"{target.host} is not a known push service")


def is_public(address: Address) -> bool:
    """May a server at this address be called without being named by the installation?"""
    if isinstance(address, ipaddress.IPv6Address):
        # ISATAP (RFC 5214) carries an IPv4 address in the last 32 bits
        interface = address.packed[8:12]
        if address.scope_id or address not in PUBLIC_6 or interface in (b"\0\0\x5e\xfe", b"\2\0\x5e\xfe"):
            return False
    return (
        address.is_global
        and not (address.is_multicast or address.is_reserved or address.is_unspecified)
        and not any(address in network for network in NEVER if network.version == address.version)
    )


def _is_callable(address: Address, target: Target) -> bool:
    if target.is_private:
        # named by the installation; what cannot be a server there is refused all the same (cloud metadata, multicast)
        # ("::1" counts as reserved)
        unfit = address.is_link_local or address.is_multicast or address.is_reserved or address.is_unspecified
        return address.is_loopback or not unfit
    return is_public(address)


# Calling ---------------------------------------------------------------------------------


class Lines:
    """Connections that are used again for the next call to the same host, for as long as somebody makes calls: most of
    the time of a short call goes into making one. A line leads to an address that was checked when it was made."""

    def __init__(self) -> None:
        self.open: dict[tuple[str, str, int], socket.socket] = {}

    def close(self) -> None:
        """Hang up everywhere."""
        while self.open:
            self.open.popitem()[1].close()


def post(
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout: float | None = None,
    lines: Lines | None = None,
) -> Answer:
    """POST to a checked address and return the answer, whatever its status; nobody is followed to another address.

    Raises Forbidden, NotReached and NoAnswer. Never takes longer than `timeout` seconds (TIMEOUT). With `lines`, an
    open connection is used; one that the other end has closed meanwhile is made anew, so that what is sent must bear
    being sent twice.
    """
    timeout = TIMEOUT if timeout is None else timeout
    began = time.monotonic()
    ends_at = began + timeout
    key = (target.scheme, target.host, target.port)
    used = None if lines is None else lines.open.pop(key, None)
    try:
        if used is not None:
            try:
                return _exchange(target, used, body, headers, began, ends_at, lines)
            except (ConnectionError, ssl.SSLError):
                pass  # it was closed while nobody used it
        fresh = _connect(target, _resolve(target, ends_at), ends_at)
        return _exchange(target, fresh, body, headers, began, ends_at, lines)
    except TimeoutError:
        raise NoAnswer(f"no answer within {timeout:g} s", is_slow=True) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(_said(error), is_slow=False) from None


def _exchange(
    target: Target,
    connected: socket.socket,
    body: bytes,
    headers: Mapping[str, str],
    began: float,
    ends_at: float,
    lines: Lines | None,
) -> Answer:
    """One request and its answer. The connection is closed, or kept in `lines` when nothing is left to read of it."""
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = _Wire(connected, ends_at)  # as much of a socket as http.client uses
    fixed = {
        "Host": _host_header(target),
        "Connection": "close" if lines is None else "keep-alive",
        "User-Agent": "Selaras",
    }
    is_kept = False
    try:
        connection.request("POST", target.path, body=body, headers=fixed | dict(headers))
        response = connection.getresponse()
        text = "" if 200 <= response.status < 300 and lines is None else _beginning(response)
        if lines is not None and response.isclosed() and not response.will_close:
            lines.open[(target.scheme, target.host, target.port)] = connected
            is_kept = True
    finally:
        if not is_kept:
            connected.close()
    return Answer(
        status=response.status,
        text="" if 200 <= response.status < 300 else text,
        location=response.headers.get("Location", "")[:MOST_URL],
        milliseconds=round((time.monotonic() - began) * 1000),
    )


def _beginning(response: http.client.HTTPResponse) -> str:
    """What can be read of an answer whose status is known already; one without a body is then at its end."""
    try:
        return response.read(MOST_BODY).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException, ValueError):
        return ""


def _host_header(target: Target) -> str:
    return target.origin.partition("://")[2]


def _resolve(target: Target, ends_at: float) -> list[tuple[int, Any]]:
    """Family and socket address of each answer, all of them checked. Raises Forbidden and NotReached."""
    found = _lookup(target, ends_at)
    # a name that also points inside is not to be trusted with its other answers, either
    for _family, where in found:
        text = str(where[0])
        address = ipaddress.ip_address(text)
        scoped = len(where) > 3 and bool(where[3])
        if (scoped and not target.is_private) or not _is_callable(address, target):
            raise Forbidden("private", f"{target.host} is at {text}, which is not public")
    return found


def _lookup(target: Target, ends_at: float) -> list[tuple[int, Any]]:
    answers: queue.Queue[list[tuple[int, Any]] | OSError] = queue.Queue(1)
    if not _lookups.acquire(timeout=_left(ends_at)):
        raise NotReached(f"{target.host}: no name is being resolved")

    def look() -> None:
        try:
            rows = socket.getaddrinfo(target.host.encode("ascii"), target.port, type=socket.SOCK_STREAM)
            answers.put([(row[0], row[4]) for row in rows])
        except OSError as error:
            answers.put(error)
        finally:
            _lookups.release()

    threading.Thread(target=look, daemon=True, name="outbound-lookup").start()
    try:
        found = answers.get(timeout=_left(ends_at))
    except queue.Empty:
        raise NotReached(f"{target.host}: the name was not resolved in time") from None
    if isinstance(found, OSError):
        raise NotReached(f"{target.host}: {_said(found)}") from None
    if not found:
        raise NotReached(f"{target.host}: no address")
    return list(dict.fromkeys(found))


def _connect(target: Target, found: list[tuple[int, Any]], ends_at: float) -> socket.socket:
    """A connection to the first of the checked addresses that takes one, in TLS where it is https."""
    why = "no address"
    for place, (family, where) in enumerate(found):
        if time.monotonic() >= ends_at:
            break
        raw = socket.socket(family, socket.SOCK_STREAM)
        try:
            # an address that swallows packets must not take the time of the next one
            raw.settimeout(_left(ends_at) / (len(found) - place))
            raw.connect(where)
            # headers and body are two writes: the second must not wait until the first has been acknowledged
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if target.scheme == "http":
                return raw
            raw.settimeout(_left(ends_at))
            # wraps the name that was asked for: the certificate must be of that name, wherever it led
            return _tls().wrap_socket(raw, server_hostname=target.host)
        except (OSError, ValueError) as error:
            raw.close()
            why = _said(error)
        except BaseException:
            raw.close()
            raise
    raise NotReached(f"{target.host}: {why}")


def _left(ends_at: float) -> float:
    """Seconds; never 0, which would mean not to wait for what is there already."""
    return max(ends_at - time.monotonic(), 0.01)


@cache
def _tls() -> ssl.SSLContext:
    """Made once: reading all authorities takes longer than a call."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _said(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "no connection in time"
    return str(getattr(error, "strerror", "") or error or type(error).__name__)[:200]


class _Wire:
    """A socket for http.client that ends at an instant, not after a pause: a server that sends a byte now and then
    would otherwise hold a worker for ever."""

    def __init__(self, connected: socket.socket, ends_at: float) -> None:
        self.connected, self.ends_at = connected, ends_at

    def _wait(self) -> None:
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.connected.settimeout(left)

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self._wait()
            rest = rest[self.connected.send(rest) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        """The connection is closed by whoever opened it; the answer is still being read when this is called."""


class _Reader(io.RawIOBase):
    def __init__(self, wire: _Wire) -> None:
        self.wire, self.room = wire, MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.room <= 0:
            return 0
        self.wire._wait()
        count = self.wire.connected.recv_into(memoryview(buffer)[: self.room])
        self.room -= count
        return count
