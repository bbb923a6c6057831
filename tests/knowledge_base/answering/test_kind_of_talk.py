from __future__ import annotations

import pytest

from knowledge_base.answering.classifier import Label
from knowledge_base.answering.kind_of_talk import kind_of_talk


@pytest.mark.parametrize("text", ["我想自杀", "隔壁房子烧起来了", "手被机器轧断了血一直流"])
def test_words_of_danger_decide_by_themselves(text: str) -> None:
    ranked = [Label("ask", 0.99), Label("emergency", 0.01)]
    assert kind_of_talk(ranked, text, None, True, 0.9)[0] == "emergency"
    assert kind_of_talk(ranked, "自杀去世怎么销户", None, True, 0.9)[0] == "ask"
