"""A transcript on a messenger: all of it, page by page, and never a line at a time."""

from __future__ import annotations

import pytest
from rendering_helpers import laid_out, only_text

LINES = [f"17:{n:02} {'您' if n % 2 else '工作人员王芳'}：第{n}句，1. 带身份证 2. 带户口簿。" for n in range(59)]
TRANSCRIPT = {"text": "\n".join(["您和工作人员的聊天记录：", "11月27日", *LINES]), "custom": {"transcript": True}}


@pytest.mark.parametrize("style", [{}, {"menu": False}, {"elderly": True}])
def test_every_line_can_be_had_in_a_few_pages(style: dict[str, bool]) -> None:
    found = [only_text(page) for page in laid_out(TRANSCRIPT, **style)]
    assert 1 < len(found) < 10
    assert [line for page in found for line in page.split("\n") if line[:3] == "17:"] == LINES
    assert all("更多" in page for page in found[:-1]) and "更多" not in found[-1]
