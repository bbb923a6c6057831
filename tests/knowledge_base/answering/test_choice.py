from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.text import normalise, numerals
from knowledge_base.answering.answer import Option
from knowledge_base.answering.choice import choose, none_of_them, not_offered, pointed

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
        ("选项2", "expired"),
        ("第二个选项", "expired"),
        ("那就第二个", "expired"),
        ("应该是第二个", "expired"),
        ("好像是第二个嘛", "expired"),
        ("我说第二个", "expired"),
        ("我的情况是第二种情况", "expired"),
        ("第二类", "expired"),
        ("選B", "expired"),
        ("c", "passport"),
        ("係第二個", "expired"),
        ("地二个", "expired"),
        ("第贰个", "expired"),
        ("di er ge", "expired"),
        ("最下面那个", "passport"),
        ("就上头第一个", "lost"),
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
        "应该不是第二个",
        "第二胎",
        "一个人能办吗",
        "就一个问题",
        "前一个月",
        "D照",
        "e",
    ],
)
def test_no_choice(reply: str) -> None:
    assert choice(reply) is None


@pytest.mark.parametrize(
    ("reply", "place"), [("前者", 0), ("后者", 1), ("下面那个", 1), ("后面的", 1), ("上面那个", 0), ("最后一个", 1)]
)
def test_one_of_two(reply: str, place: int) -> None:
    assert choose(normalise(reply), OFFERED[:2]) == OFFERED[place]


@pytest.mark.parametrize("part", ["好的", "的", "好像", "选项", "这种", "我要", "是的", "那", "第一个的", "谢谢就好了"])
def test_long_replies_are_read_at_once(part: str) -> None:
    began = time.process_time()
    for end in ("", "一", "第一个", "？x"):
        choice(part * 120 + end)
    assert time.process_time() - began < 1


def test_what_a_title_says_comes_before_its_place() -> None:
    third, second = (Option(title, title, "item") for title in ("第三类医疗器械经营许可", "第二类医疗器械经营备案"))
    assert choose("第二类", (third, second)) == second
    assert choose("第二个", (third, second)) == second and choose("第一个", (third, second)) == third
    assert choose("第三类", (third, second)) == third


@pytest.mark.parametrize(
    ("reply", "id", "question"),
    [
        ("第二个多少钱", "expired", "多少钱"),
        ("我想问第二个的材料", "expired", "材料"),
        ("第3项要多久", "passport", "要多久"),
        ("第二个孩子怎么上户口", "expired", "孩子怎么上户口"),
    ],
)
def test_a_question_about_one_of_them(reply: str, id: str, question: str) -> None:
    found = pointed(numerals(normalise(reply)), OFFERED)
    assert found is not None and (found.option.id, found.question) == (id, question)


@pytest.mark.parametrize("reply", ["第二个", "第五个多少钱", "多少钱", "2024年的", "三个月够吗", ""])
def test_no_question_about_one_of_them(reply: str) -> None:
    assert pointed(numerals(normalise(reply)), OFFERED) is None


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
