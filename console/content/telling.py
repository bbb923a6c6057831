"""What a page of content is told when it has been acted on: a line at its top, by its name in the address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from console.content.http import status_of
from console.pages import render, see_other
from console.routing import Handler
from foundation.errors import KnowledgeError
from foundation.words import Words
from knowledge_base.editing.errors import EditingError

WORDS = Words(Path(__file__).with_name("words.yml"))
LONGEST = 2000
Form = Mapping[str, str]


class Unusable(Exception):
    """A form that is half filled in, or not one of our pages'; `name` is the sentence's, under `trouble`."""

    def __init__(self, name: str) -> None:
        super().__init__(WORDS.say(f"trouble.{name}"))


def told(request: Request) -> str:
    """The line that the page before has asked for, by ?told=NAME and the numbers that fill it in.

    Numbers alone: nobody shall be able to make a link that has this page say what they like.
    """
    given = {name: text for name, text in request.query_params.items() if text.isascii() and text.isdigit()}
    try:
        return WORDS.say(f"acts.{request.query_params.get('told', '')}", **given)
    except (KeyError, IndexError):
        return ""


def back(path: str, name: str, **values: int) -> Response:
    """The browser goes on to a page that is told what was done."""
    return see_other(f"{path}?{urlencode({'told': name, **values})}")


def posted(work: Callable[[Request, Form], Awaitable[Response]]) -> Handler:
    """A handler of a form; what is refused is told on a page of its own, with the way back."""

    async def handler(request: Request) -> Response:
        form = await request.form()
        fields = {name: _text(value) for name, value in form.multi_items() if isinstance(value, str)}
        request.state.many = {name: [_text(v) for v in form.getlist(name) if isinstance(v, str)] for name in form}
        try:
            return await work(request, fields)
        except Unusable as error:
            return trouble(request, str(error), 422)
        except EditingError as error:
            return trouble(request, str(error), status_of(error))
        except KnowledgeError as error:
            return trouble(request, str(error), 409)

    return handler


def trouble(request: Request, text: str, status: int) -> Response:
    return render(request, "problem.html", status, title=WORDS.say("trouble.title"), text=text)


def _text(value: str) -> str:
    return value.replace("\x00", "").encode("utf-8", "replace").decode()[:LONGEST]
