"""没答好的问题: what was not answered well, most asked first; from there to a draft, or aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from console.content import shelves
from console.content.learned import WORDS, Learned, learned
from console.content.roles import EDITORS, PART, READERS, department_of
from console.content.telling import Form, back, posted, told
from console.desk_words import channel_name, region_name
from console.house import house
from console.numbers import row_number
from console.pages import render
from console.routing import route
from knowledge_base.editing.fields import kind_name
from knowledge_base.editing.scope import is_within
from knowledge_base.editing.shelf import Shelf
from knowledge_base.learning import asides
from knowledge_base.learning.asides import Aside
from knowledge_base.learning.clusters import Cluster
from knowledge_base.learning.errors import LearningError
from knowledge_base.learning.questions import plain
from knowledge_base.model import KINDS, Unit

HERE = f"{PART}/learning"
PAGE, EXAMPLES, FOUND = 25, 3, 12
LONGEST = 100


@dataclass(frozen=True)
class Row:
    """A cluster as the list shows it."""

    cluster: Cluster
    closest: Sequence[Unit]
    draft: Unit | None
    """That answers it, where one may see it."""
    aside: Aside | None
    """Under which it falls; it has outgrown it where it is in the list all the same."""


async def listed(request: Request) -> Response:
    """GET /content/learning?words=&why=&page=&aside=1: those that are set aside, with `aside`"""
    here, asked = house(request), _asked(request)
    found, shelf = await learned(request), await shelves.shelf(request)
    known = await here.read(asides.listing)
    wanted = [one for one in found.clusters.found if _matches(one, asked)]
    pairs = [(one, asides.of_cluster(one, known)) for one in wanted]
    hidden = [(one, aside) for one, aside in pairs if aside is not None and not aside.outgrown(one)]
    shown = hidden if asked["aside"] else [one for one in pairs if one not in hidden]
    number = max(1, min(row_number(asked["page"]) or 1, -(-len(shown) // PAGE)))
    part = shown[(number - 1) * PAGE : number * PAGE]
    return render(
        request,
        "content_learning.html",
        rows=[_row(request, one, aside, found, shelf) for one, aside in part],
        learned=found,
        asked=asked,
        total=len(shown),
        hidden=len(hidden),
        number=number,
        pages=-(-len(shown) // PAGE),
        link=lambda n: f"{HERE}?{urlencode({**{k: v for k, v in asked.items() if v}, 'page': n})}",
        told=told(request),
        examples=EXAMPLES,
        **_words(request),
    )


async def one(request: Request) -> Response:
    """GET /content/learning/{key}?kind=&text=: units whose titles hold a text are proposed, too."""
    found, shelf = await learned(request), await shelves.shelf(request)
    cluster = _cluster(request, found)
    known = await house(request).read(asides.listing)
    row = _row(request, cluster, asides.of_cluster(cluster, known), found, shelf)
    return render(
        request, "content_learning_one.html", row=row, told=told(request), **search(request, shelf), **_words(request)
    )


async def set_aside(request: Request, form: Form) -> Response:
    """POST /content/learning/{key}/aside: reason"""
    here, me = house(request), request.state.account
    cluster = _cluster(request, await learned(request))
    await here.write(lambda tx: asides.put(tx, cluster, form.get("reason", ""), me.name, here.now()))
    return back(HERE, "set_aside")


async def take_back(request: Request, form: Form) -> Response:
    """POST /content/learning/asides/{id}/back"""
    here, me = house(request), request.state.account
    await here.write(lambda tx: asides.take_back(tx, request.path_params["id"], me.name, here.now()))
    return back(HERE, "taken_up")


def search(request: Request, shelf: Shelf) -> dict[str, Any]:
    """What a page needs that looks for a unit by its title: ?kind=&text="""
    kind, text = (request.query_params.get(name, "").strip()[:LONGEST] for name in ("kind", "text"))
    units = list(islice(shelf.named(kind, text), FOUND)) if kind in KINDS and text else []
    kinds = {one: kind_name(one) for one in KINDS}
    return {"looked_for": {"kind": kind, "text": text}, "units": units, "kinds": kinds, "kind_name": kind_name}


def _cluster(request: Request, found: Learned) -> Cluster:
    """Raises LearningError: it is not there any more."""
    cluster = found.clusters.get(request.path_params["key"])
    if cluster is None:
        raise LearningError("changed")
    return cluster


def _row(request: Request, cluster: Cluster, aside: Aside | None, found: Learned, shelf: Shelf) -> Row:
    draft = found.draft_of(cluster)
    published = shelf.units.get(draft.key) if draft is not None else None
    department = department_of(request.state.account)
    seen = all(is_within(unit, department) for unit in (draft, published) if unit is not None)
    closest = [unit for key in cluster.closest if (unit := shelf.units.get(key))]
    return Row(cluster, closest, draft if seen else None, aside)


def _asked(request: Request) -> dict[str, str]:
    given = {name: request.query_params.get(name, "").strip()[:LONGEST] for name in ("words", "why", "page", "aside")}
    return {name: text if text.isprintable() else "" for name, text in given.items()}


def _matches(cluster: Cluster, asked: dict[str, str]) -> bool:
    holds = not asked["words"] or any(asked["words"] in one.text for one in cluster.wordings)
    return holds and (not asked["why"] or asked["why"] in cluster.why)


def _words(request: Request) -> dict[str, Any]:
    edits = not set(request.state.account.roles).isdisjoint(EDITORS)
    return {
        "why_words": WORDS.entry("why"),
        "channel_name": channel_name,
        "region_name": region_name,
        "may_edit": edits,
        "plain": plain,
    }


async def _page(request: Request) -> Response:
    """The page of a cluster; one that is gone leads back to the list."""
    try:
        return await one(request)
    except LearningError:
        return back(HERE, "cluster_gone")


ROUTES = [
    route(HERE, listed, roles=READERS, nav="没答好的问题", under=PART),
    route(f"{HERE}/{{key}}", _page, roles=READERS),
    route(f"{HERE}/{{key}}/aside", posted(set_aside), roles=EDITORS, methods=("POST",)),
    route(f"{HERE}/asides/{{id:int}}/back", posted(take_back), roles=EDITORS, methods=("POST",)),
]
