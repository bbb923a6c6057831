"""The pages of a sign-in: words under `signin.pages` of messages.yml in the frame of the other small pages."""

from __future__ import annotations

from html import escape

from sanic.response import HTTPResponse, html

from channels.messages import entry, sentence
from channels.pages import framed
from foundation.sign_ins import LIFE


class Pages:
    def __init__(self, hotline: str) -> None:
        self._office = {"hotline": hotline, "minutes": int(LIFE.total_seconds() // 60)}

    def page(
        self,
        name: str,
        status: int = 200,
        *,
        conversation: str = "",
        digits: str = "",
        onward: str = "",
        way_back: bool = False,
        **values: object,
    ) -> HTTPResponse:
        """The page of that name.

        Args:
            conversation: whose channel the page names.
            digits: shown large, in two groups.
            onward: the address of the page's button.
            way_back: a link to the chat page.
        """
        words = {key: self._fill(text, conversation, values) for key, text in entry(f"signin.pages.{name}").items()}
        parts = []
        if digits:
            parts.append(f'<p class="digits">{escape(digits[:3])} {escape(digits[3:])}</p>')
        if "warning" in words:
            parts.append(f'<p class="warning">{words["warning"]}</p>')
        if onward:
            parts.append(f'<p><a class="button" href="{escape(onward)}">{words["go"]}</a></p>')
        if way_back:
            parts.append(f'<p><a class="button" href="/chat">{escape(sentence("signin.pages.way_back"))}</a></p>')
        return html(framed(words["title"], words["text"], "\n".join(parts)), status)

    def _fill(self, text: str, conversation: str, values: dict[str, object]) -> str:
        channels = entry("signin.channels")
        channel = channels.get(conversation.partition(":")[0], channels["other"])
        return escape(text.format(**self._office, channel=channel, **values))
