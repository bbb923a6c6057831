from __future__ import annotations

import asyncio
import json
import logging
import socket
import traceback
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from platform_fake import PlatformFake, running

from channels.calls import Calls, encode
from channels.delivery.platform import Action, SendError
from channels.wechat.errors import wechat_errors
from foundation.errors import ConfigError

PATH = "/cgi-bin/message/custom/send"
TOKEN = "ACCESS-TOKEN-that-nobody-may-see"


@pytest.fixture
async def fake() -> AsyncIterator[PlatformFake]:
    async with running() as platform:
        platform.checks_token = False
        yield platform


@pytest.fixture
async def calls(fake: PlatformFake) -> AsyncIterator[Calls]:
    calls = Calls(fake.base, wechat_errors("wechat"), deadline=0.5)
    yield calls
    await calls.close()


async def refusal(calls: Calls, body: dict[str, Any] | None = None) -> SendError:
    with pytest.raises(SendError) as caught:
        await calls.post(PATH, body or {"touser": "o1"}, access_token=TOKEN)
    return caught.value


async def test_the_body_is_utf8_json_without_escapes(calls: Calls, fake: PlatformFake) -> None:
    await calls.post(PATH, {"text": {"content": "身份证丢了😀\n怎么办"}}, access_token=TOKEN)
    assert fake.bodies[PATH] == ['{"text":{"content":"身份证丢了😀\\n怎么办"}}'.encode()]
    assert fake.queries[PATH] == [{"access_token": TOKEN}]


@given(st.text(st.characters(), max_size=60) | st.sampled_from(["\\u4f60", "\x1d\x08\x7f", "\ud83d", "\ud83d\ude00"]))
def test_no_text_makes_an_escape_that_the_platform_refuses(text: str) -> None:
    body = encode({"text": {"content": text}, "list": [text]})
    assert b"\\u" not in body
    assert isinstance(json.loads(body.decode("utf-8"))["text"]["content"], str)


async def test_an_error_code_becomes_an_error_with_its_action(calls: Calls, fake: PlatformFake) -> None:
    fake.fail(PATH, 45015, -1)
    assert (await refusal(calls)).action is Action.CLOSED
    assert (await refusal(calls)).action is Action.RETRY
    assert fake.calls[PATH] == 2  # the caller decides about another attempt


async def test_raw_control_characters_in_an_answer_are_read(calls: Calls, fake: PlatformFake) -> None:
    fake.fail(PATH, (200, '{"errcode":0,"errmsg":"ok","nickname":"a\x08b"}'))
    assert (await calls.post(PATH, {}))["nickname"] == "a\x08b"


async def test_nobody_there_is_worth_another_attempt() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))  # bound and not listening: refused
        calls = Calls(f"http://127.0.0.1:{reserved.getsockname()[1]}", wechat_errors("wechat"))
        assert (await refusal(calls)).action is Action.RETRY
        await calls.close()


async def test_a_connection_lost_after_receipt_leaves_it_unknown(calls: Calls, fake: PlatformFake) -> None:
    fake.fail(PATH, "drop")
    assert (await refusal(calls)).action is Action.UNKNOWN
    assert fake.calls[PATH] == 1


async def test_an_answer_after_the_deadline_leaves_it_unknown(calls: Calls, fake: PlatformFake) -> None:
    fake.fail(PATH, 30.0)
    error = await refusal(calls)
    assert error.action is Action.UNKNOWN and "0.5 s" in str(error)


async def test_a_kept_connection_that_was_lost_is_opened_again(calls: Calls, fake: PlatformFake) -> None:
    await calls.post(PATH, {})
    fake.fail(PATH, "drop")
    await refusal(calls)
    assert await calls.post(PATH, {}) == {"errcode": 0, "errmsg": "ok"}


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        ((302, ""), Action.BROKEN),
        ((404, "<html>"), Action.BROKEN),
        ((429, ""), Action.RETRY),
        ((502, "<html>Bad Gateway</html>"), Action.UNKNOWN),
        ((200, "<html>login</html>"), Action.UNKNOWN),
        ((200, "[]"), Action.UNKNOWN),
        ((200, "[" * 100000), Action.UNKNOWN),
        ((200, '{"errcode":"x"}'), Action.DROP),
    ],
)
async def test_what_is_not_the_platform(
    calls: Calls, fake: PlatformFake, answer: tuple[int, str], action: Action
) -> None:
    fake.fail(PATH, answer)
    error = await refusal(calls)
    assert error.action is action
    if action is Action.BROKEN:
        assert "ZHENGWU_WECHAT_API_BASE" in str(error)
    assert fake.calls.total() == 1  # no redirect was followed


async def test_an_answer_without_end_is_cut_short(calls: Calls, fake: PlatformFake) -> None:
    for length in (1, 2, 3, 5, 8):
        fake.fail(PATH, (200, "x" * (length * (1 << 20) + length * 1000)))
        assert "larger" in str(await refusal(calls))
        await calls.post(PATH, {"touser": "o1"}, access_token=TOKEN)  # and the next one is not in its way


async def test_only_so_many_calls_run_at_once(fake: PlatformFake) -> None:
    calls = Calls(fake.base, wechat_errors("wechat"), concurrency=3)
    fake.fail(PATH, *[0.02] * 12)
    await asyncio.gather(*(calls.post(PATH, {}) for _ in range(12)))
    assert fake.most_at_once == 3
    await calls.close()


@pytest.mark.parametrize("base", ["api.weixin.qq.com", "ftp://x", "http://", ""])
def test_a_malformed_base_address_names_its_setting(base: str) -> None:
    with pytest.raises(ConfigError, match="ZHENGWU_WECHAT_API_BASE"):
        Calls(base, wechat_errors("wechat"))


@pytest.mark.parametrize("failure", ["drop", 30.0, (302, ""), (200, "x"), 45015, None])
async def test_no_token_is_logged_or_told(fake: PlatformFake, failure: Any, caplog: pytest.LogCaptureFixture) -> None:
    asyncio.get_running_loop().set_debug(True)
    calls = Calls(fake.base if failure else "http://127.0.0.1:9", wechat_errors("wechat"), deadline=0.3)
    if failure:
        fake.fail(PATH, failure)
    with caplog.at_level(logging.DEBUG):
        error = await refusal(calls)
        logging.getLogger("test").exception("not sent", exc_info=error)
        await calls.close()
    whole = str(error) + repr(error) + "".join(traceback.format_exception(error)) + caplog.text
    assert TOKEN not in whole
    assert error.__cause__ is None and TOKEN not in repr(error.__context__)
