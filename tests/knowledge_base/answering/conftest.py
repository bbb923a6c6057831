from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.stamps import alone, fingerprint
from foundation.settings import ROOT, load_settings
from knowledge_base.answering.examples import read_examples
from knowledge_base.answering.models import LanguageModels, train

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

LEARNED_FROM = (
    "data/nlu",
    "foundation/text.py",
    "knowledge_base/answering/classifier.py",
    "knowledge_base/answering/examples.py",
    "knowledge_base/answering/models.py",
    "knowledge_base/search/words.py",
)


@pytest.fixture(scope="session")
def models() -> LanguageModels:
    """The language models as trained from data/nlu; kept between runs, as training takes some ten seconds."""
    cache = load_settings().var_dir / "test-language"
    directory = cache / fingerprint(ROOT, LEARNED_FROM)[:16]
    with alone(cache / ".lock", lambda: None):
        if not (directory / "done").exists():
            train(read_examples([ROOT / "data" / "nlu"])).save(directory)
            (directory / "done").touch()
    return LanguageModels.load(directory)
