"""What is imported only when it is used. Each in a process of its own: these have imported all of it already."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot import training
from foundation.database import Database
from foundation.settings import ROOT, Settings, load_settings

MESSENGERS = "('slack_sdk', 'aiogram', 'webexteamssdk', 'twilio')"


def python(program: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, **environment}, text=True, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def package(folder: Path) -> dict[str, str]:
    """A package that says when it runs, with a module that says so too."""
    (folder / "noisy").mkdir()
    (folder / "noisy" / "__init__.py").write_text("print('package')\nfrom noisy.part import one\n")
    (folder / "noisy" / "part.py").write_text("print('part')\none = 1\n")
    return {"PYTHONPATH": str(folder)}


POSTPONED = "from bot import postponed\npostponed.POSTPONED = ('noisy',)\npostponed.postpone()\n"


@pytest.mark.parametrize(
    ("used", "said"),
    [
        ("import noisy\nimport noisy\nprint('asked')", "asked"),
        ("import noisy\nprint(noisy.one, noisy.part.one)", "package part 1 1"),
        ("from noisy import one\nprint(one)", "package part 1"),
        ("import noisy.part\nprint('asked')\nprint(noisy.one)", "part asked package 1"),
        ("import noisy\nprint(hasattr(noisy, '__wrapped__'), hasattr(noisy, 'two'))", "package part False False"),
    ],
)
def test_a_module_runs_once_when_it_is_asked_for_something(tmp_path: Path, used: str, said: str) -> None:
    assert python(POSTPONED + used, **package(tmp_path)).split() == said.split()


def test_a_module_that_fails_says_why_each_time(tmp_path: Path) -> None:
    environment = package(tmp_path)
    (tmp_path / "noisy" / "__init__.py").write_text("raise ImportError('no such library')\n")
    program = "import noisy\nfor _ in '12':\n  try: noisy.one\n  except ImportError as error: print(error)\n"
    assert python(POSTPONED + program, **environment).split("\n")[:2] == ["no such library"] * 2


@pytest.mark.slow
def test_a_gateway_has_no_messengers_libraries_and_rasa_still_has_them() -> None:
    program = (
        "import sys\nfrom bot.environment import quieten\nquieten()\nimport channels.server\n"
        f"there = [name for name in {MESSENGERS} if name in sys.modules]\n"
        "import rasa.core.channels\nprint(there, 'slack' in rasa.core.channels.BUILTIN_CHANNELS)\n"
    )
    assert python(program).split() == ["[]", "True"]


HEAVY = (
    "'tensorflow', 'sklearn', 'scipy', 'pandas', 'plotly', 'matplotlib', 'onnxruntime', 'jieba', 'openpyxl', 'PIL', "
    "'alembic', 'authlib', 'setuptools', 'pymongo', 'boto3', 'rasa.core.agent', 'rasa.engine', 'rasa.shared.importers'"
)


@pytest.mark.slow
def test_what_a_gateway_imports_before_it_listens_is_what_it_needs() -> None:
    """Whoever opens the page waits for all of it."""
    program = (
        "import sys\nfrom bot.environment import quieten\nquieten()\nimport bot.cli.serve\n"
        "from bot.services import prepare_gateway\nprepare_gateway()\n"
        f"print([name for name in ({HEAVY}) if name in sys.modules])\n"
    )
    assert python(program).split() == ["[]"]


@pytest.mark.slow
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.skipif(not training.present(load_settings()), reason="nothing was trained here: run `make setup`")
def test_an_answer_takes_no_tensorflow(database: Database, database_url: str, settings: Settings) -> None:
    program = (
        "import sys\nfrom bot.cli.main import main\nimport bot.environment\nbot.environment.quieten()\n"
        "import bot.worker_process\nassert main(['ask', '你好']) == 0\nprint('tensorflow' in sys.modules)\n"
        "import rasa.utils.train_utils\n"
        "print(callable(rasa.utils.train_utils.init_split_entities), 'tensorflow' in sys.modules)\n"
    )
    trained = str(load_settings().model_dir)
    environment = {"DATABASE_URL": database_url, "MODEL_DIR": trained, "SECRET_KEY": "0" * 64, "ENCODER": "none"}
    said = python(program, **{f"ZHENGWU_{name}": value for name, value in environment.items()})
    assert said.startswith("> 你好\n") and said.split()[-3:] == ["False", "True", "True"]
