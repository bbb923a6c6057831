"""Encryption of what citizens wrote, at rest, with ZHENGWU_SECRET_KEY; by which algorithms is ZHENGWU_CIPHERS.

What is stored names the suite and the key that it was written with (a header of eight bytes), so that what former keys
(ZHENGWU_OLD_SECRET_KEYS) and the other suite wrote can be read too. Only the present key and suite write. What was
written before there were headers is read as well: AES-256-GCM, nonce first.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag

from foundation.errors import VaultError
from foundation.settings import Settings
from foundation.suites import NONCE_BYTES, SUITES, Suite, SuiteName

MAGIC = b"\x00zw"
HEADER_BYTES = 8
"""MAGIC, the suite's mark, and four bytes that stand for the key."""


class Key:
    """A secret with one suite's algorithms."""

    def __init__(self, secret: bytes, suite: Suite) -> None:
        self.suite = suite
        self.header = MAGIC + suite.mark + suite.mac(secret, b"zhengwu key id")[:4]
        self.name = suite.mark.decode() + self.header[-4:].hex()
        self._block = suite.key(secret)
        self._fingerprint = suite.mac(secret, b"zhengwu fingerprint")
        self.audit = suite.mac(secret, b"zhengwu audit")
        """Seals the audit log: foundation/audit_chain.py."""

    def encrypt(self, text: bytes, context: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return self.header + nonce + self.suite.encrypt(self._block, nonce, text, self.header + context)

    def decrypt(self, blob: bytes, context: bytes, header: bytes) -> bytes:
        """`header` is b"" for what was written before there were any. Raises InvalidTag or ValueError."""
        body = blob[len(header) :]
        return self.suite.decrypt(self._block, body[:NONCE_BYTES], body[NONCE_BYTES:], header + context)

    def fingerprint(self, text: bytes) -> str:
        return self.suite.mac(self._fingerprint, text).hex()


class Cipher:
    def __init__(self, secret: bytes, others: Sequence[bytes] = (), suite: SuiteName = "aes") -> None:
        """
        Args:
            secret: 32 bytes; what is written is written with it.
            others: secrets whose writings can still be read.
            suite: by which algorithms is written.
        """
        self.key = Key(secret, SUITES[suite])
        more = [Key(one, SUITES[name]) for one in (secret, *others) for name in SUITES]
        self.keys = (self.key, *(key for key in more if key.header != self.key.header))

    @classmethod
    def of_settings(cls, settings: Settings) -> Cipher:
        """Raises ConfigError: a key is missing or malformed."""
        return cls(settings.key(), settings.old_keys(), settings.ciphers)

    def encrypt(self, text: str, context: str = "") -> bytes:
        """Return header + nonce + ciphertext; `context` (as a table and row) must be given again to decrypt."""
        return self.key.encrypt(text.encode(), context.encode())

    def decrypt(self, blob: bytes, context: str = "") -> str:
        """Undo `encrypt`.

        Raises:
            VaultError: none of the keys is the right one, or the context differs, or the bytes were altered.
        """
        named = [(key, key.header) for key in self.keys if blob.startswith(key.header)]
        bare = [(key, b"") for key in self.keys if key.suite is SUITES["aes"]]
        for key, header in (*named, *bare):
            try:
                return key.decrypt(blob, context.encode(), header).decode()
            except (InvalidTag, ValueError):
                continue
        raise VaultError(
            "a stored text cannot be decrypted: neither ZHENGWU_SECRET_KEY nor one of ZHENGWU_OLD_SECRET_KEYS "
            "is the key it was written with"
        )

    def is_current(self, blob: bytes) -> bool:
        """Whether it was written with the present key and suite."""
        return blob.startswith(self.key.header)

    def fingerprint(self, text: str, context: str = "") -> str:
        """64 hexadecimal digits by which equal texts can be found without decrypting; useless without the key."""
        return self.key.fingerprint(f"{context}\0{text}".encode())

    def fingerprints(self, text: str, context: str = "") -> list[str]:
        """The present key's first, then what the other keys and the other suite make of it."""
        return [key.fingerprint(f"{context}\0{text}".encode()) for key in self.keys]
