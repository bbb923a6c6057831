"""Questions that differ in their wording are alike; those that differ in what they are about never are."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from desk_people import a_handover
from hypothesis import given
from hypothesis import strategies as st

from desk.alike import alike

SUBJECTS = ("身份证", "居住证", "护照", "驾驶证", "社保卡", "不动产权证", "结婚证", "营业执照", "港澳通行证", "残疾证")
HOW = (
    "{}怎么补办",
    "请问{}如何补办",
    "{}补办怎么弄",
    "我想问一下{}怎么补办啊",
    "{}咋补办",
    "{}要怎么重新办",
    "补办{}怎么办理",
)
FEE = ("{}补办多少钱", "补办{}收费吗多少钱", "请问补办{}要多少钱", "{}补办费用是多少")
PLACE = ("{}补办在哪里办", "补办{}去哪个窗口", "补办{}去哪儿", "请问{}补办到哪里办理")
MATERIALS = ("补办{}要带什么材料", "{}补办需要哪些材料", "补办{}都要准备啥", "请问{}补办要什么资料")
DURATION = ("{}补办要多久", "补办{}几天能拿到", "请问补办{}多长时间能办好")
WAYS = (HOW, FEE, PLACE, MATERIALS, DURATION)


def together(*questions: str, topics: tuple[str | None, ...] = ()) -> bool:
    """Whether all of these are one group."""
    known = topics or (None,) * len(questions)
    people = [
        a_handover(n, question=question, topic_kind=topic and "item", topic_id=topic)
        for n, (question, topic) in enumerate(zip(questions, known, strict=True))
    ]
    return [len(group.handovers) for group in alike(people)] == [len(questions)]


@pytest.mark.parametrize("ways", WAYS, ids=lambda ways: ways[0])
def test_what_differs_only_in_wording_is_alike(ways: tuple[str, ...]) -> None:
    for subject in SUBJECTS:
        for one, other in combinations(ways, 2):
            assert together(one.format(subject), other.format(subject)), (one, other, subject)


@pytest.mark.parametrize("ways", WAYS, ids=lambda ways: ways[0])
def test_what_differs_only_in_its_subject_is_not(ways: tuple[str, ...]) -> None:
    for one, other in product(ways, repeat=2):
        for subject, another in combinations(SUBJECTS, 2):
            assert not together(one.format(subject), other.format(another)), (one, other, subject, another)


def test_what_asks_for_something_else_of_the_same_thing_is_not() -> None:
    for first, second in combinations(WAYS, 2):
        for one, other in product(first, second):
            assert not together(one.format("护照"), other.format("护照")), (one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("公司怎么注销", "公司怎么注册"),
        ("护照怎么办", "儿童护照怎么办"),
        ("公积金怎么提取", "公积金贷款怎么提取"),
        ("身份证丢了在外地怎么补办", "居住证丢了在外地怎么补办"),
        ("6岁孩子办身份证", "16岁孩子办身份证"),
        ("社保卡能用吗", "社保卡不能用"),
        ("多少钱", "多少钱啊"),
        ("怎么办", "咋办"),
    ],
)
def test_a_word_may_make_another_question(one: str, other: str) -> None:
    assert not together(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("身份证丢了怎么补办", "身份证不见了，怎么重新办一个"),
        ("身份证丢了怎么补办", "我的身份证遗失了咋补领啊"),
        ("你好，社保卡丢了", "社保卡弄丢了怎么办"),
        ("怎么申请低保", "低保怎么申请"),
        ("新生儿上户口要什么材料", "新生儿上户口要带啥"),
    ],
)
def test_people_say_the_same_in_their_own_words(one: str, other: str) -> None:
    assert together(one, other)


def test_of_a_topic_that_is_known_few_words_are_enough() -> None:
    assert together("多少钱", "护照要多少钱", topics=("passport", "passport"))
    assert not together("多少钱", "护照要多少钱", topics=("passport", None))
    assert not together("多少钱", "几天能拿到", topics=("passport", "passport"))


@given(
    st.lists(
        st.tuples(st.sampled_from([None, "passport", "id-card", "pension"]), st.sampled_from([*HOW, *FEE, "多少钱"])),
        max_size=12,
    )
)
def test_nobody_is_grouped_with_who_asks_about_another_topic(asked: list[tuple[str | None, str]]) -> None:
    """Nor by way of somebody whose topic is not known."""
    people = [
        a_handover(n, question=way.format("护照"), topic_kind=topic and "item", topic_id=topic)
        for n, (topic, way) in enumerate(asked)
    ]
    for group in alike(people):
        assert len({one.topic_id for one in group.handovers if one.topic_id}) <= 1
