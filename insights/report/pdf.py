"""The report as PDF: A4, with the Chinese font that every PDF reader has a substitute for, so none is embedded."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Drawing, Line, Rect, String
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from insights.report.layout import Laid, Section, Sheet, say

FONT = "STSong-Light"
MARGIN = 16 * mm
WIDTH = A4[0] - 2 * MARGIN
INK, QUIET, LINE, BAR = (HexColor(f"#{code}") for code in ("1d2a35", "56636e", "dcdad2", "17568a"))
BAR_WIDTH, CHARACTER, PADDING = 18 * mm, 9.0, 8.0


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    # wordWrap CJK: lines may break between any two characters, as Chinese does
    given: dict[str, Any] = {"fontName": FONT, "fontSize": size, "leading": size * 1.45, "textColor": INK} | more
    return ParagraphStyle(name, wordWrap="CJK", **given)


TITLE = _style("title", 18, alignment=TA_CENTER, spaceAfter=4)
OFFICE = _style("office", 12, alignment=TA_CENTER)
UNDER = _style("under", 9, alignment=TA_CENTER, textColor=QUIET, spaceAfter=4)
HEADING = _style("heading", 12.5, spaceBefore=10, spaceAfter=4)
NOTE = _style("note", 8.5, textColor=QUIET, spaceBefore=3)
CELL, HEAD = _style("cell", 8.5), _style("head", 8, textColor=QUIET)
NUMBER, HEAD_NUMBER = _style("number", 8.5, alignment=TA_RIGHT), _style("headn", 8, textColor=QUIET, alignment=TA_RIGHT)


def pdf(laid: Laid) -> bytes:
    """The finished file."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    written = io.BytesIO()
    document = SimpleDocTemplate(
        written, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        title=laid.title, author=laid.office, subject=laid.under, lang="zh-CN",
    )  # fmt: skip
    story: list[Flowable] = [_text(laid.title, TITLE), _text(laid.office, OFFICE), _text(laid.under, UNDER)]
    if laid.draft:
        story.append(_text(laid.draft, UNDER))
    for section in laid.sections:
        story += _section(section)
    document.build(story, canvasmaker=lambda *given, **more: _Numbered(laid, *given, **more))
    return written.getvalue()


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text), style)


def _section(section: Section) -> Iterator[Flowable]:
    yield CondPageBreak(35 * mm)
    heading = _text(section.title, HEADING)
    if section.columns:
        yield KeepTogether([heading, _columns(section.columns)])
    elif section.sheet is not None:
        yield heading
        yield _table(section.sheet) if section.sheet.rows else _text(section.sheet.empty, NOTE)
    else:
        yield heading
    if section.note:
        yield _text(section.note, NOTE)
    yield Spacer(1, 2 * mm)


def _table(sheet: Sheet) -> Table:
    """The texts share what the numbers leave; the heading stands again on each page."""

    def row(cells: Sequence[str], text: ParagraphStyle, number: ParagraphStyle) -> list[Any]:
        return [_text(cell, text if place < sheet.left else number) for place, cell in enumerate(cells)]

    body = [row(cells, CELL, NUMBER) for cells in sheet.rows]
    head = row(sheet.head, HEAD, HEAD_NUMBER)
    widths = _widths(sheet, WIDTH - (BAR_WIDTH if sheet.bars else 0))
    if sheet.bars:
        head.append("")
        widths.append(BAR_WIDTH)
        for cells, share in zip(body, sheet.bars, strict=True):
            cells.append(_bar(share))
    rules = [
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 2), ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
    ]  # fmt: skip
    return Table([head, *body], colWidths=widths, repeatRows=1, style=rules)


def _widths(sheet: Sheet, room: float) -> list[float]:
    """Numbers get what they need, texts what remains, the longer ones more."""
    needed = [
        max(sum(0.55 if letter.isascii() else 1 for letter in cell) for cell in column) * CHARACTER + PADDING
        for column in zip(sheet.head, *sheet.rows)
    ]
    texts, numbers = needed[: sheet.left], needed[sheet.left :]
    left = max(room - sum(numbers), room / 4)
    scale = min(1.0, (room - left) / sum(numbers))
    return [left * text / sum(texts) for text in texts] + [number * scale for number in numbers]


def _bar(share: float) -> Drawing:
    drawing = Drawing(BAR_WIDTH - 4 * mm, 6)
    drawing.add(Rect(2 * mm, 0, max(0.1, share * (BAR_WIDTH - 6 * mm)), 5, fillColor=BAR, strokeColor=None))
    return drawing


def _columns(columns: Sequence[tuple[str, int]]) -> Drawing:
    """Columns beside each other, under them the last two characters of their names."""
    height, left = 38 * mm, 12 * mm
    drawing = Drawing(WIDTH, height + 6 * mm)
    most = max([1, *(number for _, number in columns)])
    wide = (WIDTH - left) / len(columns)
    drawing.add(Line(left, 5 * mm, WIDTH, 5 * mm, strokeColor=QUIET, strokeWidth=0.5))
    for text, y in ((f"{most:,}", height), ("0", 5 * mm)):
        drawing.add(String(left - 2, y - 3, text, fontName=FONT, fontSize=7, textAnchor="end", fillColor=QUIET))
    for place, (name, number) in enumerate(columns):
        x = left + place * wide
        tall = number / most * (height - 5 * mm)
        drawing.add(Rect(x + wide * 0.15, 5 * mm, wide * 0.7, tall, fillColor=BAR, strokeColor=None))
        label = String(x + wide / 2, 1.5 * mm, name[-2:], fontName=FONT, fontSize=6.5, textAnchor="middle")
        drawing.add(label)
    return drawing


class _Numbered(Canvas):
    """Writes under every page which one it is, of how many: known only when all are there."""

    def __init__(self, laid: Laid, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._laid = laid
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # reportlab's name
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self.setFont(FONT, 8)
            self.setFillColor(QUIET)
            self.drawString(MARGIN, 9 * mm, f"{self._laid.office}  {self._laid.title}")
            told = say("page", page=number, pages=len(self._pages))
            self.drawRightString(A4[0] - MARGIN, 9 * mm, told)
            super().showPage()
        super().save()
