"""Learns to rank and to know when it does not know, from the variants of questions in a knowledge base.

Each way in which a unit can be asked for is asked, with that very sentence left out of the index: the unit should
still come first. The same question asked of a knowledge base without that unit (and its family) has no answer: there
it should be refused. No unit's id is learned, only how much each kind of evidence is worth, so that it holds for any
knowledge base.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from foundation.text import normalise, numerals, strip_fillers
from knowledge_base.answering.models import LanguageModels
from knowledge_base.answering.ranking import family_of
from knowledge_base.model import Unit
from knowledge_base.search.documents import document
from knowledge_base.search.encoder import Encoder
from knowledge_base.search.ranker import DEFAULT, DEFAULT_BY_WORDS, Features, Ranker, signs
from knowledge_base.search.segment import Evidence
from knowledge_base.search.snapshot import Entry, Snapshot, Tools, build, features_of, rough_scores
from knowledge_base.search.vectors import VectorStore
from knowledge_base.search.words import Words

CANDIDATES = 30
HARDEST = 8
"""Wrong candidates a question is compared with, those that look best."""
VARIANTS = 3
"""Ways of asking for one unit that are tried; more would only take longer."""


class Lesson(NamedTuple):
    """One question with the candidates that look best; `family` of each, and the right one's."""

    features: npt.NDArray[np.float64]
    families: list[str]
    right: str


def lessons(
    snapshot: Snapshot, models: LanguageModels, progress: Callable[[int, int], None] | None = None
) -> Iterator[Lesson]:
    """Ask every variant of a snapshot without a delta."""
    entries = snapshot.base.entries
    families = [family_of(entry.unit) for entry in entries]
    asked = [document(entry.unit).asked for entry in entries]
    total, index = sum(map(len, asked)), 0
    for row, variants in enumerate(asked):
        for number, variant in enumerate(variants):
            # The first is the title itself; a unit that can be asked for in one way only teaches nothing.
            if 0 < number <= VARIANTS and len(variant) >= 4:
                question = strip_fillers(numerals(normalise(variant)))
                query = snapshot.query(question, models.topic(question, snapshot.tools.words))
                evidence = snapshot.base.segment.evidence(query, without=index)
                yield lesson(evidence, families, families[row])
            index += 1
        if progress:
            progress(index, total)


def lesson(evidence: Evidence, families: list[str], right: str) -> Lesson:
    rough = rough_scores(evidence)
    rows = np.argsort(-rough)[:CANDIDATES]
    chosen = [int(row) for row in rows]
    chosen += [row for row in range(len(families)) if families[row] == right and row not in chosen][:5]
    return Lesson(np.array([features_of(evidence, row) for row in chosen]), [families[row] for row in chosen], right)


def learn_ranker(
    units: Sequence[Unit],
    models: LanguageModels,
    encoder: Encoder | None,
    vectors: VectorStore | None,
    progress: Callable[[int, int], None] | None = None,
) -> Ranker:
    """Learn from units how to rank evidence with an encoder, or without one (None)."""
    tools = Tools(Words(), encoder, vectors, DEFAULT)
    snapshot = build(0, [Entry(number, unit) for number, unit in enumerate(units)], tools)
    plain = DEFAULT if encoder is not None else DEFAULT_BY_WORDS
    return learn(list(lessons(snapshot, models, progress)), plain)


def learn(taught: list[Lesson], plain: Ranker) -> Ranker:
    """Fit the weights, then the probability that the first candidate is right.

    The weights go half the way from plain ones to those that fit these lessons best: all of the way overrates the
    manner in which one knowledge base is written (worse on two real ones, better on its own).
    """
    fitted = fit_weights(taught)
    weights = (fitted + np.array(plain.weights) * fitted.sum() / sum(plain.weights)) / 2
    examples: list[list[float]] = []
    truths: list[int] = []
    for one in taught:
        scores = one.features @ weights
        known = list(range(len(scores)))
        unknown = [i for i in known if one.families[i] != one.right]
        for rows in (known, unknown):
            order = sorted(rows, key=lambda i: -scores[i])
            best = order[0]
            rival = next((scores[i] for i in order if one.families[i] != one.families[best]), scores[best] - 1)
            examples.append(signs(float(scores[best]), float(scores[best] - rival)))
            truths.append(int(one.families[best] == one.right))
    regression = LogisticRegression(C=1.0, max_iter=2000).fit(np.array(examples), truths)
    return Ranker(
        tuple(float(value) for value in weights),
        tuple(float(value) for value in regression.coef_[0]),
        float(regression.intercept_[0]),
    )


def fit_weights(taught: list[Lesson]) -> npt.NDArray[np.float64]:
    """Pairwise logistic regression: the right unit's evidence must outweigh each wrong one's."""
    start = np.ones(len(Features._fields))
    differences: list[npt.NDArray[np.float64]] = []
    for one in taught:
        scores = one.features @ start
        right = [i for i, name in enumerate(one.families) if name == one.right]
        wrong = sorted((i for i, name in enumerate(one.families) if name != one.right), key=lambda i: -scores[i])
        if not right or not wrong:
            continue
        best = max(right, key=lambda i: scores[i])
        differences += [one.features[best] - one.features[i] for i in wrong[:HARDEST]]
    pairs = np.array(differences)
    both = np.concatenate([pairs, -pairs])
    truths = np.concatenate([np.ones(len(pairs)), np.zeros(len(pairs))])
    regression = LogisticRegression(C=10.0, fit_intercept=False, max_iter=2000).fit(both, truths)
    weights: npt.NDArray[np.float64] = regression.coef_[0]
    return weights / np.abs(weights).sum() * len(weights)
