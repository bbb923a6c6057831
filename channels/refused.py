"""What the gateway refuses, in words for the sender; and the checks of one message by itself."""

from __future__ import annotations

from channels.messages import sentence
from foundation.errors import ChannelError

MAX_TEXT = 2000
MAX_NAME = 128
"""Longest sender or message id; with a channel's prefix it fits the column `conversation`."""


class Refused(ChannelError):
    """A message that is not stored.

    Attributes:
        status: the HTTP status that says so.
        reason: one Chinese sentence for the sender.
        retry_after: seconds to wait before the same message would be accepted, if that helps.
    """

    def __init__(self, status: int, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.retry_after = retry_after


def clean_text(text: object) -> str:
    """The text of a message as it may be stored: no NUL, no half characters, no blank margin.

    Raises:
        Refused: it is not a string, empty, or longer than MAX_TEXT.
    """
    if not isinstance(text, str):
        raise Refused(400, sentence("refused.not_text", field="message"))
    if len(text) > MAX_TEXT:
        raise Refused(413, sentence("refused.too_long", limit=MAX_TEXT))
    found = storable(text)
    if not found:
        raise Refused(400, sentence("refused.empty"))
    return found


def storable(text: str) -> str:
    """A text without what no database takes, and without a blank margin."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").strip()


def clean_name(value: object, field: str) -> str:
    """A sender or message id as it was given.

    Raises:
        Refused: it is not a string of 1 to MAX_NAME printable characters.
    """
    if not isinstance(value, str):
        raise Refused(400, sentence("refused.not_text", field=field))
    if not 1 <= len(value) <= MAX_NAME or not value.isprintable() or not value.strip():
        raise Refused(400, sentence("refused.bad_name", field=field, limit=MAX_NAME))
    return value
