"""Which messages are for the channel, and which are questions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.rendering.commands import Command, command

MORE = """更多|“更多”|更多。| 更 多 |繼續|请继续|继续看吧|下一步|下一頁|还有吗？|还有没有|然后呢|回复“更多”|回复更多
好的，继续|接着说！|「更多」|more|More!"""
ELDERLY = "敬老版|敬老版！|長輩版|我要用老年版|切换到关怀版|打开大字版谢谢|请换成长辈模式|关怀模式"
STANDARD = "退出敬老版|关闭长辈版|取消关怀模式|標準版|普通版|切换到标准版|恢复普通模式|不用敬老版了"
QUESTIONS = """下一步怎么办|还有别的材料吗|还有什么材料|敬老版怎么办理|老年证|老年优待证怎么办|更多材料在哪下载
继续教育学时怎么算|继续缴费|下一步做什么|标准版营业执照|0|1||，。|退出|关闭公司|还有多久|接着该去哪|下面|后面那个"""


def each(listed: str) -> list[str]:
    return listed.replace("\n", "|").split("|")


@pytest.mark.parametrize("text", each(MORE))
def test_more(text: str) -> None:
    assert command(text) is Command.MORE


@pytest.mark.parametrize("text", each(ELDERLY))
def test_elderly(text: str) -> None:
    assert command(text) is Command.ELDERLY


@pytest.mark.parametrize("text", each(STANDARD))
def test_standard(text: str) -> None:
    assert command(text) is Command.STANDARD


@pytest.mark.parametrize("text", [*each(QUESTIONS), "更多" * 30])
def test_questions_are_none(text: str) -> None:
    assert command(text) is None


@given(st.text(max_size=60))
def test_anything_is_taken(text: str) -> None:
    command(text)


@given(st.sampled_from(["更多", "继续", "敬老版", "退出敬老版"]), st.text("，。！!?？~“”「」（） …\n", max_size=6))
def test_punctuation_changes_nothing(text: str, marks: str) -> None:
    assert command(f"{marks}{text}{marks[::-1]}") is command(text)
