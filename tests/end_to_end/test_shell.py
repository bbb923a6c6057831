"""Rasa's own commands work on the same checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from city import City, model_dir

from bot.environment import QUIET
from foundation.settings import ROOT

pytestmark = pytest.mark.slow


def rasa(city: City, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rasa", *arguments],
        cwd=ROOT, env={**city.environment, **QUIET}, text=True, capture_output=True, encoding="utf-8", timeout=180,
    )  # fmt: skip


def test_stories(city: City, tmp_path: Path) -> None:
    done = rasa(
        city, "test", "core", "--e2e", "--fail-on-prediction-errors",
        "-s", "tests/conversations", "-m", str(model_dir() / "zhengwu.tar.gz"), "--out", str(tmp_path),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_data_is_valid(city: City) -> None:
    done = rasa(city, "data", "validate", "--data", "data", "--fail-on-warnings")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
