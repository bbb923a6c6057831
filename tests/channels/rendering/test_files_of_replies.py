"""Files of an answer, on platforms that show text: a line for each, with its address."""

from __future__ import annotations

import pytest
from rendering_helpers import body, laid_out, only_text, read

URL = "https://zw.example.gov.cn/files/" + "ab" * 32
FORM = {"title": "补领申请表", "name": "申请表.pdf", "path": f"/files/{'ab' * 32}/x.pdf", "url": URL}


@pytest.mark.parametrize("elderly", [False, True])
def test_a_file_stands_below_the_answer_and_above_its_sources(elderly: bool) -> None:
    (page,) = laid_out(body("到派出所办。", attachments=[FORM]), elderly=elderly)
    text = only_text(page)
    assert text.index("到派出所办。") < text.index(f"补领申请表：{URL}") < text.index("依据：")


def test_without_an_address_there_is_no_line() -> None:
    plain, without = laid_out(body("到派出所办。")), laid_out(body("到派出所办。", attachments=[{**FORM, "url": None}]))
    assert read(plain) == read(without)


def test_an_address_is_never_cut() -> None:
    forms = [{**FORM, "title": f"第{n}张申请表", "url": f"{URL[:-2]}{n:02}"} for n in range(30)]
    book = laid_out(body("到派出所办。" * 40, attachments=forms))
    said = read(book)
    assert all(f"第{n}张申请表：{URL[:-2]}{n:02}" in said for n in range(30)) and len(book) > 1


def test_what_a_title_holds_is_text() -> None:
    tricky = {**FORM, "title": "**粗**\n第二行"}
    assert f"粗 第二行：{URL}" in read(
        laid_out(body("到派出所办。", attachments=[tricky, "x", {"title": "没有地址"}, None]))
    )
