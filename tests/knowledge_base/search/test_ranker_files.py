from __future__ import annotations

import json
from pathlib import Path

import pytest

from foundation.errors import ConfigError
from knowledge_base.search.ranker import DEFAULT, Ranker


def test_what_was_saved_is_read_back(tmp_path: Path) -> None:
    DEFAULT.save(tmp_path / "ranker.json")
    assert Ranker.load(tmp_path / "ranker.json") == DEFAULT


def test_a_ranker_of_another_version_is_refused_and_not_misread(tmp_path: Path) -> None:
    DEFAULT.save(tmp_path / "ranker.json")
    raw = json.loads((tmp_path / "ranker.json").read_text())
    raw["among"]["weights"].pop()
    (tmp_path / "ranker.json").write_text(json.dumps(raw))
    with pytest.raises(ConfigError, match="zhengwu train"):
        Ranker.load(tmp_path / "ranker.json")
