"""Texts of answers taken apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from channels.rendering.lines import items

ANSWER = """【姓名变更】怎么办理
公民有权依法变更自己的姓名。
办理流程：
1. 到派出所提出申请。
2. 换领身份证。
要带的材料：
1. 居民户口簿（原件1份）
【已满18周岁】
支持改名理由的材料（原件1份）。
【未满18周岁】
1. 父母双方的居民身份证（原件1份）
2. 书面意见（原件1份）
收费：姓名变更：不收费。"""


def test_headings_stay_with_what_they_introduce() -> None:
    found = items(ANSWER)
    assert [item.heads for item in found] == [
        ("【姓名变更】怎么办理",), ("办理流程：",), (), ("要带的材料：",),
        ("【已满18周岁】",), ("【未满18周岁】",), (), (),
    ]  # fmt: skip
    assert "\n".join(item.shown for item in found) == ANSWER


def test_an_item_knows_the_headings_above_it() -> None:
    *_, first, second, fee = items(ANSWER)
    assert first.context == "【姓名变更】要带的材料"
    assert second.context == "【姓名变更】要带的材料\n【未满18周岁】"
    assert fee.context == "【姓名变更】怎么办理"
    assert (second.number, second.listed, fee.number, fee.listed) == (2, True, None, False)


def test_situations_told_in_lines_belong_to_their_section() -> None:
    found = items("【贷款】怎么办理\n要带的材料：\n身份证、结婚证\n【买卖】合同\n【赠与】赠与合同\n时限：3日。")
    assert [item.section for item in found] == ["要带的材料：", "要带的材料：", "要带的材料：", None]


def test_a_second_answer_has_its_own_title() -> None:
    found = items("【护照】收费\n120元/本。\n\n【护照】办理时限\n7个工作日。")
    assert [(item.title, item.gap) for item in found] == [("【护照】收费", False), ("【护照】办理时限", True)]


LINE = st.sampled_from(["【事项】材料", "【情形】", "办理流程：", "1. 甲", "2. 乙", "· 丙", "一句话。", "", "时限："])


@given(st.lists(LINE | st.text("甲乙【】：1. ", max_size=12), max_size=30).map("\n".join))
def test_no_line_is_lost(text: str) -> None:
    lines = [line for item in items(text) for line in item.shown.split("\n")]
    assert lines == [line for line in text.split("\n") if line]
