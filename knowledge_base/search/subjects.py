"""The service that a question names, known here or not: 娱乐场所 in 娱乐场所经营许可证怎么办."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

HEAD = re.compile(
    "(?:许可|资格|执照|证书?|证明|登记|备案|审批|核准|年检|年审|检验|检测|鉴定|认定|公证|签注|牌照?|[补津]贴|补助|救助"
    "|保障金|抚恤金|贷款|保险|考试|测试|培训)证?书?$"
)
"""What services are called; what stands before it says which one."""
LONGEST = 10
"""Characters before the head that belong to its name at most."""
NAMING = re.compile("[\u4e00-\u9fff]{2,}")
"""Words of one character before it (办, 张, 个) are mostly not part of a name."""


def subject(words: Sequence[str], plain: Collection[str]) -> str:
    """What distinguishes the service that a question names from others of its kind; empty where it names none.

    Args:
        words: the question, cut into words.
        plain: words that belong to no name (怎么, 多少 …).
    """
    for end, word in enumerate(words):
        head = HEAD.search(word)
        if head is None or word in plain:
            continue
        before = word[: head.start()]
        for earlier in reversed(words[:end]):
            if earlier in plain or not NAMING.fullmatch(earlier) or len(before) + len(earlier) > LONGEST:
                break
            before = earlier + before
        if len(before) >= 2:
            return before
    return ""
