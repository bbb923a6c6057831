from __future__ import annotations

import yaml
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.search.synonyms import FILE, officially


def test_colloquial_words_become_official() -> None:
    assert officially("驾照丢了咋整") == "机动车驾驶证遗失怎么办理"


def test_official_words_stay() -> None:
    for text in ("机动车驾驶证", "不动产权证书多少钱", "怎么办理"):
        assert officially(text) == text


def test_a_term_that_is_there_is_not_said_twice() -> None:
    assert officially("我的驾照，就是机动车驾驶证") == "我的驾照，就是机动车驾驶证"


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    assert isinstance(officially(text), str)


def test_every_word_stands_for_one_term() -> None:
    groups = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    words = [word for group in groups.values() for word in group]
    assert sorted({word for word in words if words.count(word) > 1}) == []
