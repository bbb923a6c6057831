"""What all addresses of the desk have in common: JSON comes in and goes out, and a refusal is a sentence."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.desk_words import word
from console.routing import Handler
from desk.errors import DeskError, Malformed, NotFound

DESK = ("agent", "supervisor")
"""Who sits at the desk."""
LONGEST_NUMBER = 2**53


class Refusal(Exception):
    """Something that a page of the desk refuses; `reason` is the sentence's name under `refused` in desk_words.yml."""

    def __init__(self, reason: str, status: int = 409, **values: object) -> None:
        super().__init__(word(f"refused.{reason}", **values))
        self.reason, self.status = reason, status


class Fields:
    """What a page has sent. Whatever is not as it should be raises Refusal."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def text(self, name: str, most: int = 4000) -> str:
        """A text, empty where there is none. Halves of surrogate pairs, which no database takes, become U+FFFD."""
        value = self._values.get(name, "")
        if not isinstance(value, str) or len(value) > most or "\x00" in value:
            raise Refusal("unreadable", 422)
        return value.encode("utf-8", "replace").decode("utf-8")

    def named(self, name: str, most: int = 200) -> str | None:
        """A text; None where there is none, or an empty one."""
        return (self.text(name, most).strip() or None) if self.given(name) else None

    def key(self, name: str = "key") -> str:
        """The page's own name of something it sends: the same at each attempt."""
        value = self.text(name, 60).strip()
        if not value:
            raise Refusal("unreadable", 422)
        return value

    def number(self, name: str) -> int:
        value = self._values.get(name)
        if type(value) is not int or not 0 <= value < LONGEST_NUMBER:
            raise Refusal("unreadable", 422)
        return value

    def number_or_none(self, name: str) -> int | None:
        return self.number(name) if self.given(name) else None

    def numbers(self, name: str, most: int = 200) -> list[int]:
        values = self._values.get(name)
        if not isinstance(values, list) or not 0 < len(values) <= most:
            raise Refusal("unreadable", 422)
        return sorted({Fields({name: one}).number(name) for one in values})

    def texts(self, name: str, most: int = 50) -> list[str]:
        values = self._values.get(name)
        if not isinstance(values, list) or len(values) > most:
            raise Refusal("unreadable", 422)
        return [Fields({name: one}).text(name, 80) for one in values]

    def flag(self, name: str) -> bool:
        value = self._values.get(name)
        if not isinstance(value, bool):
            raise Refusal("unreadable", 422)
        return value

    def given(self, name: str) -> bool:
        """Whether there is a value, not null."""
        return self._values.get(name) is not None

    def part(self, name: str) -> Fields | None:
        """An object within."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise Refusal("unreadable", 422)
        return Fields(value)


def look(work: Callable[[Request], Awaitable[dict[str, Any]]]) -> Handler:
    """A handler that answers with what `work` returns, or says why not."""

    async def handler(request: Request) -> Response:
        return await _answered(work(request))

    return handler


def act(work: Callable[[Request, Fields], Awaitable[dict[str, Any] | None]]) -> Handler:
    """The same, of what the page has sent."""

    async def handler(request: Request) -> Response:
        async def done() -> dict[str, Any]:
            return await work(request, await _fields(request)) or {}

        return await _answered(done())

    return handler


async def _fields(request: Request) -> Fields:
    body = await request.body()
    try:
        values = json.loads(body) if body else {}
    except (ValueError, RecursionError) as error:
        raise Refusal("unreadable", 422) from error
    if not isinstance(values, dict):
        raise Refusal("unreadable", 422)
    return Fields(values)


async def _answered(work: Awaitable[dict[str, Any]]) -> Response:
    try:
        return JSONResponse(await work)
    except Refusal as error:
        return JSONResponse({"error": str(error), "reason": error.reason}, error.status)
    except DeskError as error:
        status = 404 if isinstance(error, NotFound) else 422 if isinstance(error, Malformed) else 409
        return JSONResponse({"error": str(error), "reason": error.key, "who": error.values.get("name")}, status)
