"""Encryption of what citizens wrote, at rest: AES-256-GCM with the key ZHENGWU_SECRET_KEY."""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from foundation.errors import VaultError

NONCE_BYTES = 12


class Cipher:
    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)
        self._fingerprint_key = hmac.digest(key, b"zhengwu fingerprint", "sha256")

    def encrypt(self, text: str, context: str = "") -> bytes:
        """Return nonce + ciphertext; `context` (as a table and row) must be given again to decrypt."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, text.encode(), context.encode())

    def decrypt(self, blob: bytes, context: str = "") -> str:
        """Undo `encrypt`.

        Raises:
            VaultError: the key or the context differs, or the bytes were altered.
        """
        try:
            return self._aead.decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], context.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise VaultError(
                "a stored text cannot be decrypted: ZHENGWU_SECRET_KEY is not the key it was written with"
            ) from error

    def fingerprint(self, text: str, context: str = "") -> str:
        """64 hexadecimal digits by which equal texts can be found without decrypting; useless without the key."""
        return hmac.new(self._fingerprint_key, f"{context}\0{text}".encode(), hashlib.sha256).hexdigest()
