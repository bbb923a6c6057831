"""Text as messengers show it: no Markdown, nothing that XML forbids."""

from __future__ import annotations

import re

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""XML 1.0, Char: passive replies are XML, and WeChat answers others with an error."""
SURROGATES = re.compile("[\ud800-\udfff]")
LINK = re.compile(r"!?\[([^\]\n]{0,200})\]\(\s*<?([^\s<>()]{1,2000})>?(?:\s+[\"'][^\n\"']*[\"'])?\s*\)")
BOLD = re.compile(r"(\*\*|(?<![A-Za-z0-9_])__)(?=\S)([^\n]{1,2000}?)(?<=\S)\1(?![A-Za-z0-9_])")
ITALIC = re.compile(r"(?<![\d*\\])\*(?=[^\s*，、。；：,;:)）])([^*\n]{1,2000})(?<=\S)\*(?![\w*])")
"""Not in 张*明，李*华: those are names of which something is left out."""
CODE = re.compile(r"`{1,3}([^`\n]+)`{1,3}")
FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*\n?", re.MULTILINE)
RULE = re.compile(r"^[ \t]*(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$\n?", re.MULTILINE)
HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+([^\n]*?)[ \t]*#*$", re.MULTILINE)
QUOTE = re.compile(r"^[ \t]{0,3}>[ \t]?", re.MULTILINE)
BULLET = re.compile(r"^[ \t]*[-*+•●▪][ \t]+", re.MULTILINE)
NUMBER = re.compile(r"^[ \t]*(\d{1,3})(?:[.．、)）][ \t]*|[ \t]*[.．][ \t]+)(?=[^\d\s])", re.MULTILINE)
BLANKS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def plain(text: str) -> str:
    """The text without markup: `**粗**` → 粗, `[官网](https://…)` → 官网：https://…, list marks as `1. ` or `· `."""
    text = NOT_XML.sub("", SURROGATES.sub("\ufffd", text)).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    for pattern, instead in (
        (FENCE, ""),
        (RULE, ""),
        (HEADING, r"\1"),
        (QUOTE, ""),
        (BULLET, "· "),
        (LINK, r"\1：\2"),
        (BOLD, r"\2"),
        (ITALIC, r"\1"),
        (CODE, r"\1"),
        (NUMBER, r"\1. "),
        (BLANKS, "\n\n"),
    ):
        text = pattern.sub(instead, text)
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))
