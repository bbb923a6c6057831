"""What an account may still send to one user without being asked.

developers.weixin.qq.com, 客服消息: five messages in 48 hours after a message of the user, three in one minute after a
menu click, a scan or following, two in one minute after entering a mini-program's session. They do not add up: the
larger one holds. Typing: within 30 seconds of the user's doing, for 15 seconds, not while it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.wechat.simulator.refusals import Refusal
from foundation.clock import Clock

TYPING_AFTER = timedelta(seconds=30)
TYPING_LASTS = timedelta(seconds=15)


@dataclass
class Allowance:
    left: int
    until: datetime


class Windows:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._allowances: dict[str, Allowance] = {}
        self._touched: datetime | None = None
        self._typing_until: datetime | None = None

    def wrote(self) -> None:
        """The user sent a message."""
        self._open("message", 5, timedelta(hours=48))

    def acted(self, messages: int = 3) -> None:
        """The user clicked, scanned, followed or entered."""
        self._open("action", messages, timedelta(minutes=1))

    def close(self) -> None:
        """The user follows no longer."""
        self._allowances.clear()
        self._touched = None

    @property
    def left(self) -> int:
        """Messages that may be sent now."""
        return max((one.left for one in self._open_now()), default=0)

    @property
    def until(self) -> datetime | None:
        """When the last of them may be sent; None when there are none."""
        return max((one.until for one in self._open_now() if one.left), default=None)

    def take(self) -> None:
        """Count one message.

        Raises:
            Refusal: 45015 no window is open, 45047 all its messages were sent.
        """
        open_now = self._open_now()
        if not open_now:
            raise Refusal(45015)
        if not self.left:
            raise Refusal(45047)
        for one in open_now:
            one.left = max(0, one.left - 1)
        self._typing_until = None

    def typing(self, command: object) -> None:
        """Show or take away that somebody writes.

        Raises:
            Refusal: 45072, 45080 or 45081.
        """
        if command not in ("Typing", "CancelTyping"):
            raise Refusal(45072)
        now = self._clock.now()
        if command == "CancelTyping":
            self._typing_until = None
            return
        if self._touched is None or now - self._touched > TYPING_AFTER:
            raise Refusal(45080)
        if self.is_typing:
            raise Refusal(45081)
        self._typing_until = now + TYPING_LASTS

    @property
    def is_typing(self) -> bool:
        return self._typing_until is not None and self._clock.now() < self._typing_until

    def _open(self, kind: str, messages: int, span: timedelta) -> None:
        now = self._clock.now()
        self._touched = now
        self._allowances[kind] = Allowance(messages, now + span)

    def _open_now(self) -> list[Allowance]:
        return [one for one in self._allowances.values() if self._clock.now() < one.until]
