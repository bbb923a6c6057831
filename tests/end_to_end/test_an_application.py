"""Where an application stands, with the trained assistant and the portal's sandbox, through REST and from the shell."""

from __future__ import annotations

import re
import urllib.request
from datetime import datetime
from json import loads
from typing import Any

import pytest
from city import City, Conversation, Said, free_port
from sqlalchemy import select

from actions.applications.sentences import sentence
from foundation.audit import audit
from foundation.database import metadata

pytestmark = pytest.mark.slow

REVIEW, POSTED, CARD_LIKE = "SLS2026-110412-0087", "SLS2026-110418-0102", "6620261104120093"
COMPANY = "QY2026-111207-0015"
LAST_FOUR = {REVIEW: "123X", POSTED: "123X", CARD_LIKE: "0011"}
UNKNOWN = "SLS2026-999999-0000"
TIME = re.compile(r"[0-9]+\.[0-9]+")
"""Seconds with their fractions hold any six digits now and then."""


def portal(city: City, path: str) -> Any:
    address = f"http://127.0.0.1:{city.environment['ZHENGWU_PORTAL_PORT']}"
    with urllib.request.urlopen(f"{address}{path}", timeout=5) as response:
        return loads(response.read())


def is_form(said: Said) -> bool:
    return (said.kind, said.answer["id"]) == ("form", "status")


def told(said: Said, number: str = REVIEW) -> dict[str, Any]:
    """The application of a status answer."""
    assert said.kind == "status", said
    application: dict[str, Any] = said.answer["application"]
    assert application.keys() == {"number", "state", "state_text", "events", "expected_on"}
    assert number not in said.text and number not in repr(said.answer)
    assert application["number"].startswith(number[:4]) and application["number"].endswith(number[-4:])
    assert application["state_text"] and application["events"]
    assert said.answer["record"] and said.answer["release"] >= 1
    return application


def test_number_and_last_four(conversation: Conversation) -> None:
    assert is_form(conversation.say("查办件进度"))
    assert is_form(conversation.say(f"编号是{REVIEW}"))
    said = conversation.say("123x")
    assert told(said)["state"] == "review" and "居住证申领" in said.text
    price = conversation.say("那要多少钱")
    assert (price.answer["id"], price.answer["aspect"]) == ("residence-permit-apply", "fee")


@pytest.mark.parametrize(
    "turns",
    [
        (f"查一下{REVIEW}办到哪了", "身份证后四位：123叉"),
        (f"我的居住证办到哪了 {REVIEW}，后四位123X",),
        ("查進度", "編號是ｓｌｓ２０２６－１１０４１２－００８７", "１２３Ｘ"),
        (REVIEW, "123X"),
        ("查进度", f"{REVIEW} 123x"),
        ("我的办件", REVIEW, "123X"),
    ],
)
def test_ways_to_say_it(conversation: Conversation, turns: tuple[str, ...]) -> None:
    *before, last = [conversation.say(text) for text in turns]
    assert all(map(is_form, before))
    told(last)


def test_a_number_that_looks_like_a_bank_card(conversation: Conversation) -> None:
    conversation.say("查办件进度")
    conversation.say(CARD_LIKE)
    assert told(conversation.say(LAST_FOUR[CARD_LIKE]), CARD_LIKE)["state"] == "producing"


def test_a_question_in_the_middle(conversation: Conversation) -> None:
    conversation.say(f"查一下{REVIEW}")
    question = conversation.say("补办身份证要多少钱")
    assert (question.kind, question.answer["id"], len(question.messages)) == ("item", "resident-id-replacement", 1)
    assert question.text.endswith(sentence("waiting_proof"))
    follow_up = conversation.say("那要几天")
    assert follow_up.answer["id"] == "resident-id-replacement" and follow_up.text.endswith(sentence("waiting_proof"))
    told(conversation.say("123X"))
    assert sentence("waiting_proof") not in conversation.say("谢谢").text


def test_an_option_in_the_middle(conversation: Conversation) -> None:
    conversation.say(f"查一下{REVIEW}")
    offered = conversation.say("居住证需要什么材料")
    assert offered.kind == "options"
    chosen = conversation.say("1")
    assert chosen.answer["id"] == offered.answer["options"][0]["id"]
    told(conversation.say("123X"))


def test_leaving_and_coming_back(conversation: Conversation) -> None:
    conversation.say(f"查一下{REVIEW}")
    assert conversation.say("算了，不查了").text == sentence("left")
    assert not is_form(conversation.say("123X"))
    assert is_form(conversation.say("查办件进度"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [("转人工", "handover"), ("0", "handover"), ("家里着火了救命", "emergency"), ("再见", "smalltalk")],
)
def test_what_cannot_wait_ends_it(conversation: Conversation, text: str, kind: str) -> None:
    conversation.say(f"查一下{REVIEW}")
    said = conversation.say(text)
    assert said.kind == kind and sentence("waiting_proof") not in said.text
    assert not is_form(conversation.say("123X"))


def test_an_unknown_number_reads_like_a_wrong_proof(city: City) -> None:
    said = []
    for number, proof in ((POSTED, "0000"), (UNKNOWN, "123X")):
        conversation = city.conversation()
        conversation.say(f"查{number}")
        said.append(conversation.say(proof))
    assert is_form(said[0]) and said[0].text == said[1].text
    assert "12345" in said[0].text and "“0”" in said[0].text


def test_three_failures_end_it(conversation: Conversation) -> None:
    conversation.say("查办件进度")
    conversation.say("12345")
    conversation.say("13800138000")
    last = conversation.say("99")
    assert last.kind == "fallback" and "12345" in last.text and "“0”" in last.text
    assert not is_form(conversation.say("谢谢"))


def test_a_business_proves_itself_by_a_code(city: City) -> None:
    conversation = city.conversation()
    conversation.say(f"查{COMPANY}")
    assert "5分钟" in conversation.say("验证码").text
    assert "再发一次" in conversation.say("没收到").text
    [sent] = [one for one in portal(city, "/sandbox/codes") if one["number"] == COMPANY]
    told(conversation.say(f"验证码是{sent['code']}"), COMPANY)


def test_waiting_for_news(conversation: Conversation) -> None:
    assert "查办件进度" in conversation.say("办好了告诉我").text
    conversation.say(f"查{REVIEW}")
    conversation.say("123X")
    assert "居住证申领" in conversation.say("办好了告诉我").text
    assert conversation.say("不用提醒了").text == sentence("reminder_off")


def test_a_guesser_is_stopped(city: City) -> None:
    """Whoever tries too often is told until when; somebody with the right proof then learns nothing of the number."""
    number = "SLS2026-110425-0031"
    for sender in range(2):
        conversation = city.conversation()
        for guess in range(3):
            if guess == 0:
                conversation.say(f"查{number}")
            conversation.say(f"{sender}{guess}99")
    fresh = city.conversation()
    fresh.say(f"查{number}")
    wrong = fresh.say("0000").text
    assert fresh.say("123X").text == wrong
    assert "guessed at" in city.log() and number not in city.log()


def test_from_the_shell(city: City) -> None:
    done = city.zhengwu("ask", "--json", "查办件进度", REVIEW, "123X")
    *_, last = (loads(line) for line in done.stdout.splitlines())
    assert last["answer"]["kind"] == "status" and last["answer"]["application"]["state"] == "review"


def test_from_the_shell_without_any_service(city: City) -> None:
    """`zhengwu ask` brings the sandbox along."""
    before = city.environment["ZHENGWU_PORTAL_PORT"]
    city.environment["ZHENGWU_PORTAL_PORT"] = str(free_port())
    try:
        done = city.zhengwu("ask", "--json", f"查{REVIEW}", "123X")
    finally:
        city.environment["ZHENGWU_PORTAL_PORT"] = before
    assert loads(done.stdout.splitlines()[-1])["answer"]["kind"] == "status"


def test_nothing_that_proves_is_left_anywhere(city: City) -> None:
    """No whole ID card number, phone number or code is in any table, log or file, however it was given."""
    conversation = city.conversation()
    card, phone = "11010119900307987X", "13912345678"
    for text in (f"查{POSTED}", card, phone, f"我的身份证是{card}", f"查{COMPANY}", "验证码", "724816"):
        conversation.say(text)
    conversation.say("验证码是724816")
    codes = [one["code"] for one in portal(city, "/sandbox/codes")]
    assert codes
    secrets = (card, card[:17], phone, "724816", "987X", *codes)
    with city.database.read() as tx:
        for table in metadata.sorted_tables:
            for row in tx.execute(select(table)):
                stored = TIME.sub("", repr([value for value in row if not isinstance(value, datetime)]))
                assert not any(secret in stored for secret in secrets), table.name
        details = [row.detail for row in tx.execute(select(audit)) if row.action == "application.lookup"]
    assert {"channel", "proof", "outcome"} == set(details[0])
    log = TIME.sub("", city.log())
    assert not any(secret in log for secret in secrets)
    for file in city.folder.rglob("*"):
        if file.is_file() and "vectors" not in file.parts:
            content = file.read_bytes()
            assert not any(secret.encode() in content for secret in (card, card[:17], phone)), file.name
