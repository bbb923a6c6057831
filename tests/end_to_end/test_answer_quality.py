"""Answers on the development sets must not fall below the floors of tests/benchmarks/quality/targets.py."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from city import model_dir

from bot import training
from foundation.settings import load_settings
from tests.benchmarks.quality.run import Outcome, run
from tests.benchmarks.quality.sets import all_sets, present
from tests.benchmarks.quality.targets import TARGETS, broken

pytestmark = pytest.mark.slow
SETS = list(dict.fromkeys(one.questions for one in TARGETS))


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Outcome]]:
    """Every set that has a floor, asked once."""
    folder = os.environ.get("ZHENGWU_EVAL_DIR") or load_settings().eval_dir
    if folder is None or not Path(folder).is_dir():
        pytest.skip("ZHENGWU_EVAL_DIR names no folder of development sets")
    settings = load_settings(model_dir=model_dir())
    training.train(settings)
    sets = [one for one in present(all_sets(Path(folder))) if one.name in SETS]
    yield {one.questions.name: one for one in run(sets, tmp_path_factory.mktemp("eval"), settings, compare=False)}


@pytest.mark.parametrize("name", SETS)
def test_floors(outcomes: dict[str, Outcome], name: str) -> None:
    if name not in outcomes:
        pytest.skip(f"the development set {name} is not there")
    found = [line for section in outcomes[name].sections for line in broken(name, section.scores)]
    assert not found, "\n".join(found)
