from __future__ import annotations

from pathlib import Path

import pytest

from foundation.errors import ConfigError
from knowledge_base.answering.models import LanguageModels
from knowledge_base.search.words import shared_words


def test_saved_and_loaded(models: LanguageModels, tmp_path: Path) -> None:
    models.save(tmp_path)
    loaded = LanguageModels.load(tmp_path)
    assert loaded.plain_words == models.plain_words
    for text in ("那多少钱", "转人工", "你好", "□要带什么材料"):
        assert loaded.kind.rank(text) == models.kind.rank(text)
        assert loaded.aspect.rank(text) == models.aspect.rank(text)


def test_replies_to_a_form_are_not_learned(models: LanguageModels) -> None:
    kinds = {label.name for label in models.kind.rank("SLS2026-110412-0087")}
    assert {"ask", "status", "mine", "remind", "stop_reminding"} <= kinds
    assert kinds.isdisjoint({"inform", "cancel"})


@pytest.mark.parametrize("gone", ["kind.npz", "aspect.npz", "plain_words.json"])
def test_not_trained_yet(models: LanguageModels, tmp_path: Path, gone: str) -> None:
    models.save(tmp_path)
    (tmp_path / gone).unlink()
    with pytest.raises(ConfigError, match="make setup"):
        LanguageModels.load(tmp_path)


@pytest.mark.parametrize("text", ["那多少钱", "要带什么材料", "在哪里办", "要几天"])
def test_questions_that_name_no_topic(models: LanguageModels, text: str) -> None:
    assert models.topic(text, shared_words()) == ""


@pytest.mark.parametrize(("text", "topic"), [("护照多少钱", "护照"), ("渔船要带什么材料", "渔船")])
def test_questions_that_name_one(models: LanguageModels, text: str, topic: str) -> None:
    assert topic in models.topic(text, shared_words())
