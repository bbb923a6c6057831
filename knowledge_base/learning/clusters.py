"""Questions put together by what they mean: by the words they share and by what the search took them for.

Two questions belong together when they are as alike as two ways to put it mostly are; less will do where the search,
which knows synonyms and has the sentence encoder, took both for the same when they were asked, and more is needed where
it took them for different things. No vectors are worked out here, so that 20,000 questions take seconds.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from foundation.clock import CHINA
from foundation.text import normalise, squash, strip_fillers
from knowledge_base.learning.likeness import alike
from knowledge_base.learning.questions import Question, genuine, plain
from knowledge_base.model import UnitKey
from knowledge_base.quality.near_duplicates import core

ALIKE, AKIN, APART = 0.42, 0.2, 0.6
"""How alike two questions are that belong together; that the search took for the same; for different things."""
TAKEN_FOR = 0.2
"""How sure the search must have been of a unit for that to count."""
CLOSEST = 4


@dataclass(frozen=True)
class Wording:
    """One way in which it was put."""

    text: str
    """Masked, as somebody typed it."""
    count: int


@dataclass(frozen=True)
class Cluster:
    key: str
    """Its name in addresses."""
    count: int
    """How often it was asked; in the same words by the same citizen, once."""
    people: int
    channels: Mapping[str, int]
    regions: Mapping[str, int]
    """By code; without those of whom it is not known."""
    why: Mapping[str, int]
    first: date
    last: date
    wordings: Sequence[Wording]
    """All of them, most frequent first."""
    closest: Sequence[UnitKey]
    """What the search found nearest."""
    marks: frozenset[str]
    """By which it is known again."""

    @property
    def title(self) -> str:
        return self.wordings[0].text


@dataclass(frozen=True)
class Clusters:
    found: Sequence[Cluster]
    """What was asked more than once, most often first; then what was asked once, newest first."""
    left_out: int
    """Askings that looked like advertisements, or keys held down."""
    answered: int
    """Askings in words that a published unit has by now."""

    def get(self, key: str) -> Cluster | None:
        """The cluster of that key, also where another wording has come to the fore since."""
        return next((one for one in self.found if key in one.marks), None)


def clusters(questions: Sequence[Question], known: Collection[str] = ()) -> Clusters:
    """Put questions together.

    Args:
        known: squashed questions of published units. What was refused in just these words is answered by now.
    """
    real = genuine(questions)
    asked: defaultdict[str, list[Question]] = defaultdict(list)
    answered = 0
    for one in real:
        words = squash(plain(one.text))
        if words in known and one.why == "refused":
            answered += 1
        else:
            asked[_core(one.text)].append(one)
    texts = sorted(asked, key=lambda text: (-len(asked[text]), text))
    groups = _stars(texts, asked)
    found = [_cluster([one for text in group for one in asked[text]], group) for group in groups]
    found.sort(key=lambda one: (one.count == 1, -one.count, -one.last.toordinal(), one.key))
    return Clusters(found, len(questions) - len(real), answered)


def mark(text: str) -> str:
    """What a question's core is remembered by."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest()


def _core(text: str) -> str:
    words = squash(strip_fillers(normalise(plain(text))))
    return core(words) or words


def _stars(texts: Sequence[str], asked: Mapping[str, Sequence[Question]]) -> Iterator[list[str]]:
    """Groups around what is asked most: each text goes to the first that it belongs to, so that no chain of likenesses
    leads from one thing to another."""
    near: defaultdict[int, set[int]] = defaultdict(set)
    for one, other in _related(texts, asked):
        near[one].add(other)
        near[other].add(one)
    weight = [len(asked[text]) for text in texts]
    reach = [weight[n] + sum(weight[other] for other in near[n]) for n in range(len(texts))]
    taken: set[int] = set()
    for number in sorted(range(len(texts)), key=lambda n: (-reach[n], n)):
        if number not in taken:
            group = [number, *sorted(near[number] - taken)]
            taken.update(group)
            yield [texts[one] for one in group]


def _related(texts: Sequence[str], asked: Mapping[str, Sequence[Question]]) -> Iterator[tuple[int, int]]:
    units = [_taken_for(asked[text]) for text in texts]
    for one, other, likeness in alike(texts, ALIKE):
        if likeness >= APART or units[one] is None or units[other] is None or units[one] == units[other]:
            yield one, other
    taken: defaultdict[UnitKey, list[int]] = defaultdict(list)
    for number, unit in enumerate(units):
        if unit is not None:
            taken[unit].append(number)
    for numbers in taken.values():
        for one, other, _ in alike([texts[number] for number in numbers], AKIN):
            yield numbers[one], numbers[other]


def _taken_for(questions: Iterable[Question]) -> UnitKey | None:
    """The unit that the search found nearest to most of these."""
    nearest = Counter(one.candidates[0][0] for one in questions if one.candidates and one.candidates[0][1] >= TAKEN_FOR)
    return nearest.most_common(1)[0][0] if nearest else None


def _cluster(questions: Sequence[Question], cores: Sequence[str]) -> Cluster:
    once = {(one.who, squash(one.text)): one for one in sorted(questions, key=lambda one: one.at)}.values()
    written: dict[str, str] = {}
    counts = Counter(squash(one.text) for one in once)
    for one in once:
        written.setdefault(squash(one.text), " ".join(one.text.split()))
    days = sorted(one.at.astimezone(CHINA).date() for one in questions)
    closest: Counter[UnitKey] = Counter()
    for one in once:
        for key, sure in one.candidates:
            closest[key] += sure  # type: ignore[assignment]
    return Cluster(
        key=mark(cores[0]),
        count=len(once),
        people=len({one.who for one in once}),
        channels=_counted(one.channel for one in once),
        regions=_counted(one.region for one in once if one.region),
        why=_counted(one.why for one in once),
        first=days[0],
        last=days[-1],
        wordings=[Wording(written[text], count) for text, count in counts.most_common()],
        closest=[key for key, _ in sorted(closest.items(), key=lambda item: (-item[1], item[0]))[:CLOSEST]],
        marks=frozenset(map(mark, cores)),
    )


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())
