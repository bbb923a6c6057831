"""Who is let in: over real HTTP, through the gateway's own app."""

from __future__ import annotations

import contextlib
import json
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from callback_helpers import ACCOUNT, AES_KEY, APP_ID, MINI, OPENID, ORIGINAL, TOKEN, WeChat, gateway
from channel_helpers import FakeWorker
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from wechat_vectors import Vector, name, of, vector
from wechatpy.crypto import WeChatCrypto
from werobot.crypto import MessageCrypt

from channels.wechat import xml
from channels.wechat.account import Account
from channels.wechat.callback import Callbacks, arguments
from channels.wechat.crypto import Envelope
from channels.wechat.forms import Form
from channels.wechat.signature import sign
from foundation.database import Database
from foundation.errors import DecodeError, SignatureError
from foundation.inbox import inbox

PLAIN = replace(ACCOUNT, mode="plain", aes_key=None)
COMPATIBLE = replace(ACCOUNT, mode="compatible")
ANY_TIME = replace(PLAIN, window=0)


@asynccontextmanager
async def accounts(database: Database, *which: Account) -> AsyncIterator[list[WeChat]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(gateway(database, account)) for account in which]


@pytest.fixture
async def safe(store: Database) -> AsyncIterator[WeChat]:
    async with gateway(store) as wechat:
        yield wechat


@pytest.fixture
async def plain(store: Database) -> AsyncIterator[WeChat]:
    async with gateway(store, PLAIN) as wechat:
        yield wechat


def stored(database: Database) -> int:
    with database.read() as tx:
        return int(tx.execute(select(func.count()).select_from(inbox)).scalar_one())


def query(v: Vector) -> dict[str, str]:
    return {
        "timestamp": v["timestamp"],
        "nonce": v["nonce"],
        "msg_signature": v["msg_signature"],
        "encrypt_type": "aes",
    }


def posted(v: Vector) -> bytes:
    return xml.build({"ToUserName": ORIGINAL, "Encrypt": v["encrypt"]}).encode()


async def test_a1_a7_the_published_echo_byte_for_byte(store: Database) -> None:
    v = vector("O1")
    asked = {"signature": v["signature"], "timestamp": v["timestamp"], "nonce": v["nonce"], "echostr": v["echostr"]}
    async with accounts(store, ACCOUNT, ANY_TIME, COMPATIBLE) as all_three:
        for wechat in all_three:
            answer = await wechat.get(asked)
            assert (answer.status, answer.body) == (200, b"4375120948345356249")
            assert answer.content_type == "text/plain"


@pytest.mark.parametrize(
    "echo", ["%3Cscript%3Ealert(1)%3C%2Fscript%3E", "a%2Bb%20c+d", "%E4%BD%A0", "%ff%00%0a", '"1"']
)
async def test_a7_an_echo_is_never_markup_and_never_changed(safe: WeChat, echo: str) -> None:
    signed = {"signature": sign(TOKEN, "1", "2"), "timestamp": "1", "nonce": "2"}
    answer = await safe.get("&".join(f"{key}={value}" for key, value in signed.items()) + f"&echostr={echo}")
    wanted = {
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E": b"<script>alert(1)</script>", "a%2Bb%20c+d": b"a+b c d",
        "%E4%BD%A0": "你".encode(), "%ff%00%0a": b"\xff\x00\n", '"1"': b'"1"',
    }[echo]  # fmt: skip
    assert (answer.status, answer.body, answer.content_type) == (200, wanted, "text/plain")


@pytest.mark.parametrize("v", of("decrypt", "encrypt"), ids=name)
def test_a1_every_envelope_is_opened(v: Vector) -> None:
    account = replace(ACCOUNT, app_id=v["receiveid"], token=v["token"], aes_key=v["aes_key"], original_id=None)
    asked = {key: [value] for key, value in query(v).items()}
    if not v["plaintext"].lstrip().startswith(("<", "{")):
        with pytest.raises(DecodeError):
            Callbacks(account).open(asked, posted(v))
        return
    opened = Callbacks(account).open(asked, posted(v))
    assert opened.fields and opened.encrypted
    assert opened.form is (Form.JSON if v["plaintext"].startswith("{") else Form.XML)


@pytest.mark.parametrize("v", of("reject"), ids=name)
async def test_a2_bad_envelopes_are_forbidden_all_alike(
    safe: WeChat, v: Vector, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await safe.post(posted(v), query(v))
    wrong = await safe.post(posted(v), {**query(v), "msg_signature": "0" * 40})
    assert (answer.status, answer.body) == (403, b"") == (wrong.status, wrong.body)
    assert answer.content_type == wrong.content_type
    assert "Traceback" not in caplog.text and not any(record.exc_info for record in caplog.records)


async def test_a2_a_document_type_inside_a_good_envelope_is_not_expanded(safe: WeChat, store: Database) -> None:
    v = vector("N7")
    answer = await safe.post(posted(v), query(v))
    assert (answer.status, answer.body) == (200, b"success") and stored(store) == 0


@pytest.mark.parametrize("missing", ["msg_signature", "timestamp", "nonce"])
async def test_a3_missing_arguments(safe: WeChat, missing: str, store: Database) -> None:
    body = safe.body(safe.fields("event", Event="VIEW"))
    asked = safe.arguments(body)
    for odd in ({key: value for key, value in asked.items() if key != missing}, {**asked, missing: ""},
                {**asked, missing: asked[missing] + "0" * 500}):  # fmt: skip
        answer = await safe.post(body, odd)
        assert (answer.status, answer.body) == (403, b"")
    twice = "&".join(f"{key}={value}" for key, value in [*asked.items(), (missing, asked[missing])])
    assert (await safe.post(body, twice)).status == 403
    assert stored(store) == 0
    assert (await safe.post(body, asked)).status == 200


@pytest.mark.parametrize("missing", ["signature", "timestamp", "nonce", "echostr"])
async def test_a3_missing_arguments_of_the_echo(safe: WeChat, missing: str) -> None:
    asked = {"signature": sign(TOKEN, "1", "2"), "timestamp": "1", "nonce": "2", "echostr": "e"}
    assert (await safe.get(asked)).status == 200
    for odd in ({key: value for key, value in asked.items() if key != missing}, {**asked, missing: ""},
                {**asked, missing: "x" * 2000}):  # fmt: skip
        answer = await safe.get(odd)
        assert (answer.status, answer.body) == (403, b"")
    twice = "&".join(f"{key}={value}" for key, value in [*asked.items(), (missing, asked[missing])])
    assert (await safe.get(twice)).status == 403


@pytest.mark.parametrize("odd", ["", "a", "&&&", "=", "a=1&" * 200, "%", "signature", "nonce=%00", "x" * 4000])
async def test_a3_odd_query_strings(safe: WeChat, plain: WeChat, odd: str) -> None:
    for wechat in (safe, plain):
        assert (await wechat.get(odd)).status == 403
        assert (await wechat.post(b"<xml/>", odd)).status == 403


async def test_a4_no_mode_accepts_what_belongs_to_another(store: Database) -> None:
    async with accounts(store, ACCOUNT, PLAIN, COMPATIBLE) as (safe, plain, compatible):
        open_body = plain.body(plain.fields(Content="明文"))
        closed_body = safe.body(safe.fields(Content="密文"))
        for wechat in (safe, compatible):
            assert (await wechat.post(open_body, plain.arguments(open_body))).status == 403
            forged = {**plain.arguments(open_body), "encrypt_type": "aes", "msg_signature": "0" * 40}
            assert (await wechat.post(open_body, forged)).status == 403
        assert (await plain.post(closed_body, safe.arguments(closed_body))).status == 403
        assert stored(store) == 0


async def test_a4_in_compatible_mode_only_what_was_encrypted_counts(store: Database) -> None:
    with FakeWorker(store) as worker:
        async with gateway(store, COMPATIBLE) as wechat:
            fields = wechat.fields(Content="里面")
            encrypted = Envelope(AES_KEY, APP_ID).encrypt(xml.build(fields))
            body = xml.build({**fields, "Content": "外面", "FromUserName": "mallory", "Encrypt": encrypted}).encode()
            answer = await wechat.post(body, wechat.arguments(body))
            assert "里面" in (wechat.reply(answer) or "")
    assert worker.texts == ["里面"]


@pytest.mark.parametrize(("off", "status"), [(-301, 403), (-290, 200), (0, 200), (290, 200), (302, 403)])
async def test_a5_the_window_of_plain_mode(plain: WeChat, off: int, status: int, store: Database) -> None:
    body = plain.body(plain.fields(Content="x"))
    with FakeWorker(store):
        assert (await plain.post(body, plain.arguments(body, at=off))).status == status
    asked = {**plain.arguments(body, at=off), "echostr": "e"}
    assert (await plain.get(asked)).status == status


async def test_a5_no_window_elsewhere(store: Database) -> None:
    with FakeWorker(store):
        async with accounts(store, ANY_TIME, ACCOUNT, COMPATIBLE) as all_three:
            for wechat in all_three:
                body = wechat.body(wechat.fields(Content="x"))
                assert (await wechat.post(body, wechat.arguments(body, at=-400_000))).status == 200


@pytest.mark.parametrize("odd", ["١٢٣", "-1", "1e9", "nan", "²"])
def test_a5_a_timestamp_that_is_no_number(odd: str) -> None:
    asked = {"signature": [sign(TOKEN, odd, "n")], "timestamp": [odd], "nonce": ["n"]}
    with pytest.raises(SignatureError):
        Callbacks(PLAIN).open(asked, b"<xml/>")


async def test_a6_one_changed_character(store: Database) -> None:
    async with accounts(store, ACCOUNT, PLAIN) as both:
        for wechat, which in zip(both, ("msg_signature", "signature")):
            body = wechat.body(wechat.fields(Content="x"))
            asked = wechat.arguments(body)
            for place in (0, 20, 39):
                changed = list(asked[which])
                changed[place] = "0" if changed[place] != "0" else "1"
                assert (await wechat.post(body, {**asked, which: "".join(changed)})).status == 403
        assert stored(store) == 0


async def test_a6_in_safe_mode_the_outer_signature_alone_opens_nothing(safe: WeChat) -> None:
    body = safe.body(safe.fields(Content="x"))
    asked = safe.arguments(body)
    assert (await safe.post(body, {**asked, "msg_signature": asked["signature"]})).status == 403


async def test_b4_two_megabytes_are_refused_unread(safe: WeChat) -> None:
    body = b"<xml><Encrypt>" + b"A" * (2 << 20) + b"</Encrypt></xml>"
    async with aiohttp.ClientSession() as http:
        with contextlib.suppress(aiohttp.ClientConnectionError):  # it was told while still writing
            async with http.post(safe.url, data=body) as response:
                assert response.status == 413
    assert (await safe.get("")).status == 403


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b"<xml>", b"{", b"\xff\xfe\x00", b"<!DOCTYPE x [<!ENTITY a 'b'>]><xml><Encrypt>&a;</Encrypt></xml>",
     b"[" * 10_000, b"<a>" * 50_000, b'{"Encrypt": 5}', b'{"Encrypt": ["a"]}'],
)  # fmt: skip
async def test_unsigned_rubbish(safe: WeChat, plain: WeChat, body: bytes, store: Database) -> None:
    signed = {"signature": "0" * 40, "msg_signature": "0" * 40, "timestamp": str(int(time.time())), "nonce": "1"}
    for wechat in (safe, plain):
        assert (await wechat.post(body, signed)).status == 403
    assert stored(store) == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"hello", b"<xml></xml>", b"<xml><MsgType>text</MsgType></xml>", b"{}", b"<html/>", b"\x00" * 100,
     b"<!DOCTYPE x [<!ENTITY a 'b'>]><xml><Content>&a;</Content></xml>"],
)  # fmt: skip
async def test_signed_rubbish_ends_there(plain: WeChat, body: bytes, store: Database) -> None:
    answer = await plain.post(body, plain.arguments(b""))
    assert (answer.status, answer.body) == (200, b"success") and stored(store) == 0


async def test_messages_for_another_account(safe: WeChat, store: Database) -> None:
    answer = await safe.push(safe.fields(Content="x", ToUserName="gh_other"))
    assert (answer.status, answer.body) == (200, b"success") and stored(store) == 0


async def test_b3_unknown_kinds(store: Database) -> None:
    async with accounts(store, ACCOUNT, MINI) as both:
        for wechat in both:
            for answer in (await wechat.push(wechat.fields("hologram")), await wechat.event("new_in_2027")):
                assert (answer.status, answer.body) == (200, b"success")
    assert stored(store) == 0


async def test_b6_a_mini_program_in_json_and_in_xml(store: Database) -> None:
    with FakeWorker(store) as worker:
        for form in ("json", "xml"):
            for account in (MINI, replace(MINI, mode="plain", aes_key=None), replace(MINI, mode="compatible")):
                async with gateway(store, account) as wechat:
                    wechat.form = form
                    answer = await wechat.say(f"{form} {account.mode}")
                    assert (answer.status, answer.body) == (200, b"success")
        deadline = time.monotonic() + 10
        while len(worker.texts) < 6 and time.monotonic() < deadline:
            time.sleep(0.02)
    assert worker.texts == [f"{form} {mode}" for form in ("json", "xml") for mode in ("safe", "plain", "compatible")]


@pytest.mark.parametrize("form", ["xml", "json"])
def test_what_we_seal_opens_for_wechatpy_and_werobot(form: str) -> None:
    callbacks = Callbacks(ACCOUNT)
    encrypted = Envelope(AES_KEY, APP_ID).encrypt(
        '{"MsgType":"text","FromUserName":"a"}' if form == "json" else "<xml/>"
    )
    asked = {"timestamp": ["1"], "nonce": ["2"], "msg_signature": [sign(TOKEN, "1", "2", encrypted)]}
    account = Callbacks(replace(ACCOUNT, original_id=None))
    opened = account.open(asked, xml.build({"Encrypt": encrypted}).encode())
    sealed = callbacks.seal({"Content": "收到]]>😀", "CreateTime": 5}, opened)
    if form == "json":
        fields = json.loads(sealed)
        assert set(fields) == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"} and isinstance(fields["TimeStamp"], int)
    else:
        fields = xml.parse(sealed)
        theirs = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
        plain = theirs.decrypt_message(sealed, fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"])
        assert xml.parse(plain)["Content"] == "收到]]>😀"
    robot = MessageCrypt(TOKEN, AES_KEY, APP_ID)
    inner = robot.decrypt_message(str(fields["TimeStamp"]), fields["Nonce"], fields["MsgSignature"], fields["Encrypt"])
    assert "收到" in inner.decode()


def test_arguments() -> None:
    assert arguments("a=1&a=2&b=&c=%2B+") == {"a": ["1", "2"], "b": [""], "c": ["+ "]}
    with pytest.raises(SignatureError):
        arguments("a=1&" * 21)


async def test_health_and_other_methods(safe: WeChat) -> None:
    async with safe.http.get(f"{safe.address}/webhooks/wechat/") as response:
        assert (response.status, await response.json()) == (200, {"status": "ok"})
    async with safe.http.put(safe.url) as response:
        assert response.status == 405


@given(
    body=st.binary(max_size=400) | st.text(max_size=200).map(lambda text: f"<xml>{text}</xml>".encode()),
    asked=st.dictionaries(
        st.sampled_from(["signature", "msg_signature", "timestamp", "nonce", "echostr", "encrypt_type", "openid"]),
        st.text(max_size=60),
    ),
    signed=st.booleans(),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_fuzzed_callbacks_open_nothing_unsigned(body: bytes, asked: dict[str, str], signed: bool) -> None:
    """Through everything between the request's bytes and a message: refused, or signed by who knows the token."""
    for account in (ACCOUNT, PLAIN, COMPATIBLE, MINI):
        query = {key: [value] for key, value in asked.items()}
        if signed:
            now = str(int(time.time()))
            query |= {"timestamp": [now], "nonce": ["n"], "signature": [sign(TOKEN, now, "n")]}
            query["msg_signature"] = [sign(TOKEN, now, "n", "x")]
        try:
            Callbacks(account).open(query, body)
        except SignatureError:
            continue
        except DecodeError:
            assert signed and account is PLAIN
            continue
        assert signed and account is PLAIN


@pytest.mark.slow
async def test_fuzzed_callbacks_over_http(store: Database) -> None:
    """Never a 500, whatever comes; and whatever is signed is acknowledged."""
    pick = random.Random(3)
    odd: list[Any] = [
        "",
        "x" * 300,
        "\x00",
        "😀",
        "]]>",
        "&amp;",
        "-1",
        "9" * 30,
        "event",
        "text",
        "location",
        OPENID,
        None,
    ]
    names = ["MsgType", "Event", "EventKey", "Content", "MsgId", "CreateTime", "Location_X", "Ticket",
             "bizmsgmenuid", "FromUserName", "ScanCodeInfo", "SendPicsInfo", "Status"]  # fmt: skip
    with FakeWorker(store):
        async with accounts(store, ACCOUNT, PLAIN, MINI) as all_three:
            for number in range(300):
                wechat = all_three[number % 3]
                wechat.form = pick.choice(["xml", "json"]) if wechat.account is MINI else "xml"
                fields = wechat.fields(
                    pick.choice(["text", "event", "voice", "location", "image"]), sender=f"o{number}"
                )
                for field in pick.sample(names, 5):
                    value = pick.choice(odd)
                    fields[field] = {"a": value, "List": {"b": "c"}} if pick.random() < 0.2 else value or ""
                answer = await wechat.push(fields)
                assert answer.status == 200, (fields, answer)
                wrong = await wechat.push(fields, **{pick.choice(["timestamp", "nonce"]): "77"})
                assert wrong.status == 403
