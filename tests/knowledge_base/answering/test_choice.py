from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.text import normalise, numerals
from knowledge_base.answering.answer import Option
from knowledge_base.answering.choice import choose, none_of_them, not_offered

OFFERED = tuple(
    Option(title, id, "item")
    for title, id in (
        ("居民身份证丢失补领", "lost"),
        ("居民身份证有效期满换领", "expired"),
        ("普通护照补发", "passport"),
    )
)


def choice(reply: str, offered: tuple[Option, ...] = OFFERED) -> str | None:
    chosen = choose(numerals(normalise(reply)), offered)
    return chosen.id if chosen else None


@pytest.mark.parametrize(
    ("reply", "id"),
    [
        ("1", "lost"),
        ("２", "expired"),
        ("③", "passport"),
        ("2。", "expired"),
        ("2、", "expired"),
        ("（2）", "expired"),
        ("二", "expired"),
        ("第二个", "expired"),
        ("第二個", "expired"),
        ("第2项", "expired"),
        ("第二项吧", "expired"),
        ("我要第二个", "expired"),
        ("我选第三个", "passport"),
        ("选择1", "lost"),
        ("选二", "expired"),
        ("就第一个吧", "lost"),
        ("回复2", "expired"),
        ("2号", "expired"),
        ("第三条", "passport"),
        ("最后一个", "passport"),
        ("最後一個", "passport"),
        ("最后那个吧", "passport"),
        ("普通护照补发", "passport"),
        ("普通護照補發", "passport"),
        (" 普通护照补发。", "passport"),
        ("护照", "passport"),
        ("丢失补领", "lost"),
        ("有效期满", "expired"),
        ("上面那个", "lost"),
        ("前者", "lost"),
        ("倒数第二个", "expired"),
        ("中间那个", "expired"),
        ("我要办的是护照那个", "passport"),
        ("我问的是丢失的", "lost"),
        ("丢失那个", "lost"),
        ("补护照的", "passport"),
        ("是第二种", "expired"),
    ],
)
def test_chosen(reply: str, id: str) -> None:
    assert choice(reply) == id


@pytest.mark.parametrize(
    "reply",
    [
        "0",
        "4",
        "九",
        "第五个",
        "10",
        "12",
        "1.5",
        "3天",
        "三个月",
        "2026年",
        "都不是",
        "身份证",
        "补",
        "",
        "。",
        "多少钱",
        "不是第一个",
        "我有两个孩子",
        "第二个孩子怎么上户口",
        "护照丢了怎么办",
    ],
)
def test_no_choice(reply: str) -> None:
    assert choice(reply) is None


@pytest.mark.parametrize(
    ("reply", "place"), [("前者", 0), ("后者", 1), ("下面那个", 1), ("后面的", 1), ("上面那个", 0), ("最后一个", 1)]
)
def test_one_of_two(reply: str, place: int) -> None:
    assert choose(normalise(reply), OFFERED[:2]) == OFFERED[place]


@pytest.mark.parametrize("reply", ["是的", "对", "就是这个", "嗯", "1"])
def test_the_only_one(reply: str) -> None:
    assert choose(reply, OFFERED[:1]) == OFFERED[0]
    if reply != "1":
        assert choose(reply, OFFERED) is None


@pytest.mark.parametrize("reply", ["4", "九", "第五个", "10", "12", "99", "第9步", "选第四个", "倒数第五个"])
def test_a_number_that_was_not_offered(reply: str) -> None:
    assert not_offered(numerals(normalise(reply)), OFFERED)
    assert not not_offered(numerals(normalise(reply)), ())


@pytest.mark.parametrize("reply", ["2", "0", "三个月", "护照", "10天", "我有四个孩子"])
def test_no_such_number(reply: str) -> None:
    assert not not_offered(numerals(normalise(reply)), OFFERED)


@pytest.mark.parametrize("reply", ["都不是", "全都不对", "以上都不是", "一个都不是", "没有我要的", "都不是我想问的"])
def test_none_of_them(reply: str) -> None:
    assert none_of_them(reply, OFFERED) and not none_of_them(reply, ())


@pytest.mark.parametrize("reply", ["不是", "都要", "我没有", "都不是本地人怎么办", "第二个"])
def test_not_none_of_them(reply: str) -> None:
    assert not none_of_them(reply, OFFERED)


def test_a_name_that_is_also_part_of_another() -> None:
    offered = (Option("护照", "a", "item"), Option("护照补发", "b", "item"))
    assert choice("护照", offered) == "a"


def test_nothing_was_offered() -> None:
    assert choice("1", ()) is None


def test_a_number_always_means_the_place() -> None:
    offered = (Option("2号窗口", "a", "office"), Option("1号窗口", "b", "office"))
    assert choice("1", offered) == "a"


@given(st.text(max_size=30))
def test_any_reply(reply: str) -> None:
    assert choice(reply) in {None, "lost", "expired", "passport"}


@given(st.integers(1, 3), st.sampled_from(["{}", "第{}个", "选{}", "我要第{}项", "{}号"]), st.booleans())
def test_every_number_in_every_form(number: int, form: str, in_words: bool) -> None:
    reply = form.format("零一二三"[number] if in_words else number)
    assert choice(reply) == OFFERED[number - 1].id
