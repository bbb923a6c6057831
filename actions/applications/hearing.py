"""What a message says to somebody who waits for a 办件编号, a proof or a choice. Everything else is a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from actions.applications.numbers import LOOK_ALIKES, number_in, tokens
from actions.applications.proof import proof_among
from foundation.masking import ID_CARD
from foundation.text import squash
from knowledge_base.answering.answer import Option
from knowledge_base.answering.choice import choose, not_offered

_LEAVES = re.compile(
    r"(?:那|我|还是|就|先|暂时|嗯|好|好的)*"
    r"(?:算了|不查(?:询)?|不想查|不用查|不要查|别查|不看|取消|退出|停止|结束|放弃|返回|不用|不要|不需要|不必|不弄)"
    r"(?:算了|不查|取消|退出|查询|查|进度|这个|了|吧|啦|啊|哈|谢谢|再见|拜拜)*"
)
_AGAIN = re.compile(
    r"(?:再|重新?)(?:给我|帮我)?(?:发|来|送)|(?:没|没有|未)收到|收不到|没来"
    r"|(?:没|没有|未|还没|一直没)(?:收|有|看)?到?(?:验证码|短信|信息|码)"
)
_CODE = re.compile(r"(?:验证|校验|动态|短信)码")
_ASKS = re.compile(r"怎么|什么|为什么|为啥|啥|吗$|多少|多久|如何|哪")
_LONGEST_WISH = 14
"""Characters in which somebody asks for a code; longer messages speak of it otherwise."""


@dataclass(frozen=True)
class Heard:
    number: str | None = None
    """As it is asked for, or the token that stands for it."""
    proof: str | None = None
    """The token that stands for it."""
    choice: int | None = None
    """The place of the option that is meant, from 0."""
    wants: Literal["code", "again"] | None = None
    """A one-time code, for the first time or once more."""
    leaves: bool = False
    tries: bool = False
    """It looks like an answer, if only to something else: digits, something masked, a place that no option has."""


def hear(text: str, number: str | None = None, options: Sequence[str] = ()) -> Heard:
    """Read a masked message.

    Args:
        number: the application number, or its token, where it is known already.
        options: the titles of what was offered.
    """
    said = squash(text)
    if _LEAVES.fullmatch(said):
        return Heard(leaves=True)
    offered = [Option(title, str(place), "application") for place, title in enumerate(options)]
    chosen = choose(text, offered)
    if chosen is not None:
        return Heard(choice=int(chosen.id))
    masked = tokens(text)
    found = number_in(text) or _look_alike(masked, number)
    proof = proof_among([one for one in masked if one[1] != found])
    wants = _wish(said) if proof is None else None
    tries = bool(masked) or sum(c.isdigit() for c in said) >= 2 or said.isdigit() or not_offered(text, offered)
    return Heard(found, proof, None, wants, False, found is None and proof is None and wants is None and tries)


def _look_alike(masked: Sequence[tuple[str, str]], number: str | None) -> str | None:
    """The token that stands for an application number which looks like an ID card, say.

    Once the number is known, a whole ID card number is a proof, unless this office's numbers look like it.
    """
    if number is None:
        return next((token for kind, token in masked if kind in LOOK_ALIKES), None)
    if number.startswith(f"⟦{ID_CARD}:"):
        return next((token for kind, token in masked if kind == ID_CARD), None)
    return None


def _wish(said: str) -> Literal["code", "again"] | None:
    if len(said) > _LONGEST_WISH or _ASKS.search(said):
        return None
    if _AGAIN.search(said):
        return "again"
    return "code" if _CODE.search(said) else None
