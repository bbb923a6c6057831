"""The whole way over real HTTP: from the conversation to the identity service and back."""

from __future__ import annotations

import aiohttp
import pytest
from channel_helpers import FakeWorker, free_port, serving, settings_for
from citizen_browser import Browser, browsing
from office import Office, office_of
from provider import PERSON, Provider, running

from foundation import erasure
from foundation.database import Database


async def test_from_the_web_chat(office: Office, browser: Browser) -> None:
    session, conversation = office.session()
    assert await browser.post("/chat/signedin", session) == (200, {"seconds": 0})
    seen = await browser.follow(await browser.address(session))
    assert (seen.status, seen.title, seen.digits, seen.link) == (200, "已登录", None, "/chat")
    access = office.access(conversation)
    assert access and access.endswith(f".{PERSON}")
    status, answer = await browser.post("/chat/signedin", session)
    assert status == 200 and 1790 <= answer["seconds"] <= 1800
    said = office.said(conversation)
    assert len(said) == 1 and "已登录" in said[0]["text"] and said[0]["buttons"][0]["payload"] == "我的办件"
    assert PERSON not in repr(said) and "张三" not in repr(said)


async def test_signing_out_in_the_web_chat(office: Office, browser: Browser) -> None:
    session, conversation = office.session()
    await browser.follow(await browser.address(session))
    assert await browser.post("/chat/signout", session) == (200, {})
    assert office.access(conversation) is None
    assert await browser.post("/chat/signedin", session) == (200, {"seconds": 0})


@pytest.mark.parametrize(
    ("conversation", "channel"),
    [
        ("miniprogram:oX1", "微信小程序"),
        ("wechat:oX1", "微信公众号"),
        ("wecom-kf:wm1", "微信客服"),
        ("rest:me", "在线咨询"),
    ],
)
async def test_from_a_messenger(office: Office, browser: Browser, conversation: str, channel: str) -> None:
    asked = await browser.get(office.link(conversation))
    assert asked.status == 200 and channel in asked.text and "直接关掉本页" in asked.text
    assert asked.link and conversation not in asked.text and "oX1" not in asked.link
    seen = await browser.follow(asked.link)
    assert seen.title == "还差一步" and channel in seen.text and "不要告诉任何人" in seen.text
    assert office.access(conversation) is None, "only who can write into the conversation completes it"
    assert office.said(conversation) == []


async def say(office: Office, text: str, sender: str = "me", message_id: str | None = None) -> str:
    body = {"sender": sender, "message": text, **({"message_id": message_id} if message_id else {})}
    async with aiohttp.ClientSession() as http, http.post(f"{office.address}/webhooks/rest/webhook", json=body) as said:
        return " ".join(message["text"] for message in await said.json())


async def digits_for(office: Office, browser: Browser, conversation: str = "rest:me") -> str:
    asked = await browser.get(office.link(conversation))
    assert asked.link
    digits = (await browser.follow(asked.link)).digits
    assert digits
    return digits


def wrong(digits: str) -> str:
    return f"{(int(digits) + 1) % 10**6:06}"


@pytest.mark.parametrize("spelled", ["{a}{b}", "{a} {b}", "数字是：{a}{b}。", "登录码 {a}-{b}", " {a}{b} "])
async def test_the_digits_are_typed_into_the_conversation(office: Office, browser: Browser, spelled: str) -> None:
    digits = await digits_for(office, browser)
    with FakeWorker(office.database) as worker:
        assert "已登录" in await say(office, spelled.format(a=digits[:3], b=digits[3:]))
        access = office.access("rest:me")
        assert access and access.endswith(f".{PERSON}")
        assert await say(office, "我的办件") == "答：我的办件"
        assert worker.texts == ["我的办件"], "the digits are not for the assistant"


async def test_full_width_digits(office: Office, browser: Browser) -> None:
    digits = await digits_for(office, browser)
    assert "已登录" in await say(office, "".join(chr(ord(digit) + 0xFEE0) for digit in digits))


async def test_wrong_digits_three_times(office: Office, browser: Browser) -> None:
    digits = await digits_for(office, browser)
    with FakeWorker(office.database) as worker:
        assert "还可以试2次" in await say(office, wrong(digits))
        assert "还可以试1次" in await say(office, wrong(digits))
        assert "已经取消" in await say(office, wrong(digits))
        assert (await say(office, digits)).startswith("答："), "now they are a message like any other"
        assert len(worker.texts) == 1 and office.access("rest:me") is None


async def test_what_a_platform_posts_again_is_no_second_try(office: Office, browser: Browser) -> None:
    digits = await digits_for(office, browser)
    for _ in range(3):
        assert "还可以试2次" in await say(office, wrong(digits), message_id="m1")
    for _ in range(2):
        assert "已登录" in await say(office, digits, message_id="m2")
    assert office.access("rest:me")


async def test_other_messages_while_digits_are_waited_for(office: Office, browser: Browser) -> None:
    digits = await digits_for(office, browser)
    with FakeWorker(office.database):
        for text in (
            "身份证丢了怎么补办",
            "12345",
            "SLS2026-110412-0087",
            "邮编100000是哪里",
            "2026年11月26日",
            "1" * 60,
        ):
            assert (await say(office, text)).startswith("答：")
    assert "已登录" in await say(office, digits)


async def test_signing_out_by_a_word(office: Office, browser: Browser) -> None:
    assert await say(office, "退出登录") == "您现在没有登录。"
    await say(office, await digits_for(office, browser))
    assert await say(office, "退出登录。") == "您已退出登录。"
    assert office.access("rest:me") is None


async def test_es256_and_a_secret_in_the_form(office: Office, provider: Provider, browser: Browser) -> None:
    provider.alg, provider.auth_methods = "ES256", ["client_secret_post"]
    session, conversation = office.session()
    assert (await browser.follow(await browser.address(session))).title == "已登录"
    assert office.access(conversation)


async def test_a_public_client(store: Database) -> None:
    with running(Provider(secret=None)) as provider:
        async with office_of(store, provider, signin_client_secret=None) as office, browsing(office.address) as browser:
            session, _ = office.session()
            assert (await browser.follow(await browser.address(session))).title == "已登录"


@pytest.mark.parametrize("life", [60, "60", 60.5, None, 10**9])
async def test_no_longer_than_the_token(office: Office, provider: Provider, browser: Browser, life: object) -> None:
    provider.expires_in = life
    session, _ = office.session()
    await browser.follow(await browser.address(session))
    seconds = (await browser.post("/chat/signedin", session))[1]["seconds"]
    assert 50 < seconds <= 61 if life in (60, "60", 60.5) else 1790 < seconds <= 1800


async def test_new_keys_are_fetched_once(office: Office, provider: Provider, browser: Browser) -> None:
    session, _ = office.session()
    for _ in range(2):
        await browser.follow(await browser.address(session))
    assert (provider.asked["/jwks"], provider.asked["/.well-known/openid-configuration"]) == (1, 1)
    provider.rotate()
    assert (await browser.follow(await browser.address(session))).title == "已登录"
    assert provider.asked["/jwks"] == 2
    provider.fault = "unknown_kid"
    assert (await browser.follow(await browser.address(session))).title == "登录没有成功"
    assert provider.asked["/jwks"] == 3


async def test_two_gateways_share_it(database: Database, provider: Provider) -> None:
    """The browser leaves through one gateway and comes back to another; the digits are read by either."""
    second = free_port()
    async with (
        office_of(database, provider, back_to=second) as one,
        office_of(database, provider, port=second) as two,
        browsing(one.address) as browser,
    ):
        session, conversation = one.session()
        assert (await browser.follow(await browser.address(session))).title == "已登录"
        assert two.access(conversation) and len(provider.seen["nonce"]) >= 32
        asked = await browser.get(one.address + one.link("rest:me").removeprefix(two.address))
        assert asked.link
        digits = (await browser.follow(asked.link)).digits
        assert digits and "已登录" in await say(one, digits)
        assert two.access("rest:me")


async def test_erasure_leaves_nothing(database: Database, provider: Provider) -> None:
    async with office_of(database, provider) as office, browsing(office.address) as browser:
        session, conversation = office.session()
        await browser.follow(await browser.address(session))
        await browser.follow(await browser.address(session), until="/signin/back")
        with database.write() as tx:
            counts = erasure.erase_everything(tx, conversation)
            assert (counts["sign_ins"], counts["sign_in_requests"]) == (1, 1)
            assert not any(erasure.export_everything(tx, conversation).values())
        assert office.access(conversation) is None


@pytest.mark.parametrize("path", ["/signin", "/signin?ticket=x", "/signin/back?code=a&state=b"])
async def test_where_it_is_off_there_is_nothing(store: Database, url: str, path: str) -> None:
    async with serving(settings_for(url), store) as address, aiohttp.ClientSession(address) as http:
        async with http.get(path) as response:
            assert response.status == 404
        async with http.post("/chat/signin", json={"session": "x"}) as response:
            assert response.status == 404
        async with http.get("/chat") as response:
            page = await response.text()
            assert "account-act" not in page and "退出登录" not in page
