"""The training sentences of `data/nlu`, split for a comparison and written back in Rasa's format."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from foundation.text import normalise
from knowledge_base.answering.examples import ENTITY


class Sentence(NamedTuple):
    """One line of `data/nlu`; `marked` still has Rasa's entity marks."""

    marked: str
    kind: str
    aspect: str | None

    @property
    def text(self) -> str:
        """What a citizen would type."""
        return ENTITY.sub(r"\1", self.marked)


def read(folder: Path) -> list[Sentence]:
    """All sentences, in the order of the files; one that normalises to an earlier one is left out."""
    found: dict[str, Sentence] = {}
    for file in sorted(folder.rglob("*.yml")):
        for block in yaml.safe_load(file.read_text(encoding="utf-8")).get("nlu") or ():
            aspect = (block.get("metadata") or {}).get("aspect")
            for line in block["examples"].splitlines():
                one = Sentence(line.strip().removeprefix("-").strip(), block["intent"], aspect)
                if one.marked:
                    found.setdefault(normalise(one.text), one)
    return list(found.values())


def split(sentences: Iterable[Sentence], held_out: float, seed: int) -> tuple[list[Sentence], list[Sentence]]:
    """Sentences to learn from and sentences to be asked, each kind of talk and aspect in the same share."""
    groups: dict[tuple[str, str | None], list[Sentence]] = {}
    for one in sentences:
        groups.setdefault((one.kind, one.aspect), []).append(one)
    shuffle = random.Random(seed).shuffle
    learned: list[Sentence] = []
    asked: list[Sentence] = []
    for group in groups.values():
        shuffle(group)
        cut = round(len(group) * held_out)
        asked += group[:cut]
        learned += group[cut:]
    shuffle(asked)
    return learned, asked


def training_data(sentences: Sequence[Sentence], intent_of: Callable[[Sentence], str]) -> str:
    """Rasa training data (YAML), each sentence under the intent that `intent_of` gives it."""
    blocks: dict[tuple[str, str | None], list[str]] = {}
    for one in sentences:
        blocks.setdefault((intent_of(one), one.aspect), []).append(f"- {one.marked}\n")
    nlu = [
        {"intent": intent, "metadata": {"aspect": aspect}, "examples": "".join(lines)}
        for (intent, aspect), lines in blocks.items()
    ]
    return yaml.safe_dump({"version": "3.1", "nlu": nlu}, allow_unicode=True)
