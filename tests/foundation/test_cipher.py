from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.cipher import Cipher
from foundation.errors import VaultError

KEY = bytes(range(32))


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
