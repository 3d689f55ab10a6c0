"""Who we are to push services (RFC 8292): one key pair of this installation, whose public half browsers subscribe with.

The private half is VAPID_PRIVATE_KEY, or else derived from SECRET_KEY, so that every machine has it and nobody has to
make it. Whoever changes it loses every device; people add theirs again.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from py_vapid import Vapid02

# Order of the curve P-256 (SEC 2, 2.4.2): a private key is a number from 1 to just below it.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# Push services refuse more than 24 hours.
LASTS = timedelta(hours=12)


def public_key() -> str:
    """The key that browsers subscribe with: 65 bytes in base64url, without padding."""
    return _public(settings.VAPID_PRIVATE_KEY, settings.SECRET_KEY)


def authorization(origin: str, at: datetime) -> str:
    """The value of `Authorization` for pushes to this origin in the next hours."""
    signer = Vapid02(_key(settings.VAPID_PRIVATE_KEY, settings.SECRET_KEY), conf={"no-strict": True})
    claims = {"aud": origin, "exp": int((at + LASTS).timestamp()), "sub": f"mailto:{_contact()}"}
    return str(signer.sign(claims)["Authorization"])


def unpadded(raw: bytes) -> str:
    """base64url without padding, as everything about Web Push is written."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def plain(text: str) -> bytes:
    """The bytes of base64url with or without padding. Raises ValueError."""
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def _contact() -> str:
    """Whom a push service may write to when something is wrong with what we send."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1] or "selaras@localhost"


@cache
def _public(given: str, secret: str) -> str:
    point = _key(given, secret).public_key()
    return unpadded(point.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint))


@cache
def _key(given: str, secret: str) -> ec.EllipticCurvePrivateKey:
    try:
        raw = plain(given) if given else _derived(secret)
    except ValueError:
        raw = b""
    number = int.from_bytes(raw)
    if len(raw) != 32 or not 0 < number < ORDER:
        raise ImproperlyConfigured("VAPID_PRIVATE_KEY: expected 32 bytes in base64url, a private key of P-256.")
    return ec.derive_private_key(number, ec.SECP256R1())


def _derived(secret: str) -> bytes:
    # 48 bytes and a remainder, so that no number is likelier than another (NIST SP 800-56A, 5.6.1.2.1)
    wide = HKDF(hashes.SHA256(), 48, salt=None, info=b"selaras vapid").derive(secret.encode())
    return (int.from_bytes(wide) % (ORDER - 1) + 1).to_bytes(32)
