from __future__ import annotations

import pytest

from knowledge_base.search.subjects import subject

PLAIN = {"怎么", "怎么办", "要", "多少", "在", "哪里", "申请"}


@pytest.mark.parametrize(
    ("words", "distinguishes"),
    [
        (["蜂蜜", "加工", "许可证", "怎么", "办"], "蜂蜜加工"),
        (["怎么", "申请", "潜水", "教练", "资格"], "潜水教练"),
        (["在", "哪里", "办", "养蜂证"], "养蜂"),
        (["办", "张", "养蜂证"], "养蜂"),
        (["证", "多少"], ""),
        (["今天", "天气", "怎么"], ""),
        ([], ""),
    ],
)
def test_what_stands_before_the_head(words: list[str], distinguishes: str) -> None:
    assert subject(words, PLAIN) == distinguishes
