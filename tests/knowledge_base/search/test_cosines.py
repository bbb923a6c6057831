"""Cosines of a large segment are rough for all and exact for few."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from search_fakes import HashingEncoder

from knowledge_base.search import cosines
from knowledge_base.search.cosines import Cosines
from knowledge_base.search.vectors import VectorStore

TEXTS = [f"{a}{b}证怎么办{n}" for n, (a, b) in enumerate((a, b) for a in "渔狗船马牛羊" for b in "甲乙丙丁戊己")]


@pytest.mark.parametrize(("exact", "whole"), [(5, 5), (5, 1000), (1000, 1000)])
def test_rough_is_near_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact: int, whole: int) -> None:
    monkeypatch.setattr(cosines, "EXACT", exact)
    monkeypatch.setattr(cosines, "WHOLE", whole)
    encoder = HashingEncoder(size=32)
    store = VectorStore(tmp_path, encoder)
    found = Cosines(store, store.locate("q", TEXTS))
    query = encoder.queries([TEXTS[7]])[0]
    every = np.arange(len(TEXTS))
    np.testing.assert_allclose(found.exact(query, every), encoder.queries(TEXTS) @ query, atol=2e-3)
    assert int(np.argmax(found.exact(query, every))) == 7
    assert 7 in np.argsort(-found.rough(query))[:5]


def test_what_is_kept_in_memory_is_what_the_store_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cosines, "EXACT", 5)
    encoder = HashingEncoder(size=32)
    store = VectorStore(tmp_path, encoder)
    rows, query, few = store.locate("q", TEXTS), encoder.queries([TEXTS[7]])[0], np.array([3, 7, 11])
    kept = Cosines(store, rows).exact(query, few)
    monkeypatch.setattr(cosines, "WHOLE", 5)
    assert Cosines(store, rows).exact(query, few).tolist() == kept.tolist()
