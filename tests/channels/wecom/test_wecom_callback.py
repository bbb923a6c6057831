from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.work.crypto import WeChatCrypto

from channels.wechat import xml
from channels.wecom.callback import Callbacks
from foundation.errors import ConfigError, SignatureError

VECTORS: dict[str, dict[str, Any]] = {
    vector["id"]: vector
    for vector in json.loads((Path(__file__).parents[1] / "wechat" / "vectors.json").read_text(encoding="utf-8"))
}
TOKEN, AES_KEY, CORP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7"
CALLBACKS = Callbacks(CORP, TOKEN, AES_KEY)


def query(**values: str) -> dict[str, list[str]]:
    return {name: [value] for name, value in values.items()}


def sealed(message: str, nonce: str = "n0nce", timestamp: str = "1764000000") -> tuple[dict[str, list[str]], bytes]:
    """A callback as WeCom makes it, by a program that is not ours."""
    body = WeChatCrypto(TOKEN, AES_KEY, CORP).encrypt_message(message, nonce, timestamp)
    signature = xml.parse(body)["MsgSignature"]
    return query(msg_signature=signature, timestamp=timestamp, nonce=nonce), body.encode()


def vector(name: str) -> tuple[dict[str, list[str]], bytes, Callbacks]:
    found = VECTORS[name]
    arguments = query(msg_signature=found["msg_signature"], timestamp=found["timestamp"], nonce=found["nonce"])
    body = xml.build({"ToUserName": found["receiveid"], "Encrypt": found["encrypt"]}).encode()
    return arguments, body, Callbacks(found["receiveid"], found["token"], found["aes_key"])


def test_the_platforms_own_echo_is_decrypted() -> None:
    found = VECTORS["W1"]
    arguments, _, callbacks = vector("W1")
    assert callbacks.echo({**arguments, **query(echostr=found["encrypt"])}) == found["plaintext"]


def test_an_echo_whose_plus_became_a_space_is_mended() -> None:
    found = VECTORS["W1"]
    assert "+" in found["encrypt"]
    arguments, _, callbacks = vector("W1")
    assert callbacks.echo({**arguments, **query(echostr=found["encrypt"].replace("+", " "))}) == found["plaintext"]


@pytest.mark.parametrize("name", ["W2", "P2"])
def test_the_platforms_own_messages_are_opened(name: str) -> None:
    arguments, body, callbacks = vector(name)
    assert callbacks.open(arguments, body) == VECTORS[name]["plaintext"]


@pytest.mark.parametrize("name", ["N1", "N2", "N3", "N4", "N5", "N6"])
def test_signed_envelopes_that_are_broken_are_refused(name: str) -> None:
    arguments, body, callbacks = vector(name)
    with pytest.raises(SignatureError):
        callbacks.open(arguments, body)


@settings(deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=300))
def test_what_another_program_seals_is_opened(message: str) -> None:
    arguments, body = sealed(message)
    assert CALLBACKS.open(arguments, body) == message


@settings(deadline=None)
@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=300))
def test_what_we_seal_another_program_opens(message: str) -> None:
    body = CALLBACKS.seal(message)
    fields = xml.parse(body)
    other = WeChatCrypto(TOKEN, AES_KEY, CORP)
    opened = other.decrypt_message(body, fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"])
    assert (opened.decode() if isinstance(opened, bytes) else opened) == message


def test_for_another_corporation_is_refused() -> None:
    arguments, body = sealed("<xml></xml>")
    with pytest.raises(SignatureError, match="another account"):
        Callbacks("ww0000000000000000", TOKEN, AES_KEY).open(arguments, body)


@pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce"])
@pytest.mark.parametrize("change", ["missing", "empty", "twice", "long", "other"])
def test_arguments_that_are_not_as_they_should_be(name: str, change: str) -> None:
    arguments, body = sealed("<xml></xml>")
    value = arguments[name][0]
    changed = {
        "missing": None,
        "empty": [""],
        "twice": [value, value],
        "long": [value * 100],
        "other": [value[:-1] + "x"],
    }
    arguments = {**arguments, name: changed[change] or []}
    with pytest.raises(SignatureError):
        CALLBACKS.open(arguments, body)
    with pytest.raises(SignatureError):
        CALLBACKS.echo({**arguments, **query(echostr="abcd")})


@settings(deadline=None)
@given(
    st.binary(max_size=200) | st.text(max_size=100).map(lambda text: f"<xml><Encrypt>{text}</Encrypt></xml>".encode())
)
def test_nothing_unsigned_is_opened(body: bytes) -> None:
    arguments, _ = sealed("<xml></xml>")
    with pytest.raises(SignatureError):
        CALLBACKS.open(arguments, body)


@pytest.mark.parametrize(
    "body",
    [
        b"<xml><Encrypt><a>x</a></Encrypt></xml>",
        b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>",
        b"<xml><Content>plain</Content></xml>",
        b'<!DOCTYPE x [<!ENTITY a "hi">]><xml><Encrypt>&a;</Encrypt></xml>',
    ],
)
def test_bodies_without_one_envelope(body: bytes) -> None:
    arguments, _ = sealed("<xml></xml>")
    with pytest.raises(SignatureError):
        CALLBACKS.open(arguments, body)


@pytest.mark.parametrize(
    ("token", "key", "names"),
    [("ab", AES_KEY, "WECOM_TOKEN"), ("有汉字", AES_KEY, "WECOM_TOKEN"), (TOKEN, AES_KEY[:-1], "WECOM_AES_KEY")],
)
def test_settings_that_cannot_be_right_are_named(token: str, key: str, names: str) -> None:
    with pytest.raises(ConfigError, match=names):
        Callbacks(CORP, token, key)
