from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from platform_fake import APP_ID, OPENID, SECRET, PlatformFake, running
from pydantic import SecretStr

from channels.delivery.platform import Action, Platform, SendError
from channels.rendering import Choice, Image, Menu, Part, Text, split
from channels.tokens import TokenStore
from channels.wechat.account import of_settings
from channels.wechat.api import SEND, TYPING, WechatApi
from channels.wechat.media import DOWNLOAD, UPLOAD
from foundation.clock import FixedClock
from foundation.errors import ConfigError
from foundation.settings import Settings

TOKEN = "/cgi-bin/stable_token"
MENU = Menu("您想问哪一项？", (Choice("101-0", "1. 换领"), Choice("101-1", "2. 补领")), "点选或回复序号")


@pytest.fixture
async def fake() -> AsyncIterator[PlatformFake]:
    async with running() as platform:
        yield platform


@pytest.fixture
async def tokens(clock: FixedClock) -> AsyncIterator[TokenStore]:
    tokens = TokenStore(clock=clock)
    yield tokens
    await tokens.close()


@pytest.fixture
async def api(fake: PlatformFake, tokens: TokenStore) -> AsyncIterator[WechatApi]:
    api = WechatApi.of("wechat", fake.base, APP_ID, SECRET, tokens)
    yield api
    await api.close()


@pytest.fixture
async def mini(fake: PlatformFake, tokens: TokenStore) -> AsyncIterator[WechatApi]:
    api = WechatApi.of("miniprogram", fake.base, APP_ID, SECRET, tokens)
    yield api
    await api.close()


async def refusal(api: WechatApi, part: Part) -> SendError:
    with pytest.raises(SendError) as caught:
        await api.send(OPENID, part, "k1")
    return caught.value


async def test_a_text_is_sent_as_the_protocol_says(api: WechatApi, fake: PlatformFake) -> None:
    platform: Platform = api
    await platform.send(OPENID, Text("请带身份证原件。\n地址：人民路1号😀"), "k1")
    assert fake.sent() == [
        {"touser": OPENID, "msgtype": "text", "text": {"content": "请带身份证原件。\n地址：人民路1号😀"}}
    ]
    assert b"\\u" not in fake.bodies[SEND][0] and "身份证".encode() in fake.bodies[SEND][0]


async def test_a_menu_has_the_shape_of_msgmenu(api: WechatApi, fake: PlatformFake) -> None:
    await api.send(OPENID, MENU, "k1")
    assert fake.sent() == [
        {
            "touser": OPENID,
            "msgtype": "msgmenu",
            "msgmenu": {
                "head_content": "您想问哪一项？",
                "list": [{"id": "101-0", "content": "1. 换领"}, {"id": "101-1", "content": "2. 补领"}],
                "tail_content": "点选或回复序号",
            },
        }
    ]


async def test_a_mini_program_has_no_menus(mini: WechatApi, fake: PlatformFake) -> None:
    assert not mini.style().menu
    assert (await refusal(mini, MENU)).action is Action.FEATURE_OFF
    assert not fake.calls[SEND]
    await mini.send(OPENID, Text("好"), "k1")
    assert fake.sent()[0]["text"] == {"content": "好"}


async def test_long_text_in_pieces_arrives_whole(api: WechatApi, fake: PlatformFake) -> None:
    text = "您好，办理居民身份证需要带户口簿。👨‍👩‍👧‍👦请到窗口办理！" * 70
    assert len(text.encode()) > 5000
    for piece in split(text, api.style().max_bytes):
        await api.send(OPENID, Text(piece), "k1")
    contents = [body["text"]["content"] for body in fake.sent()]
    assert "".join(contents) == text and max(len(content.encode()) for content in contents) <= 2048


async def test_an_empty_text_is_not_sent(api: WechatApi, fake: PlatformFake) -> None:
    assert (await refusal(api, Text(" \n"))).action is Action.DROP
    assert not fake.calls[SEND]


@pytest.mark.parametrize(
    ("code", "action"), [(45015, Action.CLOSED), (45047, Action.CLOSED), (-1, Action.RETRY), (40003, Action.DROP)]
)
async def test_a_refusal_is_told_after_one_call(api: WechatApi, fake: PlatformFake, code: int, action: Action) -> None:
    fake.fail(SEND, code)
    assert (await refusal(api, Text("好"))).action is action
    assert fake.calls[SEND] == 1


async def test_a_menu_that_is_not_granted_can_be_said_as_text_and_a_text_not(
    api: WechatApi, fake: PlatformFake
) -> None:
    fake.fail(SEND, 40200, 48001, 48001)
    assert (await refusal(api, MENU)).action is Action.FEATURE_OFF
    assert (await refusal(api, MENU)).action is Action.FEATURE_OFF
    assert (await refusal(api, Text("好"))).action is Action.BROKEN


async def test_fifty_sends_renew_a_refused_token_once(api: WechatApi, fake: PlatformFake) -> None:
    await api.send(OPENID, Text("0"), "k")
    fake.valid = set()
    await asyncio.gather(*(api.send(OPENID, Text(str(n)), f"k{n}") for n in range(50)))
    assert fake.calls[TOKEN] == 2
    assert fake.most_at_once <= 16


async def test_a_connection_lost_after_receipt_is_not_sent_again(api: WechatApi, fake: PlatformFake) -> None:
    fake.fail(SEND, "drop")
    assert (await refusal(api, Text("好"))).action is Action.UNKNOWN
    assert fake.calls[SEND] == 1


async def test_the_typing_sign_is_shown_at_most_once_while_it_lasts(
    api: WechatApi, fake: PlatformFake, clock: FixedClock
) -> None:
    for seconds in (0, 1, 13.9):
        clock.advance(seconds=seconds)
        await api.typing(OPENID)
    await api.typing("another")
    clock.advance(seconds=0.1)
    await api.typing(OPENID)
    assert [body["touser"] for body in fake.sent(TYPING["wechat"])] == [OPENID, "another", OPENID]
    assert fake.sent(TYPING["wechat"])[0] == {"touser": OPENID, "command": "Typing"}


@pytest.mark.parametrize("failure", [45072, 45080, 45081, 48001, "drop", (404, "")])
async def test_a_typing_sign_that_fails_stops_nothing(
    api: WechatApi, fake: PlatformFake, failure: int | str | tuple[int, str]
) -> None:
    fake.fail(TYPING["wechat"], failure)
    await api.typing(OPENID)
    assert fake.calls[TYPING["wechat"]] == 1


async def test_the_typing_path_can_be_set(fake: PlatformFake, tokens: TokenStore, mini: WechatApi) -> None:
    await mini.typing(OPENID)
    assert fake.calls["/cgi-bin/message/custom/business/typing"] == 1
    api = WechatApi.of("wechat", fake.base, APP_ID, SECRET, tokens, typing_path="/cgi-bin/typing")
    await api.typing(OPENID)
    assert fake.calls["/cgi-bin/typing"] == 1
    await api.close()


async def test_an_account_of_the_settings_sends(settings: Settings, tokens: TokenStore, fake: PlatformFake) -> None:
    settings.wechat_app_id, settings.wechat_secret, settings.wechat_api_base = APP_ID, SecretStr(SECRET), fake.base
    settings.wechat_token, settings.wechat_mode = SecretStr("AAAAA"), "plain"
    account = of_settings(settings, "wechat")
    assert account is not None
    api = WechatApi.for_account(account, tokens)
    await api.send(OPENID, Text("好"), "k1")
    assert fake.calls[SEND] == 1
    await api.close()
    with pytest.raises(ConfigError, match="ZHENGWU_WECHAT_SECRET"):
        WechatApi.for_account(replace(account, secret=None), tokens)


@pytest.mark.parametrize("failure", [40001, 40003, 40164, 45015, "drop", (302, ""), (200, "<html>"), -1])
@pytest.mark.parametrize("path", [SEND, TOKEN, UPLOAD, DOWNLOAD])
async def test_secrets_and_recipients_are_in_no_log_and_no_error(
    api: WechatApi, fake: PlatformFake, caplog: pytest.LogCaptureFixture, path: str, failure: int
) -> None:
    asyncio.get_running_loop().set_debug(True)
    fake.errmsg = f"bad {SECRET} TOKEN-1-t0ken {OPENID} rid: 65f0a1b2-1c2d3e4f"
    fake.always[path] = failure
    fake.files["/picture"] = _png()
    told = []
    with caplog.at_level(logging.DEBUG):
        for call in (
            api.send(OPENID, Text("好"), "k1"),
            api.send(OPENID, Image(f"{fake.base}/picture"), "k2"),
            api.media.download("MEDIA-1"),
            api.typing(OPENID),
        ):
            try:
                await call
            except SendError as error:
                logging.getLogger("test").exception("not sent")
                told += [str(error), repr(error), *traceback.format_exception(error)]
        await api.close()
    assert told
    for secret in (SECRET, "t0ken", OPENID):
        assert secret not in caplog.text and secret not in "".join(told)


def _png() -> object:
    from aiohttp import web

    return web.Response(body=b"\x89PNG\r\n\x1a\n" + bytes(100), content_type="image/png")
