from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wechatpy.work.crypto import WeChatCrypto

from channels.wechat import xml
from channels.wecom.account import WeComAccount
from channels.wecom.callback import WeComCallbacks
from foundation.errors import DecodeError, SignatureError

VECTORS: dict[str, dict[str, Any]] = {
    vector["id"]: vector
    for vector in json.loads((Path(__file__).parents[1] / "wechat" / "vectors.json").read_text(encoding="utf-8"))
}
TOKEN, AES_KEY, CORP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7"


def callbacks_of(corp_id: str, token: str, aes_key: str) -> WeComCallbacks:
    return WeComCallbacks(WeComAccount("wecom", corp_id, token, "secret", aes_key))


CALLBACKS = callbacks_of(CORP, TOKEN, AES_KEY)
XML = "<xml><FromUserName>ZhangSan</FromUserName><MsgType>text</MsgType><Content>{}</Content></xml>"


def query(**values: str) -> dict[str, list[str]]:
    return {name: [value] for name, value in values.items()}


def sealed(message: str, nonce: str = "n0nce", timestamp: str = "1764000000") -> tuple[dict[str, list[str]], bytes]:
    """A callback as WeCom makes it, by a program that is not ours."""
    body = WeChatCrypto(TOKEN, AES_KEY, CORP).encrypt_message(message, nonce, timestamp)
    signature = xml.parse(body)["MsgSignature"]
    return query(msg_signature=signature, timestamp=timestamp, nonce=nonce), body.encode()


def vector(name: str) -> tuple[dict[str, list[str]], bytes, WeComCallbacks]:
    found = VECTORS[name]
    arguments = query(msg_signature=found["msg_signature"], timestamp=found["timestamp"], nonce=found["nonce"])
    body = xml.build({"ToUserName": found["receiveid"], "Encrypt": found["encrypt"]}).encode()
    return arguments, body, callbacks_of(found["receiveid"], found["token"], found["aes_key"])


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
    sent = xml.parse(VECTORS[name]["plaintext"])
    assert callbacks.open(arguments, body).fields == sent


@pytest.mark.parametrize("name", ["N1", "N2", "N3", "N4", "N5", "N6"])
def test_signed_envelopes_that_are_broken_are_refused(name: str) -> None:
    arguments, body, callbacks = vector(name)
    with pytest.raises(SignatureError):
        callbacks.open(arguments, body)


TEXTS = st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="<>&]\ufffe\uffff"), max_size=300)


def kept(text: str) -> str:
    """What is read of it: blanks alone are how elements are laid out."""
    return text if text.strip() else ""


@settings(deadline=None)
@given(TEXTS)
@example(" ")
def test_what_another_program_seals_is_opened(message: str) -> None:
    arguments, body = sealed(XML.format(message))
    assert CALLBACKS.open(arguments, body).fields["Content"] == kept(message)


@settings(deadline=None)
@given(TEXTS)
def test_what_we_seal_another_program_opens(message: str) -> None:
    opened = CALLBACKS.open(*sealed(XML.format("x")))
    body = CALLBACKS.seal({"Content": message}, opened)
    fields = xml.parse(body)
    other = WeChatCrypto(TOKEN, AES_KEY, CORP)
    inner = other.decrypt_message(body, fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"])
    assert xml.parse(inner)["Content"] == kept(message)


def test_members_ids_are_written_small() -> None:
    assert CALLBACKS.open(*sealed(XML.format("x"))).fields["FromUserName"] == "zhangsan"


def test_an_event_of_customer_service_has_its_account_as_sender() -> None:
    event = "<MsgType>event</MsgType><Event>KF_msg_or_event</Event><OpenKfId>wkAbC</OpenKfId>"
    assert CALLBACKS.open(*sealed(f"<xml>{event}</xml>")).fields["FromUserName"] == "wkAbC"


def test_a_document_type_inside_the_envelope_is_never_expanded() -> None:
    with pytest.raises(DecodeError):
        vector("N7")[2].open(*vector("N7")[:2])


def test_for_another_corporation_is_refused() -> None:
    arguments, body = sealed(XML.format("x"))
    with pytest.raises(SignatureError, match="another account"):
        callbacks_of("ww0000000000000000", TOKEN, AES_KEY).open(arguments, body)


@pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce"])
@pytest.mark.parametrize("change", ["missing", "empty", "twice", "long", "other"])
def test_arguments_that_are_not_as_they_should_be(name: str, change: str) -> None:
    arguments, body = sealed(XML.format("x"))
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
    arguments, _ = sealed(XML.format("x"))
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
    arguments, _ = sealed(XML.format("x"))
    with pytest.raises(SignatureError):
        CALLBACKS.open(arguments, body)
