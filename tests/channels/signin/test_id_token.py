"""Whatever an identity service says, it is taken or refused as one of our errors."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import JWSRegistry

from channels.signin.errors import Invalid, SignInError
from channels.signin.id_token import LEEWAY, UnknownKey, verify
from channels.signin.service import Access, _access, _key

KEY = ECKey.generate_key("P-256", {"kid": "k"})
KEYS = KeySet([KEY])
NOW = time.time()
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)
CLAIMS = ("iss", "sub", "aud", "exp", "iat", "nonce", "at_hash", "azp", "nbf", "auth_time", "amr")


def claims(**changes: Any) -> dict[str, Any]:
    sound = {"iss": "https://id", "sub": "p", "aud": "us", "exp": NOW + 60, "iat": NOW, "nonce": "n"}
    return {key: value for key, value in {**sound, **changes}.items() if value is not ...}


def signed(content: dict[str, Any], **header: Any) -> str:
    return jwt.encode({"alg": "ES256", "kid": "k", **header}, content, KEY)


def check(token: str, keys: KeySet = KEYS) -> None:
    verify(token, keys, issuer="https://id", client_id="us", nonce="n", access_token="a", now=NOW)


@pytest.mark.parametrize(
    "changes",
    [{}, {"aud": ["us"]}, {"aud": ["us", "them"], "azp": "us"}, {"exp": NOW - LEEWAY + 2}, {"iat": NOW + LEEWAY - 2}],
)
def test_what_holds(changes: dict[str, Any]) -> None:
    check(signed(claims(**changes)))


def test_headers_that_we_do_not_know_do_not_matter_but_critical_ones_do() -> None:
    def with_header(**more: Any) -> str:
        header = (
            base64.urlsafe_b64encode(json.dumps({"alg": "ES256", "kid": "k", **more}).encode()).decode().rstrip("=")
        )
        payload = signed(claims()).split(".")[1]
        signature = JWSRegistry.algorithms["ES256"].sign(f"{header}.{payload}".encode(), KEY)
        return f"{header}.{payload}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"

    check(with_header(vendor="x"))
    with pytest.raises(Invalid):
        check(with_header(crit=["vendor"], vendor="x"))


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "exp", "iat", "nonce"])
@pytest.mark.parametrize("value", [..., None, "", [], {}, 7.5, True, ["us"], ["x", 1], "other"])
def test_what_does_not_hold(claim: str, value: Any) -> None:
    sound = (claim == "aud" and value == ["us"]) or (claim == "sub" and value == "other")
    if sound or (claim == "iat" and value in (7.5, True)):
        return check(signed(claims(**{claim: value})))
    with pytest.raises(Invalid):
        check(signed(claims(**{claim: value})))


def test_a_key_that_is_not_known_is_told_apart() -> None:
    with pytest.raises(UnknownKey):
        check(signed(claims(), kid="other"))
    with pytest.raises(UnknownKey):
        check(signed(claims()), KeySet([ECKey.generate_key("P-256", {"kid": "other"})]))
    with pytest.raises(Invalid) as refused:
        check(signed(claims()), KeySet([ECKey.generate_key("P-256", {"kid": "k"})]))
    assert not isinstance(refused.value, UnknownKey)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(CLAIMS), JSON, max_size=4))
def test_any_claims(changes: dict[str, Any]) -> None:
    try:
        check(signed(claims(**changes)))
    except Invalid:
        return
    assert changes.get("nonce", "n") == "n" and changes.get("iss", "https://id") == "https://id"


@settings(deadline=None)
@given(st.one_of(st.text(), st.builds(lambda a, b, c: f"{_part(a)}.{_part(b)}.{_part(c)}", JSON, JSON, JSON)))
def test_any_text(token: str) -> None:
    with pytest.raises(Invalid):
        check(token)


@given(st.dictionaries(st.sampled_from(["access_token", "token_type", "expires_in"]), JSON))
def test_any_answer_of_the_token_endpoint(answer: dict[str, Any]) -> None:
    try:
        access = _access({"token_type": "Bearer", "access_token": "a", **answer})
    except SignInError:
        return
    assert isinstance(access, Access) and access.token.isascii() and access.token.isprintable()
    assert access.seconds is None or access.seconds > 0


@given(JSON)
def test_any_key(entry: Any) -> None:
    assert _key(entry) is None


def test_a_secret_is_no_key_of_ours() -> None:
    assert _key({"kty": "oct", "k": "c2VjcmV0"}) is None
    assert _key(KEY.as_dict(private=False)) is not None


def _part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
