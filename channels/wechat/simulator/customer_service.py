"""微信客服: what customers wrote stands in one list per account, which is read page by page, and who serves whom.

document/path/94670 (sync_msg), 94677 (send_msg), 95122 (send_msg_on_event), 94669 (service_state) of WeCom.
"""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import count
from secrets import token_hex
from typing import Any

from channels.wechat.simulator.refusals import Refusal
from foundation.clock import Clock

Json = dict[str, Any]
REPLAYED = timedelta(days=3)
TOKEN_LIFE = timedelta(minutes=10)
WELCOME_WITHIN = timedelta(seconds=20)
MSGID = re.compile(r"[0-9A-Za-z_-]{1,32}")
NEW, BOT, QUEUE, PERSON, ENDED = range(5)
CUSTOMER, SYSTEM, SERVICER = 3, 4, 5


class CustomerService:
    def __init__(self, open_kfid: str, clock: Clock) -> None:
        self.open_kfid = open_kfid
        self.log: list[Json] = []
        self.page_size = 1000
        """The most that one page holds, whatever was asked for."""
        self.empty_pages = 0
        """So many of the next pages are empty, with `has_more`."""
        self.state: dict[str, int] = {}
        """Who serves a customer; by external_userid."""
        self.fail_type: int | None = None
        """Set: what the next messages fail with, after errcode 0 (msg_send_fail)."""
        self._clock = clock
        self._numbers = count(1)
        self._tokens: dict[str, Any] = {}
        self._welcomes: dict[str, tuple[str, Any]] = {}
        self._msgids: set[str] = set()

    def add(self, customer: str, origin: int, kind: str, content: Json) -> Json:
        """One more message or event; returns it."""
        message: Json = {
            "msgid": f"simulated{next(self._numbers):08d}",
            "send_time": int(self._clock.now().timestamp()),
            "origin": origin,
            "msgtype": kind,
            kind: content,
        }
        if kind == "event":
            content |= {"open_kfid": self.open_kfid, "external_userid": customer}
        else:
            message |= {"open_kfid": self.open_kfid, "external_userid": customer}
        self.log.append(message)
        return message

    def token(self) -> str:
        """A fresh token for a callback."""
        value = f"ENC{token_hex(16)}"
        self._tokens[value] = self._clock.now() + TOKEN_LIFE
        return value

    def welcome(self, customer: str) -> str:
        """A code to greet the customer with, once, within 20 seconds."""
        code = f"WELCOME{token_hex(12)}"
        self._welcomes[code] = (customer, self._clock.now() + WELCOME_WITHIN)
        return code

    def welcomed(self, code: object) -> str:
        """The customer of a welcome code, which is used up.

        Raises:
            Refusal: it is unknown, used or too old.
        """
        customer, until = self._welcomes.pop(str(code), ("", None))
        if until is None or self._clock.now() >= until:
            raise Refusal(40058, "code invalid or expired")
        return customer

    def sync(self, cursor: str, token: str, limit: int) -> Json:
        """One page of the list.

        Raises:
            Refusal: the token or the cursor is none.
        """
        if token and self._clock.now() >= self._tokens.get(token, self._clock.now()):
            raise Refusal(95007)
        begin = self._place(cursor)
        if self.empty_pages:
            self.empty_pages -= 1
            return {"next_cursor": self._cursor(begin), "has_more": 1, "msg_list": []}
        page = self.log[begin : begin + min(limit, self.page_size)]
        end = begin + len(page)
        return {"next_cursor": self._cursor(end), "has_more": int(end < len(self.log)), "msg_list": page}

    def keep(self, msgid: object) -> str:
        """The id of a message that is about to be sent, the caller's own where there is one.

        Raises:
            Refusal: it is malformed, or was sent before.
        """
        if msgid is None:
            return f"own{next(self._numbers):08d}"
        if not isinstance(msgid, str) or not MSGID.fullmatch(msgid):
            raise Refusal(40058, "msgid")
        if msgid in self._msgids:
            raise Refusal(40058, "msgid duplicated")
        self._msgids.add(msgid)
        return msgid

    def transfer(self, customer: str, state: int, servicer: str) -> None:
        """Let somebody else serve the customer.

        Raises:
            Refusal: the state allows no such change.
        """
        before = self.state.get(customer, NEW)
        if before == ENDED or state not in (BOT, QUEUE, PERSON, ENDED) or (state == PERSON and not servicer):
            raise Refusal(95018)
        self.state[customer] = state

    def _place(self, cursor: str) -> int:
        if not cursor:
            since = (self._clock.now() - REPLAYED).timestamp()
            return next((n for n, one in enumerate(self.log) if one["send_time"] >= since), len(self.log))
        found = re.fullmatch(r"cursor-(\d+)", cursor)
        if found is None or int(found[1]) > len(self.log):
            raise Refusal(40058, "cursor")
        return int(found[1])

    @staticmethod
    def _cursor(place: int) -> str:
        return f"cursor-{place:08d}"
