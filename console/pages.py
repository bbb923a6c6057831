"""Pages from templates, and answers for scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from console.guard import wants_json
from console.house import house
from foundation.clock import CHINA
from foundation.words import Words

HERE = Path(__file__).parent
WORDS = Words(HERE / "words.yml")


def browser(agent: str) -> str:
    """What a User-Agent means to its owner: "Edge · Windows"."""
    known = WORDS.entry("browsers")
    found = [next((name for mark, name in known[kind].items() if mark in agent), None) for kind in ("name", "system")]
    return " · ".join(filter(None, found)) or known["other"]


def plain(value: Any) -> str:
    """A value of an audit entry's detail, in words where there are any."""
    if isinstance(value, list):
        return "、".join(map(plain, value)) or plain(None)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    known: dict[str, str] = WORDS.entry("values") | WORDS.entry("roles")
    return known.get(text, text)


TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
TEMPLATES.filters["local"] = lambda instant, form="%Y-%m-%d %H:%M": instant.astimezone(CHINA).strftime(form)
TEMPLATES.filters["browser"] = browser
TEMPLATES.filters["plain"] = plain
TEMPLATES.globals["words"] = WORDS.entry


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The page of a template under console/templates/, which gets `values` and what base.html needs."""
    state, here = request.state, house(request)
    account = getattr(state, "account", None)
    finished = account is not None and not state.must_change
    navigation = request.app.state.navigation
    part = navigation.part(request.url.path)
    shell: dict[str, Any] = {
        "account": account,
        "csrf": getattr(state, "form_key", ""),
        "csrf_field": lambda: Markup('<input type="hidden" name="csrf" value="{}">').format(shell["csrf"]),
        "office": here.settings.office_name,
        "nav": navigation(account) if finished else [],
        "beside": navigation(account, part) if finished and part else [],
        "path": request.url.path,
    }
    return HTMLResponse(TEMPLATES.get_template(template).render(**shell, **values), status)


def see_other(path: str) -> Response:
    """What a form is answered with when it has done its work: the browser fetches a page of ours."""
    return RedirectResponse(path, 303)


def problem(request: Request, status: int, reason: str | None = None) -> Response:
    """What went wrong, as a page or for a script, in the words of `errors` in words.yml."""
    errors = WORDS.entry("errors")
    said = errors.get(reason) or errors.get(status) or errors["other"]
    if wants_json(request):
        return JSONResponse({"error": said["text"], "reason": reason if reason in errors else None}, status)
    return render(request, "problem.html", status, **said)
