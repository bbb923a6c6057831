"""An agent speaks: stored once, recorded, within what the channel takes; to one, or to many at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from console_people import Office
from desk_console import LAW, UNITS, Agent, Citizens, handover, later, publish
from sqlalchemy import select

from channels import windows
from channels.rendering.replies import said
from channels.rendering.style import Style
from console.desk_speaking import STATEMENT
from desk import handovers, tasks
from desk.handovers import CLOSED
from foundation import dialogue
from knowledge_base import records
from knowledge_base.model import Faq
from knowledge_base.records import Record, answer_records
from knowledge_base.store import drafts, releases

CHANGED = Faq(id="photo", question="拍身份证照片要自己带照片吗", answer="要自己带。", sources=(LAW,))
OTHERS = """公积金提取要几天到账
社保卡丢了去哪里挂失
居住证到期怎么签注
驾照体检在哪做
护照照片有什么要求
孩子转学找谁
低保多少钱一个月
残疾证年审要本人去吗
生育津贴怎么算
养老金什么时候发
营业执照能网上办吗
开小吃店要食品许可吗
房子过户交多少税
个税年度汇算怎么退
户口迁到外省的流程
工伤认定要哪些材料
失业金可以领多久
车牌丢失补办
船舶登记归谁管
林权证在哪里查
水费发票怎么开
燃气报装电话
暖气不热找哪个部门
公租房排到几号了
人才补贴申请条件""".splitlines()


@pytest.fixture
def citizens(desk: Office) -> Citizens:
    return Citizens(desk)


def recorded(desk: Office) -> list[Record]:
    with desk.database.read() as tx:
        rows = tx.execute(select(answer_records).order_by(answer_records.c.at)).mappings()
        return [Record(**row) for row in rows]


def test_every_word_has_a_record_and_only_what_states_something_shows_it(desk: Office, citizens: Citizens) -> None:
    publish(desk)
    agent, id = Agent(desk, "wang"), citizens.ask("wechat:a").id
    agent.at(id, "take")
    faq = {"kind": "faq", "id": "photo"}
    agent.at(id, "say", text="您好，请稍等。", key="k1")
    agent.at(id, "say", text="这件事" + "说来话长" * STATEMENT, key="k2")
    agent.at(id, "say", text="不用带，窗口免费拍照。", key="k3", **{"from": faq})
    agent.at(id, "say", text="不用自己带照片。", key="k4", **{"from": faq})
    talk, statement, official, reworded = citizens.got("wechat:a")[-4:]
    shown = [bool(said(reply, Style()).footers) for reply in (talk, statement, official, reworded)]
    assert shown == [False, True, True, True]
    assert len(recorded(desk)) == 4 and talk.body["custom"]["answer"]["record"] == recorded(desk)[0].number
    assert agent.view(id)["lines"][-4]["answer"]["record"], "the agent has the number of this, too"


def test_an_answer_is_stored_once_under_its_key_and_recorded(desk: Office, citizens: Citizens) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask("web:a").id
    agent.at(id, "take")
    first = agent.at(id, "say", text="请带户口本。", key="k1")
    again = agent.at(id, "say", text="请带户口本。", key="k1")
    assert not first["duplicate"] and again == {**first, "duplicate": True}
    assert citizens.texts("web:a")[1:] == ["请带户口本。"]
    (record,) = recorded(desk)
    assert (record.number, record.said_by, record.text) == (first["record"], "wang", "请带户口本。")
    reply = citizens.got("web:a")[-1].body
    assert (reply["by"], reply["name"], reply["custom"]["answer"]["record"]) == ("person", "wang同志", record.number)
    assert agent.view(id)["lines"][-1]["key"] == "k1"


def test_an_official_answer_goes_with_its_sources(desk: Office, citizens: Citizens) -> None:
    publish(desk)
    agent, id = Agent(desk, "wang"), citizens.ask("web:a", "拍身份证照片要自己带照片吗").id
    agent.at(id, "take")
    found = agent.post("/desk/knowledge", {"text": "拍身份证照片要自己带照片吗"})["found"][0]
    assert (found["kind"], found["id"], found["text"]) == ("faq", "photo", "不用带，窗口免费拍照。")
    unit = {name: found[name] for name in ("kind", "id", "aspect", "title")}
    agent.at(id, "say", text=f"您好！{found['text']}", key="k1", **{"from": unit})
    agent.at(id, "say", text="不用带，这里可以拍。", key="k2", **{"from": unit})
    agent.at(id, "say", text="不客气", key="k3")
    official, reworded, own = recorded(desk)
    assert official.payload["sources"][0]["title"] == "中华人民共和国居民身份证法" and official.release == 1
    assert citizens.got("web:a")[1].body["custom"]["answer"]["id"] == "photo"
    assert (reworded.kind, reworded.unit_id) == ("faq", "photo"), "a recall must reach whoever was told this"
    assert "sources" not in reworded.payload, "but the office's sources do not vouch for other words"
    assert own.unit_id is None and own.kind == "handover"


def found_photo(agent: Agent) -> dict[str, Any]:
    """The unit as the page notes it when its answer is put in."""
    found = agent.post("/desk/knowledge", {"text": "拍身份证照片要自己带照片吗"})["found"][0]
    return {name: found[name] for name in ("kind", "id", "aspect", "title", "release", "text")}


def test_what_was_quoted_before_the_content_changed_is_not_sent_until_it_is_renewed(
    desk: Office, citizens: Citizens
) -> None:
    publish(desk)
    agent, id = Agent(desk, "wang"), citizens.ask("web:a").id
    agent.at(id, "take")
    old = found_photo(agent)
    agent.at(id, "say", text=old["text"], key="k0", **{"from": old})
    publish(desk, CHANGED)
    refused = agent.at(id, "say", 409, text=old["text"], key="k1", **{"from": old})
    assert refused["reason"] == "knowledge.changed" and "更新过" in refused["error"]
    assert agent.at(id, "say", text=old["text"], key="k0", **{"from": old})["duplicate"], "it held when it was sent"
    new = found_photo(agent)
    assert (old["release"], new["release"], new["text"]) == (1, 2, "要自己带。")
    agent.at(id, "say", text=new["text"], key="k1", **{"from": new})
    agent.at(id, "say", text="请带一张照片。", key="k2")
    assert [one.release for one in recorded(desk)] == [1, 2, None] and len(citizens.texts("web:a")) == 4


def test_what_is_no_longer_published_is_not_quoted(desk: Office, citizens: Citizens) -> None:
    publish(desk)
    agent, id = Agent(desk, "wang"), citizens.ask("web:a").id
    agent.at(id, "take")
    old = found_photo(agent)
    with desk.database.write() as tx:
        drafts.delete_draft(tx, CHANGED.key, "operator", desk.clock.now())
        releases.publish(tx, "operator", "", desk.clock.now())
    assert agent.at(id, "say", 409, text=old["text"], key="k1", **{"from": old})["reason"] == "knowledge.removed"
    agent.at(id, "say", text="请问窗口。", key="k1")


def test_an_answer_is_recorded_under_the_release_that_it_was_copied_from(desk: Office, citizens: Citizens) -> None:
    """Where something else has changed since, it is sent, and a recall compares it with what was said then."""
    publish(desk)
    agent, id = Agent(desk, "wang"), citizens.ask("web:a").id
    agent.at(id, "take")
    old = found_photo(agent)
    publish(desk, UNITS[0].copy(update={"name": "居民身份证丢失补办"}))
    agent.at(id, "say", text=old["text"], key="k1", **{"from": old})
    agent.at(id, "say", text="不用带。", key="k2", **{"from": old})
    official, reworded = recorded(desk)
    assert (official.release, official.payload["release"], official.payload["id"]) == (1, 1, "photo")
    assert (reworded.unit_id, reworded.release, set(reworded.payload)) == ("photo", 1, {"record"})


@pytest.mark.parametrize("release", [0, 2, -1, "1", 1.0, True, 2**60])
def test_a_release_that_does_not_exist_is_refused(desk: Office, citizens: Citizens, release: object) -> None:
    publish(desk)
    agent, id = Agent(desk, "wang"), citizens.ask("web:a").id
    agent.at(id, "take")
    unit = {"kind": "faq", "id": "photo", "release": release}
    agent.at(id, "say", 422, text="不用带", key="k1", **{"from": unit})
    data = {"ids": [id], "text": "不用带", "key": "k1", "outcome": "answered", "topic": "照片", "from": unit}
    agent.post("/desk/together", data, 422)
    assert recorded(desk) == []


def test_nobody_of_many_is_sent_what_was_quoted_before_it_changed(desk: Office, citizens: Citizens) -> None:
    publish(desk)
    agent = Agent(desk, "wang")
    first, *others = [citizens.ask(f"web:{n}", "照片要自己带吗").id for n in range(3)]
    old = found_photo(agent)
    data = {"text": old["text"], "key": "g1", "outcome": "answered", "topic": "照片", "from": old}
    assert agent.post("/desk/together", {**data, "ids": [first]})["said"] == [first]
    publish(desk, CHANGED)
    done = agent.post("/desk/together", {**data, "ids": [first, *others]})
    assert done["said"] == [first], "it held when they were answered"
    assert set(done["refused"]) == {str(id) for id in others} and "更新过" in done["refused"][str(others[0])]
    new = found_photo(agent)
    done = agent.post("/desk/together", {**data, "ids": others, "text": new["text"], "from": new})
    assert done["said"] == others
    assert sorted((one.release, one.text) for one in recorded(desk)) == [
        (1, old["text"]),
        (2, new["text"]),
        (2, new["text"]),
    ]


def test_search_says_when_there_is_nothing_yet(desk: Office) -> None:
    agent = Agent(desk, "wang")
    assert "还没有发布" in agent.post("/desk/knowledge", {"text": "身份证"}, 404)["error"]
    publish(desk)
    assert agent.post("/desk/knowledge", {"text": "身份证丢了"})["found"][0]["id"] == "id-card"
    assert agent.post("/desk/knowledge/aspect", {"kind": "item", "id": "unknown", "aspect": "fee"})["found"] is None


@pytest.mark.parametrize("channel, limit", [("web", 2000), ("wechat", 600)])
def test_what_is_longer_than_the_channel_takes_is_refused_with_the_number(
    desk: Office, citizens: Citizens, channel: str, limit: int
) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask(f"{channel}:a").id
    agent.at(id, "take")
    assert agent.view(id)["head"]["limit"] == limit
    error = agent.at(id, "say", 422, text="长" * (limit + 1), key="k1")["error"]
    assert str(limit) in error and str(limit + 1) in error
    agent.at(id, "say", text="长" * limit, key="k1")


def test_a_window_that_has_run_out_is_told_and_becomes_a_task(desk: Office, citizens: Citizens) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask("wechat:a", "电话13800138000").id
    now = desk.clock.now()
    with desk.database.write() as tx:
        windows.open_window(tx, "wechat:a", "message", now)
    agent.at(id, "take")
    agent.at(id, "say", text="您好", key="k0")
    later(desk, hours=49)
    agent.browser.seat("wang")
    refused = agent.at(id, "say", 409, text="请带户口本", key="k1")
    assert refused["reason"] == "window" and "电话待办" in refused["error"]
    assert agent.at(id, "say", text="您好", key="k0")["duplicate"], "what was stored before is known"
    assert agent.at(id, "by-phone", text="请带户口本", key="p1")["kind_name"] == "订阅通知"
    agent.at(id, "by-phone", text="请带户口本", key="p1")
    with desk.database.write() as tx:
        token = Citizens(desk).vault.hide(tx, "13800138000", "wechat:a", desk.clock.now())
        handovers.leave_contact(tx, id, token, desk.clock.now())
    assert agent.at(id, "by-phone", text="请带户口本", key="p2")["kind_name"] == "电话答复"
    with desk.database.read() as tx:
        found = tasks.listing(tx)
    assert [(one.kind, one.detail["text"]) for one in found] == [
        ("subscription", "请带户口本"),
        ("phone", "请带户口本"),
    ]
    assert found[1].contact == token


def test_what_is_on_its_way_counts(desk: Office, citizens: Citizens) -> None:
    """Nobody sends a sixth message while the fifth is being sent: it would not arrive."""
    agent, id = Agent(desk, "wang"), citizens.ask("wechat:a").id
    with desk.database.write() as tx:
        windows.open_window(tx, "wechat:a", "message", desk.clock.now())
    agent.at(id, "take")  # of which the citizen is told
    for left in (3, 2, 1, 0):
        agent.at(id, "say", text="您好", key=f"k{left}")
        window = agent.view(id)["head"]["window"]
        assert (window["left"], window["shut"]) == (left, left == 0)
    assert "条数已用完" in agent.at(id, "say", 409, text="还有一句", key="k")["error"]
    assert len(citizens.got("wechat:a")) == 5


def test_only_who_has_it_speaks(desk: Office, citizens: Citizens) -> None:
    agent, other = Agent(desk, "wang"), Agent(desk, "li")
    id = citizens.ask("web:a").id
    agent.at(id, "say", 409, text="您好", key="k")
    agent.at(id, "take")
    assert "wang同志" in other.at(id, "say", 409, text="您好", key="k2")["error"]
    assert recorded(desk) == []


@pytest.mark.parametrize(
    "data",
    [{}, {"text": 3, "key": "k"}, {"text": "您好"}, {"text": "a\x00b", "key": "k"}, {"text": "x", "key": "k" * 90}],
)
def test_malformed_posts_are_refused_in_words(desk: Office, citizens: Citizens, data: dict[str, object]) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask("web:a").id
    agent.at(id, "take")
    assert "刷新页面" in agent.at(id, "say", 422, **data)["error"]
    agent.at(id, "say", 422, text="  ", key="k")


def test_many_who_ask_the_same_are_answered_at_once(desk: Office, citizens: Citizens) -> None:
    publish(desk)
    agent = Agent(desk, "wang")
    same = [citizens.ask(f"web:{n}", "新生儿上户口要带什么材料").id for n in range(4)]
    citizens.ask("web:other", "公积金怎么提取")
    (group,) = agent.get("/desk/alike")["groups"]
    assert [row["id"] for row in group["rows"]] == same
    Agent(desk, "li").at(same[3], "take")
    unit = {"kind": "faq", "id": "photo", "aspect": None}
    data = {"ids": same, "text": UNITS[1].answer, "key": "g1", "outcome": "answered", "topic": "出生登记", "from": unit}  # type: ignore[attr-defined]
    done = agent.post("/desk/together", data)
    assert done["said"] == same[:3] and "li同志" in done["refused"][str(same[3])]
    again = agent.post("/desk/together", data)
    assert again["said"] == same[:3]
    told = recorded(desk)
    assert len(told) == 3 and len({one.number for one in told}) == 3 and all(one.unit_id == "photo" for one in told)
    for n in range(3):
        assert handover(desk, same[n]).state == CLOSED
        texts = citizens.texts(f"web:{n}")
        assert texts[0] == UNITS[1].answer and "满意" in texts[1] and len(texts) == 2  # type: ignore[attr-defined]
    with desk.database.read() as tx:
        assert records.told(tx, UNITS[1].key, desk.clock.now() - timedelta(hours=1))


def test_forty_waiting_of_whom_fifteen_ask_alike_are_done_in_twenty_six_posts(desk: Office, citizens: Citizens) -> None:
    agent = Agent(desk, "wang")
    others = {f"web:other{n}": question for n, question in enumerate(OTHERS)}
    for n in range(15):
        citizens.ask(f"web:same{n}", f"{'请问' * (n % 2)}新生儿上户口要带什么材料{'？' * (n % 3)}")
    for conversation, question in others.items():
        citizens.ask(conversation, question)
    (group,) = agent.get("/desk/alike")["groups"]
    agent.posts = 0
    answer = {"text": "请带户口本。", "outcome": "answered"}
    agent.post("/desk/together", {**answer, "ids": [row["id"] for row in group["rows"]], "key": "g", "topic": "出生"})
    while waiting := agent.get("/desk/lists")["waiting"]:
        id = waiting[0]["id"]
        agent.post("/desk/together", {**answer, "ids": [id], "key": f"k{id}", "topic": waiting[0]["question"]})
    assert agent.posts <= 26
    assert len(recorded(desk)) == 40
    assert all("请带户口本。" in citizens.texts(conversation) for conversation in others)


def test_an_agents_word_is_part_of_what_the_robot_remembers(desk: Office, citizens: Citizens) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask("web:a").id
    agent.at(id, "take")
    agent.at(id, "say", text="请带户口本。", key="k1")
    agent.at(id, "close", outcome="answered", topic="身份证")
    with desk.database.read() as tx:
        said = dialogue.transcript(tx, "web:a")
        types = [
            row.type for row in tx.execute(dialogue.tracker_events.select().order_by(dialogue.tracker_events.c.id))
        ]
    assert ("person", "请带户口本。") in [(line.who, line.text) for line in said]
    assert types == ["user", "pause", "bot", "bot", "resume", "slot", "bot"]
