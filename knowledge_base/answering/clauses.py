"""The parts of a message: its questions, what it takes back, and whether it asks anything by itself."""

from __future__ import annotations

import re
from typing import NamedTuple

ASKING = (
    r"多少|(?<!好)几(?!年前|天前|个?月前|十年|百|千)|[什甚]么|啥|咩|哪|边度|边个|怎|咋|点样|啷个|如何|多久|好久|好多|几时|多会儿|多长|多大|何时|谁|为何|[吗么嘛不没否]$|[?？]"
    r"|(.)[不唔]\1|能否|可否|是否|有[没冇]有|有冇"
)
"""Words that ask."""
ASKED = (
    "材料|资料|费用?|价格?|钱|时间|时限|期限|地点|地址|流程|手续|步骤|条件|要求|依据|规定|电话|号码"
    "|网上|线上|手机上|有效期|代办|替|帮|窗口"
)
"""Words that name what can be asked of any service."""
CUE = re.compile(f"{ASKING}|{ASKED}")
PLAIN = re.compile(f"{ASKING}|(?:{ASKED})(?:标准|清单|多少|要求)?(?:[说讲发]一?下|告诉我|是)?$")
"""What asks for certain: 医药费报销 does not, though 费 stands in it."""
CLEAR = 0.7
"""How sure an aspect must be for a word such as 网上 to ask for it: 我想网上办."""
BREAK = re.compile(r"[,，。;；!！?？\n]+|\s+|(?:还有|另外|顺便|以及|再问)(?:就是|一下|问一?下)?")
RUN_ON = re.compile(
    r"(?<=多少钱)|(?<=几天)|(?<=什么材料)|(?<=啥材料)|(?<=哪些材料)|(?<=在哪办)|(?<=哪里办)"
    r"|(?<=怎么办)(?!理)"
)
"""Where a question ends though nothing was typed between it and the next."""

OPENING = re.compile(
    r"^(?:(?:不对(?![外内号劲])|打错(?:字|了)*|(?:说|问|搞|弄|写|讲|理解|听|看)错了?|错了|不是这个?|不是的|不是(?=$|[,，\s])|[哦啊噢]不|唔系)"
    r"[了啦呀啊吧,，。!！\s]*)+"
)
"""不对不对, 打错了: the message before is taken back."""
MEANT = re.compile(
    r"^(?:我(?:想|要)?(?:问|说|指|要|办|讲)的?(?:其实)?是|我(?:想|要)?(?:问|说|办|讲)的?|应该是|应该|而是|其实是|就是|是|要)"
)
DENIED = re.compile(
    r"^(?:我(?:想|要)?(?:问|说|指|要|办)?的?|也|又|可)?"
    r"(?:不是|并不是|并非|不要|不办|不想|唔系|没有?|冇|别)(?P<what>.{1,12})$"
)
LATE = re.compile(r"^(?P<meant>.{2,20}?)而?不是(?P<what>.{1,12})$")
BOTH = re.compile(
    r"^(?:我?(?:想|要)?(?:问|说|指|要|办)?的?)?"
    r"(?:不是|不要|没有?)(?P<what>.{1,8}?)(?:而是|是|要)(?P<meant>.{2,})$"
)
EMPTY = "的了是我要在有不一个问办说"
"""Characters that two texts share whatever they are about."""
MARKS = " ,，.。!！?？、~～…;；:：的了啦呀啊吧呢"


class Correction(NamedTuple):
    """不是补办，是到期换: what is meant, and what is not."""

    meant: str
    denied: str
    leaves: bool
    """Whether it takes back what was said before; 我开的是小店不是公司 only makes it clearer."""


def asks(text: str, aspect_sure: float = 0.0) -> bool:
    """Whether a text asks something of its own: not 护照呢, 签注, 去香港的.

    Args:
        aspect_sure: how sure it is that it asks for some aspect.
    """
    bare = text.rstrip(" 。.!！~～呢啊呀哦")
    return bool(PLAIN.search(bare)) or (aspect_sure >= CLEAR and bool(CUE.search(bare)))


def correction(text: str, before: str) -> Correction | None:
    """What a message means instead of what was said before; None where it takes nothing of that back.

    没有身份证，怎么办 denies something too; it corrects only what spoke of an 身份证.
    """
    rest = OPENING.sub("", text)
    opened = rest != text
    denied: list[str] = []
    meant: list[str] = []
    contrasted = False
    for clause in filter(None, re.split(r"[,，。;；!！?？\s]+", rest)):
        if found := BOTH.match(clause) or LATE.match(clause):
            contrasted = True
            denied.append(found["what"])
            meant.append(MEANT.sub("", found["meant"]))
        elif found := DENIED.match(clause):
            denied.append(found["what"])
        else:
            meant.append(MEANT.sub("", clause))
    leaves = opened or any(spoken_of(part, before) for part in denied)
    if not meant or not (leaves or contrasted):
        return None
    return Correction(
        "，".join(filter(None, meant)).strip(MARKS), " ".join(part.strip(MARKS) for part in denied), leaves
    )


def spoken_of(denied: str, before: str) -> bool:
    """Whether what is denied was said before: two characters of it on end, of a short word one."""
    bare = "".join(character for character in denied if character not in EMPTY)
    width = 1 if len(bare) <= 2 else 2
    return any(bare[i : i + width] in before for i in range(len(bare) - width + 1))


def without(text: str, denied: str) -> str:
    """A text less the words that were denied."""
    for part in sorted(denied.split(), key=len, reverse=True):
        text = text.replace(part, " ")
    return text


def questions(text: str) -> list[str]:
    """The parts of a message that each ask something; what stands before a question is part of it.

    身份证丢了，怎么补，多久拿到 → 身份证丢了怎么补 · 多久拿到.
    """
    found: list[str] = []
    waiting = ""
    for clause in BREAK.split(text):
        for part in run_on(clause.strip()):
            waiting = f"{waiting}，{part}" if waiting else part
            if asks(part):
                found.append(waiting)
                waiting = ""
    return found


def run_on(clause: str) -> list[str]:
    """A clause cut where a second question begins without a mark: 多少钱几天能拿到."""
    parts: list[str] = []
    for part in filter(None, RUN_ON.split(clause)):
        if parts and not (asks(parts[-1]) and asks(part)):
            parts[-1] += part
        else:
            parts.append(part)
    return parts
