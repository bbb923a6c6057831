"""The language models as trained from data/nlu; kept between runs, as training takes some ten seconds."""

from __future__ import annotations

from pathlib import Path

from bot.stamps import alone, fingerprint
from foundation.settings import ROOT, load_settings
from knowledge_base.answering.examples import read_examples
from knowledge_base.answering.models import train

LEARNED_FROM = (
    "data/nlu",
    "foundation/text.py",
    "knowledge_base/answering/classifier.py",
    "knowledge_base/answering/examples.py",
    "knowledge_base/answering/models.py",
    "knowledge_base/search/words.py",
)


def trained() -> Path:
    """The folder with them, as LanguageModels.load reads it."""
    cache = load_settings().var_dir / "test-language"
    directory = cache / fingerprint(ROOT, LEARNED_FROM)[:16]
    with alone(cache / ".lock", lambda: None):
        if not (directory / "done").exists():
            train(read_examples([ROOT / "data" / "nlu"])).save(directory)
            (directory / "done").touch()
    return directory
