"""What the delivery loop asks of a messaging platform, and what a platform's refusal means for a reply."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

from foundation.errors import ChannelError

if TYPE_CHECKING:
    from channels.rendering import Part, Style


class Action(Enum):
    """What to do with a reply that a platform did not take."""

    RETRY = "retry"
    """Busy, or never reached: try again, at most three times, with growing pauses."""
    UNKNOWN = "unknown"
    """The request may have arrived and its answer was lost: the citizen may have got it."""
    CLOSED = "closed"
    """The platform lets us send nothing more for now: keep it until the citizen writes again."""
    DROP = "drop"
    """This will never be taken: the recipient is gone, or the message is not one. Reported, not tried again."""
    FEATURE_OFF = "feature_off"
    """The account may not send this kind of message: say it as plain text."""
    BROKEN = "broken"
    """Configuration or quota of the account: no message gets through until somebody acts."""


class SendError(ChannelError):
    """A message was not sent. `code` is the platform's error code, 0 where it gave none.

    The text never holds a token, a secret or a recipient.
    """

    def __init__(self, code: int, action: Action, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.action = action


class Platform(Protocol):
    """One account of a messaging platform."""

    channel: str
    """The prefix of its conversations: wechat, miniprogram, wecom, wecom-kf."""

    def style(self) -> Style:
        """What its messages may be like: size, clickable menus, how many at once."""

    async def send(self, recipient: str, part: Part, key: str) -> str | None:
        """Send one part.

        Args:
            recipient: the conversation's sender, as in the callback (openid, userid, <open_kfid>/<external_userid>).
            part: of channels.rendering; a text fits `style().max_bytes`.
            key: our own id of this message, at most 32 of [0-9A-Za-z_-]; the same at each attempt.

        Returns:
            The platform's message id, where it gives one.

        Raises:
            SendError: it was not sent, or nobody knows; `action` says what to do.
        """

    async def typing(self, recipient: str) -> None:
        """Show that an answer is being written. Never raises SendError: nothing depends on it."""

    async def close(self) -> None:
        """Give up connections."""
