"""A reply of the outbox as what is to be shown of it: who speaks, its items, its footer, a menu, a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from channels.rendering.elderly import leaves
from channels.rendering.footer import footers
from channels.rendering.lines import Item, items
from channels.rendering.menus import offered
from channels.rendering.parts import Choice, Image, Menu, Part, Text
from channels.rendering.plain import plain
from channels.rendering.splitting import size, split
from channels.rendering.style import Style
from channels.rendering.words import word
from desk.transcripts import TRANSCRIPT
from foundation.outbox import Reply

PERSON = "person"
WHOLE = "emergency"
"""Kind of an answer of which nothing may wait for 更多."""


@dataclass(frozen=True)
class Said:
    """What a reply says.

    `leaves` are items in the portions in which they are shown: one in general, many in 敬老版. `parts` follow them; of
    a reply that is laid out already they are all of it.
    """

    label: str = ""
    leaves: tuple[tuple[Item, ...], ...] = ()
    footers: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    whole: bool = False


def said(reply: Reply, style: Style) -> Said:
    body = reply.body
    if body.get("laid_out"):
        return Said(parts=laid_out(reply.id, body, style))
    person = body.get("by") == PERSON
    label = label_of(body, person)
    custom = body.get("custom") or {}
    answer = custom.get("answer") or {}
    full = plain(str(body.get("text") or ""))
    text, menu = offered(reply.id, body, full, label, style)
    found = items(text)
    if body.get("attachment"):
        found.append(Item(word("attachment", url=plain(str(body["attachment"])))))
    found += [
        Item(word("file", title=plain(str(one["title"])).replace("\n", " "), url=plain(str(one["url"]))))
        for one in answer.get("attachments") or ()
        if found and isinstance(one, Mapping) and one.get("title") and one.get("url")
    ]
    whole = answer.get("kind") == WHOLE
    foot = footers(answer, full, person, style) if found else ()
    in_steps = style.elderly and not (whole or person or custom.get(TRANSCRIPT))
    portions = leaves(found, answer) if in_steps else [tuple(found)] if found else []
    if style.elderly and foot and not person:
        foot = tuple(f"{one}\n{word('footer.elderly_phone', hotline=style.hotline)}" for one in foot)
    parts = (*((menu,) if menu else ()), *((Image(str(body["image"])),) if body.get("image") else ()))
    return Said(label, tuple(portions), foot, parts, whole)


def label_of(body: Mapping[str, Any], person: bool) -> str:
    name = plain(str(body.get("name") or "")).replace("\n", " ")
    if person and name:
        return word("label.named_person", name=name)
    return word("label.person" if person else "label.robot")


def laid_out(reply_id: int, body: Mapping[str, Any], style: Style) -> tuple[Part, ...]:
    """The parts that `body_of` wrote down."""
    text, buttons = str(body.get("text") or ""), body.get("buttons") or ()
    found: list[Part] = []
    if buttons:
        choices = tuple(
            Choice(f"{reply_id}-{n}", str(one["title"]), str(one.get("payload") or one["title"]))
            for n, one in enumerate(buttons)
        )
        found.append(Menu(text, choices, str(body.get("tail") or "")))
    else:
        found += map(Text, split(text, style.max_bytes))
    if body.get("image"):
        found.append(Image(str(body["image"])))
    return tuple(found)


def body_of(part: Part) -> dict[str, Any]:
    """A part as a body of the outbox; laid out means that its text is shown as it is."""
    if isinstance(part, Image):
        return {"image": part.url, "laid_out": True}
    if isinstance(part, Text):
        return {"text": part.text, "laid_out": True}
    buttons = [{"title": choice.title, "payload": choice.payload or choice.title} for choice in part.choices]
    return {"text": part.head, "buttons": buttons, "tail": part.tail, "laid_out": True}


def as_body(page: Sequence[Part]) -> list[dict[str, Any]]:
    """A page to be stored: bodies of which `pages` makes the same page again."""
    return [body_of(part) for part in page]


def fitted(one: Said, room: int) -> Said:
    """With items that are longer than `room` bytes cut at sentences."""
    return replace(one, leaves=tuple(tuple(short(leaf, room)) for leaf in one.leaves))


def short(leaf: Sequence[Item], room: int) -> Iterator[Item]:
    for item in leaf:
        first, *rest = split(item.text, max(room // 2, room - size(item.shown) + size(item.text))) or [""]
        yield replace(item, text=first)
        yield from (replace(item, text=piece, heads=(), gap=False) for piece in rest)
