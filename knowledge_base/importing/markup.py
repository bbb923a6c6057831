"""HTML as it is pasted from portals, Word and WPS → plain text."""

from __future__ import annotations

import html
import re

BLOCK = (
    r"p|div|tr|table|ul|ol|dl|dt|dd|h[1-6]|section|article|blockquote|tbody|thead|tfoot|caption|pre|figure|figcaption"
    r"|header|footer|main|nav|aside|form|fieldset|address|center|hr|html|body"
)
LONG_INLINE = (
    r"span|strong|em|font|td|th|sub|sup|img|small|big|code|label|input|button|col|colgroup|del|ins|strike|mark|cite|tt"
    r"|picture|source|video|audio|canvas|map|area|option|select|textarea|link|meta|base|nobr|wbr|abbr"
    r"|(?:o|v|w|x|m|wp|st1):[a-z]+"
)
TAG = re.compile(
    rf"<(/?)(?:({BLOCK}|{LONG_INLINE}|br|li)(?:\s[^<>]*|\s*/?)|(a|b|i|u|s)(?:\s[^<>]*=[^<>]*|\s*/?))>", re.IGNORECASE
)
"""Known elements, bare or with attributes: 关于印发<…>的通知 stays, as does a<b 且 c>d."""
HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[[^\]<>]*\]>|<!doctype[^<>]*>|<\?xml[^<>]*>"
    r"|<(script|style|head|title|noscript|template|iframe|object|svg|xml)(?=[\s>/]).*?(?:</\1\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
LINK = re.compile(
    r"<a\s[^<>]{0,2000}?\bhref\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'<>]+))[^<>]{0,2000}>((?:(?!<a\s).)*?)</a\s*>",
    re.IGNORECASE | re.DOTALL,
)
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});|&nbsp(?![A-Za-z0-9;=])")
BLOCKS = re.compile(BLOCK, re.IGNORECASE)


def without_entities(text: str) -> str:
    """Entities as characters, twice: portals escape what was escaped."""
    return ENTITY.sub(_entity, ENTITY.sub(_entity, text))


def without_markup(text: str) -> str:
    """Blocks and rows as lines, numbered lists numbered, links with their address; `<` that is no markup stays."""
    counters: list[int | None] = []  # one per open list; None where it is not numbered

    def replace(match: re.Match[str]) -> str:
        closing, name = match.group(1), (match.group(2) or match.group(3)).lower()
        if name in ("ul", "ol"):
            if closing and counters:
                counters.pop()
            elif not closing:
                counters.append(0 if name == "ol" else None)
        if name == "li" and not closing and counters and counters[-1] is not None:
            counters[-1] += 1
            return f"\n{counters[-1]}. "
        if name in ("td", "th"):
            return " "
        return "\n" if name in ("br", "li") or BLOCKS.fullmatch(name) else ""

    stripped = TAG.sub(replace, LINK.sub(_link, HIDDEN.sub("", text)))
    return re.sub(r"\n\s*\n", "\n", stripped) if stripped != text else stripped


def _link(match: re.Match[str]) -> str:
    address = next(found for found in (*match.groups()[:3], "") if found is not None).strip()
    said = match.group(4)
    if not re.match(r"https?://[^\s（）]+$", address, re.IGNORECASE) or address.rstrip("/") in said:
        return said
    return f"{said}（{address}）" if TAG.sub("", said).strip() else address


def _entity(match: re.Match[str]) -> str:
    return html.unescape(match.group())
