"""What is sent: signed as the mapping says, and a citizen's text stays a value, wherever it is put."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from portal_server import NUMBER, SECRET, answer, client, portal

from actions.portal.access import LastFour, OneTimeCode, SignedIn, WatchToken
from actions.portal.application import plausible_number
from actions.portal.errors import AccessExpired, Malformed, NotMatched
from actions.portal.mapping import BUILT_IN, Mapping, load
from actions.portal.request import Credentials, build
from actions.portal.signing import canonical, sign, verify

NOW = datetime(2026, 11, 26, 2, 0, tzinfo=timezone.utc)
OURS = Credentials("zhengwu", SECRET)
EVIL = [
    "a'b",
    'a"b',
    "a\nX-Evil: 1",
    "a\r\nX-Evil: 1",
    "../../etc",
    "a/../b",
    "%00",
    "a%2f",
    "a&b=c",
    "a?b",
    "a#b",
    "a;b",
    "a b",
    "{proof}",
    "{secret}",
    "${jndi}",
    "<script>",
    "a\x00b",
    "\ud800",
    "..",
    ".",
    "",
    " ",
    "１２３",
    "a" * 65,
    "٣",
    "👤",
]
"""Texts that are no number. None of them reaches a portal."""
SAFE = st.from_regex(r"[0-9A-Za-z㐀-鿿〇_.()（）\[\]【】〔〕-]{1,64}", fullmatch=True).filter(plausible_number)


def mapping(**operation: Any) -> Mapping:
    """The built-in mapping, with another way of asking with the last four."""
    content = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))
    content["operations"]["with_last_four"] = operation
    return Mapping.parse_obj(content)


EVERYWHERE = mapping(
    path="/cases/{number}/x",
    query={"sn": "{number}", "v": "1"},
    headers={"X-Number": "{number}"},
    form={"number": "{number}", "id": "{proof}"},
)


@pytest.mark.parametrize("number", EVIL)
async def test_what_is_no_number_never_reaches_a_portal(number: str) -> None:
    with portal(answer()) as served:
        asked = client(served.url)
        with pytest.raises(NotMatched):
            await asked.application(number, LastFour("1234"))
        assert (await asked.send_code(number)).request_id
        assert not served.received and not served.connections


@pytest.mark.parametrize("proof", ["", "123", "12345", "123Y", "12 3", "１２３４", "1234\n", "X123", "٣٣٣٣"])
async def test_what_is_no_proof_never_reaches_a_portal(proof: str) -> None:
    with portal(answer()) as served:
        asked = client(served.url)
        with pytest.raises(NotMatched):
            await asked.application(NUMBER, LastFour(proof))
        with pytest.raises(NotMatched):
            await asked.application(NUMBER, OneTimeCode("r", proof + "abc"))
        assert not served.received


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX-Evil: 1", "é", "a" * 5000])
async def test_what_is_no_token_never_reaches_a_portal(token: str) -> None:
    with portal(answer()) as served:
        asked = client(served.url)
        for question in (
            asked.application(NUMBER, SignedIn(token)),
            asked.mine(SignedIn(token)),
            asked.watched(WatchToken(token)),
        ):
            with pytest.raises(AccessExpired):
                await question
        assert not served.received


@given(SAFE)
@settings(max_examples=200)
def test_a_number_stays_a_value_wherever_it_is_put(number: str) -> None:
    request = build(
        EVERYWHERE, EVERYWHERE.operations["with_last_four"], {"number": number, "proof": "123X"}, OURS, NOW, "n"
    )
    parts = urlsplit(request.target)
    assert request.target.isascii() and request.target.isprintable()
    assert [unquote(part) for part in parts.path.split("/")] == ["", "cases", number, "x"]
    assert parse_qsl(parts.query, strict_parsing=True) == [("sn", number), ("v", "1")]
    assert parse_qsl(request.body.decode("ascii"), strict_parsing=True) == [("number", number), ("id", "123X")]
    assert unquote(request.headers["X-Number"]) == number
    assert all(text.isascii() and text.isprintable() for text in request.headers.values())


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_so_does_any_text(text: str) -> None:
    """Whatever the checks before let through."""
    request = build(
        EVERYWHERE, EVERYWHERE.operations["with_last_four"], {"number": text, "proof": text}, OURS, NOW, "n"
    )
    parts = urlsplit(request.target)
    assert parts.path.count("/") == 3 and parts.query.count("&") == 1 and not parts.fragment
    assert dict(parse_qsl(request.body.decode("ascii"), keep_blank_values=True)) == {"number": text, "id": text}
    assert request.headers.keys() == {"Accept", "Content-Type", "X-Number"} | {
        f"X-Portal-{name}" for name in ("Key", "Timestamp", "Nonce", "Signature")
    }
    assert all(value.isascii() and value.isprintable() for value in request.headers.values())


@given(SAFE)
@settings(max_examples=30, deadline=None)
def test_what_arrives_is_what_was_signed(number: str) -> None:
    with portal(answer()) as served:
        asked = client(served.url + "/api%20v1/x", mapping=EVERYWHERE)
        if number != NUMBER:
            with pytest.raises(Malformed):  # the answer is about another one
                asyncio.run(asked.application(number, LastFour("123X")))
        asked.close()
        [received] = served.received
    method, target, version = received.line.split(" ")
    assert version == "HTTP/1.1" and target.startswith("/api%20v1/x/cases/")
    head = received.headers
    text = canonical(method, target, head["x-portal-timestamp"], head["x-portal-nonce"], received.body)
    assert verify(head["x-portal-signature"], SECRET, text)


def test_our_own_contracts_request() -> None:
    own = load()
    values = {"number": NUMBER, "proof": "483920", "request_id": "r1"}
    request = build(own, own.operations["with_code"], values, OURS, NOW, "3q2-7w_Jt0aVbXcZ", prefix="/api")
    assert (request.method, request.target) == ("POST", "/api/v1/applications/lookup")
    assert json.loads(request.body) == {
        "number": NUMBER,
        "proof": {"kind": "code", "request_id": "r1", "value": "483920"},
    }
    assert request.headers["X-Portal-Timestamp"] == "1795658400"
    text = canonical("POST", request.target, "1795658400", "3q2-7w_Jt0aVbXcZ", request.body)
    assert request.headers["X-Portal-Signature"] == sign(SECRET, text)
    assert NUMBER not in repr(request) and SECRET not in repr(OURS)


def test_values_are_filled_in_once() -> None:
    """What looks like a name in a value is text."""
    own = load()
    request = build(own, own.operations["watched"], {"token": "{secret}{key}"}, OURS, NOW, "n")
    assert json.loads(request.body) == {"watch_token": "{secret}{key}"}


def test_a_get_has_no_body() -> None:
    own = load()
    request = build(own, own.operations["mine"], {"token": "t.1"}, OURS, NOW, "n")
    assert (request.method, request.body, request.headers["Authorization"]) == ("GET", b"", "Bearer t.1")
    assert "Content-Type" not in request.headers


SIGNED_IN_PARAMS = {
    "algorithm": "hmac-sm3",
    "encoding": "base64",
    "timestamp": "%Y%m%d%H%M%S",
    "canonical": "{params}|{body_digest}|{method}|{path}",
    "params": {"appId": "{key}", "ts": "{timestamp}", "sign": "{signature}"},
}


@pytest.mark.parametrize("kind", ["form", "json", "query"])
def test_a_signature_among_the_parameters(kind: str) -> None:
    content = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))
    content["signature"] = SIGNED_IN_PARAMS
    content["operations"]["with_last_four"] = {"path": "/q", kind: {"sn": "{number}", "id": "{proof}"}}
    made = Mapping.parse_obj(content)
    request = build(made, made.operations["with_last_four"], {"number": "〔2026〕1", "proof": "123X"}, OURS, NOW, "n")
    query = urlsplit(request.target).query
    sent = json.loads(request.body) if kind == "json" else dict(parse_qsl(request.body.decode() or query))
    signature = sent.pop("sign")
    assert sent == {"sn": "〔2026〕1", "id": "123X", "appId": "zhengwu", "ts": "20261126100000"}
    unsigned = build(
        Mapping.parse_obj(
            {
                **content,
                "signature": {
                    **SIGNED_IN_PARAMS,
                    "params": {"appId": "{key}", "ts": "{timestamp}"},
                    "headers": {"X": "{signature}"},
                },
            }
        ),
        made.operations["with_last_four"],
        {"number": "〔2026〕1", "proof": "123X"},
        OURS,
        NOW,
        "n",
    )
    params = "&".join(f"{name}={sent[name]}" for name in ("appId", "id", "sn", "ts"))
    digest = hashlib.new("sm3", unsigned.body).hexdigest() if "sm3" in hashlib.algorithms_available else None
    assert signature == unsigned.headers["X"]
    if digest:
        assert verify(signature, SECRET, f"{params}|{digest}|POST|/q", "hmac-sm3", "base64")


def test_a_portal_without_signatures_may_have_a_key_in_a_header() -> None:
    content = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))
    del content["signature"]
    content["operations"]["health"]["headers"] = {"X-Api-Key": "{secret}"}
    made = Mapping.parse_obj(content)
    assert build(made, made.operations["health"], {}, OURS, NOW, "n").headers["X-Api-Key"] == SECRET
