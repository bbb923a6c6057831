"""The bytes of a text file → its text, whichever office program wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

WRONG = {
    b"PK\x03\x04": "is an Excel workbook; name it .xlsx",
    b"\xd0\xcf\x11\xe0": "is an old Excel workbook; open it and save it as .xlsx",
}
COMMON = frozenset(
    "的是不在有人我这中大为上个国和地到时要出会可也你对能于下自年后作所多法如同好看分还其些没从日与长把第公此已工使明性"
    "问答案请办理事项申领证件材料提交需要什么怎么身份编号名称条件依据电话部门时限收费流程网户籍登记单位开具备注机关市区县"
    "這為個國時會你對後從與長問請辦理事項申領證件材料提交需要什麼怎麼身編號名稱條據電話門時限費網戶單開備註機關區縣補換應將"
    "，。、：；？（）"
)
"""Characters that stand in any table of ours, in simplified or traditional writing."""
PROBABLE = 0.1
"""The share of common characters from which a text is Big5: real ones have three times as much."""


def read_text(path: Path) -> str:
    """The text of a file; see `decode`."""
    return decode(path.read_bytes())


class Lines(Iterator[str]):
    """The lines of a text, each with its end: a list of millions would take many times as much as the text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.read, self.place = 0, 0
        """So many lines were read, and so many characters."""

    def __next__(self) -> str:
        if self.place >= len(self._text):
            raise StopIteration
        start, end = self.place, self._text.find("\n", self.place)
        self.place = end + 1 if end >= 0 else len(self._text)
        self.read += 1
        return self._text[start : self.place]

    def go_back(self, read: int, place: int) -> None:
        """Read again from where that was read."""
        self.read, self.place = read, place


def decode(data: bytes) -> str:
    """The text of bytes in UTF-8, UTF-16, GB18030 (GBK) or Big5.

    Raises:
        ValueError: they are in none of them, or are no text.
    """
    if wrong := WRONG.get(data[:4]):
        raise ValueError(wrong)
    if encoding := _sixteen_bit(data[:2000]):
        text = data.decode(encoding, errors="replace").lstrip("\ufeff")
    else:
        text = _eight_bit(data)
    return text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")


def _sixteen_bit(start: bytes) -> str | None:
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16-le" if start[:1] == b"\xff" else "utf-16-be"
    # Without a mark: the zeros are the upper halves of commas, digits and line ends.
    high, low = start[0::2].count(0), start[1::2].count(0)
    if len(start) > 8 and max(high, low) * 20 > len(start) and min(high, low) * 4 < max(high, low):
        return "utf-16-le" if low > high else "utf-16-be"
    return None


def _eight_bit(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        # A few bad bytes in UTF-8 must not turn the whole file into other characters.
        damaged = data.decode("utf-8-sig", errors="replace")
        bad = damaged.count("\ufffd")
        if bad * 20 < sum(character > "\x7f" for character in damaged):
            raise ValueError(f"line {line} is not valid UTF-8; save the file again as UTF-8") from error
    simplified, traditional = _decoded(data, "gb18030"), _decoded(data, "big5hkscs")
    # Nearly all Big5 is valid GB18030 too, as a jumble of rare characters.
    if traditional is not None and _usual(traditional) > max(PROBABLE, _usual(simplified or "")):
        return traditional
    if simplified is None:
        raise ValueError(f"line {line} is neither UTF-8 nor GB18030 nor Big5; save the file as UTF-8")
    return simplified


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _usual(text: str) -> float:
    """The share of common characters among those that are not ASCII."""
    foreign = [character for character in text[:100_000] if character > "\x7f"]
    return sum(character in COMMON for character in foreign) / len(foreign) if foreign else 0.0
