"""The addresses of web pages in units, and which of them did not open when they were last tried (`link_checking`)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Column, String, Table, Text, delete, insert, select
from sqlalchemy.engine import Connection

from foundation.clock import CHINA
from foundation.database import Instant, metadata
from knowledge_base.findings import WORDS, Finding, found, sentences
from knowledge_base.model import Unit
from knowledge_base.store.revisions import chunks

dead_links = Table(
    "dead_links",
    metadata,
    # The SHA-256 of the address, which may be longer than an index takes.
    Column("digest", String(64), primary_key=True),
    Column("url", Text, nullable=False),
    # Of `outcomes` in findings.yml.
    Column("outcome", String(16), nullable=False),
    Column("checked_at", Instant, nullable=False),
)

URL = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", re.IGNORECASE)
TRAILING = ".,;:!?'\")]"
CERTAIN = ("gone", "no_host", "inside")
"""Outcomes that are the address's own fault; others may be over tomorrow."""


class Dead(NamedTuple):
    outcome: str
    checked_at: datetime


def links(unit: Unit) -> Iterator[tuple[str, str]]:
    """The http addresses of a unit, with their fields: of its sources, and in what citizens read."""
    for source in unit.sources:
        if source.url and URL.match(source.url):
            yield "sources", source.url
    for field, sentence in sentences(unit):
        if "://" in sentence:
            yield from ((field, url.rstrip(TRAILING)) for url in URL.findall(sentence))


def dead_links_of(unit: Unit, dead: Mapping[str, Dead]) -> Iterator[Finding]:
    """The addresses of a unit that did not open."""
    if dead:
        for field, url in dict.fromkeys(links(unit)):
            if one := dead.get(url):
                rule = "dead_link" if one.outcome in CERTAIN else "silent_link"
                day, outcome = one.checked_at.astimezone(CHINA).date(), WORDS.content["outcomes"][one.outcome]
                yield found(rule, unit.key, field, judged=f"{url} {one.outcome}", url=url, outcome=outcome, day=day)


def known_dead(tx: Connection) -> dict[str, Dead]:
    """The addresses that did not open when last tried."""
    query = select(dead_links.c.url, dead_links.c.outcome, dead_links.c.checked_at)
    return {url: Dead(outcome, at) for url, outcome, at in tx.execute(query)}


def keep(tx: Connection, outcomes: Mapping[str, str | None], now: datetime) -> None:
    """Keep what trying all addresses has shown, instead of what was known before. None: it opens."""
    tx.execute(delete(dead_links))
    rows = [
        {"digest": _digest(url), "url": url, "outcome": outcome, "checked_at": now}
        for url, outcome in outcomes.items()
        if outcome is not None
    ]
    for part in chunks(rows):
        tx.execute(insert(dead_links), list(part))


def all_links(units: Iterable[Unit]) -> list[str]:
    """Every address once."""
    return list(dict.fromkeys(url for unit in units for _, url in links(unit)))


def _digest(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()
