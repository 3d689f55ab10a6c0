"""A browser's half of Web Push, written from the RFCs and not with the product's library: what it subscribes with, and
what it reads of a push that reaches its vendor.
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.outside import Receiver, Request

P256 = ec.SECP256R1()


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass
class Browser:
    """A subscription at a push service that `server` stands for."""

    server: Receiver
    path: str = field(default_factory=lambda: f"/push/{secrets.token_urlsafe(16)}")
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(P256))
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    @property
    def subscription(self) -> dict[str, str]:
        """What the page sends to the server."""
        return {
            "endpoint": self.server.url(self.path),
            "p256dh": base64url(point(self.private.public_key())),
            "auth": base64url(self.secret),
        }

    def received(self) -> list[tuple[Request, dict[str, Any]]]:
        """The pushes to this subscription, decrypted."""
        return [(one, json.loads(self.decrypt(one.body))) for one in self.server.requests if one.path == self.path]

    def decrypt(self, body: bytes) -> bytes:
        """RFC 8188 (one record) with the keys of RFC 8291, section 3.4."""
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        theirs, record = body[21 : 21 + length], body[21 + length :]
        assert len(record) <= size
        assert len(body) <= 4096  # RFC 8030, 7.2: a push service need not take more
        shared = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(P256, theirs))
        info = b"WebPush: info\0" + point(self.private.public_key()) + theirs
        common = _hkdf(self.secret, shared, info, 32)
        key = _hkdf(salt, common, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _hkdf(salt, common, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
        assert padded.endswith(b"\2")  # the last record
        return padded[:-1]


def signed(request: Request) -> tuple[dict[str, Any], str]:
    """The claims of a push's VAPID signature (RFC 8292) and the key it was made with. Raises when it is not valid."""
    scheme, _space, fields = request.headers["authorization"].partition(" ")
    assert scheme == "vapid"
    values = dict(part.strip().split("=", 1) for part in fields.split(","))
    head, claims, signature = values["t"].split(".")
    assert json.loads(unbase64url(head)) == {"typ": "JWT", "alg": "ES256"}
    raw = unbase64url(signature)
    assert len(raw) == 64
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    key = ec.EllipticCurvePublicKey.from_encoded_point(P256, unbase64url(values["k"]))
    key.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    return json.loads(unbase64url(claims)), values["k"]


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=salt, info=info).derive(secret)
