"""What must not be so where citizens are served: with ZHENGWU_ENV=production the services refuse to start with it.

One table; each line says what is wrong, and the cure. `zhengwu doctor` shows all of them at once, before one has tried.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import Text, cast, or_, select
from sqlalchemy.engine import Connection

from foundation.addresses import LOOPBACK
from foundation.errors import ConfigError
from foundation.settings import Settings
from knowledge_base.store.holdings import current, holds
from knowledge_base.store.tables import memberships, revisions

FEWEST_BYTES = 16
"""Different ones in a key that was drawn: fewer than that come about once in 10¹² draws."""
SAMPLES = ("示例市", "0000-88")
"""By which the sample city's content is known: its name, and the telephone numbers that nobody has."""
SHOWN = 3
"""Units that are named."""


class Rule(NamedTuple):
    wrong: Callable[[Settings], bool]
    what: str
    cure: str


def _weak_key(settings: Settings) -> bool:
    key = settings.key()
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    return len(set(key)) < FEWEST_BYTES or len(steps) == 1


def _console_unencrypted(settings: Settings) -> bool:
    address = urlsplit(settings.console_url)
    return address.scheme != "https" or not address.hostname


RULES: Sequence[Rule] = (
    Rule(
        _weak_key,
        "ZHENGWU_SECRET_KEY is a sample, not a key that was drawn",
        "a drawn one in ZHENGWU_SECRET_KEY; docs/operations.md, The key, has how",
    ),
    Rule(
        lambda settings: "示例" in settings.office_name,
        "the office has the sample's name",
        "its own in ZHENGWU_OFFICE_NAME",
    ),
    Rule(
        lambda settings: "hotline" not in settings.__fields_set__,
        "nobody has said which hotline citizens are given",
        "the office's number in ZHENGWU_HOTLINE, also where it is 12345",
    ),
    Rule(
        lambda settings: settings.region.startswith("9901"),
        "the region is the sample city's",
        "the office's code in ZHENGWU_REGION",
    ),
    Rule(
        lambda settings: settings.portal_is_sandbox,
        "applications would be asked for in the portal's sandbox, which has made-up ones",
        "the portal's address in ZHENGWU_PORTAL_URL, or none where there is no portal; docs/portal.md",
    ),
    Rule(
        _console_unencrypted,
        "the console's address is not said to be encrypted: passwords and cookies could be read on the way",
        "an address with https:// in ZHENGWU_CONSOLE_URL, and a web server with a certificate before the console",
    ),
    Rule(
        lambda settings: settings.host not in LOOPBACK and settings.rest_token is None,
        "the REST channel is open to other machines without a token",
        "one in ZHENGWU_REST_TOKEN, or 127.0.0.1 in ZHENGWU_HOST",
    ),
)


def problems(settings: Settings, tx: Connection | None) -> list[str]:
    """All that is wrong, each with its cure; without a database, what the settings show.

    Raises:
        ConfigError: there is no key at all.
    """
    found = [f"{rule.what} → {rule.cure}" for rule in RULES if rule.wrong(settings)]
    samples = sample_units(tx) if tx is not None else []
    if samples:
        named = "、".join(samples[:SHOWN])
        found.append(
            f"content of the sample city is published ({named} …) → have it removed in the console, or begin with an "
            "empty database; docs/operations.md"
        )
    return found


def require(settings: Settings, tx: Connection) -> None:
    """Raise ConfigError, naming all problems, where this is production."""
    if settings.production and (found := problems(settings, tx)):
        lines = "\n  ".join(found)
        raise ConfigError(f"with ZHENGWU_ENV=production the services do not start like this:\n  {lines}")


def sample_units(tx: Connection) -> list[str]:
    """Published units, as kind:id, with the sample city's name or telephone numbers; some, if there are many."""
    body = cast(revisions.c.body, Text)  # SQLite keeps Chinese escaped, PostgreSQL as it is
    spellings = [spelling for sample in SAMPLES for spelling in {sample, _escaped(sample)}]
    query = select(revisions.c.kind, revisions.c.unit_id)
    query = query.join(memberships, memberships.c.revision_id == revisions.c.id).where(holds(current(tx)))
    query = query.where(or_(*(body.contains(spelling, autoescape=True, escape="!") for spelling in spellings)))
    return [f"{kind}:{unit}" for kind, unit in tx.execute(query.order_by(revisions.c.id).limit(SHOWN + 1))]


def _escaped(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()
