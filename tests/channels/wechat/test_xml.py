from __future__ import annotations

import contextlib
import socket
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechat_vectors import vector

from channels.wechat.crypto import Envelope
from channels.wechat.xml import Plain, build, legal, parse
from foundation.errors import DecodeError

BOMB = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "&a;" * 10}">' for n in range(10))
    + "]><xml><Content>&a9;</Content></xml>"
)
XXE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>'
REMOTE = '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><xml><Content>a</Content></xml>'


def test_nested_and_repeated() -> None:
    body = "<xml><A>1</A><B><C>x</C><C>y</C></B><D/><E> \n </E><L><i><k>1</k></i><i><k>2</k></i></L></xml>"
    assert parse(body) == {
        "A": "1", "B": {"C": ["x", "y"]}, "D": "", "E": "", "L": {"i": [{"k": "1"}, {"k": "2"}]},
    }  # fmt: skip


def test_b2_control_characters_are_taken_out() -> None:
    v = vector("S3")
    assert parse(Envelope(v["aes_key"], v["receiveid"]).decrypt(v["encrypt"]))["Content"] == " c"
    assert parse("<xml><Content><![CDATA[a\x08\x10\x00\x1d\ufffe\uffffb]]></Content></xml>".encode())["Content"] == "ab"
    assert legal("a\ud800b\t\n\r😀") == "ab\t\n\r😀"


@pytest.mark.parametrize("body", [BOMB, XXE, REMOTE, vector("N7")["plaintext"]])
def test_b5_bombs_and_outside_entities(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def touched(*_: Any, **__: Any) -> None:
        raise AssertionError("the parser reached outside")

    monkeypatch.setattr("builtins.open", touched)
    monkeypatch.setattr(socket, "socket", touched)
    began = time.perf_counter()
    with pytest.raises(DecodeError):
        parse(body)
    assert time.perf_counter() - began < 0.05


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"hello", b"{}", b"<xml>", b"<xml/><xml/>", b"<html></html>", b"<xml>&nbsp;</xml>",
     b"<xml>&#0;</xml>", b"<xml xmlns:a='", "<xml>".encode("utf-16"), b"<a>" * 100_000 + b"</a>" * 100_000,
     b"<xml>" + b"<a>" * 50 + b"</a>" * 50 + b"</xml>"],
)  # fmt: skip
def test_what_is_not_acceptable(body: bytes) -> None:
    with pytest.raises(DecodeError):
        parse(body)


def test_an_empty_root_and_a_declaration() -> None:
    assert parse("<xml/>") == {} == parse("<xml>text</xml>")
    assert parse('<?xml version="1.0" encoding="gbk"?>\n<xml><A>政务</A></xml>'.encode()) == {"A": "政务"}


def test_build() -> None:
    made = build({"A": "x", "N": 5, "P": Plain("12"), "M": {"I": [{"K": "1"}, {"K": "2"}]}})
    assert made == (
        "<xml><A><![CDATA[x]]></A><N>5</N><P>12</P><M><I><K><![CDATA[1]]></K></I><I><K><![CDATA[2]]></K></I></M></xml>"
    )


@given(st.text(st.characters(blacklist_categories=[])))
@settings(max_examples=100, deadline=None)
def test_no_text_breaks_out(text: str) -> None:
    text = f"]]></Content><MsgType>x</MsgType>{text}]]>"
    fields = parse(build({"Content": text, "MsgType": "text"}))
    assert fields["MsgType"] == "text"
    assert fields["Content"] == legal(text).replace("\r\n", "\n").replace("\r", "\n")


@given(st.binary(max_size=300) | st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_anything_is_read_or_refused(body: str | bytes) -> None:
    for wrapped in (
        body,
        b"<xml>" + (body if isinstance(body, bytes) else body.encode("utf-8", "replace")) + b"</xml>",
    ):
        with contextlib.suppress(DecodeError):
            assert isinstance(parse(wrapped), dict)
