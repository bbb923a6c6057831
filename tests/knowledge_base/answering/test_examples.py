from __future__ import annotations

from pathlib import Path

import pytest

from foundation.errors import ConfigError
from foundation.settings import ROOT
from knowledge_base.answering.examples import PLACEHOLDER, read_examples
from knowledge_base.model.item import ASPECTS

NLU = """
version: "3.1"
nlu:
  - intent: ask
    metadata: {aspect: fee}
    examples: |
      - 办[護照](service_item)多少錢
      -   [身份证](service_item)和[户口本](service_item)都要钱吗
      -
  - intent: greet
    examples: |
      - 你好
  - lookup: service_item
    examples: |
      - 护照
"""


def test_reading(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "ask.yml").write_text(NLU, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no data", encoding="utf-8")
    first, second, third = read_examples([tmp_path])
    assert (first.text, first.blanked) == ("办护照多少钱", f"办{PLACEHOLDER}多少钱")
    assert (first.kind, first.aspect, first.topics) == ("ask", "fee", ("护照",))
    assert second.topics == ("身份证", "户口本")
    assert second.blanked.count(PLACEHOLDER) == 2
    assert (third.kind, third.aspect, third.topics, third.blanked) == ("greet", None, (), "你好")


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "just text\n"])
def test_what_is_no_training_data(tmp_path: Path, content: str) -> None:
    (tmp_path / "bad.yml").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"bad\.yml"):
        read_examples([tmp_path])


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        read_examples([tmp_path])


def test_our_own_data() -> None:
    examples = read_examples([ROOT / "data" / "nlu"])
    kinds = {one.kind for one in examples}
    assert {"ask", "greet", "emergency", "handover", "choose"} <= kinds
    assert {one.aspect for one in examples if one.aspect} <= set(ASPECTS)
    assert all(one.text for one in examples)
