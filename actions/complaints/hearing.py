"""What a message says to somebody who takes a complaint down: a kind, a matter, a place, 跳过, 确认提交 …"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from actions.complaints.sentences import entry
from desk.case_rules import KINDS
from desk.case_words import kind_title
from foundation.masking import EMAIL, LANDLINE, PHONE
from foundation.text import normalise, squash
from foundation.words import Words
from knowledge_base.answering.answer import Option
from knowledge_base.answering.choice import choose

_words = Words(Path(__file__).with_name("words.yml"))

CONTACT = re.compile(f"⟦(?:{PHONE}|{LANDLINE}|{EMAIL}):[0-9a-f]{{4,16}}⟧")
MATTER = 9
"""Characters besides the wish itself from which on a first message tells the matter, and not only whom it is about."""
WHOM = 4
"""… and of a reply to the question for it."""
_SELF = "(?:我们?|俺们?|咱们?|本人|老子)?"
_WISH = re.compile(
    rf"{_SELF}(?:就|还|也)?(?:想要?|要|来|得|需要|必须|一定要|打算|准备)?(?:向|跟|给|对|找)?(?:你们|您们|上面|上级|领导)?"
    r"(?:去|来)?(?:实名|匿名)?(?:登记|提|提个|提点|提一个|提一条|报|说)?(?:一下|一个|个|下|条|件)?"
    r"(?:投诉|投拆|投速|头诉|举报|举抱|检举|揭发|告发|控告|反映|反应|建议|意见|求助|表扬|诉求|反馈)"
    r"(?:一下|一个|个|点|下|些|条|件|你们|他们)*(?:问题|情况|事情|事|建议|意见|诉求)?(?:了|吧|啊|呀|哈|嘛)*"
)
_OPENS = re.compile(
    rf"(?:^|[,，。！!？?；;\s]){_SELF}(?:就|也)?(?:想要?|要|来|得|必须|一定要)(?:去|来)?(?:实名|匿名)?"
    r"(?:投诉|举报|检举|反映|建议|求助|表扬|提(?:一?个|一?点|一?条|些)?(?:投诉|建议|意见|诉求))"
)
_WHO = re.compile(
    "归谁|谁管|哪个部门|什么部门|找谁|找哪|去哪|到哪|哪里|哪儿|在哪|向谁|跟谁|怎么|咋|如何|电话|热线|流程|奖励|吗$|办到|进度"
    "|哪些|什么(?:材料|证据|条件|手续)|要(?:拿|带|准备)"
)
"""Who asks for the way, or for something that is called so, files nothing."""
_OURS = re.compile("投诉|举报|反映|反应的|建议|表扬|求助|诉求|意见|工单|检举")
_STATE = re.compile(
    "办到哪|办得|办好|处理[了得到完]|有(?:没有)?(?:结果|消息|进展|回复|答复|回音|下文)|结果(?:出|呢|怎|如)|进[度展]|到哪一?步|解决[了没]|怎么?样了|"
    "咋样了|(?:回复|答复|受理|查处)了?(?:[吗没]|没有)|^(?:帮我|我要|我想)?查"
)
_LONGEST_ASKING = 30
_END = "(?:算了|不[提弄搞说办要]|取消|了|吧|啦|啊|哈|谢谢|再见|拜拜)*"
_LEAVES = re.compile(
    r"(?:那|我|还是|就|先|暂时|嗯|好|好的)*(?:算了|取消(?:提交|投诉|举报|登记)?|退出|停止|结束|放弃|返回|"
    r"不(?:想|用|要|再)?(?:投诉|举报|反映|建议|求助|表扬|提交|提|说|登记|弄|搞|告)了?)" + _END
)
_SKIPS = re.compile(
    r"(?:我|这个|那个|也|都|就|真的?|实在|暂时|先|具体|时间|地点|地址|电话|联系方式|号码)*"
    r"(?:跳过|略过?|过|下一[步个]|不(?:太|大)?(?:知道|清楚|记得|确定|方便|想说|说|填|写|留|用|需要|必|要|想留|用留)|记不(?:清|得|住)|"
    r"说不(?:清|准|上来)|忘记?了|没有|没|无|匿名|都行|随便|不详|pass)(?:具体|时间|地点|电话|联系方式|清楚|楚|的|了|吧|啊|呀|哦|哈|谢谢)*",
    re.IGNORECASE,
)
_CONFIRMS = re.compile(
    r"(?:我|就|那|好的?|是的?|对的?|嗯+)*(?:确认无误|确认提交|确认|确定|提交|是的?|对的?|没错|没问题|没有问题|无误|好的?|可以|行|嗯+|就这样|"
    r"就是这样|交吧|发吧|报吧|ok|okay|yes)(?:提交|了|吧|啊|呀|的|哈|谢谢|无误)*",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"(?:我|要|想|得|还|再|帮我|需要)*(?:修改|改|改动|更正|重写|重新填|不对|有误|错了|写错了?|有错|不是这样)(?:一下|一改|改|内容|下|了|吧|啊|的)*"
)
_ADDS = re.compile(r"(?:我|要|想|还|再|有|需要)*(?:补充|加一句|加点|要说|话说)(?:一下|一点|一句|点|内容|的|下|了|吧)*")

_FAULT = re.compile("改|不对|错|不是|重新")
_LONGEST_FAULT = 12
"""Characters; what is longer says something new."""


def leaves(text: str) -> bool:
    """算了, 不投诉了."""
    return bool(_LEAVES.fullmatch(squash(text)))


def skips(text: str) -> bool:
    """跳过, 不清楚, 不方便留."""
    return bool(_SKIPS.fullmatch(squash(text)))


def at_the_end(text: str) -> Literal["file", "add", "change", "leave"] | None:
    """What a reply to the summary asks for; None where it is none of the four."""
    said = squash(text)
    chosen = choose(text, [Option(title, what, "choice") for what, title in entry("choices.summary").items()])
    for what, shape in (("file", _CONFIRMS), ("change", _CHANGES), ("add", _ADDS), ("leave", _LEAVES)):
        if (chosen is not None and chosen.id == what) or shape.fullmatch(said):
            return what  # type: ignore[return-value]
    return None


def part_chosen(text: str, parts: Sequence[str]) -> str | None:
    """Which of these parts is to be said anew."""
    titles = entry("choices.parts")
    found = choose(text, [Option(titles[part], part, "part") for part in parts])
    return found.id if found else None


def part_named(text: str) -> str | None:
    """The part that a message finds fault with: 地点不对, 改一下时间."""
    said = squash(text)
    if len(said) > _LONGEST_FAULT or not _FAULT.search(said):
        return None
    return next((part for part, words in _words.entry("parts").items() if any(word in said for word in words)), None)


def contact_in(text: str) -> str | None:
    """The token of a telephone number or an address."""
    found = CONTACT.search(text)
    return found[0] if found else None


def asks_for_state(text: str) -> bool:
    """Whether a message asks what has become of a case: 我的投诉办到哪了."""
    said = squash(text)
    return len(said) <= _LONGEST_ASKING and bool(_OURS.search(said) and _STATE.search(said)) and not _OPENS.search(said)


def speaks_of_a_case(text: str) -> bool:
    return bool(_OURS.search(squash(text)))


def opens(text: str) -> bool:
    """Whether a message says outright that it is a complaint, a report … (我要举报), and does not ask where to go."""
    said = normalise(text)
    return bool(_OPENS.search(said)) and not _WHO.search(squash(said))


def kind_in(text: str) -> str | None:
    """The kind of case that a message names; None where it names none, or says nothing but 投诉举报."""
    said = squash(text)
    named = [kind for kind, words in kinds().items() if any(word in said for word in words)]
    bare = len(named) > 1 and len(rest(text)) < 2
    return named[0] if named and not bare else None


def kind_chosen(text: str) -> str | None:
    """The kind that a reply to the five picks out."""
    found = choose(text, [Option(kind_title(kind), kind, "kind") for kind in KINDS])
    return found.id if found else None


def rest(text: str) -> str:
    """What a message says besides that somebody wants to complain, squashed."""
    return _WISH.sub("", squash(text))


def distressed(text: str) -> bool:
    """Whether the telephone number for those in despair should stand below."""
    said = squash(text)
    return any(word in said for word in _words.entry("distress"))


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, Sequence[str]]:
    """Kind → the words that name it; what comes first counts."""
    found: Mapping[str, Sequence[str]] = _words.entry("kinds")
    return found
