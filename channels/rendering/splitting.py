"""Texts cut to what a platform takes in one message, counted in bytes of UTF-8.

Cut where a reader pauses: at a paragraph, else behind a sentence, else between characters as a reader sees them. Never
inside an emoji of several code points, a flag, a word of Latin letters or digits (a phone number), a web address or a
link, unless that alone is too long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

LONGEST_CHARACTER = 4
"""Bytes of one code point in UTF-8."""
SURROGATES = regex.compile("[\ud800-\udfff]")
LINK = r"<a\b[^>]{0,2000}>.{0,1000}?</a>"
ADDRESS = r"(?:https?://|www\.)[!#-;=?-~]+"
LETTER = r"(?:(?!https?://)[0-9A-Za-z])"
"""An address written right behind a number begins there: 0000-8800100https://…"""
WORD = rf"{LETTER}+(?:[-.,:/@_]{LETTER}+)*(?![\p{{M}}\u200d])"
CHARACTER = r"\X"
ATOM = regex.compile(f"{LINK}|{ADDRESS}|{WORD}|{CHARACTER}", regex.DOTALL | regex.IGNORECASE)
ENDS, CLOSES = frozenset("。！？；…!?;"), frozenset("”’」』）)》】")
FULL_ENOUGH = 3
"""A pause counts from this part of the room on (a third): a heading is not sent alone."""


def split(text: str, max_bytes: int) -> list[str]:
    """The pieces of a text, in order: none empty, none over `max_bytes` bytes, nothing left out but white space where
    it was cut. Halves of surrogate pairs become U+FFFD.

    Raises:
        ValueError: `max_bytes` would not hold every character.
    """
    if max_bytes < LONGEST_CHARACTER:
        raise ValueError(f"max_bytes is {max_bytes}; a character may need {LONGEST_CHARACTER}")
    atoms = list(fitting(SURROGATES.sub("\ufffd", text), max_bytes))
    sizes = [size(atom) for atom in atoms]
    pieces = []
    start = 0
    while start < len(atoms):
        end, room = start, max_bytes
        while end < len(atoms) and sizes[end] <= room:
            room -= sizes[end]
            end += 1
        end = cut(atoms, sizes, start, end, max_bytes) if end < len(atoms) else end
        if piece := "".join(atoms[start:end]).strip():
            pieces.append(piece)
        while end < len(atoms) and atoms[end].isspace():
            end += 1
        start = end
    return pieces


def size(text: str) -> int:
    return len(text.encode())


def fitting(text: str, max_bytes: int) -> Iterator[str]:
    """What is not cut; what alone is too long, in characters."""
    for found in ATOM.finditer(text):
        atom = found[0]
        if size(atom) <= max_bytes:
            yield atom
            continue
        for character in regex.findall(CHARACTER, atom):
            yield from (character,) if size(character) <= max_bytes else character


def cut(atoms: Sequence[str], sizes: Sequence[int], start: int, end: int, max_bytes: int) -> int:
    """Where to cut between `start` and `end`, at which the room is used up."""
    sentence = None
    filled = sum(sizes[start:end])
    for place in range(end, start, -1):
        if filled * FULL_ENOUGH < max_bytes:
            break
        if "\n" in (atoms[place - 1][-1], atoms[place][0]):
            return place
        if sentence is None and ends_sentence(atoms, place):
            sentence = place
        filled -= sizes[place - 1]
    return sentence or end


def ends_sentence(atoms: Sequence[str], place: int) -> bool:
    """Whether a sentence ends before `place`, its closing quotation marks with it."""
    if atoms[place] in CLOSES:
        return False
    last = place - 1
    while last > 0 and atoms[last] in CLOSES:
        last -= 1
    return atoms[last] in ENDS
