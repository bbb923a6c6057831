"""Menus where nothing can be clicked."""

from __future__ import annotations

from channels.rendering import Choice, Menu, Text, numbered


def test_a_menu_as_text_numbers_its_lines_once() -> None:
    choices = (Choice("7-0", "1. 首次申领", "首次申领"), Choice("7-1", "2. 换领", "换领"))
    assert numbered(Menu("您是哪种情况？", choices, "回复0转人工。")) == Text(
        "您是哪种情况？\n1. 首次申领\n2. 换领\n回复0转人工。"
    )
    assert numbered(Menu("选一个：", (Choice("a", "首次"), Choice("b", "换领")))) == Text("选一个：\n1. 首次\n2. 换领")
