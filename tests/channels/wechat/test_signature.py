from __future__ import annotations

import ast
from pathlib import Path

import pytest
from wechat_vectors import Vector, name, of, vector

import channels
from channels.wechat.signature import matches, sign

CODE = Path(channels.__file__).parent


@pytest.mark.parametrize("v", of("plain_sig"), ids=name)
def test_a1_plain_signatures(v: Vector) -> None:
    assert matches(v["signature"], v["token"], v["timestamp"], v["nonce"])


@pytest.mark.parametrize("v", of("decrypt", "encrypt", "reject", "reject_xml"), ids=name)
def test_a1_message_signatures(v: Vector) -> None:
    assert matches(v["msg_signature"], v["token"], v["timestamp"], v["nonce"], v["encrypt"])


def test_a1_the_known_wrong_ones() -> None:
    p1, p4 = vector("P1"), vector("P4")
    assert not matches(p1["msg_signature"], p1["token"], p1["timestamp"], "437374424", p1["encrypt"])
    assert not matches(p4["signature"][:-1] + "e", p4["token"], p4["timestamp"], p4["nonce"])


def test_a6_every_single_changed_character_is_refused() -> None:
    right = sign("token", "1", "2")
    for place in range(len(right)):
        wrong = right[:place] + ("0" if right[place] != "0" else "1") + right[place + 1 :]
        assert not matches(wrong, "token", "1", "2")
    for odd in ("", right[:-1], right + "0", right.upper(), "签" * 40, "\ud800"):
        assert not matches(odd, "token", "1", "2")


def test_a6_signatures_are_compared_by_compare_digest_only() -> None:
    """No `==` or `!=` beside anything called a signature, anywhere in the channels."""
    compared = 0
    for path in CODE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "hmac.compare_digest":
                compared += 1
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Eq, ast.NotEq)):
                text = ast.unparse(node).lower()
                assert "signature" not in text and "sign(" not in text, f"{path.name}:{node.lineno}: {text}"
    assert compared


def test_bytes_are_sorted_not_letters() -> None:
    assert sign("b", "B", "1") == sign("1", "B", "b")
    assert sign("a", "é") == sign("é", "a")
