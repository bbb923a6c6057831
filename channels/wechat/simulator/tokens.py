"""Access tokens: who holds which, until when.

/cgi-bin/token (each call replaces the token before, which lives five minutes more), /cgi-bin/stable_token (the same
token until its last five minutes) and WeCom's /cgi-bin/gettoken (the same until it expires).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

from channels.wechat.simulator.accounts import Account
from channels.wechat.simulator.refusals import Refusal
from foundation.clock import Clock

LIFE = timedelta(seconds=7200)
GRACE = timedelta(minutes=5)
FORCED_APART = timedelta(seconds=30)
FORCED_A_DAY = 20


@dataclass
class Grant:
    account: Account
    until: datetime
    after: int = 42001
    """What is answered from then on: 42001 expired, or 40001 replaced by a newer one."""


class Tokens:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._grants: dict[str, Grant] = {}
        self._newest: dict[tuple[str, str, str], str] = {}
        self._forced: dict[str, list[datetime]] = {}
        self.fetched: Counter[str] = Counter()
        """Tokens handed out, by channel."""
        self.life = LIFE

    def plain(self, account: Account) -> tuple[str, int]:
        """/cgi-bin/token: a new token and its seconds."""
        self._replace("plain", account, GRACE)
        return self._issue("plain", account)

    def stable(self, account: Account, force: bool = False) -> tuple[str, int]:
        """/cgi-bin/stable_token: the present token and its seconds, or a new one.

        Raises:
            Refusal: forced twice within 30 seconds, or more than 20 times a day.
        """
        if force:
            self._count_forced(account)
            self._replace("stable", account, timedelta())
            return self._issue("stable", account)
        if (current := self._current("stable", account)) and current[1] >= GRACE.total_seconds():
            return self._hand_out(account, current)
        self._replace("stable", account, GRACE)
        return self._issue("stable", account)

    def corporate(self, account: Account) -> tuple[str, int]:
        """WeCom's gettoken: the token of this application's secret and its seconds."""
        current = self._current("corporate", account)
        return self._hand_out(account, current) if current else self._issue("corporate", account)

    def account(self, value: str, corporate: bool) -> Account:
        """Whose token it is.

        Args:
            corporate: whether WeCom is asked, which says 40014 of a token that it does not know.

        Raises:
            Refusal: it is missing, unknown, expired or replaced.
        """
        if not value:
            raise Refusal(41001)
        grant = self._grants.get(value)
        if grant is None:
            raise Refusal(40014 if corporate else 40001)
        if self._clock.now() >= grant.until:
            raise Refusal(grant.after)
        return grant.account

    def expire(self, code: int = 42001) -> None:
        """End every token now; a holder is answered `code`."""
        now = self._clock.now()
        for grant in self._grants.values():
            if grant.until > now:
                grant.until, grant.after = now, code
        self._newest.clear()

    def _current(self, kind: str, account: Account) -> tuple[str, int] | None:
        value = self._newest.get(_key(kind, account))
        if value is None:
            return None
        left = (self._grants[value].until - self._clock.now()).total_seconds()
        return (value, int(left)) if left > 0 else None

    def _issue(self, kind: str, account: Account) -> tuple[str, int]:
        value = f"{len(self._grants) + 1}_{token_urlsafe(96)}"
        self._grants[value] = Grant(account, self._clock.now() + self.life)
        self._newest[_key(kind, account)] = value
        return self._hand_out(account, (value, int(self.life.total_seconds())))

    def _hand_out(self, account: Account, token: tuple[str, int]) -> tuple[str, int]:
        self.fetched[account.channel] += 1
        return token

    def _replace(self, kind: str, account: Account, grace: timedelta) -> None:
        value = self._newest.pop(_key(kind, account), None)
        if value is not None:
            grant, end = self._grants[value], self._clock.now() + grace
            if grant.until > end:
                grant.until, grant.after = end, 40001

    def _count_forced(self, account: Account) -> None:
        now = self._clock.now()
        recent = [at for at in self._forced.get(account.app_id, []) if now - at < timedelta(days=1)]
        if len(recent) >= FORCED_A_DAY:
            raise Refusal(45009)
        if recent and now - recent[-1] < FORCED_APART:
            raise Refusal(45011)
        self._forced[account.app_id] = [*recent, now]


def _key(kind: str, account: Account) -> tuple[str, str, str]:
    """What a token belongs to: an account, of WeCom each secret of a corporation."""
    return kind, account.app_id, account.secret
