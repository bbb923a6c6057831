"""Messages as citizens type them, read against the small town with the real language models."""

from __future__ import annotations

import time
from json import dumps, loads
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from search_fakes import tools
from small_town import RELEASE, options, spoken_of, town, units

from knowledge_base.answering.context import Context
from knowledge_base.answering.models import LanguageModels
from knowledge_base.answering.ranking import Candidate
from knowledge_base.answering.understanding import LONGEST, Understanding, says_more, understand
from knowledge_base.model import UnitKey
from knowledge_base.search.ranker import Features
from knowledge_base.search.snapshot import Entry, advance, build

PIECES = [
    *("养犬登记", "第二个", "多少钱", "谢谢", "请问", "啊", "，", "？"),
    *("□", "⟦id:0000⟧", "一", "万", "\ud800", "😀", "\n"),
]

many = settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))


def read(text: str, models: LanguageModels, context: Context | None = None) -> Understanding:
    return understand(text, context or Context(), town(), models)


@pytest.mark.parametrize(
    ("text", "kind", "aspect"),
    [
        ("养犬登记要多少钱", "ask", "fee"),
        ("養犬登記要多少錢", "ask", "fee"),
        ("请问一下，办狗证要带什么材料啊", "ask", "materials"),
        ("渔船登记在哪里办", "ask", "place"),
        ("你好", "greet", None),
        ("谢谢", "thanks", None),
        ("转人工", "handover", None),
        ("着火了快来人", "emergency", None),
    ],
)
def test_kinds_and_aspects(models: LanguageModels, text: str, kind: str, aspect: str | None) -> None:
    said = read(text, models)
    assert said.kind == kind
    if kind == "ask":
        assert said.aspect == aspect and said.has_topic
    assert said.release == RELEASE


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("养犬登记要多少钱", "dog-registration"),
        ("办狗证", "dog-registration"),
        ("漁船登記幾天能辦好", "boat-licence"),
        ("图书馆借书证丢了怎么补", "library-card"),
        ("邻居噪声扰民", "noisy-neighbours"),
        ("小镇政务大厅今天开门吗", "town-hall"),
    ],
)
def test_the_unit_that_is_meant_comes_first(models: LanguageModels, text: str, id: str) -> None:
    assert read(text, models).candidates[0].key == units()[id].key


@pytest.mark.parametrize("text", ["0", "０", "零", " 0 ", "0。"])
def test_zero_is_a_person(models: LanguageModels, text: str) -> None:
    assert read(text, models).kind == "handover"
    offered = Context(offered=options("dog-registration", "boat-licence"))
    assert read(text, models, offered).kind == "handover"


@pytest.mark.parametrize("text", ["2", "第二个", "渔船", "渔船登记", "選第二個"])
def test_a_choice_of_what_was_offered(models: LanguageModels, text: str) -> None:
    said = read(text, models, Context(offered=options("dog-registration", "boat-licence")))
    assert said.kind == "choose"
    assert said.chosen is not None and said.chosen.id == "boat-licence"


@pytest.mark.parametrize(("text", "aspect"), [("第二个多少钱", "fee"), ("第2个要带什么材料", "materials")])
def test_a_question_about_one_of_what_was_offered(models: LanguageModels, text: str, aspect: str) -> None:
    said = read(text, models, Context(offered=options("dog-registration", "boat-licence")))
    assert (said.kind, said.aspect) == ("choose", aspect)
    assert said.chosen is not None and said.chosen.id == "boat-licence"
    assert (
        read("第二个孩子怎么上户口", models, Context(offered=options("dog-registration", "boat-licence"))).chosen
        is None
    )


@pytest.mark.parametrize("text", ["那多少钱", "要带什么材料", "在哪里办"])
def test_a_question_without_topic(models: LanguageModels, text: str) -> None:
    said = read(text, models, spoken_of("dog-registration"))
    assert said.kind == "ask" and said.aspect and not said.has_topic


@pytest.mark.parametrize("text", ["", "   ", "\u200b\ufeff", "\x00\x01"])
def test_nothing_said(models: LanguageModels, text: str) -> None:
    said = read(text, models)
    assert said.kind == "empty" and said.candidates == ()


def test_it_travels_as_json(models: LanguageModels) -> None:
    offered = Context(offered=options("dog-registration", "boat-licence"))
    for text in ("养犬登记要多少钱", "2", "", "你好"):
        said = read(text, models, offered)
        assert Understanding.from_dict(loads(dumps(said.to_dict()))) == said


def test_probabilities(models: LanguageModels) -> None:
    said = read("养犬登记要多少钱", models)
    assert all(0 <= one.confidence <= 1 for one in said.candidates)
    assert [one.score for one in said.candidates] == sorted((one.score for one in said.candidates), reverse=True)


@many
@given(st.text(max_size=200) | st.text(st.characters(blacklist_categories=()), max_size=80))
def test_any_text(models: LanguageModels, text: str) -> None:
    said = read(text, models, spoken_of("dog-registration", offered=options("dog-registration", "boat-licence")))
    assert len(said.text) <= 2 * LONGEST
    dumps(said.to_dict()).encode()


@many
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_any_mixture(models: LanguageModels, parts: list[str]) -> None:
    said = read("".join(parts), models, Context(offered=options("dog-registration", "boat-licence")))
    dumps(said.to_dict()).encode()


@pytest.mark.parametrize(
    "text",
    ["养" * 10_000, "请问" * 5_000, "啊" * 10_000, "一二三十百千万亿" * 1_250, "。" * 10_000, "a" * 10_000,
     "\ud800" * 10_000, "麻烦您问一下，" * 1_500, "我想要了解一下" * 1_500, "👨‍👩‍👧" * 2_000, "1" * 10_000],
    ids=lambda text: ascii(text[:4]),
)  # fmt: skip
def test_ten_thousand_characters(models: LanguageModels, text: str) -> None:
    began = time.monotonic()
    read(text, models, Context(offered=options("dog-registration")))
    assert time.monotonic() - began < 2


def test_an_empty_knowledge_base(models: LanguageModels, tmp_path: Path) -> None:
    for using in (tools(), tools(tmp_path)):
        said = understand("养犬登记要多少钱", Context(), build(0, [], using), models)
        assert said.candidates == () and said.aspect == "fee"


def test_a_name_published_later_is_known_at_once(models: LanguageModels) -> None:
    before = town()
    unit = units()["boat-licence"].copy(update={"name": "摩托艇牌照", "id": "jet"})
    after = advance(before, RELEASE + 1, [Entry(999, unit)], set())
    assert understand("摩托艇牌照多少钱", Context(), after, models).candidates[0].key.id == "jet"


def test_a_name_taken_out_is_no_topic_any_more(models: LanguageModels) -> None:
    unit = units()["boat-licence"].copy(update={"name": "要带什么材料要多少钱", "id": "odd"})
    before = build(1, [Entry(1, unit), Entry(2, units()["dog-registration"])], tools())
    assert understand("要带什么材料要多少钱", Context(), before, models).has_topic
    assert not understand("要带什么材料要多少钱", Context(), advance(before, 2, [], {1}), models).has_topic


def meant(confidence: float, among: float) -> list[Candidate]:
    return [Candidate(UnitKey("item", "a"), "item:a", 1.0, Features(*[0.0] * 7), confidence, among)]


@pytest.mark.parametrize(
    ("together", "alone", "more"),
    [
        (meant(0.9, 0.9), meant(0.5, 0.9), True),
        (meant(0.5, 0.9), meant(0.9, 0.9), False),
        (meant(0.3, 0.5), meant(0.05, 0.07), True),
        (meant(0.3, 0.5), meant(0.05, 0.4), False),
        (meant(0.05, 0.1), meant(0.01, 0.02), False),
        (meant(0.3, 0.5), [], True),
        ([], meant(0.05, 0.07), False),
    ],
)
def test_a_message_is_read_with_the_one_before_where_that_says_more(
    together: list[Candidate], alone: list[Candidate], more: bool
) -> None:
    assert says_more(together, alone) is more
