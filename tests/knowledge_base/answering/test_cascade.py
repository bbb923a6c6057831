"""The encoder runs only where words do not settle a question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from search_fakes import HashingEncoder, tools
from small_town import units

from knowledge_base.answering.context import Context
from knowledge_base.answering.models import LanguageModels
from knowledge_base.answering.reading import Locality, judge_of, ranked, read
from knowledge_base.regions import NOWHERE
from knowledge_base.search.ranker import DEFAULT_BY_WORDS
from knowledge_base.search.snapshot import Entry, Snapshot, build


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def town(tmp_path: Path, encoder: HashingEncoder) -> Snapshot:
    both = replace(tools(tmp_path, encoder), by_words=DEFAULT_BY_WORDS)
    snapshot = build(1, [Entry(number, unit) for number, unit in enumerate(units().values())], both)
    encoder.encoded.clear()
    return snapshot


def test_a_question_that_words_settle_is_not_encoded(
    town: Snapshot, encoder: HashingEncoder, models: LanguageModels
) -> None:
    question = units()["library-card"].title
    reading = read(question, town, models)
    assert encoder.encoded == []
    assert judge_of(reading.hits, town) is DEFAULT_BY_WORDS
    candidates, _ = ranked(reading.hits, Context(), Locality(town, NOWHERE, None))
    assert candidates[0].key.id == "library-card" and candidates[0].confidence > 0.9


def test_another_is(town: Snapshot, encoder: HashingEncoder, models: LanguageModels) -> None:
    reading = read("我家那只小东西要不要去报个到", town, models)
    assert encoder.encoded and judge_of(reading.hits, town) is town.tools.ranker


def test_it_can_be_asked_for(town: Snapshot, encoder: HashingEncoder, models: LanguageModels) -> None:
    read(units()["library-card"].title, town, models, wholly=True)
    assert encoder.encoded
