"""What has become of a case: to whom it is told, by what proof, and what guessing gets."""

from __future__ import annotations

from datetime import timedelta

import pytest
from complaint_talk import CONVERSATION, Talk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_applications import MONDAY, on
from sqlalchemy import select

from actions.applications.look_up import Person
from actions.complaints.sentences import sentence
from actions.complaints.status_dialogue import StatusDialogue, Step
from actions.complaints.status_state import Asked
from actions.surroundings import Surroundings
from desk import cases
from desk.case_confidence import CONFIDENTIAL
from desk.case_handling import ANSWERED, IN_HAND, NOT_OURS, By, move, reply, transfer
from desk.cases import Case
from foundation.attempts import Limit, attempts
from foundation.audit import audit
from foundation.clock import FixedClock
from foundation.vault import vault
from knowledge_base.answering.answer import Answer

PHONE, LAST_FOUR, MAIL = "13912345678", "5678", "li@163.com"
LIN = By("lin", "林工", forward=False, hotline="12345")
ELSEWHERE = "wechat:elsewhere"


class Asking:
    """A conversation with the form about filed cases."""

    def __init__(self, here: Surroundings, conversation: str = ELSEWHERE) -> None:
        self.here, self.who = here, Person(conversation, conversation.partition(":")[0])
        self.asked, self.over = Asked(), True
        self.step: Step | None = None

    async def say(self, text: str) -> Answer:
        with self.here.database.write() as tx:
            masked = self.here.secrets.hide(tx, text, self.who.conversation, self.here.clock.now())
        dialogue = StatusDialogue(self.here, self.who, on(MONDAY))
        step = await (dialogue.begin(masked) if self.over else dialogue.go_on(self.asked, masked))
        self.step, self.over = step, step.over
        self.asked = Asked.of_slots(step.asked.to_slots())
        assert self.asked == step.asked and (not step.over or step.asked == Asked())
        return step.answer or dialogue.question(self.asked)


async def file(here: Surroundings, *texts: str, phone: str = PHONE, conversation: str = CONVERSATION) -> Case:
    talk = Talk(here, conversation)
    await talk.tell(*(texts or ("我要投诉", "物业乱收费", "东湖小区", "昨天")), phone, "确认提交")
    return talk.filed[0]


def handle(here: Surroundings, case: Case, text: str, state: str) -> None:
    with here.database.write() as tx:
        reply(tx, cases.read(tx, case.number), text, state, LIN, here.clock.now(), f"k{state}", "K7M2-4Q9D")


async def test_of_ones_own_it_is_told_without_a_number(here: Surroundings) -> None:
    case = await file(here)
    asking = Asking(here, CONVERSATION)
    told = await asking.say("我的投诉办到哪了")
    assert told.kind == "status" and asking.over
    assert case.number in told.text and "已登记" in told.text and "以受理部门答复为准" in told.text
    facts = told.extra["application"]
    assert (facts["state"], facts["state_text"], facts["expected_on"]) == ("registered", "已登记", None)
    assert case.number not in repr(told.payload()) and [one["text"] for one in facts["events"]] == ["已登记"]


async def test_each_state_in_words(here: Surroundings) -> None:
    case, asking = await file(here), Asking(here, CONVERSATION)
    with here.database.write() as tx:
        changed = transfer(tx, case, "城市管理", LIN, here.clock.now())
    told = await asking.say("我的投诉办到哪了")
    assert "已转办" in told.text and "城市管理" in told.text
    with here.database.write() as tx:
        move(tx, changed, IN_HAND, LIN, here.clock.now())
    assert "城市管理正在办理" in (await asking.say("我的投诉办到哪了")).text
    handle(here, case, "物业已经退钱", ANSWERED)
    told = await asking.say("我的投诉办到哪了")
    assert "物业已经退钱" in told.text and "想撤回" not in told.text
    states = [one["text"] for one in told.extra["application"]["events"]]
    assert states == ["已登记", "已转办", "办理中", "已答复"]


async def test_not_ours(here: Surroundings) -> None:
    case = await file(here)
    handle(here, case, "请找法院", NOT_OURS)
    assert "请找法院" in (await Asking(here, CONVERSATION).say(case.number)).text


async def test_several_of_ones_own(here: Surroundings) -> None:
    first = await file(here)
    second = await file(here, "我要建议", "多开几个窗口", phone="跳过")
    asking = Asking(here, CONVERSATION)
    offered = await asking.say("查一下我提的诉求")
    assert offered.kind == "form" and asking.step is not None and len(asking.step.choices) == 2
    assert first.number in (await asking.say("2")).text
    await asking.say("查一下我提的诉求")
    assert second.number in (await asking.say(asking.step.choices[0])).text
    assert second.number in (await asking.say("我的建议有答复吗")).text


async def test_elsewhere_by_number_and_the_last_four(here: Surroundings) -> None:
    case = await file(here)
    handle(here, case, "物业已经退钱", ANSWERED)
    asking = Asking(here)
    assert (await asking.say("我的投诉办到哪了")).text == sentence("state.ask_number", hotline="12345")
    assert (await asking.say(f"编号{case.number.lower()}")).text == sentence("state.ask_proof", hotline="12345")
    told = await asking.say(LAST_FOUR)
    assert told.kind == "status" and "已答复" in told.text
    assert "物业已经退钱" not in told.text  # the reply itself is for the conversation that filed it
    with here.database.read() as tx:
        assert list(tx.execute(select(vault.c.kind)).scalars()) == ["phone"]  # the proof is forgotten


@pytest.mark.parametrize("proof", [PHONE, f"尾号{LAST_FOUR}", "五六七八"])
async def test_ways_to_prove_it(here: Surroundings, proof: str) -> None:
    case, asking = await file(here), Asking(here)
    await asking.say(case.number)
    assert (await asking.say(proof)).kind == "status"


async def test_a_mail_address_opens_as_a_whole(here: Surroundings) -> None:
    case, asking = await file(here, phone=MAIL), Asking(here)
    assert "邮箱" in (await asking.say(case.number)).text
    assert (await asking.say("我的邮箱是LI@163.com")).kind == "status"


@pytest.mark.parametrize("guess", ["a@b.com", "xli@163.com", "li@163.co", "0163", PHONE])
async def test_a_part_of_a_mail_address_opens_nothing_and_is_an_attempt(here: Surroundings, guess: str) -> None:
    case, asking = await file(here, phone=MAIL), Asking(here)
    await asking.say(case.number)
    assert (await asking.say(guess)).text == sentence("state.not_found", hotline="12345")
    with here.database.read() as tx:
        assert set(tx.execute(select(attempts.c.failures)).scalars()) == {1}


async def test_guessing_at_a_mail_address_is_stopped(here: Surroundings) -> None:
    case = await file(here, phone=MAIL)
    for guesser in range(5):
        asking = Asking(here, f"{ELSEWHERE}{guesser}")
        await asking.say(case.number)
        await asking.say(f"li{guesser}@163.com")
    late = Asking(here, "web:late")
    await late.say(case.number)
    assert (await late.say(MAIL)).text == sentence("state.not_found", hotline="12345")


@pytest.mark.parametrize(
    ("contact", "proof", "opens"),
    [
        ("0571-12345678转123", "0571-12345678转123", True),
        ("0571-12345678-123", "0571-87654321-123", False),  # the same extension, and nothing else
        (PHONE, "a5678@b.com", False),
        (PHONE, "567X", False),
    ],
)
async def test_four_digits_and_nothing_else_are_compared(
    here: Surroundings, contact: str, proof: str, opens: bool
) -> None:
    case, asking = await file(here, phone=contact), Asking(here)
    await asking.say(case.number)
    assert ((await asking.say(proof)).kind == "status") is opens


async def test_unknown_numbers_and_wrong_proofs_read_the_same(here: Surroundings) -> None:
    case = await file(here)
    without = await file(here, "我要建议", "多开几个窗口", phone="跳过")
    said = []
    for place, (number, proof) in enumerate(
        [(case.number, "0000"), ("SQ-2222-2222-" + check("22222222"), LAST_FOUR), (without.number, LAST_FOUR)]
    ):
        asking = Asking(here, f"{ELSEWHERE}{place}")
        await asking.say(number)
        said.append((await asking.say(proof)).text)
    assert set(said) == {sentence("state.not_found", hotline="12345")}


def check(body: str) -> str:
    return f"{98 - int(body) * 100 % 97:02}"


async def test_a_mistyped_number_is_told_apart(here: Surroundings) -> None:
    asking = Asking(here)
    await asking.say("我的投诉办到哪了")
    assert (await asking.say("SQ-4827-1935-60")).text == sentence("state.again_number")


async def test_a_guesser_is_stopped_and_the_right_proof_then_learns_nothing(here: Surroundings) -> None:
    case = await file(here)
    for guesser in range(2):
        asking = Asking(here, f"{ELSEWHERE}{guesser}")
        for guess in range(3):
            if asking.over:
                await asking.say(case.number)
            await asking.say(f"{guesser}{guess}99")
    late = Asking(here, "web:late")
    await late.say(case.number)
    assert (await late.say(LAST_FOUR)).text == sentence("state.not_found", hotline="12345")
    assert (await Asking(here, CONVERSATION).say(case.number)).kind == "status"  # whoever filed it needs no proof
    with here.database.read() as tx:
        rows = tx.execute(select(audit)).all()
    assert {row.action for row in rows} == {"case.lookup", "case.locked"}
    assert case.number not in repr(rows) and LAST_FOUR not in repr([row.detail for row in rows])


async def test_a_person_who_tries_too_often_is_told_until_when(here: Surroundings) -> None:
    told: list[Answer] = []
    asking = Asking(here)
    for body in range(22222222, 22222222 + 8):
        await asking.say(f"SQ{body}{check(str(body))}")
        told.append(await asking.say("1234"))
        if told[-1].kind == "fallback" and "试的次数太多" in told[-1].text:
            break
    assert "试的次数太多" in told[-1].text and asking.over and len(told) <= 8


async def test_while_the_office_has_had_too_many_wrong_ones_nobody_elses_is_told(
    here: Surroundings, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    case = await file(here)
    monkeypatch.setattr("actions.applications.attempts.PER_OFFICE", Limit(3, timedelta(hours=1)))
    for guesser in range(4):
        asking = Asking(here, f"{ELSEWHERE}{guesser}")
        body = str(22222222 + guesser)
        await asking.say(f"SQ{body}{check(body)}")
        told = await asking.say("1234")
    asking = Asking(here)
    await asking.say(case.number)
    late = await asking.say(LAST_FOUR)
    assert told.text == late.text and late.kind == "fallback" and asking.over
    assert "大家" in late.text and "11:00" in late.text and "当时提的那个账号" in late.text
    assert (await Asking(here, CONVERSATION).say(case.number)).kind == "status"
    with here.database.read() as tx:
        assert list(tx.execute(select(audit.c.action)).scalars()).count("last_four.closed") == 1
    assert len([one for one in caplog.records if "wrong" in one.getMessage()]) == 1
    clock.advance(hours=1)
    await asking.say(case.number)
    assert (await asking.say(LAST_FOUR)).kind == "status"


async def test_of_a_report_nothing_is_recorded(here: Surroundings) -> None:
    case = await file(here, "我要举报", "村支书收钱", "张家村", "去年")
    own = await Asking(here, CONVERSATION).say("我的举报办到哪了")
    asking = Asking(here)
    await asking.say(case.number)
    elsewhere = await asking.say(LAST_FOUR)
    assert own.extra[CONFIDENTIAL] is True and elsewhere.extra[CONFIDENTIAL] is True


async def test_leaving_and_failing(here: Surroundings) -> None:
    asking = Asking(here)
    await asking.say("我的投诉办到哪了")
    assert (await asking.say("算了")).text == sentence("state.left") and asking.over
    await asking.say("我的投诉办到哪了")
    last = [await asking.say("12345") for _ in range(3)][-1]
    assert last.kind == "fallback" and "12345" in last.text and asking.over


TEXTS = st.one_of(
    st.sampled_from(
        ["我的投诉办到哪了", "算了", "1", "5", "1234", PHONE, "SQ-4827-1935-55", "SQ-4827-1935-60", "？", "x" * 500]
    ),
    st.text(max_size=60),
)


@given(texts=st.lists(TEXTS, max_size=8))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_text_at_any_step(here: Surroundings, texts: list[str]) -> None:
    asking = Asking(here)
    for text in texts:
        said = await asking.say(text.replace("\x00", ""))
        assert said.text.strip() and said.kind in ("form", "fallback", "smalltalk")
