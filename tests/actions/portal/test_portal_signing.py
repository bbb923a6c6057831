"""Signatures, against values that others have published or that openssl gives."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.portal.signing import body_digest, canonical, sandbox_secret, sign, verify
from foundation.errors import ConfigError
from foundation.settings import Settings


def test_sm3_is_that_of_the_standard() -> None:
    """GB/T 32905-2016, annex A."""
    assert body_digest(b"abc", "hmac-sm3") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    four = b"abcd" * 16
    assert body_digest(four, "hmac-sm3") == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"


def test_hmac_sha256_is_that_of_the_standard() -> None:
    """RFC 4231, case 2."""
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert sign("Jefe", "what do ya want for nothing?") == expected


@given(st.text(min_size=1), st.text())
def test_hmac_agrees_with_the_standard_library(secret: str, text: str) -> None:
    secret, text = secret.encode("utf-8", "replace").decode(), text.encode("utf-8", "replace").decode()
    assert sign(secret, text) == hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


@given(st.binary(min_size=1, max_size=64).map(bytes.hex), st.text(st.characters(exclude_categories=["Cs"])))
def test_hmac_sm3_is_made_of_sm3(secret: str, text: str) -> None:
    """RFC 2104: H((K ^ opad) + H((K ^ ipad) + text)), with blocks of 64 bytes."""
    key = secret.encode()
    key = bytes.fromhex(body_digest(key, "hmac-sm3")) if len(key) > 64 else key
    inner, outer = (bytes(b ^ pad for b in key.ljust(64, b"\0")) for pad in (0x36, 0x5C))
    within = bytes.fromhex(body_digest(inner + text.encode(), "hmac-sm3"))
    assert sign(secret, text, "hmac-sm3") == body_digest(outer + within, "hmac-sm3")


def test_encodings_say_the_same() -> None:
    plain = sign("s", "t")
    assert sign("s", "t", encoding="hex-upper") == plain.upper()
    assert base64.b64decode(sign("s", "t", encoding="base64")).hex() == plain


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "hmac-sm3"])
def test_only_the_right_signature_is_right(algorithm: str) -> None:
    right = sign("secret", "text", algorithm)  # type: ignore[arg-type]
    assert verify(right, "secret", "text", algorithm)  # type: ignore[arg-type]
    for wrong in ("", right[:-1], right + "0", right.upper(), "é" * 64, "\udc80", sign("other", "text")):
        assert not verify(wrong, "secret", "text", algorithm)  # type: ignore[arg-type]
    assert not verify(right, "secret", "text ", algorithm)  # type: ignore[arg-type]


def test_the_canonical_text_has_five_lines_and_each_counts() -> None:
    parts = ("POST", "/v1/codes?a=1", "1795658400", "nonce", b"{}")
    text = canonical(*parts)
    assert text.split("\n") == ["POST", "/v1/codes?a=1", "1795658400", "nonce", hashlib.sha256(b"{}").hexdigest()]
    for index, other in enumerate(("PUT", "/v1/codes?a=2", "1795658401", "other", b"")):
        assert canonical(*parts[:index], other, *parts[index + 1 :]) != text  # type: ignore[arg-type]
    assert canonical("post", *parts[1:]) == text


def test_the_sandboxs_secret_comes_from_the_key(settings: Settings) -> None:
    secret = sandbox_secret(settings)
    assert secret == sandbox_secret(settings) and len(secret) == 64
    assert secret != settings.secret_key.get_secret_value()
    other = settings.copy(update={"secret_key": type(settings.secret_key)("5b" * 32)})
    assert sandbox_secret(other) != secret
    with pytest.raises(ConfigError, match="ZHENGWU_SECRET_KEY"):
        sandbox_secret(settings.copy(update={"secret_key": type(settings.secret_key)("")}))
