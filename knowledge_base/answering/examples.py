"""The labelled sentences in `data/nlu/`, in Rasa's training format, read without Rasa."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from foundation.errors import ConfigError
from foundation.text import normalise

ENTITY = re.compile(r"\[([^\]]+)\]\(([a-z_]+)\)")
PLACEHOLDER = "□"
"""Stands for the name of any service item, so that what was learned holds for names never seen."""


@dataclass(frozen=True)
class Example:
    """A sentence with the kind of talk it is, and the aspect it asks for (None: none in particular)."""

    text: str
    blanked: str
    """The same with names replaced by the placeholder."""
    kind: str
    aspect: str | None
    topics: tuple[str, ...] = ()
    """What the sentence marks as names."""


def example(marked: str, kind: str, metadata: dict[str, Any] | None) -> Example:
    """Build an example from a sentence with Rasa's entity marks."""
    return Example(
        text=normalise(ENTITY.sub(r"\1", marked)),
        blanked=normalise(ENTITY.sub(PLACEHOLDER, marked)),
        kind=kind,
        aspect=(metadata or {}).get("aspect"),
        topics=tuple(normalise(topic) for topic, _ in ENTITY.findall(marked)),
    )


def read_examples(paths: Iterable[Path]) -> list[Example]:
    """Read every `*.yml` of the folders or files given.

    Raises:
        ConfigError: a file is not Rasa NLU data.
    """
    found: list[Example] = []
    for path in paths:
        for file in sorted(path.rglob("*.yml")) if path.is_dir() else [path]:
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
            if not isinstance(content, dict):
                raise ConfigError(f"{file} is not Rasa training data: it has no top-level keys")
            for block in content.get("nlu") or ():
                if "intent" not in block:
                    continue
                for line in block["examples"].splitlines():
                    sentence = line.strip().removeprefix("-").strip()
                    if sentence:
                        found.append(example(sentence, block["intent"], block.get("metadata")))
    if not found:
        raise ConfigError(f"no training sentences in {', '.join(map(str, paths))}")
    return found
