"""The console as an ASGI application: the pages of all modules, each behind its guard."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from channels import web
from channels.pictures import Pictures
from channels.signin.registration import is_safe
from channels.tokens import TokenStore
from console import (
    administration,
    api,
    audit_log,
    cases,
    cases_acting,
    desk_approvals,
    desk_canned,
    desk_conversation,
    desk_knowledge,
    desk_moving,
    desk_page,
    desk_pictures,
    desk_rules,
    desk_speaking,
    desk_supervisor,
    desk_tasks,
    home,
    live,
    own_account,
    privacy,
    second_factor,
    sign_in,
    single_sign_on,
)
from console.content import (
    attachments,
    editor,
    editors_tasks,
    exporting,
    importing,
    learning,
    ordering,
    previews,
    proposing,
    publishing,
    quality,
    recall_acts,
    recalls,
    records,
    reviewing,
    saving,
    shelves,
    switching,
    trial_editor,
    trials,
    trying,
    unfinished,
    unit,
    units,
)
from console.guard import Guard
from console.headers import HEADERS, Secured
from console.house import House
from console.insights import (
    alert_notice,
    alerts,
    alerts_acting,
    openness,
    plotting,
    questions,
    reports,
    samples,
    scoring,
    talks,
)
from console.insights import exporting as insights_files
from console.insights import pages as insights_pages
from console.live import Live, Versions
from console.navigation import Navigation
from console.pages import problem
from console.routing import Page
from desk import changes
from foundation.addresses import LOOPBACK
from foundation.clock import Clock, SystemClock
from foundation.database import Database
from foundation.errors import ConfigError
from foundation.settings import Settings

log = logging.getLogger(__name__)

DESK = [
    desk_page,
    desk_conversation,
    desk_pictures,
    desk_moving,
    desk_speaking,
    desk_knowledge,
    desk_canned,
    desk_tasks,
    desk_approvals,
    desk_supervisor,
    desk_rules,
]
CONTENT = [
    units,
    unit,
    reviewing,
    publishing,
    ordering,
    unfinished,
    editor,
    saving,
    previews,
    shelves,
    attachments,
    trials,
    trial_editor,
    trying,
    learning,
    proposing,
    editors_tasks,
    quality,
    importing,
    exporting,
    records,
    recalls,
    recall_acts,
    switching,
]
INSIGHTS = [
    insights_pages,
    questions,
    talks,
    insights_files,
    plotting,
    reports,
    samples,
    scoring,
    openness,
    alerts,
    alerts_acting,
    alert_notice,
]
PAGES = [
    sign_in,
    single_sign_on,
    home,
    own_account,
    second_factor,
    live,
    *DESK,
    *CONTENT,
    cases,
    cases_acting,
    *INSIGHTS,
    privacy,
    administration,
    audit_log,
    api,
]
"""Modules that export ROUTES, in the order of the navigation."""
STATIC = Path(__file__).parent / "static"
WEB_CHAT = Path(web.__file__).parent / "static"
"""The web chat's own scripts and styles, by which the editor's preview shows an answer."""


def build(
    settings: Settings,
    database: Database,
    clock: Clock | None = None,
    pages: Iterable[Page] | None = None,
    versions: Versions | None = None,
) -> Starlette:
    """The application over a database, which it closes when it ends.

    Args:
        pages: instead of those of all modules.
        versions: what live updates look at, topic → number; desk.changes.version by default.

    Raises:
        ConfigError: the key is missing, or a route was not made by console.routing.
    """
    found = [page for module in PAGES for page in module.ROUTES] if pages is None else list(pages)
    house = House(settings, database, clock or SystemClock())

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.live.start()
        yield
        await app.state.live.stop()
        if app.state.single_sign_on is not None:
            await app.state.single_sign_on.close()
        await app.state.pictures.close()
        house.close()

    app = Starlette(
        routes=[
            *_guarded(found),
            Mount("/static/web-chat", StaticFiles(directory=WEB_CHAT), name="web-chat"),
            Mount("/static", StaticFiles(directory=STATIC), name="static"),
        ],
        middleware=[Middleware(Secured), Middleware(TrustedHostMiddleware, hosts(settings), www_redirect=False)],
        exception_handlers={HTTPException: _refused, DBAPIError: _no_database, Exception: _failed},
        lifespan=lifespan,
    )
    app.state.house = house
    app.state.live = Live(house, versions or changes.version)
    app.state.navigation = Navigation(found)
    app.state.single_sign_on = single_sign_on.of_settings(settings, house)
    app.state.pictures = Pictures.of(settings, TokenStore(database, house.cipher, house.clock))
    return app


def hosts(settings: Settings) -> list[str]:
    """The host names under which the console answers; all, where it is open to others and nobody has named its own.

    Raises:
        ConfigError: ZHENGWU_CONSOLE_URL is no address.
    """
    if not settings.console_url:
        return ["*"] if settings.host not in LOOPBACK else sorted(LOOPBACK)
    if not is_safe(settings.console_url):
        raise ConfigError("ZHENGWU_CONSOLE_URL must be https:// and a host, as https://console.example.gov.cn")
    return sorted({*LOOPBACK, settings.host, urlsplit(settings.console_url).hostname or ""})


def _guarded(pages: Sequence[Page]) -> list[BaseRoute]:
    routes: list[BaseRoute] = []
    for page in pages:
        if not isinstance(page, Page) or not page.roles:
            raise ConfigError(f"the console's route {page!r} does not say who may open it: make it by console.routing")
        if page.methods:
            routes.append(Route(page.path, Guard(page), methods=page.methods, max_body_size=page.largest))
        else:
            routes.append(WebSocketRoute(page.path, Guard(page)))
    return routes


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = problem(request, error.status_code, error.detail)
    answer.headers.update(error.headers or {})
    return answer


async def _no_database(request: Request, error: Exception) -> Response:
    log.error("the database does not answer (%s)", type(error).__name__)
    return problem(request, 503)


async def _failed(request: Request, error: Exception) -> Response:
    log.error("a page failed", exc_info=error, extra={"path": request.scope["path"]})
    answer = problem(request, 500)
    answer.headers.update(HEADERS)  # Starlette answers for failures outside of all middleware
    return answer
