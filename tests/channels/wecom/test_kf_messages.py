"""What becomes of a customer's messages and events (E5: origin 5 is ignored, a person is not talked over)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from channel_helpers import settings_for
from sqlalchemy import select
from wecom_fake import AGENT, CORP, CUSTOMER, KF, WeComFake

from channels import metrics
from channels.gateway import Gateway, running
from channels.refused import Refused
from channels.shared_limits import OwnLimit
from channels.wecom.account import KF as KF_CHANNEL
from channels.wecom.account import WeComAccount
from channels.wecom.client import Client
from channels.wecom.kf_api import KfApi
from channels.wecom.kf_failures import marks
from channels.wecom.kf_messages import KfMessages
from channels.wecom.reception import WeComReception
from channels.wecom.states import States
from desk import handovers
from desk.handovers import Request
from foundation import outbox
from foundation.cipher import Cipher
from foundation.clock import SystemClock
from foundation.database import Database
from foundation.inbox import Inbox, inbox
from foundation.vault import Vault

SENDER = f"{KF}/{CUSTOMER}"
CONVERSATION = f"wecom-kf:{SENDER}"
GET = "/cgi-bin/kf/service_state/get"


@pytest.fixture
async def gateway(store: Database, url: str, cipher: Cipher) -> AsyncIterator[Gateway]:
    made = Gateway(store, Inbox(cipher), Vault(cipher), SystemClock(), settings_for(url), OwnLimit(60))
    async with running(made):
        yield made


@pytest.fixture
def states(client: Client) -> States:
    return States(KfApi(client))


@pytest.fixture
def messages(gateway: Gateway, client: Client, states: States) -> KfMessages:
    account = WeComAccount(channel=KF_CHANNEL, app_id=CORP, token="token", agent_id=AGENT)
    reception = WeComReception(gateway, account, window="message")
    return KfMessages(reception, KfApi(client), states, SystemClock(), marks(gateway, SystemClock()))


def stored(store: Database) -> list[tuple[str, str | None]]:
    with store.read() as tx:
        return [tuple(row) for row in tx.execute(select(inbox.c.conversation, inbox.c.message_id).order_by(inbox.c.id))]


def asked(store: Database, cipher: Cipher) -> list[str]:
    """The texts that wait for a turn."""
    from datetime import timedelta

    found = []
    with store.write() as tx:
        while claim := Inbox(cipher).claim(tx, "w", SystemClock().now(), timedelta(seconds=20)):
            found.append(claim.message.text)
            Inbox(cipher).finish(tx, claim, SystemClock().now())
    return found


def said(store: Database) -> list[str]:
    """What the channel answered by itself."""
    with store.read() as tx:
        return [
            body["text"] for body in tx.execute(select(outbox.outbox.c.body).order_by(outbox.outbox.c.id)).scalars()
        ]


def count(counter: Any, *labels: str) -> float:
    return float(counter.labels(*labels)._value.get())


async def test_a_text_is_stored_once_however_often_its_page_is_read(
    messages: KfMessages, fake: WeComFake, store: Database, cipher: Cipher
) -> None:
    first, second = fake.write("身份证丢了怎么办"), fake.write("要带什么")
    for message in (first, second, first, second):
        await messages.handle(message)
    assert stored(store) == [(CONVERSATION, first["msgid"]), (CONVERSATION, second["msgid"])]
    assert asked(store, cipher) == ["身份证丢了怎么办", "要带什么"]


async def test_what_a_person_of_the_office_wrote_is_none_of_the_bots_business(
    messages: KfMessages, fake: WeComFake, store: Database
) -> None:
    await messages.handle(fake.write("您好，我来答复您", origin=5, servicer_userid="lisi"))
    await messages.handle(fake.write("?", origin=6))
    assert stored(store) == [] and not fake.sent


@pytest.mark.parametrize("state", [2, 3])
async def test_while_a_person_serves_the_bot_is_silent(
    messages: KfMessages, fake: WeComFake, store: Database, state: int
) -> None:
    fake.states[CUSTOMER] = state
    before = count(metrics.kf_skipped, "person")
    await messages.handle(fake.write("还在吗"))
    assert stored(store) == [] and not fake.sent
    assert count(metrics.kf_skipped, "person") == before + 1


@pytest.mark.parametrize("state", [0, 1, 4])
async def test_otherwise_it_answers(messages: KfMessages, fake: WeComFake, store: Database, state: int) -> None:
    fake.states[CUSTOMER] = state
    await messages.handle(fake.write("你好"))
    assert len(stored(store)) == 1


async def test_changes_of_the_state_are_kept(messages: KfMessages, fake: WeComFake, store: Database) -> None:
    await messages.handle(fake.write("一"))
    await messages.handle(fake.event("session_status_change", change_type=1, new_servicer_userid="lisi"))
    await messages.handle(fake.write("二"))
    assert (len(stored(store)), fake.calls[GET]) == (1, 1)
    await messages.handle(fake.event("session_status_change", change_type=3, old_servicer_userid="lisi"))
    fake.states[CUSTOMER] = 4
    await messages.handle(fake.write("三"))
    assert len(stored(store)) == 2


async def test_a_state_that_is_not_told_does_not_stop_the_messages(
    messages: KfMessages, fake: WeComFake, store: Database
) -> None:
    fake.fail(GET, 48002)
    await messages.handle(fake.write("你好"))
    assert len(stored(store)) == 1


async def test_handed_over_the_bot_is_silent(
    messages: KfMessages, states: States, fake: WeComFake, store: Database
) -> None:
    await states.hand_over(KF, CUSTOMER)
    assert fake.states[CUSTOMER] == 2
    await messages.handle(fake.write("有人吗"))
    assert stored(store) == []
    await states.hand_over(KF, CUSTOMER, "lisi")
    assert fake.states[CUSTOMER] == 3


async def test_who_opens_the_conversation_is_welcomed_once(messages: KfMessages, fake: WeComFake) -> None:
    code = fake.enter()
    event = fake._log[KF][-1]
    await messages.handle(event)
    await messages.handle(event)
    assert [message["code"] for message in fake.sent] == [code]
    assert "敬老版" in fake.sent[0]["text"]["content"] and "12345" in fake.sent[0]["text"]["content"]
    assert len({body["msgid"] for body in fake.bodies["/cgi-bin/kf/send_msg_on_event"]}) == 1


async def test_a_welcome_that_is_late_or_not_wanted_is_left_out(messages: KfMessages, fake: WeComFake) -> None:
    fake.enter(age=30)
    await messages.handle(fake._log[KF][-1])
    await messages.handle(fake.event("enter_session", scene="desk"))
    assert not fake.calls["/cgi-bin/kf/send_msg_on_event"]


async def test_a_click_says_what_its_button_says_and_a_forged_one_its_text(
    messages: KfMessages, gateway: Gateway, fake: WeComFake, store: Database, cipher: Cipher
) -> None:
    body = {
        "text": "哪一种？",
        "buttons": [{"title": "首次申领", "payload": "首次"}, {"title": "换领", "payload": "换"}],
    }
    accepted = await gateway.answer("wecom-kf", SENDER, [body], "m0")
    [reply] = await gateway.replies(accepted.id, 5)
    await messages.handle(fake.write("2. 换领", text={"content": "2. 换领", "menu_id": f"{reply.id}-1"}))
    await messages.handle(fake.write("2. 换领", text={"content": "2. 换领", "menu_id": f"{reply.id}-7"}))
    other = fake.write("x", customer="wmOther", text={"content": "别人的", "menu_id": f"{reply.id}-0"})
    await messages.handle(other)
    assert asked(store, cipher) == ["换", "2. 换领", "别人的"]


async def test_more_and_elderly_are_obeyed_without_a_turn(
    messages: KfMessages, gateway: Gateway, fake: WeComFake, store: Database, cipher: Cipher
) -> None:
    for text in ("敬老版", "更多"):
        await messages.handle(fake.write(text))
    assert await gateway.elderly("wecom-kf", SENDER)
    await messages.handle(fake.write("退出敬老版"))
    assert not await gateway.elderly("wecom-kf", SENDER)
    assert len(said(store)) == 3 and asked(store, cipher) == []


@pytest.mark.parametrize(
    ("kind", "content", "names"),
    [
        ("voice", {"media_id": "m"}, "语音"),
        ("image", {"media_id": "m"}, "图片"),
        ("video", {"media_id": "m"}, "视频"),
        ("file", {"media_id": "m"}, "文件"),
        ("link", {"title": "t", "url": "https://example.cn"}, "链接"),
        ("business_card", {"userid": "u"}, "12345"),
        ("miniprogram", {"title": "t"}, "小程序"),
        ("channels_shop_order", {"order_id": "1"}, "12345"),
    ],
)
async def test_what_is_not_text_is_answered_in_words(
    messages: KfMessages, fake: WeComFake, store: Database, kind: str, content: dict[str, Any], names: str
) -> None:
    message = fake.add({"external_userid": CUSTOMER, "origin": 3, "msgtype": kind, kind: content})
    await messages.handle(message)
    await messages.handle(message)
    assert len(said(store)) == 1 and names in said(store)[0]


@pytest.mark.parametrize(
    ("kind", "content", "sent"),
    [
        ("image", {"media_id": "m1"}, {"kind": "image", "media_id": "m1"}),
        ("voice", {"media_id": "m1"}, {"kind": "voice"}),
        ("business_card", {"userid": "u"}, {"kind": "unsupported"}),
    ],
)
async def test_what_is_not_text_is_our_persons_while_one_has_the_conversation(
    messages: KfMessages, fake: WeComFake, store: Database, cipher: Cipher, kind: str, content: Any, sent: Any
) -> None:
    now = SystemClock().now()
    with store.write() as tx:
        handovers.open_handover(tx, Request(CONVERSATION, "wecom-kf", "asked"), now)
    message = fake.add({"external_userid": CUSTOMER, "origin": 3, "msgtype": kind, kind: content})
    await messages.handle(message)
    await messages.handle(message)
    assert said(store) == [], "nothing of the channel's own"
    with store.write() as tx:
        claim = Inbox(cipher).claim(tx, "w", now, timedelta(seconds=20))
    assert claim is not None and claim.message.metadata["sent"] == sent


async def test_a_text_that_is_too_long_is_answered_so(messages: KfMessages, fake: WeComFake, store: Database) -> None:
    await messages.handle(fake.write("长" * 2001))
    assert "过长" in said(store)[0]


async def test_a_burst_after_an_outage_is_kept_whole(messages: KfMessages, fake: WeComFake, store: Database) -> None:
    for number in range(61):
        await messages.handle(fake.write(str(number), age=7200))
    assert len(stored(store)) == 61


async def test_replies_that_were_not_delivered_after_all_count_as_failed(
    messages: KfMessages, gateway: Gateway, fake: WeComFake, store: Database
) -> None:
    accepted = await gateway.answer("wecom-kf", SENDER, [{"text": "一"}, {"text": "二"}], "m0")
    other = await gateway.answer("wecom-kf", SENDER, [{"text": "三"}], "m1")
    table = outbox.outbox
    with store.write() as tx:
        for turn, key in ((accepted.id, "abc"), (other.id, "xyz")):
            values = {"state": outbox.DELIVERED, "platform_id": f"{key}-1"}
            tx.execute(table.update().where(table.c.inbox_id == turn).values(values))
    before = count(metrics.kf_failed, "6")
    await messages.handle(fake.event("msg_send_fail", fail_msgid="abc-0", fail_type=6))
    await messages.handle(fake.event("msg_send_fail", fail_msgid="nobody", fail_type=6))
    with store.read() as tx:
        assert list(tx.execute(select(table.c.state).order_by(table.c.id)).scalars()) == [
            outbox.FAILED, outbox.FAILED, outbox.DELIVERED,
        ]  # fmt: skip
    assert count(metrics.kf_failed, "6") == before + 2


async def test_an_empty_text_is_refused_for_good(messages: KfMessages, fake: WeComFake, store: Database) -> None:
    for content in ({"content": " \x00"}, "x", {}):
        with pytest.raises(Refused) as caught:
            await messages.handle(fake.write("", text=content))
        assert caught.value.status == 400
    assert stored(store) == []


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"msgtype": "event"},
        {"msgtype": "event", "event": "x"},
        {"msgtype": "event", "event": {"event_type": "user_recall_msg", "recall_msgid": "m"}},
        {"msgtype": "text", "origin": 3},
        {"msgtype": 5, "origin": 3, "msgid": "m", "open_kfid": KF, "external_userid": CUSTOMER},
        {"msgtype": "text", "origin": "3", "msgid": 7, "open_kfid": [], "external_userid": None},
    ],
)
async def test_malformed_messages_do_no_harm(messages: KfMessages, message: dict[str, Any]) -> None:
    await messages.handle(message)
