"""Markup taken out of texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.rendering.plain import NOT_XML, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**请带**身份证", "请带身份证"),
        ("# 办理流程\n## 第一步 ##", "办理流程\n第一步"),
        ("见[市政务网](https://zw.example.gov.cn/a?b=1)。", "见市政务网：https://zw.example.gov.cn/a?b=1。"),
        ("![图](https://a.b/c.png)", "图：https://a.b/c.png"),
        ("- 甲\n* 乙\n+ 丙\n• 丁", "· 甲\n· 乙\n· 丙\n· 丁"),
        ("1、甲\n2）乙\n3. 丙\n4.丁", "1. 甲\n2. 乙\n3. 丙\n4. 丁"),
        ("> 引文", "引文"),
        ("上\n---\n下", "上\n下"),
        ("`代码`和*强调*", "代码和强调"),
        ("上\r\n\r\n\r\n\r\n下  ", "上\n\n下"),
        ("坏\x00字\x08符\ud800", "坏字符\ufffd"),
        ("2*3*4，1.5万元，2026-11-01", "2*3*4，1.5万元，2026-11-01"),
        ("12.5元", "12.5元"),
        ("申请人张*明，经办人李*华", "申请人张*明，经办人李*华"),
        ("*明、*华", "*明、*华"),
        ("申请人张*，经办人李*", "申请人张*，经办人李*"),
        ("user_name__x 和 a__b", "user_name__x 和 a__b"),
    ],
)
def test_what_is_left(text: str, expected: str) -> None:
    assert plain(text) == expected


@given(st.text(max_size=200) | st.text("*_#[]()`>-1. \n甲", max_size=60))
def test_never_anything_that_xml_forbids_and_never_a_failure(text: str) -> None:
    assert not NOT_XML.search(plain(text))


@given(st.text("身份证原件一份。，0123456789 \n", max_size=80))
def test_plain_text_stays(text: str) -> None:
    assert "".join(plain(text).split()) == "".join(text.split())
