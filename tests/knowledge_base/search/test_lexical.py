"""The sparse indexes against the formulas written out plainly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.search import lexical
from knowledge_base.search.lexical import K1, B, Bags, Cover, Postings, QuestionIndex, Statistics, TextIndex

documents = st.lists(st.lists(st.sampled_from("甲乙丙丁戊"), max_size=8), min_size=1, max_size=8)
queries = st.lists(st.sampled_from("甲乙丙丁戊己"), max_size=6)


def idf(token: str, collection: list[list[str]]) -> float:
    seen = sum(token in document for document in collection)
    return math.log(1 + (len(collection) - seen + 0.5) / (seen + 0.5))


def bm25(query: list[str], document: list[str], collection: list[list[str]]) -> float:
    mean = sum(map(len, collection)) / len(collection)
    total = 0.0
    for token in set(query):
        if count := document.count(token):
            norm = K1 * (1 - B + B * len(document) / mean)
            total += idf(token, collection) * count * (K1 + 1) / (count + norm)
    best = sum(idf(token, collection) for token in set(query)) * (K1 + 1)
    return total / best if best else 0.0


def jaccard(query: list[str], document: list[str], collection: list[list[str]]) -> float:
    shared = sum(idf(token, collection) for token in set(query) & set(document))
    union = sum(idf(token, collection) for token in set(query) | set(document))
    return shared / union if union else 0.0


@given(documents, queries)
def test_bm25_as_it_is_defined(collection: list[list[str]], query: list[str]) -> None:
    found = TextIndex(bags := Bags(collection), Statistics(bags)).scores(query)
    np.testing.assert_allclose(found, [bm25(query, one, collection) for one in collection], atol=1e-5)
    assert (found >= 0).all() and (found <= 1.0001).all()


@given(documents, queries)
def test_likeness_as_it_is_defined(collection: list[list[str]], query: list[str]) -> None:
    found = QuestionIndex(bags := Bags(collection), Statistics(bags)).likeness(query)
    np.testing.assert_allclose(found, [jaccard(query, one, collection) for one in collection], atol=1e-5)


@given(documents, st.integers(0, 7))
def test_a_question_is_most_like_itself(collection: list[list[str]], row: int) -> None:
    row %= len(collection)
    found = QuestionIndex(bags := Bags(collection), Statistics(bags)).likeness(collection[row])
    assert found[row] >= found.max() - 1e-6
    assert not collection[row] or found[row] > 0.999


@given(documents, queries)
def test_a_delta_weighs_tokens_like_the_whole(collection: list[list[str]], query: list[str]) -> None:
    bags = Bags(collection)
    statistics = Statistics(bags)
    whole = TextIndex(bags, statistics).scores(query)
    parts = [TextIndex(Bags([one]), statistics).scores(query)[0] for one in collection]
    np.testing.assert_allclose(whole, parts, atol=1e-6)


def test_rare_tokens_weigh_more_and_unknown_ones_most() -> None:
    statistics = Statistics(Bags([["证", "狗"], ["证", "船"], ["证"]]))
    assert 0 < statistics.idf("证") < statistics.idf("狗") < statistics.idf("猫")


def test_nothing_to_search_in() -> None:
    nothing = Bags([])
    statistics = Statistics(nothing)
    assert TextIndex(nothing, statistics).scores(["狗"]).shape == (0,)
    assert QuestionIndex(nothing, statistics).likeness(["狗"]).shape == (0,)
    empty = Bags([[]])
    assert TextIndex(empty, Statistics(empty)).scores(["狗"]).tolist() == [0.0]


@given(documents, queries)
def test_cover_is_what_likeness_counts_as_shared(collection: list[list[str]], query: list[str]) -> None:
    statistics = Statistics(bags := Bags(collection))
    covered = Cover(bags, statistics).shared(query)
    np.testing.assert_allclose(covered, QuestionIndex(bags, statistics).shared(query), atol=1e-6)


def test_the_rarest_tokens_find_first(monkeypatch: pytest.MonkeyPatch) -> None:
    bags = Bags([["证", "狗"], ["证", "船"], ["证"], ["船", "证"]])
    postings = Postings(bags, np.ones(bags.counts.nnz))
    assert postings.find(["证", "狗", "船"]).tolist() == [2, 2, 1, 2]
    monkeypatch.setattr(lexical, "WALK", 3)
    assert postings.find(["证", "狗", "船"]).tolist() == [1, 1, 0, 1], "no time for 证, which all have"
    assert postings.find(["证"]).tolist() == [1, 1, 1, 1], "where there is nothing rarer it must do"


@given(documents, queries, st.sets(st.sampled_from("甲乙丙丁戊己")))
def test_all_places_at_once_say_what_row_by_row_is_said(
    collection: list[list[str]], query: list[str], some: set[str]
) -> None:
    statistics = Statistics(bags := Bags(collection))
    asked, text, cover = QuestionIndex(bags, statistics), TextIndex(bags, statistics), Cover(bags, statistics)
    rows = np.arange(len(collection))
    counted = [token for token in query if token in some]
    there = asked.walk(query)
    assert asked.shared(counted, walk=there).tolist() == asked.shared(counted, rows).tolist()
    shared = asked.shared(query, walk=there)
    assert asked.likeness(query, shared=shared).tolist() == asked.likeness(query, rows).tolist()
    there = text.walk(query)
    assert text.scores(query, walk=there).tolist() == text.scores(query, rows).tolist()
    assert cover.shared(counted, walk=there).tolist() == cover.shared(counted, rows).tolist()


def test_too_many_places_are_not_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = QuestionIndex(bags := Bags([["证", "狗"], ["证"]]), Statistics(bags))
    assert asked.walk(["证"]) is not None
    monkeypatch.setattr(lexical, "WALK_ALL", 1)
    assert asked.walk(["证"]) is None and asked.walk(["狗"]) is not None
