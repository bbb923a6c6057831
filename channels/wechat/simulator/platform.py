"""The platform's own state: accounts, people, tokens, files, menus, and what has happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from channels.wechat.simulator.accounts import OPEN_KFID, Account
from channels.wechat.simulator.customer_service import CustomerService
from channels.wechat.simulator.faults import Faults
from channels.wechat.simulator.media import Media
from channels.wechat.simulator.people import Person
from channels.wechat.simulator.records import Records
from channels.wechat.simulator.refusals import Refusal
from channels.wechat.simulator.tokens import Tokens
from foundation.clock import Clock


class Platform:
    def __init__(self, accounts: dict[str, Account], clock: Clock) -> None:
        self.accounts = accounts
        self.clock = clock
        self.records = Records()
        self.tokens = Tokens(clock)
        self.media = Media(clock)
        self.faults = Faults()
        self.customer_service = CustomerService(OPEN_KFID, clock)
        self.menus: dict[str, list[dict[str, object]]] = {}
        """The buttons that an account has created, by channel."""
        self.cleared: list[datetime] = []
        """When quotas were cleared."""
        self.unrepeated: dict[str, datetime] = {}
        """When a message was last sent that must not be repeated."""
        self.finished: Callable[[str, str, str, int], None] = lambda channel, name, path, msgid: None
        """Called after a notification was taken, or a message of 微信客服 has failed: the account is to be told."""
        self._people: dict[tuple[str, str], Person] = {}

    def account(self, channel: str) -> Account:
        """KeyError when the settings describe no such account."""
        return self.accounts[channel]

    def join(self, channel: str, name: str) -> Person:
        """The person of that name, who is known from now on."""
        key = (channel, _key(channel, name))
        if key not in self._people:
            self._people[key] = Person(channel, name, self.clock, self.records)
        return self._people[key]

    def person(self, channel: str, name: object, code: int = 40003) -> Person:
        """Somebody who is known.

        Raises:
            Refusal: with `code`.
        """
        found = self.find(channel, str(name))
        if found is None:
            raise Refusal(code)
        return found

    def find(self, channel: str, name: str) -> Person | None:
        return self._people.get((channel, _key(channel, name)))


def _key(channel: str, name: str) -> str:
    """WeCom's user ids are the same in small and capital letters."""
    return name.lower() if channel == "wecom" else name
