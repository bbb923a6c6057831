from __future__ import annotations

import sys
from pathlib import Path

import pytest
from trained_language import trained

from knowledge_base.answering.models import LanguageModels

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


@pytest.fixture(scope="session")
def models() -> LanguageModels:
    return LanguageModels.load(trained())
