"""Messages to members and to customers, against a server that behaves as WeCom says it does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from wecom_fake import AGENT, CORP, CUSTOMER, KF, SECRET, WeComFake

from channels.delivery.platform import Action, SendError
from channels.rendering import Choice, Image, Menu, Text
from channels.tokens import TokenStore
from channels.wecom.api import SEND, AppPlatform
from channels.wecom.client import Client
from channels.wecom.kf import KfPlatform
from channels.wecom.kf_api import KfApi
from channels.wecom.pace import Pace
from channels.wecom.states import States
from foundation.cipher import Cipher
from foundation.clock import SystemClock
from foundation.database import Database

TOKEN, KF_SEND = "/cgi-bin/gettoken", "/cgi-bin/kf/send_msg"
RECIPIENT = f"{KF}/{CUSTOMER}"
MENU = Menu(
    "您要办哪一种？", (Choice("7-0", "1. 首次申领", "首次"), Choice("7-1", "2. 换领", "换")), "直接回复数字也可以。"
)


@pytest.fixture
def app(client: Client) -> AppPlatform:
    return AppPlatform(client, AGENT)


@pytest.fixture
def kf(client: Client) -> KfPlatform:
    api = KfApi(client)
    return KfPlatform(client, api, States(api))


async def test_a_text_to_a_member(app: AppPlatform, fake: WeComFake) -> None:
    assert await app.send("zhangsan", Text("带“身份证”和😀"), "k-0") is not None
    assert fake.sent == [
        {"touser": "zhangsan", "msgtype": "text", "agentid": AGENT, "text": {"content": "带“身份证”和😀"}}
    ]


async def test_choices_are_numbered_lines_for_a_member(app: AppPlatform, fake: WeComFake) -> None:
    assert not app.style().menu
    await app.send("zhangsan", MENU, "k-0")
    assert fake.sent[0]["text"]["content"] == "您要办哪一种？\n1. 首次申领\n2. 换领\n直接回复数字也可以。"


async def test_a_member_outside_the_visible_range(app: AppPlatform, fake: WeComFake) -> None:
    fake.unknown_members.add("lisi")
    with pytest.raises(SendError) as caught:
        await app.send("lisi", Text("您好"), "k-0")
    assert (caught.value.code, caught.value.action) == (81013, Action.DROP)
    assert "lisi" not in str(caught.value)


async def test_a_member_gets_no_more_than_the_platform_allows(client: Client, fake: WeComFake) -> None:
    waited: list[float] = []
    clock = [0.0]

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock[0] += seconds

    app = AppPlatform(client, AGENT, pace=Pace(3, 60, lambda: clock[0], sleep))
    for number in range(4):
        await app.send("zhangsan", Text(str(number)), "k")
    assert waited == [60] and len(fake.sent) == 4


async def test_one_token_serves_all_and_a_refused_one_is_renewed_once(app: AppPlatform, fake: WeComFake) -> None:
    await asyncio.gather(*(app.send(f"member{number}", Text("您好"), "k") for number in range(20)))
    assert fake.calls[TOKEN] == 1
    fake.expire()
    await asyncio.gather(*(app.send(f"member{number}", Text("您好"), "k") for number in range(20)))
    assert fake.calls[TOKEN] == 2 and len(fake.sent) == 40


async def test_a_token_that_is_refused_again_and_again_ends_in_an_error(app: AppPlatform, fake: WeComFake) -> None:
    fake.fail(SEND, 40014, 40014)
    with pytest.raises(SendError) as caught:
        await app.send("zhangsan", Text("您好"), "k")
    assert (caught.value.action, fake.calls[SEND]) == (Action.BROKEN, 2)


async def test_two_processes_share_a_token(store: Database, cipher: Cipher, fake: WeComFake) -> None:
    stores = [TokenStore(store, cipher, SystemClock()) for _ in range(2)]
    clients = [Client.of(fake.address, CORP, str(AGENT), SECRET, tokens) for tokens in stores]
    await asyncio.gather(*(AppPlatform(client, AGENT).send("zhangsan", Text("您好"), "k") for client in clients))
    assert fake.calls[TOKEN] == 1
    for closing in (*clients, *stores):
        await closing.close()


@pytest.fixture
async def mistaken(fake: WeComFake) -> AsyncIterator[AppPlatform]:
    tokens = TokenStore()
    client = Client.of(fake.address, CORP, str(AGENT), "a-wrong-secret", tokens)
    yield AppPlatform(client, AGENT)
    await client.close()
    await tokens.close()


async def test_a_wrong_secret_is_named_and_not_told(mistaken: AppPlatform, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(SendError, match="ZHENGWU_WECOM_SECRET") as caught:
        await mistaken.send("zhangsan", Text("您好"), "k")
    assert caught.value.action is Action.BROKEN
    assert "a-wrong-secret" not in caplog.text + str(caught.value)


@pytest.mark.parametrize(
    ("failure", "action"),
    [(-1, Action.RETRY), (60020, Action.BROKEN), (45009, Action.BROKEN), ("drop", Action.UNKNOWN)],
)
async def test_what_a_refusal_means(app: AppPlatform, fake: WeComFake, failure: int | str, action: Action) -> None:
    fake.fail(SEND, failure)
    with pytest.raises(SendError) as caught:
        await app.send("zhangsan", Text("您好"), "k")
    assert caught.value.action is action
    assert CUSTOMER not in str(caught.value) and "token-" not in str(caught.value)


async def test_a_picture_is_uploaded_once(app: AppPlatform, kf: KfPlatform, fake: WeComFake) -> None:
    picture = Image(f"{fake.address}/pictures/map.png")
    await app.send("zhangsan", picture, "k-0")
    await kf.send(RECIPIENT, picture, "k-1")
    fake.fail(SEND, 40007)  # the platform has lost the file
    await app.send("zhangsan", picture, "k-2")
    assert [message["msgtype"] for message in fake.sent] == ["image"] * 3
    assert fake.calls["/cgi-bin/media/upload"] == 2


async def test_a_text_and_a_menu_to_a_customer(kf: KfPlatform, fake: WeComFake) -> None:
    assert await kf.send(RECIPIENT, Text("您好"), "k-0") == "k-0"
    await kf.send(RECIPIENT, MENU, "k-1")
    text, menu = fake.sent
    assert text == {
        "touser": CUSTOMER, "open_kfid": KF, "msgid": "k-0", "msgtype": "text", "text": {"content": "您好"},
    }  # fmt: skip
    assert menu["msgmenu"] == {
        "head_content": "您要办哪一种？",
        "list": [
            {"type": "click", "click": {"id": "7-0", "content": "1. 首次申领"}},
            {"type": "click", "click": {"id": "7-1", "content": "2. 换领"}},
        ],
        "tail_content": "直接回复数字也可以。",
    }


@pytest.mark.parametrize(
    "menu", [Menu("长" * 400, MENU.choices), Menu("选", MENU.choices * 6), Menu("选", MENU.choices, "长" * 400)]
)
async def test_a_menu_that_is_too_large_is_said_as_text(kf: KfPlatform, fake: WeComFake, menu: Menu) -> None:
    await kf.send(RECIPIENT, menu, "k-0")
    assert fake.sent[0]["msgtype"] == "text" and "1. 首次申领" in fake.sent[0]["text"]["content"]


async def test_a_message_whose_answer_was_lost_reaches_the_customer_once(kf: KfPlatform, fake: WeComFake) -> None:
    fake.fail(KF_SEND, "drop")
    with pytest.raises(SendError) as caught:
        await kf.send(RECIPIENT, Text("您好"), "k-0")
    assert caught.value.action is Action.UNKNOWN
    assert await kf.send(RECIPIENT, Text("您好"), "k-0") == "k-0"
    assert len(fake.sent) == 1


async def test_five_messages_and_no_more_until_the_customer_writes(kf: KfPlatform, fake: WeComFake) -> None:
    for number in range(5):
        await kf.send(RECIPIENT, Text("您好"), f"k-{number}")
    with pytest.raises(SendError) as caught:
        await kf.send(RECIPIENT, Text("您好"), "k-5")
    assert caught.value.action is Action.CLOSED


@pytest.mark.parametrize(("state", "action"), [(2, Action.DROP), (3, Action.DROP), (4, Action.CLOSED)])
async def test_while_a_person_serves_what_the_bot_had_to_say_is_dropped(
    kf: KfPlatform, fake: WeComFake, state: int, action: Action
) -> None:
    fake.states[CUSTOMER] = state
    with pytest.raises(SendError) as caught:
        await kf.send(RECIPIENT, Text("您好"), "k-0")
    assert caught.value.action is action


@pytest.mark.parametrize("recipient", ["", "wk", "/wm", "wk/"])
async def test_a_recipient_that_is_none_is_dropped(kf: KfPlatform, recipient: str) -> None:
    with pytest.raises(SendError) as caught:
        await kf.send(recipient, Text("您好"), "k-0")
    assert caught.value.action is Action.DROP
