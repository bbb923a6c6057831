"""Signatures of requests: an HMAC over a canonical text. The client signs with it, the sandbox checks with it.

RFC 2104; SM3 is GB/T 32905-2016. What the text of our own contract is made of says openapi.yaml.
"""

from __future__ import annotations

import base64
import hmac as standard
from collections.abc import Callable
from typing import Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from foundation.settings import Settings

Algorithm = Literal["hmac-sha256", "hmac-sm3"]
Encoding = Literal["hex", "hex-upper", "base64"]

HASHES: dict[Algorithm, Callable[[], hashes.HashAlgorithm]] = {"hmac-sha256": hashes.SHA256, "hmac-sm3": hashes.SM3}
ENCODINGS: dict[Encoding, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "hex-upper": lambda value: value.hex().upper(),
    "base64": lambda value: base64.b64encode(value).decode("ascii"),
}


def body_digest(body: bytes, algorithm: Algorithm = "hmac-sha256") -> str:
    """The hash (SHA-256 or SM3) of a request's body: 64 lower-case hexadecimal digits."""
    digest = hashes.Hash(HASHES[algorithm]())
    digest.update(body)
    return digest.finalize().hex()


def canonical(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> str:
    """What our own contract has signed.

    Args:
        target: the path with the query, as in the request line.
        timestamp: as its header has it, seconds.
    """
    return "\n".join((method.upper(), target, timestamp, nonce, body_digest(body)))


def sign(secret: str, text: str, algorithm: Algorithm = "hmac-sha256", encoding: Encoding = "hex") -> str:
    """The signature of a canonical text; secret and text count as UTF-8."""
    mac = HMAC(secret.encode(), HASHES[algorithm]())
    mac.update(text.encode())
    return ENCODINGS[encoding](mac.finalize())


def verify(
    signature: str, secret: str, text: str, algorithm: Algorithm = "hmac-sha256", encoding: Encoding = "hex"
) -> bool:
    """Whether this is the text's signature, found out in a time that does not depend on how much of it is right."""
    return standard.compare_digest(
        sign(secret, text, algorithm, encoding).encode(), signature.encode("utf-8", "replace")
    )


def sandbox_secret(settings: Settings) -> str:
    """The secret that the sandbox and its client share without anybody having to set one.

    Raises:
        ConfigError: ZHENGWU_SECRET_KEY is missing or malformed.
    """
    return standard.new(settings.key(), b"zhengwu portal sandbox", "sha256").hexdigest()
