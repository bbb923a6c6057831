from __future__ import annotations

import yaml
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.model import Synonym
from knowledge_base.search.synonyms import FILE, Synonyms, of, shipped

officially = shipped().officially


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


def office(*groups: Synonym) -> Synonyms:
    return of(dict(enumerate(groups)))


def test_an_offices_own_groups_lie_on_top() -> None:
    own = office(Synonym(id="a", term="居住证", words=("居主卡", "ETC宝")))
    assert own.officially("居主卡咋整") == "居住证怎么办理"
    assert own.officially("我的etc宝") == own.officially("我的ETC宝") == "我的居住证"
    assert officially("居主卡") == "居主卡" and of({}) is shipped()


def test_where_both_have_a_word_the_offices_hold() -> None:
    """驾照 is shipped as a word for 机动车驾驶证; an office may say that its guides call it otherwise."""
    own = office(Synonym(id="a", term="驾驶证件", words=("驾照",)))
    assert own.officially("驾照") == "驾驶证件"
    turned = office(Synonym(id="b", term="驾照", words=("机动车驾驶证",)))
    assert turned.officially("机动车驾驶证") == "驾照" and turned.officially("驾照") == "驾照"
    others = [
        word for word, term in shipped().official.items() if term == "机动车驾驶证" and word not in (term, "驾照")
    ]
    assert others and {turned.officially(word) for word in others} == {"驾照"}, "the term's other words go with it"


def test_words_are_what_a_question_has_after_it_is_normalised() -> None:
    own = office(Synonym(id="a", term="養犬登記", words=("ＤＯＧ证", "三十天狗證")))
    assert own.officially("30天狗证") == own.officially("dog证") == "养犬登记"


def test_groups_that_contradict_each_other_have_one_reading_in_any_order() -> None:
    """Rolling one back can bring them together."""
    one, other = Synonym(id="a", term="居住证", words=("暂住证",)), Synonym(id="b", term="暂住证", words=("居住证",))
    assert office(one, other).official == office(other, one).official
    assert office(one, other).officially("居住证和暂住证") == "居住证和暂住证"


@given(
    st.text("暂居主住证卡AbaE 是", max_size=30), st.lists(st.text("暂居主住证卡Ab", min_size=2, max_size=4), max_size=5)
)
def test_a_text_cut_apart_is_whole_again(text: str, words: list[str]) -> None:
    groups = [Synonym(id=f"g{n}", term="户口簿", words=(word,)) for n, word in enumerate(words)]
    own = office(*groups)
    pieces = own.apart(text)
    assert "".join(pieces) == text and len(pieces) % 2
    assert not any(form in piece for piece in pieces[::2] for group in groups for form in group.said)
    assert isinstance(own.officially(text), str)
