from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import ciphers, hashes
from cryptography.hazmat.primitives.ciphers import algorithms, modes

from foundation.suites import SUITES

SM4_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")


def test_sm4_as_the_standard_has_it() -> None:
    """GB/T 32907-2016, appendix A: once, and a million times."""
    encryptor = ciphers.Cipher(algorithms.SM4(SM4_KEY), modes.ECB()).encryptor()
    text = encryptor.update(SM4_KEY)
    assert text.hex() == "681edf34d206965e86b3e94f536e4246"
    for _ in range(999_999):
        text = encryptor.update(text)
    assert text.hex() == "595298c7c6fd271f0402f804c33d3f66"


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_as_the_standard_has_it(text: bytes, digest: str) -> None:
    """GB/T 32905-2016, appendix A."""
    made = hashes.Hash(SUITES["sm"].hash())
    made.update(text)
    assert made.finalize().hex() == digest


def test_sm4_in_gcm_as_published() -> None:
    """RFC 8998, appendix A.1."""
    sealed = SUITES["sm"].encrypt(
        SM4_KEY,
        bytes.fromhex("00001234567800000000abcd"),
        bytes.fromhex(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
            "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
        ),
        bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
    )
    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert (
        SUITES["sm"]
        .decrypt(
            SM4_KEY,
            bytes.fromhex("00001234567800000000abcd"),
            sealed,
            bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
        )
        .startswith(b"\xaa")
    )


def test_aes_in_gcm_as_published() -> None:
    """The GCM specification's test case 16."""
    sealed = SUITES["aes"].encrypt(
        bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2),
        bytes.fromhex("cafebabefacedbaddecaf888"),
        bytes.fromhex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
        ),
        bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
    )
    assert sealed.hex() == (
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b"
    )


@pytest.mark.parametrize("cut", [0, 5, 15])
def test_what_is_too_short_is_refused(cut: int) -> None:
    with pytest.raises(InvalidTag):
        SUITES["sm"].decrypt(SM4_KEY, bytes(12), bytes(cut), b"")
