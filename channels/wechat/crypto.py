"""The encrypted envelope of WeChat's and WeCom's callbacks: AES-256-CBC with a length and a receiver inside.

    random (16 bytes) | length of the message (4 bytes, big-endian) | message (UTF-8) | receiver (UTF-8) | padding

Padding fills up to a multiple of 32 bytes, not of the cipher's 16; the key's first 16 bytes are the IV.
The envelope proves nothing of its sender: check `msg_signature` first.

Protocol: https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Technical_Plan.html
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from foundation.errors import DecodeError

BLOCK, RANDOM, LENGTH = 32, 16, 4
KEY = re.compile(r"[A-Za-z0-9+/]{43}")


class Envelope:
    def __init__(self, aes_key: str, receiver: str) -> None:
        """
        Args:
            aes_key: EncodingAESKey, 43 characters.
            receiver: whom messages are for: appid, corpid, suiteid, or "".

        Raises:
            ValueError: the key is none.
        """
        if not KEY.fullmatch(aes_key):
            raise ValueError("an EncodingAESKey is 43 letters and digits")
        key = base64.b64decode(aes_key + "=")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))
        self._receiver = receiver.encode()

    def decrypt(self, encrypted: str) -> str:
        """The message of an envelope in base64.

        Raises:
            DecodeError: it is not one, or for somebody else.
        """
        plain = _unpadded(self._decipher(_bytes(encrypted)))
        if len(plain) < RANDOM + LENGTH:
            raise DecodeError("an envelope is too short")
        length = int.from_bytes(plain[RANDOM : RANDOM + LENGTH], "big")
        rest = plain[RANDOM + LENGTH :]
        if length > len(rest):
            raise DecodeError("an envelope's message is longer than the envelope")
        if not hmac.compare_digest(rest[length:], self._receiver):
            raise DecodeError("an envelope is for another account; compare the app or corporation id in the settings")
        try:
            return rest[:length].decode()
        except UnicodeDecodeError:
            raise DecodeError("an envelope's message is not UTF-8") from None

    def encrypt(self, message: str, random: bytes | None = None) -> str:
        """The envelope of a message, in base64; `random` are its first 16 bytes, fresh ones unless given."""
        body = message.encode("utf-8", "replace")
        plain = (random or secrets.token_bytes(RANDOM)) + len(body).to_bytes(LENGTH, "big") + body + self._receiver
        missing = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher.encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([missing]) * missing) + encryptor.finalize()).decode()

    def _decipher(self, data: bytes) -> bytes:
        decryptor = self._cipher.decryptor()
        return decryptor.update(data) + decryptor.finalize()


def _bytes(encrypted: str) -> bytes:
    try:
        data = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError):
        raise DecodeError("an envelope is not base64") from None
    if not data or len(data) % 16:
        raise DecodeError("an envelope is cut off")
    return data


def _unpadded(plain: bytes) -> bytes:
    count = plain[-1]
    if not 1 <= count <= BLOCK or plain[-count:] != bytes([count]) * count:
        raise DecodeError("an envelope's padding is wrong; compare the EncodingAESKey in the settings")
    return plain[:-count]
