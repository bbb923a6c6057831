"""Why a question was answered as it was."""

from __future__ import annotations

from typing import get_args

import pytest
from trial_town import NOW, publish

from foundation.database import Database
from knowledge_base.search.ranker import Features
from knowledge_base.trials.answerer import Answerer, Moment
from knowledge_base.trials.tracing import Answered, AskedBack, NotKnown, Trace, trace

REASONS = {*get_args(Answered), *get_args(AskedBack), *get_args(NotKnown)}


def traced(database: Database, answerer: Answerer, *turns: str) -> Trace:
    publish(database)
    return trace(answerer, turns, answerer.library.snapshot, Moment.of(NOW))


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        (("养犬登记要多少钱",), "sure"),
        (("养犬登记要什么材料", "那多少钱"), "topic"),
        (("谢谢",), "kind"),
        (("小镇政务大厅几点开门",), "office"),
        (("多少钱",), "no_topic"),
        (("钢琴课多少钱",), "foreign"),
        (("马车通行证怎么办",), "validity"),
        (("渔家开业一件事要办哪些手续", "1"), "chosen"),
    ],
)
def test_what_decided(database: Database, answerer: Answerer, turns: tuple[str, ...], reason: str) -> None:
    found = traced(database, answerer, *turns)
    assert found.reason == reason in REASONS, found.told.answer
    assert len(found.others) == len(turns) - 1


def test_the_evidence_adds_up_to_the_score(database: Database, answerer: Answerer) -> None:
    found = traced(database, answerer, "养犬登记要多少钱")
    first = found.weighed[0]
    assert first.unit.id == "dog-registration" and first.candidate.confidence >= found.threshold
    assert {sign.name for sign in first.signs} <= set(Features._fields)
    assert sum(sign.share for sign in first.signs) == pytest.approx(first.candidate.score)
    assert (found.kinds[0].name, found.aspects[0].name) == ("ask", "fee")
    assert found.told.said.aspect == "fee" and found.names == ("养犬登记",)
    assert found.milliseconds > 0 and not found.by_words, "there is no encoder that words could spare"


def test_it_is_the_answer_that_a_citizen_gets(database: Database, answerer: Answerer) -> None:
    found = traced(database, answerer, "养犬登记要什么材料", "那多少钱")
    told = answerer.converse(["养犬登记要什么材料", "那多少钱"], answerer.library.snapshot, Moment.of(NOW))[-1]
    assert found.told.answer.text == told.answer.text and found.told.said == told.said


def test_nothing_is_published(database: Database, answerer: Answerer) -> None:
    found = trace(answerer, ["养犬登记要多少钱"], answerer.library.snapshot, Moment.of(NOW))
    assert found.weighed == () and found.told.answer.kind == "fallback" and found.reason in REASONS
