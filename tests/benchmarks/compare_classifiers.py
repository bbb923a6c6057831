"""Our classifiers and Rasa's DIET on the same sentences: how often right, how fast, how large.

    python -m tests.benchmarks.compare_classifiers [--keep FOLDER]

Four fifths of `data/nlu` train three Rasa models, one after the other; then the last fifth is asked of each. Only the
classifiers are compared: our component runs on an empty knowledge base, without the sentence encoder, and so
without the names that it would otherwise blank out. "Alone" is the best label of each classifier, before the rules
of `kind_of_talk.py`. Other work on the machine disturbs seconds and milliseconds; CPU time and ratios
less. docs/decisions/0002-classifiers.md has a run and what was decided on it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot import child
from bot.environment import QUIET
from foundation.migrate import upgrade
from foundation.settings import ROOT
from foundation.text import normalise, numerals, strip_fillers
from knowledge_base.answering.models import NO_ASPECT, LanguageModels
from tests.benchmarks.comparison import Meaning, Outcome, cost_table, differences, measures, quality_table
from tests.benchmarks.sentences import Sentence, read, split, training_data

HELD_OUT, SEED = 0.2, 20261123
ROUNDS = 3
"""Each model is loaded and asked so many times, in turn, so that other work disturbs all alike."""
DIET_CONFIG = Path(__file__).with_name("diet_config.yml")
OURS, ALONE, DIET, DIET_ASPECTS = "ours", "ours, alone", "DIET", "DIET, ask_<aspect>"


@dataclass(frozen=True)
class Contender:
    config: Path
    intent_has_aspect: bool = False
    """Whether it is taught `ask_fee` where we say ask and fee, as Rasa's users would do."""

    def intent_of(self, sentence: Sentence) -> str:
        if self.intent_has_aspect and sentence.kind == "ask":
            return f"ask_{sentence.aspect or 'general'}"
        return sentence.kind


CONTENDERS = {
    OURS: Contender(ROOT / "config.yml"),
    DIET: Contender(DIET_CONFIG),
    DIET_ASPECTS: Contender(DIET_CONFIG, intent_has_aspect=True),
}


def train(contender: Contender, folder: Path, learned: Sequence[Sentence]) -> Outcome:
    """Train a Rasa model in a process of its own, or find the one that this folder has from the same sentences."""
    folder.mkdir(parents=True, exist_ok=True)
    data, config, note, model = (folder / name for name in ("nlu.yml", "config.yml", "training.json", "model.tar.gz"))
    sentences = training_data(learned, contender.intent_of)
    if not (note.exists() and data.read_text(encoding="utf-8") == sentences):
        data.write_text(sentences, encoding="utf-8")
        config.write_bytes(contender.config.read_bytes())
        began, cpu = time.time(), children_cpu()
        files = ("--nlu", str(data), "--config", str(config), "--out", str(folder), "--fixed-model-name", "model")
        start(folder, "train", "rasa", "train", "nlu", *files)
        note.write_text(json.dumps({"seconds": time.time() - began, "cpu": children_cpu() - cpu}), encoding="utf-8")
    return Outcome(json.loads(note.read_text(encoding="utf-8")), model)


def probe(model: Path, asked: Sequence[Sentence]) -> dict[str, Any]:
    """Load a model in a process of its own and ask it everything."""
    folder = model.parent
    sentences, result = folder / "asked.json", folder / "result.json"
    sentences.write_text(json.dumps([one.text for one in asked]), encoding="utf-8")
    began_at = time.time()
    start(folder, "probe", "tests.benchmarks.probe", str(model), str(sentences), str(result))
    return {"began_at": began_at, **json.loads(result.read_text(encoding="utf-8"))}


def start(folder: Path, name: str, *module: str) -> None:
    """Run a module with an empty knowledge base and its own cache, all in `folder`."""
    environment = {
        **os.environ,
        **QUIET,
        "RASA_CACHE_DIRECTORY": str(folder / "cache"),
        "ZHENGWU_DATABASE_URL": f"sqlite:///{folder}/empty.db",
        "ZHENGWU_VAR_DIR": str(folder / "var"),
        "ZHENGWU_SECRET_KEY": "0" * 64,
        "ZHENGWU_ENCODER": "none",
    }
    upgrade(environment["ZHENGWU_DATABASE_URL"])
    child.run([sys.executable, "-m", *module], folder / f"{name}.log", ROOT, environment)


def children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def meaning(intent: str, aspect: str | None) -> Meaning:
    """What an intent means, also one with the aspect in it; `ask_office` is a kind of talk of its own."""
    if intent.startswith("ask_") and intent != "ask_office":
        told = intent.removeprefix("ask_")
        return "ask", None if told == "general" else told
    return intent, aspect if intent == "ask" else None


def alone(model: Path, asked: Sequence[Sentence]) -> list[Meaning]:
    """What the two classifiers in our trained model say by themselves."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(model) as archive:
            archive.extractall(folder)
        models = LanguageModels.load(next(Path(folder).rglob("kind.npz")).parent)
    found = []
    for one in asked:
        text = strip_fillers(numerals(normalise(one.text)))
        kind, aspect = models.kind.rank(text)[0].name, models.aspect.rank(text)[0].name
        found.append(meaning(kind, None if aspect == NO_ASPECT else aspect))
    return found


def tell(what: str) -> None:
    print(f"{what} (the machine's load is {os.getloadavg()[0]:.1f})", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="where models are left and found again; remove its `0` when our code has changed",
    )
    keep = parser.parse_args().keep
    learned, asked = split(read(ROOT / "data" / "nlu"), HELD_OUT, SEED)
    print(f"{time.strftime('%Y-%m-%d')}, {len(learned)} sentences learned, {len(asked)} asked, seed {SEED}", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep.resolve() if keep else Path(temporary)
        outcomes = {}
        for number, (name, contender) in enumerate(CONTENDERS.items()):
            tell(f"training {name}")
            outcomes[name] = train(contender, folder / str(number), learned)
        for _ in range(ROUNDS):
            for name, outcome in outcomes.items():
                tell(f"asking {name}")
                outcome.probes.append(probe(outcome.model, asked))
        said = {name: [meaning(*one) for one in outcome.probes[-1]["parsed"]] for name, outcome in outcomes.items()}
        said[ALONE] = alone(outcomes[OURS].model, asked)
        costs = list(cost_table(outcomes))
    names = (OURS, ALONE, DIET, DIET_ASPECTS)
    judged = measures(said, [(one.kind, one.aspect) for one in asked], without_aspect=[DIET])
    print("\n".join(["", *quality_table(judged, names), "", *differences(judged, names[:2], names[2:]), "", *costs]))


if __name__ == "__main__":
    main()
