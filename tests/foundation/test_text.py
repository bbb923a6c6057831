from __future__ import annotations

import timeit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from foundation.text import normalise, numerals, squash, strip_fillers

anything = st.text(st.characters(exclude_categories=()))  # lone surrogates and unassigned characters too
CHAT = (
    "请 问 你 好 那 个 我 想 咨 询 一 下 啊 呢 吧 嘛 谢 麻 烦 客 服 喂 网 酒 毛 喇 三 十 百 千 万 〇 两 天 年 元 月 人 "
    ", 。 ? ! - . · 乾 隆 後 於 羅 瞭 藉 가 \u0301 \u200b 请问 谢谢您了 ⟦id:7f3a⟧ 身份证 1.6 １"
)
chatty = st.lists(st.sampled_from([*CHAT.split(" "), " ", "\u3000"])).map("".join)


@given(anything | chatty)
@example("e\u200b\u0301")
@example("\ud800請\udfff")
@example("ᄀ-ᅡ")
@pytest.mark.parametrize("function", [normalise, squash, numerals, strip_fillers])
def test_takes_anything_and_applying_it_twice_changes_nothing(function: object, text: str) -> None:
    once = function(text)  # type: ignore[operator]
    assert function(once) == once  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("請問　身份證遺失，補領需要什麼材料？", "请问 身份证遗失,补领需要什么材料?"),
        ("ＡＢＣ１２３", "ABC123"),
        ("  户\u200b口\ufeff迁\x00移 \t\r\n 材料 ", "户口迁移 材料"),
        ("a\ud800b", "ab"),
        ("我的号⟦id:7f3a⟧對嗎", "我的号⟦id:7f3a⟧对吗"),
        ("", ""),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(anything)
def test_masked_values_survive(text: str) -> None:
    assert "⟦phone:0a1b⟧" in normalise(f"{text}⟦phone:0a1b⟧{text}")


@given(anything)
def test_nothing_invisible_remains(text: str) -> None:
    assert not any(c in "\x00\u200b\u200d\ufeff\u202e\u00ad" or 0xD800 <= ord(c) < 0xE000 for c in normalise(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("身份證 丟了，怎麼辦？！", "身份证丢了怎么办"), ("ID-Card", "idcard"), ("1.6升", "1.6升"), ("？！", "")],
)
def test_squash(text: str, expected: str) -> None:
    assert squash(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("三十天", "30天"),
        ("十六周岁", "16周岁"),
        ("自受理之日起二十个工作日内", "自受理之日起20个工作日内"),
        ("一百二十元", "120元"),
        ("一百零五天", "105天"),
        ("一千零一天", "1001天"),
        ("一万五千元", "15000元"),
        ("三万零五十元", "30050元"),
        ("三十万元", "30万元"),
        ("二〇二六年十二月三日", "2026年12月3日"),
        ("一寸照片两张", "1寸照片2张"),
        ("一个月", "1个月"),
        ("上午九点半", "上午9点半"),
    ],
)
def test_numerals_in_counts(text: str, expected: str) -> None:
    assert numerals(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("一件事", "三支一扶", "十堰", "五险一金", "三证合一", "九寨沟", "三亚", "一次性告知", "三元区", "一人公司"),
        *(
            "第三条",
            "第十一条",
            "星期三个体户",
            "九年级",
            "九年制",
            "百元",
            "千万",
            "万一",
            "统一年度",
            "二手房",
            "五一",
        ),
        *("三四天", "两三天", "十几天", "一百二元", "一个人", "二次供水", "一下", "一起", "三甲医院", "十一"),
    ],
)
def test_numerals_that_belong_to_words_stay(text: str) -> None:
    assert numerals(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("你好，请问一下身份证丢了怎么办啊？", "身份证丢了怎么办"),
        ("那个 我想问一下 户口怎么迁呢", "户口怎么迁"),
        ("麻烦问下营业执照谢谢", "营业执照"),
        ("hi 怎么办结婚证呀~", "怎么办结婚证"),
        ("您好！我要咨询社保政策吧", "社保政策"),
    ],
)
def test_fillers_go(text: str, expected: str) -> None:
    assert strip_fillers(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("你好", "请问？", "啊", "我想开网吧", "请教育局盖章", "客服电话多少", "喂养宝宝", "麻烦事", "要问谁"),
        *("请问询处在哪", "我要办结婚证"),
    ],
)
def test_what_is_no_filler_stays(text: str) -> None:
    assert strip_fillers(text) == text


@given(anything | chatty)
def test_stripping_never_empties(text: str) -> None:
    assert bool(strip_fillers(text)) == bool(text)


@pytest.mark.parametrize("function", [normalise, squash, numerals, strip_fillers])
@pytest.mark.parametrize(
    "text", ["谢" * 2000 + "x", "请问下" * 700, "一" * 2000, "1 " * 1000, "," * 2000 + "x", "你好" * 1000]
)
def test_time_grows_with_length_only(function: object, text: str) -> None:
    assert timeit.timeit(lambda: function(text), number=1) < 0.5  # type: ignore[operator]


def test_characters_typed_one_by_one_are_joined() -> None:
    assert normalise("身 份 证") == "身份证"
    assert normalise("护照 多少钱") == "护照 多少钱"
