"""The two families of algorithms: international (AES-256-GCM, SHA-256) and national (SM4-GCM, SM3).

AES and GCM: FIPS 197, SP 800-38D; SM4: GB/T 32907-2016; SM3: GB/T 32905-2016. Which one writes is a setting; what is
stored says by which it was written, so that both can be read at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import ciphers, hashes
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

SuiteName = Literal["aes", "sm"]
NONCE_BYTES, TAG_BYTES = 12, 16


class Suite(NamedTuple):
    mark: bytes
    """One byte that stands for it in what is stored."""
    hash: Callable[[], hashes.HashAlgorithm]
    key: Callable[[bytes], bytes]
    """From ZHENGWU_SECRET_KEY to the key of the block cipher."""
    encrypt: Callable[[bytes, bytes, bytes, bytes], bytes]
    """(key, nonce, text, associated data) → ciphertext and tag."""
    decrypt: Callable[[bytes, bytes, bytes, bytes], bytes]
    """(key, nonce, ciphertext and tag, associated data) → text. Raises InvalidTag."""

    def mac(self, key: bytes, data: bytes) -> bytes:
        """HMAC (RFC 2104): 32 bytes."""
        made = HMAC(key, self.hash())
        made.update(data)
        return made.finalize()


def _encrypt_sm4(key: bytes, nonce: bytes, text: bytes, associated: bytes) -> bytes:
    encryptor = ciphers.Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(associated)
    return encryptor.update(text) + encryptor.finalize() + encryptor.tag


def _decrypt_sm4(key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
    if len(sealed) < TAG_BYTES:
        raise InvalidTag
    body, tag = sealed[:-TAG_BYTES], sealed[-TAG_BYTES:]
    decryptor = ciphers.Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(associated)
    return decryptor.update(body) + decryptor.finalize()


def _sm4_key(secret: bytes) -> bytes:
    """SM4 takes 16 bytes."""
    made = HMAC(secret, hashes.SM3())
    made.update(b"zhengwu sm4 key")
    return made.finalize()[:16]


SUITES: Mapping[SuiteName, Suite] = {
    "aes": Suite(
        b"A",
        hashes.SHA256,
        lambda secret: secret,
        lambda key, nonce, text, more: AESGCM(key).encrypt(nonce, text, more),
        lambda key, nonce, sealed, more: AESGCM(key).decrypt(nonce, sealed, more),
    ),
    "sm": Suite(b"S", hashes.SM3, _sm4_key, _encrypt_sm4, _decrypt_sm4),
}
