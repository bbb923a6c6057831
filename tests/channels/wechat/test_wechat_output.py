from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from platform_fake import APP_ID, OPENID, SECRET, PlatformFake, running

from channels.tokens import TokenStore
from channels.wechat import output as module
from channels.wechat.api import SEND, WechatApi
from channels.wechat.output import MiniprogramOutput, WechatOutput

BUTTONS = [{"title": "换领", "payload": "/choose{}"}, {"title": "补领", "payload": "/choose{}"}]


@pytest.fixture
async def fake(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PlatformFake]:
    monkeypatch.setattr(module, "BACKOFF", (0.01, 0.01, 0.01))
    async with running() as platform:
        yield platform


@pytest.fixture
async def api(fake: PlatformFake) -> AsyncIterator[WechatApi]:
    tokens = TokenStore()
    api = WechatApi.of("wechat", fake.base, APP_ID, SECRET, tokens)
    yield api
    await api.close()
    await tokens.close()


def texts(fake: PlatformFake) -> list[str]:
    assert {body["touser"] for body in fake.sent()} <= {OPENID}
    return [body["text"]["content"] for body in fake.sent()]


async def test_an_utterance_is_one_message_whatever_is_in_it(api: WechatApi, fake: PlatformFake) -> None:
    message = {"text": "您想问哪一项？", "buttons": BUTTONS, "custom": {"answer": {"kind": "options"}}, "image": None}
    await WechatOutput(api).send_response(f"wechat:{OPENID}", message)
    [text] = texts(fake)
    assert "您想问哪一项？" in text and "换领" in text and "补领" in text
    assert "answer" not in text and "/choose" not in text


async def test_a_turn_is_collected_and_sent_as_one(api: WechatApi, fake: PlatformFake) -> None:
    output = WechatOutput(api, at_once=False)
    for n in range(12):
        await output.send_response(OPENID, {"text": f"第{n}句。"})
    assert not fake.calls[SEND] and len(output.bodies) == 12
    await output.flush(OPENID)
    assert fake.calls[SEND] <= 3 and not output.bodies
    joined = "".join(texts(fake))
    assert [joined.index(f"第{n}句。") for n in range(12)] == sorted(joined.index(f"第{n}句。") for n in range(12))


async def test_every_way_in_which_rasa_sends_comes_out(api: WechatApi, fake: PlatformFake) -> None:
    output = WechatOutput(api)
    extra: dict[str, Any] = {"anything": 1}
    await output.send_text_message(OPENID, "文字", **extra)
    await output.send_attachment(OPENID, "https://example.org/表.pdf", **extra)
    await output.send_text_with_buttons(OPENID, "按钮", BUTTONS, **extra)
    await output.send_quick_replies(OPENID, "快捷", BUTTONS, **extra)
    await output.send_elements(
        OPENID, [{"title": "卡片", "subtitle": "说明", "buttons": BUTTONS}, {"title": "二"}], **extra
    )
    await output.send_custom_json(OPENID, {"text": "自定义", "answer": {}}, **extra)
    await output.send_custom_json(OPENID, {"answer": {"kind": "item"}}, **extra)
    said = texts(fake)
    wanted = ["文字", "example.org", "按钮", "快捷", "说明", "二", "自定义"]
    assert len(said) == len(wanted)
    assert all(word in text for word, text in zip(wanted, said))
    assert all("换领" in said[n] for n in (2, 3, 4))


async def test_a_picture_is_uploaded(api: WechatApi, fake: PlatformFake) -> None:
    from aiohttp import web

    fake.files["/p"] = web.Response(body=b"GIF89a" + bytes(50))
    await WechatOutput(api).send_image_url(OPENID, f"{fake.base}/p")
    assert fake.sent()[-1]["msgtype"] == "image"


async def test_a_long_utterance_comes_whole(api: WechatApi, fake: PlatformFake) -> None:
    lines = [f"{n}. 第{n}份材料，请带原件和复印件各一份，复印件请签名并注明日期。" for n in range(1, 90)]
    await WechatOutput(api).send_text_message(OPENID, "\n".join(lines))
    joined = "".join(texts(fake))
    assert all(line in joined for line in lines)
    assert max(len(text.encode()) for text in texts(fake)) <= 2048


async def test_a_busy_platform_is_asked_again_and_a_closed_window_is_not(
    api: WechatApi, fake: PlatformFake, caplog: pytest.LogCaptureFixture
) -> None:
    output = WechatOutput(api)
    fake.fail(SEND, -1, -1)
    await output.send_text_message(OPENID, "好")
    assert fake.calls[SEND] == 3
    fake.fail(SEND, *[-1] * 9)
    await output.send_text_message(OPENID, "好")
    assert fake.calls[SEND] == 3 + 4
    fake.failures[SEND].clear()
    fake.fail(SEND, 45015)
    await output.send_text_message(OPENID, "好")
    assert fake.calls[SEND] == 3 + 4 + 1
    assert "45015" in caplog.text and OPENID not in caplog.text


def test_names_are_those_of_the_channels() -> None:
    assert (WechatOutput.name(), MiniprogramOutput.name()) == ("wechat", "miniprogram")
