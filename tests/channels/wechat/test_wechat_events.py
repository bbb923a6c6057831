"""What each kind of message and event comes to, over real HTTP with a worker that answers without a model."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from datetime import datetime, timezone
from typing import Any

import pytest
import yaml
from callback_helpers import ACCOUNT, MINI, OPENID, Sent, WeChat, gateway, until
from channel_helpers import answer
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from told_worker import Worker, brief, stored

import bot.erasing  # noqa: F401
from channels.rendering import Menu
from channels.wechat.counters import pushed
from channels.wechat.words import MENU, WORDS, button, with_smileys, word
from desk import handovers
from desk.handovers import Request
from foundation.database import Database, metadata
from foundation.dialogue import tracker_events
from foundation.outbox import outbox


def bodies(database: Database) -> list[dict[str, Any]]:
    with database.read() as tx:
        return list(tx.execute(select(outbox.c.body).order_by(outbox.c.id)).scalars())


@pytest.fixture
def worker(store: Database) -> Any:
    with Worker(store, brief) as worker:
        yield worker


@pytest.fixture
async def wechat(store: Database, worker: Worker) -> Any:
    async with gateway(store, platform=Sent()) as wechat:
        yield wechat


async def test_following_brings_a_welcome_that_knows_the_qr_code(
    wechat: WeChat, worker: Worker, store: Database
) -> None:
    given = wechat.reply(await wechat.event("subscribe", EventKey="qrscene_窗口3", Ticket="t"))
    assert given is not None and "12345" in given and "敬老版" in given
    assert wechat.reply(await wechat.event("subscribe", EventKey="", FromUserName="oOther")) is not None
    assert [body.get("custom") for body in bodies(store)] == [{"scene": "窗口3"}, None]
    assert worker.texts == []


async def test_e7_leaving_erases_everything(store: Database, worker: Worker) -> None:
    event = {
        "conversation": f"wechat:{OPENID}",
        "at": 1.0,
        "type": "user",
        "starts_session": False,
        "body": {"text": "x"},
    }
    with store.write() as tx:
        tx.execute(tracker_events.insert(), [event, {**event, "conversation": "wechat:oOther"}])
    async with gateway(store, platform=Sent()) as wechat:
        await wechat.say("身份证号 11010519491231002X")
        await wechat.say("敬老版")
        answer = await wechat.event("unsubscribe")
        assert answer.body == b"success"
    with store.read() as tx:
        for table in metadata.sorted_tables:
            if "conversation" in table.c and table.name != "answer_records":
                left = tx.execute(select(table.c.conversation)).scalars()
                assert f"wechat:{OPENID}" not in set(left), table.name
        assert list(tx.execute(select(tracker_events.c.conversation)).scalars()) == ["wechat:oOther"]


SECONDS_AGO = [0, 15, 600, -600, 7_200, 10_000_000]
"""When a callback was posted, by the platform's clock; ours may be wrong."""


@pytest.mark.parametrize("seconds_ago", SECONDS_AGO)
@pytest.mark.parametrize("account", [ACCOUNT, MINI])
async def test_e7_who_leaves_is_erased_whenever_it_was(
    store: Database, worker: Worker, account: Any, seconds_ago: int
) -> None:
    async with gateway(store, account) as wechat:
        await wechat.say("你好")
        body = wechat.body(wechat.fields("event", Event="unsubscribe", CreateTime=int(time.time()) - seconds_ago))
        assert (await wechat.post(body, wechat.arguments(body, -seconds_ago))).body == b"success"
        assert stored(store) == 0


@pytest.mark.parametrize("seconds_ago", SECONDS_AGO)
@pytest.mark.parametrize("account", [ACCOUNT, MINI])
async def test_e7_who_came_back_is_not_erased_anew(
    store: Database, worker: Worker, account: Any, seconds_ago: int, caplog: pytest.LogCaptureFixture
) -> None:
    """By a callback that somebody kept, word for word. Within an hour it may be that they left again."""
    async with gateway(store, account) as wechat:
        left = wechat.fields("event", Event="unsubscribe", CreateTime=int(time.time()) - seconds_ago)
        kept = wechat.body(left)
        query = wechat.arguments(kept, -seconds_ago)
        assert (await wechat.post(kept, query)).body == b"success"
        await wechat.say("我回来了", CreateTime=1_714_036_010)
        assert stored(store) == 1, "an old message is a message"
        assert (await wechat.post(kept, query)).body == b"success"
        assert stored(store) == (1 if seconds_ago > 3_600 else 0)
        assert ("unsubscribe" in caplog.text) is bool(stored(store)) and OPENID not in caplog.text
        await wechat.event("unsubscribe")
        assert stored(store) == 0, "who leaves again is erased again"


@pytest.mark.parametrize("created", ["", "soon", "-1", "9" * 40, "1714036010"])
async def test_e7_what_counts_is_when_it_was_posted(store: Database, worker: Worker, created: str) -> None:
    async with gateway(store) as wechat:
        for _ in range(2):
            await wechat.say("你好")
            assert (await wechat.event("unsubscribe", CreateTime=created)).body == b"success"
            assert stored(store) == 0


@pytest.mark.slow
def test_e7_the_gateway_of_an_installation_knows_the_trackers(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import channels.server, bot.services, foundation.erasure as e;"
        "channels.server.serve = lambda settings: print(sorted(e._keepers));"
        "bot.services.run_gateway(None, 'gateway')"
    )
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert "tracker_events" in run.stdout and "answer_records" in run.stdout


async def test_menu_buttons_say_what_menu_yml_has(wechat: WeChat, worker: Worker) -> None:
    assert "办事大厅在哪里" in (wechat.reply(await wechat.event("CLICK", EventKey="HALLS")) or "")
    assert worker.metadata[0]["event"] == "click" and worker.metadata[0]["button"] == "HALLS"
    unknown = wechat.reply(await wechat.event("CLICK", EventKey="NO_SUCH", FromUserName="oB"))
    assert unknown is not None and "12345" in unknown
    assert worker.texts == [button("HALLS")]


@pytest.mark.parametrize(
    ("name", "fields"),
    [("VIEW", {"EventKey": "https://example.cn"}), ("LOCATION", {"Latitude": "1", "Longitude": "2", "Precision": "3"}),
     ("scancode_push", {"ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "1"}}),
     ("pic_weixin", {"SendPicsInfo": {"Count": 1, "PicList": {"item": {"PicMd5Sum": "x"}}}}),
     ("location_select", {"SendLocationInfo": {"Location_X": "1", "Location_Y": "2"}}), ("view_miniprogram", {}),
     ("kf_create_session", {"KfAccount": "a@b"}), ("MASSSENDJOBFINISH", {"MsgID": 5, "Status": "send success"}),
     ("debug_demo", {"debug_str": "hello"})],
)  # fmt: skip
async def test_events_to_which_there_is_nothing_to_say(
    wechat: WeChat, worker: Worker, store: Database, name: str, fields: dict[str, Any]
) -> None:
    assert (await wechat.event(name, **fields)).body == b"success"
    assert worker.texts == [] and bodies(store) == []


async def test_scanning(wechat: WeChat, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "想办什么事" in (wechat.reply(await wechat.event("SCAN", EventKey="3", Ticket="t")) or "")
    waits = {"EventKey": "K", "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "1"}}
    assert "12345" in (wechat.reply(await wechat.event("scancode_waitmsg", FromUserName="oB", **waits)) or "")
    monkeypatch.setattr("channels.wechat.events.scene", {"7": "不动产登记在几号窗口？"}.get)
    assert wechat.reply(await wechat.event("SCAN", EventKey="7", FromUserName="oC"))
    assert worker.texts == ["不动产登记在几号窗口？"] and worker.metadata[0]["scene"] == "7"


async def test_what_became_of_notices_is_counted(wechat: WeChat) -> None:
    def count(event: str, status: str) -> float:
        return float(pushed.labels("wechat", event, status)._value.get())

    before = count("templatesendjobfinish", "blocked"), count("subscribe_msg_sent_event", "success")
    await wechat.event("TEMPLATESENDJOBFINISH", MsgID=1988, Status="failed:user block")
    sent = {"List": [{"TemplateId": "t", "ErrorStatus": "success"}, {"TemplateId": "u", "ErrorStatus": "refused"}]}
    await wechat.event("subscribe_msg_sent_event", SubscribeMsgSentEvent=sent)
    assert (count("templatesendjobfinish", "blocked"), count("subscribe_msg_sent_event", "success")) == (
        before[0] + 1, before[1] + 1,
    )  # fmt: skip


async def test_a_place_is_asked_about_with_where_it_is(wechat: WeChat, worker: Worker) -> None:
    place = {"Location_X": "31.298512", "Location_Y": "120.585316", "Scale": "16", "Label": "示例市人民路1号"}
    assert wechat.reply(await wechat.push(wechat.fields("location", **place)))
    assert worker.texts == ["离我最近的办事大厅在哪里？"]
    where = {"latitude": 31.298512, "longitude": 120.585316, "label": "示例市人民路1号"}
    assert worker.metadata[0]["location"] == where
    unclear = wechat.reply(await wechat.push(wechat.fields("location", "oB", Location_X="", Location_Y="x")))
    assert unclear is not None and "哪个区" in unclear


@pytest.mark.parametrize("kind", ["image", "video", "shortvideo", "link", "file", "miniprogrampage", "voice"])
async def test_what_cannot_be_read_is_said_at_once(wechat: WeChat, worker: Worker, kind: str) -> None:
    given = wechat.reply(await wechat.push(wechat.fields(kind, MediaId="m")))
    assert given is not None and "12345" in given and "打" in given and "字" in given
    assert worker.texts == []


async def test_what_the_client_could_not_express(wechat: WeChat, worker: Worker) -> None:
    given = wechat.reply(await wechat.say("【收到不支持的消息类型，暂无法显示】"))
    assert given is not None and "12345" in given and worker.texts == []


SENT: list[tuple[str, dict[str, str], str, dict[str, str]]] = [
    ("image", {"MediaId": "m1"}, "", {"kind": "image", "media_id": "m1"}),
    ("voice", {"MediaId": "m1"}, "", {"kind": "voice"}),
    ("video", {"MediaId": "m1"}, "", {"kind": "video"}),
    ("file", {"Title": "清单.pdf"}, "清单.pdf", {"kind": "file"}),
    ("link", {"Title": "通知", "Url": "https://a.cn/x"}, "通知 https://a.cn/x", {"kind": "link"}),
    ("miniprogrampage", {"Title": "预约"}, "预约", {"kind": "card"}),
    ("location", {"Label": "人民路1号", "Location_X": "x"}, "人民路1号", {"kind": "location"}),
    ("text", {"Content": "【收到不支持的消息类型，暂无法显示】"}, "", {"kind": "unsupported"}),
]


@pytest.mark.parametrize(("kind", "fields", "text", "sent"), SENT)
async def test_what_is_not_text_is_a_persons_while_one_has_the_conversation(
    wechat: WeChat, worker: Worker, store: Database, kind: str, fields: dict[str, str], text: str, sent: dict[str, str]
) -> None:
    request = Request(f"wechat:{OPENID}", "wechat", "asked")
    with store.write() as tx:
        handovers.open_handover(tx, request, datetime.now(timezone.utc))
    assert wechat.reply(await wechat.push(wechat.fields(kind, **fields))) is not None, (
        "the worker's, in the same answer"
    )
    assert wechat.reply(await wechat.push(wechat.fields(kind, "oOther", **fields))) is not None
    assert worker.texts == [text], "of somebody else, whom the robot serves, the channel says what it always did"
    [about] = worker.metadata
    assert about["sent"] == sent
    assert "12345" in about["otherwise"][0]["text"] or kind == "location"


async def test_words_that_were_spoken_and_places_are_told_from_typed_ones(wechat: WeChat, worker: Worker) -> None:
    await wechat.push(wechat.fields("voice", MediaId="m", Recognition="身份证丢了怎么办"))
    await wechat.push(wechat.fields("location", Location_X="31.2", Location_Y="120.5", Label="人民路\x001号"))
    assert [one["sent"] for one in worker.metadata] == [{"kind": "voice"}, {"kind": "location"}]


async def test_voice_with_words(wechat: WeChat, worker: Worker) -> None:
    assert wechat.reply(await wechat.push(wechat.fields("voice", MediaId="m", Recognition="身份证丢了怎么办。")))
    assert worker.texts == ["身份证丢了怎么办。"] and worker.metadata[0]["voice"] is True


@pytest.mark.parametrize(
    ("text", "heard"),
    [("/::)", "[微笑]"), ("谢谢/:8-)/:rose", "谢谢[得意][玫瑰]"), ("/restart", "/restart"), ("/a/b", "/a/b"),
     ("/", "/"),
     ('/inform{"city":"北京"}', '/inform{"city":"北京"}'), ("https://a.cn/:x", "https://a.cn/:x")],
)  # fmt: skip
async def test_e1_smileys_are_named_and_slashes_stay_text(
    wechat: WeChat, worker: Worker, text: str, heard: str
) -> None:
    """The worker escapes what begins with "/" (tests/bot): the inbox holds what was said."""
    assert with_smileys(text) == heard
    await wechat.say(text)
    assert worker.texts == [heard]


async def test_d7_a_click_on_a_menu_says_its_payload_and_a_forged_one_its_text(store: Database) -> None:
    options = [{"title": "甲", "id": "a", "kind": "item"}, {"title": "乙", "id": "b", "kind": "item"}]
    buttons = [{"title": "甲", "payload": "我要办甲"}, {"title": "乙", "payload": "我要办乙"}]
    menu = [{"text": "哪一种？", "buttons": buttons, "custom": {"answer": answer(kind="options", options=options)}}]
    sent = Sent()
    with Worker(store, lambda text: menu if text == "选" else brief(text)) as worker:
        async with gateway(store, platform=sent) as wechat:
            await wechat.say("选")
            await until(lambda: any(isinstance(part, Menu) for _, part in sent.parts))
            shown = next(part for _, part in sent.parts if isinstance(part, Menu))
            await wechat.say("2. 乙", bizmsgmenuid=shown.choices[1].id)
            for forged in ("999999-0", f"{shown.choices[0].id}7", "x", "0", "-1"):
                await wechat.say(f"伪造{forged}", bizmsgmenuid=forged)
            await wechat.say("别人的", sender="oB", bizmsgmenuid=shown.choices[0].id)
            await until(lambda: len(worker.texts) == 8)
    assert worker.texts[:2] == ["选", "我要办乙"]
    assert all(text.startswith(("伪造", "别人的")) for text in worker.texts[2:])


async def test_more_and_large_print(store: Database) -> None:
    long = "\n".join(f"第{number}条，{'材料' * 20}。" for number in range(1, 120))
    sent = Sent()
    with Worker(store, lambda text: [{"text": long}] if text == "长" else brief(text)) as worker:
        async with gateway(store, platform=sent) as wechat:
            await wechat.say("长")
            await until(lambda: "回复“更多”" in "".join(sent.texts()))
            before = len("".join(sent.texts()))
            given = wechat.reply(await wechat.say("更多"))
            await until(lambda: bool(given) or len("".join(sent.texts())) > before)
            assert worker.texts == ["长"]
            assert "敬老版" in (wechat.reply(await wechat.say("敬老版", sender="oB")) or "")
            assert "标准版" in (wechat.reply(await wechat.say("退出敬老版", sender="oC")) or "")
            assert "没有更多" in (wechat.reply(await wechat.say("更多", sender="oD")) or "")
            assert "答：还有吗" in (wechat.reply(await wechat.say("还有吗", sender="oE")) or "")
    assert worker.texts == ["长", "还有吗"]


async def test_a_reposted_more_turns_one_page(store: Database) -> None:
    long = "\n".join(f"第{number}条，{'材料' * 20}。" for number in range(1, 200))
    sent = Sent()
    with Worker(store, lambda text: [{"text": long}]):
        async with gateway(store, platform=sent) as wechat:
            await wechat.say("长")
            await until(lambda: bool(sent.parts))
            await asyncio.sleep(0.5)
            fields = wechat.fields(Content="更多")
            answers = await asyncio.gather(*(wechat.push(fields) for _ in range(3)))
            await until(lambda: any(map(wechat.reply, answers)) or len(sent.parts) > 1)
            await asyncio.sleep(0.5)
            shown = [*filter(None, map(wechat.reply, answers)), *sent.texts()]
            assert len(shown) <= 3 and "第1条" in "".join(shown)
            first = "\n".join(text for text in sent.texts())
            assert first.count("第1条") == 1


async def test_too_much_and_too_fast_is_told_passively(store: Database, worker: Worker) -> None:
    async with gateway(store, rate_limit=2) as wechat:
        assert "2000" in (wechat.reply(await wechat.say("长" * 2001)) or "")
        for _ in range(2):
            await wechat.say("x")
        assert "太快" in (wechat.reply(await wechat.say("x")) or "")
        assert (await wechat.event("VIEW")).body == b"success"


async def test_what_no_answer_can_tell_of_is_told_by_the_api_or_comes_again(store: Database, worker: Worker) -> None:
    sent = Sent("miniprogram")
    async with gateway(store, MINI, sent, rate_limit=30) as mini:
        for _ in range(2):
            assert (await mini.push(mini.fields(Content="长" * 2001, MsgId=7))).body == b"success"
        await until(lambda: len(sent.parts) == 1)
        answers = [await mini.say("x") for _ in range(40)]
        refused = next(answer for answer in answers if answer.status != 200)
        assert (refused.status, refused.body) == (503, b"")
    assert "2000" in sent.texts()[0]


async def test_a_click_that_comes_too_fast_comes_again(store: Database, worker: Worker) -> None:
    async with gateway(store, rate_limit=2) as wechat:
        fields = [wechat.fields("event", Event="CLICK", EventKey="HALLS", CreateTime=1764000000 + n) for n in range(3)]
        assert [(await wechat.push(one)).status for one in fields] == [200, 200, 503]


@pytest.mark.parametrize("account", [ACCOUNT, MINI])
async def test_a_database_that_does_not_answer(store: Database, account: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A citizen is told; where an answer cannot carry it, or somebody is to be erased, the platform asks again."""

    def broken(*_: Any) -> Any:
        raise OperationalError("x", {}, Exception("gone"))

    async with gateway(store, account) as wechat:
        monkeypatch.setattr("channels.storage._within", broken)
        answer = await wechat.say("x")
        if account is ACCOUNT:
            assert "暂时不可用" in (wechat.reply(answer) or "")
        else:
            assert (answer.status, answer.body) == (503, b"")
        assert (await wechat.event("unsubscribe")).status == 503


async def test_a_fault_of_ours_is_no_500(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr("channels.wechat.input.take_in", broken)
    async with gateway(store) as wechat:
        assert "暂时不可用" in (wechat.reply(await wechat.say("x")) or "")


async def test_a_mini_program_greets_once_a_day(store: Database, worker: Worker) -> None:
    sent = Sent("miniprogram")
    async with gateway(store, MINI, sent) as wechat:
        for _ in range(3):
            assert (await wechat.event("user_enter_tempsession", SessionFrom="home")).body == b"success"
        await until(lambda: len(sent.parts) == 1)  # what waits when the next reply comes is sent together with it
        assert (await wechat.say("你好")).body == b"success"
        await until(lambda: len(sent.parts) == 2)
        assert (
            await wechat.push(wechat.fields("miniprogrampage", Title="t", AppId="a", PagePath="p"))
        ).body == b"success"
        await until(lambda: len(sent.parts) == 3)
    assert worker.texts == ["你好"] and "12345" in sent.texts()[0]


def test_sentences_are_polite_and_punctuated_in_chinese() -> None:
    words = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    for name, text in words.items():
        if isinstance(text, str) and name != "picture":
            assert not set(",;!?:") & set(text.replace("{hotline}", "")), name
            assert text.rstrip().endswith(("。", "？")), name
    for name in ("image", "video", "link", "file", "card", "voice", "unsupported", "thinking", "still_working"):
        assert "{hotline}" in words[name]
    assert set(yaml.safe_load(MENU.read_text(encoding="utf-8"))) == {"buttons", "scenes"}
    assert word("picture", url="u") == "图片：u"
