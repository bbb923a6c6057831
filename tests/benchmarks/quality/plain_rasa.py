"""Plain Rasa: DIET and a ResponseSelector, one retrieval intent for each unit. Trains for many minutes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from bot import child
from bot.environment import QUIET
from bot.scoring import Line
from foundation.settings import ROOT
from foundation.text import normalise
from knowledge_base.model import Unit
from knowledge_base.search.documents import document
from tests.benchmarks.quality.baselines import candidate

NAME = "plain Rasa (DIET + ResponseSelector)"
CONFIG = Path(__file__).with_name("plain_rasa.yml")
INTENT = "answer"
OTHERS = {
    "greet": ("你好", "您好", "早上好", "下午好", "在吗", "有人吗"),
    "thanks": ("谢谢", "多谢", "非常感谢", "谢谢你", "麻烦您了", "好的谢谢"),
    "goodbye": ("再见", "拜拜", "下次再聊", "先这样", "没事了", "走了"),
}
"""Talk beside questions: DIET learns nothing from one intent alone."""


class PlainRasa:
    """The model for some units, trained once: cached by a hash of the training data, the configuration and Rasa."""

    def __init__(self, units: Sequence[Unit], cache: Path) -> None:
        self._units = units
        self._files = {"nlu.yml": nlu(units), "domain.yml": domain(units), "config.yml": CONFIG.read_text("utf-8")}
        self.folder = cache / digest(version("rasa"), *self._files.values())

    @property
    def trained(self) -> bool:
        return self._model.exists()

    @property
    def _model(self) -> Path:
        return self.folder / "model.tar.gz"

    def train(self) -> None:
        """Train where that was not done yet."""
        if self.trained:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, text in self._files.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        files = ("--nlu", "nlu.yml", "--config", "config.yml", "--domain", "domain.yml", "--out", ".")
        self._start("train", "rasa", "train", "nlu", *files, "--fixed-model-name", "model")

    def candidates(self, questions: Sequence[str]) -> list[list[Line]]:
        """What the response selector ranks first for each question; asked once, then cached."""
        name = digest(*questions)
        asked, answered = self.folder / f"{name}.questions.json", self.folder / f"{name}.answers.json"
        if not answered.exists():
            asked.write_text(json.dumps(list(questions), ensure_ascii=False), encoding="utf-8")
            self._start("ask", "tests.benchmarks.quality.plain_rasa", str(self._model), str(asked), str(answered))
        ranked: list[list[int]] = json.loads(answered.read_text(encoding="utf-8"))
        return [[candidate(self._units[row]) for row in rows] for rows in ranked]

    def _start(self, name: str, *module: str) -> None:
        environment = {
            **os.environ,
            **QUIET,
            "RASA_CACHE_DIRECTORY": str(self.folder / "cache"),
            "PYTHONPATH": str(ROOT),
        }
        child.run([sys.executable, "-m", *module], self.folder / f"{name}.log", self.folder, environment)


def nlu(units: Sequence[Unit]) -> str:
    """Training data: each unit's ways of being asked for, and some talk beside."""
    blocks = [{"intent": f"{INTENT}/{row}", "examples": listed(document(unit).asked)} for row, unit in enumerate(units)]
    blocks += [{"intent": kind, "examples": listed(sentences)} for kind, sentences in OTHERS.items()]
    return dumped({"version": "3.1", "nlu": blocks})


def domain(units: Sequence[Unit]) -> str:
    responses = {f"utter_{INTENT}/{row}": [{"text": unit.title}] for row, unit in enumerate(units)}
    return dumped({"version": "3.1", "intents": [INTENT, *OTHERS], "responses": responses})


def listed(sentences: Sequence[str]) -> str:
    """Sentences as Rasa's training files have them, without what it would take for marks of entities."""
    plain = (normalise(one).translate({ord(mark): " " for mark in "[](){}"}).strip() for one in sentences)
    return "".join(f"- {one}\n" for one in plain if one)


def dumped(content: Any) -> str:
    text: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)
    return text


def digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


async def ask(model: Path, questions: Sequence[str]) -> list[list[int]]:
    """The rows of the units that a model ranks first for each question."""
    from rasa.core.agent import Agent

    agent = Agent.load(model)
    found = []
    for question in questions:
        said = await agent.parse_message(normalise(question) or "。")
        selectors = said.get("response_selector") or {}
        ranking = selectors.get("default", {}).get("ranking", [])
        found.append([int(one["intent_response_key"].partition("/")[2]) for one in ranking])
    return found


if __name__ == "__main__":
    path, asked_file, answers_file = map(Path, sys.argv[1:])
    rows = asyncio.run(ask(path, json.loads(asked_file.read_text(encoding="utf-8"))))
    answers_file.write_text(json.dumps(rows), encoding="utf-8")
