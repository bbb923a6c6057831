"""没答好的: what was asked and not answered well, most often first, and what the answers were about."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from console.content.learned import WORDS, Learned
from console.insights import naming
from console.insights.asked import Asked
from console.insights.counted import MISSED, note
from console.insights.naming import word
from console.insights.overview import over_time
from console.insights.tables import Cell, Column, Table
from knowledge_base.learning.clusters import Cluster

MOST = 30


def tables(tx: Connection, learned: Learned, asked: Asked, opens: bool) -> list[Table]:
    """What was refused or offered, over time; and the clusters of the past month, most asked first.

    Of the channel and the region that are looked at are those that somebody has asked there.

    Args:
        opens: whether the way to a draft is linked.
    """
    channel, region = asked.scope.channel, asked.scope.region
    found = [
        one
        for one in learned.clusters.found
        if (channel is None or channel in one.channels) and (region is None or region in one.regions)
    ]
    columns = [
        Column(word("columns.asked")),
        Column(word("columns.times"), "count"),
        Column(word("columns.people"), "count"),
        Column(word("columns.why")),
        Column(word("columns.channel")),
        Column(word("columns.last"), "day"),
    ]
    rows = [_row(one, opens) for one in found]
    unanswered = Table("unanswered", word("tables.unanswered"), columns, rows, note("unanswered"), most=MOST)
    return [over_time(tx, asked, MISSED), unanswered]


def _row(one: Cluster, opens: bool) -> list[Cell]:
    why = WORDS.entry("why")
    return [
        Cell(naming.masked(one.title), f"/content/learning/{one.key}" if opens else ""),
        Cell(one.count),
        Cell(one.people),
        Cell(word("and").join(f"{why[name]} {number}" for name, number in one.why.items())),
        Cell(word("and").join(f"{naming.channel(name)} {number}" for name, number in one.channels.items())),
        Cell(one.last),
    ]
