"""One turn, one visible answer, whichever way it goes and however often the platform asks."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from callback_helpers import ACCOUNT, MINI, OPENID, Sent, gateway, until
from channel_helpers import Bodies, FakeWorker, answer, say
from sqlalchemy import func, select, update

from channels import conversations
from channels.rendering import Menu
from channels.wechat import passive
from channels.wechat.account import Account
from foundation.database import Database
from foundation.inbox import Claim, inbox
from foundation.outbox import DELIVERED, outbox

HARVEST = replace(ACCOUNT, reply="harvest", secret=None)
HURRIED = {"DECIDES": 1.4, "HOLDS": 1.8, "HANGS": 2.6, "SOON": 1.0}
"""The platform's five seconds made two, for what does not depend on them."""
OPTIONS = [{"title": title, "id": title, "kind": "situation"} for title in ("首次申领", "换领")]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, seconds in HURRIED.items():
        monkeypatch.setattr(passive, name, seconds)
    monkeypatch.setattr(passive.Hybrid, "deadline", HURRIED["DECIDES"])
    monkeypatch.setattr(passive.Harvest, "deadline", HURRIED["HOLDS"])
    monkeypatch.setattr("channels.passive.AGAIN", 1.8)
    yield


def plain(text: str) -> Bodies:
    return [
        {
            "text": f"答：{text}",
            "custom": {"answer": answer(kind="smalltalk", sources=[], verified_on=None, record=None)},
        }
    ]


def menu(text: str) -> Bodies:
    buttons = [{"title": "首次申领", "payload": "首次申领"}, {"title": "换领", "payload": "换领"}]
    return [{"text": "您是哪一种？", "buttons": buttons, "custom": {"answer": answer(kind="options", options=OPTIONS)}}]


def states(database: Database) -> Counter[str]:
    with database.read() as tx:
        return Counter(tx.execute(select(outbox.c.state)).scalars())


def rows(database: Database) -> int:
    with database.read() as tx:
        return int(tx.execute(select(func.count()).select_from(inbox)).scalar_one())


async def test_c1_a_fast_turn_is_the_answer_itself(store: Database) -> None:
    sent = Sent()
    with FakeWorker(store, plain) as worker:
        async with gateway(store, platform=sent) as wechat:
            given = wechat.reply(await wechat.say("身份证丢了怎么办"))
            assert given is not None and "答：身份证丢了怎么办" in given and given.startswith("【智能助手】")
            await until(lambda: states(store) == {DELIVERED: 1})
            await asyncio.sleep(0.3)
    assert worker.texts == ["身份证丢了怎么办"] and sent.parts == []


async def test_c1_a_menu_goes_by_the_api(store: Database) -> None:
    sent = Sent()
    with FakeWorker(store, menu):
        async with gateway(store, platform=sent) as wechat:
            assert wechat.reply(await wechat.say("身份证")) is None
            await until(lambda: states(store) == {DELIVERED: 1})
    assert [type(part) for _, part in sent.parts] == [Menu]


async def test_c1_what_needs_several_messages_goes_by_the_api(store: Database) -> None:
    sent = Sent()
    with FakeWorker(store, lambda text: [{"text": "一"}, {"text": "图", "image": "https://example.cn/a.png"}]):
        async with gateway(store, platform=sent) as wechat:
            assert wechat.reply(await wechat.say("x")) is None
            await until(lambda: states(store) == {DELIVERED: 2})
    assert len(sent.parts) == 2


async def test_c2_a_slow_turn_hurried(store: Database, hurried: None) -> None:
    sent = Sent()
    with FakeWorker(store, plain, seconds=2.5) as worker:
        async with gateway(store, platform=sent) as wechat:
            assert wechat.reply(await wechat.say("慢")) is None
            await until(lambda: states(store) == {DELIVERED: 1})
    assert worker.texts == ["慢"] and len(sent.texts()) == 1 and "答：慢" in sent.texts()[0]


@pytest.mark.slow
async def test_c2_a_turn_of_six_seconds(store: Database) -> None:
    sent = Sent()
    with FakeWorker(store, plain, seconds=6) as worker:
        async with gateway(store, platform=sent) as wechat:
            began = time.monotonic()
            first = await wechat.push_as_the_platform_does(wechat.fields(Content="慢"))
            assert first is not None and first.body == b"success" and time.monotonic() - began <= 5
            await until(lambda: states(store) == {DELIVERED: 1})
            await asyncio.sleep(0.5)
    assert worker.texts == ["慢"] and len(sent.texts()) == 1
    assert sent.typed == [OPENID]


@pytest.mark.parametrize("mini", [False, True])
async def test_c3_three_posts_at_once(database: Database, mini: bool) -> None:
    sent = Sent("miniprogram" if mini else "wechat")
    with FakeWorker(database, plain, seconds=0.3) as worker:
        async with gateway(database, MINI if mini else ACCOUNT, sent) as wechat:
            fields = wechat.fields(Content="三次")
            answers = await asyncio.gather(*(wechat.push(fields) for _ in range(3)))
            await until(lambda: states(database) == {DELIVERED: 1})
            await asyncio.sleep(0.3)
            again = await wechat.push(fields)
    assert worker.texts == ["三次"]
    shown = [given for given in map(wechat.reply, answers) if given] + sent.texts()
    assert len(shown) == 1 and "答：三次" in shown[0]
    assert wechat.reply(again) is None


async def test_c3_the_same_id_of_two_citizens_is_two_messages(store: Database) -> None:
    with FakeWorker(store, plain) as worker:
        async with gateway(store, platform=Sent()) as wechat:
            for sender in ("oA", "oB"):
                assert wechat.reply(await wechat.push(wechat.fields(Content=sender, sender=sender, MsgId=7)))
    assert worker.texts == ["oA", "oB"]


async def test_a_request_that_hung_up_is_answered_by_the_api(store: Database) -> None:
    sent = Sent()
    with FakeWorker(store, plain, seconds=1):
        async with gateway(store, platform=sent) as wechat:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(wechat.say("x"), 0.3)
            await until(lambda: states(store) == {DELIVERED: 1})
    assert len(sent.texts()) == 1


async def test_a_passive_answer_that_did_not_arrive_is_given_again(store: Database, hurried: None) -> None:
    with FakeWorker(store, plain) as worker:
        async with gateway(store, platform=Sent()) as wechat:
            fields = wechat.fields(Content="x")
            assert wechat.reply(await wechat.push(fields))
            await asyncio.sleep(2)
            assert wechat.reply(await wechat.push(fields))
    assert worker.texts == ["x"]


@pytest.mark.parametrize("account", [ACCOUNT, HARVEST])
async def test_a_callback_that_is_replayed_changes_nothing(store: Database, account: Account) -> None:
    with FakeWorker(store, plain) as worker:
        async with gateway(store, account, platform=None if account is HARVEST else Sent()) as wechat:
            asked, large = wechat.fields(Content="x"), wechat.fields(Content="敬老版")
            for fields in (asked, large, wechat.fields(Content="退出敬老版")):
                assert wechat.reply(await wechat.push(fields))
                await until(lambda: states(store).keys() == {DELIVERED})
            with store.write() as tx:
                earlier = datetime.now(timezone.utc) - timedelta(minutes=5)
                tx.execute(update(inbox).values(received_at=earlier, attempted_at=earlier))
            if account is HARVEST:
                say(store, f"wechat:{OPENID}", "wechat", [{"text": "我是坐席", "by": "person"}])
            before = states(store)
            assert [wechat.reply(await wechat.push(fields)) for fields in (asked, large)] == [None, None]
            assert states(store) == before
            given = wechat.reply(await wechat.say("您好"))
    assert worker.texts == ["x", "您好"]
    assert given is not None and ("我是坐席" in given) == (account is HARVEST)
    with store.read() as tx:
        assert not conversations.elderly(tx, f"wechat:{OPENID}")


async def test_c4_harvest_step_by_step(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ready at the second request; not ready at all: told to come back, and given first the next time."""
    ready = threading.Event()

    class Waiting(FakeWorker):
        def _answer(self, claim: Claim) -> None:
            ready.wait(60)
            super()._answer(claim)

    def patience(seconds: float) -> None:
        for name in ("DECIDES", "HOLDS", "HANGS", "SOON"):
            monkeypatch.setattr(passive, name, seconds)

    with Waiting(store, plain) as worker:
        async with gateway(store, HARVEST) as wechat:
            fields = wechat.fields(Content="七秒")
            patience(0.3)
            assert wechat.reply(await wechat.push(fields)) is None
            patience(60)
            second = asyncio.create_task(wechat.push(fields))
            await asyncio.sleep(0.3)
            ready.set()
            assert "答：七秒" in (wechat.reply(await second) or "")

            ready.clear()
            patience(0.3)
            fields = wechat.fields(Content="二十秒")
            assert [wechat.reply(await wechat.push(fields)) for _ in range(2)] == [None, None]
            assert "回复“更多”" in (wechat.reply(await wechat.push(fields)) or "")
            ready.set()
            await until(lambda: states(store)["pending"] == 1)
            patience(60)
            given = wechat.reply(await wechat.say("好了吗"))
            assert given is not None
            assert given.index("答：二十秒") < given.index("答：好了吗")
            await until(lambda: states(store) == {DELIVERED: 3})
    assert worker.texts == ["七秒", "二十秒", "好了吗"]


@pytest.mark.slow
async def test_c4_harvest_as_it_really_is(store: Database) -> None:
    with FakeWorker(store, plain, seconds=7) as worker:
        async with gateway(store, HARVEST) as wechat:
            began = time.monotonic()
            first = await wechat.push_as_the_platform_does(wechat.fields(Content="七秒"))
            assert first is not None and "答：七秒" in (wechat.reply(first) or "")
            assert 5 < time.monotonic() - began < 10
            worker.seconds = 20
            thinking = await wechat.push_as_the_platform_does(wechat.fields(Content="二十秒"))
            assert thinking is not None and "正在查询" in (wechat.reply(thinking) or "")
            early = await wechat.push_as_the_platform_does(wechat.fields(Content="更多"))
            assert early is not None and "还在查询" in (wechat.reply(early) or "")
            await until(lambda: states(store)["pending"] == 1, 30)
            stored = await wechat.push_as_the_platform_does(wechat.fields(Content="更多"))
            assert stored is not None and "答：二十秒" in (wechat.reply(stored) or "")
            assert wechat.reply(await wechat.say("更多")) is not None
    assert worker.texts == ["七秒", "二十秒"]


async def test_c4_harvest_gives_menus_as_numbers_and_long_answers_page_by_page(store: Database, hurried: None) -> None:
    long = "\n".join(f"第{number}条，{'材料' * 20}。" for number in range(1, 80))
    with FakeWorker(store, lambda text: menu(text) if text == "选" else [{"text": long}]):
        async with gateway(store, HARVEST) as wechat:
            given = wechat.reply(await wechat.say("选"))
            assert given is not None and "1. 首次申领\n2. 换领" in given
            pages = [wechat.reply(await wechat.say("长"))]
            while pages[-1] and "回复“更多”" in pages[-1]:
                pages.append(wechat.reply(await wechat.say("更多")))
            assert len(pages) > 2
            whole = "\n".join(filter(None, pages))
            places = [whole.index(f"第{number}条") for number in range(1, 80)]
            assert places == sorted(places)
            assert "没有更多" in (wechat.reply(await wechat.say("更多")) or "")


async def test_c4_harvest_gives_what_nobody_asked_for_with_the_next_message(store: Database) -> None:
    with FakeWorker(store, plain):
        async with gateway(store, HARVEST) as wechat:
            say(store, f"wechat:{OPENID}", "wechat", [{"text": "我是坐席", "by": "person"}])
            given = wechat.reply(await wechat.say("你好"))
            assert given is not None and given.index("我是坐席") < given.index("答：你好")


async def test_c4_harvest_answers_messages_that_follow_each_other_closely(database: Database) -> None:
    with FakeWorker(database, plain, seconds=0.4):
        async with gateway(database, HARVEST) as wechat:
            posts = []
            for content in ("一", "二", "三"):
                posts.append(asyncio.create_task(wechat.say(content)))
                await asyncio.sleep(0.1)
            given = [wechat.reply(one) or "" for one in await asyncio.gather(*posts)]
    assert [sum(f"答：{content}" in one for one in given) for content in ("一", "二", "三")] == [1, 1, 1]


async def test_c5_events_are_counted_once_by_their_key(database: Database) -> None:
    with FakeWorker(database, plain) as worker:
        async with gateway(database, platform=Sent()) as wechat:
            click = wechat.fields("event", Event="CLICK", EventKey="HALLS")
            answers = [wechat.reply(one) for one in await asyncio.gather(*(wechat.push(click) for _ in range(3)))]
            assert len([one for one in answers if one]) == 1
            for changed in ({"EventKey": "HOURS"}, {"CreateTime": click["CreateTime"] + 1}):
                await wechat.push({**click, **changed})
            follow = wechat.fields("event", Event="subscribe", EventKey="qrscene_7", Ticket="t")
            for fields in (follow, {**follow, "Event": "SCAN", "EventKey": "7"}, follow):
                await wechat.push(fields)
    assert worker.texts == ["办事大厅在哪里？", "今天开门吗？", "办事大厅在哪里？"]
    assert rows(database) == 5


async def test_c6_two_gateways_over_one_database(database: Database) -> None:
    """The platform's requests reach different processes; here two gateways share nothing but the database."""
    sent = Sent()
    with FakeWorker(database, plain, seconds=0.2) as worker:
        async with gateway(database, platform=sent) as one, gateway(database, platform=sent) as two:
            shown: dict[str, list[str]] = {}

            async def ask(number: int) -> None:
                openid = f"o{number}"
                fields = one.fields(Content=f"问{number}", sender=openid)
                answers = await asyncio.gather(*(wechat.push(fields) for wechat in (one, two, one)))
                shown[openid] = [text for text in map(one.reply, answers) if text]

            await asyncio.gather(*map(ask, range(6)))
            await until(lambda: states(database) == {DELIVERED: 6})
            await asyncio.sleep(0.3)
    assert sorted(worker.texts) == [f"问{number}" for number in range(6)]
    for number in range(6):
        texts = shown[f"o{number}"] + sent.texts(f"o{number}")
        assert len(texts) == 1 and f"答：问{number}" in texts[0]


@pytest.mark.parametrize(
    ("citizens", "messages", "spread"),
    [
        (12, 3, 0.0),
        pytest.param(40, 5, 10.0, marks=pytest.mark.slow),
        pytest.param(200, 5, 60.0, marks=pytest.mark.long),
    ],
)
async def test_c8_a_crowd(database: Database, citizens: int, messages: int, spread: float) -> None:
    """Everyone's answers are theirs, each once, in order. They begin within `spread` seconds and write as they read."""
    pick, sent = random.Random(8), Sent()
    took: list[float] = []
    with FakeWorker(database, plain) as worker:
        async with gateway(database, platform=sent) as wechat:
            shown: dict[str, list[str]] = {f"o{number}": [] for number in range(citizens)}

            async def talk(openid: str) -> None:
                for number in range(messages):
                    await asyncio.sleep(pick.uniform(0, 2 * spread / messages))
                    fields = wechat.fields(Content=f"{openid}-{number}", sender=openid)
                    began = time.monotonic()
                    given = wechat.reply(await wechat.push(fields))
                    took.append(time.monotonic() - began)
                    shown[openid] += [given] if given else []

            await asyncio.gather(*map(talk, shown))
            await until(lambda: states(database) == {DELIVERED: citizens * messages}, 60)
    asked = [f"{openid}-{number}" for openid in shown for number in range(messages)]
    assert sorted(worker.texts) == sorted(asked)
    for openid, given in shown.items():
        passively, by_api = lines(given), lines(sent.texts(openid))
        assert sorted(passively + by_api) == [f"答：{openid}-{number}" for number in range(messages)]
        assert passively == sorted(passively) and by_api == sorted(by_api)
    took.sort()
    print(f"{len(took)} answers: median {took[len(took) // 2]:.2f} s, p99 {took[int(len(took) * 0.99) - 1]:.2f} s")


def lines(texts: list[str]) -> list[str]:
    return [line for text in texts for line in text.splitlines() if line.startswith("答：")]
