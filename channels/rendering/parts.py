"""What a message to a citizen is made of, whatever the platform: texts, menus, pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass

NUMBERED = re.compile(r"\d+\. ")


@dataclass(frozen=True)
class Text:
    """Plain text, ready to be shown: no markup."""

    text: str


@dataclass(frozen=True)
class Choice:
    """One line of a menu that can be clicked.

    `id` is `<outbox id>-<n>`, n counting the reply's buttons from 0. `title` bears its number (`2. 换领`), because it
    may be answered by that, too, and is cut to what platforms show. `payload` is what a click says, whole.
    """

    id: str
    title: str
    payload: str = ""


@dataclass(frozen=True)
class Menu:
    """Choices to click, with what stands before and after them."""

    head: str
    choices: tuple[Choice, ...]
    tail: str = ""


@dataclass(frozen=True)
class Image:
    """A picture by its address."""

    url: str


Part = Text | Menu | Image


def numbered(menu: Menu) -> Text:
    """The menu as text, for where nothing can be clicked: every choice in a line of its own, with its number."""
    lines = [
        choice.title if NUMBERED.match(choice.title) else f"{number}. {choice.title}"
        for number, choice in enumerate(menu.choices, 1)
    ]
    return Text("\n".join(filter(None, (menu.head, *lines, menu.tail))))
