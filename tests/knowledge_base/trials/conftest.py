from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from trained_language import trained

from foundation.database import Database
from foundation.settings import Settings
from knowledge_base.answering.models import LanguageModels
from knowledge_base.library import Library
from knowledge_base.regions import NOWHERE
from knowledge_base.trials.answerer import Answerer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


@pytest.fixture(scope="session")
def models() -> LanguageModels:
    return LanguageModels.load(trained())


@pytest.fixture
def answerer(database: Database, models: LanguageModels, settings: Settings) -> Iterator[Answerer]:
    """Answers by words alone."""
    library = Library(database, settings.var_dir / "vectors", "none", settings.model_dir)
    yield Answerer(library, models, settings, NOWHERE)
    library.close()
