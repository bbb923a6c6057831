from __future__ import annotations

from pathlib import Path

import pytest

from foundation.errors import ConfigError
from foundation.settings import ROOT
from foundation.text import squash
from knowledge_base.answering.mood import CALM, MOODS, Felt, MoodModel, read_moods

SENTENCES = sorted((ROOT / "data" / "mood").glob("*.yml"))


@pytest.fixture(scope="module")
def model() -> MoodModel:
    return MoodModel.learn(read_moods(SENTENCES))


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("请问办理护照需要多少钱", "calm"),
        ("父亲去世了，请问户口注销需要什么材料", "calm"),
        ("跑了五趟还办不成，什么破系统，气死人了！", "annoyed"),
        ("你们窗口这是什么态度，我要投诉", "annoyed"),
        ("孩子住院等着钱，我真的快急疯了，求求你们帮帮我", "distressed"),
        ("太感谢了，一次就办好，真方便", "pleased"),
    ],
)
def test_plain_cases(model: MoodModel, text: str, mood: str) -> None:
    assert model.read(text).name == mood


def test_script_and_width_make_no_difference(model: MoodModel) -> None:
    assert model.read("非常感謝，太棒了") == model.read("非常感谢，太棒了")
    assert model.read("气死我了!!") == model.read("气死我了！！")


@pytest.mark.parametrize("text", ["", " ", "\u200b"])
def test_who_says_nothing_is_calm(model: MoodModel, text: str) -> None:
    assert model.read(text) == (CALM, 1.0)


def test_a_saved_model_reads_the_same(model: MoodModel, tmp_path: Path) -> None:
    model.save(tmp_path / "mood.npz")
    loaded = MoodModel.load(tmp_path / "mood.npz")
    for text in ("烦死了", "谢谢", "几点开门"):
        assert loaded.read(text).name == model.read(text).name
        assert loaded.read(text).probability == pytest.approx(model.read(text).probability)


def test_an_untrained_model_names_the_cure(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="make setup"):
        MoodModel.load(tmp_path / "mood.npz")


def test_the_training_sentences_hold_every_mood_and_nothing_twice() -> None:
    felt = read_moods(SENTENCES)
    assert {one.mood for one in felt} == set(MOODS)
    assert len({squash(one.text) or one.text for one in felt}) == len(felt) >= 400


def test_sentences_are_read_from_a_list(tmp_path: Path) -> None:
    file = tmp_path / "a.yml"
    file.write_text("mood: calm\nexamples: |\n  - 几点开门: 周六\n\n  - # 号窗口\n", encoding="utf-8")
    assert read_moods([file]) == [Felt("几点开门: 周六", "calm"), Felt("# 号窗口", "calm")]


@pytest.mark.parametrize(
    "content", ["", "mood: sad\nexamples: |\n  - 唉", "mood: calm", "- 1", "mood: calm\nexamples: |\n"]
)
def test_a_file_that_is_none(tmp_path: Path, content: str) -> None:
    file = tmp_path / "bad.yml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"bad\.yml"):
        read_moods([file])
