"""Pictures that citizens sent, fetched from the platform when somebody at the desk wants to see one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from platform_fake import APP_ID, SECRET, PlatformFake, running

from channels.delivery.platform import SendError
from channels.pictures import Picture, Pictures
from channels.tokens import TokenStore
from foundation.clock import FixedClock
from foundation.settings import Settings, load_settings

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
AES_KEY = "a" * 43


@pytest.fixture
async def fake() -> AsyncIterator[PlatformFake]:
    async with running() as platform:
        yield platform


def settings_for(base: str, **more: str) -> Settings:
    lines = {"app_id": APP_ID, "secret": SECRET, "token": "token", "aes_key": AES_KEY, "api_base": base, **more}
    return load_settings(_env_file=None, **{f"wechat_{key}": value for key, value in lines.items()})


@pytest.fixture
async def pictures(fake: PlatformFake, clock: FixedClock) -> AsyncIterator[Pictures]:
    found = Pictures.of(settings_for(fake.base), TokenStore(clock=clock))
    yield found
    await found.close()


async def test_it_is_what_it_is_whatever_the_platform_calls_it(pictures: Pictures, fake: PlatformFake) -> None:
    fake.media["m1"] = PNG  # the fake calls everything audio/amr
    assert pictures.has("wechat") and not pictures.has("web") and not pictures.has("wecom-kf")
    assert await pictures.fetch("wechat", "m1") == Picture(PNG, "image/png")


@pytest.mark.parametrize("content", [b"#!AMR recording", b"<svg onload='x'/>", b""])
async def test_what_is_no_picture_is_not_shown(pictures: Pictures, fake: PlatformFake, content: bytes) -> None:
    fake.media["m1"] = content
    with pytest.raises(SendError):
        await pictures.fetch("wechat", "m1")


async def test_one_that_has_gone_is_told_from_none_at_all(pictures: Pictures) -> None:
    with pytest.raises(SendError):
        await pictures.fetch("wechat", "long-ago")
    with pytest.raises(KeyError):
        await pictures.fetch("web", "m1")


@pytest.mark.parametrize("more", [{"reply": "harvest"}, {"aes_key": "short"}])
async def test_an_account_that_may_not_or_cannot_has_none(clock: FixedClock, more: dict[str, str]) -> None:
    found = Pictures.of(settings_for("https://api.weixin.qq.com", **more), TokenStore(clock=clock))
    assert not found.has("wechat")
    await found.close()
