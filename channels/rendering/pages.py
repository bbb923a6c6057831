"""Replies as pages: what is sent now, and what follows on each 更多.

A page is cut where a person would cut: between lines, headings kept with what they introduce. Beyond a page's end
nothing is lost, and its last line says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from channels.rendering.lines import Item
from channels.rendering.parts import Menu, Part, Text
from channels.rendering.replies import Said, fitted, said
from channels.rendering.splitting import size, split
from channels.rendering.style import Style
from channels.rendering.words import word
from foundation.outbox import Reply

LONGEST, NOT_WORTH_A_PAGE = 600, 90
"""Characters of one reply on a page, and so many more where nothing else would be left for the next."""
SMALLEST_ROOM = 120
"""Bytes of an item, at least, however long label and footer are."""
MOST_LEFT = 999
"""The count for which room is kept in the line that says what is left."""


@dataclass(frozen=True)
class Block:
    """What stands of one reply on one page."""

    label: str
    items: tuple[Item, ...]
    footer: str = ""
    continues: bool = False

    @property
    def pieces(self) -> list[str]:
        """What is kept together, line by line; an empty line may stand before it."""
        found = [f"\n{item.shown}" if item.gap else item.shown for item in self.items]
        if self.continues and self.items[0].context:
            found[0] = f"{self.items[0].context}\n{found[0].lstrip()}"
        return [*found, f"\n{self.footer}"] if self.footer else found


Page = list[Block | Part]


def pages(replies: Sequence[Reply], style: Style) -> list[list[Part]]:
    """What all these replies say, in their order: the first page is sent now, each next one on 更多.

    No page has more than `style.most_parts` parts, no text more than `style.max_bytes` bytes. Source, day and record
    number of an answer stand on the page on which it begins. A reply that says nothing makes no page.
    """
    book = Book(style)
    for reply in replies:
        book.write(said(reply, style))
    book.turn()
    return [compose(page, style, left(book.done[number:], style)) for number, page in enumerate(book.done, 1)]


class Book:
    """Pages as they fill."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.done: list[Page] = []
        self._page: Page = []

    def turn(self) -> None:
        """End the page."""
        if self._page:
            self.done.append(self._page)
            self._page = []

    def write(self, one: Said) -> None:
        """Add a reply behind those before it, on as many pages as it needs."""
        begins = True
        for leaf in fitted(one, self._room(one)).leaves:
            if not begins:
                self.turn()
            rest = leaf
            while rest:
                block = self._block(one, rest, begins, self._page)
                fresh = self._block(one, rest, begins, [])
                if self._page and len(fresh.items) > len(block.items):
                    self.turn()
                    block = fresh
                self._page.append(block)
                rest = rest[len(block.items) :]
                begins = False
                if rest:
                    self.turn()
        for part in one.parts:
            if self._parts([*self._page, part]) > self.style.most_parts:
                self.turn()
            self._page.append(part)

    def _room(self, one: Said) -> int:
        """Bytes of a single item that leave room for everything around it."""
        around = size(one.label) + max(map(size, one.footers), default=0) + 2 * size(longest_left(self.style))
        return max(SMALLEST_ROOM, min(3 * LONGEST, self.style.max_bytes - around))

    def _block(self, one: Said, items: tuple[Item, ...], begins: bool, page: Page) -> Block:
        """As many of the items as fit on a page that already holds something; on an empty one at least the first."""
        best, parts = Block(one.label, items[: 0 if page else 1], "", not begins), 0
        for footer in (one.footers if begins else ()) or ("",):
            for count in range(self._readable(one, items), 0, -1):
                block = Block(one.label, items[:count], footer, not begins)
                needed = self._parts([*page, block])
                if needed <= self.style.most_parts:
                    if not parts or (count, -needed) > (len(best.items), -parts):
                        best, parts = block, needed
                    break
        return best

    def _readable(self, one: Said, items: tuple[Item, ...]) -> int:
        """How many items a reader takes in at once."""
        total = 0
        for count, item in enumerate(items):
            total += len(item.shown)
            if total > LONGEST and count and not one.whole:
                rest = sum(len(later.shown) for later in items[count + 1 :])
                return len(items) if total + rest <= LONGEST + NOT_WORTH_A_PAGE else count
        return len(items)

    def _parts(self, page: Page) -> int:
        return len(compose(page, self.style, longest_left(self.style)))


def compose(page: Page, style: Style, left_over: str = "") -> list[Part]:
    """The parts of a page: what one speaker says in as few texts as hold it, each labelled."""
    parts: list[Part] = []
    speaker = None
    for block in page:
        if not isinstance(block, Block):
            parts.append(block)
            speaker = None
            continue
        label = f"{block.label}{word('label.continued')}" if block.continues else block.label
        for number, piece in enumerate(block.pieces):
            joined = add(parts[-1], piece, number == 0) if speaker == block.label else None
            if joined is not None and size(joined.text) <= style.max_bytes:
                parts[-1] = joined
            else:
                parts += map(Text, split(f"{label}\n{piece.lstrip()}", style.max_bytes))
            speaker = block.label
    return with_left(parts, left_over, style) if left_over else parts


def add(part: Part, piece: str, begins: bool) -> Text | None:
    """A text with a piece more; a reply's first one stands behind an empty line."""
    if not isinstance(part, Text):
        return None
    return Text(f"{part.text}\n\n{piece.lstrip()}" if begins else f"{part.text}\n{piece}")


def with_left(parts: list[Part], left_over: str, style: Style) -> list[Part]:
    """With the line that says what is left, in the last part that can carry it, else as one more text."""
    for place in range(len(parts) - 1, -1, -1):
        part = parts[place]
        if isinstance(part, Menu):
            carrying: Part = Menu(part.head, part.choices, f"{part.tail}\n{left_over}".strip())
        elif isinstance(part, Text) and size(f"{part.text}\n{left_over}") <= style.max_bytes:
            carrying = Text(f"{part.text}\n{left_over}")
        else:
            continue
        return [*parts[:place], carrying, *parts[place + 1 :]]
    alone = len(parts) == style.most_parts  # a picture: there is no room for words
    return parts if alone and not any(isinstance(part, Text) for part in parts) else [*parts, Text(left_over)]


def left(later: Sequence[Page], style: Style) -> str:
    """What a page says of those behind it; nothing on the last one."""
    if not later:
        return ""
    items = [item for page in later for block in page if isinstance(block, Block) for item in block.items]
    first = later[0][0]
    if style.elderly and isinstance(first, Block) and first.items[0].step:
        return word("more.elderly_step")
    count = sum(item.listed for item in items)
    mode = "elderly_" if style.elderly else ""
    return word(f"more.{mode}items", count=count) if count else word(f"more.{mode}rest")


def longest_left(style: Style) -> str:
    return max((word("more.items", count=MOST_LEFT), word("more.elderly_items", count=MOST_LEFT)), key=size)
