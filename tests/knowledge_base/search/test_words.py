from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import jieba
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.search.words import Words, grams

words = Words()


def test_names_stay_whole_and_their_parts_are_found_too() -> None:
    own = Words(["渔港服务站"])
    assert {"渔港服务站", "渔港", "服务站"} <= set(own.cut("渔港服务站几点开门"))


def test_learning_names_does_not_change_how_other_text_is_cut() -> None:
    own = Words()
    before = own.cut("那多少钱，要带什么材料")
    own.add(f"新名字{number}号" for number in range(5000))
    assert own.cut("那多少钱，要带什么材料") == before


def test_the_names_stay_out_of_the_tokenizer_that_others_use() -> None:
    Words(["龘靐齉爩"])
    assert jieba.dt.FREQ.get("龘靐齉爩") is None


def test_marks_and_blanks_are_no_words() -> None:
    assert words.cut("身份证，。 ！？…") == words.cut("身份证")
    assert words.cut("") == []


def test_grams_are_characters_pairs_and_whole_latin_words() -> None:
    assert grams("护照abc") == ["护", "照", "护照", "abc"]
    assert grams("护,照") == ["护", "照"]
    assert grams("1.5元") == ["1.5", "元"]
    assert grams("") == []


@given(st.text(max_size=60))
def test_any_text_can_be_cut(text: str) -> None:
    assert words.cut(text) == words.cut(text.lower())
    assert grams(text) == grams(text.lower())
    assert all(word.strip() for word in words.cut(text))


def test_a_text_is_cut_once_for_words_and_for_search(monkeypatch: pytest.MonkeyPatch) -> None:
    own, cuts = Words(), Counter[str]()
    plain = jieba.Tokenizer.cut

    def counted(self: jieba.Tokenizer, text: str, *how: bool) -> Iterator[str]:
        cuts[text] += 1
        return plain(self, text, *how)

    monkeypatch.setattr(jieba.Tokenizer, "cut", counted)
    assert own.words("护照怎么办") == ["护照", "怎么办"]
    own.words("护照怎么办").clear()
    assert "护照" in own.cut("护照怎么办") and cuts == {"护照怎么办": 1}


def test_a_name_that_is_learned_counts_for_the_text_that_was_cut_last() -> None:
    own = Words()
    before = own.words("去渔港服务站")
    own.add(["渔港服务站"])
    assert "渔港服务站" not in before and own.words("去渔港服务站") == ["去", "渔港服务站"]
