"""What the staff does to a case: allowed steps, stale pages, replies that are sent once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from case_samples import CONVERSATION, LIN, NOW, NUMBER, filed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from desk import case_deliveries, cases
from desk.case_confidence import CONFIDENTIAL
from desk.case_handling import MOST, REPLIED, move, remark, reply, set_due, transfer
from desk.case_words import CaseRefused
from desk.cases import ANSWERED, FORWARDED, IN_HAND, NOT_OURS, OPEN, STATES, WITHDRAWN, Case
from foundation import dialogue, outbox
from foundation.cipher import Cipher
from foundation.database import Database

RECORD = "K7M2-4Q9D"


def answer(
    tx: Connection, case: Case, text: str = "已经查处", state: str | None = ANSWERED, key: str = "k1"
) -> str | None:
    return reply(tx, case, text, state, LIN, NOW, key, RECORD)


def test_from_the_filing_to_the_reply(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        case = transfer(tx, filed(tx, cipher), "城市管理", LIN, NOW, "油烟归他们")
        assert (case.department, case.state) == ("城市管理", FORWARDED)
        case = move(tx, case, IN_HAND, LIN, NOW)
        said = answer(tx, case)
        case = cases.read(tx, NUMBER)
        assert said is not None and "已经查处" in said and NUMBER in said and "以受理部门答复为准" in said
        assert case.state == ANSWERED and case.closed_at == NOW and not case.open
        actions = [(one.action, one.account) for one in cases.history(tx, case)]
        assert actions == [("filed", None), ("transferred", "lin"), ("moved", "lin"), ("replied", "lin")]
        assert [one.event for one in case_deliveries.of_case(tx, case.id)] == ["filed", *["changed"] * 3]


def test_a_reply_reaches_outbox_and_tracker(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        said = answer(tx, filed(tx, cipher))
        [sent] = outbox.after(tx, CONVERSATION, 0)
        assert (sent.body["text"], sent.body["by"], sent.body["name"]) == (said, "person", "林工")
        assert sent.body["custom"]["notice"]["event"] == REPLIED
        assert sent.body["custom"]["notice"]["values"] == {"number": NUMBER, "kind": "投诉", "state": "已答复"}
        [line] = dialogue.transcript(tx, CONVERSATION)
        assert (line.who, line.name, line.text) == ("person", "林工", said)
        assert line.metadata["record"] == RECORD and CONFIDENTIAL not in line.answer


def test_a_reply_to_a_report_is_marked(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        answer(tx, filed(tx, cipher, kind="report"))
        [line] = dialogue.transcript(tx, CONVERSATION)
        assert line.answer[CONFIDENTIAL] is True


@pytest.mark.parametrize(
    ("state", "ends", "words"),
    [(None, IN_HAND, "事情还在办理"), (NOT_OURS, NOT_OURS, "不属于我们受理的范围"), (ANSWERED, ANSWERED, "有答复了")],
)
def test_what_kind_of_reply_it_is(database: Database, cipher: Cipher, state: str | None, ends: str, words: str) -> None:
    with database.write() as tx:
        said = answer(tx, filed(tx, cipher), state=state)
        assert said is not None and words in said
        assert cases.read(tx, NUMBER).state == ends


def test_the_same_reply_posted_again_is_sent_once(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        case = filed(tx, cipher)
        assert answer(tx, case) is not None
        assert answer(tx, case) is None and answer(tx, cases.read(tx, NUMBER)) is None
        remark(tx, case, "打过电话", LIN, NOW, "k2")
        remark(tx, case, "打过电话", LIN, NOW, "k2")
        assert len(outbox.after(tx, CONVERSATION, 0)) == 1
        assert [one.action for one in cases.history(tx, case)] == ["filed", "replied", "noted"]


def test_a_further_reply_after_the_end(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        answer(tx, filed(tx, cipher))
        ended = cases.read(tx, NUMBER)
        said = answer(tx, ended, "又去看了一次", state=None, key="k2")
        assert said is not None and "事情还在办理" not in said
        assert (cases.read(tx, NUMBER).state, cases.read(tx, NUMBER).closed_at) == (ANSWERED, NOW)
        assert answer(tx, cases.read(tx, NUMBER), "补充说明", key="k3") is not None


def test_who_saw_an_old_page_is_refused(database: Database, cipher: Cipher) -> None:
    with database.write() as tx:
        seen = filed(tx, cipher)
        move(tx, seen, IN_HAND, LIN, NOW)
        for late in (
            lambda: move(tx, seen, WITHDRAWN, LIN, NOW),
            lambda: transfer(tx, seen, "公安", LIN, NOW),
            lambda: set_due(tx, seen, date(2026, 12, 9), LIN, NOW),
            lambda: answer(tx, seen),
        ):
            with pytest.raises(CaseRefused, match="刚刚有人改过"):
                late()
        assert outbox.after(tx, CONVERSATION, 0) == [] and cases.read(tx, NUMBER).state == IN_HAND


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda tx, case: transfer(tx, case, " ", LIN, NOW), "哪个部门"),
        (lambda tx, case: transfer(tx, case, "市场监管", LIN, NOW), "已经在“市场监管”"),
        (lambda tx, case: set_due(tx, case, date(2026, 11, 22), LIN, NOW), "不早于今天"),
        (lambda tx, case: answer(tx, case, "  "), "请填写内容"),
        (lambda tx, case: answer(tx, case, "长" * (MOST + 1)), str(MOST)),
        (lambda tx, case: answer(tx, case, state=WITHDRAWN), "不能这样操作"),
        (lambda tx, case: move(tx, case, ANSWERED, LIN, NOW), "不能这样操作"),
        (lambda tx, case: remark(tx, case, "", LIN, NOW, "k"), "请填写内容"),
    ],
)
def test_what_is_refused_says_why(database: Database, cipher: Cipher, wrong: Any, words: str) -> None:
    with database.write() as tx:
        case = filed(tx, cipher)
        with pytest.raises(CaseRefused, match=words):
            wrong(tx, case)
        assert cases.read(tx, NUMBER) == case and outbox.after(tx, CONVERSATION, 0) == []


def test_whoever_was_erased_cannot_be_written_to(database: Database, cipher: Cipher) -> None:
    from foundation import erasure

    with database.write() as tx:
        filed(tx, cipher)
        erasure.erase_everything(tx, CONVERSATION)
        with pytest.raises(CaseRefused, match="请电话联系"):
            answer(tx, cases.read(tx, NUMBER))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.sampled_from(STATES)),
        st.tuples(st.just("transfer"), st.sampled_from(["公安", "税务", "市场监管"])),
        st.tuples(st.just("reply"), st.sampled_from([None, ANSWERED, NOT_OURS, WITHDRAWN, "nonsense"])),
    ),
    max_size=8,
)


@given(steps=STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_a_case_stays_whole(database: Database, cipher: Cipher, steps: list[tuple[str, Any]]) -> None:
    """States and ends agree, what is withdrawn stays so, and each change is one line of the history."""
    with database.write() as tx, tx.begin_nested() as undone:
        case = filed(tx, cipher)
        for number, (what, to) in enumerate(steps):
            before = case
            try:
                if what == "move":
                    move(tx, case, to, LIN, NOW)
                elif what == "transfer":
                    transfer(tx, case, to, LIN, NOW)
                else:
                    answer(tx, case, state=to, key=f"k{number}")
            except CaseRefused:
                assert cases.read(tx, NUMBER) == before
                continue
            case = cases.read(tx, NUMBER)
            assert case.version == before.version + 1 and case.state in STATES
            assert (case.closed_at is None) == (case.state in OPEN)
            assert before.state != WITHDRAWN or case.state == WITHDRAWN
        assert len(cases.history(tx, case)) == case.version
        undone.rollback()
