from __future__ import annotations

import base64
import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechat_vectors import Vector, name, of, vector
from wechatpy.crypto import PrpCrypto as Wechatpy
from werobot.crypto import PrpCrypto as WeRoBot

from channels.wechat.crypto import Envelope
from foundation.errors import DecodeError

KEY, APP = "A" * 43, "wxba5fad812f8e6fb9"
RAW = base64.b64decode(KEY + "=")
ENVELOPE = Envelope(KEY, APP)


@pytest.mark.parametrize("v", of("decrypt", "encrypt"), ids=name)
def test_a1_vectors_decrypt(v: Vector) -> None:
    assert Envelope(v["aes_key"], v["receiveid"]).decrypt(v["encrypt"]) == v["plaintext"]


@pytest.mark.parametrize("v", of("encrypt"), ids=name)
def test_a1_vectors_encrypt_to_the_letter(v: Vector) -> None:
    made = Envelope(v["aes_key"], v["receiveid"]).encrypt(v["plaintext"], v["random16"].encode())
    assert made == v["encrypt"]


def test_a1_a_full_block_of_padding() -> None:
    assert len(base64.b64decode(vector("S4")["encrypt"])) == 96


@pytest.mark.parametrize("v", of("reject"), ids=name)
def test_a2_vectors_refused(v: Vector) -> None:
    with pytest.raises(DecodeError):
        Envelope(v["aes_key"], v["receiveid"]).decrypt(v["encrypt"])


@pytest.mark.parametrize("text", ["", "=", "====", "A", "不是", "!!!!", "AAAA", "A" * 64 + "\n", " " + "A" * 64])
def test_a2_what_is_no_envelope(text: str) -> None:
    with pytest.raises(DecodeError):
        ENVELOPE.decrypt(text)


@given(st.binary(max_size=200).map(lambda data: base64.b64encode(data).decode()) | st.text(max_size=100))
@settings(max_examples=100, deadline=None)
def test_a2_nothing_but_decode_errors(text: str) -> None:
    with pytest.raises(DecodeError):
        ENVELOPE.decrypt(text)


def test_a2_a_message_that_is_no_utf8() -> None:
    class Raw(str):
        def encode(self, *_: object) -> bytes:
            return b"\xff\xfe"

    with pytest.raises(DecodeError):
        ENVELOPE.decrypt(ENVELOPE.encrypt(Raw()))


@pytest.mark.parametrize("key", ["", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "\n", "密" * 43])
def test_what_is_no_key(key: str) -> None:
    with pytest.raises(ValueError, match="43"):
        Envelope(key, APP)


def test_random_bytes_differ() -> None:
    assert len({ENVELOPE.encrypt("x") for _ in range(100)}) == 100


ALPHABET = string.printable + "政务办事大厅，。！😀👨‍👩‍👧🇨🇳]]><&\u200d\x1d\x00"


def messages(count: int) -> list[str]:
    pick = random.Random(7)
    odd = ["", "a" * 31, "a" * 32, "a" * 33, "😀" * 8, "]]>", "长" * 700, *("x" * n for n in range(70))]
    return (odd + ["".join(pick.choices(ALPHABET, k=pick.randrange(60))) for _ in range(count)])[:count]


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a9_round_trips_with_wechatpy_and_werobot(count: int) -> None:
    """Half of the messages through each library, both ways."""
    theirs = Wechatpy(RAW), WeRoBot(RAW)
    for number, message in enumerate(messages(count)):
        other = theirs[number % 2]
        back = other.decrypt(ENVELOPE.encrypt(message), APP)
        assert (back if isinstance(back, str) else back.decode()) == message
        made = other.encrypt(message, APP)
        assert ENVELOPE.decrypt(made if isinstance(made, str) else made.decode()) == message


@given(st.text(), st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_a9_any_text_comes_back(message: str, receiver: str) -> None:
    envelope = Envelope(KEY, receiver)
    assert envelope.decrypt(envelope.encrypt(message)) == message
