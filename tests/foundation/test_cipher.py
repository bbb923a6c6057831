from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from foundation.cipher import Cipher
from foundation.errors import ConfigError, VaultError
from foundation.settings import Settings
from foundation.suites import SuiteName

KEY, OTHER = bytes(range(32)), b"o" * 32


@given(st.text(), st.text())
def test_round_trip(text: str, context: str) -> None:
    cipher = Cipher(KEY)
    assert cipher.decrypt(cipher.encrypt(text, context), context) == text


@pytest.mark.parametrize("blob", [b"", b"short", bytes(40)])
def test_damaged_bytes_are_a_vault_error(blob: bytes) -> None:
    with pytest.raises(VaultError, match="ZHENGWU_SECRET_KEY"):
        Cipher(KEY).decrypt(blob)


def test_key_and_context_must_match() -> None:
    blob = Cipher(KEY).encrypt("材料", "inbox:a")
    for cipher, context in ((Cipher(KEY), "inbox:b"), (Cipher(bytes(32)), "inbox:a")):
        with pytest.raises(VaultError):
            cipher.decrypt(blob, context)


def test_fingerprints_depend_on_text_context_and_key() -> None:
    cipher = Cipher(KEY)
    prints = {cipher.fingerprint("a", "x"), cipher.fingerprint("b", "x"), cipher.fingerprint("a", "y")}
    assert len(prints | {Cipher(bytes(32)).fingerprint("a", "x")}) == 4
    assert cipher.fingerprint("a", "x") == Cipher(KEY).fingerprint("a", "x")


@given(st.text(), st.text(), st.sampled_from(["aes", "sm"]))
def test_round_trip_by_either_suite_and_by_a_former_key(text: str, context: str, suite: SuiteName) -> None:
    blob = Cipher(KEY, suite=suite).encrypt(text, context)
    for reader in (Cipher(KEY, suite=suite), Cipher(KEY), Cipher(KEY, suite="sm"), Cipher(OTHER, [KEY], "sm")):
        assert reader.decrypt(blob, context) == text
    with pytest.raises(VaultError, match="ZHENGWU_OLD_SECRET_KEYS"):
        Cipher(OTHER).decrypt(blob, context)


def test_what_was_written_before_there_were_headers_is_read() -> None:
    nonce = b"n" * 12
    blob = nonce + AESGCM(KEY).encrypt(nonce, "材料".encode(), b"inbox:a")
    assert Cipher(KEY).decrypt(blob, "inbox:a") == Cipher(OTHER, [KEY]).decrypt(blob, "inbox:a") == "材料"
    assert not Cipher(KEY).is_current(blob)


@pytest.mark.parametrize("suite", ["aes", "sm"])
def test_no_byte_can_be_changed(suite: SuiteName) -> None:
    cipher = Cipher(KEY, suite=suite)
    blob = cipher.encrypt("材料", "inbox:a")
    for place in range(len(blob)):
        changed = bytearray(blob)
        changed[place] ^= 1
        with pytest.raises(VaultError):
            cipher.decrypt(bytes(changed), "inbox:a")


def test_only_the_present_key_and_suite_are_current() -> None:
    blob = Cipher(KEY).encrypt("a")
    assert Cipher(KEY).is_current(blob) and Cipher(KEY, [OTHER]).is_current(blob)
    assert not Cipher(OTHER, [KEY]).is_current(blob) and not Cipher(KEY, suite="sm").is_current(blob)


def test_a_fingerprint_of_a_former_key_is_recognised() -> None:
    former, now = Cipher(KEY).fingerprint("a", "x"), Cipher(OTHER, [KEY], "sm")
    assert former in now.fingerprints("a", "x") and now.fingerprints("a", "x")[0] == now.fingerprint("a", "x")
    assert len(set(now.fingerprints("a", "x"))) == 4 and former not in now.fingerprints("a", "y")


@pytest.mark.parametrize("given", ["zz" * 32, "5a" * 31, f"{'5a' * 32},x"])
def test_a_former_key_that_is_none_is_named(settings: Settings, given: str) -> None:
    with pytest.raises(ConfigError, match="ZHENGWU_OLD_SECRET_KEYS"):
        Cipher.of_settings(settings.copy(update={"old_secret_keys": SecretStr(given)}))


def test_the_settings_name_keys_and_suite(settings: Settings) -> None:
    given = {"old_secret_keys": SecretStr(f"{KEY.hex()}, {OTHER.hex()}"), "ciphers": "sm"}
    cipher = Cipher.of_settings(settings.copy(update=given))
    assert cipher.key.name.startswith("S") and len(cipher.keys) == 6
    assert cipher.decrypt(Cipher(OTHER).encrypt("a")) == "a"
