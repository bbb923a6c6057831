"""A page of figures as whoever reads it sees it: its tables and tiles, their numbers and links."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Cell:
    text: str = ""
    share: str = ""
    link: str = ""

    @property
    def number(self) -> int:
        return int(self.text.replace(",", ""))


@dataclass
class Shown:
    head: list[str] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)

    def column(self, title: str) -> dict[str, Cell]:
        """By the first column."""
        place = self.head.index(title)
        return {row[0].text: row[place] for row in self.rows}

    def texts(self, *titles: str) -> dict[str, tuple[str, ...]]:
        """Some columns with their shares, by the first one."""
        places = [self.head.index(title) for title in titles]
        return {
            row[0].text: tuple(f"{row[place].text} {row[place].share}".strip() for place in places) for row in self.rows
        }


class Seen(HTMLParser):
    """A page; `tables` by heading, `tiles` by title."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: dict[str, Shown] = {}
        self.tiles: dict[str, list[str]] = {}
        self._way: list[str] = []
        self._heading, self._cell, self._tile = "", Cell(), [""]
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        known = dict(attributes)
        self._way.append(tag)
        if tag == "h2":
            self._heading = ""
        elif tag == "table":
            self.tables[self._heading] = Shown()
        elif tag == "tr" and "tbody" in self._way:
            self._shown.rows.append([])
        elif tag in ("td", "th"):
            self._cell = Cell()
        elif tag == "a" and "table" in self._way:
            self._cell.link = known.get("href") or ""
        elif tag == "li" and "card" in (known.get("class") or ""):
            self._tile = []
        if tag in ("input", "meta", "link", "img", "br"):
            self._way.pop()

    def handle_endtag(self, tag: str) -> None:
        while self._way and self._way.pop() != tag:
            pass
        if tag in ("td", "th"):
            if "thead" in self._way:
                self._shown.head.append(self._cell.text)
            else:
                self._shown.rows[-1].append(self._cell)
        elif tag == "li" and self._tile:
            self.tiles[self._tile[0]] = self._tile[1:]
            self._tile = []

    def handle_data(self, data: str) -> None:
        text = re.sub(r"\s+", " ", data).strip()
        if not text or not self._way:
            return
        if self._way[-1] == "h2":
            self._heading += text
        elif "td" in self._way or "th" in self._way:
            if "small" in self._way:
                self._cell.share = text
            else:
                self._cell.text += text
        elif "li" in self._way:
            self._tile.append(text)

    @property
    def _shown(self) -> Shown:
        return next(reversed(self.tables.values()))
