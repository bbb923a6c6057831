"""Services that only look something up, beside those that grant it.

A province's list is a quarter of such services (律师信息查询), named like those that grant what they look up.
"""

from __future__ import annotations

from collections.abc import Set

BEHIND = 0.2
"""So far behind stands such a service where nobody asks to see, to verify or where."""
LOOKS_UP = "查询"
ASKS_TO_SEE = frozenset("查看核真问").union(
    ("是不", "算不", "有没", "哪里", "哪儿", "在哪", "多少", "电话"),
    ("地址", "进度", "名单", "几点", "结果", "成绩", "出分"),
)


def looks_up(title: str) -> bool:
    """Whether the service of that name only looks something up."""
    return title.endswith(LOOKS_UP)


def asks_to_see(grams: Set[str]) -> bool:
    """Whether a question, as its characters and pairs of them, asks to see, to verify, or where something is."""
    return not ASKS_TO_SEE.isdisjoint(grams)
