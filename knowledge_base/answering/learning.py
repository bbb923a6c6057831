"""Learns to rank and to know when it does not know, from the variants of questions in a knowledge base.

Each way in which a unit can be asked for is asked, with that very sentence left out of the index: the unit should
still come first. The same question asked of a knowledge base without that unit (and its family) has no answer: there
it should be refused. No unit's id is learned, only how much each kind of evidence is worth, so that it holds for any
knowledge base.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from foundation.text import numerals, strip_fillers
from knowledge_base.answering.models import LanguageModels
from knowledge_base.answering.ranking import best_of, family_of
from knowledge_base.model import ServiceItem, Unit
from knowledge_base.search.documents import document
from knowledge_base.search.encoder import Encoder
from knowledge_base.search.ranker import FEW, PLAIN, Features, Level, Odds, Ranker, Signs, signs
from knowledge_base.search.segment import Query
from knowledge_base.search.snapshot import Entry, Snapshot, Tools, build, features_of
from knowledge_base.search.vectors import Progress, VectorStore
from knowledge_base.search.words import Words

CANDIDATES = 30
HARDEST = 8
"""Wrong candidates a question is compared with, those that look best."""
VARIANTS = 4
"""Ways of asking for one unit that are tried; more would only take longer."""


UNANSWERABLE = 0.35
"""For each question that has an answer, so many that have none: what citizens ask an office is mostly its business."""


RIGHT_AS_ASKED, AMONG_AS_ASKED = (1.5, 0.9), (1.8, 0.5)
"""Slope and shift of the odds from lessons to citizens' questions. A lesson asks with the very words left out that the
unit is known by, which is harder; found on development questions of three knowledge bases, where it halves the
calibration error. Without sentences it is left out: there one had better refuse more."""

AS_TAUGHT = (1.0, 0.0)

LETTERS = ("like_grams", "text_grams")
"""Signs that tell whether to offer, and not whether to answer: what shares its letters with something is worth asking
back, but citizens share fewer with the right unit than lessons do, and would be answered too seldom."""

OPEN_QUESTIONS = ("{}怎么办理", "办{}要带什么材料", "{}多少钱")
"""Asked of a name that several items share: none of them is to be answered, all are to be offered."""


class Lesson(NamedTuple):
    """One question with the candidates that look best; `family` of each, and the right one's."""

    features: npt.NDArray[np.float64]
    families: list[str]
    right: frozenset[str]
    """One family, or several between which the question leaves it open."""

    @property
    def clear(self) -> bool:
        return len(self.right) == 1


def lessons(
    units: Sequence[Unit],
    tools: Tools,
    models: LanguageModels,
    progress: Progress | None = None,
    encoding: Progress | None = None,
) -> Iterator[Lesson]:
    """Ask for every unit in several ways, twice: of a knowledge base that knows all the other ways, and of a bare one.

    The bare one knows each unit by its title alone, as a table of FAQs or of service items does when it is imported.
    """
    rich = snapshot_of(units, tools, encoding)
    bare = snapshot_of([stripped(unit) for unit in units], tools, encoding)
    families = [family_of(unit) for unit in units]
    index = 0
    for row, unit in enumerate(units):
        variants = document(unit).asked
        # The first is the title itself; a unit that can be asked for in one way only teaches nothing.
        for number in chosen(len(variants)):
            question = strip_fillers(numerals(variants[number]))
            subjects = models.subjects(question, tools.words)
            query = rich.encoded(rich.query(question, models.topic(question, tools.words), subjects))
            meant = frozenset((families[row],))
            yield lesson(rich, query, families, meant, without=index + number)
            yield lesson(bare, query, families, meant)
        index += len(variants)
        if progress:
            progress(row + 1, len(units))
    for shared, bearers in shared_names(units).items():
        for form in OPEN_QUESTIONS:
            query = rich.encoded(rich.query(form.format(shared), shared))
            for snapshot in (rich, bare):
                yield lesson(snapshot, query, families, frozenset(bearers))


def chosen(count: int) -> list[int]:
    """Which of a unit's questions are tried: some of all, spread evenly; never the first."""
    return sorted({1 + i * (count - 1) // VARIANTS for i in range(VARIANTS)}) if count > 1 else []


def shared_names(units: Sequence[Unit]) -> dict[str, set[str]]:
    """What the names of several items have in common (居民身份证), with the families that bear it."""
    names = {family_of(unit): unit.title for unit in units if isinstance(unit, ServiceItem)}
    shared: dict[str, set[str]] = {}
    for (one, name), (other, its) in combinations(names.items(), 2):
        match = SequenceMatcher(None, name, its, autojunk=False).find_longest_match(0, len(name), 0, len(its))
        if match.size >= 3:
            shared.setdefault(name[match.a : match.a + match.size], set()).update((one, other))
    return shared


def snapshot_of(units: Sequence[Unit], tools: Tools, encoding: Progress | None = None) -> Snapshot:
    return build(0, [Entry(number, unit) for number, unit in enumerate(units)], tools, encoding)


def stripped(unit: Unit) -> Unit:
    """The unit without its other names and questions."""
    extra: dict[str, Any] = {name: () for name in ("aliases", "similar_questions") if name in unit.__fields__}
    return unit.copy(update=extra)


def lesson(
    snapshot: Snapshot, query: Query, families: list[str], right: frozenset[str], without: int | None = None
) -> Lesson:
    segment, (mentions, _) = snapshot.base.segment, snapshot.mentions(query.text)
    overlap = segment.overlap(query, mentions)
    rough = segment.find(overlap, query.vector)
    rows = [int(row) for row in np.argsort(-rough)[:CANDIDATES]]
    rows += [row for row in range(len(families)) if families[row] in right and row not in rows][:5]
    features = features_of(segment.evidence(overlap, query.vector, np.array(rows), without))
    return Lesson(np.array(features), [families[row] for row in rows], right)


def learn_ranker(
    units: Sequence[Unit],
    models: LanguageModels,
    encoder: Encoder | None,
    vectors: VectorStore | None,
    level: Level,
    progress: Progress | None = None,
    encoding: Progress | None = None,
) -> Ranker:
    """Learn from units how to rank the evidence of this kind; words alone go without encoder and vectors.

    Args:
        progress: told how many units have been asked for.
        encoding: told how many texts that the store of vectors did not have are encoded; that comes first.
    """
    plain = PLAIN[level]
    tools = Tools(Words(), encoder, vectors, plain)
    return learn(list(lessons(units, tools, models, progress, encoding)), plain, as_asked=level == "sentences")


def learn(taught: list[Lesson], plain: Ranker, as_asked: bool = True) -> Ranker:
    """Fit the weights, then the probabilities that the first candidate is right, and that one of the first few is.

    The weights go half the way from plain ones to those that fit these lessons best: all of the way overrates the
    manner in which one knowledge base is written (worse on two real ones, better on its own).
    """
    fitted = fit_weights(taught)
    size = sum(plain.weights)
    weights = (fitted * size / fitted.sum() + np.array(plain.weights)) / 2
    examples: list[Signs] = []
    right: list[bool] = []
    among: list[bool] = []
    often: list[float] = []
    for one in taught:
        known = list(range(len(one.families)))
        unknown = [row for row in known if one.families[row] not in one.right]
        for rows, share in ((known, 1.0), (unknown, UNANSWERABLE if one.clear else 0.0)):
            first, found = first_few(one, rows, weights)
            examples.append(found)
            right.append(one.clear and first[0] in one.right)
            among.append(not one.right.isdisjoint(first))
            often.append(share)
    unlettered = [found._replace(**dict.fromkeys(LETTERS, 0.0)) for found in examples]
    right_odds = odds(unlettered, right, often, *(RIGHT_AS_ASKED if as_asked else AS_TAUGHT))
    among_odds = odds(examples, among, often, *(AMONG_AS_ASKED if as_asked else AS_TAUGHT))
    return Ranker(tuple(map(float, weights)), right_odds, among_odds)


def first_few(one: Lesson, rows: Sequence[int], weights: npt.NDArray[np.float64]) -> tuple[list[str], Signs]:
    """The families that come first among some rows of a lesson, and the signs of the very first."""
    scores = one.features @ weights
    order = sorted(rows, key=lambda row: -scores[row])
    leaders: dict[str, float] = {}
    for row in order:
        leaders.setdefault(one.families[row], float(scores[row]))
    names, values = list(leaders), list(leaders.values())
    members = [Features(*one.features[row]) for row in order if one.families[row] == names[0]]
    return names[:FEW], signs(values[0], best_of(members), values[1:])


def odds(examples: Sequence[Signs], truths: Sequence[bool], often: Sequence[float], slope: float, shift: float) -> Odds:
    """Logistic regression on signs, fitted on a common scale and given back on their own."""
    table = np.array(examples)
    middle, spread = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-6)
    regression = LogisticRegression(C=1.0, max_iter=2000).fit((table - middle) / spread, truths, sample_weight=often)
    weights = regression.coef_[0] / spread
    intercept = float(regression.intercept_[0] - weights @ middle)
    return Odds(tuple(float(slope * weight) for weight in weights), slope * intercept + shift)


def fit_weights(taught: list[Lesson]) -> npt.NDArray[np.float64]:
    """Pairwise logistic regression: the right unit's evidence must outweigh each wrong one's."""
    start = np.ones(len(Features._fields))
    differences: list[npt.NDArray[np.float64]] = []
    for one in taught:
        scores = one.features @ start
        right = [i for i, name in enumerate(one.families) if name in one.right]
        wrong = sorted((i for i, name in enumerate(one.families) if name not in one.right), key=lambda i: -scores[i])
        if not right or not wrong or not one.clear:
            continue
        best = max(right, key=lambda i: scores[i])
        differences += [one.features[best] - one.features[i] for i in wrong[:HARDEST]]
    pairs = np.array(differences)
    both = np.concatenate([pairs, -pairs])
    truths = np.concatenate([np.ones(len(pairs)), np.zeros(len(pairs))])
    regression = LogisticRegression(C=10.0, fit_intercept=False, max_iter=2000).fit(both, truths)
    weights: npt.NDArray[np.float64] = regression.coef_[0]
    return np.maximum(weights, 0)
