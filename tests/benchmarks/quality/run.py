"""Asks sets of questions and compares the answers with what baselines find."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.evaluation import read, read_predictions
from bot.scoring import Line, Score, Section, ranking_scores, sections
from bot.scoring.judging import expectation, rank_of, wanted
from foundation.settings import Settings
from knowledge_base.model import Unit
from knowledge_base.search.encoders import sentence_encoder, teacher
from knowledge_base.search.vectors import VectorStore
from tests.benchmarks.quality.baselines import baselines
from tests.benchmarks.quality.knowledge import Knowledge
from tests.benchmarks.quality.plain_rasa import NAME as PLAIN_RASA
from tests.benchmarks.quality.plain_rasa import PlainRasa
from tests.benchmarks.quality.sets import QuestionSet

OURS = "Zhengwu"
Tell = Callable[[str], None]


@dataclass
class Outcome:
    """What came of a set."""

    questions: QuestionSet
    lines: list[Line]
    predicted: list[Line]
    rankings: dict[str, list[Score]] = field(default_factory=dict)
    """Of ours and of each baseline, on the questions whose candidates can be compared."""

    @property
    def sections(self) -> list[Section]:
        return sections(self.lines, self.predicted)


def run(
    sets: Sequence[QuestionSet],
    results: Path,
    settings: Settings,
    compare: bool = True,
    train_rasa: Collection[str] = (),
    tell: Tell = lambda line: None,
) -> Iterator[Outcome]:
    """Ask each set in a knowledge base of its own; predictions are left in `results`.

    Args:
        compare: also with baselines.
        train_rasa: the sets for whose knowledge plain Rasa is trained where that was not done yet.
    """
    results.mkdir(parents=True, exist_ok=True)
    for content in dict.fromkeys(one.knowledge for one in sets):
        with filled(content, settings, results, tell) as knowledge:
            same = [one for one in sets if one.knowledge == content]
            outcomes = [asked(one, knowledge, results, tell) for one in same]
            ranked = [one for one in outcomes if one.questions.ranked]
            if compare and ranked:
                compare_all(ranked, knowledge.units(), settings, any(one.name in train_rasa for one in same), tell)
            yield from outcomes


@contextmanager
def filled(content: Path, settings: Settings, results: Path, tell: Tell) -> Iterator[Knowledge]:
    with tempfile.TemporaryDirectory() as folder:
        knowledge = Knowledge(Path(folder), settings, results / "last-command.log")
        tell(f"importing {content.name}")
        knowledge.fill(content)
        yield knowledge


def asked(questions: QuestionSet, knowledge: Knowledge, results: Path, tell: Tell) -> Outcome:
    tell(f"asking {questions.questions.name}")
    predictions = results / f"{questions.name}.predictions.jsonl"
    knowledge.zhengwu("eval", str(questions.questions), "--predictions", str(predictions))
    return Outcome(questions, list(read(questions.questions).values()), read_predictions(predictions))


def compare_all(
    outcomes: Iterable[Outcome], units: Sequence[Unit], settings: Settings, train_rasa: bool, tell: Tell
) -> None:
    """Fill in the rankings of ours and of the baselines."""
    encoder, _ = sentence_encoder(teacher(settings.encoder), settings.model_dir)
    vectors = VectorStore(settings.var_dir / "vectors", encoder) if encoder is not None else None
    simple = baselines(units, encoder, vectors)
    rasa = PlainRasa(units, settings.var_dir / "benchmarks" / "plain-rasa")
    if train_rasa and not rasa.trained:
        tell(f"training {PLAIN_RASA} on {len(units)} units: this takes many minutes")
        rasa.train()
    for outcome in outcomes:
        pairs = comparable(outcome)
        questions = [one["turns"][-1] for _, one in pairs]
        right = [wanted(expectation(line)) for line, _ in pairs]
        outcome.rankings[OURS] = scores(right, [one["candidates"] for _, one in pairs])
        for baseline in simple:
            found = [baseline.candidates(units, question) for question in questions]
            outcome.rankings[baseline.name] = scores(right, found)
        if rasa.trained:
            tell(f"asking {PLAIN_RASA}")
            outcome.rankings[PLAIN_RASA] = scores(right, rasa.candidates(questions))
        else:
            tell(f"{outcome.questions.name}: {PLAIN_RASA} left out; `make eval PLAIN_RASA=1` trains it")


def comparable(outcome: Outcome) -> list[tuple[Line, Line]]:
    """Questions of one turn that have an answer: a baseline knows no conversation, and cannot refuse."""
    pairs = zip(outcome.lines, outcome.predicted)
    return [
        (line, one)
        for line, one in pairs
        if len(one["turns"]) == 1
        and "expect" in line
        and expectation(line)["kind"] in ("item", "faq")
        and wanted(expectation(line))
    ]


def scores(right: Sequence[set[str]], candidates: Sequence[Sequence[Line]]) -> list[Score]:
    """Of rankings in which a FAQ stands for its item where the item is what is asked for."""
    ranks = [
        min(filter(None, (rank_of(ids, found), rank_of(ids, found, for_items=True))), default=0)
        for ids, found in zip(right, candidates)
    ]
    return list(ranking_scores(ranks))
