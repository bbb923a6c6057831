"""plotly's own script, as the installed package has it, from here: no page asks another host for anything."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.house import house
from console.insights.roles import PART, READERS
from console.routing import route

FOREVER = "private, max-age=31536000, immutable"
"""Another version has another address."""


@dataclass(frozen=True)
class Script:
    name: str
    packed: bytes
    """As gzip: a quarter of it, and every browser reads it."""


@lru_cache(maxsize=1)
def script() -> Script:
    """The script, named by its version and what is in it."""
    content = _file().read_bytes()
    name = f"{version('plotly')}-{hashlib.sha256(content).hexdigest()[:12]}"
    return Script(name, gzip.compress(content, 6, mtime=0))


def _file() -> Path:
    spec = find_spec("plotly")  # not imported: that takes a second, and only its script is wanted
    assert spec is not None and spec.origin is not None, "plotly is a dependency"
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


async def served(request: Request) -> Response:
    """GET /insights/plotly-{name}.js"""
    found = await house(request).run(script)
    if request.path_params["name"] != found.name:
        raise HTTPException(404)
    headers = {"cache-control": FOREVER, "content-encoding": "gzip", "vary": "accept-encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        content = await house(request).run(lambda: gzip.decompress(found.packed))
        return Response(content, media_type="text/javascript", headers={"cache-control": FOREVER})
    return Response(found.packed, media_type="text/javascript", headers=headers)


ROUTES = [route(f"{PART}/plotly-{{name}}.js", served, roles=READERS)]
