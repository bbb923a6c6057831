from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from foundation.settings import ROOT, Settings

Zhengwu = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def zhengwu(settings: Settings, tmp_path: Path) -> Zhengwu:
    """Runs `zhengwu …` with folders of the test's own; keyword arguments are settings, `stdin` what is typed."""

    def run(*arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        own = {
            "ZHENGWU_SECRET_KEY": settings.secret_key.get_secret_value(),
            "ZHENGWU_VAR_DIR": str(settings.var_dir),
            "ZHENGWU_MODEL_DIR": str(settings.model_dir),
            "ZHENGWU_DATABASE_URL": f"sqlite:///{tmp_path / 'zhengwu.db'}",
            "ZHENGWU_ENCODER": "none",
            **{f"ZHENGWU_{name.upper()}": value for name, value in more.items()},
        }
        return subprocess.run(
            [sys.executable, "-m", "bot.cli", *arguments],
            cwd=ROOT,
            env={**os.environ, **own},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run
