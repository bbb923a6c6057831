"""A snapshot that remembers answers as one that does not, whatever is published or taken out meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from search_fakes import tools
from trial_town import town

from knowledge_base.model import UnitKey
from knowledge_base.search.segment import Segment
from knowledge_base.search.snapshot import Entry, Snapshot, advance, build
from knowledge_base.trials.remembering import Remembering

UNITS = town()
NUMBERS = {id: number for number, id in enumerate(UNITS, 1)}
QUESTIONS = [question for unit in UNITS.values() for question in (unit.title, *unit.questions())] + ["谁管噪音", "渔船"]
CARD = UNITS["library-card"]
STEPS: list[tuple[list[Entry], set[int]]] = [
    ([], set()),
    ([], {NUMBERS["boat-licence"]}),
    ([Entry(101, CARD.copy(update={"question": "公交卡丢了怎么补"}))], {NUMBERS["library-card"]}),
    ([], {NUMBERS["dog-registration"], NUMBERS["town-hall"]}),
]


@pytest.fixture
def base() -> Snapshot:
    return build(1, [Entry(NUMBERS[id], unit) for id, unit in UNITS.items()], tools())


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The questions with which a segment was searched."""
    asked: list[str] = []
    overlap = Segment.overlap

    def noting(self: Segment, query, mentions):  # type: ignore[no-untyped-def]
        if self.size > 1:
            asked.append(query.text)
        return overlap(self, query, mentions)

    monkeypatch.setattr(Segment, "overlap", noting)
    yield asked


def hits(snapshot: Snapshot, question: str) -> dict[UnitKey, tuple[float, ...]]:
    return {hit.unit.key: hit.features for hit in snapshot.search(snapshot.query(question))}


def test_it_finds_what_the_plain_one_finds(base: Snapshot) -> None:
    remembering = Remembering.of(base, None)
    for added, removed in (*STEPS, *STEPS):
        plain, other = advance(base, 2, added, removed), advance(remembering, 2, added, removed)
        for question in QUESTIONS:
            assert hits(plain, question) == hits(other, question), (question, removed)


def test_the_next_release_on_the_same_base_has_the_memory(base: Snapshot, searched: list[str]) -> None:
    remembering = Remembering.of(base, None)
    for question in QUESTIONS:
        hits(remembering, question)
    first = len(searched)
    hits(advance(remembering, 2, *STEPS[0]), QUESTIONS[0])
    assert len(searched) == first > 0, "nothing of the base has died"
    released = advance(base, 2, *STEPS[2])
    following = Remembering.of(released, remembering)
    assert following.units is released.units and following.memory is remembering.memory
    assert Remembering.of(released, following) is following
    assert all(hits(following, question) == hits(released, question) for question in QUESTIONS)
    another = build(3, [Entry(1, CARD)], tools())
    assert Remembering.of(another, following).memory == {}
