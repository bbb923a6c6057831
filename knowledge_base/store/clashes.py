"""Groups of synonyms that do not go together: with each other, or with what something is officially called."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.engine import Connection

from foundation.text import normalise
from knowledge_base.findings import Finding, found
from knowledge_base.model import KINDS, Synonym, Unit, UnitKey
from knowledge_base.store.codec import load
from knowledge_base.store.revisions import chunks
from knowledge_base.store.tables import memberships, revisions

NAMED = tuple(kind for kind in KINDS if kind != "faq")
"""What has an official name: to read it as something else would lead away from it."""


def clashes(groups: Iterable[Synonym], named: Mapping[str, UnitKey]) -> Iterator[Finding]:
    """What forbids that these groups hold together; of two groups, it is said of the later one.

    Args:
        named: official names, normalised.
    """
    said: dict[str, Synonym] = {}
    terms: dict[str, Synonym] = {}
    for group in groups:
        term = group.official.lower()
        if other := said.get(term):
            yield _of(group, "term", "synonym_of_synonym", other, group.official)
        for word in group.said:
            if bearer := named.get(word):
                yield found("synonym_is_name", group.key, "words", judged=word, other=bearer, word=word)
            if other := terms.get(word.lower()):
                yield _of(group, "words", "synonym_of_synonym", other, word)
            if other := said.get(word.lower()):
                yield _of(group, "words", "synonym_twice", other, word)
        said |= dict.fromkeys(map(str.lower, group.said), group)
        terms[term] = group


def clashing(tx: Connection, entering: Sequence[Unit], moved: Collection[UnitKey]) -> list[Finding]:
    """The clashes of what enters a release, with each other and with what stays.

    Args:
        moved: the units that enter or leave; the others stay.
    """
    groups = [unit for unit in entering if isinstance(unit, Synonym)]
    named = {normalise(unit.title): unit.key for unit in entering if unit.kind in NAMED}
    staying = [group for group in published(tx) if group.key not in moved] if groups or named else []
    against = [
        found("name_is_synonym", named[word], "name", judged=word, other=group.key, word=word, term=group.term)
        for group in staying
        for word in group.said
        if word in named
    ]
    if groups:
        words = {form for group in groups for form in (*group.words, *group.said)}
        named |= {name: key for name, key in _bearers(tx, words).items() if key not in moved}
        fresh = {group.key for group in groups}
        against += [one for one in clashes([*staying, *groups], named) if one.unit in fresh]
    return against


def published(tx: Connection) -> list[Synonym]:
    """The groups of the newest release, by id."""
    query = select(revisions.c.body).join(memberships, memberships.c.revision_id == revisions.c.id)
    present = query.where(memberships.c.kind == Synonym.kind, memberships.c.to_release.is_(None))
    found = (load(body) for body in tx.execute(present.order_by(memberships.c.unit_id)).scalars())
    return [group for group in found if isinstance(group, Synonym)]


def _bearers(tx: Connection, names: Collection[str]) -> dict[str, UnitKey]:
    """The published units that are officially called so, by their names, normalised."""
    name = revisions.c.body["name"].as_string()
    query = select(name, memberships.c.kind, memberships.c.unit_id).join(
        memberships, memberships.c.revision_id == revisions.c.id
    )
    present = query.where(memberships.c.kind.in_(NAMED), memberships.c.to_release.is_(None))
    rows = (row for part in chunks(sorted(names)) for row in tx.execute(present.where(name.in_(part))))
    return {normalise(called): UnitKey(kind, unit_id) for called, kind, unit_id in rows}


def _of(group: Synonym, field: str, rule: str, other: Synonym, word: str) -> Finding:
    return found(rule, group.key, field, judged=word, other=other.key, word=word, term=other.term)
