"""A conversation before an agent: what was said and on which source, what is hidden, what colleagues noted."""

from __future__ import annotations

import json
import logging

import pytest
from console_people import Office
from desk_console import Agent, Citizens, later, publish

from console.desk_revealing import LOOKS
from desk import handovers
from foundation import audit, dialogue, erasure
from knowledge_base.model import Faq
from knowledge_base.store import releases

PHONE = "13800138000"


@pytest.fixture
def citizens(desk: Office) -> Citizens:
    return Citizens(desk)


def answered(desk: Office, conversation: str, unit: str, release: int) -> None:
    """The robot has answered from a unit."""
    answer = {"kind": "faq", "id": unit, "title": "照片", "release": release, "record": "K7M2-4Q9D", "sources": []}
    event = dialogue.told("不用带照片。", desk.clock.now(), {})
    with desk.database.write() as tx:
        dialogue.append(tx, conversation, [{**event, "data": {"custom": {"answer": answer}}}])


def test_what_was_said_and_on_what_it_rests(desk: Office, citizens: Citizens) -> None:
    publish(desk)
    answered(desk, "web:a", "photo", 1)
    id = citizens.ask("web:a", "照片自己带吗", region="990101").id
    view = Agent(desk, "wang").view(id)
    assert [(line["who"], line["text"]) for line in view["lines"]] == [
        ("robot", "不用带照片。"),
        ("citizen", "照片自己带吗"),
    ]
    answer = view["lines"][0]["answer"]
    assert (answer["record"], answer["kind_name"], answer["outdated"]) == ("K7M2-4Q9D", "问答", False)
    assert view["head"]["region"] != "990101", "a region has a name"


def test_an_answer_whose_unit_has_changed_since_is_marked(desk: Office, citizens: Citizens) -> None:
    publish(desk)
    answered(desk, "web:a", "photo", 1)
    answered(desk, "web:a", "gone", 1)
    id = citizens.ask("web:a").id
    agent = Agent(desk, "wang")

    def outdated() -> list[bool]:
        return [line["answer"]["outdated"] for line in agent.view(id)["lines"] if line["answer"]]

    assert outdated() == [False, True]
    publish(desk, Faq(id="photo", question="照片自己带吗", answer="要自己带。"))
    assert outdated() == [True, True]
    with desk.database.write() as tx:
        releases.rollback(tx, 1, "operator", desk.clock.now())
    assert outdated() == [False, True], "it says again what it said then"


def test_long_conversations_come_in_pages(desk: Office, citizens: Citizens) -> None:
    with desk.database.write() as tx:
        said = [dialogue.heard(f"第{n}句", "web", desk.clock.now()) for n in range(150)]
        dialogue.append(tx, "web:a", said)
    agent, id = Agent(desk, "wang"), citizens.ask("web:a", "最后").id
    seen = agent.view(id)
    lines = seen["lines"]
    while seen["more"]:
        seen = agent.get(f"/desk/conversations/{id}/older?before={lines[0]['id']}")
        lines = seen["lines"] + lines
    assert [line["text"] for line in lines] == [*(f"第{n}句" for n in range(150)), "最后"]
    for none in ("x", "9" * 30, "²"):
        agent.get(f"/desk/conversations/{id}/older?before={none}", 422)


def test_hidden_data_is_shown_for_a_reason_and_to_whom_it_concerns(
    desk: Office, citizens: Citizens, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    id = citizens.ask("web:a", f"打我电话{PHONE}").id
    agent, other, boss = Agent(desk, "wang"), Agent(desk, "li"), Agent(desk, "boss", "supervisor")
    question = agent.view(id)["head"]["question"]
    assert PHONE not in json.dumps(agent.view(id), ensure_ascii=False) and "⟦phone:" in question
    token = question[question.index("⟦") :]
    agent.at(id, "reveal", 403, token=token, reason="核对电话号码")
    agent.at(id, "take")
    agent.at(id, "reveal", 422, token=token, reason="看")
    agent.at(id, "reveal", 404, token="⟦phone:0000⟧", reason="核对电话号码")
    assert agent.at(id, "reveal", token=token, reason=f"核对{PHONE}是否本人")["value"] == PHONE
    other.at(id, "reveal", 403, token=token, reason="核对电话号码")
    assert boss.at(id, "reveal", token=token, reason="复核投诉")["value"] == PHONE
    with desk.database.read() as tx:
        seen = [one for one in audit.entries(tx) if one.action == "desk.reveal"]
    assert [(one.account, one.subject) for one in seen] == [("boss", f"handover:{id}"), ("wang", f"handover:{id}")]
    assert seen[0].detail == {"kind": "phone", "reason": "复核投诉"}
    assert PHONE not in json.dumps(seen[1].detail) and PHONE not in caplog.text


def looks(desk: Office) -> list[tuple[str, str, object]]:
    """Who looked, what came of it, and why nothing was shown; oldest first."""
    with desk.database.read() as tx:
        found = [one for one in reversed(audit.entries(tx)) if one.action.startswith("desk.reveal")]
    return [(one.account, one.action, one.detail.get("why")) for one in found]


def test_only_what_stands_in_the_conversation_is_shown_and_every_look_in_vain_is_audited(
    desk: Office, citizens: Citizens
) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask("web:a", f"打我电话{PHONE}").id
    agent.at(id, "take")
    with desk.database.write() as tx:  # masked in the same conversation, and shown nowhere
        unseen = citizens.vault.hide(tx, "身份证号990101199001011237", "web:a", desk.clock.now())
    token = unseen[unseen.index("⟦") :]
    assert "刷新" in agent.at(id, "reveal", 404, token=token, reason="核对身份证号")["error"]
    agent.at(id, "reveal", 404, token="⟦", reason="核对电话号码")
    agent.at(id, "reveal", 404, token="打我电话", reason=f"核对{PHONE}")
    agent.at(id, "reveal", 422, token=token, reason="   看  ")
    agent.at(id, "reveal", 422, token=token)
    Agent(desk, "li").at(id, "reveal", 403, token=token, reason="核对电话号码")
    in_vain = "desk.reveal_refused"
    assert looks(desk) == [*[("wang", in_vain, "not_before_you")] * 3, ("li", in_vain, "yours_only")]
    citizens.say("web:a", "身份证号990101199001011237")
    assert agent.at(id, "reveal", token=token, reason="核对身份证号")["value"] == "990101199001011237"
    with desk.database.read() as tx:
        logged = json.dumps([one.detail for one in audit.entries(tx)], ensure_ascii=False)
    assert PHONE not in logged and "9901011990" not in logged and "打我电话" not in logged


def test_who_looks_too_often_is_stopped_for_a_while(desk: Office, citizens: Citizens) -> None:
    agent, boss = Agent(desk, "wang"), Agent(desk, "boss", "supervisor")
    id = citizens.ask("web:a", f"打我电话{PHONE}").id
    agent.at(id, "take")
    question = agent.view(id)["head"]["question"]
    token = question[question.index("⟦") :]
    for n in range(LOOKS.most):
        wanted = {"token": token if n % 2 else "⟦phone:0000⟧", "reason": "核对电话号码"}
        agent.at(id, "reveal", 200 if n % 2 else 404, **wanted)
    assert "稍后" in agent.at(id, "reveal", 429, token=token, reason="核对电话号码")["error"]
    assert looks(desk)[-1] == ("wang", "desk.reveal_refused", "too_many_looks")
    assert boss.at(id, "reveal", token=token, reason="核对电话号码")["value"] == PHONE, "others look as before"
    later(desk, minutes=61)
    agent.browser.seat("wang")
    assert agent.at(id, "reveal", token=token, reason="核对电话号码")["value"] == PHONE


def test_what_proves_who_somebody_is_is_never_shown(desk: Office, citizens: Citizens) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask("web:a", "验证码是482913").id
    agent.at(id, "take")
    question = agent.view(id)["head"]["question"]
    agent.at(id, "reveal", 403, token=question[question.index("⟦") :], reason="核对验证码")


def test_hidden_data_that_has_expired(desk: Office, citizens: Citizens) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask("web:a", PHONE).id
    agent.at(id, "take")
    token = agent.view(id)["head"]["question"]
    later(desk, days=8)
    agent.browser.seat("wang")
    assert "保存期" in agent.at(id, "reveal", 404, token=token, reason="核对电话")["error"]


def test_notes_are_for_colleagues_and_masked(desk: Office, citizens: Citizens) -> None:
    agent, other = Agent(desk, "wang"), Agent(desk, "li")
    id = citizens.ask("web:a").id
    agent.at(id, "note", text=f"电话{PHONE}，下午再联系")
    agent.at(id, "note", 422, text="  ")
    (note,) = other.view(id)["notes"]
    assert note["name"] == "wang同志" and PHONE not in note["text"]
    assert citizens.texts("web:a") == []


def test_a_conversation_that_was_erased(desk: Office, citizens: Citizens) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask("web:a").id
    agent.at(id, "take")
    with desk.database.write() as tx:
        erasure.erase_everything(tx, "web:a")
    assert "要求删除" in agent.get(f"/desk/conversations/{id}", 404)["error"]
    assert "要求删除" in agent.at(id, "say", 404, text="您好", key="k")["error"]
    assert agent.get("/desk/lists")["mine"] == []


@pytest.mark.parametrize("why, words", [("back", "机器人"), ("unsubscribed", "取消关注")])
def test_a_citizen_who_left(desk: Office, citizens: Citizens, why: str, words: str) -> None:
    agent, id = Agent(desk, "wang"), citizens.ask("web:a").id
    agent.at(id, "take")
    with desk.database.write() as tx:
        handovers.withdraw(tx, id, desk.clock.now(), why)
    head = agent.view(id)["head"]
    assert words in head["left_words"] and not head["talks"] and head["owner"]
    agent.at(id, "say", 409, text="您好", key="k")
    agent.at(id, "close", outcome="not_needed", topic="身份证")


def test_earlier_visits(desk: Office, citizens: Citizens) -> None:
    agent = Agent(desk, "wang")
    first = citizens.ask("web:a", "第一次").id
    agent.at(first, "take")
    agent.at(first, "close", outcome="answered", topic="身份证")
    second = citizens.ask("web:a", "第二次").id
    assert [(one["id"], one["topic"]) for one in agent.view(second)["visits"]] == [(first, "身份证")]
    assert [hand["state"] for hand in agent.view(first)["hands"]] == ["排队", "接待", "待办结"]
