"""What leaves the house: nobody makes us call what only we can reach (failure mode: server-side request forgery)."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from calendar_app.services import outbound
from tests import outside

PUBLIC = "93.184.215.14"

# Addresses that must be refused by what they say, before any name is asked for.
SCHEMES = [
    *("http", "HTTP", "ftp", "ftps", "file", "gopher", "dict", "ldap", "ldaps", "tftp", "ws", "wss", "jar", "data"),
    *("javascript", "mailto", "ssh", "smtp", "redis", "unix", "blob", "about", "sftp", "telnet", "netdoc"),
]
PORTS = [0, 1, 21, 22, 23, 25, 53, 80, 110, 143, 444, 465, 587, 1080, 2375, 3306, 5432, 6379, 8000, 8080, 8443, 9200]
PORTS += [10250, 11211, 27017, 65535, 65536, 99999]
ANY = "0.0.0.0"  # noqa: S104 - not to bind to
NUMBERS = [
    *("127.0.0.1", "127.1", "127.0.1", "0", ANY, "2130706433", "3232235777", "0x7f000001", "0x7f.0x0.0x0.0x1"),
    *("0x7f.1", "0X7F.0.0.1", "0177.0.0.1", "017700000001", "0177.0x0.0.1", "10.0.0.1", "10.1", "192.168.1.1"),
    *("192.168.257", "172.16.0.1", "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376"),
    *("100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "127.127.127.127", "00000177.00000000.1", "1.1.1.1"),
    *("127.0.0.1.", "0x7f000001.", "1e1", "127.0.0.0x1", "4294967295", "192.0.0.1", "8.8.8.8"),
]
BRACKETS = [
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[fe80::1]"),
    *("[fe80::1%25eth0]", "[fc00::1]", "[fd00:ec2::254]", "[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]"),
    *("[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2001:0:7f00:1::]", "[ff02::1]", "[2606:4700::1111]", "[v1.x]"),
]
NAMES = [
    *("localhost", "LOCALHOST", "intranet", "metadata", "kubernetes", "db", "redis", "-", ".", "..", "a..b", ".a.id"),
    *("a.id.", "-a.id", "a-.id", "a_b.id", "a.-id", "*.id", "a.1d", "x" * 64 + ".id", "a." * 130 + "id", "%6cocalhost"),
    *("127.0.0.1%2e", "localhost%00.id", "example.com%2f", "a.id%20"),
]
# Letters that some software turns into digits, dots or other letters.
UNICODE = [
    *("①②⑦.⓪.⓪.①", "127。0。0。1", "127．0．0．1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "ｌｏｃａｌｈｏｓｔ", "１２７.0.0.1", "exаmple.com"),
    *("localhost\u200b", "127.0.0.1\u00ad", "ex\u2024ample.com", "۱۲۷.0.0.1", "faß.de", "example.com\uff0fevil", "٠"),
    *("example\u3002com", "ｅxample.com", "a\u202e.id"),
]
SHAPES = [
    *("", " ", "https://", "https:///", "https:/example.com/", "https:example.com", "//example.com/", "example.com"),
    *("https://@example.com/", "https://user@example.com/", "https://user:pass@example.com/", "https://:@example.com/"),
    *("https://example.com@127.0.0.1/", "https://127.0.0.1@example.com/", "https://example.com:443@127.0.0.1/"),
    *(
        "https://example.com%40127.0.0.1/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com\\.evil/",
        "https:\\\\a.id",
    ),
    *(
        "https://example.com#@127.0.0.1/",
        "https://example.com/#x",
        "https://example.com?@127.0.0.1/#",
        "https://a.id/ x",
    ),
    *(" https://example.com/", "https://example.com/ ", "https://example.com/\n", "https://example.com/\r\nHost: x"),
    *("https://exam\tple.com/", "https://exam\nple.com/", "https://example.com/\x00", "https://example.com/\x7f"),
    *("https://example.com:/", "https://example.com:443:443/", "https://example.com:٤٤٣/", "https://example.com:+443/"),
    *(
        "https://example.com:-1/",
        "https://example.com:443.0/",
        "https://example.com: 443/",
        "https://example.com:0x1bb/",
    ),
    *(
        "https://example.com/é",
        "https://example.com/<>",
        'https://example.com/"',
        "https://example.com/{x}",
        "https://a.id/|",
    ),
    *("https://example.com/[x]", "https://example.com/`", "https://example.com/^", "https://example.com/" + "a" * 1000),
    *("https://https://example.com/", "https://[example.com]/", "https://[::1]:443/", "https://[::1/", "https://::1/"),
]
TEXTS = [
    *(f"{scheme}://example.com/" for scheme in SCHEMES),
    *(f"https://example.com:{port}/" for port in PORTS),
    *(f"https://{host}/hook" for host in [*NUMBERS, *BRACKETS, *NAMES, *UNICODE]),
    *SHAPES,
]

# What a name may turn out to be.
INSIDE = [
    *(
        "127.0.0.1",
        "127.255.255.254",
        ANY,
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "172.16.0.1",
        "172.31.255.255",
    ),
    *("192.168.0.1", "192.168.255.255", "169.254.0.1", "169.254.169.254", "169.254.170.2", "100.64.0.1"),
    *("100.100.100.200", "100.127.255.255", "192.0.0.1", "192.0.0.8", "192.0.0.9", "192.0.0.170", "192.0.0.192"),
    *("192.0.2.1", "198.51.100.1", "203.0.113.1", "192.88.99.1", "198.18.0.1", "198.19.255.255", "224.0.0.1"),
    *("224.0.0.251", "239.255.255.250", "240.0.0.1", "255.255.255.255", "233.252.0.1"),
    *("::1", "::", "::2", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:93.184.215.14"),
    *("::127.0.0.1", "::10.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe"),
    *(
        "64:ff9b::5db8:d70e",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "2002:a9fe:a9fe::",
        "2002:5db8:d70e::",
    ),
    *("2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "2001:20::1", "2001:db8::1", "3fff::1"),
    *("fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "fe80::a9fe:a9fe", "febf::1", "fec0::1", "ff02::1", "ff05::2"),
    *("ff0e::1", "100::1", "4000::1", "5f00::1", "8000::1", "e000::1", "2400:cb00::5efe:10.0.0.1"),
    *("2400:cb00::200:5efe:127.0.0.1",),
]


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Where connections were tried; none of them is made."""
    tried: list[Any] = []

    def connect(self: socket.socket, where: Any) -> None:
        tried.append(where)
        raise ConnectionRefusedError(111, "refused")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


class Resolver:
    """Answers with one row of addresses after another, the last one for ever, and counts."""

    def __init__(self, *rows: list[str]) -> None:
        self.rows, self.asked = list(rows), 0

    def __call__(self, host: bytes, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        row = self.rows[min(self.asked, len(self.rows) - 1)]
        self.asked += 1
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (text, port, 0, 0))
            if ":" in text
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port))
            for text in row
        ]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Any:
    def make(*rows: list[str]) -> Resolver:
        resolver = Resolver(*rows)
        monkeypatch.setattr(socket, "getaddrinfo", resolver)
        return resolver

    return make


def call(url: str) -> outbound.Answer:
    return outbound.post(outbound.check(url), b"{}", {"Content-Type": "application/json"}, timeout=3)


@pytest.mark.parametrize("url", TEXTS, ids=ascii)
def test_an_address_is_refused_by_what_it_says(url: str, connections: list[Any], resolve: Any) -> None:
    resolver = resolve([PUBLIC])
    with pytest.raises(outbound.Forbidden):
        call(url)
    assert connections == []
    assert resolver.asked == 0


@pytest.mark.parametrize("inside", INSIDE)
def test_a_name_that_leads_inside_is_refused(inside: str, connections: list[Any], resolve: Any) -> None:
    for answers in ([inside], [PUBLIC, inside], [inside, PUBLIC]):
        resolve(answers)
        with pytest.raises(outbound.Forbidden) as refused:
            call("https://hook.example.com/x")
        assert refused.value.reason == "private"
    assert connections == []


def test_there_are_at_least_two_hundred_probes() -> None:
    assert len(set(TEXTS)) + len(set(INSIDE)) >= 200


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2400:cb00:2048::1"])
def test_a_public_address_is_called(address: str, connections: list[Any], resolve: Any) -> None:
    resolve([address])
    with pytest.raises(outbound.NotReached):
        call("https://hook.example.com/x?y=1")
    assert [where[:2] for where in connections] == [(address, 443)]


def test_a_name_that_changes_its_mind_is_asked_once(connections: list[Any], resolve: Any) -> None:
    resolver = resolve([PUBLIC], ["127.0.0.1"])
    with pytest.raises(outbound.NotReached):
        call("https://rebind.example.com/")
    assert resolver.asked == 1
    assert connections == [(PUBLIC, 443)]


def test_every_public_answer_is_tried_in_turn(connections: list[Any], resolve: Any) -> None:
    resolve([PUBLIC, "1.1.1.1", PUBLIC])
    with pytest.raises(outbound.NotReached, match="refused"):
        call("https://hook.example.com/")
    assert connections == [(PUBLIC, 443), ("1.1.1.1", 443)]


def test_a_name_that_is_not_found_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    with pytest.raises(outbound.NotReached, match="not known"):
        call("https://nowhere.example.com/")


def test_a_resolver_that_hangs_takes_no_longer_than_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    woken = threading.Event()

    def hang(*args: Any, **kwargs: Any) -> list[Any]:
        woken.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    began = time.monotonic()
    with pytest.raises(outbound.NotReached, match="in time"):
        outbound.post(outbound.check("https://slow.example.com/"), b"", {}, timeout=0.3)
    assert time.monotonic() - began < 3
    woken.set()


# Pushes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
        "https://web.push.apple.com/QPr",
        "https://wns2-par02p.notify.windows.com/w/?token=BQ%3d",
    ],
)
def test_pushes_go_to_the_browsers_vendors(url: str) -> None:
    assert outbound.check_push(url).origin == "/".join(url.split("/")[:3])


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/push",
        "https://fcm.googleapis.com.example.com/x",
        "https://evil-fcm.googleapis.com/x",
        "https://x.fcm.googleapis.com/x",
        "https://push.apple.com/x",
        "https://notpush.apple.com/x",
        "https://notify.windows.com.example.id/x",
        "https://googleapis.com/x",
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com@example.com/",
        "https://example.com/fcm.googleapis.com",
    ],
)
def test_pushes_go_nowhere_else(url: str) -> None:
    with pytest.raises(outbound.Forbidden):
        outbound.check_push(url)


def test_a_bridge_inside_is_no_push_service(settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = ["chat.internal:8065"]
    assert outbound.check("http://chat.internal:8065/hook").is_private
    with pytest.raises(outbound.Forbidden):
        outbound.check_push("http://chat.internal:8065/hook")


# Hosts of the ministry's own network ------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/x", "http://localhost:8065/x", "http://chat.internal/x", "http://chat.internal:80650/x"],
)
def test_only_the_named_host_and_port_may_be_inside(settings: Any, url: str, connections: list[Any]) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = ["chat.internal:8065", "127.0.0.1:8065"]
    with pytest.raises(outbound.Forbidden):
        call(url)
    assert connections == []


@pytest.mark.parametrize("inside", ["169.254.169.254", "fe80::1", "224.0.0.1", ANY])
def test_a_named_host_is_no_way_to_the_cloud_s_metadata(
    settings: Any, inside: str, connections: list[Any], resolve: Any
) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = ["chat.internal:8065"]
    resolve([inside])
    with pytest.raises(outbound.Forbidden):
        call("http://chat.internal:8065/hook")
    assert connections == []


@pytest.mark.parametrize("inside", ["10.1.2.3", "192.168.0.9", "127.0.0.1", "::1", "fd00::5", "172.16.9.9", "1.1.1.1"])
def test_a_named_host_may_be_anywhere_else_inside(
    settings: Any, inside: str, connections: list[Any], resolve: Any
) -> None:
    settings.OUTBOUND_PRIVATE_HOSTS = ["Chat.Internal:8065"]
    resolve([inside])
    with pytest.raises(outbound.NotReached):
        call("https://chat.internal:8065/hook")
    assert [where[:2] for where in connections] == [(inside, 8065)]


@pytest.fixture
def bridge(settings: Any) -> Iterator[outside.Receiver]:
    with outside.receiver() as server:
        settings.OUTBOUND_PRIVATE_HOSTS = [server.name]
        yield server


def test_a_named_host_is_told(bridge: outside.Receiver) -> None:
    answer = call(bridge.url("/a/b?c=d"))
    (request,) = bridge.requests
    assert answer.status == 204
    assert answer.is_yes
    assert (request.path, request.body) == ("/a/b?c=d", b"{}")
    assert request.headers["host"] == bridge.name
    assert request.headers["content-length"] == "2"
    assert request.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nobody_is_followed_to_another_address(settings: Any, bridge: outside.Receiver, status: int) -> None:
    with outside.receiver() as other:
        settings.OUTBOUND_PRIVATE_HOSTS = [bridge.name, other.name]
        bridge.reply = outside.says(status, Location=other.url("/elsewhere"))
        answer = call(bridge.url())
        assert (answer.status, answer.location) == (status, other.url("/elsewhere"))
        assert other.requests == []
    assert len(bridge.requests) == 1


def test_a_server_that_says_nothing_is_left_in_time(bridge: outside.Receiver) -> None:
    bridge.reply = outside.sleeps(10)
    began = time.monotonic()
    with pytest.raises(outbound.NoAnswer) as silence:
        outbound.post(outbound.check(bridge.url()), b"", {}, timeout=0.4)
    assert silence.value.is_slow
    assert time.monotonic() - began < 3


def test_a_server_that_drips_is_left_in_time(bridge: outside.Receiver) -> None:
    bridge.reply = outside.drips(10)
    began = time.monotonic()
    with pytest.raises(outbound.NoAnswer) as silence:
        outbound.post(outbound.check(bridge.url()), b"", {}, timeout=0.5)
    assert silence.value.is_slow
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("status", [200, 500])
def test_little_is_read_of_a_huge_answer(bridge: outside.Receiver, status: int) -> None:
    bridge.reply = outside.pours(status)
    answer = call(bridge.url())
    assert answer.status == status
    assert len(answer.text) <= outbound.MOST_BODY


def test_headers_without_end_are_no_answer(bridge: outside.Receiver) -> None:
    def reply(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100_000):
            handler.wfile.write(b"X-%d: %s\r\n" % (number, b"x" * 200))

    bridge.reply = reply
    with pytest.raises(outbound.NoAnswer):
        call(bridge.url())


def test_a_server_that_hangs_up_has_perhaps_been_told(bridge: outside.Receiver) -> None:
    bridge.reply = lambda handler: None
    with pytest.raises(outbound.NoAnswer) as silence:
        call(bridge.url())
    assert not silence.value.is_slow


def test_nobody_there_is_not_reached(settings: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    settings.OUTBOUND_PRIVATE_HOSTS = [f"127.0.0.1:{port}"]
    with pytest.raises(outbound.NotReached, match="refused"):
        call(f"http://127.0.0.1:{port}/")


def test_a_line_is_used_again(bridge: outside.Receiver) -> None:
    bridge.keeps, bridge.reply = True, outside.says(201)
    lines, target = outbound.Lines(), outbound.check(bridge.url())
    for number in range(3):
        assert outbound.post(target, str(number).encode(), {}, lines=lines).status == 201
    bridge.reply = outside.says(500, b"Aduh")
    assert outbound.post(target, b"3", {}, lines=lines).text == "Aduh"
    assert outbound.post(target, b"4", {}, lines=lines).status == 500
    assert [request.body for request in bridge.requests] == [b"0", b"1", b"2", b"3", b"4"]
    assert bridge.connections == 1
    lines.close()
    assert lines.open == {}


def test_a_line_that_was_closed_meanwhile_is_made_anew(bridge: outside.Receiver) -> None:
    """The other end closes what nobody uses, and says nothing."""
    lines, target = outbound.Lines(), outbound.check(bridge.url())
    for _time in (1, 2):
        assert outbound.post(target, b"", {}, lines=lines).is_yes
        time.sleep(0.1)
    assert bridge.connections == len(bridge.requests) == 2
    lines.close()


def test_a_line_with_something_left_to_read_is_not_used_again(bridge: outside.Receiver) -> None:
    bridge.keeps, bridge.reply = True, outside.says(500, b"x" * 5000)
    lines, target = outbound.Lines(), outbound.check(bridge.url())
    for _time in (1, 2):
        assert outbound.post(target, b"", {}, lines=lines).status == 500
    assert bridge.connections == 2
    assert lines.open == {}


def test_a_line_that_does_not_answer_is_left_in_time(bridge: outside.Receiver) -> None:
    bridge.keeps = True
    lines, target = outbound.Lines(), outbound.check(bridge.url())
    assert outbound.post(target, b"", {}, lines=lines).is_yes
    bridge.reply = outside.sleeps(10)
    with pytest.raises(outbound.NoAnswer) as silence:
        outbound.post(target, b"", {}, timeout=0.4, lines=lines)
    assert silence.value.is_slow
    assert len(bridge.requests) == 2
    assert lines.open == {}


def test_a_proxy_of_the_environment_is_not_asked(bridge: outside.Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert call(bridge.url()).is_yes


# Certificates ----------------------------------------------------------------------------


@pytest.fixture
def secure(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, list[Any]]]:
    """A TLS server with a certificate of chat.example.com; what it was asked for by SNI."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-days",
                "2",
            ),
            *("-keyout", str(key), "-out", str(certificate), "-subj", "/CN=chat.example.com"),
            *("-addext", "subjectAltName=DNS:chat.example.com"),
        ],
        check=True,
        capture_output=True,
    )
    names: list[Any] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.sni_callback = lambda sock, name, ctx: names.append(name)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def serve() -> None:
            while True:
                try:
                    raw, _where = server.accept()
                except OSError:
                    return
                with raw:
                    try:
                        with context.wrap_socket(raw, server_side=True) as wrapped:
                            read = b""
                            while not read.endswith(b"{}"):  # all of it, or closing cuts the answer off
                                read += wrapped.recv(65536)
                            wrapped.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                    except OSError:
                        continue

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        settings.OUTBOUND_PRIVATE_HOSTS = [f"chat.example.com:{port}", f"other.example.com:{port}"]
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        outbound._tls.cache_clear()
        yield port, names
        outbound._tls.cache_clear()
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_the_certificate_must_be_of_the_name_that_was_asked_for(secure: Any, resolve: Any) -> None:
    port, names = secure
    resolve(["127.0.0.1"])
    assert call(f"https://chat.example.com:{port}/hook").is_yes
    assert names == ["chat.example.com"]
    with pytest.raises(outbound.NotReached, match=r"certificate: .*not valid for 'other\.example\.com'"):
        call(f"https://other.example.com:{port}/hook")


def test_a_certificate_that_nobody_vouches_for_is_refused(
    secure: Any, resolve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, _names = secure
    resolve(["127.0.0.1"])
    monkeypatch.delenv("SSL_CERT_FILE")
    outbound._tls.cache_clear()
    with pytest.raises(outbound.NotReached, match="certificate"):
        call(f"https://chat.example.com:{port}/hook")


def test_what_is_public_agrees_with_the_library_where_that_is_strict() -> None:
    """Never looser than `is_global`, whichever Python runs it."""
    for text in (*INSIDE, PUBLIC, "1.1.1.1", "2606:4700::1111"):
        address = ipaddress.ip_address(text)
        assert address.is_global or not outbound.is_public(address)
