"""Our classifiers and Rasa's DIET on the same sentences: how often right, how fast, how large.

    python -m tests.benchmarks.compare_classifiers [--keep FOLDER]

Four fifths of `data/nlu` train three Rasa models, one after the other; the last fifth is asked of each. Only the
classifiers are compared: our component runs on an empty knowledge base, without the sentence encoder, and so
without the names that it would otherwise blank out. "Alone" is the best label of each classifier, before the rules
of `understanding.kind_of_talk`. Other work on the machine disturbs seconds and milliseconds; CPU time and ratios
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

from bot import child
from bot.environment import QUIET
from foundation.migrate import upgrade
from foundation.settings import ROOT
from foundation.text import normalise, numerals, strip_fillers
from knowledge_base.answering.models import NO_ASPECT, LanguageModels
from tests.benchmarks.comparison import Meaning, Outcome, cost_table, differences, measures, quality_table
from tests.benchmarks.sentences import Sentence, read, split, write

HELD_OUT, SEED = 0.2, 20261123
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


def run(contender: Contender, folder: Path, learned: Sequence[Sentence], asked: Sequence[Sentence]) -> Outcome:
    """Train in one process, load and ask in another."""
    folder.mkdir(parents=True)
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
    write(folder / "nlu.yml", learned, contender.intent_of)
    (folder / "config.yml").write_bytes(contender.config.read_bytes())
    (folder / "asked.json").write_text(json.dumps([one.text for one in asked]), encoding="utf-8")

    def timed(name: str, *arguments: str) -> tuple[float, float]:
        began, cpu = time.time(), children_cpu()
        child.run([sys.executable, "-m", *arguments], folder / f"{name}.log", ROOT, environment)
        return time.time() - began, children_cpu() - cpu

    files = ("--nlu", f"{folder}/nlu.yml", "--config", f"{folder}/config.yml", "--out", str(folder))
    train, train_cpu = timed("train", "rasa", "train", "nlu", *files, "--fixed-model-name", "model")
    model, result = folder / "model.tar.gz", folder / "result.json"
    began = time.time()
    timed("probe", "tests.benchmarks.probe", str(model), f"{folder}/asked.json", str(result))
    probe = json.loads(result.read_text(encoding="utf-8"))
    meanings = [meaning(one["intent"], one["aspect"]) for one in probe["parsed"]]
    return Outcome(train, train_cpu, model.stat().st_size / 2**20, probe["ready_at"] - began, probe, meanings)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="a new folder for models, logs and what was said")
    keep = parser.parse_args().keep
    learned, asked = split(read(ROOT / "data" / "nlu"), HELD_OUT, SEED)
    print(f"{time.strftime('%Y-%m-%d')}, {len(learned)} sentences learned, {len(asked)} asked, seed {SEED}", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep.resolve() if keep else Path(temporary)
        outcomes = {}
        for number, (name, contender) in enumerate(CONTENDERS.items()):
            print(f"{name} … (the machine's load is {os.getloadavg()[0]:.1f})", file=sys.stderr, flush=True)
            outcomes[name] = run(contender, folder / str(number), learned, asked)
        said = {name: outcome.meanings for name, outcome in outcomes.items()}
        said[ALONE] = alone(folder / "0" / "model.tar.gz", asked)
    names = (OURS, ALONE, DIET, DIET_ASPECTS)
    judged = measures(said, [(one.kind, one.aspect) for one in asked], without_aspect=[DIET])
    lines = [
        "",
        *quality_table(judged, names),
        "",
        *differences(judged, names[:2], names[2:]),
        "",
        *cost_table(outcomes),
    ]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
