"""The conversation about an application, message by message, without Rasa and without a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import pytest
from guarded_portal import CODE, COMPANY, LAST_FOUR, NUMBER, OTHER, PERSON, GuardedPortal, around
from sample_applications import MONDAY, city, on
from sqlalchemy import insert, select

from actions.applications.attempts import OFFICE, PER_OFFICE
from actions.applications.dialogue import Dialogue, Step
from actions.applications.hearing import hear
from actions.applications.sentences import sentence
from actions.applications.state import State, question
from actions.portal.absent import NoPortal
from actions.portal.application import State as Stage
from actions.portal.errors import Busy, Malformed, Misconfigured, Paused, TimedOut, TooManyAttempts, Unavailable
from actions.surroundings import Surroundings, use
from actions.tables import reminders
from foundation import sign_ins
from foundation.attempts import attempts
from foundation.cipher import Cipher
from foundation.clock import FixedClock
from foundation.database import Database
from foundation.settings import Settings
from foundation.vault import vault
from knowledge_base.answering.answer import Answer

ID = "11010119900307123X"


class Talk:
    """One conversation: what is said goes through the vault, as the gateway has it."""

    def __init__(self, here: Surroundings, portal: GuardedPortal) -> None:
        self.here, self.portal = here, portal
        self.state = State()
        self.over = True
        self.texts: list[str] = []

    async def say(self, text: str, asked_for: Literal["status", "mine"] = "status") -> Answer:
        here, who = self.here, PERSON
        with here.database.write() as tx:
            masked = here.secrets.hide(tx, text, who.conversation, here.clock.now())
        self.texts.append(masked)
        dialogue = Dialogue(here, who, city(), on(MONDAY))
        if self.over:
            step = await dialogue.begin(hear(masked), asked_for)
        else:
            titles = self.state.choices.titles if self.state.choices else ()
            step = await dialogue.go_on(self.state, hear(masked, self.state.number, titles))
        return self.after(step)

    def after(self, step: Step) -> Answer:
        self.state, self.over = State.of_slots(step.state.to_slots()), step.over
        if step.over:
            assert step.state == State() and step.answer is not None
        return step.answer or Answer("form", question(self.state, self.portal), id="status")

    def vault(self) -> list[str]:
        """The kinds of what the vault holds."""
        with self.here.database.read() as tx:
            return sorted(tx.execute(select(vault.c.kind)).scalars())


@pytest.fixture
def portal() -> GuardedPortal:
    return GuardedPortal()


@pytest.fixture
def here(portal: GuardedPortal, database: Database, clock: FixedClock, settings: Settings) -> Iterator[Surroundings]:
    given = around(portal, database, clock, settings)
    yield given
    use(None)
    given.executor.close()


@pytest.fixture
def talk(here: Surroundings, portal: GuardedPortal) -> Talk:
    return Talk(here, portal)


def is_form(answer: Answer, name: str) -> bool:
    """Whether a form's answer is this sentence, up to what is filled in."""
    return (answer.kind, answer.id) == ("form", "status") and answer.text.startswith(sentence_start(name))


def sentence_start(name: str) -> str:
    import yaml

    from actions.applications.sentences import FILE

    found = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for part in name.split("."):
        found = found[part]
    return str(found).partition("{")[0]


def told(answer: Answer, number: str = NUMBER) -> None:
    assert answer.kind == "status" and answer.extra["application"]["state"] == Stage.REVIEW.value
    assert number not in answer.text and number[-4:] in answer.extra["application"]["number"]


async def test_number_then_proof(talk: Talk) -> None:
    assert is_form(await talk.say("查办件进度"), "ask_number")
    assert is_form(await talk.say(f"编号是{NUMBER.lower()}"), "ask_proof")
    told(await talk.say("123叉"))
    assert talk.over and talk.vault() == []
    assert not any("123" in text for text in talk.texts)


@pytest.mark.parametrize(
    "text",
    [f"查一下{NUMBER}，身份证后四位{LAST_FOUR}", f"{NUMBER} {LAST_FOUR}", f"查{NUMBER}，身份证{ID}"],
)
async def test_all_in_one_message(talk: Talk, text: str) -> None:
    told(await talk.say(text))
    assert talk.vault() == []


async def test_a_whole_id_card_number_is_cut_down_and_deleted(talk: Talk) -> None:
    await talk.say(f"查{NUMBER}")
    assert talk.vault() == []
    told(await talk.say(ID))
    assert talk.vault() == [] and ID not in "".join(talk.texts)


async def test_the_proof_first(talk: Talk) -> None:
    await talk.say("查办件进度")
    assert is_form(await talk.say("身份证后四位123X"), "ask_number")
    assert talk.vault() == ["tail"]
    told(await talk.say(NUMBER))
    assert talk.vault() == []


async def test_a_proof_that_waited_too_long_is_asked_for_again(talk: Talk, clock: FixedClock) -> None:
    await talk.say("查办件进度")
    await talk.say("后四位123X")
    clock.advance(minutes=11)
    assert is_form(await talk.say(NUMBER), "ask_again_proof")
    told(await talk.say(LAST_FOUR))


async def test_a_wrong_proof_and_an_unknown_number_read_the_same(here: Surroundings, portal: GuardedPortal) -> None:
    answers = []
    for number, proof in ((NUMBER, "0000"), ("SLS2026-999999-0000", LAST_FOUR)):
        talk = Talk(here, portal)
        await talk.say(f"查{number}")
        answers.append(await talk.say(proof))
    assert answers[0] == answers[1] and is_form(answers[0], "trouble.with_last_four")


async def test_another_number_or_another_proof_after_a_failure(talk: Talk) -> None:
    await talk.say("查SLS2026-999999-0000")
    await talk.say(LAST_FOUR)
    assert is_form(await talk.say(OTHER), "ask_proof")
    told(await talk.say(LAST_FOUR), OTHER)


async def test_three_failures_end_it_and_offer_a_person(talk: Talk) -> None:
    await talk.say(f"查{NUMBER}")
    assert is_form(await talk.say("0000"), "trouble.with_last_four")
    assert is_form(await talk.say("13800138000"), "ask_again_proof")
    last = await talk.say("0001")
    assert (last.kind, talk.over) == ("fallback", True) and "“0”" in last.text and "12345" in last.text


async def test_what_is_no_number(talk: Talk) -> None:
    await talk.say("查办件进度")
    for text in ("12345", "13800138000"):
        assert is_form(await talk.say(text), "ask_again_number")
    assert (await talk.say("91330100MA2ABCDE1X")).kind == "fallback"
    assert talk.portal.asked == []


async def test_digits_in_the_first_message_are_no_failure(talk: Talk) -> None:
    assert is_form(await talk.say("查2026年11月的进度"), "ask_number")
    assert talk.state.failures == 0


async def test_a_number_that_looks_like_a_bank_card(talk: Talk, portal: GuardedPortal) -> None:
    await talk.say("查办件进度")
    assert is_form(await talk.say("6620261104120093"), "ask_proof")
    assert talk.vault() == ["card"] and "6620261104120093" not in "".join(talk.texts)
    assert is_form(await talk.say("0000"), "trouble.with_last_four")
    assert portal.asked == ["application"]


async def test_leaving(talk: Talk) -> None:
    await talk.say(f"查{NUMBER}")
    left = await talk.say("算了，不查了")
    assert (left.kind, left.text, talk.over) == ("smalltalk", sentence("left"), True)


async def test_a_code_for_a_business(talk: Talk, clock: FixedClock) -> None:
    await talk.say(f"查{COMPANY}")
    sent = await talk.say("验证码")
    assert is_form(sent, "code_sent") and "5分钟" in sent.text and "60秒" in sent.text
    waits = await talk.say("没收到")
    assert is_form(waits, "resend_wait") and "60秒" in waits.text
    clock.advance(seconds=61)
    assert is_form(await talk.say("再发一次"), "code_sent")
    assert is_form(await talk.say("111111"), "trouble.with_code")
    told(await talk.say(f"验证码是{CODE}"), COMPANY)
    assert talk.portal.asked == ["send_code", "send_code", "application", "application"]
    assert talk.vault() == [] and CODE not in "".join(talk.texts)


async def test_a_code_asked_for_before_the_number(talk: Talk) -> None:
    await talk.say("查办件进度")
    assert is_form(await talk.say("验证码"), "ask_number")
    assert is_form(await talk.say(COMPANY), "code_sent")
    told(await talk.say(CODE), COMPANY)


async def test_an_expired_code(talk: Talk, portal: GuardedPortal) -> None:
    await talk.say(f"查{COMPANY}")
    await talk.say("验证码")
    portal.used.add(f"for {COMPANY}")
    assert is_form(await talk.say(CODE), "trouble.code_expired")
    portal.used.clear()
    assert is_form(await talk.say("再发一次"), "code_sent")


async def test_a_code_that_was_not_asked_for(talk: Talk) -> None:
    await talk.say(f"查{NUMBER}")
    assert is_form(await talk.say(CODE), "ask_again_proof")
    assert talk.portal.asked == []


async def test_another_number_needs_another_code(talk: Talk) -> None:
    await talk.say(f"查{COMPANY}")
    await talk.say("验证码")
    assert is_form(await talk.say(NUMBER), "ask_proof")
    told(await talk.say(LAST_FOUR))


@pytest.mark.parametrize(
    ("lacks", "asks"), [("send_code", "ask_proof_without_code"), ("with_last_four", "ask_proof_by_code")]
)
async def test_what_a_portal_does_not_offer_is_not_asked_for(
    database: Database, clock: FixedClock, settings: Settings, lacks: str, asks: str
) -> None:
    portal = GuardedPortal(lacks)
    talk = Talk(around(portal, database, clock, settings), portal)
    assert is_form(await talk.say(f"查{NUMBER}"), asks)
    reply = await talk.say({"send_code": "验证码", "with_last_four": LAST_FOUR}[lacks])
    assert reply.kind == "form" and portal.asked == []
    use(None)
    talk.here.executor.close()


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (TimedOut("late"), "slow"),
        (Unavailable("down"), "unavailable"),
        (Paused("breaker"), "unavailable"),
        (Busy("full"), "busy"),
        (Malformed("nonsense"), "malformed"),
        (Misconfigured("key"), "misconfigured"),
        (TooManyAttempts("enough", 120), "limited"),
    ],
)
async def test_each_fault_has_its_sentence_and_ends_the_form(
    talk: Talk, portal: GuardedPortal, fault: Exception, name: str
) -> None:
    await talk.say(f"查{NUMBER}")
    portal.fault = fault  # type: ignore[assignment]
    answer = await talk.say(LAST_FOUR)
    assert answer.kind == "fallback" and answer.text.startswith(sentence_start(f"trouble.{name}")) and talk.over
    assert "12345" in answer.text or "“0”" in answer.text
    assert talk.vault() == []


async def test_a_code_of_which_nobody_knows_whether_it_was_sent(talk: Talk, portal: GuardedPortal) -> None:
    await talk.say(f"查{COMPANY}")
    portal.fault = TimedOut("late")
    assert is_form(await talk.say("验证码"), "trouble.code_unsent")
    portal.fault = None
    assert is_form(await talk.say("再发一次"), "code_sent")


async def test_a_person_who_tried_too_often_is_told_until_when(talk: Talk) -> None:
    for n in range(5):
        talk.over = True
        await talk.say(f"查SLS2026-000000-000{n}")
        await talk.say("0000")
    talk.over = True
    await talk.say(f"查{NUMBER}")
    answer = await talk.say(LAST_FOUR)
    assert answer.kind == "fallback" and "11:00" in answer.text


@pytest.fixture
def closed(here: Surroundings) -> None:
    """The office's wrong last-fours of this hour are used up."""
    row = {"subject": OFFICE, "failures": PER_OFFICE.most, "since": here.clock.now()}
    with here.database.write() as tx:
        tx.execute(insert(attempts).values(**row))


def says_closed(answer: Answer) -> bool:
    return "最后四位的次数太多" in answer.text and "11:00" in answer.text and "“0”" in answer.text


@pytest.mark.usefixtures("closed")
async def test_while_the_last_four_are_closed_a_code_is_asked_for(talk: Talk, clock: FixedClock) -> None:
    asked = await talk.say(f"查{NUMBER}")
    assert (asked.kind, asked.id) == ("form", "status") and says_closed(asked) and "“验证码”" in asked.text
    assert "登录" not in asked.text and "请再回复" not in asked.text
    for proof in (LAST_FOUR, "0000", ID, "123"):
        assert says_closed(await talk.say(proof)) and not talk.over, proof
    assert talk.portal.asked == [] and talk.vault() == []
    assert is_form(await talk.say("验证码"), "code_sent")
    told(await talk.say(CODE))
    assert says_closed(await talk.say(f"{NUMBER} {LAST_FOUR}"))
    clock.advance(hours=1)
    told(await talk.say(LAST_FOUR))


@pytest.mark.usefixtures("closed")
async def test_closed_and_open_numbers_read_the_same(here: Surroundings, portal: GuardedPortal) -> None:
    answers = []
    for number, proof in ((NUMBER, LAST_FOUR), (NUMBER, "0000"), ("SLS2026-999999-0000", LAST_FOUR)):
        talk = Talk(here, portal)
        answers.append((await talk.say(f"查{number}"), await talk.say(proof)))
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.usefixtures("closed")
async def test_while_closed_and_without_another_way_it_ends(talk: Talk, portal: GuardedPortal) -> None:
    portal.lacks = ("send_code",)
    answer = await talk.say(f"查{NUMBER}")
    assert answer.kind == "fallback" and talk.over and says_closed(answer) and "12345" in answer.text
    assert "验证码" not in answer.text and "登录" not in answer.text
    answer = await talk.say(f"{NUMBER} {LAST_FOUR}")
    assert answer.kind == "fallback" and talk.over and portal.asked == []


async def test_what_was_looked_up_can_be_waited_for(talk: Talk) -> None:
    await talk.say(f"查{NUMBER}")
    assert sentence("reminder_offer") in (await talk.say(LAST_FOUR)).text
    with talk.here.database.read() as tx:
        assert tx.execute(select(reminders.c.outcome)).scalar_one() == "offered"


class TestSignedIn:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.copy(update={"signin_issuer": "https://id.example.gov.cn", "public_url": "https://bot.example"})

    @pytest.fixture
    def signed_in(self, here: Surroundings) -> None:
        now = here.clock.now()
        until = now + sign_ins.LIFE
        with here.database.write() as tx:
            sign_ins.keep(tx, here.cipher, PERSON.conversation, "token", until, now)

    async def test_nobody_is_signed_in(self, talk: Talk) -> None:
        assert is_form(await talk.say("我的办件", "mine"), "sign_in_here")
        assert is_form(await talk.say(NUMBER), "ask_proof")

    @pytest.mark.usefixtures("closed")
    async def test_while_the_last_four_are_closed_the_sign_in_is_offered(
        self, talk: Talk, portal: GuardedPortal
    ) -> None:
        portal.lacks = ("send_code",)
        answer = await talk.say(f"查{NUMBER}")
        assert says_closed(answer) and "“登录”" in answer.text and not talk.over
        with talk.here.database.write() as tx:
            now = talk.here.clock.now()
            sign_ins.keep(tx, talk.here.cipher, PERSON.conversation, "token", now + sign_ins.LIFE, now)
        told(await talk.say(NUMBER))

    @pytest.mark.usefixtures("signed_in")
    @pytest.mark.parametrize(("reply", "number"), [("2", OTHER), ("第一个", NUMBER), ("社保卡", OTHER)])
    async def test_several_to_choose_from(self, talk: Talk, reply: str, number: str) -> None:
        offered = await talk.say("我的办件", "mine")
        assert (offered.kind, [one.id for one in offered.options]) == ("options", ["application:1", "application:2"])
        assert OTHER not in repr(talk.state.to_slots())
        assert is_form(await talk.say("9"), "no_such_application")
        told(await talk.say(reply), number)
        assert talk.over

    @pytest.mark.usefixtures("signed_in")
    async def test_a_list_from_before_the_key_was_rotated_is_forgotten(self, talk: Talk) -> None:
        assert (await talk.say("我的办件", "mine")).kind == "options"
        talk.here = replace(talk.here, cipher=Cipher(b"n" * 32))
        assert is_form(await talk.say("2"), "ask_number")

    @pytest.mark.usefixtures("signed_in")
    async def test_the_only_one_is_told(self, talk: Talk, portal: GuardedPortal) -> None:
        portal.of_person = [OTHER]
        told(await talk.say("我的办件到哪了"), OTHER)

    @pytest.mark.usefixtures("signed_in")
    async def test_none(self, talk: Talk, portal: GuardedPortal) -> None:
        portal.of_person = []
        assert is_form(await talk.say("我的办件", "mine"), "mine_empty")
        assert is_form(await talk.say(NUMBER), "ask_proof")

    @pytest.mark.usefixtures("signed_in")
    async def test_ones_own_number_needs_no_proof_and_anothers_does(self, talk: Talk, portal: GuardedPortal) -> None:
        told(await talk.say(f"查{NUMBER}"))
        portal.of_person = [OTHER]
        assert is_form(await talk.say(f"查{NUMBER}"), "ask_proof")
        told(await talk.say(LAST_FOUR))

    @pytest.mark.usefixtures("signed_in")
    async def test_a_sign_in_that_ended_meanwhile(self, talk: Talk, clock: FixedClock) -> None:
        await talk.say("我的办件", "mine")
        clock.advance(minutes=31)
        assert is_form(await talk.say("1"), "trouble.sign_in_expired")
        assert is_form(await talk.say(NUMBER), "ask_proof")


async def test_an_office_without_a_portal_sends_to_the_hotline(here: Surroundings) -> None:
    without = replace(here, portal=NoPortal())
    use(without)
    dialogue = Dialogue(without, PERSON, city(), on(MONDAY))
    for step in (
        await dialogue.begin(hear("查办件进度"), "status"),
        await dialogue.begin(hear("我的办件"), "mine"),
        await dialogue.go_on(State(number=NUMBER), hear(LAST_FOUR, NUMBER, ())),
    ):
        assert step.over and step.state == State() and step.answer is not None
        assert step.answer.kind == "fallback" and step.answer.text.startswith(sentence_start("no_portal"))
        assert here.settings.hotline in step.answer.text
    left = await dialogue.go_on(State(), hear("算了"))
    assert left.over and left.answer is not None and left.answer.kind == "smalltalk"
