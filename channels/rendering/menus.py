"""Choices offered by a reply: a menu that can be clicked, or numbered lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from channels.rendering.parts import Choice, Menu, numbered
from channels.rendering.plain import plain
from channels.rendering.splitting import size, split
from channels.rendering.style import Style
from channels.rendering.words import entry, word

PERSON = re.compile('[“"]0[”"]|回复0')
"""A text that tells how to get a person."""
MOST_CHOICES, LONGEST_CHOICE, LONGEST_HEAD = 10, 128, 1024
"""Of a msgmenu: lines, bytes of a line, bytes of what stands before or after (document/path/94677 of WeCom)."""


class Offer(NamedTuple):
    """What a reply says around its choices, and the menu, where there is one."""

    text: str
    menu: Menu | None


def offered(reply_id: int, body: Mapping[str, Any], text: str, label: str, style: Style) -> Offer:
    """The text of a reply without the choices that a menu shows, or with all of them as lines.

    A package 一件事 numbers its steps itself, with what is to be known of each: that stays text.
    """
    buttons = [one for one in body.get("buttons") or () if isinstance(one, Mapping) and one.get("title")]
    titles = [plain(str(one["title"])).replace("\n", " ") for one in buttons]
    said = [f"{number}. {title}" for number, title in enumerate(titles, 1)]
    answer = (body.get("custom") or {}).get("answer") or {}
    if not buttons or answer.get("kind") == "package":
        return Offer(text, None)
    by_number = bool(answer.get("options")) or set(said) <= set(text.split("\n"))
    before, after = around(text, said)
    tail = "\n".join(filter(None, (after, closing(f"{before}{after}", by_number))))
    choices = tuple(
        Choice(f"{reply_id}-{n}", shortened(line), str(one.get("payload") or one["title"]))
        for n, (line, one) in enumerate(zip(said, buttons))
    )
    menu = Menu(labelled(label, without_said(before) or word("menu.head")), choices, without_said(tail))
    if style.menu and fits(menu, said, style):
        return Offer("", menu)
    listed = said if by_number else [*(f"· {title}" for title in titles), word("menu.titles")]
    person = "" if mentions_person(text) else word("menu.person") + "。"
    return Offer("\n".join(filter(None, (before, *listed, after, person))), None)


def around(text: str, said: Sequence[str]) -> tuple[str, str]:
    """What stands before the choices and what behind them; all of it before where the text does not list them."""
    lines = text.split("\n")
    places = [lines.index(line) for line in said if line in lines]
    if len(places) < len(said):
        return text, ""
    rest = [line for n, line in enumerate(lines) if n > max(places)]
    between = [line for n, line in enumerate(lines) if n < max(places) and n not in places]
    return "\n".join(between).strip(), "\n".join(rest).strip()


def closing(text: str, by_number: bool) -> str:
    """That numbers do as well (where the dialogue takes them), and how to get a person."""
    numbers = by_number and word("menu.number") not in without_said(text)
    found = (word("menu.numbers") if numbers else "", "" if mentions_person(text) else word("menu.person"))
    said = "；".join(filter(None, found))
    return f"{said}。" if said else ""


def mentions_person(text: str) -> bool:
    return PERSON.search(text) is not None


def without_said(text: str) -> str:
    """Without 回复数字就可以: the menu's last line says it."""
    return re.sub(entry("menu.said"), "", text).replace("？：", "？").strip()


def shortened(line: str) -> str:
    """A choice as menus show it; the dots stand for what was cut."""
    return line if size(line) <= LONGEST_CHOICE else split(line, LONGEST_CHOICE - size("…"))[0] + "…"


def labelled(label: str, text: str) -> str:
    return f"{label}\n{text}"


def fits(menu: Menu, said: Sequence[str], style: Style) -> bool:
    """Whether a platform takes the menu, as text too, and no two choices look alike."""
    bare = [choice.title.split(". ", 1)[1] for choice in menu.choices]
    return (
        len(menu.choices) <= MOST_CHOICES
        and len(set(bare)) == len({line.split(". ", 1)[1] for line in said})
        and max(size(menu.head), size(menu.tail)) <= LONGEST_HEAD
        and size(numbered(menu).text) <= style.max_bytes
    )
