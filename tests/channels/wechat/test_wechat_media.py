from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from platform_fake import APP_ID, OPENID, SECRET, PlatformFake, running

from channels.delivery.platform import Action, SendError
from channels.rendering import Image
from channels.tokens import TokenStore
from channels.wechat.api import SEND, WechatApi
from channels.wechat.media import DOWNLOAD, MOST_IMAGE, UPLOAD
from foundation.clock import FixedClock

PNG, JPEG, GIF = b"\x89PNG\r\n\x1a\n" + bytes(2000), b"\xff\xd8\xff\xe0" + bytes(2000), b"GIF89a" + bytes(2000)


@pytest.fixture
async def fake() -> AsyncIterator[PlatformFake]:
    async with running() as platform:
        platform.files["/map.png"] = web.Response(body=PNG, content_type="image/png")
        platform.files["/copy.png"] = web.Response(body=PNG, content_type="application/octet-stream")
        yield platform


@pytest.fixture
async def api(fake: PlatformFake, clock: FixedClock) -> AsyncIterator[WechatApi]:
    tokens = TokenStore(clock=clock)
    api = WechatApi.of("wechat", fake.base, APP_ID, SECRET, tokens)
    yield api
    await api.close()
    await tokens.close()


async def test_a_picture_is_uploaded_and_sent_by_its_id(api: WechatApi, fake: PlatformFake) -> None:
    await api.send(OPENID, Image(f"{fake.base}/map.png"), "k1")
    assert fake.sent() == [{"touser": OPENID, "msgtype": "image", "image": {"media_id": "MEDIA-1"}}]
    assert PNG in fake.media["MEDIA-1"] and b'filename="image.png"' in fake.media["MEDIA-1"]
    assert fake.queries[UPLOAD][0]["type"] == "image"
    assert "access_token" not in fake.queries["/map.png"][0]


async def test_the_same_bytes_are_uploaded_once_within_three_days(
    api: WechatApi, fake: PlatformFake, clock: FixedClock
) -> None:
    pictures = [Image(f"{fake.base}/map.png"), Image(f"{fake.base}/copy.png")]
    await asyncio.gather(*(api.send(OPENID, picture, "k") for picture in pictures * 5))
    clock.advance(days=2, hours=21)
    await api.send(OPENID, pictures[0], "k")
    assert fake.calls[UPLOAD] == 1
    clock.advance(hours=2)
    await api.send(OPENID, pictures[0], "k")
    assert fake.calls[UPLOAD] == 2
    assert fake.sent()[-1]["image"] == {"media_id": "MEDIA-2"}


async def test_a_file_that_the_platform_has_lost_is_uploaded_once_more(api: WechatApi, fake: PlatformFake) -> None:
    picture = Image(f"{fake.base}/map.png")
    fake.fail(SEND, 40007)
    await api.send(OPENID, picture, "k")
    assert (fake.calls[UPLOAD], fake.calls[SEND]) == (2, 2)
    fake.always[SEND] = 40007
    with pytest.raises(SendError) as caught:
        await api.send(OPENID, picture, "k")
    assert caught.value.action is Action.DROP
    assert (fake.calls[UPLOAD], fake.calls[SEND]) == (3, 4)


@pytest.mark.parametrize("content", [PNG, JPEG, GIF])
async def test_the_formats_of_the_platform(api: WechatApi, fake: PlatformFake, content: bytes) -> None:
    fake.files["/picture"] = web.Response(body=content, content_type="image/x-whatever")
    assert await api.media.image(f"{fake.base}/picture") == "MEDIA-1"


@pytest.mark.parametrize(
    ("answer", "action"),
    [
        (web.Response(text="<html>"), Action.DROP),
        (web.Response(body=PNG + bytes(MOST_IMAGE)), Action.DROP),
        (web.Response(status=404), Action.DROP),
        (web.Response(status=302, headers={"Location": "http://169.254.169.254/"}), Action.DROP),
        (web.Response(status=503), Action.RETRY),
    ],
)
async def test_what_is_no_picture_is_not_uploaded(
    api: WechatApi, fake: PlatformFake, answer: web.Response, action: Action
) -> None:
    fake.files["/bad"] = answer
    with pytest.raises(SendError) as caught:
        await api.media.image(f"{fake.base}/bad")
    assert caught.value.action is action and not fake.calls[UPLOAD]


@pytest.mark.parametrize(
    ("url", "action"),
    [("file:///etc/passwd", Action.DROP), ("http://[", Action.DROP), ("http://127.0.0.1:9/x.png", Action.RETRY)],
)
async def test_addresses_that_lead_nowhere(api: WechatApi, url: str, action: Action) -> None:
    with pytest.raises(SendError) as caught:
        await api.media.image(url)
    assert caught.value.action is action


async def test_an_upload_whose_answer_was_lost_may_be_repeated(api: WechatApi, fake: PlatformFake) -> None:
    fake.fail(UPLOAD, "drop")
    with pytest.raises(SendError) as caught:
        await api.send(OPENID, Image(f"{fake.base}/map.png"), "k")
    assert caught.value.action is Action.RETRY and not fake.calls[SEND]


async def test_a_refused_token_is_renewed_for_uploads_and_downloads_too(api: WechatApi, fake: PlatformFake) -> None:
    fake.fail(UPLOAD, 40001)
    assert await api.media.image(f"{fake.base}/map.png") == "MEDIA-1"
    fake.fail(DOWNLOAD, 42001)
    assert (await api.media.download("MEDIA-1")).content_type == "audio/amr"
    assert fake.calls["/cgi-bin/stable_token"] == 3


async def test_a_recording_comes_whole_and_with_its_type(api: WechatApi, fake: PlatformFake) -> None:
    fake.media["V1"] = b"#!AMR\n" + bytes(5000)
    content, kind = await api.media.download("V1")
    assert (content, kind) == (fake.media["V1"], "audio/amr")


async def test_an_error_with_status_200_is_no_recording(api: WechatApi, fake: PlatformFake) -> None:
    with pytest.raises(SendError) as caught:
        await api.media.download("GONE")
    assert (caught.value.code, caught.value.action) == (40007, Action.DROP)
    fake.files[DOWNLOAD] = web.Response(body=b'{"errcode":40007,"errmsg":"x"}', content_type="audio/amr")
    with pytest.raises(SendError) as caught:
        await api.media.download("GONE")
    assert caught.value.code == 40007


async def test_a_video_and_a_giant_are_refused(api: WechatApi, fake: PlatformFake) -> None:
    fake.files[DOWNLOAD] = web.json_response({"video_url": "http://example.org/v.mp4"})
    with pytest.raises(SendError, match="no file"):
        await api.media.download("VIDEO")
    fake.files[DOWNLOAD] = web.Response(body=bytes(100_000), content_type="audio/amr")
    with pytest.raises(SendError, match="larger") as caught:
        await api.media.download("BIG", most=50_000)
    assert caught.value.action is Action.DROP
